"""One number that grows whenever something changes that reading pages show, so that unchanged pages need no rendering.

A model says `is_content = True`; the rest happens by itself when such a row is written, in the same transaction.
"""

from typing import Any

from flask import Flask, current_app, g
from sqlalchemy import CheckConstraint, Row, ScalarSelect, event, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.db import Model, db


class ContentVersion(Model):
    """The only row of its table."""

    __tablename__ = "content_version"
    __table_args__ = (CheckConstraint("id = 1", name="only_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]


def content_version() -> int:
    """The number as it stands now, on every worker alike."""
    return int(on_every_page().number)


def on_every_page() -> Row[Any]:
    """The number and the facts that stand on every page, in one query a request."""
    if "on_every_page" not in g:
        g.on_every_page = db.session.execute(current_app.extensions["on_every_page"]).one()
    row: Row[Any] = g.on_every_page
    return row


def add_to_every_page(app: Flask, **facts: ScalarSelect[Any]) -> None:
    """Have `on_every_page()` tell these facts too, by their names."""
    named = [fact.label(name) for name, fact in facts.items()]
    app.extensions["on_every_page"] = app.extensions["on_every_page"].add_columns(*named)


def init_app(app: Flask) -> None:
    """Watch what is written; listening twice to the same class counts once."""
    app.extensions["on_every_page"] = select(ContentVersion.number)
    if not event.contains(Session, "before_flush", _count):
        event.listen(Session, "before_flush", _count)


def _count(session: Session, _flush: Any, _instances: Any) -> None:
    changed = [*session.new, *session.dirty, *session.deleted]
    if any(getattr(row, "is_content", False) for row in changed):
        session.execute(update(ContentVersion).values(number=ContentVersion.number + 1))
