"""Booking a talk, one thing a page.

Answers live in the sealed session cookie until they are confirmed; nothing personal is ever in an address.
"""

import secrets
from datetime import UTC, date, datetime
from typing import Any

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.booking import actions, limits, my_booking
from portal.booking.forms import (
    FIELDS,
    NEED_NAMES,
    ContactForm,
    NeedsForm,
    SlotForm,
    contact_rules,
    normalised,
)
from portal.booking.interpreters import INTERPRETERS, interpreter_sure_from
from portal.booking.models import Booking, Slot, booking_numbered
from portal.booking.openings import days_with_room, slot_shown
from portal.booking.settings_forms import ACCESS_NAMES
from portal.booking.weeks import facility_note, week_of
from portal.errors import Refused, TooMany
from portal.i18n import language, weekday_and_day
from portal.outbox.models import troubled_since
from portal.programmes.models import Service, open_services, service_called, service_to_begin
from portal.web.forms import ConfirmForm
from portal.web.reading import changes_by_itself
from portal.web.references import add_references

blueprint = Blueprint("booking", __name__)
blueprint.register_blueprint(my_booking.blueprint)


def init_app(app: Flask) -> None:
    """The pages, `room_in(service)` for pages that lead here, and the words that staff pages share."""
    app.register_blueprint(blueprint)
    words = {"need_names": NEED_NAMES, "access_names": ACCESS_NAMES}
    add_references(app, lambda: ("dzis",), tlumacz=_interpreter)
    app.jinja_env.globals.update(words, room_in=room_in, facility_note=facility_note)


def _interpreter(key: str) -> str:
    """By when an interpreter is sure for whoever asks today, for texts that say `{tlumacz: dzis}` (R63)."""
    if key != "dzis":
        return ""
    day = weekday_and_day(interpreter_sure_from(clock.now()))
    return str(
        _(
            "If you ask today, an interpreter on site is sure from %(day)s. For earlier days we can usually provide one online.",
            day=day,
        )
    )


def room_in(service: Service) -> tuple[date, date] | None:
    """The first and the last day with a free slot; a page that shows it is not remembered."""
    changes_by_itself()
    return days_with_room(service, clock.now())


@blueprint.after_request
def keep_private(response: Response) -> Response:
    """Search engines stay out (R57)."""
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@blueprint.get("/umow-rozmowe")
def index() -> ResponseReturnValue:
    """The kinds of talk, by neutral names."""
    today = clock.day_of(clock.now())
    return render_template("booking/index.html", services=open_services(), today=today)


@blueprint.get("/umow-rozmowe/<code>")
def start(code: str) -> ResponseReturnValue:
    """What it is, how long, free of charge, what is asked, and the other ways (R41)."""
    service, now = service_to_begin(code) or abort(404), clock.now()
    room = days_with_room(service, now)
    return render_template("booking/start.html", service=service, room=room, today=clock.day_of(now))


@blueprint.route("/umow-rozmowe/<code>/termin", methods=["GET", "POST"])
def choose(code: str) -> ResponseReturnValue:
    """A week of free slots; the chosen one is held while the other answers are given."""
    service = _service(code)
    form = SlotForm()
    if not form.validate_on_submit():
        return _slots_page(service, form, form.status)
    answers = _answers(code, begin=True)
    try:
        until = actions.hold(service, form.slot.data, answers["token"], clock.now(), _source())
    except TooMany:
        raise
    except Refused as refusal:
        return _slots_page(service, form, refusal.status, refusal.code)
    answers.pop("waits", None)
    _remember(answers | {"slot": form.slot.data, "until": int(until.timestamp())})
    return redirect(url_for(".check" if "name" in answers else ".needs", code=code), 303)


