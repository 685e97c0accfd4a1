"""Signing in, in one step or two, and out."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_user

from portal import clock
from portal.accounts import actions, factors, passkeys, sessions
from portal.accounts.forms import CodeForm, SignedForm, SignInForm
from portal.accounts.keeping import page_kept_for
from portal.accounts.models import Account, AccountSession, session_hashed
from portal.accounts.permissions import SIGNED_OUT, needs
from portal.accounts.proofs import ask, challenge, picture_of, site
from portal.accounts.session import SignedIn, current_account, the_account
from portal.crypto import digest
from portal.errors import Refused
from portal.web.session import FORM_KEY, WHOSE_KEY

blueprint = Blueprint("accounts", __name__)

HALF, SECRET = "half", "totp"


@blueprint.route("/logowanie", methods=["GET", "POST"])
@needs(SIGNED_OUT)
def sign_in() -> ResponseReturnValue:
    """Ask for login and password; the answer is the same for an unknown account and a wrong password."""
    if current_account():
        return redirect(next_page(the_account()), 303)
    form = SignInForm()
    if form.validate_on_submit():
        typed, address = (form.login.data, form.password.data or ""), request.remote_addr or ""
        asks = current_app.config["SECOND_FACTOR"]
        try:
            token = actions.sign_in(*typed, address, clock.now(), asks_second=asks)
        except Refused as refusal:
            if refusal.code != "wrong":
                raise
            form.password.errors = [_("The address or the password is wrong")]
        else:
            return _go_on(token)
    page = render_template("accounts/staff/sign_in.html", form=form, options=_to_sign())
    return page, form.status


@blueprint.post("/logowanie/klucz")
@needs(SIGNED_OUT)
def sign_in_by_passkey() -> ResponseReturnValue:
    """Sign in with a passkey alone: the device knows who holds it."""
    form, here = SignedForm(), site() or abort(404)
    address, asked = request.remote_addr or "", challenge()
    if form.validate_on_submit():
        with _wrong_passed_over():
            return enter(actions.sign_in_by_passkey(form.answer.data, asked, here, address, clock.now()))
    flash(_("The passkey could not be read. Try again, or use your password."))
    return redirect(url_for(".sign_in", next=request.args.get("next")), 303)


@contextmanager
def _wrong_passed_over() -> Iterator[None]:
    """Go on after an answer that was refused as wrong; whoever has been refused too often is told to wait (S47, S49)."""
    try:
        yield
    except Refused as refusal:
        if refusal.code != "wrong":
            raise


def _to_sign(half: AccountSession | None = None) -> str:
    here = site()
    return ask(passkeys.ask_to_sign(here, half.account if half else None) if here else None)


def _go_on(token: str) -> ResponseReturnValue:
    """Let somebody in, or ask for the second factor first."""
    row = session_hashed(digest(token))
    assert row is not None
    if not row.is_half:
        return enter(token)
    session[HALF] = token
    step = ".show_code" if row.account.has_second_factor else ".set_up"
    return redirect(url_for(step, next=request.args.get("next")), 303)


@blueprint.route("/logowanie/kod", methods=["GET", "POST"])
@needs(SIGNED_OUT)
def show_code() -> ResponseReturnValue:
    """The second step: a code of the app, or a recovery code."""
    half = half_way()
    if half is None or not half.account.has_second_factor:
        return _from_the_start()
    form = CodeForm()
    if form.validate_on_submit():
        try:
            return enter(actions.show_code(half, form.code.data, clock.now()))
        except Refused as refusal:
            if refusal.code != "wrong":
                raise
            form.code.errors = [_("This code is wrong or has been used already. Wait for the next one.")]
    options = _to_sign(half) if half.account.passkeys else ""
    page = render_template(
        "accounts/staff/code.html", form=form, options=options, has_app=bool(half.account.totp_sealed)
    )
    return page, form.status


@blueprint.post("/logowanie/kod/klucz")
@needs(SIGNED_OUT)
def show_passkey() -> ResponseReturnValue:
    """The second step with a passkey instead of a code."""
    form, half, here, asked = SignedForm(), half_way(), site() or abort(404), challenge()
    if half is None:
        return _from_the_start()
    if form.validate_on_submit():
        with _wrong_passed_over():
            return enter(actions.show_passkey(half, form.answer.data, asked, here, clock.now()))
    flash(_("The passkey could not be read. Try again, or use a code."))
    return redirect(url_for(".show_code", next=request.args.get("next")), 303)


@blueprint.route("/logowanie/drugi-skladnik", methods=["GET", "POST"])
@needs(SIGNED_OUT)
def set_up() -> ResponseReturnValue:
    """Whoever sees personal data connects an app before anything else (S49); the recovery codes are shown once."""
    half = half_way()
    if half is None or half.account.has_second_factor:
        return _from_the_start()
    form, secret = CodeForm(), session.setdefault(SECRET, factors.new_secret())
    if form.validate_on_submit():
        now = clock.now()
        try:
            codes = factors.adopt(half.account, secret, form.code.data, now)
        except Refused:
            form.code.errors = [
                _("This code does not belong to the picture. Wait for the next one and try again.")
            ]
        else:
            target = next_page(half.account)
            enter(actions.make_whole(half, now))
            return render_template("accounts/staff/recovery_codes.html", codes=codes, target=target)
    return render_template(
        "accounts/staff/set_up.html", form=form, **picture_of(secret, half.account)
    ), form.status


def half_way() -> AccountSession | None:
    """Whoever has shown the password in this browser and owes the second factor."""
    token = session.get(HALF)
    return sessions.half_session_of(token, clock.now()) if token else None


def _from_the_start() -> ResponseReturnValue:
    return redirect(url_for(".sign_in", next=request.args.get("next")), 303)


def enter(token: str) -> ResponseReturnValue:
    """Let somebody in, with a session of which this browser had no part before."""
    row = session_hashed(digest(token)) or abort(400)
    target, own_forms = next_page(row.account), _own_forms(row.account)
    session.clear()
    session.update(own_forms)
    login_user(SignedIn(row.account, token))
    return redirect(target, 303)


@blueprint.post("/wyloguj")
@needs("panel.open")
def sign_out() -> ResponseReturnValue:
    """End the session here and everywhere the cookie was copied to."""
    sessions.sign_out(current_user.token, clock.now())
    session.clear()
    response = redirect(url_for("panel.accounts.sign_in"), 303)
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response


def _own_forms(account: Account) -> dict[str, str]:
    """What forms carry that were open in this browser when the session of this account ran out: they can still be sent (S54)."""
    before = session.get(WHOSE_KEY)
    is_own = before is not None and actions.owner_of(before) == account
    return {FORM_KEY: session[FORM_KEY]} if is_own and FORM_KEY in session else {}


def next_page(account: Account) -> str:
    """The staff page that was asked for, in the language of this one, if it is a path of this portal (S30); or the page whose form
    is kept for the account (S54)."""
    wanted = request.args.get("next", "")
    is_ours = f"{wanted}/".startswith(("/panel/", "/panel?")) and wanted.isprintable() and "\\" not in wanted
    kept = "" if is_ours else page_kept_for(account.id)
    return request.root_path + (wanted if is_ours else kept or "/panel")
