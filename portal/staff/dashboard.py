"""Today: what waits for whoever is signed in."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal import clock
from portal.accounts.permissions import needs
from portal.accounts.session import may
from portal.announcements.models import all_announcements
from portal.booking.models import latest_check, not_told, open_interpreter_requests, slots_between

blueprint = Blueprint("dashboard", __name__)


@blueprint.get("")
@needs("panel.open")
def today() -> ResponseReturnValue:
    """Today's talks for those who hold them, drafts for those who write."""
    now = clock.now()
    day = clock.day_of(now)
    slots = [slot for slot in slots_between(day, day) if slot.bookings] if may("bookings.read") else []
    drafts = (
        [item for item in all_announcements() if item.state in {"draft", "changed"}]
        if may("announcements.edit")
        else []
    )
    requests = open_interpreter_requests() if may("bookings.read") else []
    return render_template(
        "staff/today.html",
        day=day,
        now=now,
        slots=slots,
        drafts=drafts,
        requests=requests,
        not_told=not_told(now) if may("bookings.read") else [],
        check=latest_check(),
    )
