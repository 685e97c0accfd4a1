"""The inbox of enquiries. Lists show initials only; opening a card is noted (S59, S60)."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.audit import record
from portal.accounts.models import colleagues, deeds_on
from portal.accounts.permissions import PERMISSIONS, needs
from portal.accounts.session import the_account
from portal.errors import Refused
from portal.foster import actions
from portal.foster.forms import AssignForm, EndForm, NoteForm, StepForm
from portal.foster.models import (
    STATES,
    Enquiry,
    enquiry_numbered,
    finished_enquiries,
    open_enquiries,
)
from portal.outbox.models import messages_about
from portal.web.forms import VersionForm, choices

blueprint = Blueprint("enquiries", __name__, url_prefix="/zgloszenia")

OPEN = STATES[:-1]


@blueprint.get("")
@needs("enquiries.manage")
def index() -> ResponseReturnValue:
    """What is open, by how far it is, the oldest promise first; or what has ended."""
    now = clock.now()
    if request.args.get("stan") == "zakonczone":
        return render_template("foster/staff/finished.html", enquiries=finished_enquiries(), now=now)
    found = open_enquiries()
    groups = [(state, [enquiry for enquiry in found if enquiry.state == state]) for state in OPEN]
    return render_template("foster/staff/index.html", groups=groups, now=now, today=clock.day_of(now))


@blueprint.route("/<int:enquiry_id>", methods=["GET", "POST"])
@needs("enquiries.manage")
def card(enquiry_id: int) -> ResponseReturnValue:
    """One enquiry in full; reading it is noted. Posting keeps the note."""
    enquiry = enquiry_numbered(enquiry_id) or abort(404)
    form = _note_form(enquiry)
    if not form.validate_on_submit():
        return _card(enquiry_id, note=form, wrong=form), form.status
    try:
        actions.keep_note(
            enquiry_id, form.version.data, form.note.data or "", by=the_account(), now=clock.now()
        )
    except Refused as refusal:
        return _card(enquiry_id, refusal.code, note=form), refusal.status
    flash(_("The note has been kept."))
    return redirect(url_for(".card", enquiry_id=enquiry_id), 303)


@blueprint.post("/<int:enquiry_id>/krok")
@needs("enquiries.manage")
def step(enquiry_id: int) -> ResponseReturnValue:
    """The next step, in one click; it also takes up again what had ended."""
    enquiry_numbered(enquiry_id) or abort(404)
    form = StepForm()
    if not form.validate_on_submit():
        return _card(enquiry_id, wrong=form), form.status
    return _take(enquiry_id, form.version.data, form.to.data)


@blueprint.route("/<int:enquiry_id>/koniec", methods=["GET", "POST"])
@needs("enquiries.manage")
def end(enquiry_id: int) -> ResponseReturnValue:
    """It has ended; who says so says how."""
    enquiry_numbered(enquiry_id) or abort(404)
    form = EndForm()
    if not form.validate_on_submit():
        return _card(enquiry_id, end=form, wrong=form), form.status
    return _take(enquiry_id, form.version.data, "finished", form.reason.data)


def _take(enquiry_id: int, version: int, status: str, reason: str | None = None) -> ResponseReturnValue:
    try:
        actions.step(enquiry_id, version, status, by=the_account(), now=clock.now(), reason=reason)
    except Refused as refusal:
        return _card(enquiry_id, refusal.code), refusal.status
    flash(_("The step has been noted."))
    return _back(enquiry_id)


@blueprint.route("/<int:enquiry_id>/kto", methods=["GET", "POST"])
@needs("enquiries.manage")
def assign(enquiry_id: int) -> ResponseReturnValue:
    """Take it, give it to a colleague, or back to everybody."""
    enquiry_numbered(enquiry_id) or abort(404)
    form = _assign_form()
    if not form.validate_on_submit():
        return _card(enquiry_id, who=form, wrong=form), form.status
    try:
        actions.assign(enquiry_id, form.version.data, form.to.stored, by=the_account(), now=clock.now())
    except Refused as refusal:
        return _card(enquiry_id, refusal.code), refusal.status
    flash(_("It is noted who looks after it."))
    return _back(enquiry_id)


def _back(enquiry_id: int) -> ResponseReturnValue:
    """To the list when the deed was done there."""
    if request.args.get("z") == "lista":
        return redirect(url_for(".index"), 303)
    return redirect(url_for(".card", enquiry_id=enquiry_id), 303)


def _note_form(enquiry: Enquiry, **kwargs: Any) -> NoteForm:
    person = enquiry.known_person
    return NoteForm(version=enquiry.version, note=(person.note or "") if person else "", **kwargs)


def _assign_form(**kwargs: Any) -> AssignForm:
    form = AssignForm(**kwargs)
    people = colleagues(PERMISSIONS["enquiries.manage"])
    form.to.choices = choices([(0, _("Nobody yet")), *((one.id, one.name) for one in people)])
    return form


def _card(
    enquiry_id: int,
    trouble: str = "",
    note: NoteForm | None = None,
    end: EndForm | None = None,
    who: AssignForm | None = None,
    wrong: VersionForm | None = None,
) -> str:
    """The card as it is now; `wrong` is the form that has mistakes, `trouble` why the deed was refused."""
    now, enquiry = clock.now(), enquiry_numbered(enquiry_id) or abort(404)
    record(the_account(), "enquiry_read", "enquiry", enquiry_id, now)
    return render_template(
        "foster/staff/card.html",
        enquiry=enquiry,
        trouble=trouble,
        wrong=wrong,
        note=note or _note_form(enquiry, formdata=None),
        end=end or EndForm(formdata=None),
        who=who or _assign_form(formdata=None, to=enquiry.assignee_id),
        history=deeds_on("enquiry", enquiry_id),
        messages=messages_about("enquiry", enquiry_id),
        today=clock.day_of(now),
    )
