"""Who has read or changed what is kept of one person: a paper for them, made from the audit log (S62)."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from portal import clock
from portal.accounts.audit import record
from portal.accounts.models import entries_about, newest_entries
from portal.accounts.permissions import ROLE_NAMES, needs
from portal.accounts.session import the_account

blueprint = Blueprint("log", __name__, url_prefix="/dziennik")

OF_PEOPLE = ("booking", "enquiry", "access_request", "participant", "certificate")
READING = ("_read", "_listed", "_exported")  # on a card of its own, on a list with others, in a copy


@blueprint.get("")
@needs("audit.read")
def index() -> ResponseReturnValue:
    """The newest deeds, and what `portal audit verify` is for."""
    return render_template("accounts/staff/log.html", entries=newest_entries(), role_names=ROLE_NAMES)


@blueprint.get("/<kind>/<int:subject_id>")
@needs("audit.read")
def about(kind: str, subject_id: int) -> ResponseReturnValue:
    """Every look and every change, with day, hour and who; never what was read. Making the paper is noted too."""
    if kind not in OF_PEOPLE:
        abort(404)
    entries = entries_about(kind, subject_id) or abort(404)
    record(the_account(), "readers_listed", kind, subject_id, clock.now())
    return render_template(
        "accounts/staff/readers.html",
        entries=entries,
        role_names=ROLE_NAMES,
        reading=READING,
        now=clock.now(),
    )
