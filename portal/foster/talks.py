"""Talks of people who are interested, alone or in a group: their times, and bookings that belong to an enquiry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from portal import clock
from portal.accounts.models import Account
from portal.booking.actions import Wish, book
from portal.booking.interpreters import interpreter_to_ask_for_by
from portal.booking.openings import OpenSlot, open_slots
from portal.crypto import digest, keyring
from portal.db import action
from portal.errors import Refused
from portal.foster.models import Enquiry, enquiry_numbered
from portal.programmes.models import Service

AHEAD = ("confirmed", "displaced", "waiting")
MOST_MEETINGS = 5


@dataclass(frozen=True)
class Meeting:
    """A meeting for several people. `ask_by` is the last day on which an interpreter for it is sure (R63); None when that is
    over."""

    slot: OpenSlot
    ask_by: date | None


def coming_meetings(service: Service, now: datetime) -> Sequence[Meeting]:
    """The next meetings in which there is room; for how many is told to nobody (S80)."""
    today = clock.day_of(now)
    slots = open_slots(service, now, first=today, last=clock.day_of(service.last_bookable(now)))[
        :MOST_MEETINGS
    ]
    return [Meeting(slot, _still(interpreter_to_ask_for_by(slot.day), today)) for slot in slots]


def _still(day: date, today: date) -> date | None:
    return day if day >= today else None


@action
def begin_talk(enquiry_id: int, now: datetime) -> str:
    """The token of the form by which a talk is booked: the same one until that talk is over or has come to nothing, so that two
    browsers book once. Raises `Refused`: `ended`, `booked` while there is a talk ahead.
    """
    enquiry = enquiry_numbered(enquiry_id)
    if enquiry is None or enquiry.status == "finished" or enquiry.known_person is None:
        raise Refused("ended")
    if enquiry.talk is not None:
        if enquiry.talk.status in AHEAD:
            raise Refused("booked")
        enquiry.talks += 1
    token = keyring().fingerprint(f"{enquiry.id}|{enquiry.talks}", "enquiry.talk")
    enquiry.talk_hash, enquiry.touched_at = digest(token), now
    return token


def book_talk(enquiry: Enquiry, service: Service, slot_id: int, by: Account, now: datetime) -> str:
    """Book a talk for somebody on the phone, with what they have told already; answers the token of the booking's form.

    Raises `Refused`: `ended`, `booked`, and as `portal.booking.actions.book` does.
    """
    token, person = begin_talk(enquiry.id, now), enquiry.person
    assert person is not None
    wish = Wish(
        service_id=service.id,
        slot_id=slot_id,
        name=person.name,
        channel=person.channel,
        contact=person.contact,
        rules=person.contact_rules,
        needs=tuple(person.need_codes),
        other_need=person.other_need or "",
        language=person.language,
        form_token=token,
        hold_token=token,
        origin="phone",
    )
    book(wish, now, by=by)
    return token
