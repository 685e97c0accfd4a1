"""“Ill today” as staff see it: one page on which everything is decided, one that tells how far it has come."""

from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.booking import absences
from portal.booking.desk_forms import ArrangementForm, DaysForm
from portal.booking.models import interviewers
from portal.errors import Refused
from portal.web.forms import ConfirmForm, choices, typed

blueprint = Blueprint("absences", __name__, url_prefix="/choroba")


@blueprint.route("", methods=["GET", "POST"])
@needs("slots.manage")
def note() -> ResponseReturnValue:
    """Choose who and when, see whom it affects, decide, confirm once."""
    today = clock.day_of(clock.now())
    is_asked = bool({"osoba", "od", "do"} & request.args.keys())
    days = DaysForm(request.args) if is_asked else DaysForm(formdata=None, od=today, do=today)
    days.osoba.choices = choices((str(person.id), person.name) for person in interviewers())
    if not is_asked or not days.validate():
        page = render_template("booking/staff/ill.html", days=days, latest=absences.latest_absences())
        return page, days.status
    person_id, asked = int(days.osoba.data), (days.od.data, days.do.data)
    form, trouble = ArrangementForm(), ""
    if form.validate_on_submit():
        arrangement = form.arrangement(request.form)
        try:
            done = absences.stay_away(person_id, asked, arrangement, by=the_account(), now=clock.now())
        except Refused as refusal:
            trouble = refusal.code
        else:
            return redirect(url_for(".show", absence_id=done.id), 303)
    page = _page(days, form, person_id, asked, trouble)
    return page, 409 if trouble else form.status


def _page(
    days: DaysForm, form: ArrangementForm, person_id: int, asked: tuple[date, date], trouble: str
) -> str:
    touched = absences.touched(person_id, *asked, clock.now())
    return render_template(
        "booking/staff/ill.html",
        days=days,
        form=form,
        trouble=trouble,
        touched=touched,
        suggested=absences.suggested(touched),
        sent=typed(),
        person=next(person for person in interviewers() if person.id == person_id),
        latest=absences.latest_absences(),
        now=clock.now(),
    )


@blueprint.get("/<int:absence_id>")
@needs("slots.manage")
def show(absence_id: int) -> ResponseReturnValue:
    """Who is affected, who knows, who has to be called."""
    return _shown(absence_id)


@blueprint.post("/<int:absence_id>/cofnij")
@needs("slots.manage")
def undo(absence_id: int) -> ResponseReturnValue:
    """Put everything back within ten minutes."""
    if ConfirmForm().validate_on_submit():
        try:
            absences.undo(absence_id, by=the_account(), now=clock.now())
        except Refused as refusal:
            return _shown(absence_id, refusal.code), refusal.status
        flash(_("Everything is as it was. Nobody has been written to."))
    return redirect(url_for(".show", absence_id=absence_id), 303)


def _shown(absence_id: int, trouble: str = "") -> str:
    absence, now = absences.absence_numbered(absence_id) or abort(404), clock.now()
    affected = absences.affected(absence)
    return render_template(
        "booking/staff/absence.html",
        absence=absence,
        affected=affected,
        knows=absences.who_know([booking for booking, _slot in affected]),
        handed_over=absences.handed_over(absence),
        undo_until=absences.undo_until(absence, now),
        trouble=trouble,
        now=now,
    )
