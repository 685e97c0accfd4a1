"""Editions as staff see them. Lists show initials; opening a person's page is noted (S59, S60)."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal import clock
from portal.accounts.audit import record
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.booking.models import are_there
from portal.errors import Refused
from portal.groups import actions
from portal.groups.forms import (
    REASON_NAMES,
    STATE_NAMES,
    EditionForm,
    IndividualForm,
    LeaveForm,
    NameForm,
    RevisionForm,
    TakeInForm,
)
from portal.groups.models import (
    Participant,
    all_editions,
    candidates,
    certificates_of,
    edition_numbered,
    erased_on,
    group_sizes,
    individual_meetings_of,
    marked_meetings,
    marks_of,
    meetings_of,
    minutes_by_participant,
    participant_numbered,
    participants_of,
    waiting_sizes,
)
from portal.programmes.models import Edition, all_programmes
from portal.web.forms import choices

BEFORE_TALK = _l("Enter a day that is not before the talk that qualified the person")

blueprint = Blueprint("groups", __name__, url_prefix="/edycje")


@blueprint.get("")
@needs("groups.manage")
def index() -> ResponseReturnValue:
    """Every edition with its numbers."""
    return render_template(
        "groups/staff/index.html",
        editions=all_editions(),
        sizes=group_sizes(),
        waiting=waiting_sizes(),
    )


@blueprint.route("/nowa", methods=["GET", "POST"])
@needs("groups.manage")
def new() -> ResponseReturnValue:
    """A new edition."""
    form = EditionForm(version=0)
    form.programme_id.choices = choices((programme.id, programme.title) for programme in all_programmes())
    if form.validate_on_submit():
        edition = actions.create_edition(
            form.programme_id.data, form.terms(), by=the_account(), now=clock.now()
        )
        flash(_("The edition has been added. Residents can read of it."))
        return redirect(url_for(".edition", edition_id=edition.id), 303)
    return render_template("groups/staff/edit.html", form=form, edition=None), form.status


@blueprint.route("/<int:edition_id>/dane", methods=["GET", "POST"])
@needs("groups.manage")
def revise(edition_id: int) -> ResponseReturnValue:
    """Another name or other days; when somebody else has changed them meanwhile, show both."""
    edition = edition_numbered(edition_id) or abort(404)
    form = RevisionForm(obj=edition)
    if not form.validate_on_submit():
        return render_template("groups/staff/edit.html", form=form, edition=edition), form.status
    try:
        actions.revise_edition(edition_id, form.version.data, form.terms(), by=the_account(), now=clock.now())
    except Refused as refusal:
        page = render_template("groups/staff/edit.html", form=form, edition=edition, trouble=refusal.code)
        return page, refusal.status
    flash(_("The edition has been changed."))
    return redirect(url_for(".edition", edition_id=edition_id), 303)


@blueprint.route("/<int:edition_id>", methods=["GET", "POST"])
@needs("groups.manage")
def edition(edition_id: int) -> ResponseReturnValue:
    """The group, who waits for it, and the plan of meetings; posting takes people in."""
    shown = edition_numbered(edition_id) or abort(404)
    form = TakeInForm(joined_on=clock.day_of(clock.now()))
    if not form.validate_on_submit():
        return _edition_page(shown, form), form.status
    are_there(form.people.data or []) or abort(404)
    chosen = (edition_id, form.version.data, form.people.data or [], form.joined_on.data)
    try:
        count = actions.take_in(*chosen, by=the_account(), now=clock.now())
    except Refused as refusal:
        if refusal.code == "before_talk":
            form.joined_on.errors = [BEFORE_TALK]
            return _edition_page(shown, form), form.status
        return _edition_page(shown, form, refusal.code), refusal.status
    flash(ngettext("%(num)d person is in the group now.", "%(num)d people are in the group now.", count))
    return redirect(url_for(".edition", edition_id=edition_id), 303)


def _edition_page(edition: Edition, form: TakeInForm, trouble: str = "") -> str:
    now = clock.now()
    people = participants_of(edition.id)
    return render_template(
        "groups/staff/edition.html",
        edition=edition,
        form=form,
        trouble=trouble,
        people=people,
        present=[person for person in people if person.left_on is None],
        waiting=candidates(edition.programme_id),
        minutes=minutes_by_participant(edition.id),
        meetings=meetings_of(edition.id),
        marked=marked_meetings(edition.id),
        reason_names=REASON_NAMES,
        today=clock.day_of(now),
        now=now,
    )


@blueprint.route("/osoba/<int:participant_id>", methods=["GET", "POST"])
@needs("groups.manage")
def participant(participant_id: int) -> ResponseReturnValue:
    """One person: what is recorded, and what can be certified; reading it is noted. Posting notes a meeting in private."""
    person = participant_numbered(participant_id) or abort(404)
    form = IndividualForm(version=person.version)
    if not form.validate_on_submit():
        return _person_page(person, form), form.status
    held = (participant_id, form.version.data, form.held_on.data, form.minutes.data)
    try:
        actions.note_individual(*held, by=the_account(), now=clock.now())
    except Refused as refusal:
        if refusal.code == "before_talk":
            form.held_on.errors = [BEFORE_TALK]
            return _person_page(person, form), form.status
        return _person_page(person, form, refusal.code), refusal.status
    flash(_("The meeting in private has been noted."))
    return redirect(url_for(".participant", participant_id=participant_id), 303)


@blueprint.post("/osoba/<int:participant_id>/indywidualne/<int:individual_id>")
@needs("groups.manage")
def drop_individual(participant_id: int, individual_id: int) -> ResponseReturnValue:
    """Take back a meeting in private that was noted by mistake."""
    person = participant_numbered(participant_id) or abort(404)
    form = IndividualForm()
    try:
        version = form.version.data or 0
        actions.drop_individual(participant_id, version, individual_id, by=the_account(), now=clock.now())
    except Refused as refusal:
        return _person_page(person, IndividualForm(formdata=None), refusal.code), refusal.status
    flash(_("The meeting in private has been taken back."))
    return redirect(url_for(".participant", participant_id=participant_id), 303)


def _person_page(person: Participant, form: IndividualForm, trouble: str = "") -> str:
    record(the_account(), "participant_read", "participant", person.id, clock.now())
    marks = marks_of(person.id)
    return render_template(
        "groups/staff/participant.html",
        person=person,
        form=form,
        trouble=trouble,
        marks=marks,
        minutes=sum(mark.minutes for mark in marks),
        individual=individual_meetings_of(person.id),
        certificates=certificates_of(person.booking_id),
        erased_on=erased_on(person.edition),
        state_names=STATE_NAMES,
        reason_names=REASON_NAMES,
    )


@blueprint.route("/osoba/<int:participant_id>/nazwisko", methods=["GET", "POST"])
@needs("groups.manage")
def rename(participant_id: int) -> ResponseReturnValue:
    """The name for sheets and certificates."""
    person = participant_numbered(participant_id) or abort(404)
    form = NameForm(version=person.version, name=person.known_name)
    trouble = ""
    if form.validate_on_submit():
        try:
            actions.rename(
                participant_id, form.version.data, form.name.data, by=the_account(), now=clock.now()
            )
        except Refused as refusal:
            trouble = refusal.code
        else:
            flash(_("The name has been changed."))
            return redirect(url_for(".participant", participant_id=participant_id), 303)
    record(the_account(), "participant_read", "participant", person.id, clock.now())
    page = render_template("groups/staff/rename.html", person=person, form=form, trouble=trouble)
    return page, 409 if trouble else form.status


@blueprint.route("/osoba/<int:participant_id>/odejscie", methods=["GET", "POST"])
@needs("groups.manage")
def leave(participant_id: int) -> ResponseReturnValue:
    """Somebody leaves the group, or was taken in by mistake."""
    person = participant_numbered(participant_id) or abort(404)
    form = LeaveForm(version=person.version, left_on=clock.day_of(clock.now()))
    if not form.validate_on_submit():
        return render_template("groups/staff/leave.html", person=person, form=form), form.status
    left = (participant_id, form.version.data, form.left_on.data, form.reason.data)
    try:
        actions.leave(*left, by=the_account(), now=clock.now())
    except Refused as refusal:
        return _leave_page(person, form, refusal)
    flash(_("The person is no longer in the group."))
    return redirect(url_for(".edition", edition_id=person.edition_id), 303)


@blueprint.post("/osoba/<int:participant_id>/cofnij")
@needs("groups.manage")
def put_back(participant_id: int) -> ResponseReturnValue:
    """Somebody was taken in by mistake and waits again."""
    person = participant_numbered(participant_id) or abort(404)
    edition_id, form = person.edition_id, LeaveForm()
    try:
        actions.put_back(participant_id, form.version.data or 0, by=the_account(), now=clock.now())
    except Refused as refusal:
        return _leave_page(person, LeaveForm(formdata=None, left_on=clock.day_of(clock.now())), refusal)
    flash(_("The person is not in the group and waits again."))
    return redirect(url_for(".edition", edition_id=edition_id), 303)


def _leave_page(person: Participant, form: LeaveForm, refusal: Refused) -> ResponseReturnValue:
    page = render_template("groups/staff/leave.html", person=person, form=form, trouble=refusal.code)
    return page, refusal.status
