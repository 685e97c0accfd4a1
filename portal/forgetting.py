"""The night in which everything is erased whose time is over, and its traces are wiped from the files of the database (S71, R102)."""

import logging
from collections.abc import Callable
from datetime import datetime

from psycopg import OperationalError
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
    written anew, for which nobody may be using it."""
    db.session.remove()
    connection = db.engine.raw_connection()
    try:
        raw = connection.driver_connection
        assert raw is not None
        if db.engine.dialect.name == "sqlite":
            (busy, _pages, _moved) = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                log.warning("somebody was reading: the log of the database is emptied in the next night")
            return
        raw.rollback()
        raw.autocommit = True
        raw.execute("SET statement_timeout = 0")
        for table in personal_tables():
            try:
                raw.execute(f'VACUUM (FULL) "{table.name}"')
            except OperationalError as error:  # locked for too long, or no room for a second copy
                log.warning("%s is written anew in the next night: %s", table.name, type(error).__name__)
        raw.execute("RESET statement_timeout")
        raw.autocommit = False
    finally:
        connection.close()


def personal_tables() -> list[Table]:
    """The tables that hold personal data."""
    tables = Base.metadata.tables.values()
    return [table for table in tables if any("personal" in column.info for column in table.columns)]
