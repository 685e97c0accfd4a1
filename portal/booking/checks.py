"""Proof that the bookings are sound: questions to the database whose right answer is always nothing."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from portal import clock
from portal.booking.interpreters import InterpreterRequest
from portal.booking.models import (
    HOLDING,
    Booking,
    BookingCheck,
    BookingEvent,
    BookingPerson,
    Place,
    ResourceGrain,
    Slot,
    SlotResource,
)
from portal.db import action, db

ENDED = ("cancelled_resident", "cancelled_office")


def violations() -> dict[str, list[int]]:
    """The rows that break each rule, by the rule in words; empty when all is sound. Safe on the live database."""
    rules = RULES | {"an offer that runs has a place kept for it (I4)": _offered_without_place(clock.now())}
    found = {rule: list(db.session.scalars(query)) for rule, query in rules.items()}
    return {rule: rows for rule, rows in found.items() if rows}


def check(now: datetime) -> int:
    """Count what is broken and remember it for the staff; answers the number. Nobody waits while it counts."""
    found = sum(len(rows) for rows in violations().values())
    _remember(found, now)
    return found


@action
def _remember(found: int, now: datetime) -> None:
    db.session.add(BookingCheck(at=now, violations=found))


def _has_place() -> ColumnElement[bool]:
    return exists().where(
        Place.booking_id == Booking.id, Place.state == "booked", Place.slot_id == Booking.slot_id
    )


def _has_event(*what: str) -> ColumnElement[bool]:
    return exists().where(BookingEvent.booking_id == Booking.id, BookingEvent.what.in_(what))


def _overlapping() -> Select[int]:
    """Slots that use somebody or something at a time at which another slot uses it (I5)."""
    other, its = Slot.__table__.alias(), SlotResource.__table__.alias()
    return (
        select(Slot.id)
        .join(SlotResource, SlotResource.slot_id == Slot.id)
        .join(its, and_(its.c.resource_id == SlotResource.resource_id, its.c.slot_id != Slot.id))
        .join(other, other.c.id == its.c.slot_id)
        .where(Slot.status != "cancelled", other.c.status != "cancelled")
        .where(Slot.starts_at < other.c.ends_at, Slot.ends_at > other.c.starts_at)
    )


def _offered_without_place(now: datetime) -> Select[int]:
    """Offers for which no place of their slot is held; each needs one of its own."""
    other = aliased(Booking)
    offers = select(func.count()).where(
        other.offered_slot_id == Booking.offered_slot_id, other.respond_by > now
    )
    held = select(func.count()).where(Place.slot_id == Booking.offered_slot_id, Place.state == "held")
    return select(Booking.id).where(
        Booking.respond_by > now, held.scalar_subquery() < offers.scalar_subquery()
    )


def _interpreter_elsewhere() -> Select[int]:
    """Bookings whose interpreter is not taken for their slot, or is though the booking has left it."""
    taken = exists().where(
        SlotResource.slot_id == Booking.slot_id, SlotResource.resource_id == InterpreterRequest.resource_id
    )
    return (
        select(Booking.id)
        .join(InterpreterRequest, InterpreterRequest.booking_id == Booking.id)
        .where(InterpreterRequest.resource_id.is_not(None), or_(~taken, Booking.status.not_in(HOLDING)))
    )


def _grains() -> ColumnElement[int]:
    return select(func.count()).where(ResourceGrain.slot_id == Slot.id).scalar_subquery()


def _extra_without_event() -> ColumnElement[bool]:
    event = exists().where(BookingEvent.slot_id == Place.slot_id, BookingEvent.what == "extra_place")
    return and_(Place.is_extra, ~event)


RULES: dict[str, Select[int]] = {
    "a booking that holds has exactly one place, in its own slot (I1, I2, I3)": select(Booking.id).where(
        Booking.status.in_(HOLDING), ~_has_place()
    ),
    "a booking that has ended or waits for another time has no place (I3)": select(Booking.id).where(
        Booking.status.not_in(HOLDING), exists().where(Place.booking_id == Booking.id)
    ),
    "no two slots of one person or room overlap (I5)": _overlapping(),
    "a slot at work keeps its hours taken, a cancelled one gives them back (I5)": select(Slot.id).where(
        or_(and_(Slot.status != "cancelled", _grains() == 0), and_(Slot.status == "cancelled", _grains() > 0))
    ),
    "an interpreter who was promised is kept free for the talk": _interpreter_elsewhere(),
    "nobody has a place in a cancelled slot (I10)": select(Place.id)
    .join(Slot, Slot.id == Place.slot_id)
    .where(Slot.status == "cancelled", Place.state == "booked"),
    "an extra place leaves a trace (I12)": select(Place.id).where(_extra_without_event()),
    "every booking was noted when it was made": select(Booking.id).where(~_has_event("booked", "waiting")),
    "every outcome was noted": select(Booking.id).where(
        Booking.status.in_(("attended", "no_show")), ~_has_event("attended", "no_show")
    ),
    "every cancellation was noted": select(Booking.id).where(
        Booking.status.in_(ENDED), ~_has_event("cancelled", "released")
    ),
    "a person belongs to a booking (I13)": select(BookingPerson.booking_id).where(
        ~exists().where(Booking.id == BookingPerson.booking_id)
    ),
}
