"""A copy of somebody's data as a plain text in the words of the portal, to be printed and handed over (art. 12 and 15 GDPR)."""

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from flask_babel import force_locale, format_date, format_datetime
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal import clock
from portal.access_requests import forms as access_requests
from portal.accounts.log import READING
from portal.booking.desk_forms import RESULT_NAMES
from portal.booking.forms import NEED_NAMES
from portal.booking.messages import site_in
from portal.foster import forms as foster
from portal.groups import forms as groups
from portal.i18n import DEFAULT, LANGUAGES, language

NAMES = {
    "booking": _l("Booking"),
    "enquiry": _l("Enquiry about foster care"),
    "access_request": _l("Request for accessibility"),
    "id": _l("Number in the portal"),
    "reference": _l("Reference"),
    "status": _l("State"),
    "kind": _l("Kind"),
    "origin": _l("How it came to us"),
    "moves": _l("How many times you have changed the time"),
    "waiting_since": _l("On the waiting list since"),
    "respond_by": _l("Answer to the offered time by"),
    "created_at": _l("Received"),
    "touched_at": _l("Last step"),
    "answered_at": _l("Answered"),
    "ended_at": _l("Ended"),
    "result": _l("Result of the talk"),
    "reason": _l("Reason"),
    "promised_on": _l("We promised to answer by"),
    "talks": _l("Talks that came to nothing"),
    "asked_on": _l("Day on which it was asked"),
    "due_on": _l("To be answered by"),
    "longest_on": _l("Last day on which it can be answered"),
    "extended_to": _l("Extended to"),
    "person": _l("What you told us"),
    "deleted_on": _l("Your details will be deleted"),
    "name": _l("How you asked to be addressed"),
    "contact": _l("Contact"),
    "channel": _l("Way of contact"),
    "language": _l("Language"),
    "may_leave_message": _l("We may leave a voice message"),
    "may_say_who": _l("We may say where we are calling from"),
    "safe_from": _l("Safe hours from"),
    "safe_to": _l("Safe hours until"),
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
    "messages": _l("Messages to you"),
    "deeds": _l("Who did or read what"),
    "events": _l("What happened"),
    "groups": _l("Groups"),
    "edition": _l("Edition"),
    "joined_on": _l("In the group since"),
    "left_on": _l("Left the group on"),
    "left_reason": _l("Why"),
    "attendance": _l("Attendance"),
    "individual": _l("Individual meetings"),
    "day": _l("Day"),
    "held_on": _l("Day"),
    "minutes": _l("Minutes"),
    "certificates": _l("Certificates"),
    "first_on": _l("First day"),
    "last_on": _l("Last day"),
    "issued_at": _l("Issued"),
    "interpreter": _l("Interpreter"),
    "method": _l("Kind"),
    "state": _l("State"),
    "asked_at": _l("Asked for"),
    "alternative": _l("What we offer instead"),
    "at": _l("When"),
    "what": _l("What"),
    "by_staff": _l("by staff"),
    "held_back": _l("Not handed over"),
}
LEFT_OUT = ("record", "schedule_version", "delay_language", "answer_language")  # of use to the portal alone
RIGHTS = "%s/prywatnosc"
STAFF_NOTE = _l("Note of our staff")

