"""One's own request for accessibility: number and PIN open it, nothing else does."""

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.access_requests import actions
from portal.access_requests.models import AccessRequest, request_numbered
from portal.booking.forms import NumberForm
from portal.booking.proving import proved_by
from portal.errors import Refused
from portal.web.forms import VersionForm

blueprint = Blueprint("mine", __name__, url_prefix="/moj-wniosek")


@blueprint.route("", methods=["GET", "POST"])
def find() -> ResponseReturnValue:
    """Number and PIN open a request; every wrong pair gets the same answer."""
    form = NumberForm()
    if proved_by(form, actions.prove, "access_request", _("We know no request with this number and PIN")):
        return redirect(url_for(".show"), 303)
    return render_template("access_requests/find.html", form=form), form.status


@blueprint.get("/stan")
def show() -> ResponseReturnValue:
    """How it stands, with its days and our answer."""
    row = _mine()
    return _page(row) if row else _to_proof()


@blueprint.route("/wycofaj", methods=["GET", "POST"])
def withdraw() -> ResponseReturnValue:
    """Ask once, then end it. No reason is asked for."""
    row = _mine()
    if row is None:
        return _to_proof()
    if not row.is_open or row.person is None:
        return redirect(url_for(".show"), 303)
    form = VersionForm(version=row.version)
    if not form.validate_on_submit():
        return render_template("access_requests/withdraw.html", row=row, form=form), form.status
    try:
        actions.withdraw(row.id, form.version.data, clock.now())
    except Refused as refusal:
        return _page(row, changed=True), refusal.status
    return redirect(url_for(".show"), 303)


@blueprint.post("/zamknij")
def close() -> ResponseReturnValue:
    """Forget the proof, for those who share a phone."""
    session.pop("access_request", None)
    session.pop("access_asked", None)
    return redirect(url_for("front.home"), 303)


def _page(row: AccessRequest, *, changed: bool = False) -> str:
    fresh = request_numbered(row.id) or row
    today = clock.day_of(clock.now())
    return render_template("access_requests/mine.html", row=fresh, changed=changed, today=today)


def _to_proof() -> ResponseReturnValue:
    return redirect(url_for(".find", najpierw="kod"), 303)


def _mine() -> AccessRequest | None:
    request_id = session.get("access_request")
    return request_numbered(request_id) if request_id else None
