"""The staff's calendar by keyboard, and pictures of a year in every theme."""

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from portal import clock
from portal.demo.history import load_history
from tests.conftest import PASSWORDS
from tests.parts.axe import in_every_theme
from tests.parts.browser import new_page, sideways_scroll, watch

pytestmark = pytest.mark.browser


def open_as_staff(chromium: Browser, address: str, path: str, **how: int) -> Page:
    page = new_page(chromium, address, **how)  # type: ignore[arg-type]
    page.goto(path)
    login, password = PASSWORDS["interviewer"]
    page.get_by_label("Adres e-mail").fill(login)
    page.get_by_label("Hasło").fill(password)
    page.keyboard.press("Enter")
    return page


def test_arrows_go_through_the_week_and_enter_offers_a_slot(chromium: Browser, address: str) -> None:
    page = open_as_staff(chromium, address, "/panel/terminy?tydzien=2026-12-01")
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


def test_pictures_of_a_year_are_accessible_in_every_theme(
    chromium: Browser, address: str, served: Flask
) -> None:
    with served.app_context():
        load_history(clock.now())
    page = open_as_staff(chromium, address, "/panel/statystyka?rozmowa=a1", width=360)
    complaints = watch(page, own=address)
    expect(page.get_by_role("img", name="Zajęte miejsca")).to_be_visible()
    assert in_every_theme(page) == []
    assert sideways_scroll(page) == 0
    assert complaints == []
    page.context.close()
