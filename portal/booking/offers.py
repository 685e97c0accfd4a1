"""Places offered until a deadline: to those on the waiting list, and to those whose time the centre had to change.

An offered place is a held one, so nobody else can take it. Whoever waits is asked one at a time, in the transaction that
frees the place, and never so late that no time to answer is left.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

from portal import clock
from portal.accounts.models import Account
from portal.booking.interpreting import ask_for_interpreter, let_interpreter_go
from portal.booking.models import Booking, BookingEvent, Slot
from portal.booking.openings import OpenSlot, bookable, on_closed_day, open_slots
from portal.booking.places import change, keep, leave, lock, locked, release, take
from portal.booking.telling import note, remind, tell
from portal.db import action, db
from portal.errors import Refused
from portal.programmes.models import Service

TIME_TO_ANSWER = timedelta(hours=2)
GRACE = timedelta(minutes=15)
NO_OFFER: dict[str, None] = {"offered_slot_id": None, "respond_by": None}


def token_of(booking: Booking) -> str:
    """What holds the place that is offered to this booking: one place at a time."""
    return f"offer|{booking.id}"


@action
def accept(booking_id: int, version: int, now: datetime, by: Account | None = None) -> Booking:
    """Take the offered place.

    Raises `NotFound`; `Refused`: `changed` since `version` was read, `over` (no offer, or its time is up), `taken`.
    """
    booking = locked(booking_id)
    slot, was_waiting = _offered(booking, now), booking.status == "waiting"
    change(
        booking,
        version,
        status="confirmed",
        slot_id=slot.id,
        schedule_version=booking.schedule_version + 1,
        **NO_OFFER,
    )
    if not take(slot.id, now, token_of(booking), state="booked", booking_id=booking.id):
        raise Refused("taken")
    ask_for_interpreter(booking, now)
    note("accepted", now, booking, by)
    tell("confirmed" if was_waiting else "moved", booking, now)
    remind(booking, now)
    return booking


@action
def decline(booking_id: int, version: int, now: datetime, by: Account | None = None) -> Booking:
    """Say no to the offered place and go on waiting; it goes to the next one at once.

    Raises `NotFound`; `Refused`: `changed` since `version` was read, `over` (no offer, or its time is up).
    """
    booking = locked(booking_id)
    slot = _offered(booking, now)
    _end_offer(booking, version, "declined", now, by)
    pass_on(slot.id, now)
    return booking


@action
def displace(
    booking_id: int,
    version: int,
    slot_id: int | None,
    by: Account,
    now: datetime,
    tell_at: datetime | None = None,
) -> Booking:
    """Take the time from somebody because the centre has to, and offer another one if there is one to offer. They keep
    the right to a place; the old one is blocked. They are told at once, or at `tell_at`.

    Raises `NotFound`; `Refused`: `ended`, `changed`, `taken` (the other slot is full), `gone` (it is not open),
    `too_soon` (it leaves no time to answer).
    """
    booking = locked(booking_id, *([slot_id] if slot_id else []))
    if not booking.is_open(now) or booking.status == "waiting":
        raise Refused("ended")
    let_interpreter_go(booking)
    leave(booking, "blocked")
    release(token_of(booking))
    offer = _proposal(booking, slot_id, now) if slot_id else NO_OFFER
    freed = booking.offered_slot_id
    change(booking, version, status="displaced", schedule_version=booking.schedule_version + 1, **offer)
    note("displaced", now, booking, by)
    tell("displaced", booking, tell_at or now, is_news=True)
    if freed:
        pass_on(freed, now)
    return booking


def _proposal(booking: Booking, slot_id: int, now: datetime) -> dict[str, object]:
    at_work = (Slot.status == "open", Slot.service_id == booking.service_id, ~on_closed_day())
    slot = db.session.scalar(select(Slot).where(Slot.id == slot_id, *at_work))
    if slot is None:
        raise Refused("gone")
    until = _answer_until(booking, slot.starts_at - TIME_TO_ANSWER, now)
    if until is None:
        raise Refused("too_soon")
    if not keep(slot_id, now, token_of(booking), until + GRACE, by_staff=True):
        raise Refused("taken")
    return {"offered_slot_id": slot_id, "respond_by": until}


def can_be_asked(booking: Booking, slot: OpenSlot | Slot, now: datetime) -> bool:
    """Whether there is time to ask this person for another time and to hear an answer before it."""
    return _answer_until(booking, slot.starts_at - TIME_TO_ANSWER, now) is not None


def pass_on(slot_id: int, now: datetime) -> int:
    """Offer the free places of a slot to those who wait, the longest first; what nobody can be asked about stays free.
    To be called inside an action; answers how many people were asked."""
    asked = 0
    for booking in _queue(slot_id, now):
        slot = db.session.get_one(Slot, slot_id)
        until = _answer_until(booking, slot.starts_at - timedelta(hours=booking.service.notice_hours), now)
        if until is None:
            continue
        if not keep(slot_id, now, token_of(booking), until + GRACE):
            break
        _offer(booking, slot_id, until, now)
        asked += 1
    return asked


def _queue(slot_id: int, now: datetime) -> Sequence[Booking]:
    """Who waits for such a slot and has not been asked about this one."""
    service = db.session.scalar(
        select(Service).join(Slot, Slot.service_id == Service.id).where(Slot.id == slot_id)
    )
    if service is None or not service.has_waiting_list:
        return []
    was_asked = exists().where(
        BookingEvent.booking_id == Booking.id, BookingEvent.slot_id == slot_id, BookingEvent.what == "offered"
    )
    is_offered = exists().where(Slot.id == slot_id, bookable(service, now))
    query = (
        select(Booking)
        .where(Booking.service_id == service.id, Booking.status == "waiting")
        .where(Booking.offered_slot_id.is_(None), ~was_asked, is_offered)
        .options(joinedload(Booking.person), joinedload(Booking.service))
        .order_by(Booking.waiting_since, Booking.id)
    )
    return db.session.scalars(query).all()


def _answer_until(booking: Booking, latest: datetime, now: datetime) -> datetime | None:
    """The deadline of an offer made now: counted from the first hour in which the person may be told, and never after
    `latest`. None when that leaves too little time."""
    told_at = booking.person.safe_moment(now) if booking.person else now
    until = min(told_at + timedelta(hours=booking.service.offer_hours), latest)
    return until if until - told_at >= TIME_TO_ANSWER else None


def _offer(booking: Booking, slot_id: int, until: datetime, now: datetime) -> None:
    offer = {"offered_slot_id": slot_id, "respond_by": until}
    change(booking, booking.version, schedule_version=booking.schedule_version + 1, **offer)
    note("offered", now, booking, slot_id=slot_id)
    tell("offered", booking, now, is_news=True)


def _offered(booking: Booking, now: datetime) -> Slot:
    """The slot that is offered, if the offer still runs; a slot that was closed keeps what it has promised. Raises
    `Refused("over")`."""
    slot = booking.offered_slot
    if slot is None or booking.respond_by is None or booking.respond_by <= now or slot.status == "cancelled":
        raise Refused("over")
    return slot


def _end_offer(
    booking: Booking, version: int, why: str, now: datetime, by: Account | None = None, **values: object
) -> None:
    slot_id = booking.offered_slot_id
    release(token_of(booking))
    change(booking, version, schedule_version=booking.schedule_version + 1, **NO_OFFER, **values)
    note(why, now, booking, by, slot_id=slot_id)


def withdraw(slot_id: int, now: datetime) -> None:
    """Take back what is offered in a slot that will not be; whoever was asked is told and stays where they were in the
    queue. To be called inside an action."""
    for booking in db.session.scalars(select(Booking).where(Booking.offered_slot_id == slot_id)).all():
        _end_offer(booking, booking.version, "withdrawn", now)
        tell("withdrawn", booking, now, is_news=True)


def tend(now: datetime) -> int:
    """End the offers whose time is up and offer whatever is free to those who wait; answers how many people were asked.
    The worker does this every minute."""
    up = select(Booking.id).where(Booking.respond_by <= now).order_by(Booking.respond_by, Booking.id)
    asked = sum(_expire(booking_id, now) for booking_id in db.session.scalars(up).all())
    for service in _services_waited_for():
        until = clock.day_of(service.last_bookable(now))
        for slot in open_slots(service, now, first=clock.day_of(now), last=until):
            asked += _pass_on(slot.id, now)
    return asked


def _services_waited_for() -> Sequence[Service]:
    someone = exists().where(
        Booking.service_id == Service.id, Booking.status == "waiting", Booking.offered_slot_id.is_(None)
    )
    return db.session.scalars(select(Service).where(Service.has_waiting_list, someone)).all()


@action
def _pass_on(slot_id: int, now: datetime) -> int:
    lock(slot_id)
    return pass_on(slot_id, now)


@action
def _expire(booking_id: int, now: datetime) -> int:
    """Whoever did not answer goes to the end of the queue; the place goes to the next one in the same transaction."""
    booking = locked(booking_id)
    slot_id = booking.offered_slot_id
    if slot_id is None or booking.respond_by is None or booking.respond_by > now:
        return 0
    last_in_queue = {"waiting_since": now} if booking.status == "waiting" else {}
    _end_offer(booking, booking.version, "expired", now, None, **last_in_queue)
    return pass_on(slot_id, now)
