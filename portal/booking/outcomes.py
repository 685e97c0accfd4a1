"""What became of a talk: whether the person came, what it led to, and who noted or corrected that."""

from dataclasses import dataclass
from datetime import datetime

from portal.accounts.models import Account
from portal.booking.models import Booking
from portal.booking.places import change, locked
from portal.booking.telling import note
from portal.db import action
from portal.errors import Refused

NOTED = ("attended", "no_show")


@dataclass(frozen=True)
class Outcome:
    """`status` is `attended` or `no_show`; only a talk that took place has a `result`. Who changes what was noted
    before gives the code of a `reason` (`models.CORRECTIONS`)."""

    status: str
    result: str | None = None
    note: str = ""
    reason: str | None = None


@action
def note_outcome(booking_id: int, version: int, outcome: Outcome, by: Account, now: datetime) -> Booking:
    """Say whether the person came and what the talk led to; all of it may be corrected, also taken back.

    Raises `NotFound`; `Refused`: `too_early` before the talk has begun, `ended` for a cancelled one, `reason` when a
    correction has none, `erased` for a note on somebody whose data are gone, `changed`.
    """
    booking = locked(booking_id)
    if booking.slot is None or booking.status not in {"confirmed", *NOTED}:
        raise Refused("ended")
    if booking.slot.starts_at > now:
        raise Refused("too_early")
    corrected = _corrected(booking, outcome)
    if corrected and outcome.reason is None:
        raise Refused("reason" if booking.version == version else "changed")
    before = booking.status, booking.result
    change(booking, version, status=outcome.status, result=outcome.result, ended_at=now)
    if booking.status != before[0]:
        note(outcome.status, now, booking, by, reason=outcome.reason if corrected else None)
    if booking.result != before[1]:
        note("result_noted", now, booking, by, reason=outcome.reason if corrected else None)
    if _keep_note(booking, outcome.note):
        note("note_changed", now, booking, by)
    return booking


def _corrected(booking: Booking, outcome: Outcome) -> bool:
    """Whether something that was noted would no longer be so; to add a result to a talk that had none corrects nothing."""
    other_status = booking.status in NOTED and booking.status != outcome.status
    return other_status or booking.result not in {None, outcome.result}


def _keep_note(booking: Booking, text: str) -> bool:
    """Keep the note beside the person, with whom it is erased; answers whether it is another one."""
    person = booking.known_person
    if person is None:
        if text:
            raise Refused("erased")
        return False
    if (person.outcome_note or "") == text:
        return False
    person.outcome_note = text or None
    return True
