"""What residents may take at this moment: the free places, and the slots that are open to them."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, Row, and_, exists, or_, select
from sqlalchemy.orm import joinedload

from portal.booking.models import Closure, Place, Resource, Slot
from portal.crypto import digest
from portal.db import db
from portal.programmes.models import Service

MOST_SLOTS = 500
ONLINE = ("any",)
BY_STAFF = ("phone", "walk_in", "any")


def takeable(now: datetime, holder: str | None = None, *, by_staff: bool = False) -> ColumnElement[bool]:
    """The places that may be taken at this moment: online those for anybody, by staff also those kept for the phone and
    for people who walk in. `holder` is the bearer of a hold."""
    free = or_(Place.state == "free", and_(Place.state == "held", Place.hold_expires_at <= now))
    anyone = and_(Place.channel.in_(BY_STAFF if by_staff else ONLINE), free)
    return or_(anyone, Place.hold_hash == digest(holder)) if holder else anyone


def bookable(
    service: Service, now: datetime, begun_at: datetime | None = None, *, by_staff: bool = False
) -> ColumnElement[bool]:
    """The slots that may be booked at this moment: open, near enough, on no closed day, and online far enough.

    Whoever began the form at `begun_at` has the notice counted from then; staff need none, and may still give a place to
    whoever walks in after the slot has begun.
    """
    begins = (
        () if by_staff else (Slot.starts_at > now, Slot.starts_at >= service.first_bookable(begun_at or now))
    )
    return and_(
        Slot.service_id == service.id,
        Slot.status == "open",
        Slot.ends_at > now,
        *begins,
        Slot.starts_at <= service.last_bookable(now),
        ~on_closed_day(),
    )


def on_closed_day() -> ColumnElement[bool]:
    """The slots in whose office nobody is received on their day: as long as that stands, nothing is booked there (I11)."""
    return exists().where(
        or_(Closure.office_id.is_(None), Closure.office_id == Slot.office_id),
        Slot.day.between(Closure.first_on, Closure.last_on),
    )


OpenSlot = Row[int, datetime, datetime, date, str, str]


def open_slots(
    service: Service,
    now: datetime,
    *,
    first: date,
    last: date,
    holder: str | None = None,
    by_staff: bool = False,
) -> Sequence[OpenSlot]:
    """Slots with room for one more, by time, on these days in Poland (both included); the bearer's own is among them."""
    what = Slot.id, Slot.starts_at, Slot.ends_at, Slot.day, Slot.facility, Resource.name.label("lead")
    query = select(*what).join(Slot.lead)
    has_room = _has_room(service, now, holder, by_staff=by_staff)
    found = query.where(has_room, Slot.day.between(first, last))
    return db.session.execute(found.order_by(Slot.starts_at, Slot.id).limit(MOST_SLOTS)).all()


def days_with_room(service: Service, now: datetime, holder: str | None = None) -> tuple[date, date] | None:
    """The first and the last day on which something is free, or None; what lies between is not looked at."""
    open_days = select(Slot.day).where(_has_room(service, now, holder)).limit(1)
    first, last = db.session.execute(
        select(
            open_days.order_by(Slot.starts_at).scalar_subquery(),
            open_days.order_by(Slot.starts_at.desc()).scalar_subquery(),
        )
    ).one()
    return None if first is None else (first, last)


def _has_room(
    service: Service, now: datetime, holder: str | None, *, by_staff: bool = False
) -> ColumnElement[bool]:
    room = exists().where(Place.slot_id == Slot.id, takeable(now, holder, by_staff=by_staff))
    return and_(bookable(service, now, by_staff=by_staff), room)


def day_of_slot(slot_id: int | None) -> date | None:
    """The day of this slot, if there is such a slot."""
    return db.session.scalar(select(Slot.day).where(Slot.id == slot_id)) if slot_id else None


def slot_shown(slot_id: int) -> Slot | None:
    """A slot with its office, as the one who chose it sees it: nothing of anybody else is read."""
    return db.session.scalar(select(Slot).where(Slot.id == slot_id).options(joinedload(Slot.office)))
