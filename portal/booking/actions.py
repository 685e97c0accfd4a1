"""What happens to a place and a booking: hold, book, move, cancel, note the outcome.

Each verb locks the slot first (politeness), then changes one place by a conditional UPDATE whose row count decides
(correctness). Without the lock the schema still refuses a second sale.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import case, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import set_committed_value

from portal import clock
from portal.accounts import throttle
from portal.accounts.audit import record
from portal.accounts.models import Account
from portal.booking import codes
from portal.booking.models import (
    INTERPRETERS,
    Booking,
    BookingEvent,
    BookingPerson,
    InterpreterRequest,
    Place,
    Slot,
    booking_by_reference,
    interpreter_sure_from,
)
from portal.booking.openings import bookable, takeable
from portal.crypto import digest, keyring
from portal.db import action, db, violated
from portal.errors import NotFound, Refused
from portal.outbox.actions import enqueue
from portal.outbox.models import messages_about
from portal.programmes.models import Service
from portal.retention import BOOKING

NOBODY = ""
WRITTEN_CHANNELS = ("email", "sms")
WRONG_PER_REFERENCE = 5
WRONG_PER_ADDRESS = 20


@dataclass(frozen=True)
class ContactRules:
    """What we may do on the chosen channel (R61); nothing unless it is said. The hours are those of clocks in Poland."""

    may_leave_message: bool = False
    may_say_who: bool = False
    safe_from: time | None = None
    safe_to: time | None = None


@dataclass(frozen=True)
class Wish:
    """What a resident asks for. `contact` is normalised (an address in lower case, a number in E.164) or None."""

    service_id: int
    slot_id: int
    name: str
    channel: str
    contact: str | None
    language: str
    form_token: str
    hold_token: str
    origin: str = "online"
    rules: ContactRules = ContactRules()
    needs: tuple[str, ...] = ()
    other_need: str = ""


@dataclass(frozen=True)
class Receipt:
    """What a resident keeps."""

    booking_id: int
    reference: str
    pin: str


@action
def hold(service: Service, slot_id: int, token: str, now: datetime) -> datetime:
    """Keep one place for the bearer of `token` and say until when; an earlier hold of the same bearer is given back.

    Raises `Refused`: `gone` (not offered, or not any more), `taken` (nobody can be fitted in). A refusal leaves the
    earlier hold as it was.
    """
    _lock(slot_id)
    _offered(service, slot_id, now)
    _release(token)
    until = now + timedelta(minutes=service.hold_minutes)
    if not _take(slot_id, now, token, state="held", hold_hash=digest(token), hold_expires_at=until):
        raise Refused("taken")
    return until


@action
def give_back(token: str) -> None:
    """Free the place that the bearer holds, if any."""
    _release(token)


def book(wish: Wish, now: datetime) -> Receipt:
    """Turn a place into a booking and queue its confirmation. The same form gives the same receipt, however often sent.

    A hold that has run out is renewed silently while the slot has room. Raises `Refused`: `gone`, `taken`.
    """
    try:
        return _book(wish, now)
    except IntegrityError as error:
        if violated(error) != "uq_booking_form_hash":
            raise
        receipt = receipt_of(wish.form_token)
        assert receipt is not None
        return receipt


@action
def _book(wish: Wish, now: datetime) -> Receipt:
    _lock(wish.slot_id)
    receipt = receipt_of(wish.form_token)
    if receipt is not None:
        return receipt
    service = db.session.get_one(Service, wish.service_id)
    slot = _offered(service, wish.slot_id, now, now - timedelta(minutes=service.hold_minutes))
    booking = _new_booking(wish, service, slot, now)
    if not _take(wish.slot_id, now, wish.hold_token, state="booked", booking_id=booking.id):
        raise Refused("taken")
    _release(wish.hold_token)
    _note("booked", now, booking)
    _tell("confirmed", booking, now)
    _remind(booking, now)
    return Receipt(booking.id, booking.reference, codes.pin_of(wish.form_token))


def receipt_of(form_token: str) -> Receipt | None:
    """The receipt of the booking that this form made, or None when it has made none."""
    made = select(Booking.id, Booking.reference).where(Booking.form_hash == digest(form_token))
    row = db.session.execute(made).first()
    return Receipt(row.id, row.reference, codes.pin_of(form_token)) if row else None


def _new_booking(wish: Wish, service: Service, slot: Slot, now: datetime) -> Booking:
    reference = codes.new_reference()
    booking = Booking(
        reference=reference,
        form_hash=digest(wish.form_token),
        pin_hash=codes.pin_hash(reference, codes.pin_of(wish.form_token)),
        service=service,
        slot=slot,
        origin=wish.origin,
        created_at=now,
    )
    db.session.add(booking)
    db.session.flush()
    person = BookingPerson(booking_id=booking.id, language=wish.language)
    person.name = wish.name
    person.needs, person.other_need = " ".join(wish.needs) or None, wish.other_need or None
    _set_contact(person, wish.channel, wish.contact, wish.rules)
    db.session.add(person)
    set_committed_value(booking, "person", person)  # so that nobody asks whether there was one before
    _ask_for_interpreter(booking, wish.needs, now)
    db.session.flush()
    return booking


def _set_contact(person: BookingPerson, channel: str, contact: str | None, rules: ContactRules) -> None:
    by_phone = channel == "phone"
    person.channel, person.contact = channel, contact
    person.contact_fingerprint = keyring().fingerprint(contact, "booking_person.contact") if contact else None
    person.may_leave_message = by_phone and rules.may_leave_message
    person.may_say_who = by_phone and rules.may_say_who
    person.safe_from, person.safe_to = (rules.safe_from, rules.safe_to) if contact else (None, None)


def _ask_for_interpreter(booking: Booking, needs: tuple[str, ...], now: datetime) -> None:
    method = next((need for need in needs if need in INTERPRETERS), None)
    if method:
        due_on = interpreter_due_on(booking.slot.day, now)
        db.session.add(InterpreterRequest(booking_id=booking.id, method=method, due_on=due_on, asked_at=now))


def interpreter_due_on(day: date, now: datetime) -> date:
    """When the answer is due: on the working day before the talk at the latest, and never in the past."""
    return max(min(interpreter_sure_from(now), clock.working_day_before(day)), clock.day_of(now))


@action
def change_contact(
    booking_id: int, version: int, channel: str, contact: str | None, rules: ContactRules, now: datetime
) -> Booking:
    """Have the resident's later wish rule every message from now on; a reminder goes the new way.

    Raises `NotFound`; `Refused`: `ended`, `changed` since `version` was read.
    """
    booking = _locked(booking_id)
    if not booking.is_active or booking.slot.starts_at <= now or booking.person is None:
        raise Refused("ended")
    _set_contact(booking.person, channel, contact, rules)
    _change(booking, version)
    _note("contact_changed", now, booking)
    if not _is_queued("reminder", booking):
        _remind(booking, now)
    return booking


@action
def answer_interpreter(
    booking_id: int, state: str, by: Account, now: datetime, reason: str = "", alternative: str = ""
) -> InterpreterRequest:
    """Say that an interpreter is `arranged`, or `not_possible` with the reason and another date or form; tell the resident.

    Raises `NotFound`; `Refused`: `ended` when the booking no longer stands, `answered` when somebody was first.
    """
    booking = _locked(booking_id)
    request = booking.interpreter
    if request is None:
        raise NotFound
    if not booking.is_active:
        raise Refused("ended")
    if request.state != "requested":
        raise Refused("answered")
    request.state, request.answered_at = state, now
    request.reason, request.alternative = reason, alternative
    _note(f"interpreter_{state}", now, booking, by)
    _tell(f"interpreter_{state}", booking, now)
    return request


def prove(reference: str, pin: str, address: str, now: datetime) -> Booking:
    """The booking that reference and PIN open together.

    Raises `Refused("wrong")` alike for an unknown reference and a wrong PIN, and `TooMany` after five wrong tries for
    one reference or twenty from one address within a quarter of an hour (S79).
    """
    reference = codes.read_reference(reference)
    keys = {f"pin|{reference}": WRONG_PER_REFERENCE, f"pin|from|{address}": WRONG_PER_ADDRESS}
    throttle.check(keys, now)
    booking = booking_by_reference(reference)
    kept = booking.pin_hash if booking else "0" * 64
    if not codes.pin_fits(kept, reference, pin) or booking is None:
        throttle.fail(keys, now)
        raise Refused("wrong")
    return booking


@action
def move(booking_id: int, version: int, slot_id: int, now: datetime, by: Account | None = None) -> Booking:
    """Give the booking a place in another slot of its service and free the old one: both or neither. Moving it to
    where it is changes nothing.

    Raises `NotFound`; `Refused`: `changed` since `version` was read, `ended`, `gone` (the new slot is not offered),
    `taken` (it is full); for a resident also `too_late`, `too_often`.
    """
    booking = _locked(booking_id, slot_id)
    if booking.slot_id == slot_id:
        return booking
    why_not = booking.why_fixed(now)
    if why_not == "ended" or (why_not and by is None):
        raise Refused(why_not)
    slot = _offered(booking.service, slot_id, now)
    _free_place(booking)
    _reopen_interpreter(booking, slot, now)
    counted = {"schedule_version": booking.schedule_version + 1, "moves": booking.moves + (by is None)}
    _change(booking, version, slot_id=slot_id, **counted)
    if not _take(slot_id, now, NOBODY, state="booked", booking_id=booking.id):
        raise Refused("taken")
    _note("moved", now, booking, by)
    _tell("moved", booking, now)
    _remind(booking, now)
    return booking


@action
def cancel(booking_id: int, version: int, now: datetime, by: Account | None = None) -> Booking:
    """End a booking and free its place at once. Cancelling again changes nothing.

    Raises `NotFound`; `Refused`: `ended` once the talk has begun, `changed` since `version` was read.
    """
    booking = _locked(booking_id)
    if booking.status.startswith("cancelled"):
        return booking
    if booking.slot.starts_at <= now:
        raise Refused("ended")
    status = "cancelled_office" if by else "cancelled_resident"
    _change(booking, version, status=status, ended_at=now)
    _free_place(booking)
    _note("cancelled", now, booking, by)
    _tell("cancelled", booking, now)
    return booking


@action
def note_outcome(booking_id: int, version: int, outcome: str, by: Account, now: datetime) -> Booking:
    """Say that the person came (`attended`) or did not (`no_show`); one may be corrected into the other.

    Raises `NotFound`; `Refused`: `too_early` before the talk has begun, `ended` for a cancelled one, `changed`.
    """
    booking = _locked(booking_id)
    if booking.slot.starts_at > now:
        raise Refused("too_early")
    if booking.status not in {"confirmed", "attended", "no_show"}:
        raise Refused("ended")
    _change(booking, version, status=outcome, ended_at=now)
    _note(outcome, now, booking, by)
    return booking


@action
def forget(now: datetime) -> int:
    """Erase the people of talks that ended longer ago than the rule for bookings allows (R102), and what was written
    about their interpreters; answers how many people."""
    ended_before = now - timedelta(days=BOOKING.days)
    over = select(Booking.id).join(Booking.slot).where(Slot.ends_at < ended_before)
    _rows(delete(InterpreterRequest).where(InterpreterRequest.booking_id.in_(over)))
    return _rows(delete(BookingPerson).where(BookingPerson.booking_id.in_(over)))


def _locked(booking_id: int, *more_slots: int) -> Booking:
    """The newest state of a booking, under the lock of its slot and of others that the deed touches."""
    slot_id = db.session.scalar(select(Booking.slot_id).where(Booking.id == booking_id))
    if slot_id is None:
        raise NotFound
    _lock(slot_id, *more_slots)
    return db.session.get_one(Booking, booking_id, populate_existing=True)


def _change(booking: Booking, version: int, **values: object) -> None:
    mine = update(Booking).where(Booking.id == booking.id, Booking.version == version)
    if _rows(mine.values(version=version + 1, **values)) != 1:
        raise Refused("changed")
    db.session.refresh(booking)


def _lock(*slot_ids: int) -> None:
    """Always in the same order, so that two that cross do not wait for each other."""
    db.session.execute(select(Slot.id).where(Slot.id.in_(slot_ids)).order_by(Slot.id).with_for_update())


def _offered(service: Service, slot_id: int, now: datetime, begun_at: datetime | None = None) -> Slot:
    """The slot, if residents may book it. Raises `Refused("gone")`."""
    slot = db.session.scalar(select(Slot).where(Slot.id == slot_id, bookable(service, now, begun_at)))
    if slot is None:
        raise Refused("gone")
    return slot


def _take(slot_id: int, now: datetime, token: str, **values: object) -> bool:
    """Change one place of the slot: the bearer's own, or else the first one that a newcomer may take."""
    fits = takeable(now, token)
    own_first = case((Place.hold_hash == digest(token), 0), else_=1)
    first = select(Place.id).where(Place.slot_id == slot_id, fits).order_by(own_first, Place.ordinal)
    no_hold: dict[str, object] = {"hold_hash": None, "hold_expires_at": None}
    one = update(Place).where(Place.id == first.limit(1).scalar_subquery(), fits)
    return _rows(one.values(no_hold | values)) == 1


