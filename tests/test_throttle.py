"""What the throttle counts, asked of itself: to the try and to the second (S15, S47, S79). Its pages are in test_accounts and test_booking_pages."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from portal import clock
from portal.accounts.models import Throttle
from portal.accounts.throttle import WINDOW, count, is_first, tried
from portal.db import db
from portal.errors import NotFound, Refused, TooMany
from tests.conftest import only_sqlite

pytestmark = pytest.mark.usefixtures("context")

SECOND = timedelta(seconds=1)


def failures() -> list[int]:
    """What is counted, whatever for."""
    db.session.expire_all()
    return sorted(db.session.scalars(select(Throttle.failures)))


def fail(keys: dict[str, int], now: datetime) -> None:
    with pytest.raises(NotFound), tried(keys, now):
        raise NotFound


def test_after_as_many_failures_as_the_limit_there_is_no_other_try_until_the_window_is_over() -> None:
    begun = clock.now()
    for second in range(2):
        fail({"door": 2}, begun + second * SECOND)
    for after in (2, 10, 899):
        with pytest.raises(TooMany) as refused, tried({"door": 2}, begun + after * SECOND):
            pytest.fail("this is never tried")
        assert refused.value.retry_after == 15 * 60 - after + 1
    fail({"door": 2}, begun + WINDOW)
    assert failures() == [1], "the next window begins with its first failure"


def test_what_is_not_refused_is_not_counted_and_what_breaks_is_no_failure() -> None:
    now = clock.now()
    fail({"door": 3}, now)
    with tried({"door": 3}, now):
        assert failures() == [2], "counted before it is tried, for many may come at once"
    assert failures() == [1]
    with pytest.raises(ZeroDivisionError), tried({"door": 3}, now):
        _ = 1 / 0
    assert failures() == [1]


@only_sqlite
def test_what_is_taken_back_is_this_try_and_no_other() -> None:
    now = clock.now()
    fail({"other": 3}, now)
    with tried({"door": 3}, now):
        assert failures() == [1, 1]
    assert failures() == [0, 1], "what others have failed stays"
    with tried({"door": 3}, now):
        db.session.execute(update(Throttle).values(failures=0))
        db.session.commit()
    assert failures() == [0, 0], "nobody is given tries beyond the limit"


def test_a_try_that_comes_too_late_counts_for_none_of_its_keys() -> None:
    now = clock.now()
    fail({"house": 1}, now)
    with pytest.raises(TooMany):
        count({"street": 5, "house": 1}, now)
    assert failures() == [1]
    fail({"street": 5, "garden": 5}, now)
    assert failures() == [1, 1, 1]


@only_sqlite
def test_a_clock_that_was_set_back_lets_nobody_in_early_and_keeps_nobody_longer_than_a_window() -> None:
    now = clock.now()
    fail({"door": 1}, now + timedelta(hours=3))
    fail({"other": 1}, now - SECOND)
    with pytest.raises(TooMany) as refused:
        count({"door": 1}, now)
    assert refused.value.retry_after == WINDOW.total_seconds() + 1
    with pytest.raises(TooMany) as refused:
        count({"other": 1}, now)
    assert refused.value.retry_after == WINDOW.total_seconds(), "what began before begins no later"


def test_what_is_there_for_the_first_time_is_known_afterwards() -> None:
    now = clock.now()
    assert [is_first("page", now), is_first("page", now), is_first("another", now)] == [True, False, True]
    assert set(db.session.scalars(select(Throttle.started_at))) == {now}


@only_sqlite
def test_no_key_stands_in_the_database_as_it_is() -> None:
    with pytest.raises(Refused), tried({"anna@example.com|10.0.0.1": 5}, clock.now()):
        raise Refused("wrong")
    (kept,) = db.session.scalars(select(Throttle.key_hash))
    assert len(kept) == 64
    assert "anna" not in kept
