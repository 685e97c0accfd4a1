"""Bookings as staff see them. Lists show time, kind and initials; opening a card is noted (S59, S60)."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.audit import record
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.booking import actions, interpreting, offers, outcomes
from portal.booking.desk_forms import (
    CORRECTION_NAMES,
    RESULT_NAMES,
    ChangeForm,
    IdentityForm,
    InterpreterForm,
    OutcomeForm,
)
from portal.booking.forms import AnswerForm
from portal.booking.interpreters import interpreters
from portal.booking.models import (
    Booking,
    booking_numbered,
    coming_bookings,
    looking_for_a_time,
    outcome_history,
)
from portal.booking.pairs import days_of_others, pairs_of
from portal.booking.tasks import alike
from portal.booking.telling import to_tell
from portal.booking.weeks import times_for_staff
from portal.errors import Refused
from portal.outbox.models import messages_about
from portal.web.forms import ConfirmForm, VersionForm, choices

blueprint = Blueprint("bookings", __name__, url_prefix="/rezerwacje")

WEEK = timedelta(days=7)
AHEAD = timedelta(days=42)


@blueprint.get("")
@needs("bookings.read")
def index() -> ResponseReturnValue:
    """The bookings of the last week and of the weeks to come."""
    today = clock.day_of(clock.now())
    return render_template(
        "booking/staff/bookings.html",
        bookings=coming_bookings(today - WEEK, today + AHEAD),
        looking=looking_for_a_time(),
        now=clock.now(),
    )


@blueprint.route("/<int:booking_id>", methods=["GET", "POST"])
@needs("bookings.read")
def card(booking_id: int) -> ResponseReturnValue:
    """One booking in full; reading it is noted. Posting notes whether the person came and what the talk led to."""
    booking = booking_numbered(booking_id) or abort(404)
    form = _outcome_form(booking)
    if form.validate_on_submit():
        try:
            outcomes.note_outcome(
                booking_id, form.version.data, form.value(), by=the_account(), now=clock.now()
            )
        except Refused as refusal:
            if refusal.code == "reason":
                form.reason.errors = [_("Choose why you correct what was noted")]
                return _card_page(booking, form), 422
            return _card_page(booking, form, refusal.code), refusal.status
        flash(_("The outcome has been noted."))
        return redirect(url_for(".card", booking_id=booking_id), 303)
    return _card_page(booking, form), form.status


@blueprint.route("/<int:booking_id>/tlumacz", methods=["GET", "POST"])
@needs("bookings.read")
def interpreter(booking_id: int) -> ResponseReturnValue:
    """Answer the request for an interpreter; the resident is told."""
    booking = booking_numbered(booking_id)
    if booking is None or booking.interpreter is None:
        abort(404)
    form = InterpreterForm()
    ours = [(str(person.id), person.name) for person in interpreters(booking.interpreter.method)]
    form.interpreter.choices = choices([("", _("Somebody from outside")), *ours])
    if not form.validate_on_submit():
        return _interpreter_page(booking, form), form.status
    by, now = the_account(), clock.now()
    try:
        if form.state.data == "arranged":
            interpreting.arrange_interpreter(booking_id, form.resource_id, by, now)
        else:
            interpreting.refuse_interpreter(booking_id, form.reason.data, form.alternative.data, by, now)
    except Refused as refusal:
        return _interpreter_page(booking, form, refusal.code), refusal.status
    flash(_("The answer has been noted."))
    return redirect(url_for(".card", booking_id=booking_id), 303)


@blueprint.route("/<int:booking_id>/zmiana", methods=["GET", "POST"])
@needs("bookings.read")
def change(booking_id: int) -> ResponseReturnValue:
    """Give somebody another time: at once when they have agreed, or by asking them, with a place kept until they answer."""
    booking = booking_numbered(booking_id) or abort(404)
    now = clock.now()
    form = ChangeForm(version=booking.version)
    form.slot.choices = choices([("", _("None for now")), *times_for_staff(booking.service, now)])
    if not form.validate_on_submit():
        return _change_page(booking, form), form.status
    try:
        if form.agreed.data == "yes":
            actions.move(booking_id, form.version.data, form.slot_id or 0, now, by=the_account())
        else:
            offers.displace(booking_id, form.version.data, form.slot_id, by=the_account(), now=now)
    except Refused as refusal:
        return _change_page(booking, form, refusal.code), refusal.status
    flash(_("The booking has been changed."))
    return redirect(url_for(".card", booking_id=booking_id), 303)


def _change_page(booking: Booking, form: ChangeForm, trouble: str = "") -> str:
    now = clock.now()
    return render_template(
        "booking/staff/change.html",
        booking=booking,
        form=form,
        trouble=trouble,
        days_to_avoid=days_of_others(booking, now),
        now=now,
    )


@blueprint.route("/<int:booking_id>/rezygnacja", methods=["GET", "POST"])
@needs("bookings.read")
def give_up(booking_id: int) -> ResponseReturnValue:
    """Somebody says on the phone or at the desk that they will not come, or no longer wait: asked once, then done."""
    booking = booking_numbered(booking_id) or abort(404)
    form = VersionForm(version=booking.version)
    if not form.validate_on_submit():
        return _give_up_page(booking), form.status
    try:
        actions.cancel(booking_id, form.version.data, clock.now(), by=the_account())
    except Refused as refusal:
        return _give_up_page(booking_numbered(booking_id) or abort(404), refusal.code), refusal.status
    flash(_("The booking has been cancelled at the person's wish."))
    return redirect(url_for(".card", booking_id=booking_id), 303)


def _give_up_page(booking: Booking, trouble: str = "") -> str:
    return render_template("booking/staff/give_up.html", booking=booking, trouble=trouble, now=clock.now())


@blueprint.route("/<int:booking_id>/pin", methods=["GET", "POST"])
@needs("bookings.read")
def pin(booking_id: int) -> ResponseReturnValue:
    """Another PIN after a check of identity; it is shown once (S79)."""
    booking = booking_numbered(booking_id) or abort(404)
    form = IdentityForm()
    if form.validate_on_submit():
        session["pin"] = booking_id, actions.renew_pin(booking_id, the_account(), clock.now())
        return redirect(url_for(".pin", booking_id=booking_id), 303)
    of, new_pin = session.pop("pin", (None, ""))
    shown = new_pin if of == booking_id else ""
    return render_template("booking/staff/pin.html", booking=booking, form=form, pin=shown), form.status


@blueprint.post("/<int:booking_id>/propozycja")
@needs("bookings.read")
def answer(booking_id: int) -> ResponseReturnValue:
    """What the person said on the phone to the place that is kept for them."""
    booking_numbered(booking_id) or abort(404)
    form = AnswerForm()
    if form.validate_on_submit():
        say = offers.accept if form.answer.data == "yes" else offers.decline
        try:
            say(booking_id, form.version.data, clock.now(), by=the_account())
        except Refused as refusal:
            return _as_it_is(booking_id, refusal)
        flash(_("The answer has been noted."))
    return redirect(url_for(".card", booking_id=booking_id), 303)


@blueprint.post("/<int:booking_id>/powiedziane/<int:message_id>")
@needs("bookings.read")
def told(booking_id: int, message_id: int) -> ResponseReturnValue:
    """The person has been told what could not be written."""
    if message_id not in {message.id for message in messages_about("booking", booking_id)}:
        abort(404)
    if ConfirmForm().validate_on_submit():
        try:
            actions.say_told(message_id, by=the_account(), now=clock.now())
        except Refused as refusal:
            return _as_it_is(booking_id, refusal)
        flash(_("Noted: the person knows."))
    return redirect(url_for(".card", booking_id=booking_id), 303)


def _as_it_is(booking_id: int, refusal: Refused) -> ResponseReturnValue:
    """The card after somebody was faster: what was refused, and how the booking is now."""
    booking = booking_numbered(booking_id) or abort(404)
    return _card_page(booking, _outcome_form(booking, formdata=None), refusal.code), refusal.status


def _interpreter_page(booking: Booking, form: InterpreterForm, trouble: str = "") -> str:
    return render_template("booking/staff/interpreter.html", booking=booking, form=form, trouble=trouble)


def _outcome_form(booking: Booking, **kwargs: Any) -> OutcomeForm:
    """The form with what has been noted."""
    person = booking.known_person
    note = person.outcome_note if person else ""
    noted = {"outcome": booking.status, "result": booking.result or "", "note": note or ""}
    return OutcomeForm(version=booking.version, **noted, **kwargs)


def _card_page(booking: Booking, form: OutcomeForm, trouble: str = "") -> str:
    record(the_account(), "booking_read", "booking", booking.id, clock.now())
    return render_template(
        "booking/staff/card.html",
        booking=booking,
        form=form,
        trouble=trouble,
        result_names=RESULT_NAMES,
        correction_names=CORRECTION_NAMES,
        history=outcome_history(booking.id),
        messages=messages_about("booking", booking.id),
        alike=alike(booking, clock.now()),
        pairs=pairs_of(booking),
        to_say=[message for about, message in to_tell(clock.now()) if about.id == booking.id],
        now=clock.now(),
    )
