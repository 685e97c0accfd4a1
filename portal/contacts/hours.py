"""When somebody answers: hours as staff write them, and what they mean at this moment, over midnight and clock changes."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from portal import clock

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SPAN = re.compile(r"(\d{1,2})[:.](\d\d)\s*[-–—]\s*(\d{1,2})[:.](\d\d)")
DAY = 24 * 60
DAYS_AHEAD = 31


@dataclass(frozen=True)
class Span:
    """Minutes of one day from midnight, as clocks show them; one that ends over midnight ends later than 1440."""

    first: int
    last: int

    def __str__(self) -> str:
        return f"{_written(self.first)}–{_written(self.last if self.last <= DAY else self.last - DAY)}"


@dataclass(frozen=True)
class Opening:
    """What is true at a moment: open, until when (None: round the clock), or closed, until when (None: nobody knows)."""

    is_open: bool
    until: datetime | None = None


def spans_in(typed: str) -> list[Span]:
    """The spans of a day: `8:00–12:00, 13:00–17:00`; empty when closed. `22:00–6:00` ends on the next day.

    Raises `ValueError` when something else stands there, or spans of the day overlap.
    """
    parts = [part.strip() for part in typed.split(",") if part.strip()]
    spans = sorted((_span(part) for part in parts), key=lambda span: span.first)
    if any(later.first < earlier.last for earlier, later in pairwise(spans)):
        raise ValueError("spans overlap")
    return spans


def written(spans: Sequence[Span]) -> str:
    """The spans as a column keeps them and `spans_in` reads them."""
    return ", ".join(str(span) for span in spans)


def opening_at(
    moment: datetime, hours: Sequence[Sequence[Span]], is_closed: Callable[[date], bool]
) -> Opening:
    """Whether it is open at this moment; `hours` by weekday from Monday, `is_closed` says on which days nobody comes to work.

    A span belongs to the day on which it begins: the night before a holiday still ends in its morning.
    """
    for opens, closes in _periods(clock.day_of(moment) - timedelta(days=1), hours, is_closed):
        if moment < opens:
            return Opening(is_open=False, until=opens)
        if moment < closes:
            return Opening(is_open=True, until=closes)
    return Opening(is_open=False)


def _periods(
    first: date, hours: Sequence[Sequence[Span]], is_closed: Callable[[date], bool]
) -> Iterator[tuple[datetime, datetime]]:
    """Every opening from this day on, by time; those that touch are one."""
    opens = closes = None
    for day in (first + timedelta(days=n) for n in range(DAYS_AHEAD)):
        for span in [] if is_closed(day) else hours[day.weekday()]:
            begins, ends = _moment(day, span.first), _moment(day, span.last, last=True)
            if opens and closes and begins <= closes:
                closes = max(closes, ends)
                continue
            if opens and closes:
                yield opens, closes
            opens, closes = begins, ends
    if opens and closes:
        yield opens, closes


def _moment(day: date, minutes: int, *, last: bool = False) -> datetime:
    """The moment at which clocks show this; an hour that is skipped moves on, the end of one that repeats is its second."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
    moments = clock.at_local(wall)
    while not moments:
        wall += timedelta(minutes=1)
        moments = clock.at_local(wall)
    return moments[-1 if last else 0]


def _span(part: str) -> Span:
    match = SPAN.fullmatch(part)
    if not match:
        raise ValueError(part)
    hour, minute, to_hour, to_minute = map(int, match.groups())
    first, last = hour * 60 + minute, to_hour * 60 + to_minute
    if minute > 59 or to_minute > 59 or first >= DAY or last > DAY or first == last:
        raise ValueError(part)
    return Span(first, last if last > first else last + DAY)


def _written(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"
