"""Messages that wait, and what became of them. No address and no text is stored: both are made when it is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Index,
    String,
    UniqueConstraint,
    and_,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from portal.crypto import digest
from portal.db import Model, db

NO_SAFE_HOUR = "no safe hour"
TOO_OLD = "too old"
RESTORED = "restored"
PERHAPS_UNTOLD = (NO_SAFE_HOUR, TOO_OLD, RESTORED)
BY_PHONE = "phone"
STUCK_AFTER = timedelta(hours=1)
TROUBLE_AFTER = timedelta(minutes=2)
LATE = timedelta(minutes=10)


def _index_where(condition: str, *columns: str, name: str) -> Index:
    """An index that holds only the rows of which this is true."""
    return Index(name, *columns, sqlite_where=text(condition), postgresql_where=text(condition))


class Message(Model):
    """One message about one thing, for one version of its schedule, by one channel: the key allows no second.

    A worker hands over what is written; what goes by `phone` people say, and note that they have."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("about", "about_id", "kind", "schedule_version", "channel", name="uq_message_once"),
        CheckConstraint("channel IN ('email', 'sms', 'phone')", name="channel"),
        CheckConstraint("state IN ('queued', 'claimed', 'sent', 'failed', 'suppressed')", name="state"),
        CheckConstraint("(state = 'claimed') = (lease_until IS NOT NULL)", name="claimed_means_lease"),
        Index("ix_message_due", "state", "due_at"),
        _index_where("problem IS NOT NULL", "channel", "created_at", name="ix_message_troubled"),
        _index_where("sent_at IS NOT NULL", "channel", "sent_at", name="ix_message_sent"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    about: Mapped[str] = mapped_column(String(20))
    about_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(30))
    schedule_version: Mapped[int]
    channel: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(20), default="queued")
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str | None] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(index=True)
    sent_at: Mapped[datetime | None]

    @property
    def letter_id(self) -> str:
        """What its letter is called at every attempt, and no other letter ever: a restored database gives numbers again."""
        return digest(f"message|{self.id}|{self.created_at.isoformat()}")[:32]


def waiting(now: datetime) -> ColumnElement[bool]:
    """Messages that a worker should take: due, or taken by one that never came back. What is said by phone is not for it."""
    due = and_(Message.state == "queued", Message.due_at <= now, Message.channel != BY_PHONE)
    return or_(due, and_(Message.state == "claimed", Message.lease_until <= now))


def for_people(now: datetime) -> ColumnElement[bool]:
    """Messages that a worker cannot deliver, or has tried to for an hour: people have to say them."""
    is_stuck = and_(
        Message.state == "queued", Message.problem.is_not(None), Message.created_at <= now - STUCK_AFTER
    )
    return or_(
        and_(Message.state == "queued", Message.channel == BY_PHONE),
        and_(Message.state == "suppressed", Message.problem.in_(PERHAPS_UNTOLD)),
        Message.state == "failed",
        is_stuck,
    )


@dataclass(frozen=True)
class Counts:
    """How many messages wait for their hour, should have gone out by now, or are for people to pass on."""

    waiting: int
    late: int
    for_people: int


def counts(now: datetime) -> Counts:
    """How the outbox is."""
    by_machine = and_(Message.state == "queued", Message.channel != BY_PHONE)
    late = and_(by_machine, Message.attempts == 0, Message.due_at < now - LATE)
    waiting, spoken = func.count().filter(by_machine), func.count().filter(for_people(now))
    query = select(waiting, func.count().filter(late), spoken).select_from(Message)
    return Counts(*db.session.execute(query).one())


def troubled_since(channel: str, now: datetime) -> datetime | None:
    """Since when nothing has gone out by this channel though something should; None when all is well."""
    of_channel = Message.channel == channel
    oldest = select(func.min(Message.created_at)).where(
        of_channel, Message.state.in_(("queued", "claimed")), Message.problem.is_not(None)
    )
    by_machine = Message.problem.is_(None)  # what staff have told names the problem that made them tell it
    last_sent = select(func.max(Message.sent_at)).where(of_channel, Message.sent_at.is_not(None), by_machine)
    since, sent_at = db.session.execute(select(oldest.scalar_subquery(), last_sent.scalar_subquery())).one()
    if since is None or (sent_at and sent_at > since) or now - since < TROUBLE_AFTER:
        return None
    return since


def next_waiting(now: datetime) -> int | None:
    """The id of the message that has waited longest."""
    return db.session.scalar(
        select(Message.id).where(waiting(now)).order_by(Message.due_at, Message.id).limit(1)
    )


def latest(besides: str, limit: int = 100) -> Sequence[Message]:
    """The messages written last, those about one kind of thing left out, whatever became of them, by the time for which they were written, newest first."""
    found = db.session.scalars(
        select(Message).where(Message.about != besides).order_by(Message.id.desc()).limit(limit)
    )
    return sorted(found, key=lambda message: message.created_at, reverse=True)


def messages_about(about: str, about_id: int) -> Sequence[Message]:
    """Every message about one thing, oldest first."""
    query = select(Message).where(Message.about == about, Message.about_id == about_id)
    return db.session.scalars(query.order_by(Message.id)).all()


def told(about: str, kind: str, versions: Mapping[int, int]) -> set[int]:
    """Of these things, each at this version of its schedule, those about which a message of this kind has gone out or staff
    have told it."""
    sent = select(Message.about_id, Message.schedule_version).where(
        Message.about == about,
        Message.kind == kind,
        Message.state == "sent",
        Message.about_id.in_(versions),
    )
    return {
        row.about_id for row in db.session.execute(sent) if versions[row.about_id] == row.schedule_version
    }
