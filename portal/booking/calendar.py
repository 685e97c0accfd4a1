"""A booking as a calendar file (RFC 5545): when, and nothing about what or where, for the calendar may be shared."""

from datetime import datetime

from icalendar import Calendar, Event

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
    calendar = Calendar()
    calendar.add("prodid", "-//portal//PL")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())
