"""What happens to a request for accessibility: sent, answered in time or with notice later, withdrawn, erased in its time."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.access_requests import deadlines
from portal.access_requests.models import AccessRequest, AccessRequestPerson, over, request_by_reference
from portal.accounts import throttle
from portal.accounts.audit import record
from portal.accounts.models import Account
from portal.booking import codes
from portal.booking.actions import proved
from portal.booking.people import NO_RULES, ContactRules
from portal.booking.telling import WRITTEN_CHANNELS
from portal.crypto import digest
from portal.db import action, at_version, db, violated
from portal.errors import Refused
from portal.outbox.actions import enqueue

MOST_PER_SOURCE = 20


@dataclass(frozen=True)
class Asked:
    """What a person tells us. `contact` is normalised, `source` where the request comes from, '' when nobody counts."""

    kind: str
    name: str
    channel: str
    contact: str | None
    about: str
    wish: str
    language: str
    form_token: str
    rules: ContactRules = NO_RULES
    source: str = ""


@dataclass(frozen=True)
class Receipt:
    """What a person keeps."""

    request_id: int
    reference: str
    pin: str


def submit(asked: Asked, now: datetime) -> Receipt:
    """Take a request, set its clocks by the day in Poland, and queue what tells of it. The same form gives the same receipt,
    however often sent.

    Raises `TooMany` after twenty within a quarter of an hour from one source.
    """
    try:
        return _submit(asked, now)
    except IntegrityError as error:
        if violated(error) != "uq_access_request_form_hash":
            raise
        receipt = receipt_of(asked.form_token)
        assert receipt is not None
        return receipt


@action
def _submit(asked: Asked, now: datetime) -> Receipt:
    receipt = receipt_of(asked.form_token)
    if receipt is not None:
        return receipt
    if asked.source:
        keys = {f"access_request|from|{asked.source}": MOST_PER_SOURCE}
        throttle.count(keys, now)
    reference, pin = codes.new_reference(), codes.pin_of(asked.form_token)
    row = _new(asked, reference, pin, now)
    db.session.add(row)
    db.session.flush()
    db.session.add(_person(row.id, asked))
    record(None, "access_request_submitted", "access_request", row.id, now)
    _tell("request_received", row, asked.channel, now)
    return Receipt(row.id, reference, pin)


def _new(asked: Asked, reference: str, pin: str, now: datetime) -> AccessRequest:
    today = clock.day_of(now)
    return AccessRequest(
        kind=asked.kind,
        reference=reference,
        form_hash=digest(asked.form_token),
        pin_hash=codes.pin_hash(reference, pin),
        asked_on=today,
        due_on=deadlines.due_on(asked.kind, today),
        longest_on=deadlines.longest_on(asked.kind, today),
        version=1,
        created_at=now,
        touched_at=now,
    )


def _person(request_id: int, asked: Asked) -> AccessRequestPerson:
    person = AccessRequestPerson(request_id=request_id, language=asked.language)
    person.name, person.about, person.wish = asked.name, asked.about, asked.wish or None
    person.reach_by(asked.channel, asked.contact, asked.rules)
    return person


def receipt_of(form_token: str) -> Receipt | None:
    """The receipt of the request that this form made, or None when it has made none."""
    made = select(AccessRequest.id, AccessRequest.reference, AccessRequest.pin_hash).where(
        AccessRequest.form_hash == digest(form_token)
    )
    row = db.session.execute(made).first()
    if row is None:
        return None
    return Receipt(row.id, row.reference, codes.pin_given(form_token, row.reference, row.pin_hash))


def prove(reference: str, pin: str, address: str, now: datetime) -> AccessRequest:
    """The request that number and PIN open together. Raises as `portal.booking.actions.proved` does."""
    return proved(request_by_reference, reference, pin, address, now)


@action
def extend(
    request_id: int, version: int, until: date, reason: str, by: Account, now: datetime, language: str = "pl"
) -> AccessRequest:
    """Say that it takes longer, until when and why (R122), written in this language; once.

    Raises `NotFound`; `Refused`: `changed`, `ended`, `extended` when that was said before, `too_late` for a day after the law's
    longest time, `too_early` for one not after the present promise.
    """
    row, person = _open(request_id, version)
    if row.status == "extended":
        raise Refused("extended")
    if until > row.longest_on:
        raise Refused("too_late")
    if until <= max(row.due_on, clock.day_of(now)):
        raise Refused("too_early")
    row.status, row.extended_to = "extended", until
    person.delay, person.delay_language = reason, language
    _note("access_request_extended", row, now, by)
    _tell("request_extended", row, person.channel, now)
    return row


@action
def answer(
    request_id: int,
    version: int,
    outcome: str,
    words: str,
    instead: str,
    by: Account,
    now: datetime,
    language: str = "pl",
) -> AccessRequest:
    """Answer with one of `models.OUTCOMES`: what was done, or why it cannot be done and what works `instead`; in this language.

    Raises `NotFound`; `Refused`: `changed`, `ended`, `no_way` when accessibility is impossible and nothing is offered instead.
    """
    row, person = _open(request_id, version)
    if outcome == "alternative" and not instead:
        raise Refused("no_way")
    row.status, row.ended_at = outcome, now
    person.answer, person.instead, person.answer_language = words, instead or None, language
    _note(f"access_request_{outcome}", row, now, by)
    _tell("request_answered", row, person.channel, now)
    return row


@action
def withdraw(request_id: int, version: int, now: datetime) -> AccessRequest:
    """End it, because the person wishes so. Raises `NotFound`; `Refused`: `changed`, `ended`."""
    row, _person = _open(request_id, version)
    row.status, row.ended_at = "withdrawn", now
    _note("access_request_withdrawn", row, now)
    return row


def _open(request_id: int, version: int) -> tuple[AccessRequest, AccessRequestPerson]:
    row = at_version(AccessRequest, request_id, version)
    if not row.is_open or row.person is None:
        raise Refused("ended")
    return row, row.person


def _note(what: str, row: AccessRequest, now: datetime, by: Account | None = None) -> None:
    row.touched_at = now
    record(by, what, "access_request", row.id, now)


def _tell(kind: str, row: AccessRequest, channel: str, now: datetime) -> None:
    """Queue a message for those who chose to be written to; the others are phoned by whoever answers."""
    if channel in WRITTEN_CHANNELS:
        enqueue("access_request", row.id, kind, 1, channel, now)


@action
def forget(now: datetime) -> int:
    """Erase the people whose day has come (R102); what nobody ended ends with it. Answers how many people."""
    due = select(AccessRequest).join(AccessRequest.person).where(over(clock.day_of(now)))
    found = db.session.scalars(due).all()
    for row in found:
        erase_person(row, "expired", now)
    return len(found)


@action
def erase_again(request_id: int, now: datetime) -> None:
    """Erase the person of a request, if there is one: because they ask for it, or a restored backup has brought them back (S18)."""
    row = db.session.get(AccessRequest, request_id)
    if row:
        erase_person(row, "withdrawn", now)


def erase_person(row: AccessRequest, end: str, now: datetime) -> None:
    """Erase all that is known of the person; what is open ends so (`models.ENDS`). To be called inside an action."""
    if row.is_open:
        row.status, row.ended_at = end, now
        row.version += 1
    db.session.execute(delete(AccessRequestPerson).where(AccessRequestPerson.request_id == row.id))
    db.session.expire(row, ["person"])
