"""Planning slots: from "Tuesdays and Thursdays, 15 to 18" to moments. Pure; nothing is stored here."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from operator import attrgetter

from portal import clock


@dataclass(frozen=True)
class Rhythm:
    """When slots repeat, as a clock on the wall in Poland shows it. `weekdays`: 0 is Monday; `left_out` are single days.

    A `to_time` that does not follow `from_time` is one of the next day; slots begin on the day itself all the same.
    """

    weekdays: frozenset[int]
    first_on: date
    last_on: date
    from_time: time
    to_time: time
    minutes: int
    break_minutes: int = 0
    left_out: frozenset[date] = frozenset()

    def closing(self, day: date) -> datetime:
        """When the last slot of a day has to end."""
        overnight = timedelta(days=self.to_time <= self.from_time)
        return datetime.combine(day, self.to_time) + overnight


@dataclass(frozen=True)
class Span:
    """One planned slot, in UTC."""

    starts_at: datetime
    ends_at: datetime

    @property
    def day(self) -> date:
        return clock.day_of(self.starts_at)


@dataclass(frozen=True)
class Skipped:
    """A time that was left out, and why: `left_out`, `holiday`, `closure`, `missing_hour`, `overlap`,
    `past`."""

    wall: datetime
    reason: str


@dataclass
class Plan:
    """What a rhythm comes to."""

    spans: list[Span] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def plan(
    rhythm: Rhythm, now: datetime, closed: frozenset[date] = frozenset(), *, on_holidays: bool = False
) -> Plan:
    """Every slot of the rhythm, by time, none overlapping another, each exactly `minutes` long.

    Public holidays and closed days are left out (an office that works around the clock keeps its holidays). In the hour
    that March skips nothing is invented; in the hour that October repeats each time is offered twice.
    """
    made = Plan()
    for day in _days(rhythm):
        reasons = {
            "left_out": day in rhythm.left_out,
            "closure": day in closed,
            "holiday": clock.is_public_holiday(day) and not on_holidays,
        }
        reason = next((why for why, holds in reasons.items() if holds), "")
        if reason:
            made.skipped.append(Skipped(datetime.combine(day, rhythm.from_time), reason))
        else:
            _plan_day(rhythm, day, now, made)
    return made


def touches(
    spans: Sequence[Span], starts_at: datetime, ends_at: datetime, within: timedelta = timedelta()
) -> bool:
    """Whether the time between both moments overlaps one of the spans, or comes nearer than `within` to it. The spans are
    in order and do not overlap, as `plan` makes them."""
    begun = bisect_left(spans, ends_at + within, key=attrgetter("starts_at"))
    return begun > 0 and spans[begun - 1].ends_at > starts_at - within


def _days(rhythm: Rhythm) -> Iterator[date]:
    day = rhythm.first_on
    while day <= rhythm.last_on:
        if day.weekday() in rhythm.weekdays:
            yield day
        day += timedelta(days=1)


def _plan_day(rhythm: Rhythm, day: date, now: datetime, made: Plan) -> None:
    length, closing = timedelta(minutes=rhythm.minutes), rhythm.closing(day)
    for starts_at, wall in sorted(_starts(rhythm, day, made)):
        ends_at = starts_at + length
        if clock.local(ends_at).replace(tzinfo=None) > closing:
            continue
        if starts_at <= now:
            made.skipped.append(Skipped(wall, "past"))
        elif made.spans and starts_at < made.spans[-1].ends_at:
            made.skipped.append(Skipped(wall, "overlap"))
        else:
            made.spans.append(Span(starts_at, ends_at))


def _starts(rhythm: Rhythm, day: date, made: Plan) -> Iterator[tuple[datetime, datetime]]:
    wall = datetime.combine(day, rhythm.from_time)
    while wall.date() == day and wall + timedelta(minutes=rhythm.minutes) <= rhythm.closing(day):
        moments = clock.at_local(wall)
        if not moments:
            made.skipped.append(Skipped(wall, "missing_hour"))
        for moment in moments:
            yield moment, wall
        wall += timedelta(minutes=rhythm.minutes + rhythm.break_minutes)
