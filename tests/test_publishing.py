"""When residents read what: planned by the clock, called off, moved to another address, restored, in other languages."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from portal import clock
from portal.accounts.models import Account, account_called
from portal.announcements import actions
from portal.announcements.actions import Draft, Words
from portal.announcements.models import published, published_list, unpublished
from portal.db import db
from portal.demo.load import ACCOUNTS
from portal.errors import Refused
from tests.client import Client, Page
from tests.conftest import only_sqlite
from tests.test_announcements import TEXT, write

ADDRESS = "/ogloszenia/dyzur-prawnika-w-styczniu"
EDITION = Draft(
    "Nowy dyżur", "Krótki wstęp.", "Treść.", "centre", clock.day_of(datetime(2027, 1, 31, tzinfo=UTC))
)


@pytest.fixture
def writer(context: None) -> Account:
    account = account_called(ACCOUNTS[0].login)
    assert account
    return account


def read(announcement_id: int, now: datetime) -> str | None:
    """The title that residents read."""
    rows = [row for row in published_list(now, limit=50) if row.id == announcement_id]
    alone = published(rows[0].slug, now) if rows else None
    assert (alone.revision.title if alone else None) == (rows[0].title if rows else None)
    return rows[0].title if rows else None


def test_the_clock_alone_publishes_changes_and_withdraws(writer: Account) -> None:
    now = clock.now()
    hour = timedelta(hours=1)
    number = actions.draft(EDITION, writer, now).id
    actions.publish(number, 1, writer, now, at=now + hour)
    assert [read(number, now + n * hour) for n in range(3)] == [None, EDITION.title, EDITION.title]
    second = Draft(**{**vars(EDITION), "title": "Zmieniony dyżur"})
    actions.revise(number, second, 1, writer, now)
    actions.publish(number, 2, writer, now + 2 * hour, at=now + 3 * hour)
    assert [read(number, now + n * hour) for n in (2, 3)] == [EDITION.title, second.title]
    with pytest.raises(Refused, match="past"):
        actions.publish(number, 2, writer, now + 2 * hour, at=now + 2 * hour)
    with pytest.raises(Refused, match="too_late"):
        actions.publish(number, 2, writer, now + 2 * hour, at=now + timedelta(days=100))
    assert read(number, now + 3 * hour) == second.title, "a refusal changes nothing"
    actions.call_off(number, writer, now + 2 * hour)
    assert read(number, now + 3 * hour) == EDITION.title
    actions.publish(number, 2, writer, now + 2 * hour, at=now + 3 * hour)
    actions.withdraw(number, writer, now + 2 * hour)
    assert read(number, now + 4 * hour) is None, "what was planned is withdrawn too"
    actions.publish(number, 2, writer, now + 5 * hour)
    assert read(number, now + 5 * hour) == second.title


def test_nobody_publishes_a_text_they_have_not_seen(writer: Account) -> None:
    now = clock.now()
    number = actions.draft(EDITION, writer, now).id
    actions.revise(number, EDITION, 1, writer, now)
    with pytest.raises(Refused, match="stale"):
        actions.publish(number, 1, writer, now)
    assert [one.id for one in unpublished()] == [number]
    actions.publish(number, 2, writer, now)
    assert unpublished() == []
    actions.revise(1, EDITION, 1, writer, now)
    assert [one.id for one in unpublished()] == [1]
    actions.publish(1, 2, writer, now, at=now + timedelta(hours=1))
    assert unpublished() == []


@only_sqlite
def test_pages_kept_before_the_set_time_are_old_after_it(
    editor: Client, resident: Client, frozen: time_machine.Traveller
) -> None:
    page = write(editor)
    planning = editor.visit(page.links()["Opublikuj o wybranej porze…"])
    for wrong, said in (
        ({"day": "2026-11-23"}, "Podaj też godzinę"),
        ({"hour": "08:00"}, "Podaj też dzień"),
        ({"day": "2026-11-21", "hour": "08:00"}, "Ta pora już minęła"),
        ({"day": "2027-02-21", "hour": "08:00"}, "minie ostatni dzień"),
    ):
        refused = editor.submit(planning, "Opublikuj", **wrong)
        assert (refused.status, said in refused.text) == (422, True), said
    page = editor.submit(planning, "Opublikuj", day="2026-11-22", hour="11:05")
    assert "przeczytają od: niedziela, 22 listopada 2026 r., godz. 11:05" in page.text
    before = {url: resident.get(url) for url in ("/", "/ogloszenia", "/mapa-strony", "/ogloszenia.atom")}
    assert resident.get(ADDRESS).status_code == 404
    frozen.shift(5 * 60)
    assert resident.visit(ADDRESS).h1 == TEXT["title"]
    for url, old in before.items():
        new = resident.get(url, headers={"If-None-Match": old.headers["ETag"]})
        assert TEXT["title"] not in old.get_data(as_text=True)
        assert new.status_code == 200, url
        assert TEXT["title"] in new.get_data(as_text=True).replace("\N{NO-BREAK SPACE}", " "), url


@only_sqlite
def test_what_is_only_a_link_to_a_file_is_not_published(editor: Client, resident: Client) -> None:
    page = write(editor, body="[Zobacz ogłoszenie](/pliki/skan.pdf)")
    refused = editor.submit(page, "Opublikuj teraz")
    assert refused.status == 409
    assert "nie ma własnych słów" in refused.text
    assert resident.get(ADDRESS).status_code == 404


@pytest.mark.parametrize(("code", "is_read"), [("d1", False), ("b1", True)])
@only_sqlite
def test_the_news_of_a_programme_do_not_lead_to_the_booking_of_the_other_side(
    editor: Client, resident: Client, code: str, is_read: bool
) -> None:
    """R89, also in another language."""
    page = write(editor, programme_id=programme_option(editor))
    page = editor.visit(page.links()["Napisz tekst ukraiński"])
    words = {"title": "Новини", "lead": "Коротко.", "body": f"[Записатися](/uk/umow-rozmowe/{code})"}
    answer = editor.submit(editor.submit(page, "Zapisz", **words), "Opublikuj teraz")
    assert ("nie mogą się spotkać" in answer.text) is not is_read
    assert (resident.get(ADDRESS).status_code == 200) is is_read


def programme_option(editor: Client) -> str:
    """The number of the programme for people who use violence."""
    options = editor.visit("/panel/ogloszenia/nowe").dom.all("option")
    return next(o.get("value", "") for o in options if "Bez przemocy" in "".join(o.itertext()))


@only_sqlite
def test_a_planned_publication_is_called_off(
    editor: Client, resident: Client, frozen: time_machine.Traveller
) -> None:
    page = write(editor)
    planning = editor.visit(page.links()["Opublikuj o wybranej porze…"])
    planned = editor.submit(planning, "Opublikuj", day="2026-11-22", hour="11:05")
    page = editor.submit(planned, "Odwołaj publikację")
    assert "Mieszkańcy jeszcze" in page.text
    frozen.shift(600)
    assert resident.get(ADDRESS).status_code == 404
    late = editor.submit(planned, "Odwołaj publikację")
    assert late.status == 409
    assert "Nic się nie zmieniło" in late.text


@only_sqlite
def test_an_old_address_leads_to_the_new_one_for_good(editor: Client, resident: Client) -> None:
    page = editor.submit(write(editor), "Opublikuj teraz")
    moving = editor.visit(page.links()["Zmień adres"])
    for wrong in ("Dyżur prawnika", "a--b", "-a", "a/b", "archiwum"):
        assert editor.submit(moving, "Zapisz adres", slug=wrong).status == 422
    editor.submit(moving, "Zapisz adres", slug="prawnik")
    answer = resident.get(ADDRESS)
    assert (answer.status_code, answer.location) == (301, "/ogloszenia/prawnik")
    assert resident.get("/uk" + ADDRESS).location == "/uk/ogloszenia/prawnik"
    assert resident.visit("/ogloszenia/prawnik").h1 == TEXT["title"]
    second = editor.submit(write(editor), "Opublikuj teraz")
    assert second.links()["Zobacz stronę publiczną"] != ADDRESS, "an address of before is not given away"
    moving = editor.visit(second.links()["Zmień adres"])
    assert editor.submit(moving, "Zapisz adres", slug=ADDRESS.rpartition("/")[2]).status == 422
    moving = editor.visit(page.url + "/adres")
    editor.submit(moving, "Zapisz adres", slug=ADDRESS.rpartition("/")[2])
    assert resident.visit(ADDRESS).status == 200
    assert resident.get("/ogloszenia/prawnik").location == ADDRESS


@only_sqlite
def test_what_is_over_already_is_said_to_stand_in_the_archive(editor: Client, resident: Client) -> None:
    page = editor.submit(write(editor, valid_until="2020-01-01"), "Opublikuj teraz")
    assert "mieszkańcy znajdą je w archiwum" in page.text
    assert TEXT["title"] in resident.visit("/ogloszenia/archiwum").text


@only_sqlite
def test_no_announcement_hides_behind_a_page_of_the_portal(
    app: Flask, editor: Client, resident: Client
) -> None:
    beside = {rule.rule.removeprefix("/ogloszenia/") for rule in app.url_map.iter_rules()}
    assert {word for word in beside if re.fullmatch(r"[a-z-]+", word)} == actions.OURS
    page = editor.submit(write(editor, title="Archiwum"), "Opublikuj teraz")
    address = page.links()["Zobacz stronę publiczną"]
    assert resident.visit(address).h1 == "Archiwum"


@only_sqlite
def test_an_old_text_is_restored_as_the_newest(editor: Client, resident: Client) -> None:
    page = editor.submit(write(editor), "Opublikuj teraz")
    page = editor.submit(editor.visit(page.url + "/edytuj"), "Zapisz", lead="Zły wstęp.")
    old = editor.visit(page.links()["Tekst nr 1"])
    stale = editor.visit(page.url + "/edytuj")
    page = editor.submit(old, "Przywróć ten tekst")
    assert "Tekst nr 2" in page.links()
    assert TEXT["lead"] in page.text
    assert editor.submit(stale, "Zapisz", lead="Późniejszy wstęp.").status == 409
    assert editor.submit(old, "Przywróć ten tekst").status == 409


@only_sqlite
def test_a_translation_is_read_in_its_language_and_says_when_it_is_behind(
    editor: Client, resident: Client
) -> None:
    page = editor.submit(write(editor), "Opublikuj teraz")
    writing = editor.visit(page.links()["Napisz tekst ukraiński"])
    half = editor.submit(writing, "Zapisz", title="Юрист у січні")
    assert half.status == 422
    words = {
        "title": "Юрист у січні",
        "lead": "Юрист приймає щосереди.",
        "body": "## Коли\n\nЩосереди від 9:00.",
    }
    page = editor.submit(writing, "Zapisz", **words)
    assert resident.visit("/uk" + ADDRESS).h1 == TEXT["title"], "not before it is published"
    publish(editor, page, "Dodano tekst ukraiński")
    seen = resident.visit("/uk" + ADDRESS)
    assert seen.h1 == words["title"]
    assert "лише польською" not in seen.text
    assert seen.links()["Українська"] == "/uk" + ADDRESS
    assert seen.links()["English"] == "/en/"
    assert "only in Polish" in resident.visit("/en" + ADDRESS).text
    assert words["title"] in resident.visit("/uk/ogloszenia").text
    page = editor.submit(editor.visit(page.url + "/edytuj"), "Zapisz", lead="Prawnik przyjmuje w czwartki.")
    publish(editor, page, "Zmieniono dzień")
    assert "Польський текст змінився" in resident.visit("/uk" + ADDRESS).text
    writing = editor.visit(page.links()["Zmień tekst ukraiński"])
    page = editor.submit(writing, "Zapisz", title="", lead="", body="")
    publish(editor, page, "Usunięto tekst ukraiński")
    assert resident.visit("/uk" + ADDRESS).h1 == TEXT["title"]


def publish(editor: Client, page: Page, reason: str) -> Page:
    publishing = editor.visit(page.url + "/opublikuj")
    return editor.submit(publishing, "Opublikuj", reason=reason)


@only_sqlite
def test_the_easy_text_has_a_page_and_the_record_says_who_answers(editor: Client, resident: Client) -> None:
    page = write(
        editor,
        easy_text="Prawnik pomaga.\n\nPomoc jest za darmo.",
        author="Kierownik działu pomocy",
        valid_from="2027-01-02",
    )
    editor.submit(page, "Opublikuj teraz")
    seen = resident.visit(ADDRESS)
    assert "Obowiązuje od 2 stycznia 2027 r. do 31 stycznia 2027 r." in seen.text
    assert "Kierownik działu pomocy" in seen.text
    assert "Wykaz zmian" in seen.text
    easy = resident.visit(ADDRESS + "/latwy-tekst")
    assert "Pomoc jest za darmo." in easy.text
    assert resident.get("/ogloszenia/bezplatne-mediacje-rodzinne/latwy-tekst").status_code == 404
    assert write(editor, valid_from="2027-02-02").status == 422


@only_sqlite
def test_texts_in_other_languages_never_change_either(writer: Account) -> None:
    now = clock.now()
    number = actions.draft(EDITION, writer, now).id
    actions.translate(number, Words("en", "A", "B", "C"), 1, writer, now)
    with pytest.raises(DatabaseError, match="append-only"):
        db.session.execute(text("UPDATE announcement_translation SET title = 'X'"))
