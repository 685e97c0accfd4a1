"""Hiding a record from somebody of staff, taking that back, and opening it in an emergency; each is in the audit log."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select

from portal.accounts.audit import record
from portal.accounts.models import Account, colleagues
from portal.accounts.permissions import PERMISSIONS, allowed
from portal.accounts.watch import tell_administrators
from portal.booking.codes import read_reference
from portal.conflicts.models import (
    HEADS,
    PEOPLE,
    Conflict,
    Opening,
    Record,
    has_person,
    hidden_from,
    record_of_reference,
    with_kin,
)
from portal.db import action, db, rows
from portal.errors import NotFound, Refused

OPEN_FOR = timedelta(minutes=30)
TOLD = "hidden_opened"
READING = {
    "booking": "bookings.read",
    "enquiry": "enquiries.manage",
    "access_request": "access_requests.manage",
}


@action
def hide(of: Record, account_id: int, by: Account, now: datetime) -> None:
    """Hide a record, and all that belongs to the same person, from an account; hiding it again changes nothing.

    Raises `NotFound`; `Refused`: `no_reader` when the account could not read it anyway, `nobody_left` when no other one
    could.
    """
    kind, number = of
    if db.session.get(HEADS[kind], number, with_for_update=True) is None:
        raise NotFound
    readers = colleagues(PERMISSIONS[READING[kind]])
    if account_id not in {account.id for account in readers}:
        raise Refused("no_reader")
    if all(account.id == account_id or of in hidden_from(account.id, now) for account in readers):
        raise Refused("nobody_left")
    once = {"kind": kind, "subject_id": number, "account_id": account_id}
    if db.session.scalar(select(Conflict.id).filter_by(**once)) is None:
        db.session.add(Conflict(**once, set_by_id=by.id, at=now))
        _note("hidden", by, of, account_id, now)


@action
def lift(conflict_id: int, by: Account, now: datetime) -> None:
    """Let the account see the record again.

    Raises `NotFound` when the mark is gone, or hides the record from whoever wants to lift it.
    """
    mark = db.session.get(Conflict, conflict_id, with_for_update=True)
    if mark is None or mark.account_id == by.id:
        raise NotFound
    _note("shown_again", by, (mark.kind, mark.subject_id), mark.account_id, now)
    db.session.delete(mark)


def _note(what: str, by: Account, of: Record, account_id: int, now: datetime) -> None:
    """About the record for whom it concerns, and about the account for those who look after accounts."""
    record(by, what, *of, now)
    record(by, f"card_{what}", "account", account_id, now)


@action
def open_up(reference: str, reason: str, by: Account, now: datetime) -> tuple[Record, bool]:
    """Let an account see a hidden record, and what belongs to the same person, for half an hour, and tell the administrators;
    answers the record and whether it was hidden. What is not stays as it is, and nobody is told.

    Raises `NotFound` when the reference belongs to nothing that the role may read; `Refused("nobody_to_tell")` when there is
    no administrator else.
    """
    found = record_of_reference(read_reference(reference))
    if found is None or not allowed(by.role, READING[found[0]]):
        raise NotFound
    if found not in hidden_from(by.id, now):
        return found, False
    kind, number = found
    opening = Opening(
        kind=kind, subject_id=number, account_id=by.id, reason=reason, at=now, until=now + OPEN_FOR
    )
    db.session.add(opening)
    db.session.flush()
    if not tell_administrators(by, TOLD, opening.id, now):
        raise Refused("nobody_to_tell")
    record(by, TOLD, kind, number, now)
    return found, True


@action
def see(opening_id: int, by: Account, now: datetime) -> None:
    """Note that a second person has seen what was opened; the first to say so counts.

    Raises `NotFound` when there is none, or it is one's own.
    """
    opening = db.session.get(Opening, opening_id, with_for_update=True)
    if opening is None or opening.account_id == by.id:
        raise NotFound
    if opening.seen_at is None:
        opening.seen_by_id, opening.seen_at = by.id, now
        record(by, "opening_seen", opening.kind, opening.subject_id, now)


@action
def forget(kin: Mapping[Record, Iterable[Record]]) -> int:
    """Drop the marks and openings of people who have been erased: there is nothing left to hide; answers how many. Where the same
    person still has another record, by what was asked of `kin_of_marked` before, the mark goes on by the newest of those."""
    for mark in db.session.scalars(select(Conflict)).all():
        if not has_person((mark.kind, mark.subject_id)):
            _hand_on(mark, [one for one in kin.get((mark.kind, mark.subject_id), ()) if has_person(one)])
    db.session.flush()
    return sum(rows(delete(model).where(_is_over(model))) for model in (Conflict, Opening))


@action
def hand_on(kind: str, number: int) -> None:
    """Before the person of this record is erased: its marks go on by the newest other record of the same person, if there is one."""
    marks = db.session.scalars(select(Conflict).filter_by(kind=kind, subject_id=number)).all()
    left = with_kin({(kind, number)}) - {(kind, number)} if marks else set()
    for mark in marks:
        _hand_on(mark, [one for one in left if has_person(one)])


def _hand_on(mark: Conflict, left: Sequence[Record]) -> None:
    if left:
        kind, number = max(left, key=lambda one: one[1])
        once = {"kind": kind, "subject_id": number, "account_id": mark.account_id}
        if db.session.scalar(select(Conflict.id).filter_by(**once)) is None:
            mark.kind, mark.subject_id = kind, number
            db.session.flush()


def _is_over(model: Any) -> ColumnElement[bool]:
    gone = [
        and_(model.kind == kind, model.subject_id.not_in(select(number).scalar_subquery()))
        for kind, number in PEOPLE.items()
    ]
    return or_(*gone)
