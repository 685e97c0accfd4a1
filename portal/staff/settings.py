"""What the centre has set up: kinds of talks, places, people, rooms, closures."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal import clock
from portal.accounts.permissions import needs
from portal.booking.arrangements import closures, resources
from portal.booking.models import offices
from portal.booking.settings_forms import KINDS, SKILL_NAMES
from portal.programmes.models import all_services

blueprint = Blueprint("settings", __name__, url_prefix="/ustawienia")


@blueprint.get("")
@needs("settings.manage")
def index() -> ResponseReturnValue:
    """Everything that can be set up, with a way to each."""
    return render_template(
        "staff/settings.html",
        services=all_services(),
        offices=offices(),
        resources={kind: resources(kind) for kind in KINDS},
        closures=closures(clock.day_of(clock.now())),
        skill_names=SKILL_NAMES,
    )
