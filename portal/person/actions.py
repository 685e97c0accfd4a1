"""One person: everything that is kept about them, as one file, and its erasure (S72; art. 15 and 17 GDPR).

What other people have said about somebody is theirs (art. 15(4), T16), and notes of staff may quote it: they are named, not
handed over. Two people may share a contact, so records are erased or handed over one reference at a time.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update

from portal.access_requests import actions as access_requests
from portal.access_requests.models import AccessRequest, AccessRequestPerson
from portal.accounts.audit import record
from portal.accounts.models import Account, AuditEntry
from portal.booking import actions as booking
from portal.booking import codes
from portal.booking.forms import normalised
from portal.booking.models import Booking, BookingEvent, BookingPerson
from portal.conflicts import actions as conflicts
from portal.conflicts.models import kin_of_marked
from portal.crypto import Sealed, Unreadable, digest
from portal.db import action, db, rows
from portal.erasures import note_erased
from portal.foster import actions as enquiries
from portal.foster.models import Enquiry, EnquiryPerson
from portal.groups import actions as groups
from portal.groups.models import Attendance, Certificate, IndividualMeeting, Participant
from portal.outbox.models import Message, messages_about

KINDS: dict[str, Any] = {"booking": Booking, "enquiry": Enquiry, "access_request": AccessRequest}
PEOPLE: dict[str, Any] = {
    "booking": BookingPerson,
    "enquiry": EnquiryPerson,
    "access_request": AccessRequestPerson,
}
HELD_BACK = ("outcome_note", "note")  # of staff: they may say what others have said
NOT_KEPT_HERE = ("contact_fingerprint", "form_hash", "pin_hash", "talk_hash", "source_hash", "version")
NOTHING_OPENS = "0" * 64

Facts = dict[str, Any]


@dataclass(frozen=True)
class Record:
    """One record of a person: its kind as in the audit log, its number, and what the person knows it by."""

    kind: str
    row_id: int
    reference: str
    initials: str


def found(typed: str) -> list[Record]:
    """The records behind a reference, with those that belong to them, or behind a contact (e-mail or phone), however it was typed."""
    if "@" not in typed and (of_reference := _by_reference(codes.read_reference(typed))):
        return of_reference
    contact = normalised("email" if "@" in typed else "phone", typed)
    return _by_contact(contact) if contact else []


def belonging_to(kind: str, row_id: int) -> list[Record]:
    """A record with those that belong to it, as an enquiry and its talk do, itself first; nothing when there is none."""
    row = db.session.get(KINDS[kind], row_id) if kind in KINDS else None
    return _by_reference(row.reference) if row else []


def is_erased(one: Record) -> bool:
    """Whether the person of a record has been erased."""
    return db.session.get(PEOPLE[one.kind], one.row_id) is None


def with_same_contact(records: Sequence[Record]) -> list[Record]:
    """Other records whose people gave the contact of the first of these: the same person, or somebody of the same household."""
    person = db.session.get_one(KINDS[records[0].kind], records[0].row_id).known_person
    known = _by_contact(person.contact) if person and person.contact else []
    return [one for one in known if one not in records]


def _by_reference(reference: str) -> list[Record]:
    records = [one for kind, model in KINDS.items() for one in _records(kind, model.reference == reference)]
    for one in list(records):
        row = db.session.get(KINDS[one.kind], one.row_id)
        if isinstance(row, Enquiry) and row.talk_hash:
            records += _records("booking", Booking.form_hash == row.talk_hash)
        elif isinstance(row, Booking):
            records += _records("enquiry", Enquiry.talk_hash == row.form_hash)
    return records


def _by_contact(contact: str) -> list[Record]:
    records = []
    for kind, person in PEOPLE.items():
        (key,) = person.__table__.primary_key.columns
        theirs = select(key).where(person.has_contact(contact))
        records += _records(kind, KINDS[kind].id.in_(theirs))
    return records


def _records(kind: str, which: ColumnElement[bool]) -> list[Record]:
    model = KINDS[kind]
    rows_found = db.session.scalars(select(model).where(which).order_by(model.id)).all()
    return [
        Record(kind, row.id, row.reference, row.known_person.initials if row.known_person else "")
        for row in rows_found
    ]


# --- the copy -------------------------------------------------------------------------------------------


@action
def copy_of(records: Sequence[Record], now: datetime, by: Account | None = None) -> Facts:
    """Everything that is kept of these records, for the person; that it was copied is noted, and who of staff did it in the panel."""
    for one in records:
        record(by, "person_exported", one.kind, one.row_id, now)
    return {"made_at": now, "records": [_copy(one) for one in records]}


def _copy(one: Record) -> Facts:
    row, person = (
        db.session.get_one(KINDS[one.kind], one.row_id),
        db.session.get(PEOPLE[one.kind], one.row_id),
    )
    facts: Facts = {"record": one.kind, **_columns(row), "person": _person(person) if person else {}}
    facts["deleted_on"] = row.deleted_on if person else None
    facts["held_back"] = [name for name in HELD_BACK if person and getattr(person, f"{name}_sealed", None)]
    facts["messages"] = [
        {
            "kind": each.kind,
            "channel": each.channel,
            "state": each.state,
            "at": each.sent_at or each.created_at,
        }
        for each in messages_about(one.kind, one.row_id)
    ]
    facts["deeds"] = [
        {"at": each.at, "what": each.action, "by_staff": each.account_id is not None}
        for each in db.session.scalars(_entries(one).order_by(AuditEntry.id))
    ]
    if isinstance(row, Booking):
        facts |= _of_booking(row)
    return facts


def _entries(one: Record) -> Any:
    return select(AuditEntry).where(AuditEntry.subject == one.kind, AuditEntry.subject_id == one.row_id)


def _of_booking(row: Booking) -> Facts:
    events = select(BookingEvent).where(BookingEvent.booking_id == row.id).order_by(BookingEvent.id)
    certificates = select(Certificate).where(Certificate.booking_id == row.id).order_by(Certificate.id)
    return {
        "service": row.service.public_name,
        "slot": {"starts_at": row.slot.starts_at, "office": row.slot.office.name} if row.slot else None,
        "interpreter": _columns(row.interpreter) if row.interpreter else None,
        "events": [{"at": each.at, "what": each.what} for each in db.session.scalars(events)],
        "groups": [_of_group(each) for each in _participants(row.id)],
        "certificates": [
            {**_columns(each), "name": each.known_name} for each in db.session.scalars(certificates)
        ],
    }


def _participants(booking_id: int) -> Sequence[Participant]:
    return db.session.scalars(select(Participant).where(Participant.booking_id == booking_id)).all()


def _of_group(one: Participant) -> Facts:
    marks = select(Attendance).where(Attendance.participant_id == one.id)
    alone = select(IndividualMeeting).where(IndividualMeeting.participant_id == one.id)
    return {
        **_columns(one),
        "name": one.known_name,
        "edition": one.edition.name,
        "attendance": [
            {"day": each.meeting.day, "state": each.state, "minutes": each.minutes}
            for each in db.session.scalars(marks)
        ],
        "individual": [_columns(each) for each in db.session.scalars(alone)],
    }


def _person(person: Any) -> Facts:
    opened = {
        name: _opened(person, name) for name, value in vars(type(person)).items() if isinstance(value, Sealed)
    }
    said = {name: value for name, value in opened.items() if name not in HELD_BACK and value is not None}
    return said | _columns(person)


def _opened(person: Any, name: str) -> str | None:
    try:
        text: str | None = getattr(person, name)
    except Unreadable:
        return "?"
    return text


def _columns(row: Any) -> Facts:
    return {name: getattr(row, name) for name in columns_of(type(row)) if getattr(row, name) is not None}


def columns_of(kind: Any) -> list[str]:
    """The plain columns that are handed over: not what is sealed, not hashes, not who else is concerned."""
    names = [column.name for column in kind.__table__.columns]
    return [name for name in names if not name.endswith(("_sealed", "_id")) and name not in NOT_KEPT_HERE]


# --- the erasure ----------------------------------------------------------------------------------------


def erase(records: Sequence[Record], now: datetime, by: Account | None = None) -> None:
    """Erase who these records are about: a talk to come is cancelled without a word, nothing waits to be sent, groups keep their
    hours without a name, and neither reference nor PIN opens anything. Numbers for the statistics stay."""
    kin = kin_of_marked()
    for one in records:
        _erase(one, now, by)
    conflicts.forget(kin)


@action
def _erase(one: Record, now: datetime, by: Account | None) -> None:
    for participant in _participants(one.row_id) if one.kind == "booking" else ():
        groups.erase_participant(participant.id)
    if one.kind == "booking":
        for number in db.session.scalars(select(Certificate.id).where(Certificate.booking_id == one.row_id)):
            groups.erase_certificate(number)
    note_erased(one.kind, one.row_id)
    AGAIN[one.kind](one.row_id, now)
    unsent = or_(Message.state == "queued", Message.state == "claimed", Message.state == "failed")
    theirs = (Message.about == one.kind, Message.about_id == one.row_id, unsent)
    rows(update(Message).where(*theirs).values(state="suppressed", problem=None, lease_until=None))
    model = KINDS[one.kind]
    unknown = {"reference": codes.new_reference(), "pin_hash": NOTHING_OPENS}
    unknown["form_hash"] = digest(secrets.token_urlsafe())
    rows(update(model).where(model.id == one.row_id).values(unknown))
    record(by, "person_erased", one.kind, one.row_id, now)


AGAIN: dict[str, Callable[[int, datetime], None]] = {
    "booking": booking.erase_again,
    "enquiry": enquiries.erase_again,
    "access_request": access_requests.erase_again,
    "participant": lambda row_id, _now: groups.erase_participant(row_id),
    "certificate": lambda row_id, _now: groups.erase_certificate(row_id),
}  # how each kind in the journal of erasures is erased, also after a backup was restored
