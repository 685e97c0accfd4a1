"""What `./run demo` shows is sound, and brought only once."""

import pytest
from sqlalchemy import func, select

from portal import clock
from portal.booking.checks import violations
from portal.booking.models import Booking
from portal.db import db
from portal.demo.groups import load_group
from portal.demo.history import load_history

pytestmark = pytest.mark.usefixtures("context")


def bookings() -> int:
    return db.session.scalar(select(func.count(Booking.id))) or 0


def test_a_year_of_talks_and_a_group_are_sound_and_come_once() -> None:
    for bring in (load_history, load_group):
        before = bookings()
        bring(clock.now())
        assert bookings() > before
    assert violations() == {}
    for bring in (load_history, load_group):
        before = bookings()
        bring(clock.now())
        assert bookings() == before
