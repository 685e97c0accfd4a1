"""The timetable as staff read it: the slots of a week, a day, one person, room or place; and one slot with everybody in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, select, true
from sqlalchemy.orm import InstrumentedAttribute, joinedload, load_only, selectinload, subqueryload
from sqlalchemy.sql.base import ExecutableOption

from portal.booking.models import Booking, BookingPerson, Office, Place, Resource, Slot
from portal.db import db
from portal.programmes.models import Service


def slot_numbered(slot_id: int) -> Slot | None:
    """A slot with its places, their bookings and people."""
    query = select(Slot).where(Slot.id == slot_id).options(*_with_bookings())
    return db.session.scalar(query)


@dataclass(frozen=True)
class Which:
    """Which slots of a calendar: those of one interviewer, in one room, of one office; all where nothing is said."""

    lead_id: int | None = None
    room_id: int | None = None
    office_id: int | None = None

    def condition(self) -> ColumnElement[bool]:
        """What a slot has to fulfil."""
        wanted = (
            (self.lead_id, Slot.lead_id == self.lead_id),
            (self.room_id, Slot.room_id == self.room_id),
            (self.office_id, Slot.office_id == self.office_id),
        )
        return and_(true(), *(condition for number, condition in wanted if number is not None))


ALL = Which()


def slots_between(first: date, last: date, which: Which = ALL) -> Sequence[Slot]:
    """The slots of these days with places, bookings and names, cancelled ones left out, by time: two queries, however many
    there are, of the columns that a calendar shows."""
    return _calendar(first, last, which, BookingPerson.name_sealed)


def sheet_of(day: date, which: Which = ALL) -> Sequence[Slot]:
    """The slots of a day as a printed sheet needs them: with what people need for the talk."""
    wanted = (BookingPerson.name_sealed, BookingPerson.needs_sealed, BookingPerson.other_need_sealed)
    return _calendar(day, day, which, *wanted)


def _calendar(
    first: date, last: date, which: Which, *of_person: InstrumentedAttribute[Any]
) -> Sequence[Slot]:
    slot = (
        Slot.service_id,
        Slot.office_id,
        Slot.lead_id,
        Slot.room_id,
        Slot.starts_at,
        Slot.ends_at,
        Slot.day,
    )
    booking = (
        Booking.reference,
        Booking.service_id,
        Booking.slot_id,
        Booking.status,
        Booking.offered_slot_id,
    )
    service = (Service.public_name, Service.neutral_name, Service.keeps_apart)
    places = subqueryload(Slot.places)  # not select-in, which asks again for every five hundred
    query = (
        select(Slot)
        .where(Slot.day.between(first, last), Slot.status != "cancelled", which.condition())
        .options(
            load_only(*slot, Slot.status, Slot.facility),
            joinedload(Slot.service, innerjoin=True).load_only(*service),
            joinedload(Slot.office, innerjoin=True).load_only(Office.name),
            joinedload(Slot.lead, innerjoin=True).load_only(Resource.name),
            joinedload(Slot.room).load_only(Resource.name),
            places.load_only(Place.slot_id, Place.ordinal, Place.state, Place.booking_id),
            places.joinedload(Place.booking).load_only(*booking),
            places.joinedload(Place.booking).joinedload(Booking.person).load_only(*of_person),
        )
        .order_by(Slot.starts_at, Slot.id)
    )
    return db.session.scalars(query).all()


def _with_bookings() -> tuple[ExecutableOption, ...]:
    places = selectinload(Slot.places)
    return (
        places.selectinload(Place.booking).selectinload(Booking.person),
        selectinload(Slot.service),
        selectinload(Slot.office),
        selectinload(Slot.lead),
        selectinload(Slot.room),
        selectinload(Slot.interpreter),
    )
