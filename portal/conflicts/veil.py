"""While a veil is drawn, reading finds nothing of the hidden records, whichever query asks: lists, totals, searches and what
hangs on other rows. Verbs see everything, for what they do must be whole: who calls a slot off calls it off for all (S59)."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from sqlalchemy import and_, bindparam, event, or_
from sqlalchemy.orm import ORMExecuteState, with_loader_criteria
from sqlalchemy.orm.util import LoaderCriteriaOption

from portal.access_requests.models import AccessRequest, AccessRequestPerson
from portal.accounts.models import AuditEntry
from portal.booking.interpreters import InterpreterRequest
from portal.booking.models import Booking, BookingEvent, BookingPerson, TaskMark
from portal.booking.pairs import Pair
from portal.conflicts.models import KINDS, Conflict, Opening, Record
from portal.db import db
from portal.foster.models import Enquiry, EnquiryPerson
from portal.groups.models import Certificate, Participant
from portal.outbox.models import Message

OF_ONE: dict[str, tuple[Any, ...]] = {
    "booking": (
        Booking.id,
        BookingPerson.booking_id,
        BookingEvent.booking_id,
        TaskMark.booking_id,
        InterpreterRequest.booking_id,
        Pair.first_id,
        Pair.second_id,
        Participant.booking_id,
        Certificate.booking_id,
    ),
    "enquiry": (Enquiry.id, EnquiryPerson.enquiry_id),
    "access_request": (AccessRequest.id, AccessRequestPerson.request_id),
}
OF_ANY: tuple[tuple[Any, Any], ...] = (
    (Message.about, Message.about_id),
    (AuditEntry.subject, AuditEntry.subject_id),
    (Conflict.kind, Conflict.subject_id),
    (Opening.kind, Opening.subject_id),
)
ADDRESSED = {"booking_id": "booking", "enquiry_id": "enquiry", "request_id": "access_request"}


def draw(hidden: Iterable[Record]) -> None:
    """Hide these records from whatever the session reads from now on."""
    db.session.info["hidden"] = set(hidden)


def is_hidden(address: Mapping[str, Any]) -> bool:
    """Whether the values of an address name a hidden record."""
    hidden: set[Record] = db.session.info.get("hidden", set())
    named = {(kind, address[name]) for name, kind in ADDRESSED.items() if name in address}
    named.add((address.get("kind", ""), address.get("subject_id", 0)))
    return not hidden.isdisjoint(named)


def _hidden(kind: str) -> list[int]:
    """What is not to be found now; asked whenever a statement runs."""
    hidden: set[Record] = set() if db.session.info.get("writing") else db.session.info.get("hidden", set())
    return [number for each, number in hidden if each == kind]


def _criteria() -> list[LoaderCriteriaOption]:
    """What may be read, by model."""
    numbers: dict[str, Any] = {
        kind: bindparam(f"hidden_{kind}", callable_=partial(_hidden, kind), expanding=True) for kind in KINDS
    }
    own = [(column, column.not_in(numbers[kind])) for kind, columns in OF_ONE.items() for column in columns]
    any_of = [
        (number, ~or_(*(and_(word == kind, number.in_(numbers[kind])) for kind in KINDS)))
        for word, number in OF_ANY
    ]
    return [
        with_loader_criteria(column.class_, or_(column.is_(None), visible), include_aliases=True)
        for column, visible in own + any_of
    ]


_CRITERIA = _criteria()


@event.listens_for(db.session, "do_orm_execute")
def _read_past(state: ORMExecuteState) -> None:
    if state.is_select and not state.is_relationship_load and db.session.info.get("hidden"):
        state.statement = state.statement.options(*_CRITERIA)
