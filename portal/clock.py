"""The only reader of the clock, and the calendar of Poland.

Moments are aware datetimes in UTC; days are dates in Europe/Warsaw.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

LANGUAGES = {"en": "en_US"}  # as the library calls them
WARSAW = ZoneInfo("Europe/Warsaw")


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def local(moment: datetime) -> datetime:
    """The moment as clocks in Poland show it."""
    return moment.astimezone(WARSAW)


def day_of(moment: datetime) -> date:
    """The day in Poland on which the moment falls."""
    return local(moment).date()


def at_local(wall: datetime) -> list[datetime]:
    """The UTC moments at which clocks in Poland show `wall` (naive).

    Usually one; none in the hour skipped in March; two, earlier first, in the hour repeated in October.
    """
    moments = {wall.replace(tzinfo=WARSAW, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(m for m in moments if local(m).replace(tzinfo=None) == wall)


def days_before(moment: datetime, days: int) -> datetime:
    """The same hour, as clocks in Poland show it, so many days earlier, in UTC; an hour later where that one was skipped."""
    return (local(moment) - timedelta(days=days)).astimezone(UTC)


def day_start(day: date) -> datetime:
    """The first moment of a day in Poland, in UTC (midnight is never skipped or repeated there)."""
    return at_local(datetime.combine(day, time()))[0]


@lru_cache(maxsize=32)
def _holidays_of(year: int, language: str = "pl") -> dict[date, str]:
    return dict(holidays.country_holidays("PL", years=year, language=LANGUAGES.get(language, language)))


def is_public_holiday(day: date) -> bool:
    """Whether the day is free by law (act of 18 January 1951; 24 December included since 2025)."""
    return day in _holidays_of(day.year)


def holiday_name(day: date, language: str) -> str:
    """How a public holiday is called; '' for any other day."""
    return _holidays_of(day.year, language).get(day, "")


def working_day_after(day: date, count: int) -> date:
    """The `count`-th working day that follows `day`, which itself does not count."""
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def working_day_from(day: date) -> date:
    """The day itself, or the first working day after a free one."""
    return working_day_after(day - timedelta(days=1), 1)


def working_day_before(day: date) -> date:
    """The last working day before `day`."""
    day -= timedelta(days=1)
    while not is_working_day(day):
        day -= timedelta(days=1)
    return day


def months_after(day: date, count: int) -> date:
    """The day of the same date `count` months later, or the last day of that month where it has no such date (art. 57 § 3 of
    the code of administrative procedure)."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return day.replace(year=year, month=month + 1, day=min(day.day, monthrange(year, month + 1)[1]))


def is_working_day(day: date) -> bool:
    """Monday to Friday, unless a public holiday."""
    return day.weekday() < 5 and not is_public_holiday(day)
