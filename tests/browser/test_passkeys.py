"""Passkeys in a real Chromium with an authenticator of its own: added, used as the second step, used alone, removed."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import serve
from tests.conftest import PASSWORDS
from tests.parts import browser as parts

pytestmark = pytest.mark.browser
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
LOGIN, PASSWORD = PASSWORDS["interviewer"]


@pytest.fixture
def address(served: Flask) -> Iterator[str]:
    """Where the portal is served under a name, for no passkey is made for a number."""
    with serve(served) as url:
        url = url.replace("127.0.0.1", "localhost")
        served.config["PUBLIC_URL"] = url
        yield url


@contextmanager
def with_a_device(chromium: Browser, address: str) -> Iterator[Page]:
    """A browser on a machine that can make passkeys."""
    page = parts.new_page(chromium, address)
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    complaints = parts.watch(page)
    yield page
    assert complaints == []
    page.context.close()


def sign_in(page: Page) -> None:
    page.goto("/panel/logowanie")
    page.get_by_label("Adres e-mail").fill(LOGIN)
    page.get_by_label("Hasło").fill(PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_passkey_is_added_signs_in_with_and_without_a_password_and_is_removed(
    chromium: Browser, address: str
) -> None:
    with with_a_device(chromium, address) as page:
        sign_in(page)
        page.goto("/panel/moje-konto/klucz")
        page.get_by_label("Nazwa klucza").fill("Mój telefon")
        page.get_by_label("Twoje hasło").fill(PASSWORD)
        page.get_by_role("button", name="Dodaj klucz dostępu").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Kody zapasowe")
        page.get_by_role("link", name="Mam je, dalej").click()
        expect(page.get_by_text("Mój telefon", exact=True)).to_be_visible()

        page.get_by_role("button", name="Wyloguj").first.click()
        sign_in(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("Drugi krok logowania")
        page.get_by_role("button", name="Użyj klucza dostępu").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Dziś")

        page.get_by_role("button", name="Wyloguj").first.click()
        page.goto("/panel/logowanie?next=/panel/rezerwacje")
        page.get_by_role("button", name="Zaloguj się kluczem dostępu").press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Rezerwacje")

        page.goto("/panel/moje-konto")
        page.get_by_role("link", name="Usuń : Mój telefon").click()
        page.get_by_label("Twoje hasło").fill(PASSWORD)
        page.get_by_role("button", name="Usuń").click()
        expect(page.get_by_text("Klucz dostępu usunięty.")).to_be_visible()
        page.get_by_role("button", name="Wyloguj").first.click()
        page.goto("/panel/logowanie")
        page.get_by_role("button", name="Zaloguj się kluczem dostępu").click()
        expect(page.get_by_text("Nie udało się odczytać klucza.")).to_be_visible()


def test_without_scripts_there_is_no_button_that_does_nothing(chromium: Browser, address: str) -> None:
    page = parts.new_page(chromium, address, javascript=False)
    sign_in(page)
    page.goto("/panel/moje-konto/klucz")
    expect(page.get_by_text("Ta przeglądarka nie tworzy kluczy dostępu")).to_be_visible()
    expect(page.get_by_role("button", name="Dodaj klucz dostępu")).to_be_hidden()
    page.context.close()
