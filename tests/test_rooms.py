"""Rooms and interpreters with a slot: one at a time, named when they clash, given back and taken again; days left out."""

from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from portal import clock
from portal.accounts.models import Account
from portal.booking.actions import Wish, book, cancel
from portal.booking.calling_off import call_off, undo
from portal.booking.checks import violations
from portal.booking.interpreting import arrange_interpreter
from portal.booking.models import Office, Resource, ResourceGrain, Slot, SlotResource
from portal.booking.offering import Terms, offer
from portal.booking.series import Span
from portal.db import db
from portal.errors import Refused
from portal.programmes.models import Service
from tests.client import Client, Page
from tests.conftest import free_slots, signed_in
from tests.test_staff_slots import offer_one, offer_series

pytestmark = pytest.mark.pages


def number(app: Flask, name: str) -> str:
    """What a form calls somebody or something."""
    with app.app_context():
        return str(db.session.scalars(select(Resource.id).where(Resource.name == name)).one())


def with_room(
    app: Flask, staff: Client, room: str = "Sala 1", lead: str = "Specjalista 1", **more: object
) -> Page:
    return offer_one(staff, room_id=number(app, room), lead_id=number(app, lead), **more)


def grains(slot: Slot, resource: Resource) -> int:
    mine = ResourceGrain.slot_id == slot.id, ResourceGrain.resource_id == resource.id
    return db.session.scalar(select(func.count()).select_from(ResourceGrain).where(*mine)) or 0


def test_a_room_is_never_in_two_slots_and_the_refusal_names_it(app: Flask, interviewer: Client) -> None:
    assert with_room(app, interviewer).status == 200
    clash = with_room(app, interviewer, lead="Specjalista 2", from_time="09:30")
    assert clash.status == 409
    assert "Zajęte w tym czasie – Sala 1: 1 grudnia 2026 r., 9:00" in clash.text
    assert "Specjalista 2:" not in clash.text
    assert with_room(app, interviewer, lead="Specjalista 2", from_time="09:45").status == 200
    assert with_room(app, interviewer, room="Sala 2", lead="Specjalista 3").status == 200
    with app.app_context():
        assert violations() == {}


def test_everybody_and_everything_that_clashes_is_named(app: Flask, interviewer: Client) -> None:
    interpreter = number(app, "Tłumacz języka migowego")
    with_room(app, interviewer, interpreter_id=interpreter)
    clash = with_room(app, interviewer, interpreter_id=interpreter)
    for name in ("Specjalista 1", "Sala 1", "Tłumacz języka migowego"):
        assert f"Zajęte w tym czasie – {name}: 1 grudnia 2026 r., 9:00" in clash.text


def test_a_series_is_offered_whole_or_not_at_all(app: Flask, interviewer: Client) -> None:
    room = number(app, "Sala 1")
    offer_one(interviewer, day="2027-01-07", from_time="08:30", room_id=room)
    with app.app_context():
        before = db.session.scalar(select(func.count(Slot.id)))
    clash = offer_series(interviewer, room_id=room, lead_id=number(app, "Specjalista 2"))
    assert clash.status == 409
    assert "Sala 1: 7 stycznia 2027 r., 8:30" in clash.text
    with app.app_context():
        assert db.session.scalar(select(func.count(Slot.id))) == before


def test_a_room_of_another_place_is_refused(app: Flask, interviewer: Client) -> None:
    with app.app_context():
        elsewhere = Office(name="Filia", address="ul. Inna 1", phone="+48850000001")
        db.session.add(Resource(kind="room", name="Sala w filii", office=elsewhere))
        db.session.commit()
    page = with_room(app, interviewer, room="Sala w filii", office_id="1")
    assert page.status == 422
    assert "Ta sala jest w innym miejscu." in page.text


def test_the_pages_of_staff_name_the_room(app: Flask, interviewer: Client, resident: Client) -> None:
    with_room(app, interviewer, interpreter_id=number(app, "Tłumacz języka migowego"))
    day = interviewer.visit("/panel/terminy/dzien/2026-12-01")
    assert "Sala 1" in day.text
    assert "Sala 1" in interviewer.visit("/panel/terminy?tydzien=2026-12-01").text
    slot = next(url for name, url in day.links().items() if name.startswith("9:00"))
    assert "SalaSala 1" in interviewer.visit(slot).text
    assert "Sala 1" not in resident.visit("/umow-rozmowe/a1/termin?tydzien=2026-12-01").everything


# --- below the pages


@pytest.fixture
def room(context: None) -> Resource:
    return db.session.scalars(select(Resource).where(Resource.name == "Sala 2")).one()


@pytest.fixture
def interpreter(context: None) -> Resource:
    return db.session.scalars(select(Resource).where(Resource.kind == "interpreter")).one()


