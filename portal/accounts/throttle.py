"""Counting failures in the database, so that every worker and every restart sees the same number (S47, S79)."""

from datetime import datetime, timedelta

from portal.accounts.models import Throttle
from portal.crypto import digest
from portal.db import action, db
from portal.errors import TooMany

WINDOW = timedelta(minutes=15)


def check(keys: dict[str, int], now: datetime) -> None:
    """Raise `TooMany` when one of the keys has failed as often as its limit within the window."""
    for key, limit in keys.items():
        row = db.session.get(Throttle, digest(key))
        if row and row.failures >= limit and now < row.started_at + WINDOW:
            raise TooMany(retry_after=int((row.started_at + WINDOW - now).total_seconds()) + 1)


@action
def fail(keys: dict[str, int], now: datetime) -> None:
    """Count one failure for each key."""
    for key in keys:
        row = db.session.get(Throttle, digest(key), with_for_update=True)
        if row is None:
            db.session.add(Throttle(key_hash=digest(key), started_at=now, failures=1))
        elif now >= row.started_at + WINDOW:
            row.started_at, row.failures = now, 1
        else:
            row.failures += 1
