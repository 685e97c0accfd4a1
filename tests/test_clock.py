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
