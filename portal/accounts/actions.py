"""Signing in, in one step or two, and making accounts."""

from datetime import datetime

from sqlalchemy import update

from portal.accounts import factors, passkeys, passwords, throttle
from portal.accounts.audit import record, refusal
from portal.accounts.models import ROLES, Account, AccountSession, account_called, session_hashed
from portal.accounts.passkeys import Site
from portal.accounts.permissions import sees_people
from portal.accounts.sessions import start_session
from portal.crypto import digest
from portal.db import action, db
from portal.errors import Refused

PER_ACCOUNT_AND_ADDRESS = 10
PER_ADDRESS = 200  # whoever tries one account after another; an office behind one address stays far below
CODES = 5
MOST_IN_A_ROW = 100


def sign_in(login: str, password: str, address: str, now: datetime, *, asks_second: bool) -> str:
    """The token of a new session; half of one when a second factor is owed. `asks_second` says whether whoever sees personal
    data has to have one; whoever has one is always asked for it.

    Raises `Refused("wrong")` alike for every wrong pair, `TooMany` after ten of them, or two hundred for whichever accounts
    from one address, before anything is hashed (S89). After a hundred wrong passwords in a row no password fits until the
    owner has set a new one (S47).
    """
    keys = {
        f"sign_in|{login.strip().lower()}|{address}": PER_ACCOUNT_AND_ADDRESS,
        f"sign_in|from|{address}": PER_ADDRESS,
    }
    with throttle.tried(keys, now):
        account = account_called(login)
        with refusal("sign_in_refused", account, now):
            fits = passwords.fits(account, password)
            if not fits or account is None or account.failures >= MOST_IN_A_ROW:
                _count(account)
                raise Refused("wrong")
        return _let_in(account, password, now, asks_second=asks_second)


@action
def _count(account: Account | None) -> None:
    if account is not None:
        once_more = update(Account).where(Account.id == account.id)
        db.session.execute(once_more.values(failures=Account.failures + 1))


@action
def _let_in(account: Account, password: str, now: datetime, *, asks_second: bool) -> str:
    account.failures = 0
    if passwords.HASHER.check_needs_rehash(account.password_hash):
        account.password_hash = passwords.hashed(password)
    owes = account.has_second_factor or (asks_second and sees_people(account.role))
    return start_session(account, now, is_half=owes)


def show_code(half: AccountSession, code: str, now: datetime) -> str:
    """The token of the whole session that follows half of one, for a code of the app or a recovery code.

    Raises `Refused("wrong")`, also for a code that was used before; `TooMany` after five.
    """
    keys = {f"code|{half.account_id}": CODES}
    with throttle.tried(keys, now), refusal("second_factor_refused", half.account, now):
        if not factors.accept(half.account, code, now):
            raise Refused("wrong")
        return make_whole(half, now)


def sign_in_by_passkey(answer: str, challenge: str, site: Site, address: str, now: datetime) -> str:
    """The token of a new session for the answer of a device that knows who holds it. Raises `Refused("wrong")`; `TooMany`
    after two hundred from one address: nobody guesses a signature, and a wrong one does not say whose colleague has to wait."""
    keys = {f"passkey|{address}": PER_ADDRESS}
    with throttle.tried(keys, now), refusal("sign_in_refused", None, now):
        return start_session(passkeys.owner_by(answer, challenge, site, now), now)


def show_passkey(half: AccountSession, answer: str, challenge: str, site: Site, now: datetime) -> str:
    """The token of the whole session that follows half of one, for the answer of one of the owner's devices. Raises
    `Refused("wrong")`; `TooMany` after five."""
    keys = {f"code|{half.account_id}": CODES}
    with throttle.tried(keys, now), refusal("second_factor_refused", half.account, now):
        if passkeys.owner_by(answer, challenge, site, now).id != half.account_id:
            raise Refused("wrong")
        return make_whole(half, now)


@action
def make_whole(half: AccountSession, now: datetime) -> str:
    """The token of the whole session that follows half of one."""
    half.ended_at = now
    return start_session(half.account, now)


def confirm(account: Account, password: str, address: str, now: datetime) -> None:
    """Make sure that whoever is signed in still is who they were, before something that leaves the portal or changes what
    somebody may do (S28, S53).

    Raises `Refused("wrong")`, and `TooMany` after ten wrong tries, those of signing in included.
    """
    keys = {f"sign_in|{account.login}|{address}": PER_ACCOUNT_AND_ADDRESS}
    with throttle.tried(keys, now), refusal("confirmation_refused", account, now):
        if not passwords.fits(account, password):
            raise Refused("wrong")


def owner_of(token: str) -> Account | None:
    """Whose session this was, if it has only run out and nobody has ended it."""
    session = session_hashed(digest(token))
    return session.account if session and session.ended_at is None and not session.is_half else None


@action
def create_account(login: str, name: str, role: str, password: str, now: datetime) -> Account:
    """A new account with a password, as the demo has them. Raises `Refused`: `role`, `taken`."""
    account = new_account(login, name, role, now)
    account.password_hash = passwords.hashed(password)
    record(None, "account_created", "account", account.id, now)
    return account


def new_account(login: str, name: str, role: str, now: datetime) -> Account:
    """An account that waits for its owner. To be called inside an action. Raises `Refused`: `role`, `taken`."""
    if role not in ROLES:
        raise Refused("role")
    if account_called(login):
        raise Refused("taken")
    account = Account(login=login.strip().lower(), name=name, role=role, created_at=now)
    db.session.add(account)
    db.session.flush()
    return account
