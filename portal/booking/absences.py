"""Somebody of the centre cannot come: who is affected, who takes over, who is asked about another time, and ten minutes to
think again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Row, and_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload, selectinload

from portal import clock
from portal.accounts.audit import record
from portal.accounts.models import Account
from portal.booking.calling_off import UNDO_WITHIN, call_off
from portal.booking.calling_off import undo as undo_calling_off
from portal.booking.models import (
    Absence,
    Booking,
    BookingEvent,
    Place,
    Resource,
    Slot,
    SlotResource,
    interviewers,
)
from portal.booking.offers import can_be_asked
from portal.booking.openings import OpenSlot, open_slots
from portal.booking.places import lock, occupy, vacate
from portal.db import action, db, violated
from portal.errors import NotFound, Refused
from portal.outbox.models import told
from portal.programmes.models import Service

MOST_PROPOSALS = 12


@dataclass(frozen=True)
class Touched:
    """A slot of somebody who cannot come, who is free to take it over, and for each booking the times that could be proposed
    instead, the nearest first."""

    slot: Slot
    stand_ins: list[Resource]
    proposals: dict[int, list[OpenSlot]] = field(default_factory=dict)


@dataclass(frozen=True)
class Arrangement:
    """What staff have decided: who takes over which slot, and what is proposed to whom, by booking. The slots that are not
    taken over are called off. `seen` are the slots as they were shown: version, and how many people have a place."""

    seen: Mapping[int, tuple[int, int]]
    stand_ins: Mapping[int, int]
    proposals: Mapping[int, int]


def touched(person_id: int, first: date, last: date, now: datetime) -> list[Touched]:
    """The slots to come that somebody leads on these days, by time."""
    slots = _slots(person_id, first, last, now)
    busy, away = _busy(slots), _away(first, last)
    others = [person for person in interviewers() if person.id != person_id]
    times = {service.id: _times(service, now, slots) for service in {slot.service for slot in slots}}
    return [
        Touched(
            slot,
            [person for person in others if _is_free(person.id, slot, busy, away)],
            {booking.id: _nearest(booking, slot, times[slot.service_id], now) for booking in slot.bookings},
        )
        for slot in slots
    ]


def _slots(person_id: int, first: date, last: date, now: datetime) -> Sequence[Slot]:
    places = selectinload(Slot.places).selectinload(Place.booking)
    query = (
        select(Slot)
        .where(Slot.lead_id == person_id, Slot.day.between(first, last))
        .where(Slot.starts_at > now, Slot.status != "cancelled")
        .options(places.selectinload(Booking.person), places.selectinload(Booking.service))
        .options(joinedload(Slot.service), joinedload(Slot.office))
        .order_by(Slot.starts_at, Slot.id)
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query).all()


def _busy(slots: Sequence[Slot]) -> dict[int, list[Slot]]:
    """The slots that take somebody's time around these, by who it is."""
    found: dict[int, list[Slot]] = {}
    if slots:
        around = select(SlotResource.resource_id, Slot).join(Slot, Slot.id == SlotResource.slot_id)
        within = (
            Slot.status != "cancelled",
            Slot.ends_at > slots[0].starts_at,
            Slot.starts_at < slots[-1].ends_at,
        )
        for resource_id, slot in db.session.execute(around.where(*within)):
            found.setdefault(resource_id, []).append(slot)
    return found


def _away(first: date, last: date) -> Sequence[Absence]:
    overlapping = (Absence.undone_at.is_(None), Absence.first_on <= last, Absence.last_on >= first)
    return db.session.scalars(select(Absence).where(*overlapping)).all()


def _is_free(person_id: int, slot: Slot, busy: Mapping[int, Sequence[Slot]], away: Sequence[Absence]) -> bool:
    taken = any(
        other.starts_at < slot.ends_at and other.ends_at > slot.starts_at for other in busy.get(person_id, ())
    )
    is_away = any(one.resource_id == person_id and one.first_on <= slot.day <= one.last_on for one in away)
    return not taken and not is_away


