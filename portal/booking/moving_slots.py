"""Changing one slot in which people may have a place. Who or what is needed changes at once and nobody notices; another time or
place is another slot, in which a place is kept for each of them until they answer."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from portal.accounts.audit import record
from portal.accounts.models import Account
from portal.booking.calling_off import MOVED_HERE, call_off
from portal.booking.models import Booking, BookingEvent, Place, ResourceGrain, Slot, SlotResource
from portal.booking.offering import Terms, channels_of, clashes, gather, keep_apart, open_slots
from portal.booking.offers import can_be_asked, pass_on
from portal.booking.places import lock, occupy
from portal.booking.series import Span
from portal.db import action, at_version, db, violated
from portal.errors import Refused

SWITCH = {"open": "closed", "closed": "open"}


def change_slot(
    slot_id: int,
    version: int,
    affected: int,
    terms: Terms,
    span: Span,
    by: Account,
    now: datetime,
    *,
    near_is_fine: bool = False,
) -> Slot:
    """Give a slot other people, rooms, hours or another office; answers the slot as it is then, a new one when time or office
    are other ones. `affected` is how many people staff were shown.

    Raises `NotFound`; `Refused`: `changed`, `ended` (over or called off), `has_bookings` when others are affected by now, and
    as `offer` does `past`, `away`, `room_elsewhere`, `too_near`, `overlap`.
    """
    if span.starts_at <= now:
        raise Refused("past")
    try:
        return _change_slot(slot_id, version, affected, terms, span, by, now, near_is_fine=near_is_fine)
    except IntegrityError as error:
        if violated(error) != "pk_resource_grain":
            raise
        raise Refused("overlap", clashes=clashes(terms.needed, [span], besides=[slot_id])) from None


@action
def _change_slot(
    slot_id: int,
    version: int,
    affected: int,
    terms: Terms,
    span: Span,
    by: Account,
    now: datetime,
    *,
    near_is_fine: bool,
) -> Slot:
    slot = _coming(slot_id, version, now)
    terms = replace(terms, service_id=slot.service_id, capacity=_places(slot_id))
    gather(terms)
    for used in (ResourceGrain, SlotResource):  # so that it does not stand in its own way
        db.session.execute(delete(used).where(used.slot_id == slot_id, used.resource_id.in_(slot.needed)))
    if (slot.starts_at, slot.ends_at, slot.office_id) == (span.starts_at, span.ends_at, terms.office_id):
        return _change_in_place(slot, terms, by, now)
    keep_apart(terms, [span], near_is_fine=near_is_fine)
    return _move(slot, affected, terms, span, by, now)


def _change_in_place(slot: Slot, terms: Terms, by: Account, now: datetime) -> Slot:
    slot.lead_id, slot.room_id, slot.interpreter_id = terms.lead_id, terms.room_id, terms.interpreter_id
    slot.facility = terms.facility
    occupy(slot, *slot.needed)
    _note("slot_changed", slot, by, now)
    return slot


def _move(slot: Slot, affected: int, terms: Terms, span: Span, by: Account, now: datetime) -> Slot:
    (new,) = open_slots(terms, [span], None)
    here = select(Booking).where(Booking.slot_id == slot.id, Booking.status == "confirmed")
    proposals = {
        booking.id: new.id for booking in db.session.scalars(here) if can_be_asked(booking, new, now)
    }
    call_off(slot.id, slot.version, affected, by, now, proposals)
    _note(MOVED_HERE, new, by, now)
    pass_on(new.id, now)
    return new


@action
def set_capacity(slot_id: int, version: int, places: int, by: Account, now: datetime) -> Slot:
    """Have so many places in a slot; extra ones are counted too. Only places in which nobody is, and which nobody is about to
    take, can go.

    Raises `NotFound`; `Refused`: `changed`, `ended`, `has_bookings` with `lowest`, the fewest that are possible.
    """
    slot = _coming(slot_id, version, now)
    there = _places(slot_id)
    if places > there:
        last = db.session.scalar(select(func.max(Place.ordinal)).where(Place.slot_id == slot_id)) or 0
        channels = channels_of(slot.service_id)
        db.session.add_all(
            Place(slot_id=slot_id, ordinal=last + n, channel=channel)
            for n, channel in zip(range(1, places - there + 1), channels, strict=False)
        )
    else:
        _remove(slot_id, there - places, there, now)
    _note("places_changed", slot, by, now)
    db.session.flush()
    pass_on(slot_id, now)
    return slot


def _remove(slot_id: int, count: int, there: int, now: datetime) -> None:
    empty = (Place.state.in_(("free", "blocked"))) | (
        (Place.state == "held") & (Place.hold_expires_at <= now)
    )
    can_go = select(Place.id).where(Place.slot_id == slot_id, empty).order_by(Place.ordinal.desc())
    ids = db.session.scalars(can_go).all()
    if len(ids) < count:
        raise Refused("has_bookings", lowest=there - len(ids))
    db.session.execute(delete(Place).where(Place.id.in_(ids[:count])))


@action
def switch(slot_id: int, version: int, by: Account, now: datetime) -> Slot:
    """Close an open slot to new bookings, or open a closed one; whoever has a place keeps it.

    Raises `NotFound`; `Refused`: `changed`, `ended`.
    """
    slot = _coming(slot_id, version, now)
    slot.status = SWITCH[slot.status]
    _note(f"slot_{slot.status}", slot, by, now)
    db.session.flush()
    pass_on(slot_id, now)
    return slot


def _coming(slot_id: int, version: int, now: datetime) -> Slot:
    """The slot under its lock, if it is not over and was not called off."""
    lock(slot_id)
    slot = at_version(Slot, slot_id, version)
    if slot.status == "cancelled" or slot.starts_at <= now:
        raise Refused("ended")
    return slot


def _places(slot_id: int) -> int:
    return db.session.scalar(select(func.count()).where(Place.slot_id == slot_id)) or 0


def _note(what: str, slot: Slot, by: Account, now: datetime) -> None:
    db.session.add(BookingEvent(at=now, slot_id=slot.id, account_id=by.id, what=what))
    record(by, what, "slot", slot.id, now)
