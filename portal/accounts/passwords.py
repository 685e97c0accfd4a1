"""Passwords: how they are kept, which ones are good enough, and links by which their owner sets a new one."""

import threading
import unicodedata
from datetime import datetime, timedelta
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import update
from zxcvbn import zxcvbn

from portal.accounts.audit import record
from portal.accounts.models import Account, AccountLink, account_called, open_link
from portal.accounts.sessions import end_sessions
from portal.accounts.telling import tell_owner
from portal.crypto import digest, keyring
from portal.db import action, db, rows
from portal.errors import NotFound
from portal.outbox.actions import enqueue
from portal.text import fold

HASHER = PasswordHasher(time_cost=1, memory_cost=47104, parallelism=1)
NOBODY = "$argon2id$v=19$m=47104,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$2VZ6DR1o0SmDQ9ZqmeSSGsZ8M9Ok4JkIvvTVXPM0v3I"
AT_ONCE = threading.BoundedSemaphore(
    2
)  # in each process: a hash takes 46 MiB, and a rush takes no more than two (S46)
LEAST_ALONE = 15
LEAST_WITH_SECOND = 12
STRONG_ENOUGH = 3  # of 4 in the scale of zxcvbn: more than 10^8 guesses
LOOKED_AT = 72  # characters at each end; more makes it only stronger
SHORTEST_WORD = 3
KNOWN_WORDS = ("hasło", "haslo", "moje", "mojehaslo", "kocham", "cie", "polska", "portal", "pomoc", "rodzina")
COMMON = frozenset(Path(__file__).with_name("common_passwords.txt").read_text("ascii").split())
LINK = "account_link"
LINK_EVERY = timedelta(minutes=2)


def plain(password: str) -> str:
    """The password in one of the ways in which Unicode can write it."""
    return unicodedata.normalize("NFC", password)


def hashed(password: str) -> str:
    """What the database keeps of a password: argon2id (S46)."""
    with AT_ONCE:
        return HASHER.hash(plain(password))


def fits(account: Account | None, password: str) -> bool:
    """Whether it is the password of an account at work; takes as long for an unknown account as for a known one."""
    try:
        with AT_ONCE:
            HASHER.verify((account and account.password_hash) or NOBODY, plain(password))
    except (VerifyMismatchError, InvalidHashError):
        return False
    return account is not None and bool(account.password_hash) and account.is_active


def weakness(password: str, account: Account, words: tuple[str, ...], *, has_second: bool) -> str:
    """Why a password is not good enough (S45): `short`, `guessable`; '' when it is. `words` are those that everybody would
    try here: the town, the centre. It has to be strong without them, and without the owner's name and login, and none of those
    that very many people have: `common_passwords.txt` holds the beginnings of the SHA-256 of each that is long enough."""
    if len(plain(password)) < (LEAST_WITH_SECOND if has_second else LEAST_ALONE):
        return "short"
    if digest(plain(password).lower())[:16] in COMMON:
        return "guessable"
    own = f"{account.login} {account.name} {' '.join(words)}".replace("@", " ").replace(".", " ")
    rest = fold(password)
    for word in sorted(set(fold(own).split()), key=len, reverse=True):
        rest = rest.replace(word, "") if len(word) >= SHORTEST_WORD else rest
    return "" if min(_strength(password), _strength(rest)) >= STRONG_ENOUGH else "guessable"


def _strength(text: str) -> int:
    """From 0 to 4, of the stronger end of a long text."""
    ends = {text[:LOOKED_AT], text[-LOOKED_AT:]} - {""}
    return max((int(zxcvbn(end, user_inputs=KNOWN_WORDS)["score"]) for end in ends), default=0)


def token_of(link: AccountLink) -> str:
    """What stands in the address of a link: 256 bits made of the row and the keys."""
    return keyring().fingerprint(_of(link), LINK)


def _of(link: AccountLink) -> str:
    return f"{link.kind}|{link.id}|{link.account_id}|{link.created_at.isoformat()}"


def link_with(link_id: int, token: str, now: datetime) -> AccountLink | None:
    """The link of this address if it still works."""
    link = db.session.get(AccountLink, link_id, populate_existing=True)
    if link is None or not keyring().fits(token, _of(link), LINK):
        return None
    return link if link.works(now) else None


@action
def send_link(account: Account, kind: str, now: datetime, by: Account | None = None) -> AccountLink:
    """A new link, sent to its owner; those before it work no more. To be called inside an action or alone."""
    _use_up(account.id, now)
    link = AccountLink(account_id=account.id, kind=kind, created_at=now)
    db.session.add(link)
    db.session.flush()
    enqueue("account", account.id, kind, link.id, "email", now)
    record(by, f"{kind}_sent", "account", account.id, now)
    return link


def ask_for_link(login: str, now: datetime) -> None:
    """Send a link for a new password if there is such an account at work; says nothing about it (S48). Asking again at once
    sends nothing more."""
    account = account_called(login)
    if account is None or not account.is_active or not account.password_hash:
        return
    newest = open_link(account.id, "reset", now)
    if newest is None or now - newest.created_at >= LINK_EVERY:
        send_link(account, "reset", now)


@action
def set_password(link_id: int, token: str, password: str, now: datetime) -> Account:
    """The owner's new password, once; every session ends, the count of failures begins anew, and the owner is told.

    Raises `NotFound` when the link does not work any more.
    """
    link = link_with(link_id, token, now)
    first = update(AccountLink).where(AccountLink.id == link_id, AccountLink.used_at.is_(None))
    if link is None or rows(first.values(used_at=now)) != 1:
        raise NotFound
    _change(link.account, password, now)
    record(link.account, "password_set", "account", link.account_id, now)
    return link.account


@action
def change_password(account: Account, password: str, now: datetime, besides: str = "") -> None:
    """Another password of somebody who is signed in; every session but the one with this token hash ends."""
    _change(account, password, now, besides)
    record(account, "password_changed", "account", account.id, now)


def _change(account: Account, password: str, now: datetime, besides: str = "") -> None:
    if account.password_hash:
        tell_owner(account, "password_changed", now)
    else:
        account.version += 1
    account.password_hash, account.failures = hashed(password), 0
    end_sessions(account.id, now, besides)
    _use_up(account.id, now)


def _use_up(account_id: int, now: datetime) -> None:
    old = update(AccountLink).where(AccountLink.account_id == account_id, AccountLink.used_at.is_(None))
    db.session.execute(old.values(used_at=now))
