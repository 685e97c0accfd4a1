"""Nobody takes all the slots, and nobody is flooded with messages (S85, S86); never a puzzle.

In calm times nothing is counted against anybody: a shelter, a library or an office may book from one address as often as
it likes. Only when so much is taken at once as no centre sees on an honest day does each source get one share, and nobody
books in fewer seconds than reading takes.
"""

import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Row, ScalarSelect, exists, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute

from portal.booking.models import Booking, BookingPerson, Place
from portal.booking.people import Reachable
from portal.booking.telling import WRITTEN_CHANNELS
from portal.crypto import digest, keyring
from portal.db import db
from portal.errors import TooMany
from portal.outbox.models import Message

SURGE = 50
WINDOW = timedelta(minutes=10)
LEAST_TIME = timedelta(seconds=5)
FIRST_MESSAGES = ("confirmed", "waiting")
MOST_FIRST_MESSAGES = (1, timedelta(hours=1))
MOST_MESSAGES = ((3, timedelta(hours=1)), (5, timedelta(days=1)))


def source_of(address: str) -> str:
    """A keyed hash of the network that a request comes from: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return ""
    network = str(ipaddress.ip_network((ip, 64), strict=False)) if ip.version == 6 else str(ip)
    return keyring().fingerprint(network, "booking.source")


def check_share(source: str, token: str, now: datetime, begun_at: datetime | None = None) -> None:
    """Let a source take a place unless there is a surge and it has had its share, or is quicker than people are; '' is
    not counted.

    Raises `TooMany`.
    """
    if not source or not _is_surge(now):
        return
    if _has_share(source, token, now):
        raise TooMany(retry_after=int(WINDOW.total_seconds()))
    if begun_at is not None and now - begun_at < LEAST_TIME:
        raise TooMany(retry_after=int(LEAST_TIME.total_seconds()))


def _is_surge(now: datetime) -> bool:
    """Whether more is booked and held online at once than anybody honest would; offers to those who wait do not count."""
    booked = _some(Booking.created_at > now - WINDOW, Booking.origin == "online")
    held = _some(Place.hold_expires_at > now, Place.hold_source.is_not(None))
    return (db.session.scalar(select(booked + held)) or 0) >= SURGE


def _some(*which: ColumnElement[bool]) -> ScalarSelect[int]:
    """How many rows there are; counting ends where it is clear."""
    found = select(literal(1)).where(*which).limit(SURGE).subquery()
    return select(func.count()).select_from(found).scalar_subquery()


def _has_share(source: str, token: str, now: datetime) -> bool:
    booked = exists().where(Booking.source_hash == source, Booking.created_at > now - WINDOW)
    held = exists().where(
        Place.hold_source == source, Place.hold_expires_at > now, Place.hold_hash != digest(token)
    )
    return bool(db.session.scalar(select(booked | held)))


def wait_for_contact(booking: Booking, person: BookingPerson, kind: str, now: datetime) -> datetime | None:
    """Until when nothing more may be written to this contact, over all bookings; None when it may be now.

    Three messages an hour and five a day; of those that a new booking provokes one an hour, until somebody who gave this
    contact has come to a talk.
    """
    sent = _sent_to(person.contact, now)
    waits = [quiet_until([row.sent_at for row in sent if row.sent_at], now)]
    if kind in FIRST_MESSAGES and not _is_proved(person):
        firsts = [
            row.sent_at
            for row in sent
            if row.sent_at and row.kind in FIRST_MESSAGES and row.about_id != booking.id
        ]
        waits.append(_free_at(firsts, *MOST_FIRST_MESSAGES))
    return max((wait for wait in waits if wait and wait > now), default=None)


def written_to(contact: str | None, now: datetime) -> list[datetime]:
    """When we wrote to this contact about bookings within a day, newest first."""
    return [row.sent_at for row in _sent_to(contact, now) if row.sent_at]


def busy_until(
    message: Message, person: Reachable, owner: InstrumentedAttribute[int], now: datetime
) -> datetime | None:
    """Until when nothing more may be written to somebody who has not booked, over what they sent and their bookings (S85): three
    messages an hour and five a day, and one an hour to somebody who only says that the contact is theirs. `owner` is the
    column by which the message knows people of their kind."""
    kind = owner.class_
    ours = (
        select(Message.sent_at)
        .join(kind, owner == Message.about_id)
        .where(Message.about == message.about, Message.id != message.id, Message.state == "sent")
        .where(kind.has_contact(person.contact))
        .where(Message.sent_at > now - timedelta(days=1))
    )
    sent = [moment for moment in db.session.scalars(ours.order_by(Message.sent_at.desc())) if moment]
    all_sent = sorted(sent + written_to(person.contact, now), reverse=True)
    _one, hour = MOST_FIRST_MESSAGES
    waits = [quiet_until(all_sent, now), sent[0] + hour if sent else None]
    return max((wait for wait in waits if wait and wait > now), default=None)


def quiet_until(sent_at: list[datetime], now: datetime) -> datetime | None:
    """Until when nothing more may be written to a contact to which we wrote at these moments, newest first."""
    waits = [_free_at(sent_at, *limit) for limit in MOST_MESSAGES]
    return max((wait for wait in waits if wait and wait > now), default=None)


def _sent_to(contact: str | None, now: datetime) -> Sequence[Row[datetime | None, str, int]]:
    """When, what and about which booking we wrote to this contact within a day, newest first."""
    sent = (
        select(Message.sent_at, Message.kind, Message.about_id)
        .join(BookingPerson, BookingPerson.booking_id == Message.about_id)
        .where(Message.about == "booking", Message.channel.in_(WRITTEN_CHANNELS))
        .where(BookingPerson.has_contact(contact))
        .where(Message.state == "sent", Message.sent_at > now - timedelta(days=1))
    )
    return db.session.execute(sent.order_by(Message.sent_at.desc())).all()


def _free_at(sent_at: list[datetime], most: int, span: timedelta) -> datetime | None:
    """When the newest `most` messages will no longer all lie within `span`."""
    return sent_at[most - 1] + span if len(sent_at) >= most else None


def _is_proved(person: BookingPerson) -> bool:
    """Whether somebody who came to a talk had given this contact."""
    came = (
        exists()
        .where(BookingPerson.has_contact(person.contact))
        .where(BookingPerson.booking_id == Booking.id, Booking.status == "attended")
    )
    return bool(db.session.scalar(select(came)))
