"""The index follows what is written, in the same transaction: the one place that writes to it.

Like the version of the content, it asks nothing of the actions: a model with `as_found()` is indexed whenever a row of it
is added, changed or deleted through the session.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, event, insert, inspect, or_, text
from sqlalchemy.orm import Session

from portal import clock
from portal.db import action, db, rows
from portal.finding.models import Entry, Findable
from portal.finding.words import words_of
from portal.text import composed
from portal.typography import typography
from portal.web.markdown import plain

CHANGED = "changed_for_finding"


def init() -> None:
    """Watch what is written; watching twice counts once."""
    if not event.contains(Session, "after_flush", _notice):
        event.listen(Session, "after_flush", _notice)
        event.listen(Session, "after_flush_postexec", _follow)


def _notice(session: Session, _flush: Any) -> None:
    """Remember what has been written; only when the flush is over can a row be asked about others."""
    session.info[CHANGED] = [*session.new, *session.dirty, *session.deleted]


def _follow(session: Session, _flush: Any) -> None:
    changed = session.info.pop(CHANGED, ())
    items = {part for row in changed for part in (row, *_parts_of(row)) if hasattr(part, "as_found")}
    for row in items:
        here = Entry.kind == row.__tablename__, Entry.item_id == row.id
        session.execute(delete(Entry).where(*here), execution_options={"synchronize_session": False})
    there = [row for row in items if inspect(row).persistent]
    said = [(row, each) for row in there for each in row.as_found() if not _is_over(each)]
    entries = [values(row.__tablename__, row.id, each) for row, each in said]
    if entries:
        session.execute(insert(Entry), entries)


def _is_over(said: Findable) -> bool:
    now = clock.now()
    is_archived = said.last_on is not None and said.last_on < clock.day_of(now)
    return is_archived or (said.until_at is not None and said.until_at <= now)


@action
def forget(now: datetime) -> int:
    """Take out of the index what nobody can find any more: the clock has taken it away by itself, and only a new text brings it
    back. How many entries went."""
    is_over = or_(Entry.until_at <= now, Entry.last_on < clock.day_of(now))
    count = rows(delete(Entry).where(is_over))
    if count and db.session.get_bind().dialect.name == "sqlite":
        db.session.execute(
            text("INSERT INTO entry_words (entry_words) VALUES ('optimize')")
        )  # or the gone are still read
    return count


def _parts_of(row: Any) -> Sequence[Any]:
    parts: Sequence[Any] = row.parts_found() if hasattr(row, "parts_found") else ()
    return parts


def values(kind: str, item_id: int, said: Findable) -> dict[str, Any]:
    """The columns of an item's entry."""
    title = typography(said.title) if said.language == "pl" else said.title
    title, body = composed(title), composed(plain(said.text, said.language))
    return {
        "kind": kind,
        "item_id": item_id,
        "slug": said.slug,
        "title": title,
        "text": body,
        "title_words": words_of(title),
        "words": words_of(body),
        "language": said.language,
        "from_at": said.from_at,
        "until_at": said.until_at,
        "last_on": said.last_on,
    }
