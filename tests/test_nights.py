"""Slots at night: both nights on which clocks change, and a centre that never closes."""

from datetime import date

import time_machine
from flask import Flask
from sqlalchemy import func, select, update

from portal.booking.models import Office, Slot
from portal.db import db
from tests.client import Client
from tests.conftest import signed_in
from tests.test_staff_slots import offer_one, offer_series


def test_both_half_past_twos_of_an_october_night_are_told_apart(
    app: Flask, resident: Client, frozen: time_machine.Traveller
) -> None:
    frozen.move_to("2027-10-25T12:00:00+01:00")
    staff = signed_in(app, "interviewer")
    night = {"first_on": "2027-10-31", "last_on": "2027-10-31", "weekdays": ["6"], "on_holidays": "y"}
    offer_series(staff, **night, from_time="02:00", to_time="03:00", minutes="30", break_minutes="0")
    page = resident.visit("/umow-rozmowe/a1/termin?tydzien=2027-10-31")
    for half_past in ("2:30 (czas letni)", "2:30 (czas zimowy)"):
        assert half_past in page.text
    with app.app_context():
        late = db.session.scalars(select(Slot).order_by(Slot.starts_at.desc())).first()
        assert late
        late_id = str(late.id)
    page = resident.submit(page, "Dalej", slot=late_id)
    assert "2:30 (czas zimowy)–3:00" in page.text


def test_no_hour_is_invented_in_a_march_night(
    app: Flask, resident: Client, frozen: time_machine.Traveller
) -> None:
    frozen.move_to("2027-03-22T12:00:00+01:00")
    staff = signed_in(app, "interviewer")
    night = {"first_on": "2027-03-28", "last_on": "2027-03-28", "weekdays": ["6"], "on_holidays": "y"}
    told = offer_series(staff, **night, from_time="01:00", to_time="04:00", minutes="30", break_minutes="0")
    assert "28.03 02:30" in told.text
    page = resident.visit("/umow-rozmowe/a1/termin?tydzien=2027-03-28")
    assert "1:30" in page.text
    assert "3:00" in page.text
    assert "2:30" not in page.text


def test_a_centre_that_never_closes_is_booked_at_night_and_on_christmas(app: Flask, resident: Client) -> None:
    with app.app_context():
        db.session.execute(update(Office).values(around_the_clock=True))
        db.session.commit()
    staff = signed_in(app, "interviewer")
    christmas = {"first_on": "2026-12-25", "last_on": "2026-12-25", "weekdays": ["4"]}
    offer_series(staff, **christmas, from_time="22:30", to_time="00:00", minutes="45", break_minutes="0")
    page = resident.visit("/umow-rozmowe/a1/termin?tydzien=2026-12-25")
    assert "22:30" in page.text
    assert "23:15" in page.text
    page = resident.submit(page, "Dalej", slot=page.radios("slot")[-1])
    assert "23:15–0:00" in page.text


def test_one_slot_in_a_repeated_hour_is_the_one_that_staff_mean(
    app: Flask, frozen: time_machine.Traveller
) -> None:
    def begins() -> list[str]:
        with app.app_context():
            return [
                f"{slot.starts_at:%H:%M}" for slot in db.session.scalars(at_night.order_by(Slot.starts_at))
            ]

    frozen.move_to("2027-10-25T12:00:00+01:00")
    at_night = select(Slot).where(Slot.day == date(2027, 10, 31), Slot.status == "open")
    staff = signed_in(app, "interviewer")
    night = {"day": "2027-10-31", "from_time": "02:30", "minutes": "90", "on_holidays": "y"}
    asked = offer_one(staff, **night)
    assert asked.status == 422
    assert "Wybierz pierwszą albo drugą." in asked.text
    assert "Która? (nieobowiązkowe)" not in asked.text
    staff.submit(asked, "Udostępnij termin", which_hour="1")
    assert begins() == ["01:30"], "UTC: the second time that clocks show half past two"
    page = staff.visit(f"/panel/terminy/{last_slot(app)}/zmiana")
    staff.submit(page, "Zmień termin", which_hour="0")
    assert begins() == ["00:30"]
    page = staff.visit(f"/panel/terminy/{last_slot(app)}/zmiana")
    staff.submit(page, "Zmień termin", facility="induction_loop")
    assert begins() == ["00:30"], "another room or person leaves the hour"


def last_slot(app: Flask) -> int:
    with app.app_context():
        newest = db.session.scalar(select(func.max(Slot.id)))
        assert newest
        return newest
