"""Signing in and out."""

from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_user

from portal import clock
from portal.accounts import actions
from portal.accounts.forms import SignInForm
from portal.accounts.models import session_hashed
from portal.accounts.permissions import SIGNED_OUT, needs
from portal.accounts.session import SignedIn, current_account
from portal.crypto import digest
from portal.errors import Refused

blueprint = Blueprint("accounts", __name__)


@blueprint.route("/logowanie", methods=["GET", "POST"])
@needs(SIGNED_OUT)
def sign_in() -> ResponseReturnValue:
    """Ask for login and password; the answer is the same for an unknown account and a wrong password."""
    if current_account():
        return redirect(_next_page(), 303)
    form = SignInForm()
    if form.validate_on_submit():
        try:
            token = actions.sign_in(
                form.login.data, form.password.data or "", request.remote_addr or "", clock.now()
            )
        except Refused as refusal:
            if refusal.code != "wrong":
                raise
            form.password.errors = [_("The address or the password is wrong")]
        else:
            return _enter(token)
    return render_template("accounts/staff/sign_in.html", form=form), form.status


def _enter(token: str) -> ResponseReturnValue:
    target = _next_page()
    session.clear()
    row = session_hashed(digest(token))
    assert row is not None
    login_user(SignedIn(row.account, token))
    return redirect(target, 303)


@blueprint.post("/wyloguj")
@needs("panel.open")
def sign_out() -> ResponseReturnValue:
    """End the session here and everywhere the cookie was copied to."""
    actions.sign_out(current_user.token, clock.now())
    session.clear()
    response = redirect(url_for("panel.accounts.sign_in"), 303)
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response


def _next_page() -> str:
    """The staff page that was asked for, in the language of this one, if it is a path of this portal (S30)."""
    wanted = request.args.get("next", "")
    parts = urlsplit(wanted)
    is_path = wanted.startswith("/panel") and not parts.netloc and not parts.scheme and "\\" not in wanted
    return request.root_path + wanted if is_path else url_for("panel.dashboard.today")
