"""Slots and bookings as staff see them. Lists show time, kind and initials; opening a card is noted (S59, S60)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal import clock
from portal.accounts.audit import record
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.booking import actions, calling_off, interpreting, offering, offers
from portal.booking.forms import (
    AnswerForm,
    CallOffForm,
    ChangeForm,
    ConfirmForm,
    IdentityForm,
    InterpreterForm,
    OfferForm,
    OutcomeForm,
    SeriesForm,
    SingleForm,
    VersionForm,
)
from portal.booking.models import (
    Booking,
    Slot,
    booking_numbered,
    coming_bookings,
    interpreters,
    interviewers,
    looking_for_a_time,
    offices,
    slot_numbered,
    slots_between,
)
from portal.booking.series import Plan
from portal.booking.telling import to_tell
from portal.booking.weeks import times_for_staff
from portal.errors import Refused
from portal.i18n import clock_time, long_day
from portal.outbox.models import messages_about
from portal.programmes.models import all_services
from portal.web.forms import choices

slots = Blueprint("slots", __name__, url_prefix="/terminy")
bookings = Blueprint("bookings", __name__, url_prefix="/rezerwacje")

WEEK = timedelta(days=7)
AHEAD = timedelta(days=42)
EARLIEST, LATEST = 2000, 2100


@dataclass(frozen=True)
class WeekTable:
    """A week of slots: a row for each starting time, a column for each day."""

    days: list[date]
    rows: list[tuple[time, list[list[Slot]]]]


@slots.get("")
@needs("slots.manage")
def week() -> ResponseReturnValue:
    """The week as a table."""
    now = clock.now()
    monday = _monday(request.args.get("tydzien"))
    table = _table(monday, list(slots_between(monday, monday + WEEK - timedelta(days=1))))
    return render_template(
        "booking/staff/week.html",
        table=table,
        monday=monday,
        before=monday - WEEK,
        after=monday + WEEK,
        now=now,
        today=clock.day_of(now),
    )


@slots.get("/dzien/<day>")
@needs("slots.manage")
def day(day: str) -> ResponseReturnValue:
    """One day's slots and who has booked them, by initials."""
    now = clock.now()
    shown = _date(day) or abort(404)
    return render_template(
        "booking/staff/day.html",
        day=shown,
        slots=slots_between(shown, shown),
        before=shown - timedelta(days=1),
        after=shown + timedelta(days=1),
        now=now,
        today=clock.day_of(now),
    )


@slots.route("/nowy", methods=["GET", "POST"])
@needs("slots.manage")
def new() -> ResponseReturnValue:
    """Offer one slot; the day and the hour may come from an empty cell of the week."""
    form = SingleForm(day=_date(request.args.get("dzien")), from_time=_time(request.args.get("godzina")))
    return _offer(form, "booking/staff/new.html")


@slots.route("/seria", methods=["GET", "POST"])
@needs("slots.manage")
def series() -> ResponseReturnValue:
    """Offer slots that repeat every week."""
    form = SeriesForm()
    return _offer(form, "booking/staff/series.html")


@slots.route("/<int:slot_id>", methods=["GET", "POST"])
@needs("slots.manage")
def slot(slot_id: int) -> ResponseReturnValue:
    """One slot and whom it would affect to call it off; posting does so."""
    slot_numbered(slot_id) or abort(404)
    form = CallOffForm()
    if form.validate_on_submit():
        try:
            versions = form.version.data, form.affected.data
            calling_off.call_off(slot_id, *versions, by=the_account(), now=clock.now())
        except Refused as refusal:
            return _slot_page(slot_id, form, refusal.code), refusal.status
        flash(_("The slot has been cancelled."))
        return redirect(url_for(".slot", slot_id=slot_id), 303)
    return _slot_page(slot_id, form), form.status


