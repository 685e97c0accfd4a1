"""A booking, or an interviewer's slots, as a calendar file (RFC 5545): neutral, for the calendar may be shared."""

from collections.abc import Iterable
from datetime import datetime

from icalendar import Calendar, Event

from portal.booking.feeds import Coming
from portal.booking.models import Booking, Slot
from portal.crypto import digest


def file_of(booking: Booking, slot: Slot, title: str, now: datetime) -> bytes:
    """The file. Its UID is the same after every change and its SEQUENCE grows, so that a newer file replaces an older."""
    event = Event()
    event.add("uid", f"{digest(f'calendar|{booking.reference}')[:32]}@portal")
    event.add("sequence", booking.version - 1)
    event.add("dtstamp", now)
    event.add("dtstart", slot.starts_at)
    event.add("dtend", slot.ends_at)
    event.add("summary", title)
    event.add("class", "PRIVATE")
    event.add("status", "CONFIRMED" if booking.is_active else "CANCELLED")
    calendar = _calendar()
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def feed_file(slots: Iterable[tuple[Coming, str]], name: str, now: datetime) -> bytes:
    """Slots, each with its title, for a calendar that reads them again and again; one that is gone has been cancelled."""
    calendar = _calendar()
    calendar.add("x-wr-calname", name)
    calendar.add("x-published-ttl", "PT1H")
    for slot, title in slots:
        event = Event()
        event.add("uid", f"{digest(f'slot|{slot.id}')[:32]}@portal")
        event.add("sequence", slot.version - 1)
        event.add("dtstamp", now)
        event.add("dtstart", slot.starts_at)
        event.add("dtend", slot.ends_at)
        event.add("summary", title)
        event.add("location", slot.office)
        event.add("class", "PRIVATE")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _calendar() -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//portal//PL")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    return calendar
