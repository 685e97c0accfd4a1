"""What we write to people who are interested: neutral words, in their language, made at the moment of sending (S75)."""

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from portal import clock
from portal.booking.limits import busy_until
from portal.booking.messages import site_in
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
    busy = (
        busy_until(message, person, EnquiryPerson.enquiry_id, now) if current_app.config["LIMITS"] else None
    )
    safe = person.safe_moment(busy or now)
    if safe > now:
        raise Wait(safe)
    return _letter(message, enquiry, person)


def _letter(message: Message, enquiry: Enquiry, person: EnquiryPerson) -> Letter:
    with force_locale(person.language):
        if message.channel == "sms":
            day, reference = f"{enquiry.promised_on:%d.%m.%Y}", enquiry.reference
            text = _(
                "We have your message and answer by %(day)s. Number: %(reference)s",
                day=day,
                reference=reference,
            )
            return Letter(message.letter_id, person.contact, "", gsm(text))
        template = current_app.jinja_env.get_template("foster/messages/received.txt")
        text = template.render(enquiry=enquiry, site=site_in(person.language))
        return Letter(message.letter_id, person.contact, _("Your message"), text)
