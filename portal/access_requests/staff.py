"""Requests for accessibility as staff answer them. Lists show initials only; opening a card is noted (S59, S60)."""

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.access_requests import actions
from portal.access_requests.forms import ExtendForm, ReplyForm
from portal.access_requests.models import ended_requests, open_requests, request_numbered
from portal.accounts.audit import record
from portal.accounts.models import deeds_on
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.errors import Refused
from portal.outbox.models import messages_about
from portal.web.forms import VersionForm

blueprint = Blueprint("access_requests", __name__, url_prefix="/wnioski-dostepnosc")


@blueprint.get("")
@needs("access_requests.manage")
def index() -> ResponseReturnValue:
    """What waits for an answer, the most urgent first; or what has ended."""
    has_ended = request.args.get("stan") == "zakonczone"
    rows = ended_requests() if has_ended else open_requests()
    today = clock.day_of(clock.now())
    return render_template("access_requests/staff/index.html", rows=rows, has_ended=has_ended, today=today)


@blueprint.get("/<int:request_id>")
@needs("access_requests.manage")
def card(request_id: int) -> ResponseReturnValue:
    """One request in full; reading it is noted."""
    return _card(request_id)


@blueprint.route("/<int:request_id>/przedluz", methods=["GET", "POST"])
@needs("access_requests.manage")
def extend(request_id: int) -> ResponseReturnValue:
    """Say that it takes longer, until when and why."""
    form = ExtendForm()
    return _do(
        request_id,
        form,
        lambda: actions.extend(
            request_id,
            form.version.data,
            form.until.data,
            form.reason.data,
            by=the_account(),
            now=clock.now(),
            language=form.reason_language.data,
        ),
        _("The new day has been noted."),
    )


@blueprint.route("/<int:request_id>/odpowiedz", methods=["GET", "POST"])
@needs("access_requests.manage")
def reply(request_id: int) -> ResponseReturnValue:
    """Answer the request."""
    form = ReplyForm()
    return _do(
        request_id,
        form,
        lambda: actions.answer(
            request_id,
            form.version.data,
            form.outcome.data,
            form.words.data,
            form.instead.data or "",
            by=the_account(),
            now=clock.now(),
            language=form.words_language.data,
        ),
        _("The answer has been noted."),
    )


def _do(request_id: int, form: VersionForm, deed: Callable[[], object], done: str) -> ResponseReturnValue:
    request_numbered(request_id) or abort(404)
    if not form.validate_on_submit():
        return _card(request_id, wrong=form), form.status
    try:
        deed()
    except Refused as refusal:
        return _card(request_id, refusal.code, form), refusal.status
    flash(done)
    return redirect(url_for(".card", request_id=request_id), 303)


def _card(request_id: int, trouble: str = "", wrong: VersionForm | None = None) -> str:
    """The card as it is now; `wrong` is the form that was refused, `trouble` why."""
    now, row = clock.now(), request_numbered(request_id) or abort(404)
    record(the_account(), "access_request_read", "access_request", request_id, now)
    return render_template(
        "access_requests/staff/card.html",
        row=row,
        trouble=trouble,
        wrong=wrong,
        extend=wrong if isinstance(wrong, ExtendForm) else ExtendForm(formdata=None),
        reply=wrong if isinstance(wrong, ReplyForm) else ReplyForm(formdata=None),
        history=deeds_on("access_request", request_id),
        messages=messages_about("access_request", request_id),
        today=clock.day_of(now),
    )
