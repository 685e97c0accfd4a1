"""What ends by itself: sessions and counted failures after a day, the oldest part of the audit log, and accounts of people who
left, once the log does not name them any more (S71).

The audit log is cut off only at its beginning, and each cut is noted under the keys: what is missing without such a note was
taken out.
"""

from datetime import datetime

from sqlalchemy import delete, func, or_, select, update

from portal.accounts.audit import noted_cut, record
from portal.accounts.models import (
    KEPT,
    LONGEST_SESSION,
    Account,
    AccountLink,
    AccountSession,
    AuditEntry,
    AuditSeal,
    KeptForm,
    Passkey,
    RecoveryCode,
    Throttle,
)
from portal.db import action, db, rows
from portal.retention import ACCOUNT, AUDIT, SESSION, THROTTLE

OLDEST_LINK = max(LONGEST_SESSION, SESSION.period)


@action
def forget_forms(now: datetime) -> int:
    """Erase what nobody has fetched within the hour; answers how many forms."""
    return rows(delete(KeptForm).where(KeptForm.at < now - KEPT))


@action
def forget_sessions(now: datetime) -> int:
    """Erase sessions, and links that worked once, a day after they ended; answers how many sessions."""
    over = now - SESSION.period
    rows(
        delete(AccountLink).where(
            or_(AccountLink.used_at < over, AccountLink.created_at < over - OLDEST_LINK)
        )
    )
    ended = or_(AccountSession.ended_at < over, AccountSession.started_at < over - LONGEST_SESSION)
    return rows(delete(AccountSession).where(ended))


@action
def forget_failures(now: datetime) -> int:
    """Erase what was counted against somebody; answers how many counts."""
    return rows(delete(Throttle).where(Throttle.started_at < now - THROTTLE.period))


@action
def forget_accounts(now: datetime) -> int:
    """Erase who people were that left so long ago that the audit log says nothing of them; their number stays where texts and
    deeds name it. Answers how many."""
    gone = (Account.is_active.is_(False), Account.ended_at < now - ACCOUNT.period, Account.name != "")
    for account in (found := db.session.scalars(select(Account).where(*gone)).all()):
        erase_account(account)
        record(None, "account_erased", "account", account.id, now)
    return len(found)


def erase_account(account: Account) -> None:
    """Take everything from an account that says whose it was. To be called inside an action."""
    for kind in (Passkey, RecoveryCode, AccountLink, AccountSession, KeptForm):
        rows(delete(kind).where(kind.account_id == account.id))
    nothing = {"name": "", "password_hash": "", "totp_sealed": None, "login": f"#{account.id}"}
    rows(update(Account).where(Account.id == account.id).values(version=Account.version + 1, **nothing))


@action
def forget_entries(now: datetime) -> int:
    """Cut off the beginning of the audit log, up to the first entry that is to be kept, or up to the newest one, from which the
    chain goes on, when none is; answers how many entries."""
    young = select(func.min(AuditSeal.id)).join(AuditEntry, AuditEntry.id == AuditSeal.entry_id)
    first_kept = func.coalesce(
        young.where(AuditEntry.at >= now - AUDIT.period).scalar_subquery(),
        select(func.max(AuditSeal.id)).scalar_subquery(),
    )
    old = select(AuditSeal).where(AuditSeal.id < first_kept).order_by(AuditSeal.id.desc())
    last = db.session.scalars(old.limit(1)).first()
    if last is None:
        return 0
    before = AuditSeal.id <= last.id
    highest = db.session.scalar(select(func.max(AuditSeal.entry_id)).where(before)) or 0
    db.session.add(noted_cut(highest, last.link, now))
    db.session.flush()
    count = rows(delete(AuditEntry).where(AuditEntry.id.in_(select(AuditSeal.entry_id).where(before))))
    rows(delete(AuditSeal).where(before))
    return count
