"""One number that grows whenever something changes that reading pages show, so that unchanged pages need no rendering.

A model says `is_content = True`; the rest happens by itself when such a row is written, in the same transaction.
"""

from typing import Any

from flask import Flask, g
from sqlalchemy import CheckConstraint, event, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.db import Model, db


class ContentVersion(Model):
    """The only row of its table."""

    __tablename__ = "content_version"
    __table_args__ = (CheckConstraint("id = 1", name="only_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]


NUMBER = select(ContentVersion.number)


def content_version() -> int:
    """The number as it stands now, on every worker alike; asked once a request."""
    if "content_version" not in g:
        g.content_version = db.session.scalar(NUMBER) or 0
    return int(g.content_version)


def init_app(_app: Flask) -> None:
    """Watch what is written; listening twice to the same class counts once."""
    if not event.contains(Session, "before_flush", _count):
        event.listen(Session, "before_flush", _count)


def _count(session: Session, _flush: Any, _instances: Any) -> None:
    changed = [*session.new, *session.dirty, *session.deleted]
    if any(getattr(row, "is_content", False) for row in changed):
        session.execute(update(ContentVersion).values(number=ContentVersion.number + 1))
