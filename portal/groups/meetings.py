"""What staff do with the meetings of a group: plan them, move one, call one off, and note who came."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, exists, func, select
from sqlalchemy.exc import IntegrityError

from portal.accounts.audit import record
from portal.accounts.models import Account
from portal.booking.offering import closed_days
from portal.booking.series import Plan
from portal.db import action, at_version, db, violated
from portal.errors import Refused
from portal.groups.models import Attendance, Meeting, Participant
from portal.groups.planning import Weekly, plan, span_at, why_not
from portal.programmes.models import Edition


@dataclass(frozen=True)
class Mark:
    """What a sheet says of one person; `minutes` is None for the whole meeting of somebody who was present."""

    state: str
    minutes: int | None = None


@action
def plan_meetings(
    edition_id: int, version: int, weekly: Weekly, office_id: int, by: Account, now: datetime
) -> Plan:
    """Plan the meetings that the edition still needs, as many as its programme has, on days on which it has none yet.

    Raises `NotFound`; `Refused`: `changed` since `version` was read, `planned` when none is missing, `nothing` when no day
    can be found.
    """
    edition = at_version(Edition, edition_id, version)
    planned = (Meeting.edition_id == edition_id, Meeting.status == "planned")
    count = edition.programme.meetings - (db.session.scalar(select(func.count()).where(*planned)) or 0)
    if count <= 0:
        raise Refused("planned")
    taken = frozenset(db.session.scalars(select(Meeting.day).where(*planned)))
    closed = closed_days(office_id, weekly.first_on, weekly.last_day(count + len(taken)))
    made = plan(weekly, count, closed | taken)
    made.skipped = [skipped for skipped in made.skipped if skipped.wall.date() not in taken]
    if len(made.spans) < count:
        raise Refused("nothing")
    for span in made.spans:
        meeting = Meeting(
            edition_id=edition_id,
            office_id=office_id,
            starts_at=span.starts_at,
            ends_at=span.ends_at,
            day=span.day,
        )
        db.session.add(meeting)
    record(by, "meetings_planned", "edition", edition_id, now)
    return made


def _open(meeting_id: int, version: int) -> Meeting:
    """The meeting under its lock, about to change."""
    meeting = at_version(Meeting, meeting_id, version)
    if meeting.status != "planned":
        raise Refused("changed")
    return meeting


def _not_held(meeting_id: int) -> None:
    if db.session.scalar(select(exists().where(Attendance.meeting_id == meeting_id))):
        raise Refused("held")


def move_meeting(
    meeting_id: int, version: int, wall: datetime, office_id: int, by: Account, now: datetime
) -> Meeting:
    """Another day or hour (as clocks in Poland show it) or place for a meeting; it lasts as long as before.

    Raises `NotFound`; `Refused`: `changed` since `version` was read, `held` when its sheet is begun, `closure`, `holiday`,
    `missing_hour`, `overlap` when the group meets on that day already.
    """
    try:
        return _move(meeting_id, version, wall, office_id, by, now)
    except IntegrityError as error:
        if violated(error) != "uq_group_meeting_day":
            raise
        raise Refused("overlap") from None


@action
def _move(
    meeting_id: int, version: int, wall: datetime, office_id: int, by: Account, now: datetime
) -> Meeting:
    meeting = _open(meeting_id, version)
    _not_held(meeting_id)
    reason = why_not(wall, closed_days(office_id, wall.date(), wall.date()))
    if reason:
        raise Refused(reason)
    span = span_at(wall, meeting.minutes)
    meeting.starts_at, meeting.ends_at, meeting.day = span.starts_at, span.ends_at, span.day
    meeting.office_id = office_id
    record(by, "meeting_moved", "meeting", meeting_id, now)
    db.session.flush()
    return meeting


@action
def call_off(meeting_id: int, version: int, by: Account, now: datetime) -> Meeting:
    """Call a meeting off; the plan is one short until another is planned.

    Raises `NotFound`; `Refused`: `changed`, `held` when its sheet is begun.
    """
    meeting = _open(meeting_id, version)
    _not_held(meeting_id)
    meeting.status = "called_off"
    record(by, "meeting_called_off", "meeting", meeting_id, now)
    return meeting


@action
def save_sheet(meeting_id: int, version: int, marks: dict[int, Mark], by: Account, now: datetime) -> Meeting:
    """Note who came, by participant; who is not among the marks keeps theirs.

    Raises `NotFound`; `Refused`: `changed` since `version` was read, `too_early` before the meeting has begun, `minutes` for
    more than it lasts.
    """
    meeting = _open(meeting_id, version)
    if meeting.starts_at > now:
        raise Refused("too_early")
    here = select(Participant).where(Participant.edition_id == meeting.edition_id, Participant.id.in_(marks))
    people = [person for person in db.session.scalars(here) if person.was_in(meeting.day)]
    if len(people) != len(marks):
        raise Refused("changed")
    mine = (Attendance.meeting_id == meeting_id, Attendance.participant_id.in_(marks))
    db.session.execute(delete(Attendance).where(*mine), execution_options={"synchronize_session": "fetch"})
    for participant_id, mark in marks.items():
        minutes = (mark.minutes or meeting.minutes) if mark.state == "present" else 0
        if minutes > meeting.minutes:
            raise Refused("minutes")
        kept = Attendance(
            meeting_id=meeting_id, participant_id=participant_id, state=mark.state, minutes=minutes
        )
        db.session.add(kept)
    record(by, "attendance_saved", "meeting", meeting_id, now)
    return meeting
