"""What `./run demo` shows is sound, and brought only once."""

import pytest
from sqlalchemy import func, select

from portal import clock
from portal.announcements.models import Announcement, announcements_to_edit
from portal.booking.checks import violations
from portal.booking.models import Booking
from portal.db import db
from portal.demo.announcements import load_announcements
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


def test_the_desk_of_an_editor_comes_once() -> None:
    def all_of_them() -> int:
        return db.session.scalar(select(func.count(Announcement.id))) or 0

    before = all_of_them()
    load_announcements(clock.now())
    assert all_of_them() == before + 2
    load_announcements(clock.now())
    assert all_of_them() == before + 2
    states = {one.state_at(clock.now()) for one in announcements_to_edit()}
    assert states >= {"draft", "planned", "published"}
