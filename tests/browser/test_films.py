"""A film is brought and really played: by keyboard, never by itself; and what hangs on an announcement is accessible."""

from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from portal import clock
from portal.accessibility.models import SIGN_LANGUAGE
from portal.accounts.models import account_called
from portal.db import db
from portal.demo.load import CONTENT
from portal.demo.media import load_media
from portal.media.models import Medium
from portal.pages import actions as pages
from portal.pages.models import page_at
from tests.conftest import PASSWORDS
from tests.parts.axe import in_every_theme
from tests.parts.browser import new_page, sideways_scroll, watch

pytestmark = pytest.mark.browser

FILES = CONTENT / "media"


def test_a_film_is_brought_and_plays_by_keyboard_only(
    chromium: Browser, served: Flask, address: str, tmp_path: Path
) -> None:
    page = new_page(chromium, address)
    complaints = watch(page, own=address)
    sign_in(page)
    page.goto("/panel/media/film")
    page.get_by_label("Plik", exact=True).set_input_files(FILES / "film.webm")
    page.get_by_label("Napisy (WebVTT)").set_input_files(FILES / "napisy.vtt")
    page.get_by_label("Tytuł").fill("Zaproszenie w PJM")
    page.get_by_role("button", name="Zapisz").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Zaproszenie w PJM")
    assert list(tmp_path.glob("media/incoming/*")) == []
    plays(page)
    assert complaints == []
    page.context.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_an_announcement_with_media(chromium: Browser, served: Flask, address: str, width: int) -> None:
    with served.app_context():
        load_media(served.config["MEDIA"], clock.now())
    page = new_page(chromium, address, width=width)
    complaints = watch(page, own=address)
    page.goto("/ogloszenia")
    page.get_by_role("link", name="Szukamy kandydatów").click()
    expect(page.locator("video")).to_have_count(1)
    expect(page.get_by_role("link", name="Pytania przed spotkaniem (PDF, 0,1 MB)")).to_be_visible()
    picture = page.get_by_role("img", name="Rysunek: wejście do ośrodka bez schodów")
    picture.scroll_into_view_if_needed()
    until(page, "document.querySelector('main img[srcset]').naturalWidth > 0")
    assert sideways_scroll(page) == 0
    assert in_every_theme(page) == []
    plays(page)
    assert complaints == []
    page.context.close()


@pytest.mark.parametrize("language", ["", "/uk"])
def test_the_page_in_sign_language_plays_its_film(
    chromium: Browser, served: Flask, address: str, tmp_path: Path, language: str
) -> None:
    """R117: captions, the text beside it, nothing by itself; on a phone as well."""
    with served.app_context():
        load_media(served.config["MEDIA"], clock.now())
        film = db.session.scalar(select(Medium).where(Medium.is_pjm))
        by, page_in_pjm = account_called(PASSWORDS["editor"][0]), page_at(SIGN_LANGUAGE)
        assert film
        assert by
        assert page_in_pjm
        pages.attach(page_in_pjm.id, [film.id], 1, by, clock.now())
        pages.publish(page_in_pjm.id, 2, by, clock.now())
        db.session.remove()
    page = new_page(chromium, address, width=320)
    complaints = watch(page, own=address)
    page.goto(f"{language}/dostepnosc/pjm")
    expect(page.get_by_text("Nie mamy jeszcze filmu")).to_have_count(0)
    assert sideways_scroll(page) == 0
    assert in_every_theme(page) == []
    plays(page)
    assert complaints == []
    page.context.close()


def plays(page: Page) -> None:
    """It stands still until somebody presses the space bar; then it moves, and its captions are shown."""
    until(page, "document.querySelector('video').readyState >= 1")
    assert page.evaluate("document.querySelector('video').paused")
    page.locator("video").focus()
    page.keyboard.press("Space")
    until(page, "document.querySelector('video').currentTime > 0.5")
    assert page.evaluate("document.querySelector('video').textTracks[0].mode") == "showing"
    until(page, "document.querySelector('video').textTracks[0].activeCues?.length > 0")
    page.keyboard.press("Space")
    until(page, "document.querySelector('video').paused")


def until(page: Page, truth: str) -> None:
    """Wait for it, a few seconds at most; asked from outside, for the page itself may not evaluate anything."""
    for _ in range(100):
        if page.evaluate(truth):
            return
        page.wait_for_timeout(100)
    raise AssertionError(truth)


def sign_in(page: Page) -> None:
    page.goto("/panel")
    login, password = PASSWORDS["editor"]
    page.get_by_label("Adres e-mail").fill(login)
    page.get_by_label("Hasło").fill(password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Dziś")
