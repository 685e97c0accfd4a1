"""What we write to people: neutral words, in their language, made at the moment of sending (S75, R134)."""

from datetime import datetime

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from portal import clock
from portal.booking.models import Booking, BookingPerson
from portal.crypto import digest
from portal.db import db
from portal.i18n import DEFAULT
from portal.outbox.actions import Letter, Wait
from portal.outbox.models import Message

TEMPLATES = {
    "confirmed": "booking/messages/confirmed.txt",
    "moved": "booking/messages/moved.txt",
    "reminder": "booking/messages/reminder.txt",
    "cancelled": "booking/messages/cancelled.txt",
    "interpreter_arranged": "booking/messages/interpreter_arranged.txt",
    "interpreter_not_possible": "booking/messages/interpreter_not_possible.txt",
}


def render(message: Message) -> Letter | None:
    """The letter as the booking stands now; None when it has moved, ended, begun or been erased since (I9).

    Raises `Wait` outside the hours in which it is safe to write.
    """
    now = clock.now()
    booking = db.session.get(Booking, message.about_id, populate_existing=True)
    if booking is None or not _still_true(message, booking, now):
        return None
    person = booking.person
    if person is None or person.channel != message.channel or not person.contact:
        return None
    safe = person.safe_moment(now)
    if safe >= booking.slot.starts_at:
        return None
    if safe > now:
        raise Wait(safe)
    return _letter(message, booking, person)


def _letter(message: Message, booking: Booking, person: BookingPerson) -> Letter:
    with force_locale(person.language):
        template = current_app.jinja_env.get_template(TEMPLATES[message.kind])
        text = template.render(booking=booking, slot=booking.slot, site=_site(person.language))
        return Letter(
            id=digest(f"message|{message.id}")[:32],
            to=person.contact,
            subject=_("Your appointment"),
            text=text,
        )


def _still_true(message: Message, booking: Booking, now: datetime) -> bool:
    """Whether the booking is as the message says, and the talk ahead."""
    is_over = message.kind == "cancelled"
    return (
        booking.schedule_version == message.schedule_version
        and booking.is_active is not is_over
        and booking.slot.starts_at > now
    )


def _site(language: str) -> str:
    """The portal's address in a language. No request is at hand here, so no context processor of a page may run."""
    prefix = "" if language == DEFAULT else f"/{language}"
    return f"{current_app.config['PUBLIC_URL']}{prefix}"
