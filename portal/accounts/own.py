"""One's own account: password, second factor, recovery codes, and the browsers that are signed in."""

from flask import Blueprint, abort, flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_user

from portal import clock
from portal.accounts import factors, passkeys, passwords, sessions
from portal.accounts.forms import AdoptForm, ChangePasswordForm, ConfirmedForm, PasskeyForm
from portal.accounts.models import other_sessions, recovery_codes_left
from portal.accounts.permissions import needs
from portal.accounts.proofs import ask, challenge, is_confirmed, is_good, least, picture_of, site
from portal.accounts.session import SignedIn, the_account
from portal.accounts.staff import SECRET
from portal.crypto import digest
from portal.errors import Refused

blueprint = Blueprint("own", __name__, url_prefix="/moje-konto")


@blueprint.get("")
@needs("panel.open")
def show() -> ResponseReturnValue:
    """How I sign in."""
    account = the_account()
    return render_template(
        "accounts/staff/own.html",
        account=account,
        codes_left=recovery_codes_left(account.id),
        site=site(),
        others=other_sessions(account.id, digest(current_user.token), clock.now()),
    )


@blueprint.route("/haslo", methods=["GET", "POST"])
@needs("panel.open")
def password() -> ResponseReturnValue:
    """Another password; every other browser is signed out."""
    form, account = ChangePasswordForm(), the_account()
    if form.validate_on_submit() and is_confirmed(form) and is_good(form.password, account):
        passwords.change_password(account, form.password.data or "", clock.now(), digest(current_user.token))
        _end_all_but_this()
        flash(_("Your password is changed. Every other browser is signed out."))
        return redirect(url_for(".show"), 303)
    return render_template("accounts/staff/own_password.html", form=form, least=least(account)), form.status


@blueprint.route("/aplikacja", methods=["GET", "POST"])
@needs("panel.open")
def app() -> ResponseReturnValue:
    """Connect an authenticator app, or another one."""
    form, account = AdoptForm(), the_account()
    secret = session.setdefault(SECRET, factors.new_secret())
    if form.validate_on_submit() and is_confirmed(form):
        try:
            codes = factors.adopt(account, secret, form.code.data, clock.now())
        except Refused:
            form.code.errors = [
                _("This code does not belong to the picture. Wait for the next one and try again.")
            ]
        else:
            session.pop(SECRET)
            return render_template("accounts/staff/recovery_codes.html", codes=codes, target=url_for(".show"))
    page = render_template("accounts/staff/own_app.html", form=form, **picture_of(secret, account))
    return page, form.status


@blueprint.route("/kody", methods=["GET", "POST"])
@needs("panel.open")
def codes() -> ResponseReturnValue:
    """New recovery codes, shown once."""
    form, account = ConfirmedForm(), the_account()
    if form.validate_on_submit() and is_confirmed(form):
        made = factors.renew_recovery_codes(account, clock.now())
        return render_template("accounts/staff/recovery_codes.html", codes=made, target=url_for(".show"))
    return render_template("accounts/staff/own_codes.html", form=form), form.status


@blueprint.route("/klucz", methods=["GET", "POST"])
@needs("panel.open")
def passkey() -> ResponseReturnValue:
    """Make a passkey on this device, or on one that is plugged in or near."""
    form, account, here = PasskeyForm(), the_account(), site() or abort(404)
    if form.validate_on_submit() and is_confirmed(form):
        typed = form.name.data, form.answer.data or "", challenge()
        try:
            made = passkeys.add(account, *typed, here, clock.now())
        except Refused:
            form.name.errors = [_("The device has made no passkey. Try again.")]
        else:
            if made:
                return render_template(
                    "accounts/staff/recovery_codes.html", codes=made, target=url_for(".show")
                )
            flash(_("The passkey is added."))
            return redirect(url_for(".show"), 303)
    form.answer.data = ""
    options = ask(passkeys.ask_to_make(account, here))
    return render_template("accounts/staff/own_passkey.html", form=form, options=options), form.status


@blueprint.route("/klucz/<int:passkey_id>/usun", methods=["GET", "POST"])
@needs("panel.open")
def remove_passkey(passkey_id: int) -> ResponseReturnValue:
    """Forget a passkey, when its device is lost or no longer used."""
    form, account = ConfirmedForm(), the_account()
    shown = next((key for key in account.passkeys if key.id == passkey_id), None) or abort(404)
    if form.validate_on_submit() and is_confirmed(form):
        passkeys.remove(account, passkey_id, clock.now())
        flash(_("The passkey is removed."))
        return redirect(url_for(".show"), 303)
    return render_template("accounts/staff/own_passkey_end.html", form=form, passkey=shown), form.status


@blueprint.route("/wyloguj-wszedzie", methods=["POST"])
@needs("panel.open")
def sign_out_elsewhere() -> ResponseReturnValue:
    """End every session but this one."""
    _end_all_but_this()
    flash(_("Every other browser is signed out."))
    return redirect(url_for(".show"), 303)


def _end_all_but_this() -> None:
    """End every session, and go on here with a new one, of which nobody has a copy (S50)."""
    login_user(SignedIn(the_account(), sessions.renew(current_user.token, clock.now())))
