"""The clocks of both procedures (R122). Days are counted by the calendar from the day after the event. Where a period ends on a free
day, each side has it as serves the person: ours is not made longer, theirs lasts to the next working day (art. 57 § 4 of the code
of administrative procedure)."""

from dataclasses import dataclass
from datetime import date, timedelta

from portal import clock

COMPLAINT = timedelta(days=30)


@dataclass(frozen=True)
class Term:
    """How long an answer may take: so many days, or with notice and reasons at most so many months."""

    days: int
    months: int


TERMS = {
    "digital": Term(7, 2),  # art. 18 of the act of 4 April 2019 on digital accessibility
    "access": Term(
        14, 2
    ),  # art. 31 of the act of 19 July 2019 on accessibility for people with special needs
}


def due_on(kind: str, asked_on: date) -> date:
    """The last day for an answer, or for saying that it takes longer."""
    return asked_on + timedelta(days=TERMS[kind].days)


def longest_on(kind: str, asked_on: date) -> date:
    """The last day that may be promised when it takes longer."""
    return clock.months_after(asked_on, TERMS[kind].months)


def complain_by(kind: str, ended_on: date) -> date | None:
    """The last day for a complaint to the President of PFRON (art. 32 of the act of 19 July 2019) after a refusal, or after the
    time has passed; None where the law sets none."""
    return clock.working_day_from(ended_on + COMPLAINT) if kind == "access" else None
