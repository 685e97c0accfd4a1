"""What the pages say and how, for everyone: in words that are understood, in the language of the reader, and complete (R8–R14, R80–R94,
R116–R133, S40, S84). What a browser has to show is in `tests/browser`."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from flask_babel import force_locale, ngettext

from portal.i18n import long_day, phone_link, phone_text, weekday_and_day
from portal.web.assets import FOLDER
from portal.writing.ease import sentences
from tests.client import Client, Page
from tests.conftest import free_slots
from tests.parts.html import text_of
from tests.test_help_pages import HELP, LANGUAGES
from tests.test_web import PAGES

LATIN = re.compile(r"[A-Za-zÀ-ž]{2,}(?:[\s,–-]+[A-Za-zÀ-ž]{2,})+")
NAMES = (  # of people's rights, parts of programs, keys, and Polish words told in brackets, which keep their own form
    *("Polityka", "Prezes", "osoba przybrana", "Niebiesk", "rodzin", "pogotowie", "ul", "PJM", "mopr-"),
    *("Ctrl", "Cmd", "Chrome", "Host-portal", "fundusz-", "Miejski Ośrodek"),
)
MEETING = "/ogloszenia/szukamy-kandydatow-na-rodziny-zastepcze-spotkanie-informacyjne-14-stycznia-2027"
OLD_WORDS = re.compile(r"przemoc\w* w rodzinie|\bsprawc|\bofiar", re.IGNORECASE)
IN_PLURAL = {
    1: "termin",
    2: "terminy",
    5: "terminów",
    12: "terminów",
    21: "terminów",
    22: "terminy",
    25: "terminów",
    0: "terminów",
}
SAYS = {
    "/pomoc": (
        *("112", "Alarm112", "Zarejestruj się w aplikacji wcześniej", "116 111", "800 120 002"),
        *("Ostatnio sprawdzono", "Bezpłatnie", "Nie usunie historii przeglądarki"),
    ),
    "/pomoc/przemoc": (
        *("Nie usunie historii przeglądarki", "rozmowa", "schronienie", "pomoc psychologa", "pomoc prawnika"),
        *("pomoc pedagoga", "pomoc jest bezpłatna", "nie pytamy o dochód", "nie potrzebujesz skierowania"),
        *("uzasadnione podejrzenie", "zgłoszenie świadka", "w twojej obecności", "twoja zgoda nie jest"),
        *("grupę diagnostyczno-pomocową", "osób, które doznają przemocy domowej"),
    ),
    "/pomoc/bezpieczne-korzystanie": (
        *("okno prywatne", "jak usunąć historię", "firefox", "chrome", "safari", "inne urządzenie"),
        *("poczta i telefon", "połączenia i rachunek", "jak szybko zamknąć okno", "nie usuwa historii"),
    ),
    "/dostepnosc": (
        *("PJM", "ETR", "tłumacz języka migowego", "dojazd", "koordynator", "żądanie", "wniosek", "BIP"),
        *("raport", "plan działania", "deklaracja dostępności"),
    ),
    "/dostepnosc/etr": (
        *("czym się zajmujemy", "gdzie jesteśmy", "jak się skontaktować", "co możesz u nas załatwić"),
        "jak zacząć",
    ),
}

pytestmark = pytest.mark.parametrize("kind", ["sqlite"])


def plain(page: Page) -> str:
    return page.text.replace("\N{NO-BREAK SPACE}", " ").casefold()


# --- what stands where ----------------------------------------------------------------------------------


@pytest.mark.parametrize("address", SAYS)
def test_a_page_says_what_it_has_to(resident: Client, address: str) -> None:
    said = plain(resident.visit(address))
    assert [words for words in SAYS[address] if words.casefold() not in said] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_children_are_led_to_their_page_and_line(resident: Client, language: str) -> None:
    """R94."""
    for address in ("/pomoc", "/standardy-ochrony-maloletnich"):
        links = set(resident.visit(language + address).links().values())
        assert links & {f"{language}/pomoc/dla-dzieci", "/pomoc/dla-dzieci"}, address
    assert "tel:116111" in resident.visit(f"{language}/pomoc/dla-dzieci").links().values()


def test_the_bulletin_is_one_picture_away(app: Flask, resident: Client) -> None:
    """R9."""
    links = resident.visit("/").dom.all("a")
    with_picture = [a for a in links if any(i.get("alt") == "Biuletyn Informacji Publicznej" for i in a)]
    assert [a.get("href") for a in with_picture] == [app.config["CENTRE"].bip_url]


def test_the_frame_is_the_same_on_every_page(resident: Client) -> None:
    """R2, R10: the way past it first, one of each part, and the search."""
    for address in PAGES:
        page = resident.visit(address)
        first = page.dom.all("a")[0]
        assert text_of(first) == "Przejdź do treści głównej"
        assert page.dom.by_id[first.get("href", "")[1:]].tag == "main"
        assert [len(page.dom.all(part)) for part in ("header", "main", "footer")] == [1, 1, 1], address
        assert "site-search" in page.dom.by_id


@pytest.mark.parametrize(("language", "name"), [("", "Polski"), ("/uk", "Українська"), ("/en", "English")])
def test_languages_have_their_own_names_and_no_flags(resident: Client, language: str, name: str) -> None:
    """R131."""
    page = resident.visit(f"{language}/kontakt")
    switch = next(ul for ul in page.dom.all("ul") if ul.get("class") == "langs")
    links = list(switch.iter("a"))
    assert [text_of(a) for a in links] == ["Polski", "Українська", "English"]
    assert [a.get("href") for a in links] == ["/kontakt", "/uk/kontakt", "/en/kontakt"]
    assert [text_of(a) for a in links if a.get("aria-current")] == [name]
    assert all(a.get("lang") == a.get("hreflang") for a in links)
    assert not list(switch.iter("img")), "no flags"


# --- in which words -------------------------------------------------------------------------------------


def test_nothing_in_polish_stands_unmarked_among_ukrainian(resident: Client) -> None:
    """R14: a screen reader would read it with the wrong voice."""
    found = {}
    for address in PAGES:
        page = resident.visit(f"/uk{address}")
        body = page.dom.all("body")[0]
        runs = {run for text in _in("uk", body, "uk") for run in LATIN.findall(text)}
        strange = {run for run in runs if not any(name in run for name in NAMES)}
        if strange:
            found[address] = strange
    assert found == {}


@pytest.mark.parametrize("prefix", ["/uk", "/en"])
def test_a_text_that_is_in_polish_is_in_polish_to_its_end(resident: Client, prefix: str) -> None:
    """R14: also where it holds what is kept elsewhere, such as the invitation to foster families or the interpreter's first day."""
    invitation = resident.visit(f"{prefix}{MEETING}")
    body = invitation.dom.all("article")[0]
    said = " ".join(" ".join(_in("pl", body, "pl")).split())
    assert "Umów rozmowę informacyjną" in said
    assert "Najbliższe spotkanie:" in said
    assert f"{prefix}/umow-rozmowe/b1" in invitation.links().values(), "the way is in the reader's language"
    found = resident.visit(f"{prefix}/szukaj?q=nagłej+sprawie").text
    assert "Jeśli poprosisz dziś, tłumacz na miejscu jest pewny" in found


