"""What happens to an enquiry: sent, answered step by step, changed or withdrawn by the person, erased in its time."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.accounts import throttle
from portal.accounts.audit import record
from portal.accounts.models import Account, colleagues
from portal.accounts.permissions import PERMISSIONS
from portal.booking import codes
from portal.booking.actions import proved
from portal.booking.people import NO_RULES, ContactRules
from portal.booking.telling import WRITTEN_CHANNELS
from portal.crypto import digest
from portal.db import action, at_version, db, violated
from portal.erasures import note_erased
from portal.errors import Refused
from portal.foster.models import Enquiry, EnquiryPerson, enquiry_by_reference, over
from portal.outbox.actions import enqueue

MOST_PER_SOURCE = 20


@dataclass(frozen=True)
class Interest:
    """What a person tells us (R69). `contact` is normalised, `source` where the request comes from, '' when nobody counts;
    the rest are codes, or what was typed."""

    name: str
    channel: str
    contact: str | None
    language: str
    form_token: str
    rules: ContactRules = NO_RULES
    needs: tuple[str, ...] = ()
    other_need: str = ""
    district: str = ""
    interests: tuple[str, ...] = ()
    training: str = ""
    meeting: tuple[str, ...] = ()
    question: str = ""
    source: str = ""


@dataclass(frozen=True)
class Receipt:
    """What a person keeps."""

    enquiry_id: int
    reference: str
    pin: str


def submit(interest: Interest, answer_days: int, now: datetime) -> Receipt:
    """Take an enquiry, promise an answer within so many working days after today, and queue what tells of it. The same form
    gives the same receipt, however often sent.

    Raises `TooMany` after twenty within a quarter of an hour from one source.
    """
    try:
        return _submit(interest, answer_days, now)
    except IntegrityError as error:
        if violated(error) != "uq_enquiry_form_hash":
            raise
        receipt = receipt_of(interest.form_token)
        assert receipt is not None
        return receipt


@action
def _submit(interest: Interest, answer_days: int, now: datetime) -> Receipt:
    receipt = receipt_of(interest.form_token)
    if receipt is not None:
        return receipt
    _count(interest.source, now)
    reference, pin = codes.new_reference(), codes.pin_of(interest.form_token)
    enquiry = Enquiry(
        reference=reference,
        form_hash=digest(interest.form_token),
        pin_hash=codes.pin_hash(reference, pin),
        promised_on=clock.working_day_after(clock.day_of(now), answer_days),
        created_at=now,
        touched_at=now,
    )
    db.session.add(enquiry)
    db.session.flush()
    db.session.add(_person(enquiry.id, interest))
    record(None, "enquiry_submitted", "enquiry", enquiry.id, now)
    if interest.channel in WRITTEN_CHANNELS:
        enqueue("enquiry", enquiry.id, "received", 1, interest.channel, now)
    return Receipt(enquiry.id, reference, pin)


def _count(source: str, now: datetime) -> None:
    """Nobody fills the inbox from one place; a library or a shelter never comes near it."""
    if source:
        keys = {f"enquiry|from|{source}": MOST_PER_SOURCE}
        throttle.count(keys, now)


def _person(enquiry_id: int, interest: Interest) -> EnquiryPerson:
    person = EnquiryPerson(enquiry_id=enquiry_id, language=interest.language)
    person.name = interest.name
    person.reach_by(interest.channel, interest.contact, interest.rules)
    person.needs, person.other_need = " ".join(interest.needs) or None, interest.other_need or None
    person.district, person.question = interest.district or None, interest.question or None
    person.interests, person.meeting = (
        " ".join(interest.interests) or None,
        " ".join(interest.meeting) or None,
    )
    person.training = interest.training or None
    return person


def receipt_of(form_token: str) -> Receipt | None:
    """The receipt of the enquiry that this form made, or None when it has made none."""
    made = select(Enquiry.id, Enquiry.reference, Enquiry.pin_hash).where(
        Enquiry.form_hash == digest(form_token)
    )
    row = db.session.execute(made).first()
    if row is None:
        return None
    return Receipt(row.id, row.reference, codes.pin_given(form_token, row.reference, row.pin_hash))


def prove(reference: str, pin: str, address: str, now: datetime) -> Enquiry:
    """The enquiry that number and PIN open together. Raises as `portal.booking.actions.proved` does."""
    return proved(enquiry_by_reference, reference, pin, address, now)


# --- what staff do --------------------------------------------------------------------------------------


@action
def step(
    enquiry_id: int, version: int, status: str, by: Account, now: datetime, reason: str | None = None
) -> Enquiry:
    """Say how far it is; who finishes it gives the code of a `reason` (`models.REASONS`). A finished one may be taken up
    again until its person is erased.

    Raises `NotFound`; `Refused`: `changed` since `version` was read, `reason` when it is missing, `erased`.
    """
    enquiry = at_version(Enquiry, enquiry_id, version)
    is_end = status == "finished"
    if is_end and not reason:
        raise Refused("reason")
    if not is_end and enquiry.person is None:
        raise Refused("erased")
    enquiry.status, enquiry.reason = status, reason if is_end else None
    enquiry.ended_at = now if is_end else None
    enquiry.answered_at = enquiry.answered_at or (None if status == "new" else now)
    _note(f"enquiry_{status}", enquiry, now, by)
    return enquiry


@action
def assign(enquiry_id: int, version: int, to_id: int | None, by: Account, now: datetime) -> Enquiry:
    """Give it to a colleague, to oneself, or back to everybody.

    Raises `NotFound`; `Refused`: `changed`, `not_here` when that account may not handle enquiries.
    """
    if to_id is not None and to_id not in {one.id for one in colleagues(PERMISSIONS["enquiries.manage"])}:
        raise Refused("not_here")
    enquiry = at_version(Enquiry, enquiry_id, version)
    enquiry.assignee_id = to_id
    _note("enquiry_assigned", enquiry, now, by)
    return enquiry


@action
def keep_note(enquiry_id: int, version: int, text: str, by: Account, now: datetime) -> Enquiry:
    """Keep a note beside the person, with whom it is erased. Raises `NotFound`; `Refused`: `changed`, `erased`."""
    enquiry = at_version(Enquiry, enquiry_id, version)
    if enquiry.person is None:
        raise Refused("erased")
    enquiry.person.note = text or None
    _note("enquiry_note_changed", enquiry, now, by)
    return enquiry


# --- what the person does -------------------------------------------------------------------------------


@action
def change_contact(
    enquiry_id: int, version: int, channel: str, contact: str | None, rules: ContactRules, now: datetime
) -> Enquiry:
    """Have the person's later wish rule from now on. Raises `NotFound`; `Refused`: `changed`, `ended`."""
    enquiry, person = _open(enquiry_id, version)
    person.reach_by(channel, contact, rules)
    _note("enquiry_contact_changed", enquiry, now)
    return enquiry


