"""A series is changed or ended: free slots to come follow, whatever anybody has or is about to have stays."""

from collections.abc import Iterator
from datetime import date, time, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from portal import clock
from portal.accounts.models import Account, last_audit_entries
from portal.booking.actions import Wish, book, hold
from portal.booking.changing_series import Change, Hours, change_series, end_series
from portal.booking.checks import violations
from portal.booking.models import Booking, Place, Resource, ResourceGrain, Slot, SlotSeries
from portal.booking.offering import Terms, offer, plan_here
from portal.booking.offers import tend
from portal.booking.series import Rhythm, Span
from portal.db import db
from portal.errors import Refused
from portal.programmes.models import Service
from tests.client import Client, Page
from tests.conftest import free_slots, signed_in
from tests.test_apart import consultation
from tests.test_rooms import number
from tests.test_staff_slots import offer_one, offer_series

THURSDAYS = (date(2026, 12, 17), date(2026, 12, 31), date(2027, 1, 7))
MORNING = Hours(time(8), time(10), 45, 15)


def slots_of(series_id: int) -> list[Slot]:
    """The slots of a series that have not been cancelled, by time, as they are now."""
    db.session.rollback()
    db.session.expire_all()
    query = select(Slot).where(Slot.series_id == series_id, Slot.status != "cancelled")
    return list(db.session.scalars(query.order_by(Slot.starts_at)))


def in_words(series_id: int) -> list[str]:
    return [f"{slot.day:%d.%m} {clock.local(slot.starts_at):%H:%M}" for slot in slots_of(series_id)]


def wish(service: Service, slot_id: int | None, who: str) -> Wish:
    return Wish(service.id, slot_id, who, "none", None, "pl", f"form-{who}", f"hold-{who}")


# --- through the pages


def newest_series(app: Flask) -> str:
    with app.app_context():
        series_id = db.session.scalar(select(SlotSeries.id).order_by(SlotSeries.id.desc()).limit(1))
    return f"/panel/terminy/seria/{series_id}"


def change_page(app: Flask, staff: Client) -> Page:
    return staff.visit(staff.visit(newest_series(app)).links()["Zmień wolne terminy"])


def test_staff_change_the_free_slots_and_see_the_rest(
    app: Flask, interviewer: Client, frozen: time_machine.Traveller
) -> None:
    offer_series(interviewer)
    with app.app_context():
        slot_id = slots_of(int(newest_series(app).rsplit("/", 1)[1]))[0].id
        service = db.session.get_one(Slot, slot_id).service
        frozen.move_to("2026-12-07T10:00:00+01:00")
        book(wish(service, slot_id, "Anna"), clock.now())
    staff = signed_in(app, "interviewer")
    page = change_page(app, staff)
    assert "czwartek, 17 grudnia 2026 r., 8:00" in page.links()
    assert "1 osoba" in page.text
    room = number(app, "Sala 2")
    page = staff.submit(
        page, "Zapisz zmianę", lead_id=number(app, "Specjalista 2"), room_id=room, capacity="2"
    )
    assert "Po zmianie jest 5 wolnych terminów." in page.text
    assert page.links()["czwartek, 17 grudnia 2026 r., 8:00"] == f"/panel/terminy/{slot_id}"
    slot = staff.visit(page.links()["czwartek, 31 grudnia 2026 r., 8:00"])
    assert "Specjalista 2" in slot.text
    assert "Sala 2" in slot.text
    assert "2 (wolne: 2 z 2)" in slot.text
    assert slot.links()["Wszystkie terminy tej serii"] == newest_series(app)
    assert "Specjalista 1" in staff.visit(f"/panel/terminy/{slot_id}").text
    with app.app_context():
        assert violations() == {}
        assert "series_changed" in [entry.action for entry in last_audit_entries()]


def test_staff_give_a_series_other_hours(app: Flask, interviewer: Client, resident: Client) -> None:
    offer_series(interviewer)
    page = change_page(app, interviewer)
    hours = {
        "first_on": "2026-12-31",
        "from_time": "12:00",
        "to_time": "13:00",
        "minutes": "30",
        "break_minutes": "0",
    }
    page = interviewer.submit(page, "Zapisz zmianę", **hours)
    assert "Po zmianie są 4 wolne terminy." in page.text
    assert "12:00–13:00 (30 minut)" in page.text
    assert "12:30" in resident.visit("/umow-rozmowe/a1/termin?tydzien=2026-12-31").text


