"""What happens to a place and a booking: hold, book, move, cancel.

Each verb locks the slot first (politeness), then changes one place by a conditional UPDATE whose row count decides
(correctness). Without the lock the schema still refuses a second sale.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from sqlalchemy import (
    ColumnElement,
    Select,
    case,
    delete,
    extract,
    false,
    func,
    insert,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import set_committed_value

from portal.accounts import throttle
from portal.accounts.models import Account
from portal.booking import codes
from portal.booking.interpreters import ErasedRequests, InterpreterRequest, met_in_time
from portal.booking.interpreting import ask_for_interpreter, let_interpreter_go
from portal.booking.limits import check_share
from portal.booking.models import HOLDING, Booking, BookingPerson, Place, Slot, TaskMark, booking_by_reference
from portal.booking.offers import NO_OFFER, pass_on, token_of
from portal.booking.openings import bookable, days_with_room
from portal.booking.pairs import hand_on
from portal.booking.people import NO_RULES
from portal.booking.people import ContactRules as ContactRules
from portal.booking.places import NOBODY, change, keep, leave, lock, locked, release, take
from portal.booking.telling import note, plan_reminder, remind, tell
from portal.crypto import digest
from portal.db import action, db, rows, take_turns, violated
from portal.errors import Refused
from portal.outbox.models import BY_PHONE, Message, for_people
from portal.programmes.models import Service
from portal.retention import BOOKING, QUALIFIED, SOURCE

WRONG_PER_REFERENCE = 5
WRONG_PER_ADDRESS = 20
TOLD_BY_STAFF, NOT_TOLD = "told by staff", "not told"


class HasPin(Protocol):
    """What opens with a reference and a PIN."""

    pin_hash: Any


Opened = TypeVar("Opened", bound=HasPin)


@dataclass(frozen=True)
class Wish:
    """What a resident asks for: this slot, or without one a place on the waiting list. `contact` is normalised (an
    address in lower case, a number in E.164) or None. `source` is where the request comes from (`limits.source_of`),
    `begun_at` when the form was begun."""

    service_id: int
    slot_id: int | None
    name: str
    channel: str
    contact: str | None
    language: str
    form_token: str
    hold_token: str
    origin: str = "online"
    rules: ContactRules = NO_RULES
    needs: tuple[str, ...] = ()
    other_need: str = ""
    source: str = ""
    begun_at: datetime | None = None


@dataclass(frozen=True)
class Receipt:
    """What a resident keeps."""

    booking_id: int
    reference: str
    pin: str


@action
def hold(service: Service, slot_id: int, token: str, now: datetime, source: str = "") -> datetime:
    """Keep one place for the bearer of `token` and say until when; an earlier hold of the same bearer is given back.

    Raises `Refused`: `gone` (not offered, or not any more), `taken` (nobody can be fitted in); `TooMany` when too much is
    taken from this source. A refusal leaves the earlier hold as it was.
    """
    check_share(source, token, now)
    take_turns(Place, digest(token))  # of two slots chosen at once in one browser the later one is held
    lock(slot_id)
    _offered(service, slot_id, now)
    release(token)
    until = now + timedelta(minutes=service.hold_minutes)
    if not keep(slot_id, now, token, until, source):
        raise Refused("taken")
    return until


@action
def give_back(token: str) -> None:
    """Free the place that the bearer holds, if any."""
    release(token)


def book(wish: Wish, now: datetime, by: Account | None = None) -> Receipt:
    """Turn a place into a booking, or a wish without a slot into a place on the waiting list, and queue what tells of
    it. The same form gives the same receipt, however often sent. Staff (`by`) may also take places that are kept for the
    phone and for people who walk in, and need no notice.

    A hold that has run out is renewed silently while the slot has room. Raises `Refused`: `gone`, `taken`; on the way to
    the waiting list `room` (there is something free) or `no_list`; `TooMany` when too much is booked from this source.
    """
    try:
        return _wait(wish, now, by) if wish.slot_id is None else _book(wish, wish.slot_id, now, by)
    except IntegrityError as error:
        if violated(error) != "uq_booking_form_hash":
            raise
        receipt = receipt_of(wish.form_token)
        assert receipt is not None
        return receipt


@action
def _book(wish: Wish, slot_id: int, now: datetime, by: Account | None) -> Receipt:
    lock(slot_id)
    receipt = receipt_of(wish.form_token)
    if receipt is not None:
        return receipt
    check_share(wish.source, wish.hold_token, now, wish.begun_at)
    service = db.session.get_one(Service, wish.service_id)
    begun_at = now - timedelta(minutes=service.hold_minutes)
    slot = _offered(service, slot_id, now, begun_at, by_staff=by is not None)
    booking = _new_booking(wish, service, slot, now)
    mine = {"state": "booked", "booking_id": booking.id}
    if not take(slot_id, now, wish.hold_token, by_staff=by is not None, **mine):
        raise Refused("taken")
    release(wish.hold_token)
    ask_for_interpreter(booking, now)
    note("booked", now, booking, by)
    tell("confirmed", booking, now)
    plan_reminder(booking, now)
    return Receipt(booking.id, booking.reference, codes.pin_of(wish.form_token))


@action
def _wait(wish: Wish, now: datetime, by: Account | None) -> Receipt:
    receipt = receipt_of(wish.form_token)
    if receipt is not None:
        return receipt
    check_share(wish.source, wish.hold_token, now, wish.begun_at)
    service = db.session.get_one(Service, wish.service_id)
    if not service.has_waiting_list:
        raise Refused("no_list")
    if days_with_room(service, now):
        raise Refused("room")
    booking = _new_booking(wish, service, None, now)
    note("waiting", now, booking, by)
    tell("waiting", booking, now)
    return Receipt(booking.id, booking.reference, codes.pin_of(wish.form_token))


def receipt_of(form_token: str) -> Receipt | None:
    """The receipt of the booking that this form made, or None when it has made none."""
    made = select(Booking.id, Booking.reference, Booking.pin_hash).where(
        Booking.form_hash == digest(form_token)
    )
    row = db.session.execute(made).first()
    if row is None:
        return None
    return Receipt(row.id, row.reference, codes.pin_given(form_token, row.reference, row.pin_hash))


def _new_booking(wish: Wish, service: Service, slot: Slot | None, now: datetime) -> Booking:
    reference = codes.new_reference()
    booking = Booking(
        reference=reference,
        form_hash=digest(wish.form_token),
        pin_hash=codes.pin_hash(reference, codes.pin_of(wish.form_token)),
        service=service,
        slot=slot,
        status="confirmed" if slot else "waiting",
        origin=wish.origin,
        waiting_since=None if slot else now,
        source_hash=wish.source or None,
        created_at=now,
    )
    db.session.add(booking)
    db.session.flush()
    person = BookingPerson(booking_id=booking.id, language=wish.language)
    person.name = wish.name
    person.needs, person.other_need = " ".join(wish.needs) or None, wish.other_need or None
    person.reach_by(wish.channel, wish.contact, wish.rules)
    db.session.add(person)
    set_committed_value(booking, "person", person)  # so that nobody asks whether there was one before
    set_committed_value(booking, "interpreter", None)
    db.session.flush()
    return booking


@action
def change_contact(
    booking_id: int, version: int, channel: str, contact: str | None, rules: ContactRules, now: datetime
) -> Booking:
    """Have the resident's later wish rule every message from now on; a reminder goes the new way.

    Raises `NotFound`; `Refused`: `ended`, `changed` since `version` was read.
    """
    booking = locked(booking_id)
    if not booking.is_open(now) or booking.person is None:
        raise Refused("ended")
    booking.person.reach_by(channel, contact, rules)
    change(booking, version)
    note("contact_changed", now, booking)
    if booking.is_active:
        remind(booking, now)
    return booking


def prove(reference: str, pin: str, address: str, now: datetime) -> Booking:
    """The booking that reference and PIN open together. Raises as `proved` does."""
    return proved(booking_by_reference, reference, pin, address, now)


def proved(
    find: Callable[[str], Opened | None], reference: str, pin: str, address: str, now: datetime
) -> Opened:
    """What reference and PIN open together; `find` knows what a reference belongs to.

    Raises `Refused("wrong")` alike for an unknown reference and a wrong PIN, and `TooMany` after five wrong tries for
    one reference or twenty from one address within a quarter of an hour (S79).
    """
    reference = codes.read_reference(reference)
    keys = {f"pin|{reference}": WRONG_PER_REFERENCE, f"pin|from|{address}": WRONG_PER_ADDRESS}
    with throttle.tried(keys, now):
        found = find(reference)
        kept = found.pin_hash if found else "0" * 64
        if not codes.pin_fits(kept, reference, pin) or found is None:
            raise Refused("wrong")
        return found


@action
def renew_pin(booking_id: int, by: Account, now: datetime) -> str:
    """Another PIN for somebody who has lost theirs and whose identity staff have checked; the old one opens nothing.

    Raises `NotFound`.
    """
    booking, pin = locked(booking_id), codes.new_pin()
    booking.pin_hash = codes.pin_hash(booking.reference, pin)
    note("pin_renewed", now, booking, by)
    return pin


@action
def move(booking_id: int, version: int, slot_id: int, now: datetime, by: Account | None = None) -> Booking:
    """Give the booking a place in another slot of its service and free the old one: both or neither. Moving it to
    where it is changes nothing.

    Raises `NotFound`; `Refused`: `changed` since `version` was read, `ended`, `gone` (the new slot is not offered),
    `taken` (it is full); for a resident also `too_late`, `too_often`.
    """
    booking = locked(booking_id, slot_id)
    if booking.slot_id == slot_id and booking.is_active:
        return booking
    why_not = booking.why_fixed(now)
    if why_not == "ended" or (why_not and by is None):
        raise Refused(why_not)
    _offered(booking.service, slot_id, now, by_staff=by is not None)
    freed = _leave_places(booking)
    is_own_wish = by is None and booking.status == "confirmed"
    counted = {"schedule_version": booking.schedule_version + 1, "moves": booking.moves + is_own_wish}
    change(booking, version, status="confirmed", slot_id=slot_id, **counted, **NO_OFFER)
    mine = {"state": "booked", "booking_id": booking.id}
    if not take(slot_id, now, NOBODY, by_staff=by is not None, **mine):
        raise Refused("taken")
    ask_for_interpreter(booking, now)
    note("moved", now, booking, by)
    tell("moved", booking, now)
    remind(booking, now)
    for slot_left in freed:
        pass_on(slot_left, now)
    return booking


def _leave_places(booking: Booking) -> list[int]:
    """Give back the place and the one on offer; answers the slots in which there is room now."""
    freed = [booking.slot_id if booking.is_active else None, booking.offered_slot_id]
    let_interpreter_go(booking)
    leave(booking)
    release(token_of(booking))
    return [slot_id for slot_id in freed if slot_id is not None]


@action
def cancel(booking_id: int, version: int, now: datetime, by: Account | None = None) -> Booking:
    """End a booking, or the waiting for one, at the person's own wish, which staff (`by`) may have heard on the phone; the
    place is free at once, and whoever waits for one is asked. Cancelling again changes nothing.

    Raises `NotFound`; `Refused`: `ended` once the talk has begun, `changed` since `version` was read.
    """
    booking = locked(booking_id)
    if booking.status.startswith("cancelled"):
        return booking
    if not booking.is_open(now):
        raise Refused("ended")
    freed = _leave_places(booking)
    change(booking, version, status="cancelled_resident", ended_at=now, **NO_OFFER)
    note("cancelled", now, booking, by)
    if booking.slot:
        tell("cancelled", booking, now)
    for slot_id in freed:
        pass_on(slot_id, now)
    return booking


@action
def say_told(message_id: int, by: Account, now: datetime) -> Message:
    """Note that staff have told the person what the message says: by phone, or because it could not be delivered. That
    reminds them too.

    Raises `Refused("changed")` when there is no such message to say, or not any more.
    """
    said = {"state": "sent", "problem": TOLD_BY_STAFF, "sent_at": now}
    if rows(update(Message).where(Message.id == message_id, for_people(now)).values(said)) != 1:
        raise Refused("changed")
    message = db.session.get_one(Message, message_id, populate_existing=True)
    reminder = (
        Message.about == message.about,
        Message.about_id == message.about_id,
        Message.kind == "reminder",
    )
    rows(update(Message).where(*reminder, for_people(now)).values(said))
    booking = db.session.get_one(Booking, message.about_id)
    _mark_told(booking, by, now)
    note("told", now, booking, by)
    return message


def _mark_told(booking: Booking, by: Account, now: datetime) -> None:
    """Among the tasks that are done, from which it can be taken back."""
    once = {"kind": "tell", "booking_id": booking.id, "schedule_version": booking.schedule_version}
    mark = db.session.scalar(select(TaskMark).filter_by(**once)) or TaskMark(**once)
    mark.done_at, mark.done_by_id = now, by.id
    db.session.add(mark)


def untell(booking: Booking) -> None:
    """Have what staff said they had told be told again: by phone, or because it could not be delivered. To be called
    inside an action."""
    of_now = (
        Message.about == "booking",
        Message.about_id == booking.id,
        Message.schedule_version == booking.schedule_version,
        Message.problem == TOLD_BY_STAFF,
    )
    by_phone = Message.channel == BY_PHONE
    rows(update(Message).where(*of_now, by_phone).values(state="queued", problem=None, sent_at=None))
    rows(update(Message).where(*of_now, ~by_phone).values(state="failed", problem=NOT_TOLD, sent_at=None))


@action
def forget(now: datetime) -> int:
    """Erase the people of talks that ended longer ago than the rule of the booking allows (R102), of waiting that ended
    without one, and what was written about their interpreters; answers how many people."""
    ended_before = now - timedelta(days=BOOKING.days)
    gave_up = Booking.slot_id.is_(None) & (Booking.ended_at < ended_before)
    talked = (Slot.ends_at < ended_before) & Booking.result.is_distinct_from("qualified")
    qualified = Slot.ends_at < now - timedelta(days=QUALIFIED.days)
    return _erase(or_(talked, qualified, gave_up))


@action
def erase_again(booking_id: int, now: datetime) -> None:
    """Erase the person of a booking, if there is one: because they ask for it, or a restored backup has brought them back (S18). A
    talk ahead is off, without a message."""
    booking = db.session.get(Booking, booking_id)
    if booking and booking.is_open(now):
        cancel(booking_id, booking.version, now)
    _erase(Booking.id == booking_id)


def _erase(which: ColumnElement[bool]) -> int:
    """Erase the people of these bookings, and what was written about their interpreters but a count."""
    over = select(Booking.id).outerjoin(Booking.slot).where(which)
    rows(insert(ErasedRequests).from_select(*_requests_of(over)))
    rows(delete(InterpreterRequest).where(InterpreterRequest.booking_id.in_(over)))
    hand_on(over)
    return rows(delete(BookingPerson).where(BookingPerson.booking_id.in_(over)))


@action
def forget_sources(now: datetime) -> int:
    """Erase where bookings and holds came from, after a day; answers of how many bookings."""
    over = now - SOURCE.period
    held = (Place.hold_expires_at < over, Place.hold_source.is_not(None))
    rows(update(Place).where(*held).values(hold_source=None))
    old = update(Booking).where(Booking.created_at < over, Booking.source_hash.is_not(None))
    return rows(old.values(source_hash=None))


def _requests_of(bookings: Select[int]) -> tuple[list[str], Select[Any]]:
    """How many interpreters were asked for with these bookings that came to a talk, for the statistics."""
    counted = {
        "service_id": Booking.service_id,
        "year": extract("year", Slot.day).label("year"),
        "month": extract("month", Slot.day).label("month"),
        "not_met": case((met_in_time(), false()), else_=true()).label("not_met"),
    }
    query = (
        select(*counted.values(), func.count())
        .select_from(InterpreterRequest)
        .join(InterpreterRequest.booking)
        .join(Booking.slot)
        .where(InterpreterRequest.booking_id.in_(bookings), Booking.status.in_(HOLDING))
        .group_by(Booking.service_id, "year", "month", "not_met")
    )
    return [*counted, "number"], query


def _offered(
    service: Service, slot_id: int, now: datetime, begun_at: datetime | None = None, *, by_staff: bool = False
) -> Slot:
    """The slot, if it may be booked. Raises `Refused("gone")`."""
    offered = bookable(service, now, begun_at, by_staff=by_staff)
    slot = db.session.scalar(select(Slot).where(Slot.id == slot_id, offered))
    if slot is None:
        raise Refused("gone")
    return slot
