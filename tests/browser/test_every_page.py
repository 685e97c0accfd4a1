"""Every page in every theme, on a phone and on a desk: accessible, within the screen, silent in the console."""

from collections.abc import Sequence

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from portal import clock
from portal.demo.access_requests import load_access_requests
from portal.demo.enquiries import load_enquiries
from portal.demo.groups import load_group
from tests.conftest import PASSWORDS
from tests.parts.axe import in_every_theme, violations
from tests.parts.browser import new_page, sideways_scroll, watch
from tests.test_web import PAGES

PHONE, DESK = 360, 1280
LOOKS = [(PHONE, True), (DESK, False), pytest.param(DESK, True, marks=pytest.mark.torture)]

pytestmark = [pytest.mark.browser, pytest.mark.parametrize(("width", "rules"), LOOKS)]

STAFF = (
    *(
        "/panel",
        "/panel/ogloszenia",
        "/panel/ogloszenia/nowe",
        "/panel/ogloszenia/1",
        "/panel/ogloszenia/1/edytuj",
        "/panel/ogloszenia/1/media",
        "/panel/strony/1/media",
        "/panel/media",
        "/panel/media/obraz",
        "/panel/media/dokument",
        "/panel/media/film",
        "/panel/ogloszenia/1/opublikuj",
        "/panel/ogloszenia/1/adres",
        "/panel/ogloszenia/1/tekst/1",
        "/panel/ogloszenia/1/porownaj",
        "/panel/ogloszenia/1/tlumaczenie/uk",
    ),
    *(
        "/panel/terminy",
        "/panel/terminy?tydzien=2026-12-01",
        "/panel/terminy/dzien/2026-12-01",
        "/panel/terminy/dzien/2026-12-01/arkusz",
        "/panel/terminy/1",
        "/panel/kalendarz",
    ),
    *(
        "/panel/terminy/nowy",
        "/panel/terminy/seria",
        "/panel/rezerwacje",
        "/panel/rezerwacje/wiele",
        "/panel/terminy/1/zmiana",
        "/panel/terminy/1/miejsca",
        "/panel/terminy/1/miejsce",
        "/panel/zadania",
        "/panel/choroba",
        "/panel/choroba?osoba=3&od=2026-12-01&do=2026-12-03",
        "/panel/wiadomosci",
    ),
    *("/panel/terminy/seria/1", "/panel/terminy/seria/1/zmiana", "/panel/terminy/seria/1/koniec"),
    *("/panel/ustawienia", "/panel/system", "/panel/ustawienia/rozmowy/1", "/panel/ustawienia/miejsca/1"),
    *(
        "/panel/ustawienia/zasoby/1",
        "/panel/ustawienia/zasoby/nowe/room",
        "/panel/ustawienia/zamkniecia/nowe",
    ),
    *(
        "/panel/rezerwacje/1",
        "/panel/rezerwacje/1/rezygnacja",
        "/panel/edycje",
        "/panel/edycje/nowa",
        "/panel/edycje/1",
        "/panel/edycje/1/plan",
    ),
    *(
        "/panel/edycje/3",
        "/panel/edycje/3/dane",
        "/panel/edycje/spotkanie/4",
        "/panel/edycje/spotkanie/6/zmiana",
    ),
    *("/panel/edycje/osoba/1", "/panel/edycje/osoba/1/nazwisko", "/panel/edycje/osoba/1/odejscie"),
    *(
        "/panel/zgloszenia",
        "/panel/zgloszenia?stan=zakonczone",
        "/panel/zgloszenia/1",
        "/panel/zgloszenia/1/rozmowa",
    ),
    *("/panel/zgloszenia/pytania", "/panel/zgloszenia/pytania/nowe", "/panel/zgloszenia/pytania/1"),
    *("/panel/zaswiadczenia/zgloszenie/1", "/panel/zaswiadczenia/ukonczenie/1"),
    *("/panel/tresc", "/panel/kontakty", "/panel/kontakty/jednostka/1", "/panel/kontakty/linia/nowe"),
    *("/panel/strony", "/panel/strony/nowa", "/panel/strony/1", "/panel/strony/1/edytuj"),
    *("/panel/strony/1/tekst/1", "/panel/menu", "/panel/menu/pozycja/1", "/panel/menu/skrot/nowe"),
    "/panel/menu/baner",
    *("/panel/statystyka", "/panel/statystyka/plik", "/panel/statystyka/piecza"),
    "/panel/tresc/do-sprawdzenia",
    *("/panel/swiadczenia", "/panel/swiadczenia/1", "/panel/swiadczenia/1/kwoty/nowa"),
    *("/panel/programy", "/panel/programy/1"),
    *("/panel/statystyka", "/panel/statystyka/plik"),
    *(
        "/panel/wnioski-dostepnosc",
        "/panel/wnioski-dostepnosc?stan=zakonczone",
        "/panel/wnioski-dostepnosc/1",
    ),
    *(
        "/panel/dziennik",
        "/panel/uzytkownicy",
        "/panel/uzytkownicy/nowa",
        "/panel/uzytkownicy/1",
        "/panel/moje-konto",
        "/panel/moje-konto/haslo",
    ),
    *("/panel/moje-konto/aplikacja", "/panel/moje-konto/kody", "/panel/logowanie/zapomniane"),
    *("/panel/deklaracja", "/panel/deklaracja/dane", "/panel/deklaracja/teksty/uk"),
    *("/panel/deklaracja/bariery/1", "/panel/deklaracja/wersja/1/en"),
)
PUBLIC = [
    *PAGES,
    "/ogloszenia/nabor-do-programu-korekcyjno-edukacyjnego-bez-przemocy-edycja-wiosna-2027",
    "/ogloszenia/nabor-do-edycji-wiosna-2024-programu-korekcyjno-edukacyjnego",
    "/nie-ma-takiej-strony",
    "/en/umow-rozmowe/a1",
    "/uk/umow-rozmowe/a1/termin",
]


def faults(page: Page, addresses: Sequence[str], *, rules: bool) -> dict[str, list[str]]:
    """What is wrong, by address: whether it fits, and with `rules` every rule in the light theme, colours again in the dark one
    and in yellow on black."""
    found = {}
    for address in addresses:
        page.goto(address)
        wide = sideways_scroll(page)
        problems = in_every_theme(page) if rules else []
        problems += [f"{wide} px too wide"] if wide else []
        if problems:
            found[address] = problems
    return found


@pytest.mark.parametrize("part", range(4))
def test_public_pages(chromium: Browser, address: str, width: int, rules: bool, part: int) -> None:
    page = new_page(chromium, address, width=width)
    complaints = watch(page, own=address)
    assert faults(page, PUBLIC[part::4], rules=rules) == {}
    assert [c for c in complaints if "404" not in c] == []
    page.context.close()


@pytest.mark.parametrize("part", range(2))
def test_staff_pages(
    chromium: Browser, served: Flask, address: str, width: int, rules: bool, part: int
) -> None:
    with served.app_context():
        load_group(clock.now())
        load_enquiries(clock.now())
        load_access_requests(clock.now())
    page = new_page(chromium, address, width=width)
    complaints = watch(page, own=address)
    page.goto("/panel")
    assert violations(page) == []
    login, password = PASSWORDS["administrator"]
    page.get_by_label("Adres e-mail").fill(login)
    page.get_by_label("Hasło").fill(password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Dziś")
    page.wait_for_load_state("networkidle")
    assert faults(page, STAFF[part::2], rules=rules) == {}
    assert complaints == []
    page.context.close()
