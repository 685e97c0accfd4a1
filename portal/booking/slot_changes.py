"""Changing one slot: when, where, who, how many places, and whether it takes new bookings."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal import clock
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.booking import moving_slots, offering
from portal.booking.models import Slot
from portal.booking.new_slots import fill_needed, fill_place, say_why
from portal.booking.series import Plan
from portal.booking.slot_forms import CapacityForm, SlotChangeForm, which_hour
from portal.booking.timetable import slot_numbered
from portal.errors import Refused
from portal.web.forms import VersionForm

blueprint = Blueprint("slot_changes", __name__, url_prefix="/terminy/<int:slot_id>")

BESIDE_A_FIELD = {"overlap", "away", "room_elsewhere", "too_near", "past"}


@blueprint.route("/zmiana", methods=["GET", "POST"])
@needs("slots.manage")
def change(slot_id: int) -> ResponseReturnValue:
    """Another time, place, person or room; whoever has a place is shown, told in ten minutes, and keeps the right to it."""
    slot = _slot(slot_id)
    form = SlotChangeForm(data=_as_it_is(slot))
    fill_place(form)
    fill_needed(form)
    if not form.validate_on_submit():
        return _change_page(slot, form), form.status
    now, on_holidays = clock.now(), form.on_holidays.data
    plan = offering.plan_here(form.rhythm(), form.office_id.data, now, on_holidays=on_holidays)
    try:
        span = form.span(slot, plan)
        if span is None:
            raise Refused("nothing")
        shown = form.version.data, form.affected.data
        new = moving_slots.change_slot(
            slot_id, *shown, form.terms(), span, the_account(), now, near_is_fine=form.near_is_fine.data
        )
    except Refused as refusal:
        return _refused(slot_id, form, refusal, plan)
    flash(_("The slot has been changed."))
    return redirect(url_for("panel.slots.slot", slot_id=slot_id if new.id == slot_id else new.id), 303)


def _refused(slot_id: int, form: SlotChangeForm, refusal: Refused, plan: Plan) -> ResponseReturnValue:
    if refusal.code in BESIDE_A_FIELD or refusal.code == "nothing":
        say_why(form, refusal, plan)
        return _change_page(_slot(slot_id), form), 409 if refusal.code in {"overlap", "away"} else 422
    return _change_page(_slot(slot_id), form, refusal.code), 409


def _as_it_is(slot: Slot) -> dict[str, object]:
    return {
        "day": slot.day,
        "from_time": clock.local(slot.starts_at).time().replace(fold=0),
        "which_hour": which_hour(slot),
        "minutes": int((slot.ends_at - slot.starts_at).total_seconds() // 60),
        "lead_id": slot.lead_id,
        "office_id": slot.office_id,
        "room_id": slot.room_id or 0,
        "interpreter_id": slot.interpreter_id or 0,
        "facility": slot.facility,
    }


def _change_page(slot: Slot, form: SlotChangeForm, trouble: str = "") -> str:
    return render_template(
        "booking/staff/change_slot.html", slot=slot, form=form, trouble=trouble, now=clock.now()
    )


@blueprint.route("/miejsca", methods=["GET", "POST"])
@needs("slots.manage")
def places(slot_id: int) -> ResponseReturnValue:
    """More places or fewer; only empty ones can go."""
    slot = _slot(slot_id)
    form = CapacityForm(places=len(slot.places))
    trouble = ""
    if form.validate_on_submit():
        wanted = form.version.data, form.places.data
        try:
            moving_slots.set_capacity(slot_id, *wanted, by=the_account(), now=clock.now())
        except Refused as refusal:
            trouble = refusal.code
            slot = _slot(slot_id)
            if trouble == "has_bookings":
                form.places.errors = [_lowest(slot, refusal)]
        else:
            flash(_("The number of places has been changed."))
            return redirect(url_for("panel.slots.slot", slot_id=slot_id), 303)
    page = render_template(
        "booking/staff/places.html", slot=slot, form=form, trouble=trouble, now=clock.now()
    )
    return page, 409 if trouble else form.status


def _lowest(slot: Slot, refusal: Refused) -> str:
    lowest = refusal.details.get("lowest", slot.taken)
    words: str = ngettext(
        "%(num)s person has a place here: the lowest number possible is %(lowest)s.",
        "%(num)s people have a place here: the lowest number possible is %(lowest)s.",
        slot.taken,
        lowest=lowest,
    )
    return words


@blueprint.post("/otwarcie")
@needs("slots.manage")
def switch(slot_id: int) -> ResponseReturnValue:
    """Close the slot to new bookings, or open it again."""
    form = VersionForm()
    if form.validate_on_submit():
        try:
            slot = moving_slots.switch(slot_id, form.version.data, by=the_account(), now=clock.now())
        except Refused:
            flash(_("Somebody has changed the slot since you opened this page. Nothing has been done."))
        else:
            is_open = slot.status == "open"
            flash(_("The slot takes bookings again.") if is_open else _("The slot takes no more bookings."))
    return redirect(url_for("panel.slots.slot", slot_id=slot_id), 303)


def _slot(slot_id: int) -> Slot:
    return slot_numbered(slot_id) or abort(404)
