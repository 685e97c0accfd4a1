"""The audit log: who did or read what (S60, R103)."""

from datetime import datetime

from portal.accounts.models import Account, AuditEntry
from portal.db import action, db


@action
def record(by: Account | None, what: str, subject: str, subject_id: int | None, now: datetime) -> None:
    """Add one entry, in the transaction of the deed when there is one."""
    entry = AuditEntry(
        at=now, account_id=by.id if by else None, action=what, subject=subject, subject_id=subject_id
    )
    db.session.add(entry)
