"""One number that grows whenever something changes that reading pages show, so that unchanged pages need no rendering.

A model says `is_content = True`; the rest happens by itself when such a row is written, in the same transaction.
"""

import functools
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from flask import Flask, current_app, g
from sqlalchemy import CheckConstraint, ScalarSelect, event, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.db import Model, db

Answer = TypeVar("Answer")


class ContentVersion(Model):
    """The only row of its table."""

    __tablename__ = "content_version"
    __table_args__ = (CheckConstraint("id = 1", name="only_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]


def content_version() -> tuple[object, ...]:
    """What tells one state of the content from the next, on every worker alike; asked once a request."""
    if "content_version" not in g:
        g.content_version = tuple(db.session.execute(current_app.extensions["content_version"]).one())
    version: tuple[object, ...] = g.content_version
    return version


def changes_at(app: Flask, moment: ScalarSelect[datetime]) -> None:
    """Have the content count as changed whenever this question gets another answer, though nothing was written: the clock alone
    may let residents read something."""
    app.extensions["content_version"] = app.extensions["content_version"].add_columns(moment)


def while_unchanged(before: Answer) -> Callable[[Callable[[], Answer]], Callable[[], Answer]]:
    """Ask a question of the content once for each state of it, not once a request. Answers are plain values, never rows of a
    session. When the database is away the last answer stands, or `before` when there was none (R16)."""

    def keep(question: Callable[[], Answer]) -> Callable[[], Answer]:
        @functools.wraps(question)
        def ask() -> Answer:
            answers: dict[Any, tuple[tuple[object, ...], Answer]] = current_app.extensions["while_unchanged"]
            known = answers.get(question, ((), before))
            try:
                version = content_version()
                if known[0] != version:
                    known = answers[question] = (version, question())
            except DBAPIError:
                db.session.rollback()
            return known[1]

        return ask

    return keep


def init_app(app: Flask) -> None:
    """Watch what is written; listening twice to the same class counts once."""
    app.extensions["while_unchanged"] = {}
    app.extensions["content_version"] = select(ContentVersion.number)
    if not event.contains(Session, "before_flush", _count):
        event.listen(Session, "before_flush", _count)


def _count(session: Session, _flush: Any, _instances: Any) -> None:
    changed = [*session.new, *session.dirty, *session.deleted]
    if any(getattr(row, "is_content", False) for row in changed):
        session.execute(update(ContentVersion).values(number=ContentVersion.number + 1))
