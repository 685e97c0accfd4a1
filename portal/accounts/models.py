"""Staff accounts, their sessions, counted failures, and the audit log."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db import Model, db
from portal.retention import ACCOUNT, AUDIT, personal

ROLES = ("editor", "interviewer", "foster_team", "administrator")
IDLE = {
    "editor": timedelta(minutes=30),
    "interviewer": timedelta(minutes=15),
    "foster_team": timedelta(minutes=15),
    "administrator": timedelta(minutes=15),
}
LONGEST_SESSION = timedelta(hours=10)


class Account(Model):
    """A staff member's account; `login` is an e-mail address in lower case."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("role IN ('editor', 'interviewer', 'foster_team', 'administrator')", name="role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(200), unique=True, info=personal(ACCOUNT))
    name: Mapped[str] = mapped_column(String(120), info=personal(ACCOUNT))
    role: Mapped[str] = mapped_column(String(20))
    password_hash: Mapped[str] = mapped_column(String(200))
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class AccountSession(Model):
    """One signed-in browser; the cookie carries a random token, the row its SHA-256. Ending the row ends the session."""

    __tablename__ = "account_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship(lazy="joined")

    def is_alive(self, now: datetime) -> bool:
        """Not ended, not idle for too long, not older than a working day, and the account still works."""
        return (
            self.ended_at is None
            and self.account.is_active
            and now - self.seen_at < IDLE[self.account.role]
            and now - self.started_at < LONGEST_SESSION
        )


class Throttle(Model):
    """How often something failed for one key since `started_at`; the key itself is hashed."""

    __tablename__ = "throttle"

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    started_at: Mapped[datetime]
    failures: Mapped[int]


class AuditEntry(Model):
    """Who did or read what, and when; ids only, never contents. Rows are only ever added."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), info=personal(AUDIT))
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int | None]


def account_called(login: str) -> Account | None:
    """The account with this login, however it was typed."""
    return db.session.scalar(select(Account).where(Account.login == login.strip().lower()))


def colleagues(roles: frozenset[str]) -> Sequence[Account]:
    """The accounts at work that have one of these roles, by name."""
    query = select(Account).where(Account.is_active, Account.role.in_(roles)).order_by(Account.name)
    return db.session.scalars(query).all()


def session_hashed(token_hash: str) -> AccountSession | None:
    """The session that a token belongs to, alive or not."""
    return db.session.get(AccountSession, token_hash)


def last_audit_entries(limit: int = 100) -> Sequence[AuditEntry]:
    """The newest entries of the audit log."""
    return db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)).all()
