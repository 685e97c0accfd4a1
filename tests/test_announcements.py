"""Announcements: written, published, changed by two at once, archived by themselves, withdrawn."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from bench.announcements import PAGES, grow
from bench.database import Statements
from tests.client import Client, Page

pytestmark = pytest.mark.pages

TEXT = {
    "title": "Dyżur prawnika w styczniu",
    "lead": "W styczniu prawnik przyjmuje w środy.",
    "body": "## Kiedy\n\nW środy od 9:00.\n\n<script>alert(1)</script>",
    "category": "centre",
    "valid_until": "2027-01-31",
}


def write(editor: Client, **changes: object) -> Page:
    return editor.submit(editor.visit("/panel/ogloszenia/nowe"), "Zapisz", **TEXT | changes)


def test_a_draft_is_read_by_nobody_until_it_is_published(editor: Client, resident: Client) -> None:
    page = write(editor)
    assert page.h1 == TEXT["title"]
    assert resident.get("/ogloszenia/dyzur-prawnika-w-styczniu").status_code == 404
    editor.submit(page, "Opublikuj teraz")
    seen = resident.visit("/ogloszenia/dyzur-prawnika-w-styczniu")
    assert seen.h1 == TEXT["title"]
    assert "W środy od 9:00" in seen.text
    assert "<script>alert" not in seen.everything
    assert "Dyżur prawnika w styczniu" in resident.visit("/ogloszenia").text
    assert "Dyżur prawnika w styczniu" in resident.visit("/").text
    assert "Dyżur prawnika" in resident.get("/ogloszenia.atom").get_data(as_text=True)


def test_a_change_is_seen_only_after_it_is_published(editor: Client, resident: Client) -> None:
    page = editor.submit(write(editor), "Opublikuj teraz")
    edit = editor.visit(page.url + "/edytuj")
    page = editor.submit(edit, "Zapisz", title="Dyżur prawnika w lutym")
    assert resident.visit("/ogloszenia/dyzur-prawnika-w-styczniu").h1 == TEXT["title"]
    publishing = editor.visit(page.links()["Opublikuj najnowszy tekst…"])
    wrong = editor.submit(publishing, "Opublikuj")
    assert wrong.status == 422
    assert "Napisz w kilku słowach, co się zmieniło" in wrong.text
    editor.submit(wrong, "Opublikuj", reason="Poprawiono miesiąc dyżuru")
    seen = resident.visit("/ogloszenia/dyzur-prawnika-w-styczniu")
    assert seen.h1 == "Dyżur prawnika w lutym"
    assert "Poprawiono miesiąc dyżuru" in seen.text


def test_a_second_editor_gets_both_texts_and_loses_nothing(editor: Client, administrator: Client) -> None:
    page = write(editor)
    ours, theirs = editor.visit(page.url + "/edytuj"), administrator.visit(page.url + "/edytuj")
    administrator.submit(theirs, "Zapisz", lead="Zdanie administratora.")
    clash = editor.submit(ours, "Zapisz", lead="Zdanie redakcji.")
    assert clash.status == 409
    assert "Zdanie administratora." in clash.text
    assert "Zdanie redakcji." in clash.everything
    saved = editor.submit(clash, "Zapisz", lead="Zdanie redakcji.")
    assert saved.status == 200
    assert "Zdanie redakcji." in saved.text


def test_what_is_pasted_too_long_or_turned_around_is_said_and_kept(editor: Client) -> None:
    page = editor.visit("/panel/ogloszenia/nowe")
    assert "maxlength" not in page.everything, "a browser would cut the end off unseen"
    long = "Zdanie wstępu. " * 40 + "Ostatnie słowo."
    wrong = editor.submit(page, "Zapisz", **TEXT | {"lead": long})
    assert wrong.status == 422
    assert "Wpisz najwyżej 500 znaków" in wrong.text
    assert "Ostatnie słowo." in wrong.everything
    saved = editor.submit(wrong, "Zapisz", lead="Krótko.", title="Dyżur \u202eprawnika\u2066")
    assert saved.h1 == "Dyżur prawnika"


@pytest.mark.parametrize("kind", ["sqlite"])
def test_of_what_is_far_too_long_all_is_kept_and_the_beginning_previewed(editor: Client) -> None:
    page = write(editor, body="bla " * 40_000)
    assert page.status == 422
    assert 40_000 < page.everything.count("bla") < 55_000


def test_a_withdrawn_announcement_is_gone(editor: Client, resident: Client) -> None:
    page = editor.submit(write(editor), "Opublikuj teraz")
    editor.submit(page, "Wycofaj")
    assert resident.get("/ogloszenia/dyzur-prawnika-w-styczniu").status_code == 404
    assert "Dyżur prawnika w styczniu" not in resident.visit("/ogloszenia").text


def test_after_its_last_day_it_stays_at_its_address_as_archived(
    resident: Client, frozen: time_machine.Traveller
) -> None:
    address = "/ogloszenia/nabor-do-programu-korekcyjno-edukacyjnego-bez-przemocy-edycja-wiosna-2027"
    before = resident.visit(address)
    assert "archiwalne" not in before.text
    assert any(url.startswith("/umow-rozmowe") and "a1" in url for url in before.links().values())
    frozen.move_to("2027-02-27T09:00:00+01:00")
    after = resident.visit(address)
    assert "To ogłoszenie jest archiwalne." in after.text
    assert not any("/umow-rozmowe/a1" in url for url in after.links().values())
    assert "Bez przemocy" not in resident.visit("/ogloszenia").text
    assert "Bez przemocy" in resident.visit("/ogloszenia/archiwum").text


def test_mistakes_are_said_next_to_the_fields_and_answers_kept(editor: Client) -> None:
    page = write(editor, title="", valid_until="kiedyś")
    assert page.status == 422
    assert "Formularz zawiera błędy" in page.text
    assert "Wpisz tytuł" in page.text
    assert TEXT["lead"] in page.everything


def test_a_second_click_is_the_same_draft(editor: Client, administrator: Client) -> None:
    first = write(editor)
    assert write(editor).url == first.url
    assert write(editor, lead="Inny wstęp.").url != first.url
    assert write(administrator).url != first.url, "two people who write the same are no double click"


def test_two_announcements_with_one_title_have_two_addresses(editor: Client) -> None:
    for _ in range(2):
        editor.submit(write(editor), "Opublikuj teraz")
    page = editor.visit("/ogloszenia").everything
    assert 'href="/ogloszenia/dyzur-prawnika-w-styczniu"' in page
    assert 'href="/ogloszenia/dyzur-prawnika-w-styczniu-2"' in page


def test_only_signed_in_editors_see_the_way_to_edit(
    editor: Client, interviewer: Client, resident: Client
) -> None:
    page = write(editor)
    editor.submit(page, "Opublikuj teraz")
    address = "/ogloszenia/dyzur-prawnika-w-styczniu"
    assert editor.visit(address).links()["Edytuj"] == page.url + "/edytuj"
    for client in (interviewer, resident):
        assert "Edytuj" not in client.visit(address).everything
    assert "/panel" not in resident.visit(address).everything


def test_paging_shows_every_announcement_once(resident: Client) -> None:
    page, seen = resident.visit("/ogloszenia"), []
    for _ in range(5):
        seen += [
            url for url in page.links().values() if url.startswith("/ogloszenia/") and "archiwum" not in url
        ]
        older = page.links().get("Starsze")
        if not older:
            break
        page = resident.visit(older)
    assert len(seen) == len(set(seen)) == 12


def test_the_filter_is_a_plain_address(resident: Client) -> None:
    page = resident.visit("/ogloszenia?kategoria=foster_care")
    assert "Szukamy kandydatów" in page.text
    assert "Świadczenie pielęgnacyjne" not in page.text
    assert resident.get("/ogloszenia?kategoria=nic").status_code == 404


def test_every_day_that_passes_archives_by_itself(resident: Client, frozen: time_machine.Traveller) -> None:
    frozen.shift(timedelta(days=500))
    page = resident.visit("/ogloszenia")
    assert "Nie ma teraz ogłoszeń" in page.text


@pytest.mark.parametrize("kind", ["sqlite"])
def test_ten_thousand_announcements_take_no_more_queries_than_a_few(app: Flask, editor: Client) -> None:
    """With a session nothing is answered from memory. What a search finds may name facts that are looked up: those of pages, which
    ten thousand announcements push off the first page of the answer. How long they take is measured by the bench."""
    addresses = [path for name, path in PAGES.items() if name not in {"one announcement", "search"}]
    addresses += [
        "/ogloszenia/bezplatne-mediacje-rodzinne-w-druga-srode-kazdego-miesiaca",
        "/szukaj?q=bezplatne",
    ]
    statements = Statements(app)

    def taken() -> list[int]:
        counts = []
        for address in addresses:
            editor.get(address)  # what a worker asks once is asked
            before = statements.made
            editor.get(address)
            counts.append(statements.made - before)
        return counts

    few = taken()
    with app.app_context():
        grow(10_000)
    many = taken()
    assert all(now <= then for now, then in zip(many, few, strict=True)), (many, few)
