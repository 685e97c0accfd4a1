"""Staff accounts, how their owners prove who they are, their sessions, counted failures, and the audit log."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, Row, String, Text, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.crypto import Sealed
from portal.db import Model, db, one_of
from portal.retention import ACCOUNT, AUDIT, KEPT_FORM, SESSION, THROTTLE, personal

ROLES = ("editor", "interviewer", "foster_team", "technician", "administrator")
IDLE = {
    "editor": timedelta(minutes=30),
    "interviewer": timedelta(minutes=15),
    "foster_team": timedelta(minutes=15),
    "technician": timedelta(minutes=15),
    "administrator": timedelta(minutes=15),
}
LONGEST_SESSION = timedelta(hours=10)
HALF_WAY = timedelta(minutes=10)
CLOCK_SLIPS = timedelta(minutes=1)  # by so much a clock is put right without anybody noticing
KEPT = timedelta(hours=1)
LINKS = {"invitation": timedelta(hours=24), "reset": timedelta(minutes=30)}


class Account(Model):
    """A staff member's account; `login` is an e-mail address in lower case. Without a password it waits for its owner.

    `totp` is the shared secret of an authenticator app, `totp_step` the last step whose code was used, `failures` how many
    wrong passwords came in a row, `factor_reset_by` who has asked to take the second factor away, `ended_at` when the work here
    ended.
    """

    __tablename__ = "account"
    __table_args__ = (one_of("role", *ROLES),)

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(200), unique=True, info=personal(ACCOUNT))
    name: Mapped[str] = mapped_column(String(120), info=personal(ACCOUNT))
    role: Mapped[str] = mapped_column(String(20))
    password_hash: Mapped[str] = mapped_column(String(200), default="")
    totp_sealed: Mapped[str | None] = mapped_column(Text, info=personal(ACCOUNT))
    totp_step: Mapped[int | None]
    failures: Mapped[int] = mapped_column(default=0)
    factor_reset_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    totp = Sealed("totp_sealed", "id")
    passkeys: Mapped[list["Passkey"]] = relationship(back_populates="account", order_by="Passkey.id")

    @property
    def has_second_factor(self) -> bool:
        """Whether more than a password is asked of its owner."""
        return self.totp_sealed is not None or bool(self.passkeys)


class RecoveryCode(Model):
    """One of the codes that stand in for the second factor, each once."""

    __tablename__ = "recovery_code"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    used_at: Mapped[datetime | None]


class Passkey(Model):
    """A key that a phone, a computer or a stick holds for its owner (WebAuthn); we have its public half."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int]
    name: Mapped[str] = mapped_column(String(80), info=personal(ACCOUNT))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship(back_populates="passkeys")


