"""Invitations and forgotten passwords: addresses that work once. Looking at one does not use it up (S52), and its token leaves the
address before anything is typed (S69)."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts import passwords, throttle
from portal.accounts.forms import ForgottenForm, NewPasswordForm
from portal.accounts.permissions import SIGNED_OUT, needs
from portal.accounts.proofs import is_good, least
from portal.web.forms import Form

blueprint = Blueprint("links", __name__)

ASKED_PER_ADDRESS = 10
LINK = "link"


@blueprint.route("/logowanie/zapomniane", methods=["GET", "POST"])
@needs(SIGNED_OUT)
def forgotten() -> ResponseReturnValue:
    """Send a link for a new password; the answer is the same whether there is such an account or not (S48)."""
    form, now = ForgottenForm(), clock.now()
    if form.validate_on_submit():
        keys = {f"forgotten|{request.remote_addr}": ASKED_PER_ADDRESS}
        throttle.count(keys, now)
        passwords.ask_for_link(form.login.data, now)
        return redirect(url_for(".sent"), 303)
    return render_template("accounts/staff/forgotten.html", form=form), form.status


@blueprint.get("/logowanie/wyslano")
@needs(SIGNED_OUT)
def sent() -> ResponseReturnValue:
    """What happens next."""
    return render_template("accounts/staff/sent.html")


@blueprint.route("/haslo/<int:link_id>/<token>", methods=["GET", "POST"])
@needs(SIGNED_OUT)
def follow(link_id: int, token: str) -> ResponseReturnValue:
    """Where a letter leads: a page with a button and nobody's name. Pressed, it takes the token out of the address."""
    link = passwords.link_with(link_id, token, clock.now())
    if link is None:
        return _over()
    form = Form()
    if form.validate_on_submit():
        session[LINK] = link_id, token
        return redirect(url_for(".new_password"), 303)
    return render_template("accounts/staff/link.html", form=form, link=link), form.status


@blueprint.route("/haslo", methods=["GET", "POST"])
@needs(SIGNED_OUT)
def new_password() -> ResponseReturnValue:
    """Set a password with the link that was followed in this browser; then everything else is asked for as ever."""
    link_id, token = session.get(LINK, (0, ""))
    now = clock.now()
    link = passwords.link_with(link_id, token, now)
    if link is None:
        return _over()
    form = NewPasswordForm()
    if form.validate_on_submit() and is_good(form.password, link.account):
        passwords.set_password(link_id, token, form.password.data or "", now)
        session.pop(LINK)
        flash(_("The password is set. Sign in with it now."))
        return redirect(url_for("panel.accounts.sign_in"), 303)
    page = render_template(
        "accounts/staff/new_password.html", form=form, account=link.account, least=least(link.account)
    )
    return page, form.status


def _over() -> ResponseReturnValue:
    return render_template("accounts/staff/link_over.html"), 410