@action
def withdraw(enquiry_id: int, version: int, now: datetime) -> Enquiry:
    """End it, because the person wishes so; no reason is asked. Raises `NotFound`; `Refused`: `changed`, `ended`."""
    enquiry, _person = _open(enquiry_id, version)
    enquiry.status, enquiry.reason, enquiry.ended_at = "finished", "withdrawn", now
    _note("enquiry_withdrawn", enquiry, now)
    return enquiry


@action
def erase(enquiry_id: int, version: int, now: datetime) -> None:
    """Erase all that is known of the person at once, because they ask for it (art. 17 GDPR); an open enquiry ends.

    Raises `NotFound`; `Refused("changed")`.
    """
    enquiry = at_version(Enquiry, enquiry_id, version)
    note_erased("enquiry", enquiry.id)
    erase_person(enquiry, "withdrawn", now)
    _note("enquiry_erased", enquiry, now)


def _open(enquiry_id: int, version: int) -> tuple[Enquiry, EnquiryPerson]:
    enquiry = at_version(Enquiry, enquiry_id, version)
    if enquiry.status == "finished" or enquiry.person is None:
        raise Refused("ended")
    return enquiry, enquiry.person


def _note(what: str, enquiry: Enquiry, now: datetime, by: Account | None = None) -> None:
    """Write down what was done; whoever does something shows that the contact goes on."""
    enquiry.touched_at = now
    record(by, what, "enquiry", enquiry.id, now)


@action
def erase_again(enquiry_id: int, now: datetime) -> None:
    """Erase the person of an enquiry, if there is one: because they ask for it, or a restored backup has brought them back (S18)."""
    enquiry = db.session.get(Enquiry, enquiry_id)
    if enquiry:
        erase_person(enquiry, "withdrawn", now)


# --- the night ------------------------------------------------------------------------------------------


@action
def forget(now: datetime) -> int:
    """Erase the people whose day has come (R76); what nobody ended ends with it. Answers how many people."""
    due = select(Enquiry).join(Enquiry.person).where(over(clock.day_of(now)))
    found = db.session.scalars(due).all()
    for enquiry in found:
        erase_person(enquiry, "expired", now)
    return len(found)


def erase_person(enquiry: Enquiry, reason: str, now: datetime) -> None:
    """Erase all that is known of the person; what is open ends for this reason. To be called inside an action."""
    if enquiry.status != "finished":
        enquiry.status, enquiry.reason, enquiry.ended_at = "finished", reason, now
        enquiry.version += 1
    db.session.execute(delete(EnquiryPerson).where(EnquiryPerson.enquiry_id == enquiry.id))
    db.session.expire(enquiry, ["person"])