def _times(service: Service, now: datetime, besides: Sequence[Slot]) -> list[OpenSlot]:
    """Every free time of a service, those of the slots themselves left out."""
    left_out = {slot.id for slot in besides}
    first, last = clock.day_of(now), clock.day_of(service.last_bookable(now))
    free = open_slots(service, now, first=first, last=last, by_staff=True)
    return [time for time in free if time.id not in left_out]


def _nearest(booking: Booking, slot: Slot, times: Sequence[OpenSlot], now: datetime) -> list[OpenSlot]:
    fitting = [time for time in times if can_be_asked(booking, time, now)]
    nearest = sorted(fitting, key=lambda time: abs(time.starts_at - slot.starts_at))
    return sorted(nearest[:MOST_PROPOSALS], key=lambda time: time.starts_at)


def suggested(slots: Sequence[Touched]) -> dict[int, int]:
    """What to propose to whom, by booking, when nobody takes over: the nearest time of each that is proposed to nobody else."""
    taken: set[int] = set()
    found = {}
    for each in slots:
        for booking_id, times in each.proposals.items():
            free = [time for time in times if time.id not in taken]
            if free:
                best = min(free, key=lambda time: abs(time.starts_at - each.slot.starts_at))
                found[booking_id] = best.id
                taken.add(best.id)
    return found


def stay_away(
    person_id: int, days: tuple[date, date], arrangement: Arrangement, by: Account, now: datetime
) -> Absence:
    """Do what has been decided, all or nothing; whoever has to be told is told in ten minutes. A slot that somebody takes
    over changes nothing for the people who booked it, and nobody writes to them.

    Raises `Refused`: `changed` when other slots or people are affected than were shown, `overlap` when a stand-in is no
    interviewer at work, away, or taken by now, and for what is proposed `gone`, `taken`, `too_soon`.
    """
    try:
        return _stay_away(person_id, days, arrangement, by, now)
    except IntegrityError as error:
        if violated(error) != "pk_resource_grain":
            raise
        raise Refused("overlap") from None


@action
def _stay_away(
    person_id: int, days: tuple[date, date], arrangement: Arrangement, by: Account, now: datetime
) -> Absence:
    lock(*arrangement.seen, *arrangement.proposals.values())
    slots = _slots(person_id, *days, now)
    if {slot.id: (slot.version, slot.taken) for slot in slots} != dict(arrangement.seen):
        raise Refused("changed")
    first, last = days
    others = {person.id for person in interviewers()} - {person_id}
    away = _away(first, last)
    absence = Absence(resource_id=person_id, first_on=first, last_on=last, at=now, account_id=by.id)
    db.session.add(absence)
    db.session.flush()
    for slot in slots:
        stand_in = arrangement.stand_ins.get(slot.id)
        if stand_in:
            if stand_in not in others or not _is_free(stand_in, slot, {}, away):
                raise Refused("overlap")
            _hand_over(slot, stand_in, "slot_handed_over", by, now)
        else:
            call_off(slot.id, slot.version, slot.taken, by, now, arrangement.proposals)
    record(by, "absence_noted", "absence", absence.id, now)
    return absence


def _hand_over(slot: Slot, to: int, what: str, by: Account, now: datetime) -> None:
    vacate(slot.id, slot.lead_id)
    slot.lead_id, slot.version = to, slot.version + 1
    occupy(slot, to)
    db.session.add(BookingEvent(at=now, slot_id=slot.id, account_id=by.id, what=what))
    record(by, what, "slot", slot.id, now)


def absence_numbered(absence_id: int) -> Absence | None:
    """An absence with the person."""
    return db.session.get(Absence, absence_id, options=[joinedload(Absence.resource)])


