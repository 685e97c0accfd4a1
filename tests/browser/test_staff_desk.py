"""The staff's calendar by keyboard."""

import pytest
from playwright.sync_api import Browser, expect

from tests.conftest import PASSWORDS
from tests.parts.browser import new_page

pytestmark = pytest.mark.browser


def test_arrows_go_through_the_week_and_enter_offers_a_slot(chromium: Browser, address: str) -> None:
    page = new_page(chromium, address)
    page.goto("/panel/terminy?tydzien=2026-12-01")
    login, password = PASSWORDS["interviewer"]
    page.get_by_label("Adres e-mail").fill(login)
    page.get_by_label("Hasło").fill(password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Terminy")
    page.get_by_role("link", name="wt. 1.12").focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
    expect(
        page.get_by_role("link", name="Dodaj termin: poniedziałek, 30 listopada 2026 r., 10:00")
    ).to_be_focused()
    page.keyboard.press("ArrowLeft")  # the hours are no links: nothing to go to
    page.keyboard.press("Enter")
    expect(page.get_by_label("Dzień", exact=True)).to_have_value("2026-11-30")
    expect(page.locator("#from_time")).to_have_value("10:00")
    page.context.close()
