"""Every page in every theme, on a phone and on a desk: accessible, within the screen, silent in the console."""

from collections.abc import Sequence

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from tests.conftest import PASSWORDS
from tests.parts.axe import in_every_theme, violations
from tests.parts.browser import left_on_the_device, new_page, sideways_scroll, watch
from tests.parts.filled import fill
from tests.parts.looks import DESK, PHONE
from tests.test_web import PAGES

pytestmark = pytest.mark.browser

STAFF = (
    *("/panel", "/panel/zadania", "/panel/wiadomosci", "/panel/tresc", "/panel/tresc/do-sprawdzenia"),
    *("/panel/ogloszenia", "/panel/ogloszenia/nowe", "/panel/ogloszenia/1", "/panel/ogloszenia/1/edytuj"),
    *("/panel/ogloszenia/1/media", "/panel/ogloszenia/1/opublikuj", "/panel/ogloszenia/1/adres"),
    *("/panel/ogloszenia/1/tekst/1", "/panel/ogloszenia/1/porownaj", "/panel/ogloszenia/1/tlumaczenie/uk"),
    *("/panel/media", "/panel/media/obraz", "/panel/media/dokument", "/panel/media/film"),
    *("/panel/media/1", "/panel/media/2", "/panel/media/3"),
    *("/panel/media/1/slowa", "/panel/media/2/slowa", "/panel/media/3/slowa"),
    *("/panel/strony", "/panel/strony/nowa", "/panel/strony/1", "/panel/strony/1/edytuj"),
    *("/panel/strony/1/media", "/panel/strony/1/tekst/1"),
    *("/panel/menu", "/panel/menu/pozycja/1", "/panel/menu/skrot/nowe", "/panel/menu/baner"),
    *("/panel/kontakty", "/panel/kontakty/jednostka/1", "/panel/kontakty/linia/nowe"),
    *("/panel/swiadczenia", "/panel/swiadczenia/nowe", "/panel/swiadczenia/1"),
    *("/panel/swiadczenia/1/kwoty/nowa", "/panel/swiadczenia/1/kwoty/1"),
    *("/panel/programy", "/panel/programy/nowy", "/panel/programy/1"),
    *("/panel/deklaracja", "/panel/deklaracja/dane", "/panel/deklaracja/teksty/uk"),
    *("/panel/deklaracja/bariery/nowa", "/panel/deklaracja/bariery/1", "/panel/deklaracja/wersja/1/en"),
    *("/panel/terminy", "/panel/terminy?tydzien=2026-12-01", "/panel/terminy/dzien/2026-12-01"),
    *("/panel/terminy/dzien/2026-12-01/arkusz", "/panel/kalendarz"),
    *("/panel/terminy/nowy", "/panel/terminy/seria", "/panel/terminy/1", "/panel/terminy/1/zmiana"),
    *("/panel/terminy/1/miejsca", "/panel/terminy/1/miejsce", "/panel/terminy/seria/1"),
    *("/panel/terminy/seria/1/zmiana", "/panel/terminy/seria/1/koniec"),
    *("/panel/rezerwacje", "/panel/rezerwacje/nowa", "/panel/rezerwacje/wiele", "/panel/rezerwacje/1"),
    *("/panel/rezerwacje/1/rezygnacja", "/panel/rezerwacje/9", "/panel/rezerwacje/9/tlumacz"),
    *("/panel/rezerwacje/9/zmiana", "/panel/rezerwacje/9/pin", "/panel/choroba", "/panel/choroba/1"),
    "/panel/choroba?osoba=3&od=2026-12-01&do=2026-12-03",
    *("/panel/edycje", "/panel/edycje/nowa", "/panel/edycje/1", "/panel/edycje/1/plan", "/panel/edycje/3"),
    *("/panel/edycje/3/dane", "/panel/edycje/spotkanie/4", "/panel/edycje/spotkanie/6/zmiana"),
    *("/panel/edycje/osoba/1", "/panel/edycje/osoba/1/nazwisko", "/panel/edycje/osoba/1/odejscie"),
    *("/panel/zaswiadczenia/zgloszenie/1", "/panel/zaswiadczenia/ukonczenie/1", "/panel/zaswiadczenia/1"),
    *("/panel/zgloszenia", "/panel/zgloszenia?stan=zakonczone", "/panel/zgloszenia/1"),
    *("/panel/zgloszenia/1/rozmowa", "/panel/zgloszenia/pytania", "/panel/zgloszenia/pytania/nowe"),
    "/panel/zgloszenia/pytania/1",
    *("/panel/wnioski-dostepnosc", "/panel/wnioski-dostepnosc?stan=zakonczone"),
    *("/panel/wnioski-dostepnosc/1", "/panel/wnioski-dostepnosc/4"),
    *("/panel/zastrzezenia", "/panel/zastrzezenia/booking/8", "/panel/zastrzezenia/enquiry/1"),
    *("/panel/zastrzezenia/otwarcie", "/panel/zastrzezenia/1/zdjecie", "/panel/rezerwacje/8/zmiana"),
    *("/panel/osoby/booking/8/kopia", "/panel/osoby/enquiry/1/usuniecie"),
    *("/panel/statystyka", "/panel/statystyka/plik", "/panel/statystyka/piecza"),
    *("/panel/ustawienia", "/panel/system", "/panel/ustawienia/rozmowy/nowa", "/panel/ustawienia/rozmowy/1"),
    *("/panel/ustawienia/miejsca/nowe", "/panel/ustawienia/miejsca/1", "/panel/ustawienia/zasoby/1"),
    *(
        "/panel/ustawienia/zasoby/nowe/room",
        "/panel/ustawienia/zamkniecia/nowe",
        "/panel/ustawienia/zamkniecia/1",
    ),
    *(
        "/panel/dziennik",
        "/panel/dziennik/booking/1",
        "/panel/dane-osobowe",
        "/panel/uzytkownicy",
        "/panel/uzytkownicy/nowa",
    ),
    *("/panel/uzytkownicy/1", "/panel/moje-konto", "/panel/moje-konto/haslo", "/panel/moje-konto/aplikacja"),
    "/panel/moje-konto/kody",
    *("/panel/zgloszenia/1/koniec", "/panel/zgloszenia/1/kto", "/panel/zastrzezenia/osobno/8"),
    *("/panel/wnioski-dostepnosc/1/odpowiedz", "/panel/wnioski-dostepnosc/1/przedluz"),
    *("/panel/strony/1/opublikuj", "/panel/strony/1/podglad", "/panel/ogloszenia/podglad"),
    *("/panel/logowanie/zapomniane", "/panel/logowanie/wyslano", "/panel/zachowane"),
)
NABOR = "/ogloszenia/nabor-do-programu-korekcyjno-edukacyjnego-bez-przemocy-edycja-wiosna-2027"
PUBLIC = [
    *PAGES,
    *(NABOR, f"{NABOR}/latwy-tekst"),
    "/ogloszenia/nabor-do-edycji-wiosna-2024-programu-korekcyjno-edukacyjnego",
    "/nie-ma-takiej-strony",
    "/en/umow-rozmowe/a1",
    "/uk/umow-rozmowe/a1/termin",
]


