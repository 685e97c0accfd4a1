"""People on the phone and at the desk are equals: places are kept for them, and staff book in their place."""

from collections import Counter
from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from portal import clock
from portal.accounts.models import last_audit_entries
from portal.booking import actions
from portal.booking.checks import violations
from portal.booking.models import Booking, Place, Slot
from portal.booking.telling import to_tell
from portal.db import db
from portal.outbox.models import messages_about
from portal.programmes.models import Service
from tests.client import Client, values_of
from tests.conftest import free_slots
from tests.parts import html
from tests.test_booking_pages import book
from tests.test_staff_slots import offer_series

pytestmark = pytest.mark.pages

PERSON = {"origin": "phone", "name": "Żaneta", "channel": "none"}


@given(st.integers(0, 100), st.integers(0, 100))
def test_shares_hold_over_every_hundred_places(phone: int, walk_in: int) -> None:
    walk_in = min(walk_in, 100 - phone)
    service = Service(phone_percent=phone, walk_in_percent=walk_in)
    given_out = Counter(service.channel_of_place(number) for number in range(1, 101))
    assert given_out["phone"] == phone
    assert given_out["walk_in"] == walk_in
    assert given_out["any"] == 100 - phone - walk_in


def test_places_kept_for_the_phone_are_not_offered_online(
    app: Flask, interviewer: Client, resident: Client
) -> None:
    with app.app_context():
        db.session.execute(update(Service).values(phone_percent=50))
        db.session.commit()
        before = set(free_slots())
    offer_series(interviewer, first_on="2026-12-03", last_on="2026-12-17")
    with app.app_context():
        made = set(
            db.session.scalars(
                select(Slot.id).where(
                    Slot.series_id
                    == select(Slot.series_id).order_by(Slot.id.desc()).limit(1).scalar_subquery()
                )
            )
        )
        kept = [p.channel for p in db.session.scalars(select(Place).where(Place.slot_id.in_(made)))]
        assert Counter(kept) == {"any": len(made) // 2, "phone": len(made) // 2}
        assert len(set(free_slots()) - before) == len(made) // 2


def only_for(app: Flask, channel: str) -> int:
    """A slot whose place is kept; every other one is blocked."""
    with app.app_context():
        slot_id = free_slots()[3]
        db.session.execute(update(Place).where(Place.slot_id != slot_id).values(state="blocked"))
        db.session.execute(update(Place).where(Place.slot_id == slot_id).values(channel=channel))
        db.session.commit()
        return slot_id


@pytest.mark.parametrize("channel", ["phone", "walk_in"])
def test_staff_book_for_somebody_on_the_phone(
    app: Flask, interviewer: Client, resident: Client, channel: str
) -> None:
    slot_id = only_for(app, channel)
    assert "Nie ma teraz wolnych terminów" in resident.visit("/umow-rozmowe/a1/termin").text
    page = interviewer.visit(interviewer.visit("/panel/rezerwacje").links()["Nowa rezerwacja"])
    with app.app_context():
        assert f", {db.session.get_one(Slot, slot_id).lead.name}" in page.text, "with whom the talk is"
    page = interviewer.submit(page, "Zarezerwuj termin", **PERSON, slot=str(slot_id), needs=["loop"])
    assert page.h1 == "Termin zarezerwowany"
    reference, pin = (html.text_of(page.dom.by_id[name]) for name in ("reference", "pin"))
    assert "Żaneta" not in page.everything, "the slip that is printed names nobody"
    shown = resident.submit(
        resident.visit("/moja-rezerwacja"), "Pokaż rezerwację", reference=reference, pin=pin
    )
    assert "Termin jest potwierdzony." in shown.text
    with app.app_context():
        booking = db.session.scalars(select(Booking)).one()
        assert (booking.slot_id, booking.origin) == (slot_id, "phone")


def test_the_same_form_sent_twice_is_one_booking(app: Flask, interviewer: Client) -> None:
    page = interviewer.visit("/panel/rezerwacje/nowa")
    with app.app_context():
        slot_id = str(free_slots()[0])
    for _time in range(2):
        done = interviewer.submit(page, "Zarezerwuj termin", **PERSON, slot=slot_id)
        assert done.h1 == "Termin zarezerwowany"
    with app.app_context():
        assert len(db.session.scalars(select(Booking)).all()) == 1


def test_a_slot_that_is_full_by_now_is_not_quietly_replaced(app: Flask, interviewer: Client) -> None:
    with app.app_context():
        slot_id = str(free_slots()[3])
    address = f"/panel/rezerwacje/nowa?usluga=a1&termin={slot_id}"
    page = interviewer.visit(address)
    assert values_of(page.form())["slot"] == slot_id
    interviewer.submit(page, "Zarezerwuj termin", **PERSON)
    full = interviewer.visit(address)
    assert values_of(full.form())["slot"] == ""
    assert interviewer.submit(full, "Zarezerwuj termin", **PERSON).status == 422


def test_a_lost_race_keeps_what_was_typed(app: Flask, interviewer: Client, administrator: Client) -> None:
    with app.app_context():
        slot_id = str(free_slots()[0])
    pages = [staff.visit("/panel/rezerwacje/nowa") for staff in (interviewer, administrator)]
    interviewer.submit(pages[0], "Zarezerwuj termin", **PERSON, slot=slot_id)
    late = administrator.submit(pages[1], "Zarezerwuj termin", **PERSON, slot=slot_id)
    assert late.status == 409
    assert "Ten termin został właśnie zajęty" in late.text
    assert 'value="Żaneta"' in late.everything
    again = administrator.submit(late, "Zarezerwuj termin")
    assert "Wybierz termin rozmowy" in again.text, "no other time is booked unasked"


def test_mistakes_are_named_and_nothing_is_lost(interviewer: Client) -> None:
    page = interviewer.visit("/panel/rezerwacje/nowa?usluga=b1")
    wrong = interviewer.submit(page, "Zarezerwuj termin", name="Żaneta", channel="phone", phone="12")
    assert wrong.status == 422
    assert "Wpisz numer telefonu, na przykład 500 600 700" in wrong.text
    assert 'value="Żaneta"' in wrong.everything


def test_where_nothing_is_free_staff_put_people_on_the_list(app: Flask, interviewer: Client) -> None:
    with app.app_context():
        db.session.execute(update(Place).values(state="blocked"))
        db.session.commit()
    page = interviewer.visit("/panel/rezerwacje/nowa")
    page = interviewer.submit(page, "Zarezerwuj termin", **PERSON)
    assert page.h1 == "Na liście oczekujących"
    with app.app_context():
        assert db.session.scalars(select(Booking.status)).one() == "waiting"


def test_a_time_too_near_for_the_web_can_be_given_by_phone(app: Flask, interviewer: Client) -> None:
    with app.app_context():
        slot = db.session.get_one(Slot, free_slots()[0])
        length = slot.ends_at - slot.starts_at
        slot.starts_at = clock.now().replace(hour=16, minute=0)
        slot.ends_at, slot.day = slot.starts_at + length, clock.day_of(clock.now())
        slot_id = slot.id
        db.session.commit()
        assert slot_id not in free_slots()
    page = interviewer.visit("/panel/rezerwacje/nowa")
    page = interviewer.submit(page, "Zarezerwuj termin", **PERSON, slot=str(slot_id))
    assert page.h1 == "Termin zarezerwowany"


def test_a_lost_pin_is_replaced_after_a_check_and_shown_once(
    app: Flask, interviewer: Client, resident: Client
) -> None:
    _page, reference, old = book(resident, channel="none")
    address = "/panel/rezerwacje/1/pin"
    unchecked = interviewer.submit(interviewer.visit(address), "Utwórz nowy PIN")
    assert unchecked.status == 422
    page = interviewer.submit(unchecked, "Utwórz nowy PIN", is_checked="y")
    new = html.text_of(page.dom.by_id["pin"])
    assert "pin" not in interviewer.visit(address).dom.by_id
    for pin, opens in ((old, False), (new, True)):
        page = resident.visit("/moja-rezerwacja")
        shown = resident.submit(page, "Pokaż rezerwację", reference=reference, pin=pin)
        assert ("Termin jest potwierdzony." in shown.text) == opens
    with app.app_context():
        assert "pin_renewed" in [entry.action for entry in last_audit_entries()]


def test_who_phones_to_say_that_they_will_not_come_is_off_the_list(
    app: Flask, interviewer: Client, administrator: Client, resident: Client
) -> None:
    book(resident, channel="email", email="ola@example.com")
    card = interviewer.visit("/panel/rezerwacje/1")
    asked = interviewer.visit(card.links()["Odwołaj na prośbę osoby"])
    assert "Portal potwierdzi to e-mailem" in asked.text
    late = administrator.visit("/panel/rezerwacje/1/rezygnacja")
    done = interviewer.submit(asked, "Odwołaj na prośbę osoby")
    assert "Odwołana przez mieszkańca" in done.text
    assert "Odwołaj na prośbę osoby" not in done.links()
    assert "nie ma czego odwoływać" in administrator.visit("/panel/rezerwacje/1/rezygnacja").text
    assert administrator.press(late, "Odwołaj na prośbę osoby").status_code == 303, "twice adds nothing"
    with app.app_context():
        booking = db.session.get_one(Booking, 1)
        assert (booking.status, booking.slot_id in free_slots()) == ("cancelled_resident", True)
        assert [m.kind for m in messages_about("booking", 1)].count("cancelled") == 1
        assert to_tell(clock.now()) == []
        assert violations() == {}
        entry = next(entry for entry in last_audit_entries() if entry.action == "cancelled")
        assert entry.account_id


def test_a_talk_that_changed_meanwhile_is_not_cancelled_unseen(
    app: Flask, interviewer: Client, resident: Client
) -> None:
    book(resident)
    page = interviewer.visit("/panel/rezerwacje/1/rezygnacja")
    with app.app_context():
        actions.move(1, 1, free_slots()[5], clock.now())
    late = interviewer.submit(page, "Odwołaj na prośbę osoby")
    assert late.status == 409
    assert "Ktoś zmienił" in late.text
    assert "Odwołana" in interviewer.submit(late, "Odwołaj na prośbę osoby").text


def test_who_walks_in_gets_a_place_in_a_slot_that_has_begun(app: Flask, interviewer: Client) -> None:
    with app.app_context():
        slot = db.session.get_one(Slot, free_slots()[0])
        slot.starts_at, slot.day = clock.now() - timedelta(minutes=10), clock.day_of(clock.now())
        slot.ends_at, slot_id = slot.starts_at + timedelta(minutes=45), slot.id
        db.session.commit()
    page = interviewer.visit(interviewer.visit(f"/panel/terminy/{slot_id}").links()["Zarezerwuj dla kogoś"])
    page = interviewer.submit(page, "Zarezerwuj termin", **PERSON | {"origin": "walk_in"})
    assert page.h1 == "Termin zarezerwowany"
    with app.app_context():
        booking = db.session.scalars(select(Booking)).one()
        assert (booking.slot_id, booking.origin) == (slot_id, "walk_in")
        assert violations() == {}


def test_an_extra_place_needs_a_reason_and_is_only_for_staff(
    app: Flask, interviewer: Client, resident: Client
) -> None:
    with app.app_context():
        slot_id = free_slots()[0]
        db.session.execute(update(Place).values(state="blocked"))
        db.session.commit()
    address = interviewer.visit(f"/panel/terminy/{slot_id}").links()["Jedno miejsce więcej"]
    page = interviewer.visit(address)
    wrong = interviewer.submit(page, "Dodaj miejsce")
    assert wrong.status == 422
    assert "Napisz, po co jest jeszcze jedno miejsce" in wrong.text
    added = interviewer.submit(page, "Dodaj miejsce", reason="Przyszła w złym dniu")
    assert "Jest jedno miejsce więcej." in added.text
    stale = interviewer.submit(page, "Dodaj miejsce", reason="Przyszła w złym dniu")
    assert stale.status == 409
    assert 'value="Przyszła w złym dniu"' in stale.everything
    assert "Nie ma teraz wolnych terminów" in resident.visit("/umow-rozmowe/a1/termin").text
    desk = interviewer.visit(f"/panel/rezerwacje/nowa?termin={slot_id}")
    assert interviewer.submit(desk, "Zarezerwuj termin", **PERSON).h1 == "Termin zarezerwowany"
    with app.app_context():
        extra = db.session.scalars(select(Place).where(Place.is_extra)).one()
        assert (extra.slot_id, extra.state, extra.extra_reason) == (slot_id, "booked", "Przyszła w złym dniu")
        assert violations() == {}
