"""What editors do with the register: whatever changes here changes on every page."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from portal import clock
from portal.accounts.audit import record
from portal.accounts.models import Account
from portal.contacts.models import ON_EVERY_PAGE, Contact, HelpLine
from portal.db import action, at_version, db, put
from portal.errors import Refused
from portal.text import slug_of

Kept = Contact | HelpLine


@action
def save(
    kind: type[Kept],
    row_id: int | None,
    version: int,
    values: Mapping[str, object],
    by: Account,
    now: datetime,
) -> Kept:
    """Add a unit or a help line, or change what was read at `version`; `values` by column. A new one gets a key of its name.

    Raises `NotFound`; `Refused("changed")`.
    """
    row = put(kind, row_id, version, values, lambda: {"key": _free_key(kind, str(values["name"]))})
    record(by, f"{kind.__tablename__}_saved", kind.__tablename__, row.id, now)
    return row


@action
def checked(kind: type[Kept], row_id: int, version: int, by: Account, now: datetime) -> None:
    """Note that somebody has found it right today. Raises `NotFound`; `Refused("changed")`."""
    row = at_version(kind, row_id, version)
    row.checked_on = clock.day_of(now)
    record(by, f"{kind.__tablename__}_checked", kind.__tablename__, row.id, now)


@action
def remove(kind: type[Kept], row_id: int, version: int, by: Account, now: datetime) -> None:
    """Take a unit or a help line off every page. Texts that name the unit then show the office.

    Raises `NotFound`; `Refused`: `changed`, `needed` when its phone stands on every page.
    """
    row = at_version(kind, row_id, version)
    if kind is Contact and row.key in ON_EVERY_PAGE:
        raise Refused("needed")
    record(by, f"{kind.__tablename__}_removed", kind.__tablename__, row.id, now)
    db.session.delete(row)


def _free_key(kind: type[Kept], name: str) -> str:
    key = wanted = slug_of(name)[:35].strip("-")
    taken, number = set(db.session.scalars(select(kind.key).where(kind.key.startswith(wanted)))), 2
    while key in taken:
        key, number = f"{wanted}-{number}", number + 1
    return key
