"""Help lines and contacts, and the phones that stand on every page."""

from dataclasses import dataclass
from functools import cached_property

from flask import Blueprint, Flask, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from portal.config import Centre
from portal.contacts.models import CRISIS, OFFICE, contacts, help_lines, phone_of
from portal.db import db
from portal.freshness import add_to_every_page, on_every_page
from portal.i18n import phone_link, phone_text
from portal.text import typography
from portal.web.reading import reading

blueprint = Blueprint("contacts", __name__)


@dataclass
class Phones:
    """The two numbers that stand on every page. When the database is away they are the last known ones (R16)."""

    crisis: str = "112"
    office: str = ""

    def refresh(self) -> "Phones":
        """As the register has them now."""
        try:
            self.crisis, self.office = (
                on_every_page().crisis_phone or "112",
                on_every_page().office_phone or "",
            )
        except DBAPIError:
            db.session.rollback()
        return self


class CentreOnPages:
    """The centre as templates see it: who it is, and its phones."""

    def __init__(self, centre: Centre, phones: Phones) -> None:
        self.name = centre.name
        self.place = typography(centre.place)
        self.full_name = typography(centre.full_name)
        self.address = typography(centre.address)
        self.bip_url = centre.bip_url
        self._known = phones

    @cached_property
    def _phones(self) -> Phones:
        return self._known.refresh()

    @property
    def crisis_phone(self) -> str:
        return phone_text(self._phones.crisis)

    @property
    def crisis_phone_href(self) -> str:
        return phone_link(self._phones.crisis)

    @property
    def office_phone(self) -> str:
        return phone_text(self._phones.office)

    @property
    def office_phone_href(self) -> str:
        return phone_link(self._phones.office)


def init_app(app: Flask, centre: Centre) -> None:
    """Give every template `centre`."""
    phones = Phones()
    add_to_every_page(app, crisis_phone=phone_of(CRISIS), office_phone=phone_of(OFFICE))
    app.context_processor(lambda: {"centre": CentreOnPages(centre, phones)})
    app.jinja_env.globals.update(phone_of_unit=phone_of_unit)
    app.register_blueprint(blueprint)


def phone_of_unit(key: str) -> str:
    """The phone of one unit; that of the office when the register has none."""
    found: str | None = db.session.scalar(select(func.coalesce(phone_of(key), phone_of(OFFICE))))
    return found or ""


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
