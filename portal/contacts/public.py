"""Help lines and contacts, and the phones that stand on every page."""

from functools import cached_property

from flask import Blueprint, Flask, current_app, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError

from portal.config import Centre
from portal.contacts.models import CRISIS, OFFICE, contacts, help_lines, phones
from portal.db import db
from portal.freshness import content_version
from portal.i18n import phone_link, phone_text
from portal.web.reading import reading

blueprint = Blueprint("contacts", __name__)


class KnownPhones:
    """The register's numbers, read again when the content has changed; the last known ones when the database is away,
    so that the phone is always there (R16)."""

    def __init__(self) -> None:
        self._numbers: dict[str, str] = {}
        self._version = -1

    def numbers(self) -> dict[str, str]:
        """The phone of each contact by its key."""
        try:
            if self._version != content_version():
                self._numbers, self._version = phones(), content_version()
        except DBAPIError:
            db.session.rollback()
        return self._numbers


class CentreOnPages:
    """The centre as templates see it: who it is, and the phones of the register, read once a page."""

    def __init__(self, centre: Centre) -> None:
        self.name = centre.name
        self.place = centre.place
        self.full_name = centre.full_name
        self.address = centre.address
        self.bip_url = centre.bip_url

    @cached_property
    def _phones(self) -> dict[str, str]:
        known: KnownPhones = current_app.extensions["portal.phones"]
        return known.numbers()

    @property
    def crisis_phone(self) -> str:
        return phone_text(self._phones.get(CRISIS, "112"))

    @property
    def crisis_phone_href(self) -> str:
        return phone_link(self._phones.get(CRISIS, "112"))

    @property
    def office_phone(self) -> str:
        return phone_text(self._phones.get(OFFICE, ""))

    @property
    def office_phone_href(self) -> str:
        return phone_link(self._phones.get(OFFICE, ""))


def init_app(app: Flask, centre: Centre) -> None:
    """Give every template `centre`."""
    app.extensions["portal.phones"] = KnownPhones()
    app.context_processor(lambda: {"centre": CentreOnPages(centre)})
    app.register_blueprint(blueprint)


@blueprint.get("/pomoc", endpoint="help_lines")
def help_lines_page() -> ResponseReturnValue:
    """Whom to call, most urgent first. Never kept by the browser (S38)."""
    units = {unit.key: unit for unit in contacts()}
    return render_template("contacts/help.html", lines=help_lines(), units=units)


@blueprint.get("/kontakt")
@reading
def index() -> ResponseReturnValue:
    """Phones, addresses and hours of the centre."""
    return render_template("contacts/index.html", contacts=contacts())
