"""J4 of the requirements in Chromium, in three languages, with and without JavaScript, by keyboard on a phone: from the page to
a talk without typing anything again, and the team beside it."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from portal import clock
from portal.db import db
from portal.foster.models import Enquiry
from portal.outbox.actions import deliver_next
from tests.browser.test_journeys import enter, follow, sign_in
from tests.parts.resident import Resident, arrives
from tests.parts.words import betrayed

pytestmark = pytest.mark.browser
LONG = pytest.mark.torture
WAYS = [
    ("pl", True),
    *(pytest.param(*way, marks=LONG) for way in product(("uk", "en"), (True, False))),
    pytest.param("pl", False, marks=LONG),
]
START = "/rodzicielstwo-zastepcze"


@pytest.fixture
def resident(chromium: Browser, address: str, javascript: bool, language: str) -> Iterator[Resident]:
    """Somebody with a phone and no pointer."""
    with arrives(chromium, address, language, keys=True, javascript=javascript) as resident:
        yield resident


@pytest.mark.parametrize(("language", "javascript"), WAYS)
def test_j4_from_the_page_to_a_talk(
    chromium: Browser,
    resident: Resident,
    served: Flask,
    address: str,
    language: str,
    javascript: bool,
    tmp_path: Path,
) -> None:
    read_about_it(resident)
    reference, pin = say_so(resident)
    book_a_talk(resident)
    with arrives(chromium, address, keys=True, javascript=javascript) as team:
        move_it_on(team, reference)
    look_after_it(resident, reference, pin)
    the_messages_betray_nothing(served, tmp_path, language)


def read_about_it(resident: Resident) -> None:
    resident.open(START)
    resident.check()
    follow(resident, f"{START}/krok-po-kroku")
    resident.check()
    resident.open(f"{START}/sprawdz")
    summary = resident.page.locator("main summary").first
    resident.activate(summary)
    expect(summary.locator("xpath=../p").first).to_be_visible()
    assert resident.page.context.cookies() == []
    assert resident.page.url.partition("#")[0].endswith("/sprawdz")
    resident.check()
    follow(resident, "/zglos-zainteresowanie")


def say_so(resident: Resident) -> tuple[str, str]:
    """The form with a mistake first; the number and the PIN."""
    resident.check()
    resident.press("Send")
    resident.sees("There are errors in the form")
    resident.check()
    resident.write("How shall we address you?", "Żaneta")
    resident.choose(resident.field("Write me an e-mail"))
    resident.write("E-mail address", "osoba@example.com")
    resident.press("Send")
    resident.sees("We have your message", "What you need not prepare yet")
    resident.check()
    return tuple(resident.page.locator(code).inner_text() for code in ("#reference", "#pin"))  # type: ignore[return-value]


def book_a_talk(resident: Resident) -> None:
    """Only the time is chosen: there is no field to type into on the way (R73)."""
    resident.press("Choose a time for the talk")
    expect(resident.page.locator("main input:not([type=radio], [type=hidden])")).to_have_count(0)
    resident.choose(resident.slot(1))
    resident.press("Next")
    expect(resident.page.locator("main input:not([type=hidden])")).to_have_count(0)
    resident.check()
    resident.press("Book this time")
    resident.sees("Time booked")


def move_it_on(team: Resident, reference: str) -> None:
    """The list shows initials and the booked talk; the card the rest; one save ends it."""
    sign_in(team, "foster_team")
    team.open("/panel/zgloszenia")
    team.check()
    expect(team.page.get_by_text("Żaneta")).to_have_count(0)
    team.leave_by(team.page.get_by_role("link", name=reference).first)
    expect(team.page.get_by_text("Żaneta")).to_have_count(1)
    team.check()
    team.write("Note for the team", "Oddzwonić w piątek.")
    team.press("Keep the note")
    team.sees("The note has been kept.")
    team.press("Finish the enquiry")
    team.sees("Choose how it ended")
    team.check()
    team.choose(team.field("Not now"))
    team.press("Finish the enquiry")
    team.check()
    team.press("Take it up again")


def look_after_it(resident: Resident, reference: str, pin: str) -> None:
    """With number and PIN on another day: how it stands, other wishes, everything deleted."""
    resident.open("/moje-zgloszenie")
    resident.write("Number", reference)
    resident.write("PIN", pin)
    enter(resident.page)
    resident.sees("A talk has been arranged")
    resident.check()
    resident.press("Change how we may reach you", "link")
    resident.check()
    resident.choose(resident.field("Phone me"))
    resident.write("Phone number", "500 600 700")
    resident.press("Save")
    resident.sees("From now on we keep to your new wishes.")
    resident.press("Withdraw it", "link")
    resident.check()
    resident.press("Yes, withdraw")
    resident.sees("You have withdrawn")
    resident.press("Delete my details", "link")
    resident.check()
    resident.press("Yes, delete everything")
    resident.sees("Your details have been deleted")
    resident.check()


def the_messages_betray_nothing(app: Flask, folder: Path, language: str) -> None:
    """What has come of all this by mail; the person is gone, so that nothing more is said of the enquiry."""
    with app.app_context():
        while deliver_next(app.extensions["post_office"], clock.now()):
            pass
        enquiry = db.session.get_one(Enquiry, 1)
        assert (enquiry.status, enquiry.reason, enquiry.person) == ("finished", "withdrawn", None)
        db.session.remove()
    sent = [path.read_text() for path in (folder / "mail").iterdir()]
    assert sent
    assert [betrayed(text, language) for text in sent] == [[]] * len(sent)