@slots.post("/<int:slot_id>/cofnij")
@needs("slots.manage")
def undo(slot_id: int) -> ResponseReturnValue:
    """Put a slot back that was called off a moment ago."""
    slot_numbered(slot_id) or abort(404)
    form = VersionForm()
    if form.validate_on_submit():
        try:
            calling_off.undo(slot_id, form.version.data, by=the_account(), now=clock.now())
        except Refused as refusal:
            return _slot_page(slot_id, CallOffForm(formdata=None), refusal.code), refusal.status
        flash(_("The slot is as it was. Nobody has been written to."))
    return redirect(url_for(".slot", slot_id=slot_id), 303)


def _slot_page(slot_id: int, form: CallOffForm, trouble: str = "") -> str:
    shown, now = slot_numbered(slot_id) or abort(404), clock.now()
    until = calling_off.undo_until(shown)
    return render_template(
        "booking/staff/slot.html",
        slot=shown,
        form=form,
        trouble=trouble,
        now=now,
        undo_until=until if until and until > now else None,
        left=[booking for booking in looking_for_a_time() if booking.slot_id == slot_id],
    )


@bookings.get("")
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


@bookings.route("/<int:booking_id>", methods=["GET", "POST"])
@needs("bookings.read")
def card(booking_id: int) -> ResponseReturnValue:
    """One booking in full; reading it is noted. Posting notes whether the person came."""
    booking = booking_numbered(booking_id) or abort(404)
    form = OutcomeForm(version=booking.version, outcome=booking.status)
    if form.validate_on_submit():
        try:
            actions.note_outcome(
                booking_id, form.version.data, form.outcome.data, by=the_account(), now=clock.now()
            )
        except Refused as refusal:
            return _card_page(booking, form, refusal.code), refusal.status
        flash(_("The outcome has been noted."))
        return redirect(url_for(".card", booking_id=booking_id), 303)
    return _card_page(booking, form), form.status


@bookings.route("/<int:booking_id>/tlumacz", methods=["GET", "POST"])
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


@bookings.route("/<int:booking_id>/zmiana", methods=["GET", "POST"])
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
    return render_template(
        "booking/staff/change.html", booking=booking, form=form, trouble=trouble, now=clock.now()
    )


@bookings.route("/<int:booking_id>/pin", methods=["GET", "POST"])
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


@bookings.post("/<int:booking_id>/propozycja")
@needs("bookings.read")
def answer(booking_id: int) -> ResponseReturnValue:
    """What the person said on the phone to the place that is kept for them."""
    form = AnswerForm()
    if form.validate_on_submit():
        say = offers.accept if form.answer.data == "yes" else offers.decline
        try:
            say(booking_id, form.version.data, clock.now(), by=the_account())
        except Refused as refusal:
            booking = booking_numbered(booking_id) or abort(404)
            return _card_page(booking, OutcomeForm(formdata=None), refusal.code), refusal.status
        flash(_("The answer has been noted."))
    return redirect(url_for(".card", booking_id=booking_id), 303)


@bookings.post("/<int:booking_id>/powiedziane/<int:message_id>")
@needs("bookings.read")
def told(booking_id: int, message_id: int) -> ResponseReturnValue:
    """The person has been told what could not be written."""
    if ConfirmForm().validate_on_submit():
        actions.say_told(message_id, by=the_account(), now=clock.now())
        flash(_("Noted: the person knows."))
    return redirect(url_for(".card", booking_id=booking_id), 303)


def _interpreter_page(booking: Booking, form: InterpreterForm, trouble: str = "") -> str:
    return render_template("booking/staff/interpreter.html", booking=booking, form=form, trouble=trouble)


def _card_page(booking: Booking, form: OutcomeForm, trouble: str = "") -> str:
    record(the_account(), "booking_read", "booking", booking.id, clock.now())
    return render_template(
        "booking/staff/card.html",
        booking=booking,
        form=form,
        trouble=trouble,
        messages=messages_about("booking", booking.id),
        to_say=[message for about, message in to_tell(clock.now()) if about.id == booking.id],
        now=clock.now(),
    )


