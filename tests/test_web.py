"""What holds for every page: headers, cookies, languages, errors, and words in their places."""

import re
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event, select, text

from portal.contacts.models import CRISIS, Contact
from portal.db import db
from portal.web.headers import CONTENT_SECURITY_POLICY, HEADERS
from portal.web.references import in_html
from tests.client import Client
from tests.conftest import Databases, browse, make_app, only_sqlite
from tests.parts.html import parse, text_of

PAGES = {
    "/": "reading",
    "/ogloszenia": "reading",
    "/ogloszenia/archiwum": "reading",
    "/ogloszenia/swiadczenie-pielegnacyjne-w-2026-r-3-386-zl-miesiecznie": "reading",
    "/programy": "reading",
    "/programy/bez-przemocy": "reading",
    "/swiadczenia": "reading",
    "/swiadczenia/swiadczenie-pielegnacyjne": "reading",
    "/kontakt": "reading",
    "/dostepnosc": "reading",
    "/dostepnosc/pjm": "reading",
    "/dostepnosc/etr": "reading",
    "/dostepnosc/tlumacz": "reading",
    "/dostepnosc/zakres-dzialalnosci": "reading",
    "/dostepnosc/budynek": "reading",
    "/deklaracja-dostepnosci": "reading",
    "/rodzicielstwo-zastepcze": "reading",
    "/rodzicielstwo-zastepcze/formy": "reading",
    "/rodzicielstwo-zastepcze/krok-po-kroku": "reading",
    "/rodzicielstwo-zastepcze/sprawdz": "reading",
    "/poradnik-interesanta": "reading",
    "/e-uslugi": "reading",
    "/wazne-instytucje": "reading",
    "/prywatnosc": "reading",
    "/prywatnosc/rezerwacje": "reading",
    "/prywatnosc/piecza-zastepcza": "reading",
    "/pliki-cookie": "reading",
    "/standardy-ochrony-maloletnich": "reading",
    "/standardy-ochrony-maloletnich/dla-dzieci": "reading",
    "/sygnalisci": "reading",
    "/mapa-strony": "reading",
    "/szukaj": "reading",
    "/szukaj?q=malzenstwo": "reading",
    "/pomoc": "private",
    "/pomoc/przemoc": "private",
    "/pomoc/kryzys": "private",
    "/pomoc/dla-dzieci": "private",
    "/pomoc/bezpieczne-korzystanie": "private",
    "/umow-rozmowe": "private",
    "/umow-rozmowe/a1": "private",
    "/umow-rozmowe/a1/termin": "private",
    "/moja-rezerwacja": "private",
    "/rodzicielstwo-zastepcze/zglos-zainteresowanie": "private",
    "/moje-zgloszenie": "private",
    "/dostepnosc/zadanie-cyfrowe": "private",
    "/dostepnosc/wniosek": "private",
    "/moj-wniosek": "private",
    "/ustawienia": "private",
}
FOOTER = (
    *(
        "Deklaracja dostępności",
        "Dostępność",
        "Polityka prywatności",
        "Pliki cookie",
        "BIP",
        "Mapa strony",
        "Kontakt",
    ),
    *("Standardy ochrony małoletnich", "Sygnaliści"),
)
HEADER = (
    "Polski Język Migowy (PJM)",
    "Tekst łatwy do czytania (ETR)",
    "Tłumacz języka migowego",
    "Ustawienia wyświetlania",
)


def test_every_public_page_stands(resident: Client) -> None:
    titles: dict[str, str] = {}
    for address, keeping in PAGES.items():
        page = resident.visit(address)
        assert page.status == 200, address
        assert page.title.endswith("Miejski Ośrodek Pomocy Rodzinie w Przykładowie"), address
        assert titles.setdefault(page.title, address).partition("?")[0] == address.partition("?")[0]
        cache = page.response.headers["Cache-Control"]
        assert cache == ("no-cache" if keeping == "reading" else "no-store"), address
        assert ("ETag" in page.response.headers) is (keeping == "reading")
        links = page.links()
        assert all(name in links for name in FOOTER + HEADER), address
        for phone in ("tel:112", "tel:+48850000002"):
            assert phone in links.values(), address


