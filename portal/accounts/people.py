"""Who works here: people are invited, get another role, leave; a lost second factor takes two administrators."""

from datetime import datetime

from sqlalchemy import select

from portal.accounts import factors, passwords
from portal.accounts.actions import new_account
from portal.accounts.audit import record
from portal.accounts.models import ROLES, Account, AccountLink, account_called, open_link
from portal.accounts.sessions import end_sessions
from portal.db import CLICKS, action, at_version, db, take_turns
from portal.errors import Refused


@action
def invite(login: str, name: str, role: str, by: Account | None, now: datetime) -> AccountLink:
    """A new account and the link by which its owner sets a password; it works for a day (S51); a second click is the same one.
    Raises `Refused`: `role`, `taken`."""
    take_turns(Account)
    if by and (clicked := _just_invited(login, name, role, now)):
        return clicked
    account = new_account(login, name, role, now)
    record(by, "account_invited", "account", account.id, now)
    return passwords.send_link(account, "invitation", now, by)


def _just_invited(login: str, name: str, role: str, now: datetime) -> AccountLink | None:
    """The invitation that was made in the same words a moment ago."""
    account = account_called(login)
    if account is None or (account.name, account.role) != (name, role) or now - account.created_at > CLICKS:
        return None
    return open_link(account.id, "invitation", now)


@action
def invite_again(account_id: int, version: int, by: Account, now: datetime) -> AccountLink:
    """Another link for somebody who has no password yet, or who has to set a new one. Raises `NotFound`; `Refused`:
    `changed`, `left`."""
    account = at_version(Account, account_id, version)
    if not account.is_active:
        raise Refused("left")
    return passwords.send_link(account, "reset" if account.password_hash else "invitation", now, by)


@action
def change(
    account_id: int, version: int, name: str, role: str, is_active: bool, by: Account, now: datetime
) -> Account:
    """Another name or role, or the end or the return of somebody's work here; with another role or without work every
    session ends.

    Raises `NotFound`; `Refused`: `changed`, `role`, `last_administrator` (nobody would be left to let others in).
    """
    if role not in ROLES:
        raise Refused("role")
    account = at_version(Account, account_id, version)
    working = select(Account.id).where(
        Account.role == "administrator", Account.is_active, Account.password_hash != ""
    )
    db.session.execute(
        working.order_by(Account.id).with_for_update()
    )  # two of them do not dismiss each other
    loses = (account.role, account.is_active) != (role, is_active)
    account.name, account.role, account.is_active = name, role, is_active
    account.ended_at = None if is_active else account.ended_at or now
    db.session.flush()
    if loses and db.session.scalar(working.limit(1)) is None:
        raise Refused("last_administrator")
    if loses:
        end_sessions(account_id, now)
    record(by, "account_changed", "account", account_id, now)
    return account


@action
def sign_out_everywhere(account_id: int, version: int, by: Account, now: datetime) -> None:
    """End every session of somebody whose device is lost; the account stays as it is. Raises `NotFound`; `Refused("changed")`."""
    at_version(Account, account_id, version)
    end_sessions(account_id, now)
    record(by, "signed_out_everywhere", "account", account_id, now)


@action
def ask_to_reset_factor(account_id: int, version: int, by: Account, now: datetime) -> None:
    """The first of two administrators says that somebody has lost the second factor. Raises `NotFound`; `Refused("changed")`."""
    account = at_version(Account, account_id, version)
    account.factor_reset_by = by.id
    record(by, "second_factor_reset_asked", "account", account_id, now)


@action
def reset_factor(account_id: int, version: int, by: Account, now: datetime) -> None:
    """The second administrator agrees (S49). Raises `NotFound`; `Refused`: `changed`, `same_person` when nobody else has asked,
    or it is one's own account."""
    account = at_version(Account, account_id, version)
    if account.factor_reset_by in {None, by.id} or account.id == by.id:
        raise Refused("same_person")
    factors.take_away(account, by, now)
