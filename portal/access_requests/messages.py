"""What we write to people who ask for accessibility: neutral words, in their language, made at the moment of sending (S75)."""

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from portal import clock
from portal.access_requests.models import AccessRequest, AccessRequestPerson, request_numbered
from portal.booking.limits import busy_until
from portal.booking.messages import site_in
from portal.outbox.actions import Letter, Wait
from portal.outbox.models import Message
from portal.text import gsm

TRUE_WHILE = {"request_received": ("new",), "request_extended": ("extended",)}


def render(message: Message) -> Letter | None:
    """What has happened and by when we answer; None when that is no longer so, or the person wants another way.

    Raises `Wait` outside the hours in which it is safe to write and while too much has been written to one contact.
    """
    now = clock.now()
    row = request_numbered(message.about_id)
    person = row.person if row else None
    if row is None or person is None or not _is_true(message, row):
        return None
    if person.channel != message.channel or not person.contact:
        return None
    owner = AccessRequestPerson.request_id
    busy = busy_until(message, person, owner, now) if current_app.config["LIMITS"] else None
    safe = person.safe_moment(busy or now)
    if safe > now:
        raise Wait(safe)
    return _letter(message, row, person)


def _is_true(message: Message, row: AccessRequest) -> bool:
    is_answer = not row.is_open and row.status not in {"withdrawn", "expired"}
    return row.status in TRUE_WHILE.get(message.kind, ()) or (
        message.kind == "request_answered" and is_answer
    )


def _letter(message: Message, row: AccessRequest, person: AccessRequestPerson) -> Letter:
    with force_locale(person.language):
        if message.channel == "sms":
            return Letter(message.letter_id, person.contact, "", gsm(_short(message.kind, row)))
        template = current_app.jinja_env.get_template(f"access_requests/messages/{message.kind}.txt")
        text = template.render(row=row, site=site_in(person.language))
        return Letter(message.letter_id, person.contact, _("Your request"), text)


def _short(kind: str, row: AccessRequest) -> str:
    facts = {"day": f"{row.answer_by:%d.%m.%Y}", "reference": row.reference}
    if kind == "request_received":
        return str(_("We have your request and answer by %(day)s. Number: %(reference)s", **facts))
    if kind == "request_extended":
        return str(_("Our answer takes longer: by %(day)s. Number: %(reference)s", **facts))
    return str(_("We have answered your request. Number: %(reference)s", **facts))
