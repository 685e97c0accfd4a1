"""A unit as a contact for the phone: a vCard (RFC 2426), which every phone reads."""

from icalendar import vText
from icalendar.parser import Contentline

from portal.config import Centre
from portal.contacts.models import Contact
from portal.i18n import phone_link


def card_of(unit: Contact, centre: Centre, page: str) -> bytes:
    """The file. Where a name would say too much to whoever looks at the phone, it is that of the centre alone."""
    name = centre.full_name if unit.is_discreet else f"{unit.name} – {centre.name}"
    facts = [
        ("VERSION", "3.0"),
        ("FN", _text(name)),
        ("N", f";{_text(name)};;;"),
        ("ORG", _text(centre.full_name)),
        ("TEL;TYPE=WORK,VOICE", phone_link(unit.phone).removeprefix("tel:") if unit.phone else ""),
        ("TEL;TYPE=CELL,MSG", phone_link(unit.sms).removeprefix("tel:") if unit.sms else ""),
        ("EMAIL;TYPE=INTERNET", unit.email),
        ("ADR;TYPE=WORK", f";;{_text(unit.address)};;;;" if unit.address else ""),
        ("NOTE", "" if unit.is_discreet else _text(unit.helps_with)),
        ("URL", page),
    ]
    lines = [f"{key}:{value}" for key, value in facts if value]
    return b"".join(_folded(line) for line in ("BEGIN:VCARD", *lines, "END:VCARD"))


def _folded(line: str) -> bytes:
    return bytes(Contentline(line).to_ical()) + b"\r\n"  # type: ignore[no-untyped-call]


def _text(value: str) -> str:
    return vText(value).to_ical().decode()
