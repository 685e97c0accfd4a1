"""What the owner of an account is told, so that nobody takes it over in silence. To be called inside an action."""

from datetime import datetime

from portal.accounts.models import Account
from portal.db import db
from portal.outbox.actions import enqueue


def tell_owner(account: Account, what: str, now: datetime) -> None:
    """Write that the password is another one (`password_changed`), or that the second factor, a passkey or the recovery codes are
    not what they were (`factors_changed`; ASVS 5.0, 6.3.7). The account counts it, and a second press waits here until the first
    one is done: what only one of them may do comes after it."""
    db.session.refresh(account, ["version"], with_for_update={"key_share": True})
    account.version += 1
    enqueue("account", account.id, what, account.version, "email", now)
