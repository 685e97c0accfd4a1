"""How enquiries about foster care move on, by the month in which they were sent, without anybody in them.

Three figures of the same people, joined from the same rows (`small`): whether the promise was kept, how many days people waited
for the first answer, and at which step they are today. A month is counted once all its promises are over, so that whether they
were kept does not change any more. The step does: a reader who compares two days learns that somebody has moved on, not who.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median

from sqlalchemy import func, select

from portal import clock
from portal.booking.models import Booking
from portal.db import db
from portal.foster.models import HOLDING, STATES, Enquiry
from portal.statistics.models import Figure, Row, months_over, not_shown
from portal.statistics.small import Joined, Numbers, join, join_within


@dataclass(frozen=True)
class Course:
    """How one enquiry went; `answered_on` is None while nobody has answered. An own end, or a talk that the person has booked by
    themselves, needs no answer any more."""

    sent_on: date
    promised_on: date
    answered_on: date | None
    step: str

    @property
    def is_kept(self) -> bool:
        """Whether nobody waited longer than was promised."""
        return self.answered_on is not None and self.answered_on <= self.promised_on

    def waited(self, today: date) -> int:
        """Days from the enquiry to the answer, or until today."""
        return ((self.answered_on or today) - self.sent_on).days


def years_of_enquiries(now: datetime) -> list[int]:
    """The years in which there were any, newest first; this year is always among them."""
    oldest = db.session.scalar(select(func.min(Enquiry.created_at)))
    this = clock.day_of(now).year
    return list(range(this, (clock.day_of(oldest).year if oldest else this) - 1, -1))


def pipeline(year: int, now: datetime) -> list[Figure]:
    """What may be shown of a year, in one query."""
    return figures_of(_courses(year), months_over(year, now), clock.day_of(now))


def figures_of(courses: Sequence[Course], months: int, today: date) -> list[Figure]:
    """The three figures of a year whose first `months` are over."""
    while months and any(c.sent_on.month == months and c.promised_on >= today for c in courses):
        months -= 1
    by_month = [[c for c in courses if c.sent_on.month == month + 1] for month in range(months)]
    units = join([(len(sent),) for sent in by_month])
    kept = [(sum(c.is_kept for c in sent), sum(not c.is_kept for c in sent)) for sent in by_month]
    steps = [tuple(sum(c.step == step for c in sent) for step in STATES) for sent in by_month]
    waits = [_median_row(unit, by_month, today) for unit in units if any(unit.numbers)]
    return [
        _figure("promise", kept, units, months),
        Figure("wait", waits, not_shown(units, months)),
        _figure("steps", steps, units, months),
    ]


def _figure(code: str, numbers: Sequence[Numbers], units: Sequence[Joined], months: int) -> Figure:
    joined = join_within(numbers, units)
    rows = [Row(row.first + 1, row.last + 1, row.numbers) for row in joined if any(row.numbers)]
    return Figure(code, rows, not_shown(joined, months))


def _median_row(unit: Joined, by_month: Sequence[Sequence[Course]], today: date) -> Row:
    waited = [c.waited(today) for sent in by_month[unit.first : unit.last + 1] for c in sent]
    return Row(unit.first + 1, unit.last + 1, (median(waited),))


def _courses(year: int) -> list[Course]:
    """The enquiries of a year by their moments alone: nothing of a person is read."""
    first, after = clock.day_start(date(year, 1, 1)), clock.day_start(date(year + 1, 1, 1))
    own_talk = Booking.status.in_(HOLDING)
    query = (
        select(
            Enquiry.created_at,
            Enquiry.promised_on,
            Enquiry.answered_at,
            Enquiry.ended_at,
            Enquiry.status,
            Booking.created_at.label("booked_at"),
        )
        .outerjoin(Booking, (Booking.form_hash == Enquiry.talk_hash) & own_talk)
        .where(Enquiry.created_at >= first, Enquiry.created_at < after)
    )
    return [_course(*row) for row in db.session.execute(query)]


def _course(
    sent: datetime,
    promised_on: date,
    answered: datetime | None,
    ended: datetime | None,
    status: str,
    booked: datetime | None,
) -> Course:
    moments = [moment for moment in (answered, ended, booked) if moment]
    step = "talk_booked" if booked and status != "finished" else status
    return Course(clock.day_of(sent), promised_on, clock.day_of(min(moments)) if moments else None, step)
