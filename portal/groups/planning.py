"""Planning the meetings of a group: from "Tuesdays at 16:30" to moments. Pure; nothing is stored here."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from portal import clock
from portal.booking.series import Plan, Skipped, Span

WEEK = timedelta(weeks=1)
SPARE_WEEKS = 52


@dataclass(frozen=True)
class Weekly:
    """When a group meets, as a clock on the wall in Poland shows it, and for how many minutes. `weekday`: 0 is Monday."""

    first_on: date
    weekday: int
    at: time
    minutes: int

    def last_day(self, count: int) -> date:
        """The last day on which one of `count` meetings could be, however many weeks are left out."""
        return self.first_on + (count + SPARE_WEEKS) * WEEK


def plan(weekly: Weekly, count: int, closed: frozenset[date] = frozenset()) -> Plan:
    """`count` meetings, one a week, by time. Public holidays, closed days, and a night that skips the hour are left out and
    named, and the plan goes on a week longer for each. Fewer only when a whole year more is not enough."""
    made = Plan()
    day = weekly.first_on + timedelta(days=(weekly.weekday - weekly.first_on.weekday()) % 7)
    while len(made.spans) < count and day <= weekly.last_day(count):
        wall = datetime.combine(day, weekly.at)
        reason = why_not(wall, closed)
        if reason:
            made.skipped.append(Skipped(wall, reason))
        else:
            made.spans.append(span_at(wall, weekly.minutes))
        day += WEEK
    return made


def why_not(wall: datetime, closed: frozenset[date]) -> str:
    """Why nobody can meet at that hour: `closure`, `holiday`, `missing_hour`; '' when they can."""
    if wall.date() in closed:
        return "closure"
    if clock.is_public_holiday(wall.date()):
        return "holiday"
    return "" if clock.at_local(wall) else "missing_hour"


def span_at(wall: datetime, minutes: int) -> Span:
    """The moments of a meeting that begins at this hour; in the hour that October repeats, at the first of the two."""
    starts_at = clock.at_local(wall)[0]
    return Span(starts_at, starts_at + timedelta(minutes=minutes))
