"""Offering slots: one, or a series that repeats every week."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal import clock
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.booking import offering
from portal.booking.absences import absent_on
from portal.booking.models import Resource, Slot, at_work, interviewers, offices
from portal.booking.series import Plan
from portal.booking.slot_forms import OfferForm, SeriesForm, SingleForm
from portal.errors import Refused
from portal.i18n import clock_time, long_day
from portal.programmes.models import all_services
from portal.web.forms import choices, date_in, time_in

blueprint = Blueprint("new_slots", __name__, url_prefix="/terminy")

FIELDS = {"interviewer": "lead_id", "room": "room_id", "interpreter": "interpreter_id"}
MEANWHILE = {"overlap", "away"}
WHY = {
    "away": ("lead_id", _l("Somebody or something that you have chosen is no longer in use. Choose again.")),
    "room_elsewhere": ("room_id", _l("This room is in another place.")),
}


@blueprint.route("/nowy", methods=["GET", "POST"])
@needs("slots.manage")
def one() -> ResponseReturnValue:
    """Offer one slot; the day and the hour may come from an empty cell of the week, and whose week it is."""
    asked = request.args
    form = SingleForm(
        day=date_in(asked.get("dzien")),
        from_time=time_in(asked.get("godzina")),
        lead_id=asked.get("osoba", type=int),
        room_id=asked.get("sala", type=int),
        office_id=asked.get("miejsce", type=int),
    )
    return _offer(form, "booking/staff/new.html")


@blueprint.route("/seria", methods=["GET", "POST"])
@needs("slots.manage")
def series() -> ResponseReturnValue:
    """Offer slots that repeat every week."""
    form = SeriesForm()
    return _offer(form, "booking/staff/series.html")


def _offer(form: SingleForm | SeriesForm, template: str) -> ResponseReturnValue:
    _fill_choices(form)
    if form.validate_on_submit():
        plan = offering.plan_here(
            form.rhythm(), form.office_id.data, clock.now(), on_holidays=form.on_holidays.data
        )
        try:
            kept = form.rhythm() if isinstance(form, SeriesForm) else None
            made = offering.offer(
                form.terms(),
                form.spans(plan),
                by=the_account(),
                now=clock.now(),
                rhythm=kept,
                near_is_fine=form.near_is_fine.data,
            )
        except Refused as refusal:
            say_why(form, refusal, plan)
            return render_template(template, form=form), 409 if refusal.code in MEANWHILE else 422
        _say_what_was_made(made, plan)
        return redirect(url_for("panel.slots.week", tydzien=made[0].day.isoformat()), 303)
    return render_template(template, form=form), form.status


def _fill_choices(form: OfferForm) -> None:
    form.service_id.choices = choices((service.id, service.public_name) for service in all_services())
    fill_place(form)
    fill_needed(form)


def fill_place(form: OfferForm) -> None:
    """Where a slot can be."""
    form.office_id.choices = choices((office.id, office.name) for office in offices())


def fill_needed(form: OfferForm) -> None:
    """Who and what can be chosen for a slot."""
    form.lead_id.choices = choices((person.id, person.name) for person in interviewers())
    form.room_id.choices = choices([(0, _("None")), *((room.id, _room(room)) for room in at_work("room"))])
    form.interpreter_id.choices = choices(
        [(0, _("None")), *((person.id, _interpreter(person)) for person in at_work("interpreter"))]
    )


def _room(room: Resource) -> str:
    return f"{room.name} ({room.office.name})" if room.office else room.name


def _interpreter(person: Resource) -> str:
    return f"{person.name} ({person.skills.upper().replace(' ', ', ')})" if person.skills else person.name


def say_why(form: SingleForm | SeriesForm, refusal: Refused, plan: Plan) -> None:
    """Tell beside its field why there is no slot."""
    reasons = {skipped.reason for skipped in plan.skipped}
    if say_who_stands_in_the_way(form, refusal):
        return
    if "holiday" in reasons:
        form.on_holidays.errors = [_("This is a public holiday. Tick the box if you want it all the same.")]
    elif "missing_hour" in reasons:
        form.from_time.errors = [_("This hour does not exist: clocks go forward that night. Choose another.")]
    elif "past" in reasons or refusal.code == "past":
        form.from_time.errors = [_("This time is over. Choose a later one.")]
    elif "closure" in reasons:
        form.office_id.errors = [_("The office is closed then.")]
    else:
        form.from_time.errors = [_("No slot fits between these hours.")]


def say_who_stands_in_the_way(form: OfferForm, refusal: Refused) -> bool:
    """Tell beside its field who or what hinders the slots; False when it is something else."""
    if refusal.code in WHY:
        field, words = WHY[refusal.code]
        form[field].errors = [words]
    elif refusal.code == "overlap":
        _say_who_is_taken(form, refusal)
    elif refusal.code == "too_near":
        _say_who_could_meet(form, refusal)
    else:
        return False
    return True


def _say_who_is_taken(form: OfferForm, refusal: Refused) -> None:
    """Name beside its field who or what is taken, and when."""
    pairs: list[tuple[Resource, Slot]] = refusal.details.get("clashes", [])  # type: ignore[assignment]
    for kind, field in FIELDS.items():
        taken = [(resource, slot) for resource, slot in pairs if resource.kind == kind]
        if taken:
            times = "; ".join(f"{long_day(slot.day)}, {clock_time(slot.starts_at)}" for _who, slot in taken)
            form[field].errors = [_("%(name)s is taken then: %(times)s", name=taken[0][0].name, times=times)]


def _say_who_could_meet(form: OfferForm, refusal: Refused) -> None:
    """Warn of the slots that come too near, beside the tick that takes it on."""
    slots: list[Slot] = refusal.details.get("slots", [])  # type: ignore[assignment]
    times = "; ".join(f"{long_day(slot.day)}, {clock_time(slot.starts_at)}" for slot in slots)
    form.near_is_fine.errors = [
        _("Within an hour there are talks here with people who must not meet these: %(times)s", times=times)
    ]


def _say_what_was_made(made: list[Slot], plan: Plan) -> None:
    flash(ngettext("%(num)s slot is open.", "%(num)s slots are open.", len(made)))
    absence = absent_on(made[0].lead_id, {slot.day for slot in made})
    if absence:
        days = {"first": long_day(absence.first_on), "last": long_day(absence.last_on)}
        flash(_("Mind that this person is noted as absent from %(first)s to %(last)s.", **days))
    holidays = [skipped.wall.date() for skipped in plan.skipped if skipped.reason in {"holiday", "closure"}]
    if holidays:
        flash(
            _(
                "Left out, because the centre is closed: %(days)s",
                days="; ".join(long_day(day) for day in holidays),
            )
        )
    left_out = [skipped.wall.date() for skipped in plan.skipped if skipped.reason == "left_out"]
    if left_out:
        flash(_("Left out, as you wished: %(days)s", days="; ".join(long_day(day) for day in left_out)))
    missing = [skipped.wall for skipped in plan.skipped if skipped.reason == "missing_hour"]
    if missing:
        flash(
            _(
                "Left out, because clocks skip this hour: %(times)s",
                times="; ".join(f"{wall:%d.%m %H:%M}" for wall in missing),
            )
        )