def test_a_title_is_in_print_as_the_heading_is(resident: Client) -> None:
    """R124: the name of a talk is typed by staff."""
    assert (
        "<title>Spotkanie informacyjne w\N{NO-BREAK SPACE}grupie – "
        in resident.visit("/umow-rozmowe/b2").everything
    )


def _in(wanted: str, element: Element, language: str) -> Iterator[str]:
    """Texts and names of pictures in this language."""
    if not isinstance(element.tag, str) or element.tag in {"script", "style"}:
        return
    language = element.get("lang", language)
    if language == wanted:
        yield from (element.text or "", element.get("alt", ""), element.get("aria-label", ""))
    for child in element:
        yield from _in(wanted, child, language)
        if language == wanted:
            yield child.tail or ""


def test_the_law_has_other_words_now(resident: Client) -> None:
    """R128."""
    for address in PAGES:
        assert not OLD_WORDS.search(plain(resident.visit(address))), address


def test_nothing_shouts_and_no_line_is_stretched(resident: Client) -> None:
    """R127."""
    style = (FOLDER / "style.css").read_text().replace("::first-letter { text-transform: uppercase", "")
    assert not re.search(r"text-transform:\s*uppercase|text-align:\s*justify", style)
    for address in PAGES:
        page = resident.visit(address)
        headings = [text_of(h) for h in page.dom.all("h1", "h2", "h3")]
        assert [h for h in headings if len(h) > 6 and h.isupper()] == [], address


def test_plurals_are_those_of_polish(app: Flask) -> None:
    """R129."""
    with app.test_request_context(), force_locale("pl"):
        for count, noun in IN_PLURAL.items():
            assert ngettext("%(num)s slot", "%(num)s slots", count) == f"{count}\N{NO-BREAK SPACE}{noun}"


