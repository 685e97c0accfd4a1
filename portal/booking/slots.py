"""The calendar of slots as staff see it: the week, the day, one slot. Lists show initials only (S59)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.audit import record, record_list
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.booking import calling_off, offering
from portal.booking.apart import too_near_to
from portal.booking.forms import NEED_NAMES
from portal.booking.models import Office, Resource, Slot, interviewers_and_rooms, looking_for_a_time, offices
from portal.booking.slot_forms import CallOffForm, ExtraPlaceForm
from portal.booking.timetable import Which, sheet_of, slot_numbered, slots_between
from portal.errors import Refused
from portal.web.forms import VersionForm, date_in

blueprint = Blueprint("slots", __name__, url_prefix="/terminy")

WEEK = timedelta(days=7)
USUAL_HOURS = [time(hour) for hour in range(8, 16)]
NARROWED_BY = {"osoba": "lead_id", "sala": "room_id", "miejsce": "office_id"}


@dataclass(frozen=True)
class WeekTable:
    """A week of slots: a row for each starting time, a column for each day. Without any slot the usual hours stand there,
    so that one can be offered."""

    days: list[date]
    rows: list[tuple[time, list[list[Slot]]]]
    count: Mapping[date, int]


@dataclass(frozen=True)
class Narrowing:
    """What a calendar can be narrowed to, and what it is narrowed to, as the address says it."""

    options: Mapping[str, Sequence[Resource | Office]]
    chosen: Mapping[str, int]

    @property
    def which(self) -> Which:
        """The slots on show."""
        return Which(**{NARROWED_BY[name]: number for name, number in self.chosen.items()})


@blueprint.get("")
@needs("slots.manage")
def week() -> ResponseReturnValue:
    """The week as a table."""
    now, narrowing = clock.now(), _narrowing()
    monday = _monday(request.args.get("tydzien"))
    shown = slots_between(monday, monday + WEEK - timedelta(days=1), narrowing.which)
    return render_template(
        "booking/staff/week.html",
        table=_table(monday, shown),
        narrowing=narrowing,
        near=too_near_to(shown, now),
        monday=monday,
        before=monday - WEEK,
        after=monday + WEEK,
        now=now,
        today=clock.day_of(now),
    )


@blueprint.get("/dzien/<day>")
@needs("slots.manage")
def day(day: str) -> ResponseReturnValue:
    """One day's slots and who has booked them, by initials."""
    now, narrowing = clock.now(), _narrowing()
    shown = date_in(day) or abort(404)
    slots = slots_between(shown, shown, narrowing.which)
    return render_template(
        "booking/staff/day.html",
        day=shown,
        narrowing=narrowing,
        slots=slots,
        near=too_near_to(slots, now),
        before=shown - timedelta(days=1),
        after=shown + timedelta(days=1),
        now=now,
        today=clock.day_of(now),
    )


@blueprint.get("/dzien/<day>/arkusz")
@needs("slots.manage")
def sheet(day: str) -> ResponseReturnValue:
    """One day on paper: who comes when and what has to be ready, without a name or a way to reach anybody. References and
    needs say more than a list does, so it is noted who has read them (S59, S60)."""
    narrowing = _narrowing()
    shown = date_in(day) or abort(404)
    slots = sheet_of(shown, narrowing.which)
    listed = [booking.id for slot in slots for booking in slot.bookings]
    record_list(the_account(), "booking_listed", "booking", listed, clock.now())
    record(the_account(), "day_sheet_read", "day", int(f"{shown:%Y%m%d}"), clock.now())
    return render_template(
        "booking/staff/sheet.html",
        day=shown,
        narrowing=narrowing,
        slots=slots,
        need_names=NEED_NAMES,
        now=clock.now(),
    )


