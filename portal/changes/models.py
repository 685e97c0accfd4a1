"""The public list of changes of what is kept as facts: when something changed, and why, without names (R30)."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, and_
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from portal.accounts.audit import record
from portal.accounts.models import Account
from portal.db import Model, action, db


class Change(Model):
    """One change of the item `subject_id` in the table `subject`; an empty reason means that nobody gave one."""

    __tablename__ = "content_change"
    is_content = True
    __table_args__ = (Index("ix_content_change_subject", "subject", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    at: Mapped[datetime]
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


@action
def note_change(what: str, row: Any, reason: str, by: Account, now: datetime) -> None:
    """Tell residents that an item has changed, and the audit log who did `what`."""
    subject = row.__tablename__
    db.session.add(Change(subject=subject, subject_id=row.id, at=now, reason=reason, account_id=by.id))
    record(by, what, subject, row.id, now)