def latest_absences(limit: int = 10) -> Sequence[Absence]:
    """What was noted last, newest first."""
    newest = select(Absence).options(joinedload(Absence.resource)).order_by(Absence.id.desc())
    return db.session.scalars(newest.limit(limit)).all()


def absent_on(person_id: int, days: Collection[date]) -> Absence | None:
    """Why somebody is not expected on one of these days: what staff have noted, if anything."""
    noted = (one for one in _away(min(days), max(days)) if one.resource_id == person_id)
    return next((one for one in noted if any(one.first_on <= day <= one.last_on for day in days)), None)


def undo_until(absence: Absence, now: datetime) -> datetime | None:
    """Until when it can be taken back; None when it cannot be any more."""
    until = absence.at + UNDO_WITHIN
    return until if absence.undone_at is None and until > now else None


def affected(absence: Absence) -> Sequence[Row[Booking, Slot]]:
    """The people who lost their time by it, each with the slot that they had, by its time."""
    lost = and_(BookingEvent.what == "displaced", BookingEvent.at == absence.at)
    query = (
        select(Booking, Slot)
        .join(BookingEvent, and_(BookingEvent.booking_id == Booking.id, lost))
        .join(Slot, Slot.id == BookingEvent.slot_id)
        .options(joinedload(Booking.person), joinedload(Booking.slot), joinedload(Booking.offered_slot))
        .order_by(Slot.starts_at, Booking.id)
    )
    return db.session.execute(query).all()


def who_know(people: Sequence[Booking]) -> set[int]:
    """Of those who lost their time the bookings of those who know: they were told, or have decided about it since."""
    asked = {booking.id: booking.schedule_version for booking in people if booking.status == "displaced"}
    decided = {booking.id for booking in people if booking.id not in asked}
    return decided | told("booking", "displaced", asked)


def handed_over(absence: Absence) -> Sequence[Slot]:
    """The slots that somebody else took over, by time."""
    ids = select(BookingEvent.slot_id).where(
        BookingEvent.what == "slot_handed_over", BookingEvent.at == absence.at
    )
    query = select(Slot).where(Slot.id.in_(ids)).options(joinedload(Slot.lead)).order_by(Slot.starts_at)
    return db.session.scalars(query).all()


def undo(absence_id: int, by: Account, now: datetime) -> Absence:
    """Put everything back as it was, with everybody who has not chosen another time since; nobody has been written to.

    Raises `NotFound`; `Refused`: `too_late`, `changed`, `overlap` when the person is needed elsewhere by now.
    """
    try:
        return _undo(absence_id, by, now)
    except IntegrityError as error:
        if violated(error) != "pk_resource_grain":
            raise
        raise Refused("overlap") from None


@action
def _undo(absence_id: int, by: Account, now: datetime) -> Absence:
    absence = db.session.get(Absence, absence_id, with_for_update=True, populate_existing=True)
    if absence is None:
        raise NotFound
    if absence.undone_at is not None:
        raise Refused("changed")
    if undo_until(absence, now) is None:
        raise Refused("too_late")
    slots = _changed_by(absence)
    lock(*(slot.id for slot, _what in slots))
    for slot, what in slots:
        db.session.refresh(slot)
        if what == "slot_cancelled":
            undo_calling_off(slot.id, slot.version, by, now)
        else:
            _hand_over(slot, absence.resource_id, "slot_handed_back", by, now)
    absence.undone_at = now
    record(by, "absence_undone", "absence", absence.id, now)
    return absence


def _changed_by(absence: Absence) -> Sequence[Row[Slot, str]]:
    events = select(Slot, BookingEvent.what).join(BookingEvent, BookingEvent.slot_id == Slot.id)
    mine = (
        BookingEvent.at == absence.at,
        BookingEvent.account_id == absence.account_id,
        BookingEvent.what.in_(("slot_cancelled", "slot_handed_over")),
    )
    return db.session.execute(events.where(*mine).order_by(Slot.id)).all()
