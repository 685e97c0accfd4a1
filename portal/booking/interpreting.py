"""Interpreters that people ask for with their booking. To be called inside an action."""

from datetime import date, datetime

from portal import clock
from portal.booking.models import INTERPRETERS, Booking, InterpreterRequest, interpreter_sure_from
from portal.db import db


def ask_for_interpreter(booking: Booking, now: datetime) -> None:
    """Ask for the interpreter whom the person needs at the time of the booking; one that was arranged for an earlier
    time is asked for anew."""
    person, slot = booking.known_person, booking.slot
    method = next((need for need in person.need_codes if need in INTERPRETERS), None) if person else None
    if slot is None or (method is None and booking.interpreter is None):
        return
    due_on = interpreter_due_on(slot.day, now)
    if booking.interpreter:
        booking.interpreter.state, booking.interpreter.answered_at = "requested", None
        booking.interpreter.due_on = due_on
    else:
        db.session.add(InterpreterRequest(booking_id=booking.id, method=method, due_on=due_on, asked_at=now))


def interpreter_due_on(day: date, now: datetime) -> date:
    """When the answer is due: on the working day before the talk at the latest, and never in the past."""
    return max(min(interpreter_sure_from(now), clock.working_day_before(day)), clock.day_of(now))