@blueprint.route("/<int:slot_id>", methods=["GET", "POST"])
@needs("slots.manage")
def slot(slot_id: int) -> ResponseReturnValue:
    """One slot and whom it would affect to call it off; posting does so."""
    shown, form = _the(slot_id), CallOffForm()
    if form.validate_on_submit():
        try:
            versions = form.version.data, form.affected.data
            calling_off.call_off(slot_id, *versions, by=the_account(), now=clock.now())
        except Refused as refusal:
            return _slot_page(_the(slot_id), form, refusal.code), refusal.status
        flash(_("The slot has been cancelled."))
        return redirect(url_for(".slot", slot_id=slot_id), 303)
    return _slot_page(shown, form), form.status


@blueprint.post("/<int:slot_id>/cofnij")
@needs("slots.manage")
def undo(slot_id: int) -> ResponseReturnValue:
    """Put a slot back that was called off a moment ago."""
    _the(slot_id)
    form = VersionForm()
    if form.validate_on_submit():
        try:
            calling_off.undo(slot_id, form.version.data, by=the_account(), now=clock.now())
        except Refused as refusal:
            return _slot_page(_the(slot_id), CallOffForm(formdata=None), refusal.code), refusal.status
        flash(_("The slot is as it was. Nobody has been written to."))
    return redirect(url_for(".slot", slot_id=slot_id), 303)


@blueprint.route("/<int:slot_id>/miejsce", methods=["GET", "POST"])
@needs("slots.manage")
def extra_place(slot_id: int) -> ResponseReturnValue:
    """One place more, with a reason; only staff can give it away."""
    shown = _the(slot_id)
    form = ExtraPlaceForm(version=shown.version)
    trouble = ""
    if form.validate_on_submit():
        try:
            offering.add_extra_place(
                slot_id, form.version.data, form.reason.data, by=the_account(), now=clock.now()
            )
        except Refused as refusal:
            trouble = refusal.code
            shown = _the(slot_id)
            form.version.data = shown.version
        else:
            flash(_("There is one more place. You give it away when you book for somebody."))
            return redirect(url_for(".slot", slot_id=slot_id), 303)
    page = render_template(
        "booking/staff/extra_place.html", slot=shown, form=form, trouble=trouble, now=clock.now()
    )
    return page, 409 if trouble else form.status


def _the(slot_id: int) -> Slot:
    return slot_numbered(slot_id) or abort(404)


def _slot_page(shown: Slot, form: CallOffForm, trouble: str = "") -> str:
    now = clock.now()
    until = calling_off.undo_until(shown)
    return render_template(
        "booking/staff/slot.html",
        slot=shown,
        form=form,
        trouble=trouble,
        now=now,
        near=too_near_to([shown], now).get(shown.id),
        undo_until=until if until and until > now else None,
        left=[booking for booking in looking_for_a_time() if booking.slot_id == shown.id],
    )


def _narrowing() -> Narrowing:
    """What the address asks for; what is not to be chosen is not asked for."""
    people: list[Resource] = []
    rooms: list[Resource] = []
    for resource in interviewers_and_rooms():
        (people if resource.kind == "interviewer" else rooms).append(resource)
    options: dict[str, Sequence[Resource | Office]] = {"osoba": people, "sala": rooms, "miejsce": offices()}
    wanted = {name: request.args.get(name, type=int) for name in options}
    chosen = {name: n for name, n in wanted.items() if n in {option.id for option in options[name]}}
    return Narrowing(options, {name: n for name, n in chosen.items() if n is not None})


def _table(monday: date, shown: Sequence[Slot]) -> WeekTable:
    cells: dict[tuple[time, date], list[Slot]] = defaultdict(list)
    count: dict[date, int] = defaultdict(int)
    for slot in shown:
        cells[clock.local(slot.starts_at).time(), slot.day].append(slot)
        count[slot.day] += 1
    weekend = sorted(day for day in count if day.weekday() > 4)
    days = [monday + timedelta(days=n) for n in range(5)] + weekend
    times = sorted({at for at, _day in cells}) or USUAL_HOURS
    return WeekTable(days, [(at, [cells[at, day] for day in days]) for at in times], count)


def _monday(text: str | None) -> date:
    day = date_in(text) or clock.day_of(clock.now())
    return day - timedelta(days=day.weekday())
