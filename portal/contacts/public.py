"""Help lines and contacts, and the phones that stand on every page."""

from datetime import datetime
from typing import Any

from babel.dates import get_day_names
from flask import Blueprint, Flask, Response, abort, current_app, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from portal import clock
from portal.config import Centre
from portal.contacts.card import card_of
from portal.contacts.hours import WEEKDAYS
from portal.contacts.models import (
    CRISIS,
    OFFICE,
    ON_EVERY_PAGE,
    closures_near,
    contact_called,
    contacts,
    help_lines,
    phone_of,
    register,
)
from portal.i18n import DEFAULT, FULL_LENGTH, language, phone_link, phone_text, sms_link
from portal.typography import typography
from portal.web.reading import changes_by_itself, reading
from portal.web.references import add_references
from portal.writing.desk import know_phones

blueprint = Blueprint("contacts", __name__)


class CentreOnPages:
    """The centre as templates see it: who it is, and its phones."""

    def __init__(self, centre: Centre) -> None:
        self.name = centre.name
        self.place = typography(centre.place)
        self.full_name = typography(centre.full_name)
        self.address = typography(centre.address)
        self.bip_url = centre.bip_url
        self.e_delivery = centre.e_delivery

    @property
    def crisis_phone(self) -> str:
        return phone_text(phone_of(CRISIS) or "112")

    @property
    def crisis_phone_href(self) -> str:
        return phone_link(phone_of(CRISIS) or "112")

    @property
    def office_phone(self) -> str:
        return phone_text(phone_of(OFFICE))

    @property
    def office_phone_href(self) -> str:
        return phone_link(phone_of(OFFICE))

    @property
    def office_tel(self) -> Markup:
        """The office's number to press."""
        return tel(OFFICE)


def tel(key: str) -> Markup:
    """A unit's number to press; a new portal that knows none yet leads to the page of contacts."""
    number = phone_of(key)
    if not number:
        return Markup('<a href="{}">{}</a>').format(url_for("contacts.index"), _("Contact"))
    return Markup('<a class="tel" href="{}">{}</a>').format(phone_link(number), phone_text(number))


def init_app(app: Flask, centre: Centre) -> None:
    """Give every template `centre`, and texts their numbers by reference."""
    on_pages = CentreOnPages(centre)
    app.context_processor(lambda: {"centre": on_pages})
    app.jinja_env.globals.update(phone_of_unit=phone_of, tel=tel)
    add_references(app, register, telefon=_phone, sms=_sms, e_mail=_email, godziny=_hours)
    know_phones(app, register_in_texts)
    app.extensions["centre"] = centre
    app.register_blueprint(blueprint)


def register_in_texts() -> dict[str, str]:
    """Every number of the register by its digits, with the reference that a text writes instead, where there is one. Of units
    with one number the office stands first."""
    rows = sorted(register().items(), key=lambda item: item[0] in ON_EVERY_PAGE)
    units = {_digits(row.phone): f"{{telefon: {key}}}" for key, row in rows if row.phone}
    messages = {_digits(row.sms): f"{{sms: {key}}}" for key, row in rows if row.sms}
    return {_digits(line.number): "" for line in help_lines()} | messages | units


def _digits(number: str) -> str:
    digits = "".join(filter(str.isdigit, number))
    return digits.removeprefix("48") if len(digits) > FULL_LENGTH else digits


def week_of(unit: Any, locale: str = "") -> list[tuple[str, str]]:
    """The days on which somebody answers, by name, and the hours."""
    names = get_day_names("wide", locale=locale or language())
    return [(names[n], getattr(unit, day)) for n, day in enumerate(WEEKDAYS) if getattr(unit, day)]


def _phone(key: str) -> str:
    """A number as a link; that of the office when the unit is gone, for a text must not lose its number."""
    number = phone_of(key)
    return f"[{phone_text(number)}]({phone_link(number)})" if number else ""


def _sms(key: str) -> str:
    known = register()
    number = known[key].sms if key in known else ""
    return f"[{phone_text(number)}]({sms_link(number)})" if number else ""


def _email(key: str) -> str:
    known = register()
    return f"[{known[key].email}](mailto:{known[key].email})" if key in known and known[key].email else ""


def _hours(key: str) -> str:
    """The week of a unit as a list, in Polish as the texts are."""
    unit = register().get(key)
    if unit is None:
        return ""
    if unit.around_the_clock:
        return "codziennie, całą dobę"
    days = [f"- {name}: {hours}" for name, hours in week_of(unit, DEFAULT)]
    return "\n".join([*days, *(["", unit.hours_note] if unit.hours_note else [])])


@blueprint.get("/pomoc", endpoint="help_lines")
def help_lines_page() -> ResponseReturnValue:
    """Whom to call, most urgent first. Never kept by the browser (S38)."""
    units = {unit.key: unit for unit in contacts()}
    return render_template("contacts/help.html", lines=help_lines(), units=units)


@blueprint.get("/kontakt")
@reading
def index() -> ResponseReturnValue:
    """Phones, addresses and hours of the centre, and who answers at this moment."""
    changes_by_itself()
    now = clock.now()
    closed = closures_near(clock.day_of(now))
    units = [(unit, unit.opening(now, closed) if unit.has_hours else None) for unit in contacts()]
    return render_template(
        "contacts/index.html",
        units=units,
        now=now,
        week_of=week_of,
        nearly=_nearly,
        resting={unit.id for unit, _opening in units if unit.rests_on(clock.day_of(now), closed)},
        holiday=clock.holiday_name(clock.day_of(now), language()),
    )


def _nearly(now: datetime, then: datetime) -> str:
    """How far a moment is: `today`, `tomorrow`, or `later`."""
    days = (clock.day_of(then) - clock.day_of(now)).days
    return ("today", "tomorrow")[days] if 0 <= days <= 1 else "later"


@blueprint.get("/kontakt/<key>.vcf")
@reading
def card(key: str) -> ResponseReturnValue:
    """A unit as a contact for the phone."""
    unit = contact_called(key) or abort(404)
    page = current_app.config["PUBLIC_URL"] + url_for(".index")
    response = Response(card_of(unit, current_app.extensions["centre"], page), mimetype="text/vcard")
    response.headers["Content-Disposition"] = f'attachment; filename="{unit.key}.vcf"'
    return response
