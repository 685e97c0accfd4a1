"""Messages that wait, and what became of them. No address and no text is stored: both are made when it is sent."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CheckConstraint, ColumnElement, Index, String, UniqueConstraint, and_, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Model, db

NO_SAFE_HOUR = "no safe hour"


class Message(Model):
    """One message about one thing, for one version of its schedule, by one channel: the key allows no second."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("about", "about_id", "kind", "schedule_version", "channel", name="uq_message_once"),
        CheckConstraint("channel IN ('email', 'sms')", name="channel"),
        CheckConstraint("state IN ('queued', 'claimed', 'sent', 'failed', 'suppressed')", name="state"),
        CheckConstraint("(state = 'claimed') = (lease_until IS NOT NULL)", name="claimed_means_lease"),
        Index("ix_message_due", "state", "due_at"),
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
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


def waiting(now: datetime) -> ColumnElement[bool]:
    """Messages that someone should take: due, or taken by a worker that never came back."""
    return or_(
        and_(Message.state == "queued", Message.due_at <= now),
        and_(Message.state == "claimed", Message.lease_until <= now),
    )


def next_waiting(now: datetime) -> int | None:
    """The id of the message that has waited longest."""
    return db.session.scalar(
        select(Message.id).where(waiting(now)).order_by(Message.due_at, Message.id).limit(1)
    )


def latest(limit: int = 100) -> Sequence[Message]:
    """The messages written last, whatever became of them, by the time for which they were written, newest first."""
    found = db.session.scalars(select(Message).order_by(Message.id.desc()).limit(limit))
    return sorted(found, key=lambda message: message.created_at, reverse=True)


def messages_about(about: str, about_id: int) -> Sequence[Message]:
    """Every message about one thing, oldest first."""
    query = select(Message).where(Message.about == about, Message.about_id == about_id)
    return db.session.scalars(query.order_by(Message.id)).all()
