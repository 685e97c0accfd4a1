"""The week of free slots as a page shows it, for choosing a time and for moving to another one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import lazy_gettext as _l

from portal import clock
from portal.booking.interpreters import interpreter_sure_from
from portal.booking.openings import OpenSlot, day_of_slot, days_with_room, open_slots
from portal.i18n import clock_time, long_day, weekday
from portal.programmes.models import Service

WEEK = timedelta(days=7)
WORKING_DAYS = 5
FACILITY_NOTES = {
    "induction_loop": _l("induction loop"),
    "online_interpreter": _l("online, with a sign language interpreter"),
}
TOO_SOON = _l("For this time only an online interpreter is certain.")


@dataclass(frozen=True)
class SlotChoice:
    """One radio."""

    id: int
    time: str
    note: str


@dataclass(frozen=True)
class DayChoice:
    """One day of the week on show."""

    id: str
    label_weekday: str
    label_date: str
    slots: list[SlotChoice]


@dataclass(frozen=True)
class Week:
    """One week on show; `room` is the first and the last day on which anything is free, None when nothing is."""

    monday: date
    days: list[DayChoice]
    room: tuple[date, date] | None

    @property
    def sunday(self) -> date:
        """The last day on show."""
        return self.monday + timedelta(days=6)

    @property
    def count(self) -> int:
        """How many slots are on show."""
        return sum(len(day.slots) for day in self.days)

    @property
    def earlier(self) -> date | None:
        """The Monday before, if anything is free before this week."""
        return self.monday - WEEK if self.room and self.room[0] < self.monday else None

    @property
    def later(self) -> date | None:
        """The Monday after, if anything is free after this week."""
        return self.monday + WEEK if self.room and self.room[1] > self.sunday else None


def week_of(
    service: Service,
    now: datetime,
    *,
    asked: str | None,
    chosen: int | None,
    holder: str | None = None,
    interpreter: bool = False,
) -> Week:
    """The week with the day asked for, or of the chosen slot, or the first one with room; there is always room in it,
    or nowhere. With `interpreter` the times that come too soon for one are marked (R63)."""
    room = days_with_room(service, now, holder)
    day = clock.day_of(now)
    if room:
        day = min(max(_date(asked) or day_of_slot(chosen) or room[0], room[0]), room[1])
    monday = day - timedelta(days=day.weekday())
    slots = open_slots(service, now, first=monday, last=monday + timedelta(days=6), holder=holder)
    sure_from = interpreter_sure_from(now) if interpreter else date.min
    return Week(monday, _days(slots, monday, sure_from), room)


def times_for_staff(service: Service, now: datetime) -> list[tuple[str, str]]:
    """Every time that staff may give, as a slot's number and words: when, and with whom."""
    last = clock.day_of(service.last_bookable(now))
    free = open_slots(service, now, first=clock.day_of(now), last=last, by_staff=True)
    return [(str(slot.id), _in_words(slot)) for slot in free]


def _in_words(slot: OpenSlot) -> str:
    words = f"{weekday(slot.day)}, {long_day(slot.day)}, {clock_time(slot.starts_at)}, {slot.lead}"
    return f"{words} ({facility_note(slot.facility)})" if slot.facility else words


def facility_note(facility: str) -> str:
    """What stands beside the hour of a slot; nothing for most."""
    return str(FACILITY_NOTES.get(facility, ""))


def _days(slots: Sequence[OpenSlot], monday: date, sure_from: date) -> list[DayChoice]:
    """Monday to Friday, and the weekend where something is free."""
    by_day: dict[date, list[SlotChoice]] = {monday + timedelta(days=n): [] for n in range(WORKING_DAYS)}
    for slot in slots:
        choice = SlotChoice(slot.id, clock_time(slot.starts_at), _note(slot, sure_from))
        by_day.setdefault(slot.day, []).append(choice)
    return [
        DayChoice(f"{day:%m%d}", weekday(day), long_day(day), choices)
        for day, choices in sorted(by_day.items())
    ]


def _note(slot: OpenSlot, sure_from: date) -> str:
    """What the slot offers, and whether it comes too soon for an interpreter in the room."""
    comes_too_soon = slot.day < sure_from and slot.facility != "online_interpreter"
    notes = (facility_note(slot.facility), str(TOO_SOON) if comes_too_soon else "")
    return ". ".join(note for note in notes if note)


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