@only_sqlite
def test_every_answer_has_the_strict_headers_once(app: Flask, resident: Client) -> None:
    asset = re.search(r'href="(/static/style[^"]+)"', resident.visit("/").everything)
    assert asset
    for address in [
        *PAGES,
        "/nie-ma",
        "/panel",
        "/panel/logowanie",
        "/wyjscie",
        "/ogloszenia.atom",
        asset[1],
    ]:
        with resident.get(address) as response:
            for name, value in HEADERS.items():
                assert response.headers.getlist(name) == [value], (address, name)
    refused = resident.open("/", method="TRACE")
    assert refused.status_code == 405
    assert refused.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY


@only_sqlite
def test_https_is_remembered_and_its_cookie_is_bound_to_the_host(database: str, tmp_path: Path) -> None:
    app = make_app(database, tmp_path, PORTAL_PUBLIC_URL="https://mopr.example")
    client = app.test_client()
    response = client.get("/umow-rozmowe/a1/termin", base_url="https://mopr.example")
    assert "max-age=31536000" in response.headers["Strict-Transport-Security"]
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-portal=v1.")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Expires" not in cookie
    assert len(cookie) < 1024
    with app.app_context():
        db.engine.dispose()


def change_phone(number: str) -> None:
    """The crisis phone is another one from now on."""
    db.session.scalars(select(Contact).where(Contact.key == CRISIS)).one().phone = number
    db.session.commit()


@only_sqlite
def test_two_portals_live_in_one_process(databases: Databases, tmp_path: Path, kind: str) -> None:
    apps = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        url = databases.filled(kind, tmp_path / name)
        apps.append(make_app(url, tmp_path / name, PORTAL_CENTRE_PLACE=f"w mieście {name}"))
    one, other = (browse(app) for app in apps)
    with apps[0].app_context():
        change_phone("850000099")
    for _ in range(2):
        assert "85 000 00 99" in one.visit("/kontakt").everything.replace("\N{NO-BREAK SPACE}", " ")
        assert "w\N{NO-BREAK SPACE}mieście one" in one.visit("/").everything
        assert "85 000 00 99" not in other.visit("/kontakt").everything.replace("\N{NO-BREAK SPACE}", " ")
        assert "w\N{NO-BREAK SPACE}mieście other" in other.visit("/").everything
    for app in apps:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@only_sqlite
def test_readers_get_no_cookie(resident: Client) -> None:
    for address, keeping in PAGES.items():
        if keeping == "reading" or address.startswith("/pomoc"):
            assert "Set-Cookie" not in resident.get(address).headers, address


