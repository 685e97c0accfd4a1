"""The two certificates: that somebody reported for a programme, and that they completed it.

A regulation (Dz.U. 2023 poz. 1164) has templates for both. Their wording was not readable to us, so ours is plain and has
to be checked; what a certificate says comes from recorded facts only, and while one is missing there is none.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from portal import clock
from portal.accounts.audit import record
from portal.accounts.models import Account
from portal.booking.models import Booking, booking_numbered
from portal.db import action, db
from portal.errors import NotFound, Refused
from portal.groups.models import (
    Certificate,
    Participant,
    certificates_of,
    individual_meetings_of,
    marks_of,
    participant_of_booking,
)
from portal.programmes.models import Programme


@dataclass(frozen=True)
class Facts:
    """What is recorded, and by codes what is not: `programme`, `attended`, `name`, `group`, `left`, `hours`, `individual`.
    `minutes` are those of group meetings."""

    kind: str
    booking: Booking
    participant: Participant | None
    programme: Programme | None
    name: str
    days: tuple[date, ...]
    minutes: int
    individual: int
    missing: tuple[str, ...]


def facts(kind: str, booking_id: int) -> Facts:
    """What the records say of this person for this kind of certificate. Raises `NotFound`."""
    booking = booking_numbered(booking_id)
    if booking is None or booking.slot is None:
        raise NotFound
    participant = participant_of_booking(booking_id)
    marks = [mark for mark in marks_of(participant.id) if mark.minutes] if participant else []
    days = tuple(mark.meeting.day for mark in marks) if kind == "completion" else (booking.slot.day,)
    found = Facts(
        kind=kind,
        booking=booking,
        participant=participant,
        programme=booking.service.programme,
        name=_name(booking, participant),
        days=days,
        minutes=sum(mark.minutes for mark in marks),
        individual=len(individual_meetings_of(participant.id)) if participant else 0,
        missing=(),
    )
    gaps = _gaps_of_reporting(found) | (_gaps_of_completion(found) if kind == "completion" else {})
    return Facts(**vars(found) | {"missing": tuple(code for code, is_missing in gaps.items() if is_missing)})


def _name(booking: Booking, participant: Participant | None) -> str:
    if participant is not None:
        return participant.known_name
    return booking.known_person.name if booking.known_person else ""


def _gaps_of_reporting(found: Facts) -> dict[str, bool]:
    return {
        "programme": found.programme is None,
        "attended": found.booking.status != "attended",
        "name": not found.name,
    }


def _gaps_of_completion(found: Facts) -> dict[str, bool]:
    programme, participant = found.programme, found.participant
    if programme is None or participant is None:
        return {"group": True}
    return {
        "left": participant.left_on is not None,
        "hours": found.minutes < programme.required_minutes,
        "individual": found.individual < programme.individual_meetings,
    }


@action
def issue(kind: str, booking_id: int, name: str, by: Account, now: datetime) -> Certificate:
    """Make a certificate ready to print, on this name as staff have read it on a document; who did so is noted. Asked for
    once more on the same day, it is the same one.

    Raises `NotFound`; `Refused("facts")` while a fact is missing.
    """
    db.session.execute(select(Booking.id).where(Booking.id == booking_id).with_for_update())  # a double click
    found = facts(kind, booking_id)
    if found.missing:
        raise Refused("facts")
    is_completion = kind == "completion"
    certificate = Certificate(
        kind=kind,
        booking_id=booking_id,
        participant_id=found.participant.id if found.participant and is_completion else None,
        first_on=found.days[0],
        last_on=found.days[-1],
        minutes=found.minutes if is_completion else 0,
        issued_at=now,
        account_id=by.id,
    )
    return _made_today(certificate, name) or _make(certificate, name, by)


def _made_today(wanted: Certificate, name: str) -> Certificate | None:
    """The certificate that says the same and was made on the same day, if there is one."""
    what = _says(wanted)
    made = certificates_of(wanted.booking_id)
    return next((one for one in made if _says(one) == what and one.known_name == name), None)


def _says(certificate: Certificate) -> tuple[object, ...]:
    facts = certificate.kind, certificate.first_on, certificate.last_on, certificate.minutes
    return *facts, clock.day_of(certificate.issued_at)


def _make(certificate: Certificate, name: str, by: Account) -> Certificate:
    db.session.add(certificate)
    db.session.flush()
    certificate.name = name
    record(by, f"certificate_of_{certificate.kind}", "certificate", certificate.id, certificate.issued_at)
    return certificate
