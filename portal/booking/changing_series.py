"""Changing a series of slots, or ending it: only what is free and still to come changes; where anybody has a place, is just
filling in the form, or has been offered a place, staff decide slot by slot."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload, selectinload

from portal.accounts.audit import record
from portal.accounts.models import Account
from portal.booking.models import (
    Booking,
    BookingEvent,
    Place,
    Resource,
    ResourceGrain,
    Slot,
    SlotResource,
    SlotSeries,
)
from portal.booking.offering import (
    Terms,
    channels_of,
    clashes,
    gather,
    keep_apart,
    open_slots,
    take_back,
)
from portal.booking.offers import pass_on
from portal.booking.places import lock, occupy
from portal.booking.series import Rhythm, Span, plan, touches
from portal.db import action, at_version, db, violated
from portal.errors import Refused

EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True)
class Hours:
    """When the slots of a day begin and end, as a clock on the wall shows it."""

    from_time: time
    to_time: time
    minutes: int
    break_minutes: int


@dataclass(frozen=True)
class Change:
    """What a series is to be like from `first_on` on; service, place and facilities stay."""

    first_on: date
    hours: Hours
    lead_id: int
    room_id: int | None
    interpreter_id: int | None
    capacity: int


def hours_of(series: SlotSeries) -> Hours:
    """The hours of a series as they are."""
    return Hours(series.from_time, series.to_time, series.minutes, series.break_minutes)


def coming_slots(series_id: int, first_on: date, now: datetime) -> Sequence[Slot]:
    """The slots of a series that are still to come, from a day on, by time; with places and people."""
    places = selectinload(Slot.places).selectinload(Place.booking).selectinload(Booking.person)
    everything = (places, *(joinedload(part) for part in (Slot.lead, Slot.room, Slot.office, Slot.service)))
    query = (
        select(Slot)
        .where(Slot.series_id == series_id, Slot.day >= first_on)
        .where(Slot.starts_at > now, Slot.status != "cancelled")
        .order_by(Slot.starts_at, Slot.id)
        .options(*everything)
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query).all()


def is_untouched(slot: Slot, now: datetime) -> bool:
    """Whether nobody has a place here, is about to take one, or has been offered one."""
    return not any(
        place.state == "booked"
        or (place.state == "held" and place.hold_expires_at is not None and place.hold_expires_at > now)
        for place in slot.places
    )


def change_series(
    series_id: int, version: int, change: Change, by: Account, now: datetime, *, near_is_fine: bool = False
) -> int:
    """Give the free slots to come other people, rooms, places or hours, all or none; answers how many there are now.

    Other hours end the free slots and open new ones on the same days, around the slots that stay. Raises `NotFound`;
    `Refused`: `changed`, `nothing` (no slot is free), `no_fit` (no slot fits between the hours), and as `offer` does `away`,
    `room_elsewhere`, `too_near`, `overlap`.
    """
    try:
        return _change(series_id, version, change, by, now, near_is_fine=near_is_fine)
    except IntegrityError as error:
        if violated(error) != "pk_resource_grain":
            raise
        taken = _who_is_taken(series_id, change, now)
        raise Refused("overlap", clashes=taken) from None


@action
def _change(
    series_id: int, version: int, change: Change, by: Account, now: datetime, *, near_is_fine: bool
) -> int:
    series = at_version(SlotSeries, series_id, version)
    slots = _locked(series_id, change.first_on, now)
    free = _free(slots, now)
    terms = _terms(change, free[0])
    gather(terms)
    if change.hours == hours_of(series):
        made = _change_in_place(free, terms, by, now)
    else:
        spans = _planned(change, slots, free, now)
        for slot in free:
            take_back(slot.id, slot.version, by, now)
        keep_apart(terms, spans, near_is_fine=near_is_fine)
        made = open_slots(terms, spans, series_id)
        series.from_time, series.to_time = change.hours.from_time, change.hours.to_time
        series.minutes, series.break_minutes = change.hours.minutes, change.hours.break_minutes
    record(by, "series_changed", "slot_series", series_id, now)
    for slot in made:
        pass_on(slot.id, now)
    return len(made)


@action
def end_series(series_id: int, version: int, first_on: date, by: Account, now: datetime) -> int:
    """Cancel the free slots from a day on; answers how many those were.

    Raises `NotFound`; `Refused`: `changed`, `nothing` (no slot is free).
    """
    series = at_version(SlotSeries, series_id, version)
    free = _free(_locked(series_id, first_on, now), now)
    for slot in free:
        take_back(slot.id, slot.version, by, now)
    series.last_on = max(series.first_on, min(series.last_on, first_on - timedelta(days=1)))
    record(by, "series_ended", "slot_series", series_id, now)
    return len(free)


def _locked(series_id: int, first_on: date, now: datetime) -> Sequence[Slot]:
    lock(*(slot.id for slot in coming_slots(series_id, first_on, now)))
    return coming_slots(series_id, first_on, now)


def _free(slots: Sequence[Slot], now: datetime) -> list[Slot]:
    free = [slot for slot in slots if is_untouched(slot, now)]
    if not free:
        raise Refused("nothing")
    return free


def _terms(change: Change, like: Slot) -> Terms:
    return Terms(
        like.service_id,
        like.office_id,
        change.lead_id,
        change.capacity,
        like.facility,
        change.room_id,
        change.interpreter_id,
    )


def _planned(change: Change, slots: Sequence[Slot], free: Sequence[Slot], now: datetime) -> list[Span]:
    """When the new slots are: on the days of the free ones, around those that stay. A day that staff have called off does
    not come back."""
    days = {slot.day for slot in free}
    first, last = min(days), max(days)
    between = {first + timedelta(days=n) for n in range((last - first).days + 1)}
    hours = change.hours
    rhythm = Rhythm(
        EVERY_DAY,
        first,
        last,
        hours.from_time,
        hours.to_time,
        hours.minutes,
        hours.break_minutes,
        left_out=frozenset(between - days),
    )
    staying = [Span(slot.starts_at, slot.ends_at) for slot in slots if slot not in free]
    spans = plan(rhythm, now, on_holidays=True).spans
    around = [span for span in spans if not touches(staying, span.starts_at, span.ends_at)]
    if not around:
        raise Refused("no_fit")
    return around


def _change_in_place(free: list[Slot], terms: Terms, by: Account, now: datetime) -> list[Slot]:
    numbers = [slot.id for slot in free]
    for used in (ResourceGrain, SlotResource):
        db.session.execute(delete(used).where(used.slot_id.in_(numbers)))
    channels = channels_of(terms.service_id)
    for slot in free:
        slot.lead_id, slot.room_id, slot.interpreter_id = terms.lead_id, terms.room_id, terms.interpreter_id
        slot.version += 1
        for place in slot.places[terms.capacity :]:
            db.session.delete(place)
        for ordinal in range(len(slot.places) + 1, terms.capacity + 1):
            db.session.add(Place(slot_id=slot.id, ordinal=ordinal, channel=next(channels)))
        db.session.add(BookingEvent(at=now, slot_id=slot.id, account_id=by.id, what="slot_changed"))
        occupy(slot, *slot.needed)
    return free


def _who_is_taken(series_id: int, change: Change, now: datetime) -> list[tuple[Resource, Slot]]:
    """Who or what stands in the way, the free slots of the series itself aside."""
    slots = coming_slots(series_id, change.first_on, now)
    free = _free(slots, now)
    series = db.session.get_one(SlotSeries, series_id)
    if change.hours == hours_of(series):
        spans = [Span(slot.starts_at, slot.ends_at) for slot in free]
    else:
        spans = _planned(change, slots, free, now)
    return clashes(_terms(change, free[0]).needed, spans, besides=[slot.id for slot in free])
