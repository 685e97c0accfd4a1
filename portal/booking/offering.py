"""What staff do with slots: offer one or a series, take a free one back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from operator import attrgetter

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from portal.accounts.audit import record
from portal.accounts.models import Account
from portal.booking.apart import slots_too_near
from portal.booking.models import (
    BookingEvent,
    Closure,
    Office,
    Place,
    Resource,
    ResourceGrain,
    Slot,
    SlotResource,
    SlotSeries,
)
from portal.booking.offers import pass_on, withdraw
from portal.booking.places import NO_HOLD, occupy
from portal.booking.series import Plan, Rhythm, Span, plan, touches
from portal.db import action, db, violated
from portal.errors import NotFound, Refused
from portal.programmes.models import Service

MOST_CLASHES = 5


@dataclass(frozen=True)
class Terms:
    """What is the same for every slot of an offer."""

    service_id: int
    office_id: int
    lead_id: int
    capacity: int
    facility: str = ""
    room_id: int | None = None
    interpreter_id: int | None = None

    @property
    def needed(self) -> list[int]:
        """Who and what each slot needs, by number."""
        return [number for number in (self.lead_id, self.room_id, self.interpreter_id) if number]


def plan_here(rhythm: Rhythm, office_id: int, now: datetime, *, on_holidays: bool = False) -> Plan:
    """The rhythm as this office's calendar allows it; an office that works around the clock keeps its holidays."""
    office = db.session.get_one(Office, office_id)
    closed = closed_days(office_id, rhythm.first_on, rhythm.last_on)
    return plan(rhythm, now, closed, on_holidays=on_holidays or office.around_the_clock)


def closed_days(office_id: int, first: date, last: date) -> frozenset[date]:
    """The days in this range on which the office receives nobody."""
    here = or_(Closure.office_id.is_(None), Closure.office_id == office_id)
    query = select(Closure).where(here, Closure.first_on <= last, Closure.last_on >= first)
    return frozenset(
        closure.first_on + timedelta(days=n)
        for closure in db.session.scalars(query)
        for n in range((closure.last_on - closure.first_on).days + 1)
    )


def offer(
    terms: Terms,
    spans: Sequence[Span],
    by: Account,
    now: datetime,
    rhythm: Rhythm | None = None,
    *,
    near_is_fine: bool = False,
) -> list[Slot]:
    """Open a slot for each span, all or none.

    Raises `Refused`: `nothing` (no span), `past`, `away` (somebody or something is no longer in use), `room_elsewhere` (the
    room is in another office), `too_near` with `slots` when people could meet who must not (R95), unless that is known and
    fine, `overlap` with `clashes`, pairs of who or what is taken then and the slot that takes it.
    """
    if not spans:
        raise Refused("nothing")
    if any(span.starts_at <= now for span in spans):
        raise Refused("past")
    try:
        return _offer(terms, spans, by, now, rhythm, near_is_fine=near_is_fine)
    except IntegrityError as error:
        if violated(error) != "pk_resource_grain":
            raise
        raise Refused("overlap", clashes=clashes(terms.needed, spans)) from None


def clashes(
    resource_ids: Sequence[int], spans: Sequence[Span], besides: Sequence[int] = ()
) -> list[tuple[Resource, Slot]]:
    """Who or what is taken within one of these spans, and by which slot, some slots aside: the first few, by time. A slot that was
    called off takes nobody."""
    spans = sorted(spans, key=attrgetter("starts_at"))
    taken = (
        select(Resource, Slot)
        .join(SlotResource, SlotResource.resource_id == Resource.id)
        .join(Slot, Slot.id == SlotResource.slot_id)
        .where(Resource.id.in_(resource_ids), Slot.id.not_in(besides))
        .where(Slot.ends_at > spans[0].starts_at, Slot.starts_at < spans[-1].ends_at)
        .order_by(Slot.starts_at, Resource.id)
    )
    found = [
        (resource, slot)
        for resource, slot in db.session.execute(taken)
        if touches(spans, slot.starts_at, slot.ends_at)
    ]
    return found[:MOST_CLASHES]


@action
def _offer(
    terms: Terms,
    spans: Sequence[Span],
    by: Account,
    now: datetime,
    rhythm: Rhythm | None,
    *,
    near_is_fine: bool,
) -> list[Slot]:
    gather(terms)
    near = keep_apart(terms, spans, near_is_fine=near_is_fine)
    series_id = _new_series(rhythm, now) if rhythm else None
    slots = open_slots(terms, spans, series_id)
    record(by, "slots_offered_near" if near else "slots_offered", "slot", slots[0].id, now)
    for slot in slots:
        pass_on(slot.id, now)
    return slots


def open_slots(terms: Terms, spans: Sequence[Span], series_id: int | None) -> list[Slot]:
    """A slot for each span, with places, and with everybody and everything it needs taken. To be called inside an action,
    after `gather`; the database refuses what is taken already."""
    channels = channels_of(terms.service_id)
    slots = [_new_slot(terms, span, series_id, channels) for span in spans]
    db.session.add_all(slots)
    db.session.flush()
    for slot in slots:
        occupy(slot, *slot.needed)
    return slots