@blueprint.route("/umow-rozmowe/<code>/lista", methods=["GET", "POST"])
def wait(code: str) -> ResponseReturnValue:
    """How the waiting list works; going on asks the same as for a booking. Where a time is free nobody has to wait."""
    service = _service(code)
    if not service.has_waiting_list or days_with_room(service, clock.now()):
        return redirect(url_for(".choose", code=code), 303)
    form = ConfirmForm()
    if not form.validate_on_submit():
        return render_template("booking/wait.html", service=service, form=form), form.status
    answers = _answers(code, begin=True)
    answers.pop("slot", None)
    _remember(answers | {"waits": True})
    return redirect(url_for(".check" if "name" in answers else ".needs", code=code), 303)


@blueprint.route("/umow-rozmowe/<code>/potrzeby", methods=["GET", "POST"])
def needs(code: str) -> ResponseReturnValue:
    """What the person needs for the talk; all of it may be left out."""
    service, answers = _service(code), _answers(code)
    form = NeedsForm(data=answers)
    if not _is_begun(answers):
        return _to_first_step(code, form)
    if "longer" in request.form and "slot" in answers:
        answers = _hold_longer(service, answers)
    elif form.validate_on_submit():
        _remember(answers | form.answers())
        return redirect(url_for(".check" if "name" in answers else ".contact", code=code), 303)
    slot = _slot(answers)
    page = render_template(
        "booking/needs.html",
        service=service,
        form=form,
        slot=slot,
        until=_until(answers),
        is_soon=slot is not None and slot.day < interpreter_sure_from(clock.now()),
    )
    return page, form.status


@blueprint.route("/umow-rozmowe/<code>/kontakt", methods=["GET", "POST"])
def contact(code: str) -> ResponseReturnValue:
    """How to address the person, and one way to reach them, or none."""
    service, answers = _service(code), _answers(code)
    typed = answers.get("contact", "")
    form = ContactForm(data=answers | {FIELDS.get(answers.get("channel", ""), ""): typed})
    if not _is_begun(answers):
        return _to_first_step(code, form)
    if "longer" in request.form and "slot" in answers:
        answers = _hold_longer(service, answers)
    elif form.validate_on_submit():
        _remember(answers | form.answers())
        return redirect(url_for(".check", code=code), 303)
    page = render_template(
        "booking/contact.html", service=service, form=form, slot=_slot(answers), until=_until(answers)
    )
    return page, form.status


def _to_first_step(code: str, form: NeedsForm | ContactForm) -> ResponseReturnValue:
    """Nothing is chosen, or it was so long ago that it is forgotten; what was typed meanwhile is kept."""
    if form.validate_on_submit():
        _remember(_answers(code, begin=True) | form.answers())
    return redirect(url_for(".choose", code=code, najpierw="termin"), 303)


def _hold_longer(service: Service, answers: dict[str, Any]) -> dict[str, Any]:
    """The answers with a fresh hold, or as they were when the place cannot be kept any longer."""
    try:
        until = actions.hold(service, answers["slot"], answers["token"], clock.now())
    except Refused:
        return answers
    _remember(answers | {"until": int(until.timestamp())})
    return _answers(service.code)


@blueprint.route("/umow-rozmowe/<code>/sprawdz", methods=["GET", "POST"])
def check(code: str) -> ResponseReturnValue:
    """Every answer once more, each with a way to change it; then the booking."""
    service, answers = _service(code), _answers(code)
    if "name" not in answers or not _is_begun(answers):
        done = session.get("done", {}).get("code") == code
        return redirect(url_for(".done" if done else ".contact", code=code), 303)
    form = ConfirmForm()
    if form.validate_on_submit():
        return _confirm(service, answers)
    slot = _slot(answers)
    return render_template(
        "booking/check.html", service=service, form=form, answers=answers, slot=slot, until=_until(answers)
    )


def _confirm(service: Service, answers: dict[str, Any]) -> ResponseReturnValue:
    try:
        receipt = actions.book(_wish(service, answers), clock.now())
    except TooMany:
        raise
    except Refused as refusal:
        return _slots_page(service, SlotForm(formdata=None), refusal.status, refusal.code)
    session.pop("talk", None)
    session["done"] = {"code": service.code, "token": answers["token"]}
    session["mine"] = receipt.booking_id
    return redirect(url_for(".done", code=service.code), 303)


