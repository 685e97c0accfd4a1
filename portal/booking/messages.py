"""What we write to people: neutral words, in their language, made at the moment of sending (S75, R134)."""

from datetime import datetime

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal import clock
from portal.booking.models import Booking, BookingPerson
from portal.crypto import digest
from portal.db import db
from portal.i18n import DEFAULT, clock_time, short_weekday
from portal.outbox.actions import Letter, Unsafe, Wait
from portal.outbox.models import Message
from portal.text import gsm

# What each kind of message begins with in an SMS; its e-mail is booking/messages/<kind>.txt.
KINDS = {
    "confirmed": _l("Time confirmed"),
    "moved": _l("New time"),
    "reminder": _l("Reminder of a time"),
    "cancelled": _l("Time cancelled"),
    "interpreter_arranged": _l("Interpreter arranged"),
    "interpreter_not_possible": _l("No interpreter for the time"),
}


def render(message: Message) -> Letter | None:
    """The letter as the booking stands now; None when it has moved, ended, begun or been erased since (I9).

    Raises `Wait` outside the hours in which it is safe to write, `Unsafe` when none is left before the talk.
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
        raise Unsafe
    if safe > now:
        raise Wait(safe)
    return _letter(message, booking, person)


def _letter(message: Message, booking: Booking, person: BookingPerson) -> Letter:
    letter_id = digest(f"message|{message.id}")[:32]
    with force_locale(person.language):
        if message.channel == "sms":
            return Letter(letter_id, person.contact, "", _sms(message.kind, booking))
        template = current_app.jinja_env.get_template(f"booking/messages/{message.kind}.txt")
        text = template.render(booking=booking, slot=booking.slot, site=_site(person.language))
        return Letter(letter_id, person.contact, _("Your appointment"), text)


def _sms(kind: str, booking: Booking) -> str:
    """Day, hour and reference, no link, one message long (R134, S77)."""
    head, starts_at = str(KINDS[kind]), booking.slot.starts_at
    day = f"{short_weekday(starts_at)} {clock.local(starts_at):%d.%m.%Y}"
    when = _("%(day)s at %(hour)s", day=day, hour=clock_time(starts_at))
    return gsm(
        _("%(head)s: %(when)s. Reference: %(reference)s", head=head, when=when, reference=booking.reference)
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