def _reopen_interpreter(booking: Booking, slot: Slot, now: datetime) -> None:
    """An interpreter was arranged for the old time only."""
    if booking.interpreter:
        booking.interpreter.state, booking.interpreter.answered_at = "requested", None
        booking.interpreter.due_on = interpreter_due_on(slot.day, now)


def _free_place(booking: Booking) -> None:
    free = {"state": "free", "booking_id": None}
    _rows(update(Place).where(Place.booking_id == booking.id).values(free))


def _release(token: str) -> None:
    free = {"state": "free", "hold_hash": None, "hold_expires_at": None}
    _rows(update(Place).where(Place.hold_hash == digest(token)).values(free))


def _rows(statement: object) -> int:
    result = db.session.execute(statement, execution_options={"synchronize_session": False})  # type: ignore[call-overload]
    return int(result.rowcount)


def _tell(kind: str, booking: Booking, now: datetime) -> None:
    """Queue a message for those who chose to be written to."""
    if booking.person and booking.person.channel in WRITTEN_CHANNELS:
        enqueue("booking", booking.id, kind, booking.schedule_version, booking.person.channel, now)


def _remind(booking: Booking, now: datetime) -> None:
    """Queue the reminder, unless its time has come already."""
    due_at = booking.service.reminder_at(booking.slot.starts_at)
    if due_at and due_at > now:
        _tell("reminder", booking, due_at)


def _is_queued(kind: str, booking: Booking) -> bool:
    """Whether this was written already for the present time and way, whatever became of it."""
    person = booking.person
    return any(
        (message.kind, message.schedule_version) == (kind, booking.schedule_version)
        and person is not None
        and message.channel == person.channel
        for message in messages_about("booking", booking.id)
    )


def _note(what: str, now: datetime, booking: Booking, by: Account | None = None) -> None:
    account_id = by.id if by else None
    event = BookingEvent(
        at=now, booking_id=booking.id, slot_id=booking.slot_id, account_id=account_id, what=what
    )
    db.session.add(event)
    if by:
        record(by, what, "booking", booking.id, now)
