"""The list of what waits for staff: who does what, what is done, and taking that back."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.models import colleagues
from portal.accounts.permissions import PERMISSIONS, needs
from portal.accounts.session import the_account
from portal.booking import tasks
from portal.booking.desk_forms import TaskForm
from portal.booking.models import are_there
from portal.errors import NotFound, Refused
from portal.web.forms import ConfirmForm, choices

blueprint = Blueprint("todo", __name__, url_prefix="/zadania")


@blueprint.route("", methods=["GET", "POST"])
@needs("bookings.read")
def index() -> ResponseReturnValue:
    """All tasks or one's own; posting gives one to somebody."""
    form = _form()
    if form.validate_on_submit():
        are_there([form.booking.data]) or abort(404)
        able = {account.id: account for account in colleagues(PERMISSIONS["bookings.read"])}
        to = able.get(form.to_id) if form.to_id else None
        try:
            tasks.assign(form.key, to, by=the_account(), now=clock.now())
        except (Refused, NotFound):
            return _page(form, "changed"), 409
        return redirect(_back(), 303)
    return _page(form), form.status


@blueprint.post("/zrobione")
@needs("bookings.read")
def finish() -> ResponseReturnValue:
    """A hint has been read."""
    form = _form()
    if form.validate_on_submit():
        are_there([form.booking.data]) or abort(404)
        try:
            tasks.finish(form.key, by=the_account(), now=clock.now())
        except (Refused, NotFound):
            return _page(form, "changed"), 409
        flash(_("Done. Below you can take it back."))
    return redirect(_back(), 303)


@blueprint.post("/cofnij/<int:mark_id>")
@needs("bookings.read")
def reopen(mark_id: int) -> ResponseReturnValue:
    """Something was not done after all."""
    if ConfirmForm().validate_on_submit():
        if mark_id not in {mark.id for mark in tasks.done_lately(clock.now())}:
            return _page(_form(), "changed"), 409
        try:
            tasks.reopen(mark_id, by=the_account(), now=clock.now())
        except Refused:
            return _page(_form(), "changed"), 409
        flash(_("It waits again."))
    return redirect(url_for(".index"), 303)


def _form() -> TaskForm:
    form = TaskForm()
    able = colleagues(PERMISSIONS["bookings.read"])
    form.to.choices = choices([("", _("nobody yet")), *((str(account.id), account.name) for account in able)])
    return form


def _back() -> str:
    """Where the task was taken from: the first page or the list."""
    is_from_today = request.args.get("z") == "dzis"
    return (
        url_for("panel.dashboard.today")
        if is_from_today
        else url_for(".index", moje=request.args.get("moje"))
    )


def _page(form: TaskForm, trouble: str = "") -> str:
    now, mine = clock.now(), bool(request.args.get("moje"))
    found = tasks.open_tasks(now)
    shown = [task for task in found if task.assignee == the_account()] if mine else found
    return render_template(
        "booking/staff/tasks.html",
        tasks=shown,
        mine=mine,
        done=tasks.done_lately(now),
        form=form,
        trouble=trouble,
        now=now,
        today=clock.day_of(now),
    )
