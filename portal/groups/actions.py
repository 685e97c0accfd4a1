"""What staff do with an edition and its group: set it up, take people in and let them go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import exists, func, or_, select, update

from portal import clock
from portal.accounts.audit import record
from portal.accounts.models import Account
from portal.booking.models import Booking
from portal.db import action, at_version, db, refuse_again, rows
from portal.erasures import note_erased
from portal.errors import Refused
from portal.groups.models import (
    Attendance,
    Certificate,
    IndividualMeeting,
    Meeting,
    Participant,
    candidates,
)
from portal.programmes.models import Edition
from portal.retention import PROGRAMME


@dataclass(frozen=True)
class EditionTerms:
    """What staff say of an edition."""

    name: str
    starts_on: date
    intake_until: date
    intake_from: date | None = None


@action
def create_edition(programme_id: int, terms: EditionTerms, by: Account, now: datetime) -> Edition:
    """A new run of a programme; residents see it at once."""
    facts = {"programme_id": programme_id, **vars(terms)}
    refuse_again(Edition, facts)
    edition = Edition(**facts)
    db.session.add(edition)
    db.session.flush()
    record(by, "edition_created", "edition", edition.id, now)
    return edition


@action
def revise_edition(edition_id: int, version: int, terms: EditionTerms, by: Account, now: datetime) -> Edition:
    """Other terms. Raises `NotFound`; `Refused("changed")` since `version` was read."""
    edition = at_version(Edition, edition_id, version)
    for name, value in vars(terms).items():
        setattr(edition, name, value)
    record(by, "edition_changed", "edition", edition_id, now)
    return edition


@action
def take_in(
    edition_id: int, version: int, booking_ids: Sequence[int], joined_on: date, by: Account, now: datetime
) -> int:
    """Take people into the group whose talk has qualified them, all or none; answers how many.

    Raises `NotFound`; `Refused`: `changed` since `version` was read (also when one of them is in a group already or no
    longer qualified), `full` when the programme's largest group would be exceeded, `erased` when a name is gone,
    `before_talk` when somebody would have joined before the talk that qualified them.
    """
    edition, chosen = at_version(Edition, edition_id, version), set(booking_ids)
    here = select(func.count()).where(Participant.edition_id == edition_id, Participant.left_on.is_(None))
    if (db.session.scalar(here) or 0) + len(chosen) > edition.programme.group_max:
        raise Refused("full")
    waiting = [booking for booking in candidates(edition.programme_id) if booking.id in chosen]
    if len(waiting) != len(chosen):
        raise Refused("changed")
    for booking in waiting:
        _take_in(edition_id, booking, joined_on, by, now)
    return len(waiting)


def _take_in(edition_id: int, booking: Booking, joined_on: date, by: Account, now: datetime) -> None:
    if booking.known_person is None:
        raise Refused("erased")
    _not_before_talk(booking, joined_on)
    participant = Participant(edition_id=edition_id, booking_id=booking.id, joined_on=joined_on)
    db.session.add(participant)
    db.session.flush()
    participant.name = booking.known_person.name
    record(by, "participant_taken_in", "participant", participant.id, now)


def _not_before_talk(booking: Booking, day: date) -> None:
    if booking.slot and day < booking.slot.day:
        raise Refused("before_talk")


@action
def rename(participant_id: int, version: int, name: str, by: Account, now: datetime) -> Participant:
    """The name for documents, as staff have read it on one. Raises `NotFound`; `Refused("changed")`."""
    participant = at_version(Participant, participant_id, version)
    participant.name = name
    record(by, "participant_renamed", "participant", participant_id, now)
    return participant


@action
def leave(
    participant_id: int, version: int, left_on: date, reason: str, by: Account, now: datetime
) -> Participant:
    """End somebody's part in the group; what was recorded stays, and their place is free.

    Raises `NotFound`; `Refused`: `changed`, `gone` (has left already), `order` (before joining or after today),
    `recorded` (a later sheet marks them as present).
    """
    participant = at_version(Participant, participant_id, version)
    if participant.left_on is not None:
        raise Refused("gone")
    if not participant.joined_on <= left_on <= clock.day_of(now):
        raise Refused("order")
    later = select(Attendance.meeting_id).join(Attendance.meeting)
    later = later.where(Attendance.participant_id == participant_id, Attendance.minutes > 0)
    if db.session.scalar(later.where(Meeting.day > left_on).limit(1)):
        raise Refused("recorded")
    participant.left_on, participant.left_reason = left_on, reason
    record(by, "participant_left", "participant", participant_id, now)
    return participant


@action
def put_back(participant_id: int, version: int, by: Account, now: datetime) -> None:
    """Undo that somebody was taken in, as if it had not been: they wait again.

    Raises `NotFound`; `Refused`: `changed`, `recorded` when anything is recorded of them.
    """
    participant = at_version(Participant, participant_id, version)
    for kind in (Attendance, IndividualMeeting, Certificate):
        if db.session.scalar(select(exists().where(kind.participant_id == participant_id))):
            raise Refused("recorded")
    db.session.delete(participant)
    record(by, "participant_put_back", "participant", participant_id, now)


@action
def note_individual(
    participant_id: int, version: int, held_on: date, minutes: int, by: Account, now: datetime
) -> Participant:
    """A meeting in private that took place, in minutes.

    Raises `NotFound`; `Refused`: `changed`, `future`, `before_talk` when it would lie before the talk that qualified them.
    """
    participant = at_version(Participant, participant_id, version)
    if held_on > clock.day_of(now):
        raise Refused("future")
    _not_before_talk(participant.booking, held_on)
    held = IndividualMeeting(participant_id=participant_id, held_on=held_on, minutes=minutes)
    db.session.add(held)
    record(by, "individual_noted", "participant", participant_id, now)
    return participant


@action
def drop_individual(
    participant_id: int, version: int, individual_id: int, by: Account, now: datetime
) -> None:
    """Take back a meeting in private that was noted by mistake. Raises `NotFound`; `Refused("changed")`."""
    at_version(Participant, participant_id, version)
    held = db.session.get(IndividualMeeting, individual_id)
    if held is None or held.participant_id != participant_id:
        raise Refused("changed")
    db.session.delete(held)
    record(by, "individual_dropped", "participant", participant_id, now)


@action
def forget(now: datetime) -> int:
    """Erase the names of groups that ended, and of certificates that were printed, longer ago than the rule for programmes
    allows (R102); hours stay without a name. Answers how many."""
    cutoff = now - timedelta(days=PROGRAMME.days)
    day = clock.day_of(cutoff)
    met_since = exists().where(Meeting.edition_id == Participant.edition_id, Meeting.day >= day)
    old = select(Edition.id).where(Edition.starts_on < day)
    named = (Participant.name_sealed.is_not(None), Participant.edition_id.in_(old), ~met_since)
    people = db.session.scalars(select(Participant.id).where(*named)).all()
    for number in people:
        erase_participant(number)
    erased = exists().where(Participant.id == Certificate.participant_id, Participant.name_sealed.is_(None))
    printed = (Certificate.name_sealed.is_not(None), Certificate.issued_at < cutoff)
    lonely = or_(Certificate.participant_id.is_(None), erased)
    papers = db.session.scalars(select(Certificate.id).where(*printed, lonely)).all()
    for number in papers:
        erase_certificate(number)
    return len(people) + len(papers)


@action
def erase_participant(participant_id: int) -> None:
    """Take the name from somebody's part in a group; hours stay."""
    note_erased("participant", participant_id)
    rows(update(Participant).where(Participant.id == participant_id).values(name_sealed=None))


@action
def erase_certificate(certificate_id: int) -> None:
    """Take the name from a certificate."""
    note_erased("certificate", certificate_id)
    rows(update(Certificate).where(Certificate.id == certificate_id).values(name_sealed=None))
