"""A slot in which people have a place is changed: who and what is needed silently, time and place by asking them."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from portal import clock
from portal.accounts.models import Account
from portal.booking.actions import Wish, book, hold
from portal.booking.calling_off import UNDO_WITHIN, undo
from portal.booking.checks import violations
from portal.booking.models import Booking, Place, Resource, Slot, interviewers
from portal.booking.moving_slots import change_slot, set_capacity, switch
from portal.booking.offering import Terms, offer
from portal.booking.offers import accept
from portal.booking.series import Span
from portal.booking.telling import to_tell
from portal.db import db
from portal.errors import Refused
from portal.outbox.models import messages_about
from portal.programmes.models import Service
from tests.client import Client
from tests.conftest import free_slots
from tests.test_calling_off import WAYS, bookings, deliver, displaced_messages, states
from tests.test_calling_off import slot_id as slot_id

HOUR = timedelta(hours=1)


def slot(number: int) -> Slot:
    return db.session.get_one(Slot, number, populate_existing=True)


def terms(number: int) -> Terms:
    as_it_is = slot(number)
    return Terms(0, as_it_is.office_id, as_it_is.lead_id, 0, as_it_is.facility, as_it_is.room_id)


def span(number: int, later: timedelta = timedelta()) -> Span:
    return Span(slot(number).starts_at + later, slot(number).ends_at + later)


def move(number: int, by: Account, later: timedelta = HOUR / 4, affected: int = 4) -> Slot:
    seen, near = (slot(number).version, affected), {"near_is_fine": True}  # the demo has people nearby
    return change_slot(number, *seen, terms(number), span(number, later), by, clock.now(), **near)


def test_another_interviewer_changes_nothing_for_the_people(app: Flask, slot_id: int, by: Account) -> None:
    other = next(person.id for person in interviewers() if person.id != slot(slot_id).lead_id)
    changed = change_slot(
        slot_id, 1, 4, replace(terms(slot_id), lead_id=other), span(slot_id), by, clock.now()
    )
    assert (changed.id, changed.lead_id, changed.version) == (slot_id, other, 2)
    assert states() == ["confirmed"] * 4
    assert displaced_messages() == {}
    assert violations() == {}


def test_a_quarter_of_an_hour_later_everybody_is_asked_and_a_place_is_kept(
    app: Flask, slot_id: int, by: Account, frozen: time_machine.Traveller
) -> None:
    new = move(slot_id, by)
    assert new.id != slot_id, "it overlaps with the old one, which does not stand in its way"
    assert states() == ["displaced"] * 4
    assert {booking.offered_slot_id for booking in bookings()} == {new.id}
    deliver(app)
    assert displaced_messages() == {"email": "queued", "sms": "queued", "phone": "queued"}
    frozen.shift(UNDO_WITHIN)
    deliver(app)
    assert displaced_messages() == {"email": "sent", "sms": "sent", "phone": "queued"}
    first = bookings()[0]
    accept(first.id, first.version, clock.now())
    assert bookings()[0].slot_id == new.id
    assert violations() == {}


def test_thinking_again_brings_the_old_slot_back_and_ends_the_new_one(
    app: Flask, slot_id: int, by: Account, frozen: time_machine.Traveller
) -> None:
    new = move(slot_id, by)
    frozen.shift(UNDO_WITHIN - timedelta(seconds=1))
    undo(slot_id, slot(slot_id).version, by, clock.now())
    assert states() == ["confirmed"] * 4
    assert slot(new.id).status == "cancelled"
    frozen.shift(3600)
    deliver(app)
    assert displaced_messages() == {"email": "suppressed", "sms": "suppressed", "phone": "queued"}
    assert all(m.kind != "withdrawn" for b in bookings() for m in messages_about("booking", b.id))
    assert to_tell(clock.now()) == []
    assert violations() == {}


def test_it_stays_moved_once_somebody_has_said_yes(slot_id: int, by: Account) -> None:
    move(slot_id, by)
    first = bookings()[0]
    accept(first.id, first.version, clock.now())
    with pytest.raises(Refused, match="moved_on"):
        undo(slot_id, slot(slot_id).version, by, clock.now())
    assert states() == ["confirmed"] + ["displaced"] * 3
    assert violations() == {}


def test_a_clash_names_who_is_taken_and_changes_nothing(slot_id: int, by: Account, service: Service) -> None:
    there = slot(slot_id)
    later = span(slot_id, timedelta(hours=20))
    offer(Terms(service.id, there.office_id, there.lead_id, 1), [later], by, clock.now())
    with pytest.raises(Refused, match="overlap") as refused:
        move(slot_id, by, timedelta(hours=20))
    clashes: list[tuple[Resource, Slot]] = refused.value.details["clashes"]  # type: ignore[assignment]
    assert [who.id for who, _where in clashes] == [slot(slot_id).lead_id]
    assert states() == ["confirmed"] * 4
    assert violations() == {}


def test_others_than_were_shown_or_a_stale_page_change_nothing(slot_id: int, by: Account) -> None:
    with pytest.raises(Refused, match="has_bookings"):
        move(slot_id, by, affected=3)
    with pytest.raises(Refused, match="changed"):
        change_slot(slot_id, 7, 4, terms(slot_id), span(slot_id, HOUR), by, clock.now())
    with pytest.raises(Refused, match="past"):
        move(slot_id, by, timedelta(days=-60))
    assert states() == ["confirmed"] * 4
    assert violations() == {}


def test_places_grow_and_only_empty_ones_go(slot_id: int, by: Account) -> None:
    set_capacity(slot_id, 1, 6, by, clock.now())
    db.session.execute(update(Place).where(Place.slot_id == slot_id).values(channel="any"))
    db.session.commit()
    assert slot_id in free_slots()
    hold(slot(slot_id).service, slot_id, "somebody", clock.now())
    with pytest.raises(Refused, match="has_bookings") as refused:
        set_capacity(slot_id, 2, 3, by, clock.now())
    assert refused.value.details == {"lowest": 5}
    set_capacity(slot_id, 2, 5, by, clock.now())
    assert len(slot(slot_id).places) == 5
    assert slot_id not in free_slots()
    with pytest.raises(Refused, match="changed"):
        set_capacity(slot_id, 2, 9, by, clock.now())
    assert violations() == {}


def test_a_closed_slot_keeps_its_people_and_takes_no_others(slot_id: int, by: Account) -> None:
    set_capacity(slot_id, 1, 6, by, clock.now())
    db.session.execute(update(Place).where(Place.slot_id == slot_id).values(channel="any"))
    db.session.commit()
    switch(slot_id, 2, by, clock.now())
    assert slot_id not in free_slots()
    assert states() == ["confirmed"] * 4
    switch(slot_id, 3, by, clock.now())
    assert slot_id in free_slots()
    assert violations() == {}


def test_staff_move_a_slot_on_its_page(app: Flask, interviewer: Client) -> None:
    with app.app_context():
        number = free_slots()[0]
        there = slot(number)
        book(Wish(there.service_id, number, "Żaneta", "email", WAYS["email"], "pl", "f", "h"), clock.now())
    page = interviewer.visit(interviewer.visit(f"/panel/terminy/{number}").links()["Zmień termin"])
    assert "1 osoba ma tu miejsce." in page.text
    assert "Żaneta" not in page.everything
    wrong = interviewer.submit(page, "Zmień termin", from_time="15:07")
    assert wrong.status == 422
    moved = interviewer.submit(page, "Zmień termin", from_time="14:30")
    assert "Termin został zmieniony." in moved.text
    late = interviewer.submit(page, "Zmień termin", from_time="14:00")
    assert late.status == 409
    assert 'value="14:00' in late.everything
    back = interviewer.submit(interviewer.visit(f"/panel/terminy/{number}"), "Przywróć termin")
    assert "Termin jest taki jak przedtem." in back.text
    places = interviewer.visit(back.links()["Liczba miejsc"])
    few = interviewer.submit(places, "Zapisz liczbę", places="0")
    assert few.status == 422
    more = interviewer.submit(places, "Zapisz liczbę", places="3")
    assert "Liczba miejsc została zmieniona." in more.text
    stale = interviewer.submit(places, "Zapisz liczbę", places="2")
    assert stale.status == 409
    closed = interviewer.submit(more, "Zamknij dla nowych rezerwacji")
    assert "Termin nie przyjmuje nowych rezerwacji." in closed.text
    with app.app_context():
        assert db.session.scalars(select(Booking.status)).one() == "confirmed"
        assert violations() == {}
