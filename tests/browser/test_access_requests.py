"""J7: somebody asks for accessibility, staff answer it in time, and the answer is read; by keyboard alone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.test_journeys import follow, sign_in
from tests.parts.resident import Resident, arrives

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize(
        ("javascript", "language"),
        [
            pytest.param(False, "uk", id="no-scripts-uk"),
            pytest.param(True, "pl", id="scripts-pl", marks=pytest.mark.torture),
        ],
    ),
]


@pytest.fixture
def resident(chromium: Browser, address: str, javascript: bool, language: str) -> Iterator[Resident]:
    """Somebody with a phone and no pointer."""
    with arrives(chromium, address, language, keys=True, javascript=javascript) as resident:
        yield resident


def test_j7_a_request_its_days_and_its_answer(
    chromium: Browser, resident: Resident, address: str, javascript: bool
) -> None:
    resident.open("/dostepnosc")
    follow(resident, "/dostepnosc/zadanie-cyfrowe")
    resident.check()
    resident.press("Send the request")
    resident.sees("There are errors in the form", "Choose how we can reach you: without it we cannot answer")
    resident.check()
    resident.write("Which page or part of it does not work for you, and why?", "Tabela na stronie Pomoc.")
    resident.write("How shall we address you?", "Żaneta")
    resident.choose(resident.field("Write me an e-mail"))
    resident.write("E-mail address", "osoba@example.com")
    resident.press("Send the request")
    resident.sees("We answer by %(day)s.", "If you do not agree with our answer")
    resident.check()
    with arrives(chromium, address, keys=True, javascript=javascript) as staff:
        _answer(staff)
    resident.press("Your request", "link")
    resident.sees("Another way offered")
    resident.check()


def _answer(staff: Resident) -> None:
    sign_in(staff, "interviewer")
    follow(staff, "/panel/wnioski-dostepnosc")
    follow(staff, "/panel/wnioski-dostepnosc/1")
    staff.check()
    staff.choose(staff.field("It cannot be made accessible; we offer another way"))
    staff.write("What was done, or the reasons", "Tabela jest obrazem.")
    staff.press("Send the answer")
    staff.sees("Write in which other way the person gets it")
    staff.check()
    staff.write("What we offer instead", "Podamy numery przez telefon.")
    staff.press("Send the answer")
    staff.sees("The answer has been noted.")
    staff.check()
