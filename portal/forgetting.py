"""The night in which everything is erased whose time is over, and its traces are wiped from the files of the database (S71, R102)."""

import logging
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from psycopg import Error, OperationalError
from sqlalchemy import Table

from portal import keys, retention
from portal.access_requests import actions as access_requests
from portal.accounts import forgetting as accounts
from portal.booking import actions as booking
from portal.conflicts import actions as conflicts
from portal.conflicts.models import kin_of_marked
from portal.db import Base, db
from portal.foster import actions as enquiries
from portal.groups import actions as groups
from portal.retention import Rule

log = logging.getLogger(__name__)

Eraser = Callable[[datetime], int]
Cleaner = Callable[[Any, str], str]  # answers why it could not
TRIES, PAUSE = 20, 1  # of cleaning, and the seconds between two of them
IMPATIENT_MILLISECONDS = 200
LOG = "the log of the database"

ERASERS: dict[tuple[Rule, ...], Eraser] = {
    (retention.SOURCE,): booking.forget_sources,
    (retention.BOOKING, retention.QUALIFIED): booking.forget,
    (retention.PROGRAMME,): groups.forget,
    (retention.ENQUIRY,): enquiries.forget,
    (retention.ACCESS_REQUEST,): access_requests.forget,
    (retention.KEPT_FORM,): accounts.forget_forms,
    (retention.SESSION,): accounts.forget_sessions,
    (retention.THROTTLE,): accounts.forget_failures,
    (retention.AUDIT,): accounts.forget_entries,
    (retention.ACCOUNT,): accounts.forget_accounts,
    (retention.HEIRLOOM,): keys.forget,
}  # after them goes what only marks those who are gone (`retention.MARK`)


def forget(now: datetime) -> dict[str, int]:
    """Erase what is over; answers how many of each kind. What breaks does not keep the rest from being erased, and is raised in
    the end."""
    kin, erased, broken = kin_of_marked(), {}, []
    for rules, erase in ERASERS.items():
        try:
            erased[" ".join(rule.name for rule in rules)] = erase(now)
        except Exception as error:  # noqa: BLE001  # the other rules are to be kept all the same
            log.error("%s was not erased: %s", rules[0].name, type(error).__name__)
            broken.append(error)
    erased[retention.MARK.name] = conflicts.forget(kin)
    wipe()
    if broken:
        raise broken[0]
    return erased


def wipe() -> None:
    """Leave no copy of what was deleted. SQLite overwrites what it deletes (`secure_delete`), but its log holds pages of
    before until it is emptied; PostgreSQL keeps the bytes of dead rows, and their fingerprints in indexes, until a table is
    written anew, and its log until it is thrown away. Most of it needs a moment in which nobody uses it, and whoever comes
    while we wait for that waits as well: we wait shortly, and often."""
    db.session.remove()
    connection = db.engine.raw_connection()
    try:
        for what, why in _left(connection.driver_connection).items():
            log.warning("%s is left for the next night: %s", what, why)
    finally:
        connection.invalidate()  # nobody else is to be so impatient
        connection.close()


def _left(raw: Any) -> dict[str, str]:
    """What could not be cleaned in all the tries, and why."""
    if db.engine.dialect.name == "sqlite":
        raw.execute(f"PRAGMA busy_timeout = {IMPATIENT_MILLISECONDS}")
        return _tried(_empty_log, raw, [LOG])
    raw.rollback()
    raw.autocommit = True
    raw.execute(f"SET statement_timeout = 0; SET lock_timeout = {IMPATIENT_MILLISECONDS}")
    left = _tried(_write_anew, raw, [table.name for table in personal_tables()])
    return left | ({LOG: why} if (why := _end_log(raw)) else {})


def _tried(clean: Cleaner, raw: Any, what: Iterable[str]) -> dict[str, str]:
    left = dict.fromkeys(what, "")
    for turn in range(TRIES):
        if turn:
            time.sleep(PAUSE)
        left = {each: why for each in left if (why := clean(raw, each))}
        if not left:
            break
    return left


def _empty_log(raw: Any, _what: str) -> str:
    (is_busy, _pages, _moved) = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return "somebody was using it" if is_busy else ""


def _write_anew(raw: Any, table: str) -> str:
    try:
        raw.execute(f'VACUUM (FULL) "{table}"')
    except OperationalError as error:  # somebody used it, or there is no room for a second copy
        return type(error).__name__
    return ""


def _end_log(raw: Any) -> str:
    """Have PostgreSQL begin a new file of its log and do without those before, which it then throws away where it was told to;
    `portal doctor` says how it is told, and how we are allowed to ask."""
    try:
        raw.execute("SELECT pg_switch_wal()")
        raw.execute("CHECKPOINT")
    except Error as error:
        return type(error).__name__
    return ""


def personal_tables() -> list[Table]:
    """The tables that hold personal data."""
    tables = Base.metadata.tables.values()
    return [table for table in tables if any("personal" in column.info for column in table.columns)]
