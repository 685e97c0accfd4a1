"""The meetings of a group as staff see them: the plan, one meeting, its attendance sheet."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal import clock
from portal.accounts.audit import record, record_list
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.booking.models import offices
from portal.booking.series import Plan
from portal.errors import Refused
from portal.groups import meetings
from portal.groups.forms import MoveMeetingForm, PlaceForm, PlanForm, SheetForm, first_day, sheet_form
from portal.groups.models import (
    Attendance,
    Meeting,
    Participant,
    edition_numbered,
    marks_at,
    meeting_numbered,
    meetings_of,
    participants_of,
)
from portal.i18n import long_day
from portal.programmes.models import Edition
from portal.text import fold
from portal.web.forms import VersionForm, choices

blueprint = Blueprint("meetings", __name__, url_prefix="/edycje")


@blueprint.route("/<int:edition_id>/plan", methods=["GET", "POST"])
@needs("groups.manage")
def plan(edition_id: int) -> ResponseReturnValue:
    """Plan the meetings that are missing; what was left out is said."""
    edition = edition_numbered(edition_id) or abort(404)
    form = _plan_form(edition)
    if not form.validate_on_submit():
        return _plan_page(edition, form), form.status
    weekly = form.weekly(edition.programme.hours_per_meeting * 60)
    terms = (edition_id, form.version.data, weekly, form.office_id.data)
    try:
        made = meetings.plan_meetings(*terms, by=the_account(), now=clock.now())
    except Refused as refusal:
        return _plan_page(edition, form, refusal.code), refusal.status
    _say_what_was_planned(made)
    return redirect(url_for("panel.groups.edition", edition_id=edition_id), 303)


def _plan_form(edition: Edition) -> PlanForm:
    planned = [meeting for meeting in meetings_of(edition.id) if meeting.status == "planned"]
    first = first_day(edition.starts_on, [meeting.day for meeting in planned])
    last = planned[-1] if planned else None
    form = PlanForm(
        version=edition.version,
        first_on=first,
        weekday=str((last.day if last else edition.starts_on).weekday()),
        at=clock.local(last.starts_at).time() if last else None,
        office_id=last.office_id if last else None,
    )
    _fill(form)
    return form


def _fill(form: PlaceForm) -> None:
    form.office_id.choices = choices((office.id, office.name) for office in offices())


def _plan_page(edition: Edition, form: PlanForm, trouble: str = "") -> str:
    planned = sum(meeting.status == "planned" for meeting in meetings_of(edition.id))
    return render_template(
        "groups/staff/plan.html", edition=edition, form=form, planned=planned, trouble=trouble
    )


def _say_what_was_planned(made: Plan) -> None:
    count = len(made.spans)
    flash(ngettext("%(num)d meeting has been planned.", "%(num)d meetings have been planned.", count))
    free = [skipped.wall.date() for skipped in made.skipped if skipped.reason != "missing_hour"]
    if free:
        days = "; ".join(long_day(day) for day in free)
        flash(_("Left out, because the centre is closed: %(days)s", days=days))
    missing = [f"{skipped.wall:%d.%m %H:%M}" for skipped in made.skipped if skipped.reason == "missing_hour"]
    if missing:
        flash(_("Left out, because clocks skip this hour: %(times)s", times="; ".join(missing)))


@blueprint.route("/spotkanie/<int:meeting_id>", methods=["GET", "POST"])
@needs("groups.manage")
def sheet(meeting_id: int) -> ResponseReturnValue:
    """The attendance sheet, with names; reading it is noted. Posting saves all of it at once."""
    meeting = meeting_numbered(meeting_id) or abort(404)
    people, marks = _people(meeting), marks_at(meeting_id)
    form = _sheet_form(meeting, people, marks)
    if not form.validate_on_submit():
        return _sheet_page(meeting, people, form), form.status
    try:
        saved = (meeting_id, form.version.data, form.marks())
        meetings.save_sheet(*saved, by=the_account(), now=clock.now())
    except Refused as refusal:
        now_so = marks_at(meeting_id)
        return _sheet_page(meeting, people, form, refusal.code, now_so), refusal.status
    left = len(people) - len(form.marks())
    flash(_("The attendance has been saved."))
    if left:
        flash(ngettext("%(num)d person has no mark yet.", "%(num)d people have no mark yet.", left))
    return redirect(url_for("panel.groups.edition", edition_id=meeting.edition_id), 303)


def _people(meeting: Meeting) -> list[Participant]:
    """Who belonged to the group on that day, by name as on paper."""
    here = [person for person in participants_of(meeting.edition_id) if person.was_in(meeting.day)]
    return sorted(here, key=lambda person: (fold(person.known_name), person.id))


def _sheet_form(meeting: Meeting, people: list[Participant], marks: dict[int, Attendance]) -> SheetForm:
    """The sheet as it was saved; a link fills in that everybody else was there, and saves nothing."""
    shown = dict(marks)
    if request.args.get("wszyscy"):
        whole = meeting.minutes
        for person in people:
            shown.setdefault(person.id, Attendance(state="present", minutes=whole))
    return sheet_form([person.id for person in people], shown, meeting.minutes, version=meeting.version)


def _sheet_page(
    meeting: Meeting,
    people: list[Participant],
    form: SheetForm,
    trouble: str = "",
    now_so: dict[int, Attendance] | None = None,
) -> str:
    record_list(
        the_account(), "participant_listed", "participant", [person.id for person in people], clock.now()
    )
    record(the_account(), "sheet_read", "meeting", meeting.id, clock.now())
    return render_template(
        "groups/staff/sheet.html",
        meeting=meeting,
        people=people,
        form=form,
        trouble=trouble,
        now_so=now_so,
        now=clock.now(),
    )


@blueprint.route("/spotkanie/<int:meeting_id>/zmiana", methods=["GET", "POST"])
@needs("groups.manage")
def move(meeting_id: int) -> ResponseReturnValue:
    """Another day, hour or place for one meeting."""
    meeting = meeting_numbered(meeting_id) or abort(404)
    form = _move_form(meeting)
    if not form.validate_on_submit():
        return render_template("groups/staff/move.html", meeting=meeting, form=form), form.status
    wish = (meeting_id, form.version.data, form.wall(), form.office_id.data)
    try:
        meetings.move_meeting(*wish, by=the_account(), now=clock.now())
    except Refused as refusal:
        return _move_page(meeting, form, refusal)
    flash(_("The meeting has been moved. Tell the group."))
    return redirect(url_for("panel.groups.edition", edition_id=meeting.edition_id), 303)


@blueprint.post("/spotkanie/<int:meeting_id>/odwolaj")
@needs("groups.manage")
def call_off(meeting_id: int) -> ResponseReturnValue:
    """Call one meeting off."""
    meeting = meeting_numbered(meeting_id) or abort(404)
    try:
        version = VersionForm().version.data or 0
        meetings.call_off(meeting_id, version, by=the_account(), now=clock.now())
    except Refused as refusal:
        return _move_page(meeting, _move_form(meeting, formdata=None), refusal)
    flash(_("The meeting has been called off. Tell the group, and plan another one."))
    return redirect(url_for("panel.groups.edition", edition_id=meeting.edition_id), 303)


def _move_form(meeting: Meeting, **kwargs: None) -> MoveMeetingForm:
    now_so = {
        "day": meeting.day,
        "at": clock.local(meeting.starts_at).time(),
        "office_id": meeting.office_id,
        "version": meeting.version,
    }
    form = MoveMeetingForm(**now_so, **kwargs)
    _fill(form)
    return form


def _move_page(meeting: Meeting, form: MoveMeetingForm, refusal: Refused) -> ResponseReturnValue:
    page = render_template("groups/staff/move.html", meeting=meeting, form=form, trouble=refusal.code)
    return page, refusal.status
