"""The locks and conditional updates on which everything rests: the row count decides, the lock is politeness.

To be called inside an action.
"""

from datetime import datetime

from sqlalchemy import case, delete, select, update

from portal.booking.models import GRAIN, Booking, Place, ResourceGrain, Slot, SlotResource
from portal.booking.openings import takeable
from portal.crypto import digest
from portal.db import db, rows
from portal.errors import NotFound, Refused

NOBODY = ""
NO_HOLD: dict[str, object] = {"hold_hash": None, "hold_expires_at": None, "hold_source": None}


def lock(*slot_ids: int | None) -> None:
    """Lock slots, always in the same order, so that two that cross do not wait for each other."""
    wanted = [slot_id for slot_id in slot_ids if slot_id is not None]
    db.session.execute(select(Slot.id).where(Slot.id.in_(wanted)).order_by(Slot.id).with_for_update())


def locked(booking_id: int, *more_slots: int) -> Booking:
    """The newest state of a booking, under the lock of its slots and of others that the deed touches."""
    slots = select(Booking.slot_id, Booking.offered_slot_id).where(Booking.id == booking_id)
    row = db.session.execute(slots).first()
    if row is None:
        raise NotFound
    lock(*row, *more_slots)
    return db.session.get_one(Booking, booking_id, populate_existing=True)


def change(booking: Booking, version: int, **values: object) -> None:
    """Change a booking as it was read at `version`. Raises `Refused("changed")` when somebody was faster."""
    mine = update(Booking).where(Booking.id == booking.id, Booking.version == version)
    if rows(mine.values(version=version + 1, **values)) != 1:
        raise Refused("changed")
    db.session.refresh(booking)


def take(slot_id: int, now: datetime, token: str, *, by_staff: bool = False, **values: object) -> bool:
    """Change one place of the slot: the bearer's own, or else the first one that a newcomer may take, kept ones first."""
    fits = takeable(now, token, by_staff=by_staff)
    own_first = case((Place.hold_hash == digest(token), 0), (Place.channel != "any", 1), else_=2)
    first = select(Place.id).where(Place.slot_id == slot_id, fits).order_by(own_first, Place.ordinal)
    one = update(Place).where(Place.id == first.limit(1).scalar_subquery(), fits)
    return rows(one.values(NO_HOLD | values)) == 1


def keep(
    slot_id: int, now: datetime, token: str, until: datetime, source: str = "", *, by_staff: bool = False
) -> bool:
    """Hold one place of the slot for the bearer of `token`, who came from `source`."""
    hold = {"hold_hash": digest(token), "hold_expires_at": until, "hold_source": source or None}
    return take(slot_id, now, token, by_staff=by_staff, state="held", **hold)


def release(token: str) -> None:
    """Free the place that the bearer holds, if any."""
    rows(update(Place).where(Place.hold_hash == digest(token)).values(NO_HOLD | {"state": "free"}))


def leave(booking: Booking, state: str = "free", **hold: object) -> None:
    """Take the booking out of its place, which becomes `free`, `blocked`, or `held` by this hold."""
    empty = {"state": state, "booking_id": None, **hold}
    rows(update(Place).where(Place.booking_id == booking.id).values(empty))


def occupy(slot: Slot, *resource_ids: int) -> None:
    """Take every five minutes of somebody or something; the primary key refuses what is taken already."""
    for resource_id in resource_ids:
        db.session.add(SlotResource(slot_id=slot.id, resource_id=resource_id))
        grain_at = slot.starts_at
        while grain_at < slot.ends_at:
            db.session.add(ResourceGrain(resource_id=resource_id, grain_at=grain_at, slot_id=slot.id))
            grain_at += GRAIN
    db.session.flush()


def vacate(slot_id: int, resource_id: int) -> None:
    """Give somebody or something back whom the slot no longer needs."""
    for used in (ResourceGrain, SlotResource):
        rows(delete(used).where(used.slot_id == slot_id, used.resource_id == resource_id))
