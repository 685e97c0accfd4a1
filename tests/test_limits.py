"""Nobody takes all the slots, nobody is flooded with messages, and nobody honest notices (S85, S86)."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select, update

from portal import clock
from portal.accounts.models import account_called
from portal.booking import limits
from portal.booking.actions import Receipt, Wish, book, forget_sources, hold, move
from portal.booking.checks import violations
from portal.booking.models import Booking, Place, Resource, Slot
from portal.booking.offering import Terms, offer
from portal.booking.outcomes import Outcome, note_outcome
from portal.booking.places import keep
from portal.booking.series import Span
from portal.db import db
from portal.demo.load import ACCOUNTS
from portal.errors import TooMany
from portal.foster.actions import Interest, submit
from portal.outbox.actions import PostOffice, deliver_next
from portal.outbox.transports import transport_for
from portal.programmes.models import Service, service_called
from tests.client import Client
from tests.conftest import browse, free_slots, only_sqlite
from tests.parts import smtp
from tests.test_booking_pages import reach_check, reach_contact

Book = Callable[..., Receipt]


@pytest.fixture
def roomy(service: Service) -> int:
    """A slot with room for a thousand."""
    return make_room(service)


def make_room(service: Service) -> int:
    by, there = account_called(ACCOUNTS[1].login), db.session.get_one(Slot, free_slots()[0])
    assert by
    lead = Resource(kind="interviewer", name="Sala")
    db.session.add(lead)
    db.session.commit()
    starts_at = clock.now() + timedelta(days=10)
    terms = Terms(service.id, there.office_id, lead.id, 1000)
    return offer(terms, [Span(starts_at, starts_at + timedelta(hours=1))], by, clock.now())[0].id


def wish(service: Service, slot_id: int, number: int, source: str = "") -> Wish:
    address = f"osoba{number}@example.com"
    made = Wish(service.id, slot_id, "Ktoś", "email", address, "pl", f"form-{number}", f"hold-{number}")
    return replace(made, source=source)


@pytest.fixture
def surge(service: Service, roomy: int) -> None:
    """Fifty people book within a moment."""
    for number in range(limits.SURGE):
        book(wish(service, roomy, number, f"source-{number}"), clock.now())


def test_in_calm_times_one_address_books_as_often_as_it_likes(service: Service, roomy: int) -> None:
    for number in range(limits.SURGE - 1):
        book(wish(service, roomy, number, "shelter"), clock.now())


@pytest.mark.usefixtures("surge")
def test_in_a_surge_every_source_gets_one_share(service: Service, roomy: int) -> None:
    book(wish(service, roomy, 100, "honest"), clock.now())
    with pytest.raises(TooMany) as refusal:
        book(wish(service, roomy, 101, "honest"), clock.now())
    assert refusal.value.retry_after == 600
    with pytest.raises(TooMany):
        hold(service, roomy, "another", clock.now(), "honest")
    hold(service, roomy, "mine", clock.now(), "patient")
    hold(service, free_slots()[0], "mine", clock.now(), "patient")
    with pytest.raises(TooMany):
        hold(service, roomy, "another", clock.now(), "patient")


@pytest.mark.usefixtures("surge")
def test_a_surge_ends_by_itself(service: Service, roomy: int, frozen: time_machine.Traveller) -> None:
    frozen.shift(limits.WINDOW)
    for number in (100, 101):
        book(wish(service, roomy, number, "honest"), clock.now())


@only_sqlite
def test_what_is_over_counts_against_nobody(
    service: Service, roomy: int, frozen: time_machine.Traveller
) -> None:
    book(wish(service, roomy, 1, "honest"), clock.now())
    hold(service, roomy, "old", clock.now(), "patient")
    frozen.shift(timedelta(minutes=service.hold_minutes))
    for number in range(limits.SURGE):
        book(wish(service, roomy, 100 + number, f"source-{number}"), clock.now())
    book(wish(service, roomy, 2, "honest"), clock.now())
    hold(service, roomy, "new", clock.now(), "patient")
    with pytest.raises(TooMany):
        book(wish(service, roomy, 3, "honest"), clock.now())


@only_sqlite
def test_holds_that_are_over_are_no_surge(
    service: Service, roomy: int, frozen: time_machine.Traveller
) -> None:
    for number in range(limits.SURGE):
        hold(service, roomy, f"hold-{number}", clock.now(), f"source-{number}")
    with pytest.raises(TooMany):
        hold(service, roomy, "another", clock.now(), "source-1")
    frozen.shift(timedelta(minutes=service.hold_minutes))
    for number in range(2):
        book(wish(service, roomy, 100 + number, "honest"), clock.now())


@only_sqlite
def test_bookings_by_staff_are_no_surge(service: Service, roomy: int) -> None:
    for number in range(limits.SURGE):
        book(replace(wish(service, roomy, number), origin="phone"), clock.now())
    for number in range(2):
        book(wish(service, roomy, 100 + number, "honest"), clock.now())


@only_sqlite
def test_the_waiting_list_has_the_same_limits(service: Service, roomy: int, surge: None) -> None:
    def wait(number: int, took: timedelta = limits.LEAST_TIME) -> Receipt:
        asked = replace(wish(service, roomy, number, "honest"), slot_id=None, begun_at=clock.now() - took)
        return book(asked, clock.now())

    no_room = update(Place).values(channel="phone")
    db.session.execute(no_room)
    db.session.commit()
    with pytest.raises(TooMany):
        wait(201, timedelta())
    first = wait(201)
    assert wait(201) == first
    assert (first.reference, len(first.pin)) == (db.session.get_one(Booking, first.booking_id).reference, 6)
    with pytest.raises(TooMany):
        wait(202)


def test_the_same_form_is_answered_even_in_a_surge(service: Service, roomy: int, surge: None) -> None:
    mine = wish(service, roomy, 100, "honest")
    assert book(mine, clock.now()) == book(mine, clock.now())


def test_a_form_quicker_than_people_is_refused_only_in_a_surge(service: Service, roomy: int) -> None:
    def booked_within(number: int, took: timedelta) -> Receipt:
        quick = replace(wish(service, roomy, number, f"s{number}"), begun_at=clock.now() - took)
        return book(quick, clock.now())

    assert booked_within(900, timedelta())
    for number in range(limits.SURGE):
        book(wish(service, roomy, number), clock.now())
    with pytest.raises(TooMany) as refusal:
        booked_within(901, timedelta(seconds=4))
    assert refusal.value.retry_after == 5
    assert booked_within(902, timedelta(seconds=5))


def test_a_thousand_bookings_from_fifty_addresses_take_at_most_a_hundred(
    service: Service, roomy: int
) -> None:
    refused = 0
    for number in range(1000):
        try:
            book(wish(service, roomy, number, f"10.0.0.{number % 50}"), clock.now())
        except TooMany:
            refused += 1
    taken = db.session.scalar(select(func.count()).where(Place.state == "booked"))
    assert taken is not None
    assert taken <= 100
    assert taken + refused == 1000
    assert book(wish(service, roomy, 2000, "honest"), clock.now())
    assert violations() == {}


def test_places_on_offer_to_those_who_wait_are_no_surge(service: Service, roomy: int) -> None:
    for number in range(limits.SURGE):
        assert keep(roomy, clock.now(), f"offer|{number}", clock.now() + timedelta(days=1))
    db.session.commit()
    for number in (1, 2):
        book(wish(service, roomy, number, "library"), clock.now())


@pytest.mark.usefixtures("context")
def test_a_source_is_an_address_or_the_network_of_one() -> None:
    assert limits.source_of("192.0.2.1") != limits.source_of("192.0.2.2")
    assert limits.source_of("2001:db8:1:2::1") == limits.source_of("2001:db8:1:2:ffff::9")
    assert limits.source_of("2001:db8:1:2::1") != limits.source_of("2001:db8:1:3::1")
    assert "192" not in limits.source_of("192.0.2.1")
    assert limits.source_of("") == ""


def test_where_a_booking_came_from_is_forgotten_after_a_day(
    service: Service, roomy: int, frozen: time_machine.Traveller
) -> None:
    booked = book(wish(service, roomy, 1, "somewhere"), clock.now()).booking_id
    hold(service, free_slots()[1], "held", clock.now(), "elsewhere")
    frozen.shift(timedelta(hours=12))
    later = book(wish(service, roomy, 2, "somewhere"), clock.now()).booking_id
    frozen.shift(timedelta(hours=12, seconds=1))
    sources = [select(Booking.source_hash).where(Booking.id == one) for one in (booked, later)]
    sources.append(select(func.max(Place.hold_source)))
    assert [db.session.scalar(source) for source in sources] == ["somewhere", "somewhere", "elsewhere"]
    forget_sources(clock.now())
    assert [db.session.scalar(source) for source in sources] == [None, "somewhere", "elsewhere"]
    frozen.shift(timedelta(minutes=service.hold_minutes))
    forget_sources(clock.now())
    assert [db.session.scalar(source) for source in sources] == [None, "somewhere", None]


# --- messages ---------------------------------------------------------------------------------------


@pytest.fixture
def mail() -> Iterator[smtp.Smtp]:
    with smtp.running() as server:
        yield server


@pytest.fixture
def office(app: Flask, mail: smtp.Smtp) -> PostOffice:
    way_out = transport_for(f"smtp://{mail.host}:{mail.port}", "kontakt@mopr-przykladowo.example")
    return PostOffice(app.extensions["post_office"].render, {"email": way_out})


def deliver(office: PostOffice) -> None:
    while deliver_next(office, clock.now()):
        pass


@pytest.fixture
def book_for_one(service: Service, roomy: int) -> Book:
    """Books for one and the same contact."""

    def run(number: int) -> Receipt:
        return book(replace(wish(service, roomy, number), contact="ona@example.com"), clock.now())

    return run


def test_many_bookings_write_to_an_unproved_contact_once_an_hour_and_five_times_a_day(
    book_for_one: Book, office: PostOffice, mail: smtp.Smtp, frozen: time_machine.Traveller
) -> None:
    for number in range(30):
        book_for_one(number)
    counts = []
    for _hour in range(24):
        deliver(office)
        counts.append(len(mail.received))
        frozen.shift(timedelta(hours=1))
    assert counts[:6] == [1, 2, 3, 4, 5, 5]
    assert counts[-1] == 5


def test_of_one_booking_three_messages_an_hour_are_sent_and_the_rest_waits(
    book_for_one: Book, office: PostOffice, mail: smtp.Smtp, frozen: time_machine.Traveller
) -> None:
    booked, targets = book_for_one(1), free_slots()[:3]
    deliver(office)
    for version, target in enumerate(targets, 1):
        move(booked.booking_id, version, target, clock.now())
        deliver(office)
    assert len(mail.received) == 3
    frozen.shift(timedelta(hours=1))
    deliver(office)
    assert len(mail.received) == 4
    assert "Termin zmieniony" in mail.received[-1].message.get_content()


def test_what_was_written_of_bookings_counts_for_an_enquiry_of_the_same_contact(
    book_for_one: Book, office: PostOffice, mail: smtp.Smtp, frozen: time_machine.Traveller
) -> None:
    booked = book_for_one(1)
    deliver(office)
    for version, target in enumerate(free_slots()[:2], 1):
        move(booked.booking_id, version, target, clock.now())
        deliver(office)
    submit(Interest("Ona", "email", "ona@example.com", "pl", "form-1"), 5, clock.now())
    submit(Interest("Ktoś", "email", "inna@example.com", "pl", "form-2"), 5, clock.now())
    deliver(office)
    assert len(mail.received) == 4, "three of the booking, and one to somebody else"
    frozen.shift(timedelta(hours=1))
    deliver(office)
    assert len(mail.received) == 5


def test_who_has_come_to_a_talk_may_book_two_at_once(
    book_for_one: Book, office: PostOffice, mail: smtp.Smtp, frozen: time_machine.Traveller, service: Service
) -> None:
    by = account_called(ACCOUNTS[1].login)
    assert by
    booked = book_for_one(1)
    deliver(office)
    slot = db.session.get_one(Booking, booked.booking_id).slot
    assert slot
    frozen.move_to(slot.starts_at + timedelta(hours=2))
    note_outcome(booked.booking_id, 1, Outcome("attended"), by, clock.now())
    before = len(mail.received)
    for number, target in zip((2, 3), free_slots()[5:7], strict=True):
        book(replace(wish(service, target, number), contact="ona@example.com"), clock.now())
    deliver(office)
    assert len(mail.received) == before + 2


# --- pages --------------------------------------------------------------------------------------------


def test_a_machine_that_fills_in_everything_is_asked_once_more(resident: Client) -> None:
    page = reach_contact(resident)
    trapped = resident.submit(
        page, "Dalej", name="Ktoś", channel="email", email="ktos@example.com", website="https://example.com"
    )
    assert trapped.status == 422
    assert "wypełnił automat" in trapped.text
    assert "https://example.com" not in trapped.everything
    again = resident.submit(trapped, "Dalej")
    assert again.url.endswith("/sprawdz")


def test_a_page_in_a_surge_names_the_phone_and_keeps_the_answers(
    app: Flask, resident: Client, stranger: Client
) -> None:
    reach_check(resident)
    with app.app_context():
        service = service_called("a1")
        assert service
        slot_id = make_room(service)
        for number in range(limits.SURGE):
            book(wish(service, slot_id, number, f"source-{number}"), clock.now())
    page = reach_check(browse_from(app, "192.0.2.7"))
    assert page.h1 == "Sprawdź i potwierdź rezerwację", "somebody from elsewhere is served"
    refused = resident.submit(resident.visit("/umow-rozmowe/a1/sprawdz"), "Zarezerwuj termin")
    assert refused.status == 429
    assert refused.response.headers["Retry-After"] == "5"
    assert "85 000 00 01" in refused.text
    app.config["LIMITS"] = False  # as PORTAL_LIMITS=off does for a load test
    page = resident.visit("/umow-rozmowe/a1/sprawdz")
    assert "Żaneta" in page.text
    assert resident.submit(page, "Zarezerwuj termin").h1 == "Termin zarezerwowany"


def browse_from(app: Flask, address: str) -> Client:
    client = browse(app)
    client.environ_base["REMOTE_ADDR"] = address
    return client
