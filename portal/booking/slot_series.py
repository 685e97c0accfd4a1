"""A series of slots as staff see it: what is free and what is not, other hours and people, its end."""

from datetime import datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal import clock
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.booking.changing_series import change_series, coming_slots, end_series, is_untouched
from portal.booking.models import Slot, SlotSeries
from portal.booking.new_slots import fill_needed, say_who_stands_in_the_way
from portal.booking.slot_forms import WEEKDAYS, SeriesChangeForm, SeriesEndForm
from portal.db import db
from portal.errors import Refused

blueprint = Blueprint("series", __name__, url_prefix="/terminy/seria/<int:series_id>")

MISTAKES = {"away", "room_elsewhere", "too_near", "no_fit"}


@blueprint.get("")
@needs("slots.manage")
def show(series_id: int) -> ResponseReturnValue:
    """The series and its slots to come: those that would change with it, and those that would not."""
    return _page("show_series.html", series_id)


@blueprint.route("/zmiana", methods=["GET", "POST"])
@needs("slots.manage")
def change(series_id: int) -> ResponseReturnValue:
    """Other hours, people, room or number of places for the free slots."""
    series, now = _the(series_id), clock.now()
    form = SeriesChangeForm(data=_present(series, now))
    fill_needed(form)
    if not form.validate_on_submit():
        return _page("change_series.html", series_id, form=form), form.status
    try:
        near_is_fine = form.near_is_fine.data
        count = change_series(
            series_id, form.version.data, form.change(), the_account(), now, near_is_fine=near_is_fine
        )
    except Refused as refusal:
        return _refused("change_series.html", series_id, form, refusal)
    flash(ngettext("%(num)d free slot is like this now.", "%(num)d free slots are like this now.", count))
    return redirect(url_for(".show", series_id=series_id), 303)


@blueprint.route("/koniec", methods=["GET", "POST"])
@needs("slots.manage")
def end(series_id: int) -> ResponseReturnValue:
    """No free slots from a day on."""
    series, now = _the(series_id), clock.now()
    form = SeriesEndForm(version=series.version)
    if not form.validate_on_submit():
        return _page("end_series.html", series_id, form=form), form.status
    try:
        count = end_series(series_id, form.version.data, form.first_on.data, by=the_account(), now=now)
    except Refused as refusal:
        return _refused("end_series.html", series_id, form, refusal)
    flash(ngettext("%(num)d free slot has been cancelled.", "%(num)d free slots have been cancelled.", count))
    return redirect(url_for(".show", series_id=series_id), 303)


def _the(series_id: int) -> SlotSeries:
    return db.session.get(SlotSeries, series_id) or abort(404)


def _present(series: SlotSeries, now: datetime) -> dict[str, Any]:
    """What the form begins with: the series as it is."""
    hours = ("from_time", "to_time", "minutes", "break_minutes", "version")
    found = {name: getattr(series, name) for name in hours} | {"first_on": clock.day_of(now)}
    slots = coming_slots(series.id, clock.day_of(now), now)
    like = next((slot for slot in slots if is_untouched(slot, now)), None)
    if like:
        needed = {name: getattr(like, name) for name in ("lead_id", "room_id", "interpreter_id")}
        found |= needed | {"capacity": len(like.places)}
    return found


def _refused(template: str, series_id: int, form: Any, refusal: Refused) -> ResponseReturnValue:
    """Nothing has changed; what was typed is kept, and the next try is one that has seen the series as it is."""
    form.version.data = db.session.get_one(SlotSeries, series_id, populate_existing=True).version
    trouble = ""
    if refusal.code == "no_fit":
        form.from_time.errors = [_("No slot fits between these hours.")]
    elif refusal.code == "nothing":
        form.first_on.errors = [_("From this day on no slot of the series is free.")]
    elif not say_who_stands_in_the_way(form, refusal):
        trouble = refusal.code
    status = 422 if refusal.code in MISTAKES | {"nothing"} else refusal.status
    return _page(template, series_id, form=form, trouble=trouble), status


def _page(template: str, series_id: int, **more: Any) -> str:
    now = clock.now()
    slots = coming_slots(series_id, clock.day_of(now), now)
    free: list[Slot] = [slot for slot in slots if is_untouched(slot, now)]
    return render_template(
        f"booking/staff/{template}",
        series=_the(series_id),
        free=free,
        kept=[slot for slot in slots if slot not in free],
        weekdays=dict(WEEKDAYS),
        **more,
    )
