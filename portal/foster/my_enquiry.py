"""One's own enquiry: number and PIN open it, nothing else does. Its pages do not say what it is about."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.booking.forms import NumberForm, contact_answers, contact_rules, normalised
from portal.booking.proving import proved_by
from portal.errors import Refused
from portal.foster import actions
from portal.foster.forms import NewWishForm
from portal.foster.models import Enquiry, enquiry_numbered
from portal.web.forms import VersionForm

blueprint = Blueprint("mine", __name__, url_prefix="/moje-zgloszenie")


@blueprint.route("", methods=["GET", "POST"])
def find() -> ResponseReturnValue:
    """Number and PIN open an enquiry; every wrong pair gets the same answer."""
    form = NumberForm()
    if proved_by(form, actions.prove, "enquiry", _("We know no message with this number and PIN")):
        return redirect(url_for(".show"), 303)
    return render_template("foster/find.html", form=form), form.status


@blueprint.get("/stan")
def show() -> ResponseReturnValue:
    """How it stands, in plain words."""
    enquiry = _mine()
    return _page(enquiry) if enquiry else _to_proof()


@blueprint.route("/kontakt", methods=["GET", "POST"])
def contact() -> ResponseReturnValue:
    """Change how we may reach the person; from a link that asks for a call, the phone is chosen already."""
    enquiry = _mine()
    if enquiry is None:
        return _to_proof()
    person = enquiry.known_person
    if person is None or enquiry.status == "finished":
        return redirect(url_for(".show"), 303)
    call = {"channel": "phone"} if request.args.get("jak") == "telefon" else {}
    form = NewWishForm(data=contact_answers(person) | {"version": enquiry.version} | call)
    if not form.validate_on_submit():
        return render_template("booking/wishes.html", form=form), form.status
    answers = form.answers()
    where = answers["channel"], normalised(answers["channel"], answers["contact"])
    try:
        actions.change_contact(enquiry.id, form.version.data, *where, contact_rules(answers), clock.now())
    except Refused as refusal:
        return _page(enquiry, changed=True), refusal.status
    flash(_("From now on we keep to your new wishes."))
    return redirect(url_for(".show"), 303)


@blueprint.route("/wycofaj", methods=["GET", "POST"])
def withdraw() -> ResponseReturnValue:
    """Ask once, then end it. No reason is asked for."""
    return _end(actions.withdraw)


@blueprint.route("/usun", methods=["GET", "POST"])
def erase() -> ResponseReturnValue:
    """Ask once, then erase all that we know of the person."""
    return _end(actions.erase)


def _end(verb: Callable[..., object]) -> ResponseReturnValue:
    enquiry = _mine()
    if enquiry is None:
        return _to_proof()
    is_over = enquiry.status == "finished" and verb is actions.withdraw
    if enquiry.person is None or is_over:
        return redirect(url_for(".show"), 303)
    form = VersionForm(version=enquiry.version)
    if not form.validate_on_submit():
        return render_template("foster/end.html", enquiry=enquiry, form=form), form.status
    try:
        verb(enquiry.id, form.version.data, clock.now())
    except Refused as refusal:
        return _page(enquiry, changed=True), refusal.status
    return redirect(url_for(".show"), 303)


@blueprint.post("/zamknij")
def close() -> ResponseReturnValue:
    """Forget the proof, for those who share a phone."""
    session.pop("enquiry", None)
    session.pop("asked", None)
    return redirect(url_for("front.home"), 303)


def _page(enquiry: Enquiry, *, changed: bool = False) -> str:
    fresh = enquiry_numbered(enquiry.id) or enquiry
    return render_template("foster/mine.html", enquiry=fresh, changed=changed, now=clock.now())


def _to_proof() -> ResponseReturnValue:
    return redirect(url_for(".find", najpierw="kod"), 303)


def _mine() -> Enquiry | None:
    enquiry_id = session.get("enquiry")
    return enquiry_numbered(enquiry_id) if enquiry_id else None
