"""A copy of somebody's data as a plain text in the words of the portal, to be printed and handed over (art. 15 GDPR)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask_babel import format_datetime
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal import clock

NAMES = {
    "booking": _l("Booking"),
    "enquiry": _l("Enquiry about foster care"),
    "access_request": _l("Request for accessibility"),
    "reference": _l("Number"),
    "status": _l("State"),
    "kind": _l("Kind"),
    "person": _l("What you told us"),
    "name": _l("Name"),
    "contact": _l("Contact"),
    "channel": _l("Way of contact"),
    "language": _l("Language"),
    "needs": _l("Needs for the talk"),
    "other_need": _l("Other need"),
    "question": _l("Question"),
    "about": _l("What you wrote"),
    "wish": _l("Which solution would you prefer?"),
    "delay": _l("Why it takes longer"),
    "answer": _l("Answer"),
    "instead": _l("What we offer instead"),
    "district": _l("Town or district"),
    "interests": _l("What interests you?"),
    "training": _l("Certificate of training"),
    "meeting": _l("How and when to talk"),
    "service": _l("Kind of talk"),
    "slot": _l("Time of the talk"),
    "starts_at": _l("Beginning"),
    "office": _l("Place"),
    "created_at": _l("Sent on"),
    "messages": _l("Messages to you"),
    "deeds": _l("Who did or read what"),
    "events": _l("What happened"),
    "groups": _l("Groups"),
    "certificates": _l("Certificates"),
    "attendance": _l("Attendance"),
    "interpreter": _l("Interpreter"),
    "at": _l("When"),
    "what": _l("What"),
    "by_staff": _l("by staff"),
    "held_back": _l("Not handed over"),
}


def text_of(facts: dict[str, Any]) -> str:
    """The copy as lines; words that have no name here stand as they are in the other file."""
    lines = [_("A copy of the personal data in the portal"), said(facts["made_at"]), ""]
    for record in facts["records"]:
        lines += [str(NAMES[record["record"]]).upper(), *_lines(record | {"record": None}, 0), ""]
        if record["held_back"]:
            lines += [
                _(
                    "There is also a note of our staff. What other people have said is not handed over; ask us."
                ),
                "",
            ]
    return "\n".join(lines)


def _lines(facts: dict[str, Any], depth: int) -> Iterator[str]:
    for key, value in facts.items():
        name, indent = str(NAMES.get(key, key)), "  " * depth
        if isinstance(value, dict):
            yield f"{indent}{name}:"
            yield from _lines(value, depth + 1)
        elif isinstance(value, list):
            yield f"{indent}{name}: {len(value) or _('none')}"
            for item in value:
                yield from _item(item, depth + 1)
        elif value is not None:
            yield f"{indent}{name}: {said(value)}"


def _item(item: object, depth: int) -> Iterator[str]:
    if not isinstance(item, dict):
        yield f"{'  ' * depth}– {item}"
        return
    plain = {key: value for key, value in item.items() if not isinstance(value, dict | list)}
    yield f"{'  ' * depth}– " + ", ".join(
        f"{NAMES.get(key, key)}: {said(value)}" for key, value in plain.items()
    )
    yield from _lines({key: value for key, value in item.items() if key not in plain}, depth + 1)


def said(value: object) -> str:
    """A value in words: moments as clocks in Poland show them, yes and no."""
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return str(value)
    if moment.tzinfo is None:
        return str(value)
    words: str = format_datetime(clock.local(moment), "d MMMM yyyy, H:mm", rebase=False)
    return words
