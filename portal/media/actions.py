"""Bringing a medium in, saying what it is, and taking it away."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from portal.accounts.audit import record
from portal.accounts.models import Account
from portal.db import action, db, put, refuse_again
from portal.errors import NotFound, Refused
from portal.media.models import Medium, uploads_since
from portal.media.storing import Stored, remove_files

MOST_A_DAY = 200
A_DAY = timedelta(days=1)


def refuse_too_many(by: Account, now: datetime) -> None:
    """Raises `Refused("too_many_today")` when an account has brought two hundred files within a day (S26)."""
    if uploads_since(by.id, now - A_DAY) >= MOST_A_DAY:
        raise Refused("too_many_today")


@action
def add(stored: Stored, words: Mapping[str, object], by: Account, now: datetime) -> Medium:
    """A medium with what is said of it, `words` by column; its files are in place already. Of a second click the files are not
    needed: it is the same medium.

    Raises `Refused("too_many_today")`.
    """
    refuse_too_many(by, now)
    facts = {**vars(stored), **words, "account_id": by.id, "removed_at": None}
    refuse_again(Medium, {name: fact for name, fact in facts.items() if name != "name"})
    medium = Medium(**facts, created_at=now)
    db.session.add(medium)
    db.session.flush()
    record(by, "medium_added", "medium", medium.id, now)
    return medium


@action
def change_words(
    medium_id: int,
    version: int,
    words: Mapping[str, object],
    by: Account,
    now: datetime,
    bring: Callable[[str], None] | None = None,
) -> Medium:
    """Say something else of a medium, `words` by column, in every text that shows it; `bring` puts what belongs to a film into the
    folder that is called so.

    Raises `NotFound`; `Refused("changed")` when it was read at another version.
    """
    medium = put(Medium, medium_id, version, words)
    if medium.removed_at:
        raise NotFound
    if bring:
        bring(medium.name)
    record(by, "medium_changed", "medium", medium.id, now)
    return medium


def remove(root: Path, medium_id: int, by: Account, now: datetime) -> None:
    """Take a medium away from every text that shows it, and its files for good. Raises `NotFound`."""
    remove_files(root, _mark_removed(medium_id, by, now).name)


@action
def _mark_removed(medium_id: int, by: Account, now: datetime) -> Medium:
    medium = db.session.get(Medium, medium_id, with_for_update=True)
    if medium is None or medium.removed_at:
        raise NotFound
    medium.removed_at = now
    record(by, "medium_removed", "medium", medium.id, now)
    return medium
