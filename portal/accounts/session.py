"""Who is signed in: Flask-Login over our own rows, so that ending a row ends the session everywhere (S50)."""

from flask import Flask, g, request
from flask_login import LoginManager, current_user

from portal import clock
from portal.accounts.audit import came_from
from portal.accounts.models import Account
from portal.accounts.permissions import allowed
from portal.accounts.sessions import session_of


class SignedIn:
    """A signed-in account, as Flask-Login wants to see it."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, account: Account, token: str) -> None:
        self.account = account
        self.token = token

    def get_id(self) -> str:
        """What the cookie carries: a random token, never the account."""
        return self.token


def init_app(app: Flask) -> None:
    """Load the account of each request that carries a session."""
    manager = LoginManager(app, add_context_processor=False)  # ours does not ask when the database is away
    manager.session_protection = None
    manager.user_loader(_load)
    app.before_request(_remember_address)
    app.jinja_env.globals.update(may=may)
    app.context_processor(lambda: {"current_account": current_account()})


def _remember_address() -> None:
    """Where deeds of this request come from, for the audit log (S60)."""
    came_from.set(request.remote_addr or "")


def _load(token: str) -> SignedIn | None:
    session = session_of(token, clock.now())
    return SignedIn(session.account, token) if session else None


def current_account() -> Account | None:
    """The account that is signed in, or None; None also on the page that says that the database is away."""
    if "database_away" in g:
        return None
    return current_user.account if current_user and current_user.is_authenticated else None


def the_account() -> Account:
    """The signed-in account of a staff page; the gate has made sure that there is one."""
    account = current_account()
    assert account is not None
    return account


def may(permission: str) -> bool:
    """Whether the signed-in account holds the permission."""
    account = current_account()
    return account is not None and allowed(account.role, permission)
