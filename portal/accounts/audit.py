"""The audit log: who did or read what (S60, R103), and a chain by which it is seen when a row was changed, taken out or swapped."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from portal.accounts.models import Account, AuditCut, AuditEntry, AuditSeal
from portal.crypto import keyring
from portal.db import action, db
from portal.errors import Refused

BEGINNING = "0" * 64
SEALED_WITHIN = timedelta(hours=1)
AT_ONCE = 1000
MOST_NOTED, NOTED_WITHIN = 10, timedelta(hours=1)
NETWORK_BITS = {4: 24, 6: 48}

came_from: ContextVar[str] = ContextVar("came_from", default="")


@action
def record(by: Account | None, what: str, subject: str, subject_id: int | None, now: datetime) -> None:
    """Add one entry, in the transaction of the deed when there is one."""
    entry = AuditEntry(
        at=now, account_id=by.id if by else None, action=what, subject=subject, subject_id=subject_id
    )
    entry.address = came_from.get() if by else ""
    db.session.add(entry)


@action
def record_list(by: Account, what: str, subject: str, of: Iterable[int], now: datetime) -> None:
    """Add an entry for each of those whom a list shows, for the paper of each says who has read it (S62)."""
    for number in of:
        record(by, what, subject, number, now)


@contextmanager
def refusal(what: str, account: Account | None, now: datetime) -> Iterator[None]:
    """Note that somebody was not let in who may not be who they say they are: for which account, None for an unknown one, and from
    which network; never what was typed, nor the address of somebody nobody knows."""
    try:
        yield
    except Refused:
        _note_refusal(what, account.id if account else None, now)
        raise


@action
def _note_refusal(what: str, account_id: int | None, now: datetime) -> None:
    """Ten an hour of each account say that somebody guesses; a flood does not fill the log (S89)."""
    same = (AuditEntry.action == what, AuditEntry.subject_id.is_not_distinct_from(account_id))
    noted = select(func.count(AuditEntry.id)).where(*same, AuditEntry.at > now - NOTED_WITHIN)
    if (db.session.scalar(noted) or 0) < MOST_NOTED:
        entry = AuditEntry(at=now, action=what, subject="account", subject_id=account_id)
        entry.address = _network(came_from.get())
        db.session.add(entry)


def _network(address: str) -> str:
    """Where an address belongs to, as `192.0.2.0/24`; '' when it is none."""
    try:
        ip = ip_address(address)
    except ValueError:
        return ""
    return str(ip_network((ip, NETWORK_BITS[ip.version]), strict=False))


def seal() -> int:
    """Chain the entries that are not yet part of the chain; answers how many. The worker does this every minute, so that no
    deed waits for another one to be chained. Two workers at once: the second one comes too late and does nothing."""
    sealed = 0
    try:
        while count := _seal_some():
            sealed += count
    except IntegrityError:
        db.session.rollback()
    return sealed


def sealed_until() -> datetime | None:
    """When the last entry of the chain was made."""
    newest = select(AuditSeal.entry_id).order_by(AuditSeal.id.desc()).limit(1).scalar_subquery()
    return db.session.scalar(select(AuditEntry.at).where(AuditEntry.id == newest))


@action
def _seal_some() -> int:
    last = db.session.scalar(select(AuditSeal.link).order_by(AuditSeal.id.desc()).limit(1)) or BEGINNING
    loose = select(AuditEntry).outerjoin(AuditSeal, AuditSeal.entry_id == AuditEntry.id)
    entries = db.session.scalars(
        loose.where(AuditSeal.id.is_(None)).order_by(AuditEntry.id).limit(AT_ONCE)
    ).all()
    for entry in entries:
        link = _link(last, entry)
        db.session.add(AuditSeal(entry_id=entry.id, previous=last, link=link))
        last = link
    return len(entries)


@dataclass
class Verdict:
    """What the chain says: how many entries it holds, its last link, and the entries that are not as they were."""

    length: int = 0
    last: str = BEGINNING
    broken: list[int] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    loose: list[int] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether nothing was changed, taken out or swapped."""
        return not (self.broken or self.gone or self.loose)


def verify(now: datetime) -> Verdict:
    """Follow the chain from its beginning. `broken` are entries that were changed or swapped, or whose link was; `gone` are
    taken out; `loose` should have been chained more than an hour ago. What was cut off at the beginning in
    its time is not missed. Entries cut off at the end are seen only by who has noted the last link before (`knows`)."""
    verdict = Verdict(last=_beginning())
    chain = select(AuditSeal, AuditEntry).outerjoin(AuditEntry, AuditEntry.id == AuditSeal.entry_id)
    for made, entry in db.session.execute(chain.order_by(AuditSeal.id).execution_options(yield_per=AT_ONCE)):
        if entry is None:
            verdict.gone.append(made.entry_id)
        elif made.previous != verdict.last or not _holds(made, entry):
            verdict.broken.append(entry.id)
        verdict.length, verdict.last = verdict.length + 1, made.link
    loose = select(AuditEntry.id).outerjoin(AuditSeal, AuditSeal.entry_id == AuditEntry.id)
    late = (AuditSeal.id.is_(None), AuditEntry.at < now - SEALED_WITHIN)
    verdict.loose = list(db.session.scalars(loose.where(*late).order_by(AuditEntry.id)))
    return verdict


def knows(link: str) -> bool:
    """Whether the chain still has this link, with which it ended once: else what came last was cut off."""
    there = select(AuditSeal.id).where(AuditSeal.link == link)
    return link == _beginning() or db.session.scalar(there) is not None


def noted_cut(entry_id: int, link: str, now: datetime) -> AuditCut:
    """The note that the log begins after this entry, whose link was this one."""
    cut = AuditCut(at=now, entry_id=entry_id, link=link)
    cut.proof = keyring().fingerprint(_of_cut(cut), "audit_cut")
    return cut


def _beginning() -> str:
    """What the first link holds on to: the end of what was cut off, if that was noted by us."""
    cut = db.session.scalars(select(AuditCut).order_by(AuditCut.id.desc()).limit(1)).first()
    is_ours = cut is not None and keyring().fits(cut.proof, _of_cut(cut), "audit_cut")
    return cut.link if cut and is_ours else BEGINNING


def _of_cut(cut: AuditCut) -> str:
    return f"{cut.at.isoformat()}|{cut.entry_id}|{cut.link}"


def _link(previous: str, entry: AuditEntry) -> str:
    return keyring().fingerprint(_facts(previous, entry), "audit_seal")


def _holds(made: AuditSeal, entry: AuditEntry) -> bool:
    """Whether the link was made of this entry and the link before, under any of the keys there have been."""
    return keyring().fits(made.link, _facts(made.previous, entry), "audit_seal")


def _facts(previous: str, entry: AuditEntry) -> str:
    facts = (entry.id, entry.at.isoformat(), entry.account_id, entry.action, entry.subject, entry.subject_id)
    return "|".join(str(fact) for fact in (previous, *facts, entry.address))
