"""A year of talks that are over, so that the demo has something to count. The dice are loaded: it is the same every time."""

import random
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from secrets import token_hex

from sqlalchemy import insert, select

from portal import clock
from portal.booking import codes
from portal.booking.interpreters import InterpreterRequest
from portal.booking.models import (
    GRAIN,
    Booking,
    BookingPerson,
    Office,
    Place,
    Resource,
    ResourceGrain,
    Slot,
    SlotResource,
    interviewers,
)
from portal.booking.telling import note
from portal.crypto import digest
from portal.db import Model, action, db
from portal.outbox.models import Message
from portal.programmes.models import Service, all_services
from portal.retention import BOOKING

DAYS = 400
TAKEN, MISSED = 0.75, 0.15
HOURS = {"a1": (15, 16, 17), "b1": (10, 11)}
WEEKDAYS = {"a1": (1, 3), "b1": (2,)}
ORIGINS = ("online",) * 6 + ("phone",) * 3 + ("desk",)


@action
def load_history(now: datetime) -> None:
    """Bring the talks of the last thirteen months, unless some are there already."""
    today = clock.day_of(now)
    first = today - timedelta(days=DAYS)
    if db.session.scalar(select(Slot.id).where(Slot.day < today - timedelta(days=30)).limit(1)):
        return
    dice, office, people = random.Random(2026), db.session.scalars(select(Office)).first(), interviewers()  # noqa: S311
    services = {service.code: service for service in all_services()}
    if office is None or len(people) < len(HOURS):
        return
    slots = [
        _slot(services[code], office, lead, at)
        for lead, code in zip(people, HOURS, strict=False)
        for at in _times(first, today, code)
    ]
    _keep(slots)
    _use(slots)
    bookings = [_booking(slot, dice) for slot in slots if dice.random() < TAKEN]
    _keep(bookings)
    _keep(_places(slots, bookings))
    for booking in bookings:
        _around(booking, dice, now)


def _keep(rows: Sequence[Model]) -> None:
    db.session.add_all(rows)
    db.session.flush()


def _times(first: date, today: date, code: str) -> Iterator[datetime]:
    for number in range((today - first).days):
        day = first + timedelta(days=number)
        if day.weekday() in WEEKDAYS[code] and clock.is_working_day(day):
            for hour in HOURS[code]:
                yield clock.at_local(datetime.combine(day, time(hour)))[0]


def _slot(service: Service, office: Office, lead: Resource, at: datetime) -> Slot:
    slot = Slot(
        service_id=service.id, office_id=office.id, lead_id=lead.id, day=clock.day_of(at), starts_at=at
    )
    slot.ends_at = at + timedelta(minutes=service.minutes)
    return slot


def _use(slots: Sequence[Slot]) -> None:
    used = [{"slot_id": slot.id, "resource_id": slot.lead_id} for slot in slots]
    grains = [
        use | {"grain_at": slot.starts_at + number * GRAIN}
        for slot, use in zip(slots, used, strict=True)
        for number in range((slot.ends_at - slot.starts_at) // GRAIN)
    ]
    db.session.execute(insert(SlotResource), used)
    db.session.execute(insert(ResourceGrain), grains)


def _booking(slot: Slot, dice: random.Random) -> Booking:
    reference = codes.new_reference()
    return Booking(
        reference=reference,
        form_hash=digest(token_hex()),
        pin_hash=codes.pin_hash(reference, codes.new_pin()),
        service_id=slot.service_id,
        slot=slot,
        status="no_show" if dice.random() < MISSED else "attended",
        origin=dice.choice(ORIGINS),
        created_at=slot.starts_at - timedelta(days=dice.randint(2, 30), hours=dice.randint(1, 9)),
        ended_at=slot.ends_at,
    )


def _places(slots: Sequence[Slot], bookings: Sequence[Booking]) -> list[Place]:
    booked = {booking.slot_id: booking.id for booking in bookings}
    return [
        Place(
            slot_id=slot.id,
            ordinal=1,
            booking_id=booked.get(slot.id),
            state="booked" if slot.id in booked else "free",
        )
        for slot in slots
    ]


def _around(booking: Booking, dice: random.Random, now: datetime) -> None:
    """What was noted and written of a booking, now and then an interpreter, and the person unless they have been erased by now."""
    note("booked", booking.created_at, booking)
    note(booking.status, booking.ended_at or now, booking)
    is_sent = dice.random() < 0.95
    message = Message(
        about="booking", about_id=booking.id, kind="confirmed", schedule_version=1, channel="email"
    )
    message.state, message.problem = ("sent", None) if is_sent else ("failed", "refused")
    message.created_at = message.due_at = booking.created_at
    message.sent_at = booking.created_at if is_sent else None
    db.session.add(message)
    if dice.random() < 0.1:
        request = InterpreterRequest(
            booking_id=booking.id, method="pjm", state="arranged", asked_at=booking.created_at
        )
        request.due_on = clock.day_of(booking.created_at) + timedelta(days=3)
        request.answered_at = booking.created_at + timedelta(days=dice.choice((1, 1, 2, 6)))
        db.session.add(request)
    assert booking.slot
    if now - booking.slot.ends_at < timedelta(days=BOOKING.days):
        person = BookingPerson(booking_id=booking.id, channel="none")
        person.name = "Osoba Przykładowa"
        db.session.add(person)
