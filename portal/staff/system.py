"""How the portal is: its release, its database, what waits. Numbers only, for whoever looks after the machine (S58, S74)."""

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from portal import clock
from portal.accounts.audit import sealed_until
from portal.accounts.permissions import needs
from portal.booking.models import latest_check
from portal.db import db, revision
from portal.outbox.models import counts

blueprint = Blueprint("system", __name__, url_prefix="/system")


@blueprint.get("")
@needs("system.read")
def show() -> ResponseReturnValue:
    """One page; what is wrong in detail, and how to mend it, says `portal doctor` on the machine."""
    return render_template(
        "staff/system.html",
        release=current_app.config["RELEASE"],
        database=db.engine.dialect.name,
        revision=revision(),
        messages=counts(clock.now()),
        check=latest_check(),
        sealed_until=sealed_until(),
    )
