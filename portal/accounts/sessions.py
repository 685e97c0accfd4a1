"""Signed-in browsers: each is a row, and ending the row ends the session wherever its cookie was copied to (S50)."""

import logging
import secrets
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.exc import DBAPIError

from portal.accounts.audit import record
from portal.accounts.models import Account, AccountLink, AccountSession, session_hashed
from portal.crypto import digest
from portal.db import action, db

log = logging.getLogger(__name__)

SEEN_EVERY = timedelta(minutes=1)


@action
def start_session(account: Account, now: datetime, *, is_half: bool = False) -> str:
    """The token of a new session; half of one owes the second factor."""
    token = secrets.token_urlsafe(32)
    session = AccountSession(token_hash=digest(token), account_id=account.id, started_at=now, seen_at=now)
    session.is_half = is_half
    db.session.add(session)
    if not is_half:
        record(account, "signed_in", "account", account.id, now)
    return token


def session_of(token: str, now: datetime) -> AccountSession | None:
    """The living session of this token; notes once a minute that it was seen."""
    session = session_hashed(digest(token))
    if session is None or session.is_half or not session.is_alive(now):
        return None
    if now - session.seen_at >= SEEN_EVERY:
        _see(session, now)
    return session


def half_session_of(token: str, now: datetime) -> AccountSession | None:
    """The session that has shown its password and owes the second factor."""
    session = session_hashed(digest(token))
    return session if session and session.is_half and session.is_alive(now) else None


def _see(session: AccountSession, now: datetime) -> None:
    """A database that takes no writing can still be read; the session then ends as if nobody had been there."""
    try:
        _seen(session, now)
    except DBAPIError as error:
        log.warning("it could not be noted that a session is used: %s", type(error).__name__)


@action
def _seen(session: AccountSession, now: datetime) -> None:
    session.seen_at = now


@action
def renew(token: str, now: datetime) -> str:
    """The token that takes the place of this one, while every other session of its account ends: wherever the cookie was copied to,
    it is dead. The working day goes on as it began."""
    old = session_hashed(digest(token))
    assert old is not None
    new = secrets.token_urlsafe(32)
    row = AccountSession(token_hash=digest(new), account_id=old.account_id, seen_at=now)
    row.started_at = old.started_at
    db.session.add(row)
    end_sessions(old.account_id, now, row.token_hash)
    return new


@action
def sign_out(token: str, now: datetime) -> None:
    """End the session; a copied cookie is dead from now on."""
    session = session_hashed(digest(token))
    if session is not None and session.ended_at is None:
        session.ended_at = now
        record(session.account, "signed_out", "account", session.account_id, now)


@action
def end_all(now: datetime) -> None:
    """End every session, and every link that waits to be used: whoever has one gets another."""
    db.session.execute(update(AccountSession).where(AccountSession.ended_at.is_(None)).values(ended_at=now))
    db.session.execute(update(AccountLink).where(AccountLink.used_at.is_(None)).values(used_at=now))


@action
def end_sessions(account_id: int, now: datetime, besides: str = "") -> None:
    """End every session of an account, but the one with this token hash."""
    others = (AccountSession.account_id == account_id, AccountSession.ended_at.is_(None))
    db.session.execute(
        update(AccountSession).where(*others, AccountSession.token_hash != besides).values(ended_at=now)
    )