def _wish(service: Service, answers: dict[str, Any]) -> actions.Wish:
    return actions.Wish(
        service_id=service.id,
        slot_id=answers.get("slot"),
        name=answers["name"],
        channel=answers["channel"],
        contact=normalised(answers["channel"], answers["contact"]),
        rules=contact_rules(answers),
        needs=tuple(answers.get("needs", [])),
        other_need=answers.get("other", ""),
        language=language(),
        form_token=answers["token"],
        hold_token=answers["token"],
        source=_source(),
        begun_at=datetime.fromtimestamp(answers["begun"], UTC),
    )


def _source() -> str:
    """Where the request comes from, as a hash; nothing where nobody counts."""
    return limits.source_of(request.remote_addr or "") if current_app.config["LIMITS"] else ""


@blueprint.get("/umow-rozmowe/<code>/potwierdzenie")
def done(code: str) -> ResponseReturnValue:
    """Reference and PIN, when and where; shown again on reload while the session lasts (R53)."""
    service = _service(code)
    kept = session.get("done", {})
    receipt = actions.receipt_of(kept["token"]) if kept.get("code") == code else None
    if receipt is None:
        return redirect(url_for(".start", code=code), 303)
    booking = _booking(receipt.booking_id)
    return render_template(
        "booking/done.html",
        service=service,
        receipt=receipt,
        booking=booking,
        slot=booking.slot,
        is_down=booking.person is not None and troubled_since(booking.person.channel, clock.now()),
    )


def _slots_page(service: Service, form: SlotForm, status: int, trouble: str = "") -> ResponseReturnValue:
    """The week that was asked for, or the first one with room; after a lost race, the one nearest to the lost slot."""
    answers = _answers(service.code)
    chosen = form.slot.data or answers.get("slot")
    shown = week_of(
        service,
        clock.now(),
        asked=request.args.get("tydzien"),
        chosen=chosen,
        holder=answers.get("token"),
        interpreter=any(need in INTERPRETERS for need in answers.get("needs", [])),
    )
    page = render_template(
        "booking/slots.html",
        service=service,
        form=form,
        trouble=trouble,
        shown=shown,
        chosen=chosen,
        answers=answers,
    )
    return page, status


def _service(code: str) -> Service:
    """The service, if it takes bookings; the page of one that does not says so and names the phone."""
    service = service_called(code) or abort(404)
    return service if service.is_open else abort(redirect(url_for(".start", code=code), 303))


def _answers(code: str, *, begin: bool = False) -> dict[str, Any]:
    """The answers given so far for this kind of talk."""
    answers: dict[str, Any] = session.get("talk", {})
    if answers.get("code") == code:
        return answers
    if not begin:
        return {}
    return {"code": code, "token": secrets.token_urlsafe(24), "begun": int(clock.now().timestamp())}


def go_on_with(service: Service, answers: dict[str, Any], token: str) -> None:
    """Begin a booking with answers that were given elsewhere, so that only the time is left to choose; `token` makes it one
    booking."""
    begun = {"code": service.code, "token": token, "begun": int(clock.now().timestamp())}
    _remember(answers | begun)


def _remember(answers: dict[str, Any]) -> None:
    session["talk"] = answers


def _is_begun(answers: dict[str, Any]) -> bool:
    """Whether a slot was chosen, or the waiting list."""
    return "slot" in answers or "waits" in answers


def _slot(answers: dict[str, Any]) -> Slot | None:
    """The chosen slot; None for the waiting list."""
    return (slot_shown(answers["slot"]) or abort(404)) if "slot" in answers else None


def _until(answers: dict[str, Any]) -> datetime | None:
    """When the hold ends, or None when it has ended or there is none."""
    until = datetime.fromtimestamp(answers.get("until", 0), UTC)
    return until if "slot" in answers and until > clock.now() else None


def _booking(booking_id: int) -> Booking:
    return booking_numbered(booking_id) or abort(404)
