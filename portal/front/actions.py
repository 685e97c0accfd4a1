"""What editors do with what frames every page."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select

from portal.accounts.audit import record
from portal.accounts.models import Account
from portal.db import action, at_version, db, put
from portal.errors import Refused
from portal.front.models import MOST_IN_MENU, Logo, MenuItem, Shortcut, UrgentBanner

Entry = MenuItem | Shortcut | Logo


@action
def save(
    kind: type[Entry],
    row_id: int | None,
    version: int,
    values: Mapping[str, object],
    by: Account,
    now: datetime,
) -> Entry:
    """Add an entry of the menu, a shortcut or a logo, or change what was read at `version`; `values` by column.

    Raises `NotFound`; `Refused`: `changed`, `full` when the menu has as many as people can take in.
    """
    row: Entry = put(kind, row_id, version, values)
    if kind is MenuItem and not row_id and _in_menu() > MOST_IN_MENU:
        raise Refused("full")
    record(by, f"{kind.__tablename__}_saved", kind.__tablename__, row.id, now)
    return row


@action
def remove(kind: type[Entry], row_id: int, version: int, by: Account, now: datetime) -> None:
    """Take an entry of the menu, a shortcut or a logo away; what it leads to stays.

    Raises `NotFound`; `Refused`: `changed`, `last` when the menu would be empty.
    """
    row = at_version(kind, row_id, version)
    if kind is MenuItem and _in_menu() == 1:
        raise Refused("last")
    record(by, f"{kind.__tablename__}_removed", kind.__tablename__, row.id, now)
    db.session.delete(row)


@action
def save_banner(version: int, values: Mapping[str, object], by: Account, now: datetime) -> UrgentBanner:
    """Put an urgent sentence on every page, or take it away. Raises `Refused("changed")`."""
    banner: UrgentBanner = put(UrgentBanner, 1, version, values)
    record(by, "urgent_banner_shown" if banner.is_shown else "urgent_banner_hidden", "urgent_banner", 1, now)
    return banner


def _in_menu() -> int:
    return db.session.scalar(select(func.count(MenuItem.id))) or 0