def _offer(form: SingleForm | SeriesForm, template: str) -> ResponseReturnValue:
    _fill_choices(form)
    if form.validate_on_submit():
        plan = offering.plan_here(
            form.rhythm(), form.office_id.data, clock.now(), on_holidays=form.on_holidays.data
        )
        try:
            kept = form.rhythm() if isinstance(form, SeriesForm) else None
            made = offering.offer(form.terms(), plan.spans, by=the_account(), now=clock.now(), rhythm=kept)
        except Refused as refusal:
            _say_why(form, refusal, plan)
            return render_template(template, form=form), 422 if refusal.code != "overlap" else 409
        _say_what_was_made(made, plan)
        return redirect(url_for(".week", tydzien=made[0].day.isoformat()), 303)
    return render_template(template, form=form), form.status


def _fill_choices(form: OfferForm) -> None:
    form.service_id.choices = choices((service.id, service.public_name) for service in all_services())
    form.office_id.choices = choices((office.id, office.name) for office in offices())
    form.lead_id.choices = choices((person.id, person.name) for person in interviewers())


def _say_why(form: SingleForm | SeriesForm, refusal: Refused, plan: Plan) -> None:
    reasons = {skipped.reason for skipped in plan.skipped}
    if refusal.code == "overlap":
        taken = refusal.details.get("slots", [])
        times = [f"{long_day(other.day)}, {clock_time(other.starts_at)}" for other in taken]  # type: ignore[attr-defined]
        form.lead_id.errors = [_("This person already has a slot then: %(times)s", times="; ".join(times))]
    elif "holiday" in reasons:
        form.on_holidays.errors = [_("This is a public holiday. Tick the box if you want it all the same.")]
    elif "missing_hour" in reasons:
        form.from_time.errors = [_("This hour does not exist: clocks go forward that night. Choose another.")]
    elif "past" in reasons or refusal.code == "past":
        form.from_time.errors = [_("This time is over. Choose a later one.")]
    elif "closure" in reasons:
        form.office_id.errors = [_("The office is closed then.")]
    else:
        form.from_time.errors = [_("No slot fits between these hours.")]


def _say_what_was_made(made: list[Slot], plan: Plan) -> None:
    flash(ngettext("%(num)s slot is open.", "%(num)s slots are open.", len(made)))
    holidays = [skipped.wall.date() for skipped in plan.skipped if skipped.reason in {"holiday", "closure"}]
    if holidays:
        flash(
            _(
                "Left out, because the centre is closed: %(days)s",
                days="; ".join(long_day(day) for day in holidays),
            )
        )
    missing = [skipped.wall for skipped in plan.skipped if skipped.reason == "missing_hour"]
    if missing:
        flash(
            _(
                "Left out, because clocks skip this hour: %(times)s",
                times="; ".join(f"{wall:%d.%m %H:%M}" for wall in missing),
            )
        )


def _table(monday: date, shown: list[Slot]) -> WeekTable:
    weekend = {slot.day for slot in shown if slot.day.weekday() > 4}
    days = [monday + timedelta(days=n) for n in range(5)] + sorted(weekend)
    times = sorted({_wall(slot.starts_at) for slot in shown})
    rows = [
        (at, [[s for s in shown if s.day == day and _wall(s.starts_at) == at] for day in days])
        for at in times
    ]
    return WeekTable(days, rows)


def _wall(moment: datetime) -> time:
    return clock.local(moment).time().replace(fold=0)


def _date(text: str | None) -> date | None:
    """A day that has a day before and after it, in every calendar of ours."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if EARLIEST <= day.year <= LATEST else None


def _time(text: str | None) -> time | None:
    try:
        return time.fromisoformat(text or "").replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        return None


def _monday(text: str | None) -> date:
    day = _date(text) or clock.day_of(clock.now())
    return day - timedelta(days=day.weekday())
