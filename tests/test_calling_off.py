"""A slot that is called off: everybody keeps the right to a talk, and for ten minutes it can be put back."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from portal import clock
from portal.accounts.models import Account
from portal.booking.actions import Wish, book, cancel, move
from portal.booking.calling_off import UNDO_WITHIN, call_off, undo
from portal.booking.checks import violations
from portal.booking.models import Booking, Place, Slot
from portal.booking.moving_slots import switch
from portal.booking.offering import Terms, offer
from portal.booking.offers import displace
from portal.booking.series import Span
from portal.booking.telling import to_tell
from portal.db import db
from portal.errors import NotFound, Refused
from portal.outbox.actions import PostOffice, deliver_next
from portal.outbox.models import messages_about
from portal.programmes.models import Service, service_called
from tests.client import Client
from tests.conftest import free_slots
from tests.test_booking_pages import book as book_online

WAYS = {"email": "osoba@example.com", "sms": "+48500600701", "phone": "+48500600700", "none": None}


@pytest.fixture
def slot_id(service: Service) -> int:
    """A slot with four places, each taken by somebody who is told in another way."""
    slot_id = free_slots()[9]
    db.session.add_all(Place(slot_id=slot_id, ordinal=n) for n in (2, 3, 4))
    db.session.commit()
    for number, channel in enumerate(WAYS):
        book(wish(service, slot_id, number, channel), clock.now())
    return slot_id


def wish(service: Service, slot_id: int, number: int, channel: str = "none") -> Wish:
    who = f"Osoba {number}"
    return Wish(service.id, slot_id, who, channel, WAYS[channel], "pl", f"form-{number}", f"hold-{number}")


def bookings() -> list[Booking]:
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(select(Booking).order_by(Booking.id)))


def states() -> list[str]:
    return [booking.status for booking in bookings()]


def deliver(app: Flask) -> None:
    office: PostOffice = app.extensions["post_office"]
    while deliver_next(office, clock.now()):
        pass


def displaced_messages() -> dict[str, str]:
    return {
        message.channel: message.state
        for booking in bookings()
        for message in messages_about("booking", booking.id)
        if message.kind == "displaced"
    }


def test_everybody_is_displaced_and_told_in_ten_minutes_or_called(
    app: Flask, slot_id: int, by: Account, frozen: time_machine.Traveller
) -> None:
    call_off(slot_id, 1, 4, by, clock.now())
    assert states() == ["displaced"] * 4
    assert [booking.id for booking, _message in to_tell(clock.now())] == [3], "who chose the phone"
    deliver(app)
    assert displaced_messages() == {"email": "queued", "sms": "queued", "phone": "queued"}
    frozen.shift(UNDO_WITHIN)
    deliver(app)
    assert displaced_messages() == {"email": "sent", "sms": "sent", "phone": "queued"}
    assert violations() == {}


def test_others_than_were_shown_are_not_touched(slot_id: int, by: Account, service: Service) -> None:
    cancel(1, 1, clock.now())
    for affected in (4, 0):
        with pytest.raises(Refused, match="has_bookings"):
            call_off(slot_id, 1, affected, by, clock.now())
    with pytest.raises(Refused, match="changed"):
        call_off(slot_id, 7, 3, by, clock.now())
    assert states() == ["cancelled_resident", "confirmed", "confirmed", "confirmed"]
    call_off(slot_id, 1, 3, by, clock.now())
    with pytest.raises(Refused, match="changed"):
        call_off(slot_id, 1, 0, by, clock.now())


def test_undo_puts_everybody_back_and_nobody_is_written_to(
    app: Flask, slot_id: int, by: Account, frozen: time_machine.Traveller
) -> None:
    call_off(slot_id, 1, 4, by, clock.now())
    frozen.shift(UNDO_WITHIN - timedelta(seconds=1))
    undo(slot_id, 2, by, clock.now())
    assert states() == ["confirmed"] * 4
    frozen.shift(3600)
    deliver(app)
    assert displaced_messages() == {"email": "suppressed", "sms": "suppressed", "phone": "queued"}
    assert to_tell(clock.now()) == []
    assert violations() == {}
    with pytest.raises(Refused, match="changed"):
        undo(slot_id, 2, by, clock.now())


def test_a_closed_slot_and_a_blocked_place_are_as_they_were(
    slot_id: int, by: Account, frozen: time_machine.Traveller
) -> None:
    displace(1, 1, None, by, clock.now())
    frozen.shift(60)
    switch(slot_id, 1, by, clock.now())
    call_off(slot_id, 2, 3, by, clock.now())
    slot = undo(slot_id, 3, by, clock.now())
    assert slot.status == "closed"
    assert states() == ["displaced", "confirmed", "confirmed", "confirmed"]
    assert {place.state for place in slot.places} == {"booked"}, "the place that was blocked is not to be had"
    assert switch(slot_id, 4, by, clock.now()).status == "open"
    assert violations() == {}


def test_a_confirmation_that_had_not_gone_out_goes_out_once_all_is_as_before(
    app: Flask, slot_id: int, by: Account
) -> None:
    def confirmed() -> list[str]:
        messages = [m for b in bookings() for m in messages_about("booking", b.id) if m.kind == "confirmed"]
        return sorted(message.state for message in messages)

    assert confirmed() == ["queued", "queued"]
    call_off(slot_id, 1, 4, by, clock.now())
    deliver(app)
    assert confirmed() == ["suppressed", "suppressed"], "it is not true now"
    undo(slot_id, 2, by, clock.now())
    deliver(app)
    assert confirmed() == ["sent", "sent", "suppressed", "suppressed"]
    call_off(slot_id, 3, 4, by, clock.now())
    undo(slot_id, 4, by, clock.now())
    deliver(app)
    assert confirmed() == ["sent", "sent", "suppressed", "suppressed"], "nobody is told twice"


def test_after_ten_minutes_it_is_too_late(slot_id: int, by: Account, frozen: time_machine.Traveller) -> None:
    call_off(slot_id, 1, 4, by, clock.now())
    frozen.shift(UNDO_WITHIN)
    with pytest.raises(Refused, match="too_late"):
        undo(slot_id, 2, by, clock.now())
    with pytest.raises(NotFound):
        undo(999_999, 1, by, clock.now())


def test_who_has_found_another_time_keeps_it(slot_id: int, by: Account) -> None:
    call_off(slot_id, 1, 4, by, clock.now())
    elsewhere = free_slots()[0]
    move(1, 2, elsewhere, clock.now())
    undo(slot_id, 2, by, clock.now())
    assert [(b.status, b.slot_id) for b in bookings()][:2] == [
        ("confirmed", elsewhere),
        ("confirmed", slot_id),
    ]
    assert slot_id in free_slots(), "their place is free for others"
    assert violations() == {}


def test_an_interviewer_who_is_elsewhere_by_now_cannot_be_put_back(slot_id: int, by: Account) -> None:
    call_off(slot_id, 1, 4, by, clock.now())
    slot = db.session.get_one(Slot, slot_id)
    terms = Terms(slot.service_id, slot.office_id, slot.lead_id, 1)
    offer(terms, [Span(slot.starts_at, slot.ends_at)], by, clock.now())
    with pytest.raises(Refused, match="overlap"):
        undo(slot_id, 2, by, clock.now())
    assert states() == ["displaced"] * 4
    assert violations() == {}


def test_an_interpreter_is_asked_for_anew(service: Service, by: Account) -> None:
    slot_id = free_slots()[9]
    booked = book(replace(wish(service, slot_id, 1), needs=("pjm",)), clock.now()).booking_id
    call_off(slot_id, 1, 1, by, clock.now())
    undo(slot_id, 2, by, clock.now())
    request = db.session.get_one(Booking, booked).interpreter
    assert request
    assert request.state == "requested"


def test_staff_see_whom_it_affects_confirm_once_and_think_again(
    app: Flask, interviewer: Client, resident: Client
) -> None:
    book_online(resident)
    with app.app_context():
        slot_id = db.session.scalars(select(Booking.slot_id)).one()
    page = interviewer.visit(f"/panel/terminy/{slot_id}")
    assert "1 osoba ma tu miejsce." in page.text
    assert "dostanie e-mail" in page.text
    assert "Żaneta" not in page.everything
    stale = page
    page = interviewer.submit(page, "Odwołaj termin i rozmowę 1 osoby")
    assert "Termin został odwołany." in page.text
    assert "Osoby, które miały tu miejsce i czekają na inne" in page.text
    assert "Zachowujesz prawo do rozmowy." in resident.visit("/moja-rezerwacja/termin").text
    again = interviewer.submit(stale, "Odwołaj termin i rozmowę 1 osoby")
    assert again.status == 409
    page = interviewer.submit(interviewer.visit(f"/panel/terminy/{slot_id}"), "Przywróć termin")
    assert "Termin jest taki jak przedtem." in page.text
    assert "Termin jest potwierdzony." in resident.visit("/moja-rezerwacja/termin").text


def test_a_slot_that_somebody_booked_meanwhile_is_shown_anew(
    app: Flask, interviewer: Client, resident: Client
) -> None:
    with app.app_context():
        slot_id = free_slots()[0]
        db.session.execute(update(Place).where(Place.slot_id != slot_id).values(state="blocked"))
        db.session.commit()
    page = interviewer.visit(f"/panel/terminy/{slot_id}")
    with app.app_context():
        service = service_called("a1")
        assert service
        book(wish(service, slot_id, 1), clock.now())
    late = interviewer.submit(page, "Odwołaj ten termin")
    assert late.status == 409
    assert "1 osoba ma tu miejsce." in late.text
