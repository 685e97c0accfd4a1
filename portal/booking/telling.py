"""What is noted of a booking, and whom we tell of it. What writes is called inside an action."""

from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import joinedload

from portal.accounts.audit import record
from portal.accounts.models import Account
from portal.booking.models import FOR_A_PLACE, Booking, BookingEvent, Slot
from portal.db import db
from portal.outbox.actions import enqueue
from portal.outbox.models import BY_PHONE, Message, for_people, messages_about

WRITTEN_CHANNELS = ("email", "sms")
NEWS_OF_A_TIME = ("confirmed", "moved", "waiting")
TRUE_WHILE = {
    "waiting": ("waiting",),
    "offered": FOR_A_PLACE,
    "withdrawn": FOR_A_PLACE,
    "displaced": ("displaced",),
    "cancelled": ("cancelled_resident", "cancelled_office"),
}


def note(
    what: str,
    now: datetime,
    booking: Booking,
    by: Account | None = None,
    slot_id: int | None = None,
    reason: str | None = None,
) -> None:
    """Write down what happened, to whom, in which slot, and why if it corrects; what staff do goes into their log too."""
    event = BookingEvent(
        at=now,
        booking_id=booking.id,
        slot_id=slot_id or booking.slot_id,
        account_id=by.id if by else None,
        what=what,
        reason=reason,
    )
    db.session.add(event)
    if by:
        record(by, what, "booking", booking.id, now)


def tell(kind: str, booking: Booking, now: datetime, *, is_news: bool = False) -> None:
    """Queue a message for those who chose to be written to; those who chose the phone are called when it `is_news`
    to them. Nobody else is told."""
    person = booking.person
    if person is None:
        return
    if person.channel in WRITTEN_CHANNELS or (person.channel == BY_PHONE and is_news):
        enqueue("booking", booking.id, kind, booking.schedule_version, person.channel, now)


def remind(booking: Booking, now: datetime) -> None:
    """Queue the reminder, unless its time has come already or it was written for this time and this way before."""
    if booking.slot and not _was_written("reminder", booking):
        plan_reminder(booking, now)


def plan_reminder(booking: Booking, now: datetime) -> None:
    """Queue the reminder of a booking that has none yet, unless its time has come already."""
    due_at = booking.service.reminder_at(booking.slot.starts_at) if booking.slot else None
    if due_at and due_at > now:
        tell("reminder", booking, due_at)


def _was_written(kind: str, booking: Booking) -> bool:
    """Whatever became of it."""
    person = booking.person
    return any(
        (message.kind, message.schedule_version) == (kind, booking.schedule_version)
        and person is not None
        and message.channel == person.channel
        for message in messages_about("booking", booking.id)
    )


def tell_what_was_not_sent(booking: Booking, version: int, now: datetime) -> None:
    """Queue again what had not gone out by this way when the booking left this version of its schedule, to which it has come
    back: the worker finds the old words untrue."""
    for message in messages_about("booking", booking.id):
        is_of_then = message.schedule_version == version and message.kind in NEWS_OF_A_TIME
        if is_of_then and message.state in {"queued", "claimed", "suppressed"} and not message.problem:
            tell(message.kind, booking, now)


def still_true(message: Message, booking: Booking, now: datetime) -> bool:
    """Whether the booking is as the message says and it is of use to know (I9)."""
    is_so = booking.status in TRUE_WHILE.get(message.kind, ("confirmed",))
    until = of_use_until(booking)
    return (
        is_so
        and booking.schedule_version == message.schedule_version
        and (message.kind != "offered" or booking.offered_slot is not None)
        and (until is None or until > now)
    )


def of_use_until(booking: Booking) -> datetime | None:
    """The moment after which telling is pointless: the deadline of an offer, or the talk; None when there is neither."""
    if booking.respond_by:
        return booking.respond_by
    return booking.slot.starts_at if booking.slot else None


def to_tell(now: datetime) -> list[tuple[Booking, Message]]:
    """What people have to say to people, by the time of the talk: those who chose the phone, and those whom no message
    has reached. What is no longer true is left out, and a reminder where there is anything else to say."""
    query = (
        select(Booking, Message)
        .join(Message, and_(Message.about == "booking", Message.about_id == Booking.id, for_people(now)))
        .outerjoin(Booking.slot)
        .where(Booking.schedule_version == Message.schedule_version)
        .options(joinedload(Booking.person), joinedload(Booking.slot), joinedload(Booking.offered_slot))
        .order_by(func.coalesce(Booking.respond_by, Slot.starts_at), Message.id)
    )
    found = [row for row in db.session.execute(query).all() if still_true(row.Message, row.Booking, now)]
    with_news = {booking.id for booking, message in found if message.kind != "reminder"}
    return [
        (row.Booking, row.Message)
        for row in found
        if row.Message.kind != "reminder" or row.Booking.id not in with_news
    ]
