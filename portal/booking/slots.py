"""The calendar of slots as staff see it: the week, the day, one slot. Lists show initials only (S59)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.booking import calling_off, offering
from portal.booking.apart import too_near_to
from portal.booking.forms import CallOffForm, ExtraPlaceForm, VersionForm
from portal.booking.models import Slot, looking_for_a_time, slot_numbered, slots_between
from portal.errors import Refused
from portal.web.forms import date_in

blueprint = Blueprint("slots", __name__, url_prefix="/terminy")

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class WeekTable:
    """A week of slots: a row for each starting time, a column for each day."""

    days: list[date]
    rows: list[tuple[time, list[list[Slot]]]]


@blueprint.get("")
@needs("slots.manage")
def week() -> ResponseReturnValue:
    """The week as a table."""
    now = clock.now()
    monday = _monday(request.args.get("tydzien"))
    shown = list(slots_between(monday, monday + WEEK - timedelta(days=1)))
    return render_template(
        "booking/staff/week.html",
        table=_table(monday, shown),
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
    now = clock.now()
    shown = date_in(day) or abort(404)
    slots = slots_between(shown, shown)
    return render_template(
        "booking/staff/day.html",
        day=shown,
        slots=slots,
        near=too_near_to(slots, now),
        before=shown - timedelta(days=1),
        after=shown + timedelta(days=1),
        now=now,
        today=clock.day_of(now),
    )


@blueprint.route("/<int:slot_id>", methods=["GET", "POST"])
@needs("slots.manage")
def slot(slot_id: int) -> ResponseReturnValue:
    """One slot and whom it would affect to call it off; posting does so."""
    slot_numbered(slot_id) or abort(404)
    form = CallOffForm()
    if form.validate_on_submit():
        try:
            versions = form.version.data, form.affected.data
            calling_off.call_off(slot_id, *versions, by=the_account(), now=clock.now())
        except Refused as refusal:
            return _slot_page(slot_id, form, refusal.code), refusal.status
        flash(_("The slot has been cancelled."))
        return redirect(url_for(".slot", slot_id=slot_id), 303)
    return _slot_page(slot_id, form), form.status


@blueprint.post("/<int:slot_id>/cofnij")
@needs("slots.manage")
def undo(slot_id: int) -> ResponseReturnValue:
    """Put a slot back that was called off a moment ago."""
    slot_numbered(slot_id) or abort(404)
    form = VersionForm()
    if form.validate_on_submit():
        try:
            calling_off.undo(slot_id, form.version.data, by=the_account(), now=clock.now())
        except Refused as refusal:
            return _slot_page(slot_id, CallOffForm(formdata=None), refusal.code), refusal.status
        flash(_("The slot is as it was. Nobody has been written to."))
    return redirect(url_for(".slot", slot_id=slot_id), 303)


@blueprint.route("/<int:slot_id>/miejsce", methods=["GET", "POST"])
@needs("slots.manage")
def extra_place(slot_id: int) -> ResponseReturnValue:
    """One place more, with a reason; only staff can give it away."""
    shown = slot_numbered(slot_id) or abort(404)
    form = ExtraPlaceForm(version=shown.version)
    trouble = ""
    if form.validate_on_submit():
        try:
            offering.add_extra_place(
                slot_id, form.version.data, form.reason.data, by=the_account(), now=clock.now()
            )
        except Refused as refusal:
            trouble = refusal.code
            shown = slot_numbered(slot_id) or abort(404)
            form.version.data = shown.version
        else:
            flash(_("There is one more place. You give it away when you book for somebody."))
            return redirect(url_for(".slot", slot_id=slot_id), 303)
    page = render_template(
        "booking/staff/extra_place.html", slot=shown, form=form, trouble=trouble, now=clock.now()
    )
    return page, 409 if trouble else form.status


def _slot_page(slot_id: int, form: CallOffForm, trouble: str = "") -> str:
    shown, now = slot_numbered(slot_id) or abort(404), clock.now()
    until = calling_off.undo_until(shown)
    return render_template(
        "booking/staff/slot.html",
        slot=shown,
        form=form,
        trouble=trouble,
        now=now,
        near=too_near_to([shown], now).get(slot_id, []),
        undo_until=until if until and until > now else None,
        left=[booking for booking in looking_for_a_time() if booking.slot_id == slot_id],
    )


def _table(monday: date, shown: list[Slot]) -> WeekTable:
    weekend = {slot.day for slot in shown if slot.day.weekday() > 4}
    days = [monday + timedelta(days=n) for n in range(5)] + sorted(weekend)
    times = sorted({_wall(slot.starts_at) for slot in shown})
    rows = [
        (at, [[s for s in shown if s.day == day and _wall(s.starts_at) == at] for day in days])
        for at in times
    ]
    return WeekTable(days, rows)


def _wall(moment: datetime) -> time:
    return clock.local(moment).time().replace(fold=0)


def _monday(text: str | None) -> date:
    day = date_in(text) or clock.day_of(clock.now())
    return day - timedelta(days=day.weekday())
