"""Where talks happen, who holds them, and when nobody is received: what administrators set up."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import joinedload, selectinload

from portal.accounts.audit import record
from portal.accounts.models import Account
from portal.booking.models import (
    Booking,
    Closure,
    Office,
    Place,
    Resource,
    ResourceGrain,
    Slot,
    SlotResource,
)
from portal.booking.offers import withdraw
from portal.booking.places import lock
from portal.db import action, at_version, db, put
from portal.errors import Refused


def resources(kind: str) -> Sequence[Resource]:
    """Everybody or everything of this kind, those at work first, by name."""
    query = select(Resource).where(Resource.kind == kind).options(joinedload(Resource.office))
    return db.session.scalars(query.order_by(Resource.is_active.desc(), Resource.name)).all()


def closures(today: date) -> Sequence[Closure]:
    """The closures that are not over, by day."""
    query = select(Closure).where(Closure.last_on >= today).options(joinedload(Closure.office))
    return db.session.scalars(query.order_by(Closure.first_on, Closure.id)).all()


def coming_slots_of(resource_id: int, now: datetime) -> Sequence[Slot]:
    """The slots to come that need somebody or something, by time."""
    needs_it = exists().where(SlotResource.slot_id == Slot.id, SlotResource.resource_id == resource_id)
    return _coming(now, needs_it)


def coming_slots_in(office_id: int | None, first: date, last: date, now: datetime) -> Sequence[Slot]:
    """The slots to come in an office, or in all of them, on these days, by time; with their bookings."""
    here = [Slot.office_id == office_id] if office_id else []
    return _coming(now, Slot.day.between(first, last), *here)


def _coming(now: datetime, *which: ColumnElement[bool]) -> Sequence[Slot]:
    query = select(Slot).where(Slot.starts_at > now, Slot.status != "cancelled", *which)
    everything = (
        selectinload(Slot.places).selectinload(Place.booking).selectinload(Booking.person),
        joinedload(Slot.office),
        joinedload(Slot.lead),
    )
    return db.session.scalars(query.options(*everything).order_by(Slot.starts_at, Slot.id)).all()


@action
def save_office(
    office_id: int | None, version: int, values: Mapping[str, object], by: Account, now: datetime
) -> Office:
    """Add an office, or change the one that was read at `version`; `values` by column.

    Raises `NotFound`; `Refused`: `changed`, `not_unique` (the name).
    """
    office = put(Office, office_id, version, values)
    record(by, "office_saved", "office", office.id, now)
    return office


@action
def save_resource(
    resource_id: int | None, version: int, values: Mapping[str, object], by: Account, now: datetime
) -> Resource:
    """Add somebody or something that slots need, or change what was read at `version`; `values` by column.

    Whoever is needed in slots to come neither leaves nor moves to another office. Raises `NotFound`; `Refused`: `changed`,
    `not_unique` (the name), `needed`.
    """
    before = db.session.get(Resource, resource_id) if resource_id else None
    where = before.office_id if before else None
    resource = put(Resource, resource_id, version, values)
    leaves = not resource.is_active or resource.office_id != where
    if resource_id and leaves and _is_needed(resource_id, now):
        raise Refused("needed")
    record(by, "resource_saved", "resource", resource.id, now)
    return resource


def _is_needed(resource_id: int, now: datetime) -> bool:
    later = select(ResourceGrain.slot_id).where(
        ResourceGrain.resource_id == resource_id, ResourceGrain.grain_at >= now
    )
    return db.session.scalar(later.limit(1)) is not None


@action
def save_closure(
    closure_id: int | None, version: int, values: Mapping[str, object], by: Account, now: datetime
) -> Closure:
    """Receive nobody on some days, or on other days than was read at `version`; `values` by column.

    Nobody loses a place: slots and bookings stay until staff call them off. Nothing new is booked, and what is on offer
    there to people who wait is taken back. Raises `NotFound`; `Refused`: `changed`.
    """
    closure = put(Closure, closure_id, version, values)
    touched = [slot.id for slot in coming_slots_in(closure.office_id, closure.first_on, closure.last_on, now)]
    lock(*touched)
    for slot_id in touched:
        withdraw(slot_id, now)
    record(by, "closure_saved", "closure", closure.id, now)
    return closure


@action
def remove_closure(closure_id: int, version: int, by: Account, now: datetime) -> None:
    """Receive people on these days after all; free slots there can be booked again.

    Raises `NotFound`; `Refused("changed")`.
    """
    closure = at_version(Closure, closure_id, version)
    record(by, "closure_removed", "closure", closure.id, now)
    db.session.delete(closure)
