"""Whoever types or sends something odd reads a sentence about it; no page breaks, and blanks are no answer."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

import pytest
from flask import Flask

from portal.text import read_email
from tests.client import Client, Page, Values, values_of
from tests.conftest import browse, free_slots, signed_in
from tests.test_booking_pages import book, reach_contact
from tests.test_staff_slots import SERIES, SINGLE

pytestmark = pytest.mark.parametrize("kind", ["sqlite"])

ODD = ("x", "-1", "\0", "2026-02-30", "9999-12-31", "9" * 23)
MAILBOX = "Osoba.Jedna+1@Example.com"
OTHER_SPELLINGS = [
    "osoba@example.com(1)",
    "(1)osoba@example.com",
    "osoba@exa(1)mple.com",
    "grupa:osoba@example.com",
    "mailto:osoba@example.com",
    "osoba@example.com:25",
    '"osoba"@example.com',
    "osoba\\@example.com",
    "osoba[@example.com",
    "osoba@example.com,osoba@example.org",
    "=?utf-8?q?osoba?=@example.com",
    "=?utf-8?q?a=0D=0ABcc:osoba=40example.com?=@example.com",
    "osoba@example..com",
    "osoba..x@example.com",
    ".osoba@example.com",
    "ośoba@example.com",
    "osoba@[127.0.0.1]",
    "osoba@127.0.0.1",
    "osoba@example",
]
BLANK = " \N{NO-BREAK SPACE}"
TYPED = ("text", "date", "time", "number", "email", "tel", None)
TYPED_FREELY = ("text", "email", "tel", None)
TRAP = "website"  # no person sees that field
ASKED = {"name": "Ktoś", "channel": "email"}
FORMS: dict[str, Values] = {
    "terminy/nowy": SINGLE,
    "terminy/seria": SERIES,
    "terminy/{slot}/zmiana": {},
    "terminy/{slot}/miejsca": {"places": "2"},
    "terminy/{slot}/miejsce": {"reason": "Osoba przyszła sama"},
    "rezerwacje/{booking}/zmiana": {"agreed": "no"},
    "rezerwacje/nowa?termin={slot}": {"name": "Ola", "channel": "none"},
    "kalendarz": {},
    "edycje/nowa": {"name": "Wiosna", "starts_on": "2027-09-01", "intake_until": "2027-08-01"},
    "edycje/1/dane": {},
    "edycje/1/plan": {"at": "16:30"},
    "ustawienia/rozmowy/1": {},
    "ustawienia/miejsca/1": {},
    "ustawienia/zasoby/1": {},
    "ustawienia/zasoby/nowe/interviewer": {"name": "Nowa osoba"},
    "ustawienia/zamkniecia/nowe": {"first_on": "2027-05-04", "last_on": "2027-05-05", "reason": "Remont"},
}


@pytest.fixture
def numbers(app: Flask, resident: Client) -> dict[str, int]:
    """A free slot and a booking, by row."""
    book(resident)
    with app.app_context():
        return {"slot": free_slots()[-1], "booking": 1}


def _form(page: Page) -> Element:
    return next(form for form in page.dom.all("main")[0].iter("form") if form.get("method") == "post")


def _needed_fields(page: Page) -> Iterator[str]:
    """The fields somebody has to type into."""
    for field in _form(page).iter():
        if field.tag in {"input", "textarea"} and field.get("type") in TYPED and "required" in field.attrib:
            yield field.get("name", "")


@pytest.mark.parametrize("path", FORMS)
def test_odd_values_and_blanks_are_answered_in_words(app: Flask, numbers: dict[str, int], path: str) -> None:
    staff = signed_in(app, "administrator")
    staff.checks = False  # the other tests look at pages; here it is their number that counts
    page = staff.visit("/panel/" + path.format(**numbers))
    base = values_of(_form(page)) | FORMS[path]
    for name in _needed_fields(page):
        assert staff.post(page.url, data=base | {name: BLANK}).status_code == 422, name
    for name in base.keys() - {"csrf_token"}:
        for odd in ODD:
            assert staff.post(page.url, data=base | {name: odd}).status_code < 500, (name, odd)


@pytest.mark.parametrize(
    "address", ["ogloszenia?po={}", "media?po={}", "ogloszenia/1/porownaj?stary={}", "statystyka?rok={}"]
)
def test_an_odd_number_in_an_address_is_no_number(administrator: Client, address: str) -> None:
    for odd in ("9" * 23, "-1", "x", "%00"):
        assert administrator.get("/panel/" + address.format(odd)).status_code == 200, odd


@pytest.mark.parametrize("path", ["/ogloszenia", "/ogloszenia/archiwum", "/uk/ogloszenia"])
def test_an_odd_mark_of_a_page_begins_anew(resident: Client, path: str) -> None:
    for odd in (
        "1_" + "9" * 23,
        "253402300799_1",
        "-62135596800_1",
        "nan_1",
        "inf_1",
        "1e400_1",
        "1_x",
        "1_-1",
        "x",
    ):
        assert resident.get(f"{path}?po={odd}").status_code == 200, odd


@pytest.mark.parametrize("last", ["x", "2026-02-30", "9999-12-31"])
def test_an_absence_until_an_odd_day_is_asked_again(interviewer: Client, last: str) -> None:
    page = interviewer.visit("/panel/choroba")
    person = next(o.get("value") for o in page.dom.all("option") if o.get("value"))
    answer = interviewer.get("/panel/choroba", query_string={"osoba": person, "od": "2026-12-01", "do": last})
    assert answer.status_code == 422


@pytest.mark.parametrize("row", ["9" * 10, "9" * 23, "9" * 5000])
def test_a_row_that_no_database_can_count_to_is_not_found(administrator: Client, row: str) -> None:
    for path in ("terminy", "rezerwacje", "edycje", "zaswiadczenia", "choroba", "ogloszenia"):
        assert administrator.get(f"/panel/{path}/{row}").status_code == 404, path
    assert administrator.get(f"/panel/ogloszenia?po={row}").status_code == 200


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("", "/dostepnosc/wniosek"),
        ("", "/dostepnosc/zadanie-cyfrowe"),
        ("", "/rodzicielstwo-zastepcze/zglos-zainteresowanie"),
        ("editor", "/panel/ogloszenia/nowe"),
        ("editor", "/panel/strony/nowa"),
    ],
)
def test_what_is_too_long_is_refused_and_kept(app: Flask, role: str, path: str) -> None:
    """Also whoever leaves out the limits of the page loses nothing (S22)."""
    client = signed_in(app, role) if role else browse(app)
    client.checks = False
    page, long = client.visit(path), "ą" * 50_001
    base = values_of(_form(page))
    texts = [
        field.get("name", "")
        for field in _form(page).iter()
        if field.tag == "textarea" or (field.tag == "input" and field.get("type") in TYPED_FREELY)
    ]
    assert texts
    for name in texts:
        answer = client.post(page.url, data=base | {name: long})
        assert answer.status_code == 422, name
        assert name == TRAP or long in answer.text, name


def test_a_form_of_too_many_parts_and_one_that_is_too_large_are_refused(resident: Client) -> None:
    page = resident.visit("/ustawienia")
    token = values_of(_form(page))["csrf_token"]
    few = {"csrf_token": token, "theme": "dark"} | {f"x{number}": "1" for number in range(998)}
    many = few | {"one_more": "1"}
    for content_type in ("multipart/form-data", "application/x-www-form-urlencoded"):
        assert resident.post(page.url, data=few, content_type=content_type).status_code == 303
        assert resident.post(page.url, data=many, content_type=content_type).status_code == 413
    answer = Page(resident.post(page.url, data=many), page.url)
    assert answer.h1 == "Plik lub tekst jest za duży"
    large = {"csrf_token": token, "theme": "x" * 1_100_000}
    assert resident.post(page.url, data=large).status_code == 413


def test_a_mailbox_is_spelled_in_one_way(resident: Client) -> None:
    """Were it taken in others, one mailbox could be written to without end, and what cannot be written into the head of a letter
    would be found out by the worker."""
    page = reach_contact(resident)
    for odd in OTHER_SPELLINGS:
        answer = resident.post(page.url, data=values_of(_form(page)) | ASKED | {"email": odd})
        assert answer.status_code == 422, odd
        assert "Wpisz adres e-mail, na przykład" in answer.text, odd
    assert (
        resident.post(page.url, data=values_of(_form(page)) | ASKED | {"email": MAILBOX}).status_code == 303
    )
    assert read_email(MAILBOX) == "osoba.jedna+1@example.com"
    assert read_email(" osoba@żółw.example ") == "osoba@xn--w-uga1v8h.example"
