"""Slots that the centre calls off although people have places there, and ten minutes in which it may think again."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select, update
from sqlalchemy.exc import IntegrityError

from portal.accounts.audit import record
from portal.accounts.models import Account
from portal.booking.interpreting import ask_for_interpreter
from portal.booking.models import Booking, BookingEvent, Place, Slot
from portal.booking.offering import take_back
from portal.booking.offers import NO_OFFER, displace, pass_on, token_of
from portal.booking.places import NOBODY, change, lock, occupy, release, take
from portal.booking.telling import note, remind, tell_what_was_not_sent
from portal.db import action, db, violated
from portal.errors import NotFound, Refused

UNDO_WITHIN = timedelta(minutes=10)
MOVED_HERE = "slot_moved_here"


@action
def call_off(
    slot_id: int,
    version: int,
    affected: int,
    by: Account,
    now: datetime,
    proposals: Mapping[int, int] | None = None,
) -> Slot:
    """Cancel a slot; whoever has a place there keeps the right to a talk and is told in ten minutes. `affected` is how many
    people staff were shown; `proposals` are the slots in which a place is kept for them until they answer, by booking.
    Places that were blocked before go for good, so that only the others come back with `undo`.

    Raises `NotFound`; `Refused`: `has_bookings` when others are affected by now, `changed`; for what is proposed `gone`,
    `taken`, `too_soon`.
    """
    lock(slot_id)
    here = select(Booking).where(Booking.slot_id == slot_id, Booking.status == "confirmed")
    bookings = db.session.scalars(here.order_by(Booking.id)).all()
    if len(bookings) != affected:
        raise Refused("has_bookings")
    db.session.execute(delete(Place).where(Place.slot_id == slot_id, Place.state == "blocked"))
    for booking in bookings:
        proposed = (proposals or {}).get(booking.id)
        displace(booking.id, booking.version, proposed, by, now, tell_at=now + UNDO_WITHIN)
    return take_back(slot_id, version, by, now)


def undo_until(slot: Slot) -> datetime | None:
    """Until when the slot may be called on again; None when it was not called off."""
    if slot.status != "cancelled":
        return None
    cancelled = select(BookingEvent.at).where(
        BookingEvent.slot_id == slot.id, BookingEvent.what == "slot_cancelled"
    )
    at = db.session.scalar(cancelled.order_by(BookingEvent.id.desc()).limit(1))
    return at + UNDO_WITHIN if at else None


def undo(slot_id: int, version: int, by: Account, now: datetime) -> Slot:
    """Put a slot back as it was, with everybody who has not chosen another time since; nobody has been written to. Every
    other place is free again, for new bookings only if the slot took them before.

    Raises `NotFound`; `Refused`: `changed`, `too_late`, `overlap` when somebody or something it needs is taken by
    now, `moved_on` when it was moved and somebody has a place in the new slot.
    """
    try:
        return _undo(slot_id, version, by, now)
    except IntegrityError as error:
        if violated(error) != "pk_resource_grain":
            raise
        raise Refused("overlap") from None


@action
def _undo(slot_id: int, version: int, by: Account, now: datetime) -> Slot:
    lock(slot_id)
    slot = db.session.get(Slot, slot_id, populate_existing=True)
    if slot is None:
        raise NotFound
    until = undo_until(slot)
    if until is None or slot.version != version:
        raise Refused("changed")
    if until <= now:
        raise Refused("too_late")
    slot.status, slot.version = _status_before(slot_id), version + 1
    bookings = _called_off(slot_id, until - UNDO_WITHIN)
    kept = [_give_up(booking) for booking in bookings]
    _close_where_it_was_moved(until - UNDO_WITHIN, by, now)
    occupy(slot, *slot.needed)
    freed = update(Place).where(Place.slot_id == slot_id, Place.state == "blocked").values(state="free")
    db.session.execute(freed)
    for booking in bookings:
        _restore(booking, slot_id, by, now)
    db.session.add(BookingEvent(at=now, slot_id=slot_id, account_id=by.id, what="slot_restored"))
    record(by, "slot_restored", "slot", slot_id, now)
    for free in filter(None, [slot_id, *kept]):
        pass_on(free, now)
    return slot


def _status_before(slot_id: int) -> str:
    """Whether a slot was `open` or `closed` when it was called off."""
    here = (BookingEvent.slot_id == slot_id, BookingEvent.what.in_(("slot_open", "slot_closed")))
    switched = select(BookingEvent.what).where(*here).order_by(BookingEvent.id.desc()).limit(1)
    return "closed" if db.session.scalar(switched) == "slot_closed" else "open"


def _give_up(booking: Booking) -> int | None:
    """End what is kept for somebody without a word; answers in which slot it was."""
    kept = booking.offered_slot_id
    release(token_of(booking))
    change(booking, booking.version, **NO_OFFER)
    return kept


def _close_where_it_was_moved(at: datetime, by: Account, now: datetime) -> None:
    """Take back the slot that was to replace this one, if it was moved and not only called off."""
    moved = select(Slot).join(BookingEvent, BookingEvent.slot_id == Slot.id)
    for slot in db.session.scalars(moved.where(BookingEvent.what == MOVED_HERE, BookingEvent.at == at)):
        try:
            take_back(slot.id, slot.version, by, now)
        except Refused:
            raise Refused("moved_on") from None


def _called_off(slot_id: int, at: datetime) -> Sequence[Booking]:
    """Who lost the place at that moment and has found no other one; what is kept for them does not count."""
    lost_it = exists().where(
        BookingEvent.booking_id == Booking.id, BookingEvent.what == "displaced", BookingEvent.at == at
    )
    still = (Booking.slot_id == slot_id, Booking.status == "displaced")
    return db.session.scalars(select(Booking).where(*still, lost_it).order_by(Booking.id)).all()


def _restore(booking: Booking, slot_id: int, by: Account, now: datetime) -> None:
    before = booking.schedule_version - 1
    back = {"status": "confirmed", "schedule_version": booking.schedule_version + 1}
    change(booking, booking.version, **back)
    if not take(slot_id, now, NOBODY, by_staff=True, state="booked", booking_id=booking.id):
        raise Refused("changed")
    ask_for_interpreter(booking, now)
    note("restored", now, booking, by)
    tell_what_was_not_sent(booking, before, now)
    remind(booking, now)
