"""An account that opens card after card is seen within minutes, and administrators are told (S61)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import String, cast, func, select

from portal.accounts.audit import record
from portal.accounts.models import Account, AuditEntry
from portal.db import action, db
from portal.outbox.actions import enqueue

MANY = 50
WITHIN = timedelta(minutes=10)
CARDS = (
    *("booking_read", "enquiry_read", "access_request_read", "participant_read", "certificate_read"),
    *("person_exported", "person_erased"),
)
SEEN = "many_cards_read"
SHOWN_FOR = timedelta(days=7)


@action
def watch(now: datetime) -> int:
    """Note who has opened more than fifty cards in ten minutes, once in ten minutes, and write to every administrator else;
    answers how many accounts. The worker does this every minute."""
    card = AuditEntry.subject + " " + cast(AuditEntry.subject_id, String)
    cards = func.count(card.distinct())
    many = (
        select(AuditEntry.account_id)
        .where(AuditEntry.action.in_(CARDS), AuditEntry.at > now - WITHIN)
        .group_by(AuditEntry.account_id)
        .having(cards > MANY)
    )
    known = set(noticed(now - WITHIN))
    found = [
        account
        for account in db.session.scalars(select(Account).where(Account.id.in_(many)))
        if account.id not in known
    ]
    for account in found:
        record(account, SEEN, "account", account.id, now)
        tell_administrators(account, SEEN, db.session.scalar(select(func.max(AuditEntry.id))) or 0, now)
    return len(found)


def noticed(since: datetime) -> Sequence[int]:
    """The accounts that were seen opening very many cards."""
    seen = select(AuditEntry.subject_id).where(AuditEntry.action == SEEN, AuditEntry.at > since)
    return [number for number in db.session.scalars(seen.distinct()) if number is not None]


def tell_administrators(besides: Account, kind: str, number: int, now: datetime) -> int:
    """Write to every administrator at work but this one that something has happened, once for each `number` of its kind;
    answers how many. To be called inside an action."""
    others = (Account.role == "administrator", Account.is_active, Account.id != besides.id)
    told = db.session.scalars(select(Account.id).where(*others)).all()
    for administrator_id in told:
        enqueue("account", administrator_id, kind, number, "email", now)
    return len(told)