@only_sqlite
def test_an_unchanged_page_costs_a_304_and_a_changed_one_does_not(resident: Client, editor: Client) -> None:
    first = resident.get("/ogloszenia")
    again = resident.get("/ogloszenia", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""
    resident.set_cookie("display", "dark.")
    dark = resident.get("/ogloszenia", headers={"If-None-Match": first.headers["ETag"]})
    assert dark.status_code == 200


@only_sqlite
def test_pages_without_secrets_are_compressed_and_others_are_not(resident: Client) -> None:
    wanted = {"Accept-Encoding": "gzip"}
    assert FlaskEncoding.of(resident, "/", wanted) == "gzip"
    assert FlaskEncoding.of(resident, "/umow-rozmowe/a1/termin", wanted) is None


class FlaskEncoding:
    """Asks without the page checks, which read plain HTML."""

    @staticmethod
    def of(client: Client, address: str, headers: dict[str, str]) -> str | None:
        with client.application.test_request_context(address, headers=headers):
            response = client.application.full_dispatch_request()
        return response.headers.get("Content-Encoding")


@pytest.mark.parametrize(
    "address", ["/", "/ogloszenia", "/kontakt", "/pomoc/przemoc", "/rodzicielstwo-zastepcze/formy"]
)
@only_sqlite
def test_a_content_page_asks_the_database_three_times_at_most(
    app: Flask, resident: Client, address: str
) -> None:
    assert queries(app, resident, address) <= 3


@pytest.mark.parametrize("address", ["/programy/bez-przemocy", "/dostepnosc", "/deklaracja-dostepnosci"])
@only_sqlite
def test_so_does_a_page_composed_of_more(app: Flask, resident: Client, address: str) -> None:
    assert queries(app, resident, address) <= 3


@only_sqlite
def test_so_does_an_announcement_with_its_programme(app: Flask, resident: Client) -> None:
    address = "/ogloszenia/nabor-do-programu-korekcyjno-edukacyjnego-bez-przemocy-edycja-wiosna-2027"
    assert queries(app, resident, address) <= 3


def queries(app: Flask, client: Client, address: str) -> int:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            asked.append(statement)

    with app.app_context():
        engine = db.engine
    for warm in ("/pliki-cookie", "/?zimny-start"):
        client.get(warm)  # what a new connection asks, and a worker once for each state, does not count
    event.listen(engine, "before_cursor_execute", note)
    try:
        client.get(address)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(asked)


@only_sqlite
def test_links_out_of_the_portal_say_to_which_site_they_lead(app: Flask) -> None:
    """In texts and in the frame alike; within the portal, to a phone or an address for mail nothing is added."""
    out = "[Wniosek w ZUS](https://www.zus.pl/a) i [**gov.pl**, e-Doręczenia](https://gov.pl/b)"
    inside = (
        "[Kontakt](/kontakt) [całość](http://127.0.0.1:8000/kontakt) [napisz](mailto:a@b.pl) [112](tel:112)"
    )
    with app.test_request_context():
        assert [words(link) for link in links_in(out)] == ["Wniosek w ZUS (zus.pl)", "gov.pl, e-Doręczenia"]
        assert [words(link) for link in links_in(inside)] == ["Kontakt", "całość", "napisz", "112"]
        assert app.jinja_env.filters["elsewhere"]("https://bip.mopr.example/x") == " (bip.mopr.example)"
        assert app.jinja_env.filters["elsewhere"]("/kontakt") == ""


def links_in(text: str) -> list[Element]:
    return parse(f"<!doctype html><title>x</title>{in_html(text)}").all("a")


def words(link: Element) -> str:
    return text_of(link).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("code", [404, 405, 413])
@only_sqlite
def test_error_pages_help(resident: Client, code: int) -> None:
    ask = {
        404: lambda: resident.get("/nie-ma-takiej-strony"),
        405: lambda: resident.post("/ogloszenia"),
        413: lambda: resident.post("/umow-rozmowe/a1/termin", data={"slot": "1" * 2_000_000}),
    }[code]
    response = ask()
    text = response.get_data(as_text=True)
    assert response.status_code == code or (code == 405 and response.status_code == 400)
    assert "tel:+48850000002" in text
    assert 'action="/szukaj"' in text
    assert "Traceback" not in text


@only_sqlite
def test_a_form_without_its_token_goes_back_to_whoever_sent_it(resident: Client) -> None:
    typed = {"body": "Ważny tekst, który nie może zginąć.\n<b>Drugi wiersz.</b>", "password": "p" * 50}
    response = resident.post("/panel/ogloszenia/nowe", data=typed)
    text = response.get_data(as_text=True)
    assert response.status_code == 400
    assert "Ważny tekst, który nie może zginąć.\n&lt;b&gt;Drugi wiersz.&lt;/b&gt;" in text
    assert "ppp" not in text
    elsewhere = resident.post("/panel/ogloszenia/nowe", data=typed, headers={"Sec-Fetch-Site": "cross-site"})
    assert "Ważny tekst" not in elsewhere.get_data(as_text=True)


@only_sqlite
def test_a_slash_at_the_end_leads_to_the_address_without_it(resident: Client) -> None:
    for asked, meant in (
        ("/ogloszenia/", "/ogloszenia"),
        ("/uk/kontakt//?q=a", "/uk/kontakt?q=a"),
        ("/%2F/evil.example/", "/evil.example"),
        ("/nie-ma/ą/", "/nie-ma/%C4%85"),
    ):
        answer = resident.get(asked)
        assert (answer.status_code, answer.location) == (301, meant), asked
    assert resident.get("/nie-ma-takiej").status_code == 404
    assert resident.post("/ogloszenia/").status_code in {400, 404, 405}


@only_sqlite
def test_a_strange_host_is_refused(resident: Client) -> None:
    response = resident.get("/", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert "evil.example" not in response.get_data(as_text=True)


@only_sqlite
def test_what_the_database_refuses_is_our_mistake_and_no_outage(app: Flask, resident: Client) -> None:
    def broken() -> str:
        db.session.execute(text("INSERT INTO service (id) VALUES (1)"))
        return "written"

    app.view_functions["front.home"] = broken
    page = resident.visit("/")
    assert (page.status, page.response.headers.get("Retry-After")) == (500, None)
    assert "INSERT" not in page.text
    assert resident.visit("/ogloszenia").status == 200


def test_when_the_database_is_away_the_phone_is_still_there(
    app: Flask, resident: Client, frozen: time_machine.Traveller
) -> None:
    resident.visit("/")
    with app.app_context():
        engine = db.engine

    def fail(*_anything: object) -> None:
        from sqlalchemy.exc import OperationalError

        raise OperationalError("SELECT", {}, Exception("away"))

    event.listen(engine, "before_cursor_execute", fail)
    frozen.shift(60)
    try:
        response = resident.get("/ogloszenia")
    finally:
        event.remove(engine, "before_cursor_execute", fail)
    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert "tel:+48850000002" in response.get_data(as_text=True)
    assert resident.get("/ogloszenia").status_code == 200


def test_search_ignores_diacritics_and_counts_in_polish(resident: Client) -> None:
    assert "Świadczenie pielęgnacyjne" in resident.visit("/szukaj?q=swiadczenie pielegnacyjne").text
    nothing = resident.visit("/szukaj?q=xyzzy")
    assert "0 wyników" in nothing.text
    assert "85 000 00 01" in nothing.text
    assert resident.get("/szukaj?q=" + "a%00" * 500).status_code == 200


@only_sqlite
def test_quick_exit_forgets_everything_and_leads_away(resident: Client) -> None:
    page = resident.visit("/umow-rozmowe/a1/termin")
    resident.press(page, "Dalej", slot=page.radios("slot")[0])
    response = resident.get("/wyjscie")
    assert response.status_code == 303
    assert not response.location.startswith("/")
    assert response.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert resident.visit("/umow-rozmowe/a1/kontakt").url == "/umow-rozmowe/a1/termin"


@only_sqlite
def test_display_settings_work_without_scripts_and_are_forgotten_when_default(resident: Client) -> None:
    assert resident.get_cookie("display") is None
    chosen = {"theme": "contrast", "size": "2", "spacing": "wide", "motion": "less"}
    page = resident.submit(resident.visit("/ustawienia"), "Zapisz", **chosen)
    marks = 'data-theme="contrast" data-size="2" data-spacing="wide" data-motion="less"'
    assert marks in page.everything
    assert marks in resident.visit("/ogloszenia").everything
    checked = {i.get("name"): i.get("value") for i in page.dom.all("input") if "checked" in i.attrib}
    assert checked == chosen
    page = resident.submit(page, "Zapisz", **dict.fromkeys(chosen, ""))
    assert " data-" not in resident.visit("/").everything.partition("<head>")[0]
    assert resident.get_cookie("display") is None


@pytest.mark.parametrize("kept", ["contrast.", "contrast", "contrast.9.x.y.z.wide", 'contrast."><script>'])
@only_sqlite
def test_a_cookie_that_we_did_not_make_does_no_harm(resident: Client, kept: str) -> None:
    resident.set_cookie("display", kept)
    assert '<html lang="pl" data-theme="contrast">' in resident.visit("/").everything


def test_amounts_are_shown_only_while_they_are_valid(
    resident: Client, frozen: time_machine.Traveller
) -> None:
    assert "3 386,00 zł" in resident.visit("/swiadczenia/swiadczenie-pielegnacyjne").text
    frozen.move_to("2027-01-01T09:00:00+01:00")
    page = resident.visit("/swiadczenia/swiadczenie-pielegnacyjne")
    assert "3 386" not in page.text
    assert "Kwota jest aktualizowana" in page.text


@pytest.mark.parametrize(("prefix", "lang", "h1"), [("/en", "en", "Book a talk"), ("/uk", "uk", None)])
@only_sqlite
def test_every_page_has_an_address_in_each_language(
    resident: Client, prefix: str, lang: str, h1: str | None
) -> None:
    page = resident.visit(f"{prefix}/umow-rozmowe")
    assert page.status == 200
    assert f'<html lang="{lang}"' in page.everything
    assert h1 is None or page.h1 == h1
    assert all(url.startswith((prefix, "tel:", "http", "/static", "#", "/")) for url in page.links().values())
    assert page.links()["Polski"] == "/umow-rozmowe"
    assert f'href="{prefix}/umow-rozmowe" aria-current="page"' in page.everything
    polish_only = resident.visit(f"{prefix}/programy/bez-przemocy")
    assert 'lang="pl"' in polish_only.everything


@pytest.mark.parametrize("address", ["/", "/kontakt", "/dostepnosc/etr", "/deklaracja-dostepnosci"])
@only_sqlite
def test_search_engines_find_the_page_in_each_language_that_it_has(resident: Client, address: str) -> None:
    named = {}
    for prefix in ("", "/uk", "/en"):
        page = resident.visit(prefix + address)
        links = page.dom.all("link")
        named[prefix] = {a.get("hreflang"): a.get("href") for a in links if a.get("hreflang")}
    there = named[""]
    assert there["pl"] == f"http://127.0.0.1:8000{address}"
    assert all(found == there for found in named.values())
    for url in there.values():
        assert resident.get(str(url).removeprefix("http://127.0.0.1:8000")).status_code == 200
    if "uk" not in there:
        assert resident.visit(address).links()["Українська"] == "/uk/"


@only_sqlite
def test_forms_and_unknown_addresses_name_no_other_language(resident: Client) -> None:
    for address in ("/umow-rozmowe/a1/termin", "/nie-ma"):
        assert "hreflang" not in resident.get(address).get_data(as_text=True).partition("</head>")[0]


@pytest.mark.parametrize("prefix", ["/uk", "/en"])
@only_sqlite
def test_the_start_says_honestly_that_not_everything_is_translated(resident: Client, prefix: str) -> None:
    words = {"/uk": "лише польською", "/en": "only in Polish"}
    assert words[prefix] in resident.visit(f"{prefix}/").text.replace("\N{NO-BREAK SPACE}", " ")


def test_a_change_is_seen_at_the_very_next_request(resident: Client, editor: Client) -> None:
    before = resident.get("/ogloszenia")
    page = editor.visit("/panel/ogloszenia/1")
    editor.submit(page, "Wycofaj")
    after = resident.get("/ogloszenia", headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert after.headers["ETag"] != before.headers["ETag"]


@only_sqlite
def test_an_unchanged_page_asks_the_database_once(app: Flask, resident: Client) -> None:
    resident.get("/dostepnosc")
    assert queries(app, resident, "/dostepnosc") == 1


@only_sqlite
def test_what_is_remembered_of_a_page_depends_on_its_address_and_on_nobody(
    app: Flask, resident: Client, editor: Client
) -> None:
    """The header and the footer, kept by the worker, with somebody else having been there before."""
    assert "Redakcja" in editor.visit("/umow-rozmowe").everything
    page = resident.visit("/umow-rozmowe")
    assert "Redakcja" not in page.everything
    assert 'href="/umow-rozmowe" aria-current="page"' in page.everything
    other = resident.visit("/pomoc").everything
    assert 'href="/umow-rozmowe" aria-current' not in other
    assert 'href="/pomoc" aria-current="page"' in other
    assert "Швидкий вихід" in resident.visit("/uk/umow-rozmowe").everything
    with app.app_context():
        change_phone("850000009")
    assert (
        resident.visit("/umow-rozmowe").everything.count("85 000 00 09".replace(" ", "\N{NO-BREAK SPACE}"))
        == 2
    )
