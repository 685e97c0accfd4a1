"""Results come while one writes, and say how many; without scripts they come after Enter."""

import pytest
from playwright.sync_api import Browser, expect

from tests.parts.axe import violations
from tests.parts.browser import new_page, watch

pytestmark = pytest.mark.browser


def test_results_come_while_one_writes(chromium: Browser, address: str) -> None:
    page = new_page(chromium, address)
    complaints = watch(page, own=address)
    page.goto("/szukaj")
    words = page.get_by_label("Czego szukasz?")
    words.focus()
    page.keyboard.type("zaufania mlodziezy", delay=20)
    expect(page.get_by_role("status").filter(has_text="Znaleziono")).to_have_text("Znaleziono 1 wynik.")
    expect(page.locator("#found mark").first).to_have_text("zaufania")
    expect(words).to_be_focused()
    page.keyboard.type("xyzzy")
    expect(page.get_by_text("Nic tu nie ma wszystkich tych słów.")).to_be_visible()
    assert page.url.endswith("/szukaj"), "what is typed leaves no trace in the history"
    assert violations(page) == []
    assert complaints == []
    page.context.close()


def test_without_scripts_they_come_after_enter(chromium: Browser, address: str) -> None:
    page = new_page(chromium, address, javascript=False)
    page.goto("/")
    page.get_by_label("Szukaj w portalu").fill("zaufania mlodziezy")
    page.keyboard.press("Enter")
    expect(page.locator("#found h3 a")).to_have_count(1)
    page.locator("#found h3 a").press("Enter")
    expect(page.locator("#line-116111")).to_be_in_viewport()
    page.context.close()
