"""Bookings that look as if one person took them all, given back in one go, and ten minutes to think again (S86).

Nothing ends by itself: a shelter, a library or a family books from one address too. The portal marks, people decide.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import joinedload

from portal.accounts.models import Account
from portal.booking.interpreting import ask_for_interpreter, let_interpreter_go
from portal.booking.limits import SURGE, WINDOW
from portal.booking.models import Booking, BookingEvent, Place
from portal.booking.offers import NO_OFFER, pass_on, token_of
from portal.booking.places import NO_HOLD, change, leave, lock, locked, release, take
from portal.booking.telling import note, remind, tell, tell_what_was_not_sent
from portal.crypto import digest
from portal.db import action, db, rows
from portal.errors import Refused

UNDO_WITHIN = timedelta(minutes=10)
LOOK_BACK = timedelta(days=1)
MANY = 5
# The limit counts what is held too, and stops a quick surge before as many as `SURGE` are booked.
SWARM = SURGE // 2
MOST_SHOWN = 500


@dataclass(frozen=True)
class Batch:
    """What was released at one moment, and until when it can be put back."""

    at: datetime
    count: int

    @property
    def until(self) -> datetime:
        """The end of the time to think again."""
        return self.at + UNDO_WITHIN


def _lately_booked(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Booking.created_at > now - LOOK_BACK,
        Booking.origin == "online",
        Booking.status.in_(("confirmed", "waiting")),
    )


def booked_lately(now: datetime) -> Sequence[Booking]:
    """The newest bookings of residents from the last day that still stand, by the time at which they were made."""
    newest = select(Booking).where(*_lately_booked(now)).order_by(Booking.id.desc()).limit(MOST_SHOWN)
    with_all = newest.options(
        joinedload(Booking.person), joinedload(Booking.service), joinedload(Booking.slot)
    )
    return sorted(db.session.scalars(with_all), key=lambda booking: (booking.created_at, booking.id))


def marks(now: datetime) -> dict[int, str]:
    """Why a booking of the last day looks suspicious, by its row: `source` when many came from one source, `surge` when
    it is one of a swarm, of half as many within ten minutes as make the limit count."""
    columns = select(Booking.id, Booking.source_hash, Booking.created_at)
    made = db.session.execute(columns.where(*_lately_booked(now)).order_by(Booking.created_at)).all()
    per_source = Counter(row.source_hash for row in made if row.source_hash)
    found: dict[int, str] = {}
    for first, row in enumerate(made):
        last = first + SWARM - 1
        if last < len(made) and made[last].created_at - row.created_at < WINDOW:
            found |= {other.id: "surge" for other in made[first : last + 1]}
    return found | {row.id: "source" for row in made if per_source[row.source_hash] >= MANY}


@action
def release_batch(versions: Mapping[int, int], by: Account, now: datetime) -> int:
    """Cancel these bookings, read at these versions, all at one moment; answers how many. Whoever has changed or begun
    since is left as they are. What the same sources hold at this moment is free at once.

    The places stay kept for ten minutes, in which `put_back` undoes it; then they are free and the people are told.
    """
    wanted = select(Booking.slot_id).where(Booking.id.in_(versions))
    lock(*db.session.scalars(wanted))
    released = sum(_release(booking_id, versions[booking_id], by, now) for booking_id in sorted(versions))
    sources = select(Booking.source_hash).where(Booking.id.in_(versions), Booking.source_hash.is_not(None))
    rows(update(Place).where(Place.hold_source.in_(sources)).values(NO_HOLD | {"state": "free"}))
    return released


def _release(booking_id: int, version: int, by: Account, now: datetime) -> int:
    booking = locked(booking_id)
    stands = booking.status in {"confirmed", "waiting"} and booking.is_open(now)
    if not stands or booking.version != version:
        return 0
    let_interpreter_go(booking)
    leave(booking, "held", hold_hash=digest(_token(booking)), hold_expires_at=now + UNDO_WITHIN)
    offered = booking.offered_slot_id
    release(token_of(booking))
    change(booking, version, status="cancelled_office", ended_at=now, **NO_OFFER)
    note("released", now, booking, by)
    if booking.slot:
        tell("cancelled", booking, now + UNDO_WITHIN, is_news=True)
    if offered:
        pass_on(offered, now)
    return 1


def _token(booking: Booking) -> str:
    """What keeps the place for the time to think again."""
    return f"released|{booking.id}"


def released_lately(now: datetime) -> Sequence[Batch]:
    """The batches that can still be put back, newest first."""
    events = (
        select(BookingEvent.at, func.count().label("size"))
        .join(Booking, Booking.id == BookingEvent.booking_id)
        .where(BookingEvent.what == "released", BookingEvent.at > now - UNDO_WITHIN)
        .where(Booking.status == "cancelled_office", Booking.ended_at == BookingEvent.at)
        .group_by(BookingEvent.at)
        .order_by(BookingEvent.at.desc())
    )
    return [Batch(row.at, row.size) for row in db.session.execute(events)]


@action
def put_back(released_at: datetime, by: Account, now: datetime) -> int:
    """Undo a batch within ten minutes: everybody has the place, the reference and the PIN of before, and nobody is written
    to. Answers how many.

    Raises `Refused`: `too_late`, `changed` when there is no such batch or it was put back already.
    """
    if released_at + UNDO_WITHIN <= now:
        raise Refused("too_late")
    events = select(BookingEvent.booking_id).where(
        BookingEvent.what == "released", BookingEvent.at == released_at
    )
    ended = (
        Booking.id.in_(events),
        Booking.status == "cancelled_office",
        Booking.ended_at == released_at,
    )
    batch = db.session.execute(select(Booking.id, Booking.slot_id).where(*ended).order_by(Booking.id)).all()
    lock(*(row.slot_id for row in batch))
    for row in batch:
        _put_back(locked(row.id), by, now)
    if not batch:
        raise Refused("changed")
    return len(batch)


def _put_back(booking: Booking, by: Account, now: datetime) -> None:
    """Another schedule version makes what was to be told of the release untrue."""
    back = {"status": "confirmed" if booking.slot_id else "waiting", "ended_at": None}
    change(booking, booking.version, schedule_version=booking.schedule_version + 1, **back)
    slot_id = booking.slot_id
    if slot_id and not take(slot_id, now, _token(booking), state="booked", booking_id=booking.id):
        raise Refused("changed")
    ask_for_interpreter(booking, now)
    note("restored", now, booking, by)
    tell_what_was_not_sent(booking, booking.schedule_version - 1, now)
    remind(booking, now)
