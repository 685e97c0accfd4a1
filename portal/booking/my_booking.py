"""Looking after a booking: reference and PIN open it, nothing else does.

The proof lives in the sealed session cookie; a GET shows or changes nothing of a booking without it.
"""

from flask import Blueprint, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.booking import actions, calendar, offers
from portal.booking.forms import (
    AnswerForm,
    MoveForm,
    ProofForm,
    WishesForm,
    contact_answers,
    contact_rules,
    normalised,
)
from portal.booking.models import Booking, booking_numbered
from portal.booking.proving import proved_by
from portal.booking.weeks import week_of
from portal.errors import Refused
from portal.i18n import DEFAULT, language
from portal.web.forms import VersionForm

blueprint = Blueprint("mine", __name__, url_prefix="/moja-rezerwacja")


@blueprint.route("", methods=["GET", "POST"])
def find() -> ResponseReturnValue:
    """Reference and PIN open a booking; every wrong pair gets the same answer."""
    form = ProofForm()
    if proved_by(form, actions.prove, "mine", _("We know no booking with this reference and PIN")):
        return redirect(url_for(".show"), 303)
    return render_template("booking/find.html", form=form), form.status


@blueprint.get("/termin")
def show() -> ResponseReturnValue:
    """The booking that this session has proved."""
    booking = _mine()
    if booking is None:
        return redirect(url_for(".find", najpierw="kod"), 303)
    return render_template("booking/mine.html", booking=booking, slot=booking.slot, now=clock.now())


@blueprint.get("/termin.ics")
def calendar_file() -> ResponseReturnValue:
    """The time for a calendar, in neutral words; a later one replaces an earlier one there."""
    booking = _mine()
    if booking is None or booking.slot is None:
        return redirect(url_for(".find", najpierw="kod"), 303)
    response = make_response(calendar.file_of(booking, booking.slot, _calendar_title(booking), clock.now()))
    response.mimetype = "text/calendar"
    response.headers["Content-Disposition"] = 'attachment; filename="termin.ics"'
    return response


def _calendar_title(booking: Booking) -> str:
    """What the entry is called: nothing of the talk unless the service may be named, and that only in Polish, in which it is."""
    service = booking.service
    is_named = not service.is_discreet and language() == DEFAULT
    return str(service.neutral_name.capitalize() if is_named else _("Appointment"))


@blueprint.route("/zmien", methods=["GET", "POST"])
def move() -> ResponseReturnValue:
    """The week of free slots; the chosen one replaces the booked one at once (R58)."""
    booking = _mine()
    if booking is None:
        return redirect(url_for(".find", najpierw="kod"), 303)
    if booking.why_fixed(clock.now()):
        return (_as_it_stands(booking), 409) if request.form else redirect(url_for(".show"), 303)
    form = MoveForm(version=booking.version)
    if not form.validate_on_submit():
        return _move_page(booking, form, form.status)
    try:
        actions.move(booking.id, form.version.data, form.slot.data, clock.now())
    except Refused as refusal:
        if refusal.code in {"gone", "taken"}:
            return _move_page(booking, form, refusal.status, refusal.code)
        return _as_it_stands(booking), refusal.status
    flash(_("The time has been changed."))
    return redirect(url_for(".show"), 303)


def _move_page(booking: Booking, form: MoveForm, status: int, trouble: str = "") -> ResponseReturnValue:
    asked = request.args.get("tydzien")
    shown = week_of(
        booking.service,
        clock.now(),
        asked=asked,
        chosen=form.slot.data,
        interpreter=booking.interpreter is not None,
    )
    page = render_template(
        "booking/move.html", booking=booking, slot=booking.slot, form=form, shown=shown, trouble=trouble
    )
    return page, status


@blueprint.route("/odwolaj", methods=["GET", "POST"])
def cancel() -> ResponseReturnValue:
    """Ask once, then free the place. No reason is asked for (R59)."""
    booking = _mine()
    if booking is None:
        return redirect(url_for(".find", najpierw="kod"), 303)
    if not booking.is_open(clock.now()):
        return redirect(url_for(".show"), 303)
    form = VersionForm(version=booking.version)
    if form.validate_on_submit():
        try:
            actions.cancel(booking.id, form.version.data, clock.now())
        except Refused as refusal:
            return _as_it_stands(booking), refusal.status
        return redirect(url_for(".show"), 303)
    return render_template("booking/cancel.html", booking=booking, slot=booking.slot, form=form), form.status


@blueprint.route("/kontakt", methods=["GET", "POST"])
def contact() -> ResponseReturnValue:
    """Change how we may reach the person, or that we may not."""
    booking = _mine()
    if booking is None:
        return redirect(url_for(".find", najpierw="kod"), 303)
    person = booking.known_person
    if person is None or not booking.is_open(clock.now()):
        return redirect(url_for(".show"), 303)
    form = WishesForm(data=contact_answers(person) | {"version": booking.version})
    if not form.validate_on_submit():
        return render_template("booking/wishes.html", form=form), form.status
    answers = form.answers()
    address = normalised(answers["channel"], answers["contact"])
    try:
        actions.change_contact(
            booking.id,
            form.version.data,
            answers["channel"],
            address,
            contact_rules(answers),
            clock.now(),
        )
    except Refused as refusal:
        return _as_it_stands(booking), refusal.status
    flash(_("From now on we keep to your new wishes."))
    return redirect(url_for(".show"), 303)


@blueprint.route("/propozycja", methods=["GET", "POST"])
def answer() -> ResponseReturnValue:
    """Say yes or no to the place that is kept for this person; a no gives it to the next one."""
    booking = _mine()
    if booking is None:
        return redirect(url_for(".find", najpierw="kod"), 303)
    form = AnswerForm()
    if not form.validate_on_submit():
        return redirect(url_for(".show"), 303)
    say = offers.accept if form.answer.data == "yes" else offers.decline
    try:
        say(booking.id, form.version.data, clock.now())
    except Refused as refusal:
        return _as_it_stands(booking), refusal.status
    if form.answer.data == "no":
        flash(_("Somebody else gets this time. You keep your right to a talk."))
    return redirect(url_for(".show"), 303)


@blueprint.post("/zamknij")
def close() -> ResponseReturnValue:
    """Forget the proof, for those who share a phone."""
    session.pop("mine", None)
    session.pop("done", None)
    return redirect(url_for("front.home"), 303)


def _as_it_stands(booking: Booking) -> str:
    """The booking after a refusal: somebody has changed it since the page was read."""
    now = clock.now()
    fresh = booking_numbered(booking.id) or booking
    return render_template("booking/mine.html", booking=fresh, slot=fresh.slot, changed=True, now=now)


def _mine() -> Booking | None:
    booking_id = session.get("mine")
    return booking_numbered(booking_id) if booking_id else None
