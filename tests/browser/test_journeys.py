"""J1, J2, J3 and J6 of the requirements, in Chromium, with and without JavaScript, by keyboard, on a phone."""

import re
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect

from portal import clock
from portal.outbox.actions import deliver_next
from tests.conftest import PASSWORDS
from tests.parts.axe import violations
from tests.parts.browser import new_page, sideways_scroll, watch

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no-scripts"]),
]
PHONE = 360


def tab_to(page: Page, target: Locator, most: int = 90) -> None:
    """Press Tab until the target has the focus, as somebody without a mouse does."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{target} cannot be reached by keyboard")


def press(page: Page, name: str, role: str = "button") -> None:
    """Go to a button or link by keyboard and press Enter."""
    tab_to(page, named(page, name, role))
    enter(page)


def named(page: Page, name: str, role: str) -> Locator:
    return page.get_by_role(role, name=name, exact=False).first  # type: ignore[arg-type]


def enter(page: Page) -> None:
    """Press Enter and wait for the page it leads to."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def check(page: Page) -> None:
    """Every state of a journey is accessible and fits the screen."""
    assert violations(page) == []
    assert sideways_scroll(page) == 0


def pick_slot(page: Page) -> str:
    """Choose the first free slot by keyboard; answers its value."""
    slot = page.locator("input[name=slot]").first
    tab_to(page, slot)
    page.keyboard.press("Space")
    return slot.input_value()


def test_j1_booking_on_a_phone_by_keyboard(
    chromium: Browser, served: Flask, address: str, javascript: bool, tmp_path: Path
) -> None:
    page = new_page(chromium, address, width=PHONE, javascript=javascript)
    complaints = watch(page, own=address)
    page.goto("/programy/bez-przemocy")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Przejdź do treści głównej")).to_be_focused()
    tab_to(page, page.locator("main a[href$='/umow-rozmowe/a1']").first)
    enter(page)
    check(page)
    press(page, "Dalej", "link")
    pick_slot(page)
    press(page, "Dalej")
    expect(page.get_by_role("heading", level=1)).to_have_text("Co ułatwi Ci rozmowę?")
    check(page)
    tab_to(page, page.get_by_label("Pętla indukcyjna"))
    page.keyboard.press("Space")
    press(page, "Dalej")
    expect(page.get_by_role("heading", level=1)).to_have_text("Jak się skontaktować")
    press(page, "Dalej")
    expect(page.get_by_role("heading", name="Formularz zawiera błędy")).to_be_visible()
    check(page)
    tab_to(page, page.get_by_label("Jak mamy się do Ciebie zwracać?"))
    page.keyboard.type("Żaneta")
    page.get_by_label("Napiszcie e-mail").focus()
    page.keyboard.press("Space")
    tab_to(page, page.get_by_label("Adres e-mail"))
    page.keyboard.type("osoba@example.com")
    press(page, "Dalej")
    check(page)
    press(page, "Zarezerwuj termin")
    expect(page.get_by_role("heading", level=1)).to_have_text("Termin zarezerwowany")
    check(page)
    reference, pin = page.locator("#reference").inner_text(), page.locator("#pin").inner_text()
    assert _delivered(served, tmp_path) == 1
    _move(page, reference, pin)
    _cancel(page)
    assert [line for line in complaints if "422" not in line] == []
    page.context.close()


def _delivered(app: Flask, folder: Path) -> int:
    with app.app_context():
        while deliver_next(app.extensions["post_office"], clock.now()):
            pass
    return len(list((folder / "mail").glob("*.eml")))


def _move(page: Page, reference: str, pin: str) -> None:
    page.goto("/moja-rezerwacja")
    check(page)
    tab_to(page, page.get_by_label("Kod rezerwacji"))
    page.keyboard.type(reference)
    tab_to(page, page.get_by_label("PIN"))
    page.keyboard.type(pin)
    enter(page)
    check(page)
    press(page, "Zmień termin", "link")
    check(page)
    pick_slot(page)
    press(page, "Zmień na ten termin")
    expect(page.get_by_text("Termin został zmieniony.")).to_be_visible()
    check(page)


def _cancel(page: Page) -> None:
    press(page, "Odwołaj termin", "link")
    check(page)
    press(page, "Tak, odwołaj termin")
    expect(page.get_by_text("Termin odwołany").first).to_be_visible()
    check(page)


def test_j2_a_deaf_resident_asks_for_an_interpreter(
    chromium: Browser, address: str, javascript: bool
) -> None:
    page = new_page(chromium, address, width=PHONE, javascript=javascript)
    complaints = watch(page, own=address)
    page.goto("/umow-rozmowe/a1/termin")
    pick_slot(page)
    press(page, "Dalej")
    expect(page.get_by_text("Na ten termin możemy zapewnić tylko tłumacza online.")).to_be_visible()
    tab_to(page, page.get_by_label("Tłumacz polskiego języka migowego (PJM)"))
    page.keyboard.press("Space")
    press(page, "Dalej")
    page.get_by_label("Jak mamy się do Ciebie zwracać?").fill("Żaneta")
    page.get_by_label("Napiszcie e-mail").check()
    page.get_by_label("Adres e-mail").fill("osoba@example.com")
    press(page, "Dalej")
    press(page, "Zarezerwuj termin")
    expect(page.get_by_text("Prosisz o tłumacza.")).to_be_visible()
    check(page)
    _answer_interpreter(chromium, address, javascript)
    page.goto("/moja-rezerwacja/termin")
    expect(page.get_by_text("Rozmowa online, ten sam dzień.")).to_be_visible()
    check(page)
    press(page, "Zmień sposób kontaktu", "link")
    check(page)
    page.get_by_label("Nie kontaktujcie się ze mną.").check()
    press(page, "Zapisz")
    expect(page.get_by_text("Od teraz kontaktujemy się tak, jak wybrano.")).to_be_visible()
    check(page)
    assert complaints == []
    page.context.close()


