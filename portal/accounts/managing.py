"""Who works here, as administrators see and change it; each change asks for their own password once more (S53)."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts import passwords, people, watch
from portal.accounts.forms import InviteForm, KeyForm, PersonForm, values_of
from portal.accounts.models import Account, AccountLink, account_numbered, all_accounts, open_link
from portal.accounts.permissions import ROLE_NAMES, ROLE_SAYS, needs
from portal.accounts.proofs import is_confirmed
from portal.accounts.session import the_account
from portal.errors import Refused

Deed = Callable[[int, int, Account, datetime], object]

blueprint = Blueprint("people", __name__, url_prefix="/uzytkownicy")


@blueprint.get("")
@needs("accounts.manage")
def index() -> ResponseReturnValue:
    """Everybody with an account."""
    return render_template(
        "accounts/staff/people.html",
        people=all_accounts(),
        role_names=ROLE_NAMES,
        greedy=watch.noticed(clock.now() - watch.SHOWN_FOR),
    )


@blueprint.route("/nowa", methods=["GET", "POST"])
@needs("accounts.manage")
def invite() -> ResponseReturnValue:
    """Invite somebody; the link goes by e-mail and stands on the page that follows."""
    form = InviteForm()
    if form.validate_on_submit() and is_confirmed(form):
        try:
            link = people.invite(form.login.data, form.name.data, form.role.data, the_account(), clock.now())
        except Refused:
            form.login.errors = [_("There is an account with this address already")]
        else:
            flash(_("Invited. The link has gone out by e-mail."))
            return redirect(url_for(".show", account_id=link.account_id), 303)
    return render_template("accounts/staff/invite.html", form=form, role_says=ROLE_SAYS), form.status


@blueprint.route("/<int:account_id>", methods=["GET", "POST"])
@needs("accounts.manage")
def show(account_id: int) -> ResponseReturnValue:
    """One person: name, role, whether they work here, and how they sign in."""
    account = _the(account_id)
    form = PersonForm(data=values_of(account))
    if form.validate_on_submit() and is_confirmed(form):
        wanted = form.name.data, form.role.data, form.is_active.data
        try:
            people.change(account_id, form.version.data, *wanted, by=the_account(), now=clock.now())
        except Refused as refusal:
            return _page(_the(account_id), form, refusal.code), refusal.status
        flash(_("Saved. It holds from now on."))
        return redirect(url_for(".show", account_id=account_id), 303)
    return _page(account, form), form.status


@blueprint.post("/<int:account_id>/link")
@needs("accounts.manage")
def send_link(account_id: int) -> ResponseReturnValue:
    """Another invitation, or a link for a new password."""
    return _do(account_id, people.invite_again, _("The link has gone out by e-mail."))


@blueprint.post("/<int:account_id>/wyloguj")
@needs("accounts.manage")
def sign_out(account_id: int) -> ResponseReturnValue:
    """End every session of somebody whose phone or computer is lost."""
    return _do(account_id, people.sign_out_everywhere, _("Signed out everywhere."))


@blueprint.post("/<int:account_id>/drugi-skladnik")
@needs("accounts.manage")
def ask_to_reset(account_id: int) -> ResponseReturnValue:
    """Say that somebody has lost the second factor; another administrator has to agree."""
    return _do(
        account_id, people.ask_to_reset_factor, _("Noted. Another administrator has to agree on this page.")
    )


@blueprint.post("/<int:account_id>/drugi-skladnik/zgoda")
@needs("accounts.manage")
def reset(account_id: int) -> ResponseReturnValue:
    """Agree that the second factor is taken away."""
    return _do(
        account_id,
        people.reset_factor,
        _("The second factor is gone. At the next sign-in a new one is set up."),
    )


def _do(account_id: int, deed: Deed, told: str) -> ResponseReturnValue:
    form = KeyForm()
    if not (form.validate_on_submit() and is_confirmed(form)):
        return _page(_the(account_id), _person_form(account_id), key_form=form), form.status
    try:
        deed(account_id, form.version.data, the_account(), clock.now())
    except Refused as refusal:
        return _page(_the(account_id), _person_form(account_id), refusal.code), refusal.status
    flash(told)
    return redirect(url_for(".show", account_id=account_id), 303)


def _person_form(account_id: int) -> PersonForm:
    return PersonForm(formdata=None, data=values_of(_the(account_id)))


def _the(account_id: int) -> Account:
    return account_numbered(account_id) or abort(404)


def _page(account: Account, form: PersonForm, trouble: str = "", key_form: KeyForm | None = None) -> str:
    now = clock.now()
    if trouble == "changed":
        form.version.data = account.version
    invitation = open_link(account.id, "invitation", now)
    return render_template(
        "accounts/staff/person.html",
        account=account,
        form=form,
        key_form=key_form or KeyForm(formdata=None, version=account.version),
        trouble=trouble,
        role_says=ROLE_SAYS,
        invitation=invitation,
        address=_address_of(invitation) if invitation else "",
        me=the_account(),
    )


def _address_of(link: AccountLink) -> str:
    path = url_for("panel.links.follow", link_id=link.id, token=passwords.token_of(link))
    return str(current_app.config["PUBLIC_URL"]) + path.removeprefix(request.root_path)
