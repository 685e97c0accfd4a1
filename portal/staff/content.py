"""What editors keep besides announcements, with a way to each, and what may no longer be true."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.benefits.models import Benefit
from portal.changes.models import note_checked
from portal.db import db
from portal.pages.models import Page
from portal.programmes.models import Programme
from portal.staff.truth import doubts
from portal.web.forms import Form

blueprint = Blueprint("content", __name__, url_prefix="/tresc")

KINDS: dict[str, type[Page | Benefit | Programme]] = {
    "strona": Page,
    "swiadczenie": Benefit,
    "program": Programme,
}


@blueprint.get("")
@needs("content.edit")
def index() -> ResponseReturnValue:
    """Everything that can be edited."""
    return render_template("staff/content.html", doubts=len(doubts(clock.now())))


@blueprint.get("/do-sprawdzenia")
@needs("content.edit")
def to_check() -> ResponseReturnValue:
    """What may no longer be true, and where to mend it."""
    return render_template("staff/to_check.html", doubts=doubts(clock.now()))


@blueprint.post("/do-sprawdzenia/<item>/<int:row_id>")
@needs("content.edit")
def checked(item: str, row_id: int) -> ResponseReturnValue:
    """It is still right, in one click."""
    row = db.session.get(KINDS.get(item) or abort(404), row_id) or abort(404)
    if Form().validate_on_submit():
        note_checked(type(row), row_id, by=the_account(), now=clock.now())
        flash(_("Noted: checked today."))
    return redirect(url_for(".to_check"), 303)