def _answer_interpreter(chromium: Browser, address: str, javascript: bool) -> None:
    page = new_page(chromium, address, width=PHONE, javascript=javascript)
    page.goto("/panel")
    login, password = PASSWORDS["interviewer"]
    page.get_by_label("Adres e-mail").fill(login)
    page.get_by_label("Hasło").fill(password)
    enter(page)
    check(page)
    page.locator("main a[href$='/tlumacz']").first.click()
    page.get_by_role("radio", name="Niemożliwe").check()
    press(page, "Zapisz odpowiedź")
    expect(page.get_by_role("heading", name="Formularz zawiera błędy")).to_be_visible()
    check(page)
    page.get_by_label("Dlaczego to niemożliwe").fill("Tłumacz jest zajęty.")
    page.get_by_label("Inny termin lub inna forma rozmowy").fill("Rozmowa online, ten sam dzień.")
    press(page, "Zapisz odpowiedź")
    expect(page.get_by_role("heading", name="Tłumacz")).to_be_visible()
    check(page)
    page.context.close()


def test_j3_two_browsers_want_one_slot(chromium: Browser, address: str, javascript: bool) -> None:
    winner = new_page(chromium, address, javascript=javascript)
    loser = new_page(chromium, address, width=PHONE, javascript=javascript)
    for page in (winner, loser):
        page.goto("/umow-rozmowe/a1/termin")
    slot = winner.locator("input[name=slot]").first.input_value()
    for page in (winner, loser):
        page.locator(f"input[name=slot][value='{slot}']").check(force=True)
        with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
            page.get_by_role("button", name="Dalej").click()
    assert answer.value.status == 409
    expect(loser.get_by_text("Ten termin został właśnie zajęty.").first).to_be_visible()
    check(loser)
    assert loser.locator("input[name=slot]").count() > 0
    assert loser.locator(f"input[name=slot][value='{slot}']").count() == 0
    for page in (winner, loser):
        page.context.close()


def test_weeks_are_turned_in_place_with_scripts_and_by_links_without(
    chromium: Browser, address: str, javascript: bool
) -> None:
    page = new_page(chromium, address, width=PHONE, javascript=javascript)
    complaints = watch(page, own=address)
    page.goto("/umow-rozmowe/a1/termin")
    before = page.get_by_role("heading", level=2).first.inner_text()
    tab_to(page, named(page, "Późniejszy tydzień", "link"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2).first).not_to_have_text(before)
    expect(page).to_have_url(re.compile("tydzien="))
    if javascript:
        expect(page.get_by_role("heading", level=2).first).to_be_focused()
    check(page)
    assert [line for line in complaints if "422" not in line] == []
    page.context.close()


def test_j6_an_editor_writes_and_publishes(chromium: Browser, address: str, javascript: bool) -> None:
    page = new_page(chromium, address, javascript=javascript)
    complaints = watch(page, own=address)
    page.goto("/panel")
    login, password = PASSWORDS["editor"]
    page.get_by_label("Adres e-mail").fill(login)
    page.get_by_label("Hasło").fill(password)
    enter(page)
    check(page)
    page.goto("/panel/ogloszenia/nowe")
    page.get_by_label("Tytuł").fill("Dyżur prawnika w styczniu")
    page.get_by_label("Lead").fill("W styczniu prawnik przyjmuje w środy.")
    page.get_by_label("Treść").fill("## Kiedy\n\nW środy od 9:00.")
    page.get_by_label("Ważne do").fill("2027-01-31")
    if javascript:
        expect(page.locator("#preview").get_by_role("heading", name="Kiedy")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Zapisz").first.click()
    check(page)
    page.get_by_role("button", name="Opublikuj").click()
    page.goto("/ogloszenia/dyzur-prawnika-w-styczniu")
    expect(page.get_by_role("heading", level=1)).to_have_text("Dyżur prawnika w styczniu")
    expect(page.get_by_role("link", name="Edytuj")).to_be_visible()
    check(page)
    assert [line for line in complaints if "422" not in line] == []
    page.context.close()


def test_quick_exit_leaves_no_way_back_to_the_page(
    chromium: Browser, served: Flask, address: str, javascript: bool
) -> None:
    served.config["QUICK_EXIT_URL"] = f"{address}/kontakt"
    page = new_page(chromium, address, width=PHONE, javascript=javascript)
    page.goto("/")
    page.goto("/pomoc/przemoc")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Szybkie wyjście")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/kontakt", wait_until="commit")
    expect(page.get_by_role("heading", level=1)).to_have_text("Kontakt")
    if javascript:
        page.go_back()
        assert "/pomoc/przemoc" not in page.url
    page.context.close()