def gather(terms: Terms) -> None:
    """Make sure that all are at work and the room is where the talk is, and that nobody changes that meanwhile. To be
    called inside an action. Raises `Refused`: `away`, `room_elsewhere`."""
    here = select(Office.id).where(Office.id == terms.office_id).with_for_update(key_share=True)
    db.session.execute(here)  # one offer after the other in each office, so that two see each other
    wanted = select(Resource).where(Resource.id.in_(terms.needed)).order_by(Resource.id)
    found = db.session.scalars(wanted.with_for_update(key_share=True)).all()
    if not all(resource.is_active for resource in found):
        raise Refused("away")
    if any(resource.office_id not in {None, terms.office_id} for resource in found):
        raise Refused("room_elsewhere")


def keep_apart(terms: Terms, spans: Sequence[Span], *, near_is_fine: bool) -> bool:
    """Whether some of these slots come too near to people who must not meet (R95). To be called inside an action, after
    `gather`. Raises `Refused("too_near")` with `slots` unless that is fine."""
    near = slots_too_near(terms.service_id, terms.office_id, sorted(spans, key=attrgetter("starts_at")))
    if near and not near_is_fine:
        raise Refused("too_near", slots=near[:MOST_CLASHES])
    return bool(near)


def _new_series(rhythm: Rhythm, now: datetime) -> int:
    series = SlotSeries(
        weekdays=",".join(str(day) for day in sorted(rhythm.weekdays)),
        first_on=rhythm.first_on,
        last_on=rhythm.last_on,
        from_time=rhythm.from_time,
        to_time=rhythm.to_time,
        minutes=rhythm.minutes,
        break_minutes=rhythm.break_minutes,
        left_out=",".join(day.isoformat() for day in sorted(rhythm.left_out)),
        created_at=now,
    )
    db.session.add(series)
    db.session.flush()
    return series.id


def channels_of(service_id: int) -> Iterator[str]:
    """For whom each next place of the service is, so that the shares hold over all its places, one-place slots included."""
    service = db.session.get_one(Service, service_id)
    made = select(func.count()).select_from(Place).join(Place.slot).where(Slot.service_id == service_id)
    return (service.channel_of_place(number) for number in count((db.session.scalar(made) or 0) + 1))


def _new_slot(terms: Terms, span: Span, series_id: int | None, channels: Iterator[str]) -> Slot:
    slot = Slot(
        service_id=terms.service_id,
        office_id=terms.office_id,
        lead_id=terms.lead_id,
        room_id=terms.room_id,
        interpreter_id=terms.interpreter_id,
        facility=terms.facility,
        series_id=series_id,
        starts_at=span.starts_at,
        ends_at=span.ends_at,
        day=span.day,
    )
    ordinals = range(1, terms.capacity + 1)
    slot.places = [Place(ordinal=n, channel=channel) for n, channel in zip(ordinals, channels, strict=False)]
    return slot


@action
def take_back(slot_id: int, version: int, by: Account, now: datetime) -> Slot:
    """Cancel a slot in which nobody has a place; whoever just holds one is told when they go on, whoever was offered one
    at once.

    Raises `NotFound`; `Refused`: `has_bookings`, `changed`.
    """
    slot = db.session.scalar(select(Slot).where(Slot.id == slot_id).with_for_update())
    if slot is None:
        raise NotFound
    if db.session.scalar(select(Place.id).where(Place.slot_id == slot_id, Place.state == "booked").limit(1)):
        raise Refused("has_bookings")
    if slot.version != version:
        raise Refused("changed")
    slot.status, slot.version = "cancelled", version + 1
    withdraw(slot_id, now)
    blocked = NO_HOLD | {"state": "blocked"}
    db.session.execute(update(Place).where(Place.slot_id == slot_id).values(blocked))
    for used in (ResourceGrain, SlotResource):
        db.session.execute(delete(used).where(used.slot_id == slot_id))
    db.session.add(BookingEvent(at=now, slot_id=slot_id, account_id=by.id, what="slot_cancelled"))
    record(by, "slot_cancelled", "slot", slot_id, now)
    return slot


@action
def add_extra_place(slot_id: int, version: int, reason: str, by: Account, now: datetime) -> Place:
    """One place more than the slot was offered with, which only staff can give away; it leaves a trace (I12).

    Raises `NotFound`; `Refused`: `ended` when the slot is over or was called off, `changed` since `version` was read.
    """
    slot = db.session.scalar(select(Slot).where(Slot.id == slot_id).with_for_update())
    if slot is None:
        raise NotFound
    if slot.status != "open" or slot.ends_at <= now:
        raise Refused("ended")
    if slot.version != version:
        raise Refused("changed")
    last = db.session.scalar(select(func.max(Place.ordinal)).where(Place.slot_id == slot_id)) or 0
    place = Place(slot_id=slot_id, ordinal=last + 1, channel="phone", is_extra=True, extra_reason=reason)
    slot.version = version + 1
    db.session.add(place)
    db.session.add(BookingEvent(at=now, slot_id=slot_id, account_id=by.id, what="extra_place"))
    record(by, "extra_place", "slot", slot_id, now)
    return place
