"""The waiting list and changes by the centre, as residents and staff see them."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from portal import clock
from portal.booking import actions, codes
from portal.booking.actions import Wish
from portal.booking.checks import violations
from portal.booking.models import Booking, Place
from portal.db import db
from portal.programmes.models import service_called
from tests.client import Client, Page
from tests.conftest import browse, free_slots
from tests.parts import html

pytestmark = pytest.mark.pages

Do = Callable[..., Any]
ADDRESSES = {"phone": "+48500600700", "none": None}


@pytest.fixture
def do(app: Flask) -> Do:
    """Runs something beside the pages, as another process would."""

    def run(verb: Callable[..., Any], *args: Any) -> Any:
        with app.app_context():
            done = verb(*args)
            db.session.remove()
            return done

    return run


def book(who: str, slot_id: int | None, channel: str = "none") -> int:
    service = service_called("a1")
    assert service
    contact = ADDRESSES[channel]
    wish = Wish(service.id, slot_id, who.title(), channel, contact, "pl", f"form-{who}", f"hold-{who}")
    return actions.book(wish, clock.now()).booking_id


def block_all_but(slot_id: int) -> None:
    db.session.execute(update(Place).where(Place.slot_id != slot_id).values(state="blocked"))
    db.session.commit()


def cancel(booking_id: int) -> None:
    actions.cancel(booking_id, db.session.get_one(Booking, booking_id).version, clock.now())


def receipt(who: str) -> tuple[str, str]:
    made = actions.receipt_of(f"form-{who}")
    assert made
    return made.reference, codes.pin_of(f"form-{who}")


@pytest.fixture
def holder(do: Do) -> int:
    """Whoever has the only place there is."""
    slot_id = do(free_slots)[6]
    do(block_all_but, slot_id)
    return int(do(book, "holder", slot_id))


def join(client: Client) -> tuple[str, str]:
    """Through the pages to the waiting list; reference and PIN."""
    page = client.visit("/umow-rozmowe/a1/termin")
    assert "Nie ma teraz wolnych terminów" in page.text
    page = client.visit(page.links()["Zapisz się na listę oczekujących"])
    assert page.h1 == "Zapisz się na listę oczekujących"
    page = client.submit(page, "Dalej")
    page = client.submit(page, "Dalej", needs=["loop"])
    page = client.submit(page, "Dalej", name="Żaneta", channel="none")
    assert "Lista oczekujących" in page.text
    page = client.submit(page, "Zapisz się na listę oczekujących")
    assert page.h1 == "Jesteś na liście oczekujących"
    pin = "".join(c for c in html.text_of(page.dom.by_id["pin"]) if c.isdigit())
    return html.text_of(page.dom.by_id["reference"]), pin


def look_up(client: Client, reference: str, pin: str) -> Page:
    return client.submit(client.visit("/moja-rezerwacja"), "Pokaż rezerwację", reference=reference, pin=pin)


def test_a_resident_waits_and_says_yes(app: Flask, resident: Client, do: Do, holder: int) -> None:
    reference, pin = join(resident)
    page = look_up(browse(app), reference, pin)
    assert "Na razie nie ma dla Ciebie wolnego terminu." in page.text
    do(cancel, holder)
    client = browse(app)
    page = look_up(client, reference, pin)
    assert "Trzymamy dla Ciebie termin" in page.text
    page = client.submit(page, "Tak, biorę ten termin", answer="yes")
    assert "Termin jest potwierdzony." in page.text
    assert do(violations) == {}


def test_a_resident_says_no_and_goes_on_waiting(app: Flask, resident: Client, do: Do, holder: int) -> None:
    reference, pin = join(resident)
    do(cancel, holder)
    page = look_up(resident, reference, pin)
    stale = page
    page = resident.submit(page, "Nie, ten termin mi nie odpowiada", answer="no")
    assert "Ten termin dostanie ktoś inny." in page.text
    assert "Jesteś na liście oczekujących." in page.text
    late = resident.submit(stale, "Tak, biorę ten termin", answer="yes")
    assert late.status == 409
    page = resident.submit(resident.visit("/moja-rezerwacja/odwolaj"), "Tak, opuszczam listę")
    assert page.h1 == "Nie ma Cię już na liście oczekujących"


def test_a_time_that_became_free_meanwhile_needs_no_waiting(resident: Client, do: Do, holder: int) -> None:
    page = resident.submit(resident.visit("/umow-rozmowe/a1/lista"), "Dalej")
    page = resident.submit(page, "Dalej")
    page = resident.submit(page, "Dalej", name="Żaneta", channel="none")
    do(cancel, holder)
    page = resident.submit(page, "Zapisz się na listę oczekujących")
    assert page.status == 409
    assert "Właśnie zwolnił się termin" in page.text
    assert "Żaneta" in page.text
    page = resident.submit(page, "Dalej", slot=page.radios("slot")[0])
    assert resident.submit(page, "Zarezerwuj termin").h1 == "Termin zarezerwowany"


def test_staff_change_a_time_and_the_resident_agrees(do: Do, resident: Client, interviewer: Client) -> None:
    first, target = do(free_slots)[5:7]
    page = interviewer.visit(f"/panel/rezerwacje/{do(book, 'anna', first, 'phone')}")
    page = interviewer.visit(page.links()["Daj inny termin"])
    page = interviewer.submit(page, "Zmień termin", slot=str(target), agreed="no")
    assert "Rezerwacja została zmieniona." in page.text
    assert "Termin tej osoby musi się zmienić." in interviewer.visit("/panel").text
    page = interviewer.submit(page, "Ta osoba już wie")
    assert "Zapisano: ta osoba już wie." in page.text
    page = look_up(resident, *do(receipt, "anna"))
    assert "Zachowujesz prawo do rozmowy." in page.text
    page = resident.submit(page, "Tak, biorę ten termin", answer="yes")
    assert "Termin jest potwierdzony." in page.text


def test_staff_note_what_was_said_on_the_phone(interviewer: Client, do: Do, holder: int) -> None:
    waits = do(book, "anna", None, "phone")
    do(cancel, holder)
    page = interviewer.visit("/panel/rezerwacje")
    assert "Czekamy na odpowiedź" in page.text
    page = interviewer.visit(f"/panel/rezerwacje/{waits}")
    stale = page
    page = interviewer.submit(page, "Zgadza się", answer="yes")
    assert "Odpowiedź została zapisana." in page.text
    late = interviewer.submit(stale, "Odmawia", answer="no")
    assert late.status == 409
    assert "Ta propozycja się zakończyła" in late.text


def test_a_change_agreed_on_the_phone_is_made_at_once(interviewer: Client, do: Do) -> None:
    first, target = do(free_slots)[5:7]
    booked = do(book, "anna", first)
    address = f"/panel/rezerwacje/{booked}/zmiana"
    page = interviewer.submit(interviewer.visit(address), "Zmień termin", slot="", agreed="yes")
    assert page.status == 422
    assert "Wybierz uzgodniony termin" in page.text
    page = interviewer.submit(page, "Zmień termin", slot=str(target), agreed="yes")
    assert "Rezerwacja została zmieniona." in page.text
    assert do(db.session.get_one, Booking, booked).slot_id == target