def in_slots(room: Resource) -> int:
    needs = select(func.count()).select_from(SlotResource).where(SlotResource.resource_id == room.id)
    return db.session.scalar(needs) or 0


def another(name: str = "Ktoś jeszcze") -> Resource:
    lead = Resource(kind="interviewer", name=name)
    db.session.add(lead)
    db.session.commit()
    return lead


def at_the_time_of(slot_id: int, lead: Resource, by: Account, **needs: Any) -> Slot:
    """One more slot at the same time."""
    slot = db.session.get_one(Slot, slot_id)
    terms = Terms(slot.service_id, slot.office_id, lead.id, 1, **needs)
    return offer(terms, [Span(slot.starts_at, slot.ends_at)], by, clock.now())[0]


def test_a_slot_that_is_put_back_has_its_room_again(by: Account, room: Resource, service: Service) -> None:
    free = free_slots()[9]
    slot = at_the_time_of(free, another(), by, room_id=room.id)
    assert grains(slot, room) == 9
    call_off(slot.id, 1, 0, by, clock.now())
    assert grains(slot, room) == 0
    undo(slot.id, 2, by, clock.now())
    assert grains(slot, room) == 9
    call_off(slot.id, 3, 0, by, clock.now())
    at_the_time_of(free, another("Ktoś inny"), by, room_id=room.id)
    with pytest.raises(Refused, match="overlap"):
        undo(slot.id, 4, by, clock.now())
    assert violations() == {}


def test_whoever_is_there_for_the_slot_interprets_for_everybody_in_it(
    by: Account, interpreter: Resource, service: Service
) -> None:
    slot = at_the_time_of(free_slots()[9], another(), by, interpreter_id=interpreter.id)
    wish = Wish(service.id, slot.id, "Anna", "none", None, "pl", "form-1", "hold-1", needs=("pjm",))
    booked = book(wish, clock.now()).booking_id
    arrange_interpreter(booked, interpreter.id, by, clock.now())
    assert violations() == {}
    cancel(booked, 1, clock.now())
    assert grains(slot, interpreter) == 9, "still there for the slot"
    assert violations() == {}


def test_what_is_out_of_use_is_not_taken(by: Account, room: Resource) -> None:
    room.is_active = False
    db.session.commit()
    before = in_slots(room)
    with pytest.raises(Refused, match="away"):
        at_the_time_of(free_slots()[9], another(), by, room_id=room.id)
    assert in_slots(room) == before


# --- days left out, and both nights


def test_single_days_are_left_out_of_a_series(app: Flask, interviewer: Client) -> None:
    page = offer_series(interviewer, left_out="31.12.2026,\n2027-01-07")
    assert "2 terminy są otwarte." in page.text
    assert "Pominięto zgodnie z życzeniem: 31 grudnia 2026 r.; 7 stycznia 2027 r." in page.text
    assert "24 grudnia 2026 r." in page.text, "a holiday is left out by itself"


def test_what_cannot_be_left_out_is_named(interviewer: Client) -> None:
    for typed, told in (
        ("31.12.2026, jutro", "jutro to nie data"),
        ("31.02.2027", "31.02.2027 to nie data"),
        ("2027-01-08", "Nie mieści się między pierwszym a ostatnim dniem: 2027-01-08"),
    ):
        page = offer_series(interviewer, left_out=typed)
        assert page.status == 422
        assert told in page.text
        assert typed in page.everything


def test_a_room_is_free_again_after_the_real_length_of_both_nights(
    app: Flask, frozen: time_machine.Traveller
) -> None:
    frozen.move_to("2027-10-25T12:00:00+01:00")
    staff, room = signed_in(app, "interviewer"), number(app, "Sala 1")
    night = {"first_on": "2027-10-31", "last_on": "2027-10-31", "weekdays": ["6"], "on_holidays": "y"}
    hours = {"from_time": "02:00", "to_time": "03:00", "minutes": "30", "break_minutes": "0"}
    page = offer_series(staff, **night, **hours, room_id=room)
    assert "4 terminy są otwarte." in page.text, "both half past twos, one after the other in one room"
    clash = offer_one(
        staff,
        day="2027-10-31",
        from_time="02:45",
        which_hour="0",
        on_holidays="y",
        room_id=room,
        lead_id=number(app, "Specjalista 2"),
    )
    assert "2:30 (czas letni)" in clash.text
    frozen.move_to("2027-03-22T12:00:00+01:00")
    staff = signed_in(app, "interviewer")
    spring = {"day": "2027-03-28", "on_holidays": "y", "minutes": "30", "room_id": room}
    assert offer_one(staff, **spring, from_time="01:30").status == 200
    assert offer_one(staff, **spring, from_time="03:00").status == 200
    assert "Ta godzina nie istnieje" in offer_one(staff, **spring, from_time="02:30").text
    with app.app_context():
        assert violations() == {}
