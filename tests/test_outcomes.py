"""What became of a talk: result and note, corrections with a reason, who changed what, and what nobody has noted yet."""

import pytest
import time_machine
from flask import Flask
from sqlalchemy import text

from portal import clock
from portal.accounts.models import Account
from portal.booking.actions import Wish, book, cancel, forget
from portal.booking.checks import violations
from portal.booking.models import Booking, BookingPerson, outcome_history, outcomes_missing
from portal.booking.outcomes import Outcome, note_outcome
from portal.crypto import keyring
from portal.db import db
from portal.errors import Refused
from portal.programmes.models import Service, service_called
from tests.client import Client, Page
from tests.conftest import free_slots, signed_in
from tests.test_booking_pages import book as book_online

pytestmark = pytest.mark.pages

NOTE = "Chce zacząć wiosną; wróci z żoną."
CARD = "/panel/rezerwacje/1"


@pytest.fixture
def booking(service: Service, frozen: time_machine.Traveller) -> Booking:
    """A booking whose talk has just begun."""
    return begun(service, frozen)


def begun(service: Service, frozen: time_machine.Traveller) -> Booking:
    slot_id = free_slots(service.code)[0]
    wish = Wish(service.id, slot_id, "Osoba", "none", None, "pl", "form", "hold")
    booking = db.session.get_one(Booking, book(wish, clock.now()).booking_id)
    assert booking.slot
    frozen.move_to(booking.slot.starts_at)
    return booking


def noted(booking: Booking, version: int, outcome: Outcome, by: Account) -> Booking:
    return note_outcome(booking.id, version, outcome, by, clock.now())


def test_a_result_may_follow_the_outcome_and_is_corrected_with_a_reason(
    booking: Booking, by: Account
) -> None:
    noted(booking, 1, Outcome("attended"), by)
    noted(booking, 2, Outcome("attended", "qualified", NOTE), by)
    for change in (Outcome("attended", "more_needed", NOTE), Outcome("attended"), Outcome("no_show")):
        with pytest.raises(Refused, match="reason"):
            noted(booking, 3, change, by)
    assert noted(booking, 3, Outcome("no_show", reason="mistake"), by).result is None
    history = [(event.what, event.reason) for event in outcome_history(booking.id)]
    assert history == [
        ("note_changed", None),
        ("result_noted", "mistake"),
        ("no_show", "mistake"),
        ("note_changed", None),
        ("result_noted", None),
        ("attended", None),
    ]
    assert violations() == {}


def test_the_first_of_two_who_note_at_once_wins(booking: Booking, by: Account) -> None:
    noted(booking, 1, Outcome("attended", "qualified"), by)
    with pytest.raises(Refused, match="changed"):
        noted(booking, 1, Outcome("no_show", reason="mistake"), by)
    assert (booking.status, booking.result) == ("attended", "qualified")


def test_the_note_is_sealed_and_erased_with_the_person(
    booking: Booking, by: Account, frozen: time_machine.Traveller
) -> None:
    noted(booking, 1, Outcome("attended", "qualified", NOTE), by)
    person = db.session.get_one(BookingPerson, booking.id)
    assert person.outcome_note == NOTE
    assert keyring().open(str(person.outcome_note_sealed), f"booking_person|outcome_note_sealed|{booking.id}")
    for table in ("booking", "booking_person", "booking_event", "audit_entry"):
        rows = db.session.execute(text(f"SELECT * FROM {table}")).all()  # noqa: S608
        assert "wiosną" not in str(rows)
    frozen.shift(91 * 24 * 3600)
    assert forget(clock.now()) == 0, "who qualified may still wait for a group"
    frozen.shift(275 * 24 * 3600)
    assert forget(clock.now()) == 1
    with pytest.raises(Refused, match="erased"):
        noted(booking, 2, Outcome("attended", "qualified", "again"), by)
    assert noted(booking, 2, Outcome("attended", "sent_elsewhere", reason="new_facts"), by).result


