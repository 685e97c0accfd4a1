"""Pages are written, published, restored and withdrawn; the menu, the shortcuts and the urgent banner frame every page."""

import re
from pathlib import Path

import pytest
import time_machine
from flask import Flask

from portal.accounts.models import last_audit_entries
from portal.pages.models import LINKED
from tests.client import Client, Page
from tests.conftest import signed_in

pytestmark = pytest.mark.pages

TEMPLATES = Path(__file__).parent.parent / "portal" / "templates"
NEW = {
    "path": "/opieka-wytchnieniowa/",
    "title": "Opieka wytchnieniowa",
    "lead": "Odpoczynek dla osób, które opiekują się bliskim.",
    "body": "## Dla kogo\n\nDla opiekunów. Zadzwoń: {telefon: sekretariat}.\n\n<script>alert(1)</script>",
}
ADDRESS = "/opieka-wytchnieniowa"


def write(editor: Client, **changes: object) -> Page:
    return editor.submit(editor.visit("/panel/strony/nowa"), "Zapisz", **NEW | changes)


def staff_page(staff: Client, title: str) -> Page:
    return staff.visit(staff.visit("/panel/strony").links()[title])


def test_a_page_is_read_by_nobody_until_it_is_published(editor: Client, resident: Client) -> None:
    page = write(editor)
    assert page.h1 == NEW["title"]
    assert resident.get(ADDRESS).status_code == 404
    assert NEW["title"] not in resident.visit("/mapa-strony").text
    editor.submit(page, "Opublikuj najnowszy tekst")
    seen = resident.visit(ADDRESS)
    assert seen.h1 == NEW["title"]
    assert "Zadzwoń: 85 000 00 01." in seen.text
    assert "<script>alert" not in seen.everything
    assert NEW["title"] in resident.visit("/mapa-strony").text
    assert NEW["title"] in resident.visit("/szukaj?q=wytchnieniowa").text


def test_a_change_is_seen_after_publishing_and_stands_in_the_list_of_changes(
    editor: Client, resident: Client, frozen: time_machine.Traveller
) -> None:
    page = staff_page(editor, "E-usługi")
    edit = editor.visit(page.links()["Edytuj"])
    page = editor.submit(edit, "Zapisz", body="## Nowe\n\nInny tekst.")
    assert "Inny tekst." not in resident.visit("/e-uslugi").text
    frozen.shift(1)
    editor.submit(page, "Opublikuj najnowszy tekst", reason="Zmienił się adres portalu Emp@tia")
    seen = resident.visit("/e-uslugi").text
    assert "Inny tekst." in seen
    assert "22 listopada 2026 r.: Zmienił się adres portalu Emp@tia" in seen
    assert "9 listopada 2026 r.: pierwsza publikacja" in seen


def test_an_old_text_is_compared_and_restored(editor: Client, resident: Client) -> None:
    page = staff_page(editor, "E-usługi")
    editor.submit(editor.visit(page.links()["Edytuj"]), "Zapisz", title="Zły tytuł", body="Pomyłka.")
    old = editor.visit(page.url + "/tekst/1")
    assert "Pomyłka." in old.text
    assert "Poza portalem" in old.text
    page = editor.submit(old, "Przywróć ten tekst")
    assert page.h1 == "E-usługi"
    editor.submit(page, "Opublikuj najnowszy tekst")
    assert "Poza portalem" in resident.visit("/e-uslugi").text


def test_a_second_editor_gets_both_texts_and_loses_nothing(editor: Client, administrator: Client) -> None:
    page = write(editor)
    ours, theirs = editor.visit(page.url + "/edytuj"), administrator.visit(page.url + "/edytuj")
    administrator.submit(theirs, "Zapisz", lead="Zdanie administratora.")
    clash = editor.submit(ours, "Zapisz", lead="Zdanie redakcji.")
    assert clash.status == 409
    assert "Zdanie administratora." in clash.everything
    assert "Zdanie redakcji." in clash.everything
    saved = editor.submit(clash, "Zapisz")
    assert "Zdanie redakcji." in saved.text
    stale = editor.submit(page, "Opublikuj najnowszy tekst")
    assert stale.status == 409
    assert "Nic nie zostało opublikowane" in stale.text


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_page_is_withdrawn_though_the_clock_was_put_back(
    editor: Client, resident: Client, frozen: time_machine.Traveller
) -> None:
    page = editor.submit(write(editor), "Opublikuj najnowszy tekst")
    frozen.shift(-60)
    editor.submit(page, "Wycofaj")
    assert resident.get(ADDRESS).status_code == 404


def test_what_the_portal_leads_to_is_never_withdrawn(editor: Client, resident: Client) -> None:
    editor.submit(staff_page(editor, "E-usługi"), "Wycofaj")
    assert resident.get("/e-uslugi").status_code == 404
    linked = staff_page(editor, "Polityka prywatności")
    assert "Wycofaj" not in linked.text
    refused = editor.post(linked.url + "/wycofaj", data={"csrf_token": _token(linked)})
    assert refused.status_code == 409
    assert resident.get("/prywatnosc").status_code == 200


