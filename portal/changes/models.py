"""The public list of changes of what is kept as facts: when something changed, and why, without names (R30)."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Index, String, and_, func, select
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from portal import clock
from portal.accounts.audit import record
from portal.accounts.models import Account
from portal.db import Model, action, db
from portal.errors import NotFound

FRESH = timedelta(days=180)


class Checkable:
    """What staff look through now and then: `checked_on` is the day on which somebody last found it right (R38)."""

    checked_on: Mapped[date | None]


def is_stale(*looked_at: date | None, today: date) -> bool:
    """Whether nobody has written or checked it for too long; days that never were do not count."""
    days = [day for day in looked_at if day]
    return not days or today - max(days) > FRESH


@action
def note_checked(kind: type[Any], row_id: int, by: Account, now: datetime) -> None:
    """Note that somebody has found it right today; `kind` is `Checkable`. Raises `NotFound`."""
    row = db.session.get(kind, row_id, with_for_update=True)
    if row is None:
        raise NotFound
    row.checked_on = clock.day_of(now)
    record(by, f"{row.__tablename__}_checked", row.__tablename__, row.id, now)


class Change(Model):
    """One change of the item `subject_id` in the table `subject`: `what` has been done, as the audit log calls it; an empty reason
    means that nobody gave one."""

    __tablename__ = "content_change"
    is_content = True
    __table_args__ = (Index("ix_content_change_subject", "subject", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    at: Mapped[datetime]
    what: Mapped[str] = mapped_column(String(60), default="")
    reason: Mapped[str] = mapped_column(String(200), default="")
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


def changes_of(subject: str, key: Any) -> Any:
    """A relationship: the changes of an item, oldest first. `key` gives the column of its number."""
    return relationship(
        Change,
        primaryjoin=lambda: and_(foreign(Change.subject_id) == key(), Change.subject == subject),
        order_by=Change.id,
        viewonly=True,
    )


def last_changes() -> dict[tuple[str, int], datetime]:
    """When each item last changed, by its table and number."""
    item = Change.subject, Change.subject_id
    rows = db.session.execute(select(*item, func.max(Change.at)).group_by(*item))
    return {(subject, number): at for subject, number, at in rows}


@action
def note_change(what: str, row: Any, reason: str, by: Account, now: datetime) -> None:
    """Tell residents that an item has changed, and the audit log who did `what`."""
    subject = row.__tablename__
    facts = {"subject": subject, "subject_id": row.id, "what": what, "reason": reason}
    db.session.add(Change(**facts, at=now, account_id=by.id))
    record(by, what, subject, row.id, now)
