"""People who use violence and people who suffer it are kept apart (R95): slots for both in one place need more than an hour
between them, or somebody who knows and wants it so. Only staff are told; residents never learn of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.booking.models import GRAIN, Slot
from portal.booking.series import Span, touches
from portal.db import db
from portal.programmes.models import Service

WITHIN = timedelta(minutes=60) + GRAIN  # an hour exactly is too near as well


def slots_too_near(service_id: int, office_id: int, spans: Sequence[Span]) -> list[Slot]:
    """The slots in this office that come too near to slots of this service at these times, by time."""
    side = db.session.get_one(Service, service_id).keeps_apart
    return _near(side, office_id, spans, _kept_apart(spans)) if side else []


def too_near_to(slots: Sequence[Slot], now: datetime) -> dict[int, list[Slot]]:
    """For each of these slots that is not over the ones that come too near to it, by its number; nothing for the rest."""
    spans = {
        slot: Span(slot.starts_at, slot.ends_at)
        for slot in slots
        if slot.service.keeps_apart and slot.status != "cancelled" and slot.ends_at > now
    }
    others = _kept_apart(list(spans.values())) if spans else []
    near = {
        slot.id: _near(slot.service.keeps_apart, slot.office_id, [span], others)
        for slot, span in spans.items()
    }
    return {slot_id: found for slot_id, found in near.items() if found}


def _near(side: str, office_id: int, spans: Sequence[Span], others: Sequence[Slot]) -> list[Slot]:
    return [
        slot
        for slot in others
        if slot.office_id == office_id
        and slot.service.keeps_apart != side
        and touches(spans, slot.starts_at, slot.ends_at, WITHIN)
    ]


def _kept_apart(spans: Sequence[Span]) -> Sequence[Slot]:
    """The slots of both kinds around these times."""
    first, last = min(span.starts_at for span in spans), max(span.ends_at for span in spans)
    query = (
        select(Slot)
        .join(Slot.service)
        .where(Service.keeps_apart != "", Slot.status != "cancelled")
        .where(Slot.ends_at > first - WITHIN, Slot.starts_at < last + WITHIN)
        .options(joinedload(Slot.service), joinedload(Slot.lead))
    )
    return db.session.scalars(query.order_by(Slot.starts_at, Slot.id)).all()