def test_staff_end_a_series(app: Flask, interviewer: Client) -> None:
    offer_series(interviewer)
    page = interviewer.visit(interviewer.visit(newest_series(app)).links()["Zakończ serię"])
    assert interviewer.submit(page, "Odwołaj wolne terminy", first_on="").status == 422
    done = interviewer.submit(page, "Odwołaj wolne terminy", first_on="2026-12-31")
    assert "Odwołano 4 wolne terminy." in done.text
    again = interviewer.visit(done.links()["Zakończ serię"])
    again = interviewer.submit(again, "Odwołaj wolne terminy", first_on="2026-12-31")
    assert again.status == 422
    assert "żaden termin serii nie jest wolny" in again.text


def test_the_second_of_two_sees_the_series_as_it_is(app: Flask, interviewer: Client) -> None:
    offer_series(interviewer)
    colleague = signed_in(app, "administrator")
    mine, theirs = change_page(app, interviewer), change_page(app, colleague)
    colleague.submit(theirs, "Zapisz zmianę", from_time="09:00", to_time="11:00")
    late = interviewer.submit(mine, "Zapisz zmianę", capacity="3")
    assert late.status == 409
    assert "Ktoś zmienił tę serię" in late.text
    assert "9:00–11:00" in late.text
    assert 'value="3"' in late.everything
    assert "Po zmianie" in interviewer.submit(late, "Zapisz zmianę").text


def test_a_clash_is_named_and_nothing_changes(app: Flask, interviewer: Client) -> None:
    offer_series(interviewer)
    room, lead = number(app, "Sala 1"), number(app, "Specjalista 2")
    offer_one(interviewer, day="2026-12-31", from_time="09:30", room_id=room, lead_id=lead)
    clash = interviewer.submit(change_page(app, interviewer), "Zapisz zmianę", room_id=room)
    assert clash.status == 409
    assert "Zajęte w tym czasie – Sala 1: 31 grudnia 2026 r., 9:30" in clash.text
    assert "Specjalista 1:" not in clash.text, "the series does not stand in its own way"
    other = interviewer.submit(
        clash, "Zapisz zmianę", room_id="0", lead_id=lead, from_time="09:00", to_time="11:00"
    )
    assert other.status == 409
    assert "Specjalista 2: 31 grudnia 2026 r., 9:30" in other.text
    with app.app_context():
        series_id = int(newest_series(app).rsplit("/", 1)[1])
        assert {slot.room_id for slot in slots_of(series_id)} == {None}
        assert in_words(series_id)[0] == "17.12 08:00"
        assert violations() == {}


def test_other_hours_are_not_to_bring_people_together_who_must_not_meet(
    app: Flask, interviewer: Client
) -> None:
    offer_one(interviewer, **consultation(app), day="2026-12-31", from_time="12:30")
    offer_series(interviewer)
    page = interviewer.submit(
        change_page(app, interviewer), "Zapisz zmianę", from_time="10:00", to_time="12:00"
    )
    assert page.status == 422
    assert "31 grudnia 2026 r., 12:30" in page.text
    assert "Po zmianie" in interviewer.submit(page, "Zapisz zmianę", near_is_fine="y").text


# --- below the pages


@pytest.fixture
def series_id(service: Service, by: Account, frozen: time_machine.Traveller) -> Iterator[int]:
    """Two slots on each of three Thursdays, not two weeks ahead."""
    frozen.move_to("2026-12-07T10:00:00+01:00")
    rhythm = Rhythm(frozenset({3}), THURSDAYS[0], THURSDAYS[-1], time(8), time(10), 45, 15)
    terms = Terms(service.id, 1, lead("Specjalista 1"), 1)
    made = offer(terms, plan_here(rhythm, 1, clock.now()).spans, by, clock.now(), rhythm)
    assert made[0].series_id
    yield made[0].series_id
    assert violations() == {}


def lead(name: str) -> int:
    return db.session.scalars(select(Resource.id).where(Resource.name == name)).one()


def to(hours: Hours = MORNING, capacity: int = 1, who: str = "Specjalista 1", **more: date) -> Change:
    return Change(more.get("first_on", date(2026, 12, 7)), hours, lead(who), None, None, capacity)


def test_what_somebody_has_or_is_about_to_have_stays(series_id: int, by: Account, service: Service) -> None:
    booked, held, over, *_rest = slots_of(series_id)
    book(wish(service, booked.id, "Anna"), clock.now())
    hold(service, held.id, "somebody else's form", clock.now())
    hold(service, over.id, "a form left alone", clock.now() - timedelta(hours=2))
    assert change_series(series_id, 1, to(Hours(time(9, 30), time(11), 45, 0)), by, clock.now()) == 4
    assert in_words(series_id) == [
        *("17.12 08:00", "17.12 09:00", "31.12 09:30", "31.12 10:15", "07.01 09:30", "07.01 10:15"),
    ]