def _token(page: Page) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.everything)
    assert found
    return found[1]


def test_every_page_that_templates_lead_to_is_known_to_be_linked() -> None:
    """The list in the program is the truth about the templates: neither more nor less."""
    texts = "\n".join(path.read_text("utf-8") for path in TEMPLATES.rglob("*.html"))
    assert set(re.findall(r"pages\.show['\"], path=['\"]([^'\"]+)", texts)) == LINKED


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"path": "kontakt"}, "Pod tym adresem jest już strona"),
        ({"path": "panel/x"}, "Pod tym adresem jest już strona"),
        ({"path": "e-uslugi"}, "Pod tym adresem jest już strona"),
        ({"path": "Zażółć"}, "Użyj małych liter bez polskich znaków"),
        ({"title": ""}, "Wpisz tytuł"),
        ({"body": ""}, "Napisz treść"),
        ({"body": "a" * 50_001}, "najwyżej 50000 znaków"),
    ],
)
def test_mistakes_are_said_and_answers_kept(editor: Client, wrong: dict[str, str], told: str) -> None:
    page = write(editor, **wrong)
    assert page.status == 422
    assert told in page.text
    assert NEW["lead"] in page.everything


def test_a_language_that_there_is_none_of_is_a_mistake_like_others(editor: Client) -> None:
    editor.checks = False
    assert write(editor, language="<x-y>").status == 422


def test_preview_saves_nothing(editor: Client) -> None:
    form = editor.visit("/panel/strony/nowa")
    data = {"csrf_token": _token(form)} | NEW
    answer = editor.post("/panel/strony/podglad", data=data)
    assert "Dla opiekunów" in answer.get_data(as_text=True)
    assert NEW["title"] not in editor.visit("/panel/strony").text


def test_every_deed_is_noted(app: Flask, editor: Client) -> None:
    editor.submit(write(editor), "Opublikuj najnowszy tekst")
    with app.app_context():
        assert [entry.action for entry in last_audit_entries(2)] == ["page_published", "page_drafted"]


MENU = "/panel/menu"


def entry(staff: Client, name: str) -> Page:
    return staff.visit(staff.visit(MENU).links()[name])


def menu_of(page: Page) -> list[tuple[str, str]]:
    nav = next(nav for nav in page.dom.all("nav") if nav.get("class") == "menu")
    items = next(e for e in nav.iter("ul"))
    return [
        ("".join(a.itertext()).strip().replace("\N{NO-BREAK SPACE}", " "), a.get("href", ""))
        for a in items.iter("a")
    ]


def test_the_menu_changes_on_every_page_at_once(editor: Client, resident: Client) -> None:
    assert menu_of(resident.visit("/")) == menu_of(resident.visit("/umow-rozmowe"))
    assert [name for name, _ in menu_of(resident.visit("/"))] == [
        "Pomoc",
        "Ogłoszenia",
        "Programy",
        "Rodzicielstwo zastępcze",
        "Świadczenia",
        "Kontakt",
    ]
    new = editor.visit(MENU + "/pozycja/nowe")
    facts = {"label": "Poradnik", "label_uk": "Порадник", "path": "/poradnik-interesanta", "position": "0"}
    editor.submit(new, "Zapisz", **facts)
    for address in ("/", "/umow-rozmowe", "/nie-ma-takiej-strony"):
        assert menu_of(resident.visit(address))[0] == ("Poradnik", "/poradnik-interesanta"), address
    assert menu_of(resident.visit("/uk/"))[0] == ("Порадник", "/uk/poradnik-interesanta")
    english = resident.visit("/en/kontakt")
    assert menu_of(english)[0] == ("Poradnik", "/en/poradnik-interesanta")
    assert '<a href="/en/poradnik-interesanta" lang="pl">' in english.everything
    editor.submit(entry(editor, "Poradnik"), "Usuń")
    assert menu_of(resident.visit("/"))[0] == ("Pomoc", "/pomoc")


def test_a_menu_is_neither_endless_nor_empty(editor: Client) -> None:
    for n in range(3):
        page = editor.visit(MENU + "/pozycja/nowe")
        page = editor.submit(page, "Zapisz", label=f"Nowe {n}", path="/kontakt")
    assert page.status == 409
    assert "Menu jest pełne" in page.text
    wrong = editor.visit(MENU + "/skrot/nowe")
    for path in ("javascript:alert(1)", "//evil.example", "/panel", "/uk/panel/strony"):
        wrong = editor.submit(wrong, "Zapisz", label="x", description="y", path=path)
        assert wrong.status == 422, path
        assert "Wpisz adres na tym portalu" in wrong.text


