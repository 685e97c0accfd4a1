"""What we write to people: neutral words, in their language, made at the moment of sending (S75, R134)."""

from datetime import datetime

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal import clock
from portal.booking.limits import wait_for_contact
from portal.booking.models import Booking, BookingPerson, Slot
from portal.booking.telling import of_use_until, still_true
from portal.db import db
from portal.i18n import DEFAULT, clock_time, short_weekday
from portal.outbox.actions import Letter, Unsafe, Wait
from portal.outbox.models import Message
from portal.text import gsm

# What each kind of message begins with in an SMS; its e-mail is booking/messages/<kind>.txt.
KINDS = {
    "waiting": _l("Waiting list"),
    "offered": _l("Free time, please answer"),
    "withdrawn": _l("The offered time is no longer free"),
    "confirmed": _l("Time confirmed"),
    "moved": _l("New time"),
    "displaced": _l("Time has to change"),
    "reminder": _l("Reminder of a time"),
    "cancelled": _l("Time cancelled"),
    "interpreter_arranged": _l("Interpreter arranged"),
    "interpreter_not_possible": _l("No interpreter for the time"),
}
WITHOUT_TIME = ("waiting", "withdrawn")


def render(message: Message) -> Letter | None:
    """The letter as the booking stands now; None when it has moved, ended, begun or been erased since (I9).

    Raises `Wait` outside the hours in which it is safe to write and while too much has been written to one contact,
    `Unsafe` when no hour is left before the talk.
    """
    now = clock.now()
    booking = db.session.get(Booking, message.about_id, populate_existing=True)
    if booking is None or not still_true(message, booking, now):
        return None
    person = booking.person
    if person is None or person.channel != message.channel or not person.contact:
        return None
    may_write_at = _limit(booking, person, message.kind, now) or now
    safe, until = person.safe_moment(may_write_at), of_use_until(booking)
    if until and safe >= until:
        raise Unsafe
    if safe > now:
        raise Wait(safe)
    return _letter(message, booking, person)


def _limit(booking: Booking, person: BookingPerson, kind: str, now: datetime) -> datetime | None:
    return wait_for_contact(booking, person, kind, now) if current_app.config["LIMITS"] else None


def _letter(message: Message, booking: Booking, person: BookingPerson) -> Letter:
    with force_locale(person.language):
        if message.channel == "sms":
            return Letter(message.letter_id, person.contact, "", _sms(message.kind, booking))
        template = current_app.jinja_env.get_template(f"booking/messages/{message.kind}.txt")
        text = template.render(booking=booking, slot=booking.slot, site=site_in(person.language))
        return Letter(message.letter_id, person.contact, _("Your appointment"), text)


def _sms(kind: str, booking: Booking) -> str:
    """Day, hour and reference, no link, one message long (R134, S77)."""
    head, reference = str(KINDS[kind]), booking.reference
    slot = booking.offered_slot if kind == "offered" else booking.slot
    if slot is None or kind in WITHOUT_TIME:
        return gsm(_("%(head)s. Reference: %(reference)s", head=head, reference=reference))
    when = _when(slot)
    return gsm(_("%(head)s: %(when)s. Reference: %(reference)s", head=head, when=when, reference=reference))


def _when(slot: Slot) -> str:
    day = f"{short_weekday(slot.starts_at)} {clock.local(slot.starts_at):%d.%m.%Y}"
    return str(_("%(day)s at %(hour)s", day=day, hour=clock_time(slot.starts_at)))


def site_in(language: str) -> str:
    """The portal's address in a language. No request is at hand here, so no context processor of a page may run."""
    prefix = "" if language == DEFAULT else f"/{language}"
    return f"{current_app.config['PUBLIC_URL']}{prefix}"
