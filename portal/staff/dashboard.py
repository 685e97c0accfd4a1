"""Today: what waits for whoever is signed in."""

from datetime import date, datetime
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal import clock
from portal.access_requests.models import waiting_requests
from portal.accessibility.models import review_of, statement
from portal.accounts.permissions import needs
from portal.accounts.session import may, the_account
from portal.announcements.models import unpublished
from portal.booking.models import latest_check, looking_for_a_time
from portal.booking.releasing import marks
from portal.booking.tasks import open_tasks
from portal.booking.telling import WRITTEN_CHANNELS
from portal.booking.timetable import slots_between
from portal.conflicts.forms import REASON_NAMES
from portal.conflicts.models import unseen_openings
from portal.foster.models import waiting_for_answer
from portal.outbox.models import troubled_since
from portal.staff.truth import doubts

blueprint = Blueprint("dashboard", __name__)


@blueprint.get("")
@needs("panel.open")
def today() -> ResponseReturnValue:
    """Today's talks for those who hold them, drafts for those who write."""
    now = clock.now()
    day = clock.day_of(now)
    slots = [slot for slot in slots_between(day, day) if slot.bookings] if may("bookings.read") else []
    drafts = unpublished() if may("announcements.edit") else []
    talks = _talks(now) if may("bookings.read") else {}
    return render_template(
        "staff/today.html",
        day=day,
        now=now,
        slots=slots,
        drafts=drafts,
        doubts=len(doubts(now)) if may("content.edit") else 0,
        check=latest_check(),
        review=_review(day) if may("statement.edit") else "",
        opened=unseen_openings(the_account().id) if may("accounts.manage") else [],
        reason_names=REASON_NAMES,
        asked=waiting_requests(day) if may("access_requests.manage") else (0, 0),
        waiting=waiting_for_answer(day) if may("enquiries.manage") else (0, 0),
        **talks,
    )


def _review(day: date) -> str:
    """Whether the accessibility statement waits for its yearly review (R113)."""
    in_force = statement()
    return review_of(in_force.last_review_on, day) if in_force else ""


def _talks(now: datetime) -> dict[str, Any]:
    """What bookings ask of staff, who looks for a time, and what is wrong: too many bookings, a channel that is down."""
    troubled = {channel: troubled_since(channel, now) for channel in WRITTEN_CHANNELS}
    return {
        "tasks": open_tasks(now),
        "looking": looking_for_a_time(),
        "marked": marks(now),
        "troubled": {channel: since for channel, since in troubled.items() if since},
    }
