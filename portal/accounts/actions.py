"""Signing in and out, and making accounts."""

import secrets
import unicodedata
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from portal.accounts import throttle
from portal.accounts.audit import record
from portal.accounts.models import ROLES, Account, AccountSession, account_called, session_hashed
from portal.crypto import digest
from portal.db import action, db
from portal.errors import Refused

HASHER = PasswordHasher(time_cost=1, memory_cost=47104, parallelism=1)
NOBODY = "$argon2id$v=19$m=47104,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$2VZ6DR1o0SmDQ9ZqmeSSGsZ8M9Ok4JkIvvTVXPM0v3I"
MIN_PASSWORD = 15
PER_ACCOUNT_AND_ADDRESS = 10
SEEN_EVERY = timedelta(minutes=1)


def _plain(password: str) -> str:
    return unicodedata.normalize("NFC", password)


def sign_in(login: str, password: str, address: str, now: datetime) -> str:
    """The token of a new session. Raises `Refused("wrong")` alike for every wrong pair, `TooMany` after ten of them."""
    keys = {f"sign_in|{login.strip().lower()}|{address}": PER_ACCOUNT_AND_ADDRESS}
    throttle.check(keys, now)
    account = account_called(login)
    if not _password_fits(account, password):
        throttle.fail(keys, now)
        raise Refused("wrong")
    assert account is not None
    return _start_session(account, password, now)


def confirm(account: Account, password: str, address: str, now: datetime) -> None:
    """Make sure that whoever is signed in still is who they were, before something that leaves the portal (S28).

    Raises `Refused("wrong")`, and `TooMany` after ten wrong tries, those of signing in included.
    """
    keys = {f"sign_in|{account.login}|{address}": PER_ACCOUNT_AND_ADDRESS}
    throttle.check(keys, now)
    if not _password_fits(account, password):
        throttle.fail(keys, now)
        raise Refused("wrong")


def _password_fits(account: Account | None, password: str) -> bool:
    """Takes as long for an unknown account as for a known one."""
    try:
        HASHER.verify(account.password_hash if account else NOBODY, _plain(password))
    except VerifyMismatchError:
        return False
    return account is not None and account.is_active


@action
def _start_session(account: Account, password: str, now: datetime) -> str:
    if HASHER.check_needs_rehash(account.password_hash):
        account.password_hash = HASHER.hash(_plain(password))
    token = secrets.token_urlsafe(32)
    db.session.add(
        AccountSession(token_hash=digest(token), account_id=account.id, started_at=now, seen_at=now)
    )
    record(account, "signed_in", "account", account.id, now)
    return token


def session_of(token: str, now: datetime) -> AccountSession | None:
    """The living session of this token; notes once a minute that it was seen."""
    session = session_hashed(digest(token))
    if session is None or not session.is_alive(now):
        return None
    if now - session.seen_at >= SEEN_EVERY:
        _seen(session, now)
    return session


@action
def _seen(session: AccountSession, now: datetime) -> None:
    session.seen_at = now


@action
def sign_out(token: str, now: datetime) -> None:
    """End the session; a copied cookie is dead from now on."""
    session = session_hashed(digest(token))
    if session is not None and session.ended_at is None:
        session.ended_at = now
        record(session.account, "signed_out", "account", session.account_id, now)


@action
def create_account(login: str, name: str, role: str, password: str, now: datetime) -> Account:
    """A new account. Raises `Refused`: `role`, `short` (under 15 characters), `taken`."""
    if role not in ROLES:
        raise Refused("role")
    if len(_plain(password)) < MIN_PASSWORD:
        raise Refused("short")
    if account_called(login):
        raise Refused("taken")
    account = Account(login=login.strip().lower(), name=name, role=role, created_at=now)
    account.password_hash = HASHER.hash(_plain(password))
    db.session.add(account)
    db.session.flush()
    record(None, "account_created", "account", account.id, now)
    return account