def faults(page: Page, addresses: Sequence[str]) -> dict[str, list[str]]:
    """What is wrong, by address: every rule and the contrast in each theme on a phone, and whether it fits there and on a desk."""
    found = {}
    for address in addresses:
        page.goto(address)
        problems = in_every_theme(page)
        for width, height in (DESK, PHONE):
            page.set_viewport_size({"width": width, "height": height})
            wide = sideways_scroll(page)
            problems += [f"{wide} px too wide for {width}"] if wide else []
        if problems:
            found[address] = problems
    return found


@pytest.mark.parametrize("part", range(4))
def test_public_pages(chromium: Browser, address: str, part: int) -> None:
    page = new_page(chromium, address, width=PHONE[0])
    complaints = watch(page, own=address)
    assert faults(page, PUBLIC[part::4]) == {}
    assert [c for c in complaints if "404" not in c] == []
    assert left_on_the_device(page) == []
    page.context.close()


@pytest.mark.parametrize("part", range(3))
def test_staff_pages(chromium: Browser, served: Flask, address: str, part: int) -> None:
    fill(served)
    page = new_page(chromium, address, width=PHONE[0])
    complaints = watch(page, own=address)
    page.goto("/panel")
    assert violations(page) == []
    login, password = PASSWORDS["administrator"]
    page.get_by_label("Adres e-mail").fill(login)
    page.get_by_label("Hasło").fill(password)
    with page.expect_navigation(timeout=30_000):
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Dziś")
    assert faults(page, STAFF[part::3]) == {}
    assert complaints == []
    assert left_on_the_device(page) == []
    page.context.close()