def test_a_talk_without_a_programme_has_results_too(by: Account, frozen: time_machine.Traveller) -> None:
    information = service_called("b1")
    assert information
    booking = begun(information, frozen)
    assert noted(booking, 1, Outcome("attended", "sent_elsewhere"), by).result == "sent_elsewhere"


def test_only_a_talk_that_is_over_waits_for_its_outcome(
    booking: Booking, by: Account, frozen: time_machine.Traveller
) -> None:
    assert outcomes_missing(clock.now()) == []
    frozen.shift(45 * 60)
    assert [missing.id for missing in outcomes_missing(clock.now())] == [booking.id]
    noted(booking, 1, Outcome("no_show"), by)
    assert outcomes_missing(clock.now()) == []


def test_a_cancelled_talk_is_not_missed(
    booking: Booking, by: Account, frozen: time_machine.Traveller
) -> None:
    frozen.shift(-3600)
    cancel(booking.id, 1, clock.now(), by)
    frozen.shift(7200)
    assert outcomes_missing(clock.now()) == []
    with pytest.raises(Refused, match="ended"):
        noted(booking, 2, Outcome("attended"), by)


# --- pages --------------------------------------------------------------------------------------------


@pytest.fixture
def staff(app: Flask, resident: Client, frozen: time_machine.Traveller) -> Client:
    """An interviewer an hour after the first talk of Tuesday."""
    book_online(resident)
    frozen.move_to("2026-11-24T16:00:00+01:00")
    return signed_in(app, "interviewer")


def save(staff: Client, page: Page, **typed: str) -> Page:
    return staff.submit(page, "Zapisz wynik", **typed)


def test_result_and_note_are_saved_in_one_go_and_the_log_tells_nothing(staff: Client, app: Flask) -> None:
    assert "Czy ta osoba przyszła?" in staff.visit("/panel").text
    page = save(staff, staff.visit(CARD), outcome="attended", result="qualified", note=NOTE)
    assert "Wynik został zapisany." in page.text
    assert "Zakwalifikowana" in page.text
    assert NOTE in page.text
    assert "Czy ta osoba przyszła?" not in staff.visit("/panel").text
    for address in ("/panel", "/panel/rezerwacje"):
        assert "wiosną" not in staff.visit(address).text
    with app.app_context():
        log = str(db.session.execute(text("SELECT action FROM audit_entry")).all())
    assert "qualified" not in log
    assert "result_noted" in log


def test_a_correction_asks_why_and_stands_in_the_history(staff: Client) -> None:
    save(staff, staff.visit(CARD), outcome="attended", result="qualified")
    page = save(staff, staff.visit(CARD), outcome="attended", result="not_qualified")
    assert page.status == 422
    assert "Wybierz, dlaczego poprawiasz zapis" in page.text
    page = save(staff, page, reason="mistake")
    assert page.status == 200
    assert "Niezakwalifikowana" in page.text
    assert "Wynik rozmowy poprawiony (pomyłka przy zapisie), Zespół rozmów" in page.text


def test_who_did_not_come_has_no_result_and_a_note_is_short(staff: Client) -> None:
    page = save(staff, staff.visit(CARD), outcome="no_show", result="qualified")
    assert page.status == 422
    assert "Kto nie przyszedł, nie ma wyniku rozmowy" in page.text
    assert save(staff, page, outcome="attended", note="x" * 501).status == 422


def test_the_second_of_two_sees_the_present_state(staff: Client, app: Flask) -> None:
    mine = staff.visit(CARD)
    other = signed_in(app, "administrator")
    save(other, other.visit(CARD), outcome="attended", result="more_needed")
    page = save(staff, mine, outcome="no_show")
    assert page.status == 409
    assert "Potrzebna kolejna rozmowa" in page.text
    assert "Ktoś zmienił tę rezerwację" in page.text
    page = save(staff, page, reason="mistake")
    assert page.status == 200
