"""What we write and show is neutral in every language: no message, calendar file or page betrays what a talk is about."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal import clock
from portal.booking import messages
from portal.booking.actions import Wish, book
from portal.booking.calendar import file_of
from portal.booking.models import Booking, Place, Slot, booking_numbered
from portal.booking.telling import TRUE_WHILE
from portal.db import db
from portal.outbox.models import Message
from portal.programmes.models import service_called
from tests.client import Client
from tests.conftest import free_slots, only_sqlite
from tests.parts.words import FORBIDDEN, betrayed

NAME = "Żaneta"


@pytest.mark.usefixtures("context")
@pytest.mark.parametrize("language", FORBIDDEN)
@pytest.mark.parametrize("channel", ["email", "sms"])
@only_sqlite
def test_every_message_is_neutral(app: Flask, language: str, channel: str) -> None:
    contact = {"email": "osoba@example.com", "sms": "+48500600700"}[channel]
    service = service_called("a1")
    assert service
    wish = Wish(service.id, free_slots()[9], NAME, channel, contact, language, "form", "hold")
    booking_id = book(replace(wish, needs=("pjm",)), clock.now()).booking_id
    with app.test_request_context():
        for kind in messages.KINDS:
            stand_as(booking_id, kind)
            message = Message(about="booking", about_id=booking_id, kind=kind, channel=channel)
            message.id = message.schedule_version = 1
            message.created_at = clock.now()
            letter = messages.render(message)
            assert letter, kind
            said = f"{letter.subject}\n{letter.text}".replace("\N{NO-BREAK SPACE}", " ")
            assert betrayed(said, language) == [], kind
            assert NAME not in said
            assert "Przykładowa" not in said, "no full address (S75)"
    booking = booking_numbered(booking_id)
    assert booking
    assert booking.slot
    file = file_of(booking, booking.slot, "Termin", clock.now()).decode()
    assert betrayed(file, language) == []


def stand_as(booking_id: int, kind: str, slot_id: int | None = None) -> None:
    """Bring the booking into the state of which this kind of message tells; `slot_id` is on offer there."""
    status = TRUE_WHILE.get(kind, ("confirmed",))[0]
    offer: dict[str, object] = {"offered_slot_id": None, "respond_by": None}
    if kind in {"offered", "displaced"}:
        offer = {
            "offered_slot_id": slot_id or free_slots()[3],
            "respond_by": clock.now() + timedelta(hours=24),
        }
    db.session.execute(update(Booking).where(Booking.id == booking_id).values(status=status, **offer))
    db.session.commit()


@pytest.mark.parametrize("language", FORBIDDEN)
@only_sqlite
def test_every_title_of_the_flow_is_neutral(resident: Client, language: str) -> None:
    prefix = "" if language == "pl" else f"/{language}"
    page = resident.visit(f"{prefix}/umow-rozmowe/a1/termin")
    pages = [resident.visit(f"{prefix}/umow-rozmowe/a1"), page]
    for typed in ({"slot": page.radios("slot")[3]}, {}, {"name": NAME, "channel": "none"}, {}):
        form = next(f for f in page.dom.all("main")[0].iter("form"))
        button = "".join(next(form.iter("button")).itertext())
        page = resident.submit(page, button.replace("\N{NO-BREAK SPACE}", " "), **typed)
        pages.append(page)
    mine = ("", "/termin", "/zmien", "/kontakt", "/odwolaj")
    pages += [resident.visit(f"{prefix}/moja-rezerwacja{address}") for address in mine]
    assert pages[5].url.endswith("/potwierdzenie")
    for page in pages:
        own_words = page.title.split(" – Miejski")[0]
        assert betrayed(f"{own_words} {page.h1}", language) == [], page.url
        assert betrayed(page.text.replace("programu", ""), language) == [], page.url


@pytest.mark.parametrize("language", FORBIDDEN)
@only_sqlite
def test_every_page_of_waiting_and_of_a_changed_time_is_neutral(
    app: Flask, resident: Client, language: str
) -> None:
    with app.app_context():
        db.session.execute(update(Place).values(state="blocked"))
        db.session.commit()
    prefix = "" if language == "pl" else f"/{language}"
    pages = [resident.visit(f"{prefix}/umow-rozmowe/a1/lista")]
    for typed in ({}, {}, {"name": NAME, "channel": "none"}, {}):
        pages.append(resident.submit(pages[-1], **typed))
    assert pages[-1].url.endswith("/potwierdzenie")
    for kind in ("waiting", "offered", "displaced"):
        with app.app_context():
            slot_id = db.session.scalars(select(Slot.id).order_by(Slot.id.desc())).first()
            booking = db.session.scalars(select(Booking)).one()
            booking.slot_id = slot_id
            db.session.commit()
            stand_as(booking.id, kind, slot_id)
        pages += [resident.visit(f"{prefix}/moja-rezerwacja{page}") for page in ("/termin", "/odwolaj")]
    for page in pages:
        own_words = page.title.split(" – Miejski")[0]
        assert betrayed(f"{own_words} {page.h1} {page.text}", language) == [], page.url


def test_a_forbidden_word_counts_wherever_it_stands_but_the_shortest_only_where_a_word_begins() -> None:
    assert betrayed("Skierowanie z Sądu") == ["sąd"]
    assert betrayed("zdrowy rozsądek") == []
    assert betrayed("rozmowa antyprzemocowa") == ["przemoc"]
    assert betrayed("рішення суду", "uk") == ["суд"]
