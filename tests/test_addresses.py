"""Every address of the information architecture answers, in each language, to whom it is meant for."""

import pytest
from flask import Flask

from tests.client import Client
from tests.conftest import signed_in

PUBLIC = (
    *("/", "/pomoc", "/pomoc/przemoc", "/pomoc/kryzys", "/pomoc/dla-dzieci", "/pomoc/bezpieczne-korzystanie"),
    *("/ogloszenia", "/ogloszenia/archiwum", "/programy", "/programy/bez-przemocy"),
    *("/umow-rozmowe/a1", "/umow-rozmowe/a1/termin", "/moja-rezerwacja"),
    *("/rodzicielstwo-zastepcze", "/rodzicielstwo-zastepcze/formy", "/rodzicielstwo-zastepcze/krok-po-kroku"),
    *(
        "/rodzicielstwo-zastepcze/zglos-zainteresowanie",
        "/swiadczenia",
        "/swiadczenia/swiadczenie-pielegnacyjne",
    ),
    *("/poradnik-interesanta", "/e-uslugi", "/kontakt", "/dostepnosc", "/dostepnosc/pjm", "/dostepnosc/etr"),
    *("/dostepnosc/tlumacz", "/dostepnosc/budynek", "/dostepnosc/zadanie-cyfrowe", "/dostepnosc/wniosek"),
    *("/deklaracja-dostepnosci", "/prywatnosc", "/prywatnosc/rezerwacje", "/prywatnosc/piecza-zastepcza"),
    *("/pliki-cookie", "/standardy-ochrony-maloletnich", "/standardy-ochrony-maloletnich/dla-dzieci"),
    *("/sygnalisci", "/szukaj", "/mapa-strony", "/ustawienia", "/panel/logowanie"),
)
FLOW = ("/potrzeby", "/kontakt", "/sprawdz", "/potwierdzenie")
STAFF = (
    *("/panel", "/panel/ogloszenia", "/panel/terminy", "/panel/rezerwacje", "/panel/zgloszenia"),
    *(
        "/panel/wnioski-dostepnosc",
        "/panel/kontakty",
        "/panel/strony",
        "/panel/deklaracja",
        "/panel/uzytkownicy",
        "/panel/dziennik",
        "/panel/programy",
        "/panel/swiadczenia",
    ),
)
LANGUAGES = (("", "pl"), ("/uk", "uk"), ("/en", "en"))
in_each_language = pytest.mark.parametrize(("prefix", "language"), LANGUAGES)


@pytest.fixture
def kind() -> str:
    """No address depends on the database."""
    return "sqlite"


def test_every_public_address(resident: Client) -> None:
    """Each with a title that no other has, in whatever language (R1)."""
    titles: dict[str, str] = {}
    for prefix, language in LANGUAGES:
        for address in PUBLIC:
            page = resident.visit(prefix + address)
            assert (page.status, page.url.rstrip("/")) == (200, (prefix + address).rstrip("/")), address
            assert page.dom.root.get("lang") == language, address
            assert titles.setdefault(page.title, page.url) == page.url
        assert resident.get(f"{prefix}/ogloszenia.atom").status_code == 200
        assert resident.get(f"{prefix}/wyjscie").status_code == 303


@in_each_language
def test_a_later_step_of_a_booking_leads_back_to_the_first(
    resident: Client, prefix: str, language: str
) -> None:
    for step in FLOW:
        page = resident.visit(f"{prefix}/umow-rozmowe/a1{step}")
        assert page.status == 200
        assert page.url.startswith(f"{prefix}/umow-rozmowe/a1"), step


@in_each_language
def test_every_address_of_staff(app: Flask, prefix: str, language: str) -> None:
    staff = signed_in(app, "administrator")
    for address in STAFF:
        page = staff.visit(prefix + address)
        assert page.status == 200, address
        assert page.url.startswith(f"{prefix}/panel"), address
        assert page.dom.root.get("lang") == language, address


@pytest.mark.parametrize(
    "address", ["/ogloszenia/a%00b", "/programy/%01", "/panel/strony/1/media/a%00b", "/%0d%0a"]
)
def test_an_address_with_control_characters_is_none(app: Flask, address: str) -> None:
    assert signed_in(app, "editor").get(address).status_code == 400
