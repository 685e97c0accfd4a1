"""How many, month by month, for one service: asked of the database as sums, so that nobody's row is read.

Only months that are over are counted, and what is shown of them is what `small` allows.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, Executable, Select, and_, case, extract, func, or_, select

from portal import clock
from portal.booking.interpreters import ErasedRequests, InterpreterRequest, met_in_time
from portal.booking.models import HOLDING, Booking, Place, Slot
from portal.db import days_until, db
from portal.outbox.models import BY_PHONE, PERHAPS_UNTOLD, Message
from portal.statistics.small import Joined, Numbers, join, join_within

PARTS = {
    "occupancy": ("taken", "left"),
    "lead_time": ("days",),
    "no_shows": ("missed", "others"),
    "channels": ("online", "phone", "desk"),
    "interpreters": ("met", "not_met"),
    "messages": ("delivered", "undelivered"),
    "promise": ("kept", "late"),
    "wait": ("days",),
    "steps": ("new", "in_contact", "talk_booked", "finished"),
}
CHANNELS = {"phone": 1, "desk": 2, "walk_in": 2}  # all others are online
DECEMBER = 12


@dataclass(frozen=True)
class Row:
    """Months that are shown as one (from 1, both included), and a number for each part of the figure."""

    first: int
    last: int
    numbers: tuple[float, ...]

    @property
    def total(self) -> float:
        """All parts together."""
        return sum(self.numbers)

    @property
    def share(self) -> int:
        """How many of a hundred belong to the first part; 0 of none."""
        return round(100 * self.numbers[0] / self.total) if self.total else 0


@dataclass(frozen=True)
class Figure:
    """One question, answered by rows of months; `waiting` are the months at the end that have too few people to show."""

    code: str
    rows: list[Row]
    waiting: tuple[int, int] | None

    @property
    def parts(self) -> tuple[str, ...]:
        """What the numbers of a row are, in their order."""
        return PARTS[self.code]

    @property
    def has_share(self) -> bool:
        """Whether the first part of each row is worth a percentage of the whole."""
        return len(self.parts) == 2


@dataclass(frozen=True)
class Question:
    """One service in the months of a year that are over."""

    service_id: int
    year: int
    months: int

    @property
    def talks(self) -> ColumnElement[bool]:
        """The slots that were not cancelled."""
        last = date(self.year, self.months + 1, 1) if self.months < DECEMBER else date(self.year + 1, 1, 1)
        days = and_(Slot.day >= date(self.year, 1, 1), Slot.day < last)
        return and_(Slot.service_id == self.service_id, days, Slot.status != "cancelled")


def years(now: datetime) -> list[int]:
    """The years of which there is anything to count, newest first; this year is always among them."""
    this = clock.day_of(now).year
    oldest = db.session.scalar(select(func.min(Slot.day)))
    return list(range(this, min(oldest.year if oldest else this, this) - 1, -1))


def months_over(year: int, now: datetime) -> int:
    """How many months of the year are over."""
    today = clock.day_of(now)
    return DECEMBER if year < today.year else today.month - 1 if year == today.year else 0


def figures(service_id: int, year: int, now: datetime) -> list[Figure]:
    """Everything that may be shown of a service in a year, in six queries however many bookings there are."""
    question = Question(service_id, year, months_over(year, now))
    talks = _talks(question)
    units = join([(sum(month),) for month in talks["channels"]])
    return [
        _occupancy(question, units),
        _lead_time(question, units),
        *(_figure(code, join_within(talks[code], units), question) for code in ("no_shows", "channels")),
        _interpreters(question, units, [sum(month) for month in talks["channels"]]),
        _figure("messages", join(_messages(question)), question),
    ]


def _figure(code: str, joined: Sequence[Joined], question: Question) -> Figure:
    rows = [Row(row.first + 1, row.last + 1, row.numbers) for row in joined if any(row.numbers)]
    return Figure(code, rows, not_shown(joined, question.months))


def not_shown(joined: Sequence[Joined], months: int) -> tuple[int, int] | None:
    """The months at the end of so many that are in no row."""
    shown = joined[-1].last + 1 if joined else 0
    return (shown + 1, months) if shown < months else None


def _occupancy(question: Question, units: Sequence[Joined]) -> Figure:
    made = select(_month(Slot.day), func.count(Place.id)).join(Place.slot).where(question.talks)
    places = _counted(made.group_by("month"), question, 1, lambda _row: 0)
    rows = [
        Joined(
            unit.first,
            unit.last,
            _taken_and_left(unit, sum(n for (n,) in places[unit.first : unit.last + 1])),
        )
        for unit in units
    ]
    return _figure("occupancy", rows, question)


def _taken_and_left(unit: Joined, places: int) -> Numbers:
    (taken,) = unit.numbers
    return taken, max(places - taken, 0)


def _lead_time(question: Question, units: Sequence[Joined]) -> Figure:
    """The median of days from the booking to the talk."""
    ahead = days_until(Slot.day, Booking.created_at).label("ahead")
    query = _bookings(question, ahead).group_by("month", "ahead")
    days = [Counter[int]() for _month in range(question.months)]
    for month, found, count in db.session.execute(query):
        days[int(month) - 1][max(found, 0)] += count
    rows = [
        Row(unit.first + 1, unit.last + 1, (_median(days[unit.first : unit.last + 1]),))
        for unit in units
        if any(unit.numbers)
    ]
    return Figure("lead_time", rows, not_shown(units, question.months))


def _median(months: Sequence[Counter[int]]) -> float:
    return median(sum(months, Counter[int]()).elements())


def _talks(question: Question) -> dict[str, list[Numbers]]:
    """The talks of each month, split by whether the person came and by the way of booking."""
    missed = case((Booking.status == "no_show", 1), else_=0).label("missed")
    query = _bookings(question, missed, Booking.origin).group_by("month", "missed", Booking.origin)
    found = db.session.execute(query).all()
    return {
        "no_shows": _sorted(found, question, 2, lambda row: 1 - row.missed),
        "channels": _sorted(found, question, 3, lambda row: CHANNELS.get(row.origin, 0)),
    }


def _interpreters(question: Question, units: Sequence[Joined], people: Sequence[int]) -> Figure:
    """Who asked for one, and whether they got one in time. Those who asked for none are the third answer: it is not
    shown, but whoever subtracts finds it, so it counts when months are joined."""
    asked = zip(_requests(question), people, strict=True)
    joined = join_within([(met, not_met, all_of - met - not_met) for (met, not_met), all_of in asked], units)
    return _figure("interpreters", [Joined(j.first, j.last, j.numbers[:2]) for j in joined], question)


def _requests(question: Question) -> list[Numbers]:
    """The requests of each month, met and not, those included whose people have been erased."""
    met = case((met_in_time(), 0), else_=1).label("part")
    living = (
        select(_month(Slot.day), met, func.count().label("number"))
        .select_from(InterpreterRequest)
        .join(InterpreterRequest.booking)
        .join(Booking.slot)
        .where(question.talks, Booking.status.in_(HOLDING))
        .group_by("month", "part")
    )
    erased = select(ErasedRequests.month, ErasedRequests.not_met, ErasedRequests.number).where(
        ErasedRequests.service_id == question.service_id,
        ErasedRequests.year == question.year,
        ErasedRequests.month <= question.months,
    )
    rows = [*db.session.execute(living), *db.session.execute(erased)]
    return _sorted(rows, question, 2, lambda row: int(row[1]))


def _messages(question: Question) -> list[Numbers]:
    """What was written in each month (of UTC) and either delivered, or not although it should have been."""
    delivered = and_(Message.state == "sent", Message.problem.is_(None))
    failed = or_(
        Message.state == "failed",
        and_(Message.state == "sent", Message.problem.is_not(None)),  # people had to say it
        and_(Message.state == "suppressed", Message.problem.in_(PERHAPS_UNTOLD)),
    )
    part = case((delivered, 0), else_=1).label("part")
    first = datetime(question.year, 1, 1, tzinfo=UTC)
    next_year = datetime(question.year + 1, 1, 1, tzinfo=UTC)
    query = (
        select(_month(Message.created_at), part, func.count().label("number"))
        .join(Booking, and_(Message.about == "booking", Message.about_id == Booking.id))
        .where(Booking.service_id == question.service_id, Message.channel != BY_PHONE, or_(delivered, failed))
        .where(Message.created_at >= first, Message.created_at < next_year)
        .group_by("month", "part")
    )
    return _counted(query, question, 2, lambda row: row.part)


def _bookings(question: Question, *split: Any) -> Select[Any]:
    query = select(_month(Slot.day), *split, func.count().label("number"))
    return query.select_from(Booking).join(Booking.slot).where(question.talks, Booking.status.in_(HOLDING))


def _month(moment: Any) -> ColumnElement[int]:
    return extract("month", moment).label("month")


def _counted(
    query: Executable, question: Question, width: int, part_of: Callable[[Any], int]
) -> list[Numbers]:
    return _sorted(db.session.execute(query), question, width, part_of)


def _sorted(
    rows: Iterable[Any], question: Question, width: int, part_of: Callable[[Any], int]
) -> list[Numbers]:
    """A line for each month that is over; the first of a row is its month and the last its number."""
    lines = [[0] * width for _month in range(question.months)]
    for row in rows:
        if row[0] <= question.months:
            lines[int(row[0]) - 1][part_of(row)] += row[-1]
    return [tuple(line) for line in lines]