WORDS: dict[str, dict[str, Any]] = {
    "status": foster.STATE_NAMES
    | access_requests.STATE_NAMES
    | {
        "waiting": _l("On the waiting list"),
        "confirmed": _l("Booked"),
        "displaced": _l("Needs another time"),
        "cancelled_resident": _l("Cancelled at your wish"),
        "cancelled_office": _l("Cancelled by the centre"),
        "attended": _l("The talk took place"),
        "no_show": _l("Nobody came to the talk"),
    },
    "kind": access_requests.KIND_NAMES
    | {
        "reporting": _l("Certificate of reporting"),
        "completion": _l("Certificate of completion"),
        "received": _l("Confirmation of an enquiry"),
        "request_received": _l("Confirmation of a request"),
        "request_extended": _l("Notice that it takes longer"),
        "request_answered": _l("News of an answer"),
        "confirmed": _l("Confirmation of a booking"),
        "moved": _l("Change of a time"),
        "reminder": _l("Reminder"),
        "waiting": _l("Waiting list"),
        "offered": _l("Offer of a time"),
        "withdrawn": _l("End of an offer"),
        "displaced": _l("Time has to change"),
        "cancelled": _l("Cancellation"),
        "interpreter_arranged": _l("Interpreter arranged"),
        "interpreter_not_possible": _l("Interpreter not possible"),
    },
    "origin": {
        "online": _l("Through the portal"),
        "phone": _l("By phone"),
        "desk": _l("At the desk"),
        "walk_in": _l("At the desk, for a talk right now"),
        "waitlist": _l("Through the waiting list"),
        "transfer": _l("Passed on to us"),
    },
    "result": RESULT_NAMES,
    "reason": foster.REASON_NAMES,
    "channel": {
        "email": _l("E-mail"),
        "sms": _l("SMS"),
        "phone": _l("Phone"),
        "none": _l("Without contact"),
    },
    "language": LANGUAGES,
    "needs": NEED_NAMES,
    "method": NEED_NAMES,
    "interests": foster.NAMES["interests"],
    "training": foster.NAMES["trainings"],
    "meeting": foster.NAMES["meetings"],
    "left_reason": groups.REASON_NAMES,
    "state": groups.STATE_NAMES
    | {
        "queued": _l("Waiting"),
        "claimed": _l("Being sent"),
        "sent": _l("Sent"),
        "failed": _l("Failed"),
        "suppressed": _l("Not sent: no longer needed"),
        "requested": _l("Being looked for"),
        "arranged": _l("Arranged"),
        "not_possible": _l("Not possible"),
    },
    "held_back": {"outcome_note": STAFF_NOTE, "note": STAFF_NOTE},
    "what": {
        "booked": _l("Booked"),
        "waiting": _l("Put on the waiting list"),
        "offered": _l("Offer of a time"),
        "accepted": _l("Offered time accepted"),
        "declined": _l("Offered time declined"),
        "expired": _l("Offer not answered"),
        "withdrawn": _l("End of an offer"),
        "moved": _l("Change of a time"),
        "displaced": _l("Time has to change"),
        "cancelled": _l("Cancellation"),
        "released": _l("Cancellation"),
        "restored": _l("Put back"),
        "told": _l("Told by staff"),
        "contact_changed": _l("Contact changed"),
        "pin_renewed": _l("New PIN"),
        "interpreter_arranged": _l("Interpreter arranged"),
        "interpreter_not_possible": _l("Interpreter not possible"),
        "attended": _l("The talk took place"),
        "no_show": _l("Nobody came to the talk"),
        "result_noted": _l("Result noted"),
        "note_changed": _l("Note on the talk"),
    },
}  # of codes, by the name of what they are in; what is not here was written by somebody


def text_of(facts: dict[str, Any]) -> str:
    """The copy as lines, in the language of the person, whatever that of the panel is."""
    with force_locale(_language(facts)):
        return "\n".join(_all_lines(facts))


def _language(facts: dict[str, Any]) -> str:
    return next((one["person"]["language"] for one in facts["records"][::-1] if one["person"]), DEFAULT)


def _all_lines(facts: dict[str, Any]) -> list[str]:
    lines = [_("A copy of the personal data in the portal"), said("made_at", facts["made_at"]), ""]
    for record in facts["records"]:
        read = [deed | {"what": _looked(deed["what"])} for deed in record["deeds"]]
        lines += [str(NAMES[record["record"]]).upper(), *_lines(record | {"deeds": read}, 0), ""]
        if record["held_back"]:
            lines += [
                _(
                    "There is also a note of our staff. What other people have said is not handed over; ask us."
                ),
                "",
            ]
    return [
        *lines,
        _(
            "Why we keep this, who gets it, and what your rights are: %(address)s",
            address=RIGHTS % site_in(language()),
        ),
    ]


def _looked(action: str) -> str:
    """Which deed it was says how staff work, not what was done with the data."""
    return str(_("read") if action.endswith(READING) else _("changed or added"))


def _lines(facts: dict[str, Any], depth: int) -> Iterator[str]:
    for key, value in facts.items():
        if key in LEFT_OUT or value is None or value == "":
            continue
        name, indent = NAMES[key], "  " * depth
        if isinstance(value, dict):
            yield f"{indent}{name}:"
            yield from _lines(value, depth + 1)
        elif isinstance(value, list):
            yield f"{indent}{name}: {len(value) or _('none')}"
            for item in value:
                yield from _item(key, item, depth + 1)
        else:
            yield f"{indent}{name}: {said(key, value)}"


def _item(key: str, item: object, depth: int) -> Iterator[str]:
    if not isinstance(item, dict):
        yield f"{'  ' * depth}– {said(key, item)}"
        return
    plain = {name: value for name, value in item.items() if not isinstance(value, dict | list)}
    yield f"{'  ' * depth}– " + ", ".join(
        f"{NAMES[name]}: {said(name, value)}" for name, value in plain.items()
    )
    yield from _lines({name: value for name, value in item.items() if name not in plain}, depth + 1)


def said(key: str, value: object) -> str:
    """A value in words: codes as the portal names them, days and moments as calendars and clocks in Poland show them."""
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    text, words = str(value), WORDS.get(key, {})
    if text and all(code in words for code in text.split()):
        return ", ".join(str(words[code]) for code in text.split())
    if isinstance(value, datetime):
        return str(format_datetime(clock.local(value), "d MMMM yyyy, H:mm", rebase=False))
    if isinstance(value, date):
        return str(format_date(value, "d MMMM yyyy"))
    return f"{value:%H:%M}" if isinstance(value, time) else text