def test_new_slots_go_around_those_that_stay(series_id: int, by: Account, service: Service) -> None:
    book(wish(service, slots_of(series_id)[0].id, "Anna"), clock.now())
    change_series(series_id, 1, to(Hours(time(8), time(11), 30, 0)), by, clock.now())
    assert in_words(series_id)[:5] == [
        "17.12 08:00",
        "17.12 09:00",
        "17.12 09:30",
        "17.12 10:00",
        "17.12 10:30",
    ]


def test_a_day_that_was_called_off_does_not_come_back(series_id: int, by: Account) -> None:
    end_series(series_id, 1, THURSDAYS[2], by, clock.now())
    change_series(series_id, 2, to(Hours(time(9), time(10), 45, 15)), by, clock.now())
    assert in_words(series_id) == ["17.12 09:00", "31.12 09:00"]


def test_times_are_given_back_and_taken(series_id: int, by: Account) -> None:
    change_series(series_id, 1, to(who="Specjalista 2"), by, clock.now())
    grains = select(ResourceGrain.resource_id).where(
        ResourceGrain.slot_id.in_([s.id for s in slots_of(series_id)])
    )
    assert set(db.session.scalars(grains)) == {lead("Specjalista 2")}
    slot = slots_of(series_id)[0]
    terms = Terms(slot.service_id, slot.office_id, lead("Specjalista 1"), 1)
    assert offer(terms, [Span(slot.starts_at, slot.ends_at)], by, clock.now())


def test_places_are_added_and_taken_away_and_whoever_waits_is_asked(
    series_id: int, by: Account, service: Service
) -> None:
    change_series(series_id, 1, to(capacity=3), by, clock.now())
    assert [len(slot.places) for slot in slots_of(series_id)] == [3] * 6
    change_series(series_id, 2, to(capacity=2), by, clock.now())
    assert [len(slot.places) for slot in slots_of(series_id)] == [2] * 6
    for place in db.session.scalars(select(Place)):
        place.state = "blocked"
    db.session.commit()
    waiting = book(wish(service, None, "Anna"), clock.now()).booking_id
    change_series(series_id, 3, to(capacity=3), by, clock.now())
    db.session.expire_all()
    booking = db.session.get_one(Booking, waiting)
    assert booking.offered_slot_id == slots_of(series_id)[0].id
    assert tend(clock.now()) == 0
    assert change_series(series_id, 4, to(capacity=4), by, clock.now()) == 5
    assert [len(slot.places) for slot in slots_of(series_id)] == [3, 4, 4, 4, 4, 4]


def test_nothing_free_nothing_fitting_and_a_stale_version_are_refused(series_id: int, by: Account) -> None:
    later = to(first_on=date(2027, 2, 1))
    for version, change, code in (
        (1, later, "nothing"),
        (1, to(Hours(time(8), time(8, 30), 45, 0)), "no_fit"),
        (2, to(), "changed"),
    ):
        with pytest.raises(Refused, match=code):
            change_series(series_id, version, change, by, clock.now())
    with pytest.raises(Refused, match="changed"):
        end_series(series_id, 2, THURSDAYS[0], by, clock.now())
    assert len(slots_of(series_id)) == 6


def test_ended_slots_are_free_for_others_and_the_past_stays(
    series_id: int, by: Account, frozen: time_machine.Traveller
) -> None:
    frozen.move_to("2026-12-17T12:00:00+01:00")
    assert end_series(series_id, 1, THURSDAYS[0], by, clock.now()) == 4
    assert in_words(series_id) == ["17.12 08:00", "17.12 09:00"]
    assert not set(free_slots()) & {slot.id for slot in slots_of(series_id)}


def test_other_hours_keep_to_the_clock_in_both_nights(
    service: Service, by: Account, frozen: time_machine.Traveller
) -> None:
    for night, walls in (
        (date(2027, 3, 28), ["01:30", "03:00"]),
        (date(2027, 10, 31), ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00"]),
    ):
        frozen.move_to(f"{night.replace(day=20)}T12:00:00+01:00")
        rhythm = Rhythm(frozenset({6}), night, night, time(0), time(1), 30)
        terms = Terms(service.id, 1, lead("Specjalista 1"), 1)
        spans = plan_here(rhythm, 1, clock.now(), on_holidays=True).spans
        series_id = offer(terms, spans, by, clock.now(), rhythm)[0].series_id
        assert series_id
        nightly = Hours(time(1, 30), time(3, 30), 30, 0)
        change_series(series_id, 1, to(nightly, first_on=night), by, clock.now())
        assert [words[-5:] for words in in_words(series_id)] == walls
        assert violations() == {}