class AccountLink(Model):
    """An address that works once: the `invitation` to an account, or the `reset` of a password. Its token is made of the
    row and the keys, so that a copy of the database opens nothing."""

    __tablename__ = "account_link"
    __table_args__ = (CheckConstraint("kind IN ('invitation', 'reset')", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship()

    @property
    def works_until(self) -> datetime:
        """When it expires by itself."""
        return self.created_at + LINKS[self.kind]

    def works(self, now: datetime) -> bool:
        """Whether it still opens what it was made for."""
        return self.used_at is None and now < self.works_until and self.account.is_active


class KeptForm(Model):
    """What somebody sent when their session had ended: kept for its owner for an hour, sealed (S54)."""

    __tablename__ = "kept_form"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    path: Mapped[str] = mapped_column(Text)
    fields_sealed: Mapped[str] = mapped_column(Text, info=personal(KEPT_FORM))
    at: Mapped[datetime]

    fields = Sealed("fields_sealed", "account_id")

    @property
    def until(self) -> datetime:
        """When it is kept no longer."""
        return self.at + KEPT


def kept_for(account_id: int, now: datetime) -> KeptForm | None:
    """The form that is kept for an account, if there is one."""
    kept = db.session.get(KeptForm, account_id)
    return kept if kept and now <= kept.until else None


class AccountSession(Model):
    """One signed-in browser; the cookie carries a random token, the row its SHA-256. Ending the row ends the session. Half of
    one has shown the password and owes the second factor; it opens nothing else."""

    __tablename__ = "account_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True, info=personal(SESSION))
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    is_half: Mapped[bool] = mapped_column(default=False)

    account: Mapped[Account] = relationship(lazy="joined")

    def is_alive(self, now: datetime) -> bool:
        """Not ended, not idle for too long, not older than a working day, and the account still works. When the clock was set
        back nobody knows how long it was idle: it ends, so that no session grows longer (S15)."""
        return (
            self.ended_at is None
            and self.account.is_active
            and -CLOCK_SLIPS <= now - self.seen_at < IDLE[self.account.role]
            and now - self.started_at < (HALF_WAY if self.is_half else LONGEST_SESSION)
        )


class Throttle(Model):
    """How often something failed for one key since `started_at`; the key itself is hashed."""

    __tablename__ = "throttle"

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True, info=personal(THROTTLE))
    started_at: Mapped[datetime]
    failures: Mapped[int]


class AuditEntry(Model):
    """Who did or read what, when, and from where; ids only, never contents. Of residents no address is kept. They are added,
    and the oldest are cut off in their time (`AuditCut`)."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), info=personal(AUDIT))
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int | None]
    address: Mapped[str] = mapped_column(String(45), default="", info=personal(AUDIT))


class AuditCut(Model):
    """Where the beginning of the audit log was cut off because its time was over: up to entry `entry_id`, whose link is now what
    the first one holds on to. `proof` is made of all that under the keys. Rows are only ever added."""

    __tablename__ = "audit_cut"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    entry_id: Mapped[int]
    link: Mapped[str] = mapped_column(String(64))
    proof: Mapped[str] = mapped_column(String(64))


class AuditSeal(Model):
    """A link of the chain that holds the audit log together: made of the entry and of the link before it, under a key that the
    database does not have. `previous` is unique, so the chain never forks. Rows are only ever added."""

    __tablename__ = "audit_seal"

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(unique=True)
    previous: Mapped[str] = mapped_column(String(64), unique=True)
    link: Mapped[str] = mapped_column(String(64))


def deeds_on(subject: str, subject_id: int) -> Sequence[Row[datetime, str, str | None]]:
    """When what was done with this, and by whom of staff, oldest first; reading is left out."""
    query = (
        select(AuditEntry.at, AuditEntry.action, Account.name)
        .outerjoin(Account, Account.id == AuditEntry.account_id)
        .where(AuditEntry.subject == subject, AuditEntry.subject_id == subject_id)
        .where(AuditEntry.action != f"{subject}_read")
    )
    return db.session.execute(query.order_by(AuditEntry.id)).all()


def account_called(login: str) -> Account | None:
    """The account with this login, however it was typed."""
    return db.session.scalar(select(Account).where(Account.login == login.strip().lower()))


def account_numbered(account_id: int) -> Account | None:
    """An account with its passkeys."""
    return db.session.get(Account, account_id)


def all_accounts() -> Sequence[Account]:
    """Every account, those at work first, by name."""
    return db.session.scalars(select(Account).order_by(Account.is_active.desc(), Account.name)).all()


def open_link(account_id: int, kind: str, now: datetime) -> AccountLink | None:
    """The newest link of this kind that still works for an account."""
    query = select(AccountLink).where(AccountLink.account_id == account_id, AccountLink.kind == kind)
    newest = db.session.scalar(query.order_by(AccountLink.id.desc()).limit(1))
    return newest if newest and newest.works(now) else None


def recovery_codes_left(account_id: int) -> int:
    """How many recovery codes have not been used."""
    query = select(func.count()).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    return db.session.scalar(query) or 0


def colleagues(roles: frozenset[str]) -> Sequence[Account]:
    """The accounts at work that have one of these roles, by name."""
    query = select(Account).where(Account.is_active, Account.role.in_(roles)).order_by(Account.name)
    return db.session.scalars(query).all()


def session_hashed(token_hash: str) -> AccountSession | None:
    """The session that a token belongs to, alive or not."""
    return db.session.get(AccountSession, token_hash)


def other_sessions(account_id: int, besides: str, now: datetime) -> list[AccountSession]:
    """Where else somebody is signed in: the living sessions of an account but the one with this token hash, used last first."""
    query = select(AccountSession).where(
        AccountSession.account_id == account_id,
        AccountSession.token_hash != besides,
        ~AccountSession.is_half,
        AccountSession.ended_at.is_(None),
    )
    found = db.session.scalars(query.order_by(AccountSession.seen_at.desc()))
    return [session for session in found if session.is_alive(now)]


def entries_about(subject: str, subject_id: int) -> Sequence[Row[AuditEntry, Account | None]]:
    """Who did or read what of one thing, oldest first, each with the account; all of it, for it is a paper."""
    query = select(AuditEntry, Account).outerjoin(Account, Account.id == AuditEntry.account_id)
    about = (AuditEntry.subject == subject, AuditEntry.subject_id == subject_id)
    return db.session.execute(query.where(*about).order_by(AuditEntry.id)).all()


def newest_entries(limit: int = 200) -> Sequence[Row[AuditEntry, Account | None]]:
    """What was done last, newest first, each with the account."""
    query = select(AuditEntry, Account).outerjoin(Account, Account.id == AuditEntry.account_id)
    return db.session.execute(query.order_by(AuditEntry.id.desc()).limit(limit)).all()


def last_audit_entries(limit: int = 100) -> Sequence[AuditEntry]:
    """The newest entries of the audit log."""
    return db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)).all()
