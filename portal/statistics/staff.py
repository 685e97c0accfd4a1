"""Statistics as staff see them: figures with their tables, and the same numbers as a file."""

from collections.abc import Iterator
from typing import Literal

from babel.dates import get_month_names
from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal import clock
from portal.accounts.actions import confirm
from portal.accounts.audit import record
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.errors import Refused
from portal.i18n import language
from portal.programmes.models import Service, all_services
from portal.statistics.chart import chart_of
from portal.statistics.enquiries import pipeline, years_of_enquiries
from portal.statistics.forms import ExportForm
from portal.statistics.models import Figure, figures, months_over, years
from portal.web.spreadsheet import TYPE, spreadsheet

blueprint = Blueprint("statistics", __name__, url_prefix="/statystyka")

TITLES = {
    "occupancy": _l("Places taken"),
    "lead_time": _l("Days from booking to talk (median)"),
    "no_shows": _l("People who did not come"),
    "channels": _l("Ways of booking"),
    "interpreters": _l("Requests for an interpreter"),
    "messages": _l("Messages"),
    "promise": _l("Was the promise kept?"),
    "wait": _l("Days to the first answer (median)"),
    "steps": _l("At which step they are today"),
}
PARTS = {
    "taken": _l("taken"),
    "left": _l("left free"),
    "days": _l("days"),
    "missed": _l("did not come"),
    "others": _l("came, or nothing was noted"),
    "online": _l("on the portal"),
    "phone": _l("by phone"),
    "desk": _l("at the desk"),
    "met": _l("arranged in time"),
    "not_met": _l("later or not at all"),
    "delivered": _l("delivered"),
    "undelivered": _l("not delivered"),
    "kept": _l("answered in time"),
    "late": _l("late or not yet"),
    "new": _l("new"),
    "in_contact": _l("in contact"),
    "talk_booked": _l("talk arranged"),
    "finished": _l("finished"),
}


@blueprint.get("")
@needs("statistics.read")
def show() -> ResponseReturnValue:
    """One service in one year, as the address says: the first service and this year when it says nothing."""
    now = clock.now()
    service, year = _asked()
    found = figures(service.id, year, now) if service else []
    return render_template(
        "statistics/staff/index.html",
        service=service,
        services=all_services(),
        year=year,
        years=years(now),
        figures=[(figure, chart_of(figure)) for figure in found],
        titles=TITLES,
        parts=PARTS,
        months=months,
        is_begun=months_over(year, now) > 0,
    )


@blueprint.route("/plik", methods=["GET", "POST"])
@needs("statistics.read")
def export() -> ResponseReturnValue:
    """The numbers of the page as a file, after the password; it is noted who took which and how many (S28)."""
    service, year = _asked()
    if service is None:
        abort(404)
    form, by, now = ExportForm(), the_account(), clock.now()
    if form.validate_on_submit():
        try:
            confirm(by, form.password.data or "", request.remote_addr or "", now)
        except Refused as refusal:
            if refusal.code != "wrong":
                raise
            form.password.errors = [_("The password is wrong")]
        else:
            rows = list(_rows(service, year, figures(service.id, year, now)))
            record(by, "statistics_exported", f"{year}: {len(rows) - 1} rows of service", service.id, now)
            name = f'attachment; filename="statystyka-{year}.csv"'
            return spreadsheet(rows), 200, {"Content-Type": TYPE, "Content-Disposition": name}
    page = render_template("statistics/staff/export.html", form=form, service=service, year=year)
    return page, form.status


@blueprint.get("/piecza")
@needs("enquiries.manage")
def enquiries() -> ResponseReturnValue:
    """How enquiries about foster care move on, by the year of the address."""
    now, asked = clock.now(), request.args.get("rok", type=int)
    possible = years_of_enquiries(now)
    year = asked if asked in possible else possible[0]
    return render_template(
        "statistics/staff/enquiries.html",
        year=year,
        years=possible,
        figures=[(figure, chart_of(figure)) for figure in pipeline(year, now)],
        titles=TITLES,
        parts=PARTS,
        months=months,
        is_begun=months_over(year, now) > 0,
    )


def months(first: int, last: int, width: Literal["wide", "abbreviated"] = "wide") -> str:
    """`styczeń`, `luty–kwiecień`; abbreviated for a picture `sty`, `lut–kwi`."""
    names = get_month_names(width, context="stand-alone", locale=language())
    return names[first] if first == last else f"{names[first]}–{names[last]}"


def _asked() -> tuple[Service | None, int]:
    """The service and the year of the address, if there are such."""
    services, possible = all_services(), years(clock.now())
    year = request.args.get("rok", type=int)
    code = request.args.get("rozmowa")
    service = next(
        (service for service in services if service.code == code), services[0] if services else None
    )
    return service, year if year in possible else possible[0]


def _rows(service: Service, year: int, shown: list[Figure]) -> Iterator[list[object]]:
    """A line for each number of the page, and one that names the columns."""
    yield [_("What for"), _("Year"), _("Months"), _("Figure"), _("What is counted"), _("How many")]
    for figure in shown:
        for row in figure.rows:
            for part, number in zip(figure.parts, row.numbers, strict=True):
                of = [service.public_name, year, months(row.first, row.last)]
                yield [*of, TITLES[figure.code], PARTS[part], f"{number:g}".replace(".", ",")]
