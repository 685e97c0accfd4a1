"""Counting failures in the database, so that every worker and every restart sees the same number (S47, S79)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, update
from sqlalchemy.dialects import postgresql, sqlite

from portal.accounts.models import Throttle
from portal.crypto import digest
from portal.db import action, db
from portal.errors import NotFound, Refused, TooMany

WINDOW = timedelta(minutes=15)


@contextmanager
def tried(keys: dict[str, int], now: datetime) -> Iterator[None]:
    """Count a try before it is made, so that many at once are never more than the limit of a key, and take it back unless it is
    refused.

    Raises `TooMany` when one of the keys has failed as often as its limit within the window.
    """
    count(keys, now)
    refused = False
    try:
        yield
    except (Refused, NotFound):
        refused = True
        raise
    finally:
        if not refused:
            _take_back(keys)


def count(keys: dict[str, int], now: datetime) -> None:
    """Count once more for each key. Raises `TooMany`, and counts nothing, when one of them has reached its limit within the
    window. When the clock was set back the window begins now: nobody waits longer than one, nobody is let in early (S15)."""
    _begin_no_later(keys, now)
    _count(keys, now)


@action
def _begin_no_later(keys: dict[str, int], now: datetime) -> None:
    to_come = update(Throttle).where(
        Throttle.key_hash.in_([digest(key) for key in keys]), Throttle.started_at > now
    )
    db.session.execute(to_come.values(started_at=now))


@action
def _count(keys: dict[str, int], now: datetime) -> None:
    for key, limit in keys.items():
        begun, times = db.session.execute(_once_more(digest(key), now)).one()
        if times > limit:
            raise TooMany(retry_after=int((begun + WINDOW - now).total_seconds()) + 1)


@action
def is_first(key: str, now: datetime) -> bool:
    """Whether this is there for the first time; it is remembered for a day."""
    once = _dialect().insert(Throttle).values(key_hash=digest(key), started_at=now, failures=1)
    kept = once.on_conflict_do_nothing().returning(Throttle.key_hash)  # rowcount is -1 on PostgreSQL
    return db.session.execute(kept).one_or_none() is not None


@action
def _take_back(keys: dict[str, int]) -> None:
    counted = update(Throttle).where(
        Throttle.key_hash.in_([digest(key) for key in keys]), Throttle.failures > 0
    )
    db.session.execute(counted.values(failures=Throttle.failures - 1))


def _once_more(key_hash: str, now: datetime) -> Any:
    """One statement, for the first two may come at once."""
    is_over = Throttle.started_at <= now - WINDOW
    return (
        _dialect()
        .insert(Throttle)
        .values(key_hash=key_hash, started_at=now, failures=1)
        .on_conflict_do_update(
            index_elements=[Throttle.key_hash],
            set_={
                "started_at": case((is_over, now), else_=Throttle.started_at),
                "failures": case((is_over, 1), else_=Throttle.failures + 1),
            },
        )
        .returning(Throttle.started_at, Throttle.failures)
    )


def _dialect() -> Any:
    return sqlite if db.engine.dialect.name == "sqlite" else postgresql