def test_the_menu_leads_nowhere_where_there_is_no_page(editor: Client) -> None:
    editor.submit(write(editor, language="uk", title="Нова", body="Текст"), "Opublikuj najnowszy tekst")
    for part in ("pozycja", "skrot"):
        form = editor.visit(f"{MENU}/{part}/nowe")
        for path in (
            "/nie-ma",
            "/uk/nie-ma",
            "/programy/nie-ma",
            "/ogloszenia/nie-ma",
            "/umow-rozmowe/nie-ma",
            ADDRESS,
        ):
            form = editor.submit(form, "Zapisz", label="Dokąd", description="Dokąd prowadzi.", path=path)
            assert form.status == 422, path
            assert "Pod tym adresem nie ma strony" in form.text
        for path in (f"/uk{ADDRESS}?x=1#dojazd", "https://www.gov.pl/"):
            assert editor.submit(form, "Zapisz", label="x", description="y", path=path).status == 200, path


def test_shortcuts_are_edited_and_the_second_of_two_sees_the_first(
    app: Flask, editor: Client, resident: Client
) -> None:
    colleague = signed_in(app, "administrator")
    mine, theirs = (entry(staff, "Becikowe") for staff in (editor, colleague))
    colleague.submit(theirs, "Zapisz", description="Pieniądze po urodzeniu dziecka.")
    page = editor.submit(mine, "Zapisz", label="Becikowe 2026")
    assert page.status == 409
    assert "Pieniądze po urodzeniu dziecka." in page.text
    editor.submit(page, "Zapisz")
    assert "Becikowe 2026" in resident.visit("/").text


def test_what_is_urgent_stands_on_every_page_at_once_until_its_day_is_over(
    editor: Client, resident: Client, frozen: time_machine.Traveller
) -> None:
    places = ("/", "/kontakt", "/pomoc/przemoc", "/umow-rozmowe/a1", "/nie-ma", "/uk/", "/en/kontakt")
    for address in places:
        assert "Ważny komunikat" not in resident.visit(address).everything
    form = editor.visit(MENU + "/baner")
    empty = editor.submit(form, "Zapisz", is_shown="y")
    assert "Napisz, co jest pilne" in empty.text
    text = "Telefony nie działają. Dzwoń: {telefon: interwencja}."
    facts = {"text": text, "text_uk": "Телефони не працюють.", "until": "2026-11-23", "is_shown": "y"}
    late = editor.submit(form, "Zapisz", **facts | {"until": "2026-11-21"})
    assert late.status == 422
    assert "Ten dzień już minął" in late.text
    editor.submit(form, "Zapisz", **facts)
    for address in places:
        page = resident.visit(address)
        banner = next(e for e in page.dom.all("section") if e.get("class") == "urgent")
        words = "".join(banner.itertext()).replace("\N{NO-BREAK SPACE}", " ").strip()
        assert words == (
            "Телефони не працюють." if address == "/uk/" else "Telefony nie działają. Dzwoń: 85 000 00 02."
        )
    assert 'lang="pl"><p>Telefony' in resident.visit("/en/kontakt").everything
    frozen.move_to("2026-11-24T00:00:01+01:00")
    for address in places:
        assert "Telefony nie" not in resident.visit(address).everything.replace("\N{NO-BREAK SPACE}", " ")


def test_a_new_page_begins_in_polish(editor: Client) -> None:
    page = editor.visit("/panel/strony/nowa")
    assert 'lang="None"' not in page.everything
    assert page.dom.by_id["title"].get("lang") == "pl"


def test_a_page_carries_an_easy_text_that_is_compared_restored_and_found(
    editor: Client, resident: Client
) -> None:
    page = write(editor, easy_text="Ktoś zajmie się twoim bliskim.\n\nTy odpoczniesz.")
    editor.submit(page, "Opublikuj najnowszy tekst")
    seen = resident.visit(ADDRESS)
    assert "Tekst łatwy do czytania (ETR)" in seen.text
    assert "Ty odpoczniesz." in seen.text
    assert seen.links()["Tekst łatwy do czytania (ETR)"] == "#etr"
    assert NEW["title"] in resident.visit("/szukaj?q=odpoczniesz").text
    page = staff_page(editor, NEW["title"])
    page = editor.submit(editor.visit(page.links()["Edytuj"]), "Zapisz", easy_text="")
    editor.submit(page, "Opublikuj najnowszy tekst", reason="Tekst był za trudny")
    assert "Ty odpoczniesz." not in resident.visit(ADDRESS).text
    old = editor.visit(page.links()["Tekst nr 1"])
    assert "Ty odpoczniesz." in old.text


def test_foster_care_is_there_in_easy_text(resident: Client) -> None:
    assert "Takie dziecko potrzebuje bezpiecznego domu." in resident.visit("/rodzicielstwo-zastepcze").text
