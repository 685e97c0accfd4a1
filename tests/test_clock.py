"""The calendar of Poland."""

from datetime import date, datetime

import pytest

from portal import clock


@pytest.mark.parametrize(
    ("day", "free"),
    [
        (date(2024, 12, 24), False),
        (date(2025, 12, 24), True),
        (date(2026, 12, 24), True),
        (date(2027, 3, 28), True),
        (date(2027, 5, 3), True),
        (date(2027, 5, 27), True),
        (date(2027, 5, 28), False),
    ],
)
def test_public_holidays(day: date, free: bool) -> None:
    assert clock.is_public_holiday(day) is free


def test_a_wall_time_has_no_one_or_two_moments() -> None:
    assert clock.at_local(datetime(2027, 3, 28, 2, 30)) == []
    assert len(clock.at_local(datetime(2026, 12, 1, 16, 30))) == 1
    first, second = clock.at_local(datetime(2027, 10, 31, 2, 30))
    assert (second - first).total_seconds() == 3600


@pytest.mark.parametrize(
    ("talk", "reminder"),
    [
        (datetime(2026, 12, 2, 9), datetime(2026, 12, 1, 9)),
        (datetime(2027, 3, 28, 9), datetime(2027, 3, 27, 9)),
        (datetime(2027, 3, 29, 2, 30), datetime(2027, 3, 28, 3, 30)),
        (datetime(2027, 10, 31, 9), datetime(2027, 10, 30, 9)),
        (datetime(2027, 11, 1, 9), datetime(2027, 10, 31, 9)),
    ],
)
def test_a_day_before_is_the_same_hour_on_the_clock(talk: datetime, reminder: datetime) -> None:
    (moment,) = clock.at_local(talk)
    assert clock.local(clock.days_before(moment, 1)).replace(tzinfo=None) == reminder


@pytest.mark.parametrize(
    ("today", "third"),
    [
        (date(2026, 11, 23), date(2026, 11, 26)),
        (date(2026, 11, 27), date(2026, 12, 2)),
        (date(2026, 12, 22), date(2026, 12, 29)),
        (date(2026, 12, 31), date(2027, 1, 7)),
        (date(2027, 4, 30), date(2027, 5, 6)),
        (date(2027, 5, 25), date(2027, 5, 31)),
    ],
)
def test_the_third_working_day_that_follows(today: date, third: date) -> None:
    assert clock.working_day_after(today, 3) == third


def test_the_working_day_before_a_holiday_weekend() -> None:
    assert clock.working_day_before(date(2026, 12, 28)) == date(2026, 12, 23)
    assert clock.working_day_before(date(2026, 12, 3)) == date(2026, 12, 2)
