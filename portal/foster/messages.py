"""What we write to people who are interested: neutral words, in their language, made at the moment of sending (S75)."""

from datetime import datetime, timedelta

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from portal import clock
from portal.booking.limits import MOST_FIRST_MESSAGES, quiet_until, written_to
from portal.booking.messages import site_in
from portal.crypto import digest
from portal.db import db
from portal.foster.models import Enquiry, EnquiryPerson
from portal.outbox.actions import Letter, Wait
from portal.outbox.models import Message
from portal.text import gsm


def render(message: Message) -> Letter | None:
    """That an enquiry has come and by when we answer; None when it has ended, or its person wants another way.

    Raises `Wait` outside the hours in which it is safe to write and while too much has been written to one contact.
    """
    now = clock.now()
    enquiry = db.session.get(Enquiry, message.about_id, populate_existing=True)
    person = enquiry.person if enquiry else None
    if enquiry is None or person is None or enquiry.status == "finished":
        return None
    if person.channel != message.channel or not person.contact:
        return None
    busy = _busy_until(message, person, now) if current_app.config["LIMITS"] else None
    safe = person.safe_moment(busy or now)
    if safe > now:
        raise Wait(safe)
    return _letter(message, enquiry, person)


def _busy_until(message: Message, person: EnquiryPerson, now: datetime) -> datetime | None:
    """Until when nothing more may be written to this contact, over enquiries and bookings (S85): three messages an hour and
    five a day, and one an hour to somebody who only says that the contact is theirs."""
    ours = (
        select(Message.sent_at)
        .join(EnquiryPerson, EnquiryPerson.enquiry_id == Message.about_id)
        .where(Message.about == "enquiry", Message.id != message.id, Message.state == "sent")
        .where(EnquiryPerson.contact_fingerprint == person.contact_fingerprint)
        .where(Message.sent_at > now - timedelta(days=1))
    )
    sent = [moment for moment in db.session.scalars(ours.order_by(Message.sent_at.desc())) if moment]
    all_sent = sorted(sent + written_to(person.contact_fingerprint, now), reverse=True)
    _one, hour = MOST_FIRST_MESSAGES
    waits = [quiet_until(all_sent, now), sent[0] + hour if sent else None]
    return max((wait for wait in waits if wait and wait > now), default=None)


def _letter(message: Message, enquiry: Enquiry, person: EnquiryPerson) -> Letter:
    letter_id = digest(f"message|{message.id}")[:32]
    with force_locale(person.language):
        if message.channel == "sms":
            day, reference = f"{enquiry.promised_on:%d.%m.%Y}", enquiry.reference
            text = _(
                "We have your message and answer by %(day)s. Number: %(reference)s",
                day=day,
                reference=reference,
            )
            return Letter(letter_id, person.contact, "", gsm(text))
        template = current_app.jinja_env.get_template("foster/messages/received.txt")
        text = template.render(enquiry=enquiry, site=site_in(person.language))
        return Letter(letter_id, person.contact, _("Your message"), text)
