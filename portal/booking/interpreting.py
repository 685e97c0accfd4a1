"""Interpreters that people ask for with their booking, and what staff answer."""

from datetime import date, datetime

from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.accounts.models import Account
from portal.booking.interpreters import INTERPRETERS, InterpreterRequest, interpreter_sure_from
from portal.booking.models import Booking
from portal.booking.places import locked, occupy, vacate
from portal.booking.telling import note, tell
from portal.db import action, db, violated
from portal.errors import NotFound, Refused

BUSY = {"pk_resource_grain", "pk_slot_resource"}


def ask_for_interpreter(booking: Booking, now: datetime) -> None:
    """Ask for the interpreter whom the person needs at the time of the booking; one that was arranged for an earlier
    time is asked for anew. To be called inside an action."""
    person, slot = booking.known_person, booking.slot
    method = next((need for need in person.need_codes if need in INTERPRETERS), None) if person else None
    if slot is None or (method is None and booking.interpreter is None):
        return
    due_on = interpreter_due_on(slot.day, now)
    if booking.interpreter:
        booking.interpreter.state, booking.interpreter.answered_at = "requested", None
        booking.interpreter.due_on, booking.interpreter.reason, booking.interpreter.alternative = (
            due_on,
            "",
            "",
        )
    else:
        db.session.add(InterpreterRequest(booking_id=booking.id, method=method, due_on=due_on, asked_at=now))


def interpreter_due_on(day: date, now: datetime) -> date:
    """When the answer is due: on the working day before the talk at the latest, and never in the past."""
    return max(min(interpreter_sure_from(now), clock.working_day_before(day)), clock.day_of(now))


def let_interpreter_go(booking: Booking) -> None:
    """Give the interpreter's time back: the booking leaves its slot. To be called inside an action."""
    request, slot = booking.interpreter, booking.slot
    if request and request.resource_id and slot:
        if request.resource_id != slot.interpreter_id:  # whoever is there for the slot stays with it
            vacate(slot.id, request.resource_id)
        request.resource_id = None
        db.session.flush()


def arrange_interpreter(booking_id: int, resource_id: int | None, by: Account, now: datetime) -> None:
    """Say that an interpreter will come, and take their time if our calendar knows them; tell the resident.

    Raises `NotFound`; `Refused`: `ended` when the booking no longer stands, `answered` when somebody was first, `busy`
    when the interpreter is somewhere else at that time.
    """
    try:
        _arrange(booking_id, resource_id, by, now)
    except IntegrityError as error:
        if violated(error) not in BUSY:
            raise
        raise Refused("busy") from None


@action
def _arrange(booking_id: int, resource_id: int | None, by: Account, now: datetime) -> None:
    booking, request = _open_request(booking_id)
    slot = booking.slot
    if resource_id and slot and resource_id != slot.interpreter_id:
        occupy(slot, resource_id)
    _answer(booking, request, "arranged", by, now)
    request.resource_id = resource_id


@action
def refuse_interpreter(booking_id: int, reason: str, alternative: str, by: Account, now: datetime) -> None:
    """Say that no interpreter can come, why, and what other date or form there is; tell the resident.

    Raises `NotFound`; `Refused`: `ended` when the booking no longer stands, `answered` when somebody was first.
    """
    booking, request = _open_request(booking_id)
    request.reason, request.alternative = reason, alternative
    _answer(booking, request, "not_possible", by, now)


def _open_request(booking_id: int) -> tuple[Booking, InterpreterRequest]:
    booking = locked(booking_id)
    request = booking.interpreter
    if request is None:
        raise NotFound
    if not booking.is_active:
        raise Refused("ended")
    if request.state != "requested":
        raise Refused("answered")
    return booking, request


def _answer(booking: Booking, request: InterpreterRequest, state: str, by: Account, now: datetime) -> None:
    request.state, request.answered_at = state, now
    note(f"interpreter_{state}", now, booking, by)
    tell(f"interpreter_{state}", booking, now, is_news=True)
