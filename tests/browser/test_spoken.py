"""What a screen reader is given: the accessibility tree of the booking flow and of the statement, kept as text beside this file, so
that a change in what is said is seen in review. To keep the new words: SPOKEN=keep ./run test tests/browser/test_spoken.py"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.parts.browser import new_page
from tests.parts.resident import Resident, arrives

pytestmark = pytest.mark.browser

KEPT = Path(__file__).parent / "spoken"
CHANGING = (  # reference, PIN, until when the place is kept
    (re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b"), "REFERENCE"),
    (re.compile(r"(?<!\d\s)\b\d{3}\s\d{3}(?=\W*$)", re.MULTILINE), "PIN"),
    (re.compile(r"do godz\.\s\d{1,2}:\d\d"), "do godz. HOUR"),
    (re.compile(r"http://127\.0\.0\.1:\d+"), "PORTAL"),
    (re.compile("\N{NO-BREAK SPACE}"), " "),
    (re.compile("\N{WORD JOINER}"), ""),
)


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    """A phone."""
    page = new_page(chromium, address, width=360)
    yield page
    page.context.close()


def spoken(page: Page, part: str = "main") -> str:
    """The tree of a part of the page as text, and what is read after the names in it."""
    tree = "\n".join([page.locator(part).aria_snapshot(), *described(page)])
    for pattern, words in CHANGING:
        tree = pattern.sub(words, tree)
    return f"{page.title()}\n{tree}\n"


def described(page: Page) -> list[str]:
    """The hints of the controls and what is wrong with them: Chromium's own tree has these, Playwright's leaves them out."""
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    return [
        f'- {node["role"]["value"]} "{node["name"]["value"]}" is described: {node["description"]["value"]}'
        for node in nodes
        if node.get("description", {}).get("value")
    ]


def is_as_kept(name: str, now: str) -> None:
    """Compare with what is kept; keep it when that is asked for."""
    file = KEPT / f"{name}.txt"
    if os.environ.get("SPOKEN") == "keep":
        file.write_text(now, "utf-8")
    assert now == file.read_text("utf-8"), f"what {file.name} says has changed"


def test_the_booking_flow(page: Page) -> None:
    resident = Resident(page)
    resident.open("/umow-rozmowe")
    is_as_kept("booking-0-kinds", spoken(page))
    resident.open("/umow-rozmowe/a1")
    is_as_kept("booking-1-start", spoken(page))
    resident.press("Next", "link")
    resident.press("Next")
    is_as_kept("booking-2-no-time-chosen", spoken(page))
    resident.slot(2).check()
    resident.press("Next")
    is_as_kept("booking-3-needs", spoken(page))
    resident.press("Next")
    resident.press("Next")
    is_as_kept("booking-4-contact-with-errors", spoken(page))
    resident.field("How shall we address you?").fill("Żaneta")
    resident.field("Do not contact me. I will keep the reference.").check()
    resident.press("Next")
    is_as_kept("booking-5-check", spoken(page))
    resident.press("Book this time")
    is_as_kept("booking-6-done", spoken(page))


def test_a_time_that_somebody_else_has_taken(chromium: Browser, address: str, page: Page) -> None:
    with arrives(chromium, address) as quicker:
        for resident in (Resident(page), quicker):
            resident.open("/umow-rozmowe/a1/termin")
            resident.slot(2).check()
        quicker.press("Next")
    Resident(page).press("Next")
    is_as_kept("booking-7-taken", spoken(page))


@pytest.mark.parametrize("language", ["pl", "uk", "en"])
def test_the_statement(page: Page, language: str) -> None:
    Resident(page, language).open("/deklaracja-dostepnosci")
    is_as_kept(f"statement-{language}", spoken(page))


def test_the_head_and_the_foot_of_every_page(page: Page) -> None:
    page.goto("/kontakt")
    is_as_kept("head", spoken(page, "header.page-head"))
    is_as_kept("foot", spoken(page, "footer"))


def test_a_field_that_no_longer_has_its_hint_is_noticed(page: Page) -> None:
    Resident(page).open("/umow-rozmowe/a1/termin")
    hint = "Gdy przejdziesz dalej"
    assert any(hint in line for line in described(page))
    page.locator("main fieldset").evaluate("fields => fields.removeAttribute('aria-describedby')")
    assert not any(hint in line for line in described(page))


def test_a_changed_word_is_noticed(page: Page) -> None:
    page.goto("/deklaracja-dostepnosci")
    page.locator("h2").first.evaluate("heading => { heading.textContent = 'Inny nagłówek' }")
    if os.environ.get("SPOKEN") != "keep":
        with pytest.raises(AssertionError, match="has changed"):
            is_as_kept("statement-pl", spoken(page))
