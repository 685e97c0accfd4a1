"""Nobody passes who may not: every staff page is closed unless it names a permission that the role holds (S55), and who tries is
noted (R103)."""

from flask import Blueprint, abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.accounts.audit import record
from portal.accounts.keeping import put_back, see_it_through, way_back
from portal.accounts.permissions import SIGNED_OUT
from portal.accounts.session import current_account, may, the_account
from portal.conflicts import veil
from portal.conflicts.models import hidden_from


def staff_area(*rooms: Blueprint) -> Blueprint:
    """The blueprint at /panel with the features' staff pages nested in it."""
    panel = Blueprint("panel", __name__, url_prefix="/panel")
    panel.before_request(_keep_out)
    panel.after_request(see_it_through)
    for room in rooms:
        panel.register_blueprint(room)
    return panel


def _keep_out() -> ResponseReturnValue | None:
    view = current_app.view_functions[request.endpoint or ""]
    permission = getattr(view, "permission", None)
    if permission == SIGNED_OUT:
        return None
    if current_account() is None:
        return redirect(url_for("panel.accounts.sign_in", next=way_back()), 303)
    put_back()
    if permission is None or not may(permission):
        record(the_account(), "refused", (request.endpoint or "").removeprefix("panel."), None, clock.now())
        abort(403)
    veil.draw(hidden_from(the_account().id, clock.now()))
    if veil.is_hidden(request.view_args or {}):
        abort(404)
    return None
