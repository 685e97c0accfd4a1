"""Firefox keeps pages in its own way: after signing out or the quick exit Back shows nothing personal and nothing that was typed, and
nothing is left on the device (S36, S41, S82, S83); with scripts and without, in the browser that Debian brings."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal.booking.models import Booking
from portal.db import db
from tests.conftest import PASSWORDS
from tests.parts.browser import LEFT_ON_THE_DEVICE
from tests.parts.firefox import Firefox, FirefoxError, firefox
from tests.test_web import PAGES

pytestmark = [pytest.mark.browser, pytest.mark.torture]
NAME, NUMBER, SPACE = "Żaneta", "600 123 987", " "
SITE = "/kontakt"  # stands for the weather


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def javascript(request: pytest.FixtureRequest) -> bool:
    """Whether pages may run scripts."""
    return bool(request.param)


@pytest.fixture
def browser(served: Flask, address: str, tmp_path: Path, javascript: bool) -> Iterator[Firefox]:
    """At a portal whose quick exit leads to a page of its own, for there is no network here."""
    served.config["QUICK_EXIT_URL"] = address + SITE
    profile = tmp_path / "firefox"
    profile.mkdir()
    with firefox(profile, javascript=javascript) as browser:
        browser.open(address)
        yield browser
        assert browser.complaints() == []


def seen_on_the_way_back(browser: Firefox) -> list[str]:
    """What the last five pages show, with what stands in their fields."""
    pages = []
    for _ in range(5):
        with suppress(FirefoxError):  # a form that was sent is not asked for again: a page of its own says so
            browser.back()
        pages.append("\n".join([browser.url, browser.source, *browser.values()]))
    return pages


def none_shows(pages: list[str], *words: str) -> bool:
    return not [page for page in pages for word in words if word in page]


def write_down_a_booking(browser: Firefox, address: str) -> None:
    """As far as the last look at it."""
    browser.open(f"{address}/umow-rozmowe/a1/termin")
    browser.write("[name=slot]", SPACE)
    send(browser, "slot")
    send(browser, "needs")
    browser.write("#name", NAME)
    browser.write("[name=channel][value=phone]", SPACE)
    browser.write("#phone", NUMBER)
    send(browser, "name")


def send(browser: Firefox, field: str) -> None:
    """Press the button of the form with this field."""
    browser.click(f"form:has([name={field}]) button:not([name])")


def book(browser: Firefox, address: str) -> tuple[str, str]:
    """A whole booking; answers its reference and PIN."""
    write_down_a_booking(browser, address)
    browser.click("main form button")
    return browser.text("#reference"), browser.text("#pin")


def leave(browser: Firefox, address: str) -> None:
    """The quick exit: somewhere else, and no cookie is left."""
    browser.click("[data-exit]")
    assert browser.url == address + SITE
    assert browser.cookies() == []


def test_of_a_booking_that_was_begun_nothing_comes_back(browser: Firefox, address: str) -> None:
    write_down_a_booking(browser, address)
    assert NAME in browser.source
    leave(browser, address)
    assert none_shows(seen_on_the_way_back(browser), NAME, NUMBER)


def test_what_was_typed_and_not_sent_does_not_come_back(browser: Firefox, address: str) -> None:
    browser.open(f"{address}/dostepnosc/wniosek")
    browser.write("#name", NAME)
    assert NAME in browser.values()
    leave(browser, address)
    pages = seen_on_the_way_back(browser)
    assert none_shows(pages, NAME)


def test_of_a_booking_that_was_looked_up_nothing_comes_back(browser: Firefox, address: str) -> None:
    reference, pin = book(browser, address)
    browser.open(f"{address}/moja-rezerwacja")
    browser.write("#reference", reference)
    browser.write("#pin", pin)
    send(browser, "pin")
    assert reference in browser.source
    leave(browser, address)
    assert none_shows(seen_on_the_way_back(browser), NAME, NUMBER, reference, pin)


def test_after_signing_out_no_card_comes_back(browser: Firefox, address: str, served: Flask) -> None:
    book(browser, address)
    with served.app_context():
        card = f"/panel/rezerwacje/{db.session.scalars(select(Booking.id)).all()[-1]}"
    login, password = PASSWORDS["administrator"]
    browser.open(f"{address}/panel/logowanie")
    browser.write("#login", login)
    browser.write("#password", password)
    send(browser, "password")
    for path in ("/panel/rezerwacje", card, "/panel", card):
        browser.open(address + path)
    assert NAME in browser.source
    browser.click("header form button")
    assert "/panel/logowanie" in browser.url
    pages = seen_on_the_way_back(browser)
    assert none_shows(pages, NAME, NUMBER, password)
    assert all("Logowanie" in page for page in pages[:3])


@pytest.mark.parametrize("javascript", [True])
def test_the_way_back_is_real_and_nothing_stays_on_the_device(browser: Firefox, address: str) -> None:
    """A page for everybody is taken from memory, so that the tests above could fail; then every page is looked at."""
    browser.run("addEventListener('pageshow', event => { window.wasKept = event.persisted })")
    browser.open(address + SITE)
    browser.back()
    assert browser.run("return window.wasKept") is True
    for path in PAGES:
        browser.open(address + path)
        assert browser.run(f"return ({LEFT_ON_THE_DEVICE})()") == [], path
