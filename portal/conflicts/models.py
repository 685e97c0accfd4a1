"""Whom a record is hidden from, and who has opened a hidden one in an emergency (S59).

A mark is about a person, not about one paper: it also hides what else the same contact belongs to, and what comes later.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from portal.access_requests.models import AccessRequest, AccessRequestPerson
from portal.accounts.models import Account
from portal.booking.models import Booking, BookingPerson
from portal.db import Model, db, one_of
from portal.foster.models import Enquiry, EnquiryPerson
from portal.retention import MARK, personal

KINDS = ("booking", "enquiry", "access_request")
REASONS = ("danger", "here_now", "asked_by_law", "other")

Record = tuple[str, int]

HEADS: dict[str, Any] = {"booking": Booking, "enquiry": Enquiry, "access_request": AccessRequest}
PEOPLE: dict[str, Any] = {
    "booking": BookingPerson.booking_id,
    "enquiry": EnquiryPerson.enquiry_id,
    "access_request": AccessRequestPerson.request_id,
}


class Conflict(Model):
    """This record does not exist for this account. `set_by` may be the same one."""

    __tablename__ = "conflict"
    __table_args__ = (
        UniqueConstraint("account_id", "kind", "subject_id", name="uq_conflict_once"),
        one_of("kind", *KINDS),
        Index("ix_conflict_about", "kind", "subject_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[int] = mapped_column(info=personal(MARK))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), info=personal(MARK))
    set_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    at: Mapped[datetime]

    account: Mapped[Account] = relationship(foreign_keys=[account_id])
    set_by: Mapped[Account] = relationship(foreign_keys=[set_by_id])


class Opening(Model):
    """An account has opened a hidden record and sees it `until` then; an administrator else has `seen` that it did."""

    __tablename__ = "opening"
    __table_args__ = (
        one_of("kind", *KINDS),
        one_of("reason", *REASONS),
        Index("ix_opening_of", "account_id", "until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[int] = mapped_column(info=personal(MARK))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), info=personal(MARK))
    reason: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
    until: Mapped[datetime]
    seen_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    seen_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship(foreign_keys=[account_id])
    seen_by: Mapped[Account | None] = relationship(foreign_keys=[seen_by_id])


def hidden_from(account_id: int, now: datetime) -> set[Record]:
    """Every record that does not exist for this account now: the marked ones and what belongs to the same people, without
    what it has opened in an emergency."""
    marked = _records(select(Conflict.kind, Conflict.subject_id).where(Conflict.account_id == account_id))
    if not marked:
        return marked
    opened = select(Opening.kind, Opening.subject_id).where(
        Opening.account_id == account_id, Opening.until > now
    )
    return with_kin(marked) - with_kin(_records(opened))


def with_kin(records: Iterable[Record]) -> set[Record]:
    """These records and all others of the same people: an enquiry and its talk, and whatever has the same contact."""
    found = set(records)
    found |= _talks_and_enquiries(found)
    contacts = {contact for kind in KINDS for contact in _contacts(kind, _of(kind, found))}
    for kind in KINDS if contacts else ():
        model = PEOPLE[kind].class_
        same = select(PEOPLE[kind]).where(model.has_contact(*contacts))
        found |= {(kind, number) for number in db.session.scalars(same)}
    return found | _talks_and_enquiries(found)


def kin_of_marked() -> dict[Record, set[Record]]:
    """Every record that has a mark, with the others of the same people; to be asked before anybody is erased."""
    marked = _records(select(Conflict.kind, Conflict.subject_id))
    return {one: with_kin({one}) - {one} for one in marked}


def has_person(record: Record) -> bool:
    """Whether the person of a record has not been erased."""
    kind, number = record
    return db.session.get(PEOPLE[kind].class_, number) is not None


def _records(query: Any) -> set[Record]:
    return {(kind, number) for kind, number in db.session.execute(query)}


def _of(kind: str, records: Iterable[Record]) -> list[int]:
    return [number for each, number in records if each == kind]


def _contacts(kind: str, numbers: Sequence[int]) -> set[str]:
    """The contacts that these records have, as far as they can be read."""
    if not numbers:
        return set()
    people = db.session.scalars(select(PEOPLE[kind].class_).where(PEOPLE[kind].in_(numbers)))
    return {person.contact for person in people if person.is_readable and person.contact}


def _talks_and_enquiries(records: Iterable[Record]) -> set[Record]:
    """The talks of these enquiries, and the enquiries of these talks."""
    bookings, enquiries = _of("booking", records), _of("enquiry", records)
    if not bookings and not enquiries:
        return set()
    pairs = (
        select(Booking.id, Enquiry.id)
        .join(Enquiry, Enquiry.talk_hash == Booking.form_hash)
        .where(or_(Booking.id.in_(bookings), Enquiry.id.in_(enquiries)))
    )
    rows = db.session.execute(pairs).all()
    return {("booking", row[0]) for row in rows} | {("enquiry", row[1]) for row in rows}


def conflicts_about(kind: str, subject_id: int) -> Sequence[Conflict]:
    """From whom this record is hidden by a mark of its own, by name."""
    query = select(Conflict).where(Conflict.kind == kind, Conflict.subject_id == subject_id)
    return db.session.scalars(query.join(Conflict.account).order_by(Account.name).options(*_who())).all()


def conflict_numbered(conflict_id: int) -> Conflict | None:
    """One mark."""
    return db.session.scalar(select(Conflict).where(Conflict.id == conflict_id).options(*_who()))


def is_there(kind: str, subject_id: int) -> bool:
    """Whether there is such a record."""
    return db.session.get(HEADS[kind], subject_id) is not None


def all_conflicts() -> Sequence[Conflict]:
    """Every mark, the newest first."""
    return db.session.scalars(select(Conflict).order_by(Conflict.id.desc()).options(*_who())).all()


def openings(limit: int = 50) -> Sequence[Opening]:
    """Who has opened hidden records, the latest first."""
    people = joinedload(Opening.account), joinedload(Opening.seen_by)
    return db.session.scalars(select(Opening).order_by(Opening.id.desc()).limit(limit).options(*people)).all()


def unseen_openings(account_id: int) -> Sequence[Opening]:
    """What others have opened and no second person has seen yet."""
    query = select(Opening).where(Opening.seen_at.is_(None), Opening.account_id != account_id)
    return db.session.scalars(query.order_by(Opening.id).options(joinedload(Opening.account))).all()


def record_of_reference(reference: str) -> Record | None:
    """What a reference belongs to, hidden or not."""
    for kind, head in HEADS.items():
        number = db.session.scalar(select(head.id).where(head.reference == reference))
        if number is not None:
            return kind, number
    return None


def _who() -> tuple[Any, ...]:
    return joinedload(Conflict.account), joinedload(Conflict.set_by)