def test_dates_and_phones_are_written_as_in_poland(app: Flask) -> None:
    """R130."""
    with app.test_request_context(), force_locale("pl"):
        said = [weekday_and_day(date(2026, 12, 1)), long_day(date(2026, 3, 5))]
        said += [phone_text(number) for number in ("+48850000001", "500600700", "116111")]
        links = [phone_link(number) for number in ("85 000 00 01", "116 111", "800 120 002", "112")]
    assert [words.replace("\N{NO-BREAK SPACE}", " ") for words in said] == [
        *("wtorek, 1 grudnia 2026 r.", "5 marca 2026 r.", "85 000 00 01", "500 600 700", "116 111")
    ]
    assert links == ["tel:+48850000001", "tel:116111", "tel:800120002", "tel:112"]


@pytest.mark.parametrize(
    ("addresses", "most"),
    [
        (HELP, 20),
        (("/umow-rozmowe", "/umow-rozmowe/a1", "/umow-rozmowe/a1/termin", "/moja-rezerwacja"), 20),
        (("/dostepnosc/etr",), 12),
    ],
    ids=["help", "booking", "easy"],
)
def test_sentences_are_short(resident: Client, addresses: tuple[str, ...], most: int) -> None:
    """R118, R133: on the average, by page; in easy text none is long."""
    for address in addresses:
        main = resident.visit(address).dom.all("main")[0]
        blocks = [text_of(e) for e in main.iter() if e.tag in {"p", "li"} and not list(e.iter("ul"))]
        lengths = [len(s.split()) for block in blocks for s in sentences(block)]
        assert sum(lengths) / len(lengths) <= most, address
        if most == 12:
            assert max(lengths) <= 15, [b for b in blocks if len(b.split()) > 15]


def test_a_lead_is_two_sentences_at_most(resident: Client) -> None:
    """R133."""
    page = resident.visit("/ogloszenia")
    for url in sorted(set(page.links().values())):
        if re.fullmatch(r"/ogloszenia/(?!archiwum)[\w-]+", url):
            lead = next(e for e in resident.visit(url).dom.all("p") if e.get("class") == "lead")
            assert len(sentences(text_of(lead))) <= 2, url


# --- forms ----------------------------------------------------------------------------------------------


def test_nothing_needs_scripts(resident: Client, administrator: Client) -> None:
    """S40: whatever fetches a part of a page is, or stands in, something that works without."""
    seen = 0
    for client, address in (
        *((resident, one) for one in PAGES),
        *((administrator, one) for one in ("/panel/ogloszenia/nowe", "/panel/strony/nowa")),
    ):
        page = client.visit(address)
        for element in page.dom.root.iter():
            if not any(
                re.fullmatch(r"(data-)?hx-(get|post|put|delete)", str(name)) for name in element.attrib
            ):
                continue
            seen += 1
            assert element.get("href") or _form_of(page, element) is not None, (address, element.attrib)
    assert seen > 3


def _form_of(page: Page, element: Element) -> Element | None:
    at: Element | None = element
    while at is not None and at.tag != "form":
        at = page.dom.parents.get(at)
    return at


def test_what_a_browser_may_remember_of_a_form(resident: Client) -> None:
    """S84: the usual tokens for one's own name and contact (WCAG 1.3.5), nothing else; not even of a free text."""
    page = resident.visit("/umow-rozmowe/a1/termin")
    page = resident.submit(page, "Dalej", slot=page.radios("slot")[0])
    needs = _completed(page)
    contact = _completed(resident.submit(page, "Dalej"))
    assert needs == {"other": "off"}
    assert contact["name"] == "name"
    assert {contact["email"], contact["phone"]} == {"email", "tel"}
    wanted = {"name": "name", "email": "email", "phone": "tel", "about": "off", "wish": "off"}
    for address in ("/dostepnosc/wniosek", "/dostepnosc/zadanie-cyfrowe"):
        assert _completed(resident.visit(address)).items() >= wanted.items()
    for address in ("/moja-rezerwacja", "/moj-wniosek", "/moje-zgloszenie"):
        assert set(_completed(resident.visit(address)).values()) == {"off"}, address


def test_the_browser_at_the_desk_remembers_nobody(app: Flask, interviewer: Client) -> None:
    with app.app_context():
        slot = free_slots()[-1]
    booking = interviewer.visit(f"/panel/rezerwacje/nowa?termin={slot}")
    assert set(_completed(booking).values()) == {"off"}
    emergency = _completed(interviewer.visit("/panel/zastrzezenia/otwarcie"))
    assert emergency.pop("own_password") == "current-password"
    assert set(emergency.values()) == {"off"}


def _completed(page: Page) -> dict[str, Any]:
    """How each field of the page's own form is filled in by the browser."""
    main = page.dom.all("main")[0]
    kinds = {"hidden", "radio", "checkbox"}
    fields = [e for e in main.iter() if e.tag in {"input", "textarea"} and e.get("type") not in kinds]
    return {e.get("name", ""): e.get("autocomplete") for e in fields if e.get("name") != "website"}
