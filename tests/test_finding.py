"""Search: every kind of content, whatever its diacritics and endings; only what may be read; nothing that is typed breaks it."""

import re
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
import time_machine
from flask import Flask
from flask_migrate import upgrade
from hypothesis import given
from hypothesis import settings as chosen
from hypothesis import strategies as st
from sqlalchemy import and_, func, or_, select, text

from portal import clock
from portal.announcements.models import Announcement
from portal.contacts.models import HelpLine
from portal.db import action, db
from portal.finding.keeping import forget
from portal.finding.models import Entry
from portal.finding.words import Term, excerpt, marked, terms_of, words_of
from portal.pages.models import PageRevision
from portal.programmes.models import all_programmes
from portal.text import composed, fold
from tests.client import Client, Page
from tests.conftest import NOW, Databases, browse, make_app, signed_in
from tests.parts.html import text_of
from tests.test_announcements import write
from tests.test_web import queries

LAWYER = "/ogloszenia/dyzur-prawnika-w-styczniu"


def ask(client: Client, question: str, prefix: str = "") -> Page:
    page = client.visit(f"{prefix}/szukaj", query_string={"q": question})
    assert page.status == 200
    return page


def addresses(page: Page) -> list[str]:
    """Where the results lead, best first."""
    headings = [heading.find("a") for heading in page.dom.all("h3")]
    return [link.get("href", "") for link in headings if link is not None]


@pytest.mark.parametrize(
    ("question", "address"),
    [
        ("swiadczenie pielegnacyjne", "/swiadczenia/swiadczenie-pielegnacyjne"),
        ("ŚWIADCZENIA PIELĘGNACYJNEGO", "/swiadczenia/swiadczenie-pielegnacyjne"),
        ("bez przemocy program", "/programy/bez-przemocy"),
        ("spotkanie kandydatow rodziny zastepcze", "/ogloszenia/"),
        ("jak zostac rodzina zastepcza krok", "/rodzicielstwo-zastepcze/krok-po-kroku"),
        ("sekret", "/kontakt#contact-sekretariat"),
        ("zaufania mlodziezy", "/pomoc#line-116111"),
        ("rozmowa informacyjna", "/umow-rozmowe/b1"),
        ("deklaracja dostepnosci", "/deklaracja-dostepnosci"),
        ("umow rozmowe", "/umow-rozmowe"),
    ],
)
def test_every_kind_of_content_is_found(resident: Client, question: str, address: str) -> None:
    assert any(found.startswith(address) for found in addresses(ask(resident, question))[:5])


def test_results_say_what_they_are_and_show_the_words(resident: Client) -> None:
    page = ask(resident, "zaswiadczenie ukonczenie")
    assert {fold(text_of(mark))[:8] for mark in page.dom.all("mark")} >= {"zaswiadc", "ukonczen"}
    assert "Znaleziono 1 wynik." in ask(resident, "zaufania mlodziezy").text
    assert "Telefon pomocy" in ask(resident, "zaufania mlodziezy").text
    assert "Сторінка" in ask(resident, "krok po kroku", "/uk").text
    many = ask(resident, "o").text
    assert "Ponad 30 wyników" in many or "Znaleziono" in many


def test_when_nothing_has_all_the_words_what_has_some_is_shown(resident: Client) -> None:
    page = ask(resident, "zasiłek xyzzy")
    assert "Nic tu nie ma wszystkich tych słów" in page.text
    assert addresses(page)
    nothing = ask(resident, "xyzzy do plugh")
    assert not addresses(nothing)
    assert "Znaleziono 0 wyników." in nothing.text
    assert "85 000 00 01" in nothing.text


def test_only_what_may_be_read_is_found(
    editor: Client, resident: Client, frozen: time_machine.Traveller
) -> None:
    page = write(editor)
    assert LAWYER not in addresses(ask(resident, "dyzur prawnika"))
    page = editor.submit(page, "Opublikuj teraz")
    assert LAWYER in addresses(ask(resident, "dyżury prawnik"))
    page = editor.submit(editor.visit(page.url + "/edytuj"), "Zapisz", body="Przyjmuje hydraulik.")
    assert LAWYER not in addresses(ask(resident, "hydraulika"))
    publishing = editor.visit(page.url + "/opublikuj")
    editor.submit(publishing, "Opublikuj", day="2026-11-22", hour="11:05", reason="Zmiana osoby")
    assert LAWYER not in addresses(ask(resident, "hydraulika"))
    frozen.shift(timedelta(minutes=5))
    assert LAWYER in addresses(ask(resident, "hydraulika"))
    assert addresses(ask(resident, "dyżur prawnika")).count(LAWYER) == 1
    editor.submit(editor.visit(page.url + "/adres"), "Zapisz adres", slug="hydraulik")
    assert "/ogloszenia/hydraulik" in addresses(ask(resident, "hydraulika"))
    frozen.move_to("2027-01-31T23:59:00+01:00")
    assert "/ogloszenia/hydraulik" in addresses(ask(resident, "hydraulika"))
    frozen.shift(timedelta(minutes=1))
    assert "/ogloszenia/hydraulik" not in addresses(ask(resident, "hydraulika"))


def test_what_is_withdrawn_is_found_no_more(editor: Client, resident: Client) -> None:
    page = editor.submit(write(editor), "Opublikuj teraz")
    editor.submit(page, "Wycofaj")
    assert LAWYER not in addresses(ask(resident, "dyzur prawnika"))


def test_a_translation_is_found_by_its_own_words(editor: Client, resident: Client) -> None:
    page = editor.submit(write(editor), "Opublikuj teraz")
    writing = editor.visit(page.links()["Napisz tekst ukraiński"])
    editor.submit(writing, "Zapisz", title="Юрист у січні", lead="Юрист приймає.", body="Щосереди.")
    editor.submit(editor.visit(page.url + "/opublikuj"), "Opublikuj", reason="Dodano tekst ukraiński")
    page = ask(resident, "юриста", "/uk")
    assert addresses(page)[:1] == ["/uk" + LAWYER]
    assert "lang=" not in page.everything.partition('<section id="found">')[2].partition("</h3>")[0]
    page = ask(resident, "юрист")
    assert '<h3 lang="uk"' in page.everything
    assert addresses(page)[:1] == ["/uk" + LAWYER]


@pytest.mark.parametrize("question", ["e-Doręczenia", "edoreczenia", "e doreczenia"])
def test_a_word_with_a_hyphen_is_found_however_it_is_written_and_each_item_once(
    resident: Client, question: str
) -> None:
    step = "/rodzicielstwo-zastepcze/krok-po-kroku"
    for prefix, others in (("", ("/uk", "/en")), ("/uk", ("", "/en")), ("/en", ("", "/uk"))):
        found = addresses(ask(resident, question, prefix))
        assert prefix + step in found
        assert not {other + step for other in others} & set(found)


def test_a_number_in_an_excerpt_is_the_number_of_the_register(app: Flask, resident: Client) -> None:
    @action
    def write_cost() -> None:
        for programme in all_programmes():
            programme.cost = "Zadzwoń do ślusarza: {telefon: sekretariat}."

    with app.app_context():
        write_cost()
    assert "ślusarza: 85 000 00 01." in ask(resident, "ślusarz").text


def test_the_index_follows_in_the_same_transaction(context: None) -> None:
    def line() -> HelpLine:
        return db.session.scalars(select(HelpLine).where(HelpLine.key == "116111")).one()

    @action
    def change(name: str, *, fail: bool) -> None:
        line().name = name
        db.session.flush()
        if fail:
            raise RuntimeError

    @action
    def remove() -> None:
        db.session.delete(line())

    change("Nowa nazwa", fail=False)
    with pytest.raises(RuntimeError):
        change("Inna nazwa", fail=True)
    titles = select(Entry.title).where(Entry.kind == "help_line", Entry.slug == "116111")
    assert db.session.scalars(titles).all() == ["Nowa nazwa"]
    remove()
    assert db.session.scalars(titles).all() == []


HOSTILE = (
    *('"', "'", '" OR 1=1 --', "a AND", "NOT b", "NEAR(a b)", "title_words:a", "*", "^a", "a*", "(", ")"),
    *("a & | ! <-> b:*", "{a b}", "\\", "%", "_", "%00", "\x00", "ż" * 90, "a " * 50, "-", "++", "<b>x</b>"),
    *(
        "\ud800",
        "\u0301",
        "ﬁ ß İ",
        "١٢٣",
        "𝔘𝔫𝔦",
        "e\u0328\u0301",
        "\u202e",
        "1e400",
        "0x10",
        "kontakt@mopr.example",
    ),
)


def test_no_question_breaks_the_search(resident: Client) -> None:
    for question in HOSTILE:
        page = ask(resident, question.encode("utf-8", "surrogatepass").decode("utf-8", "replace"))
        assert "<b>x</b>" not in page.everything, question
    for raw in ("q=%00", "q=%ff%fe", "q=" + "a" * 10_000, "q=a&q=b", "q[]=a", "q=" + "%22" * 3000):
        assert resident.get(f"/szukaj?{raw}").status_code == 200, raw[:20]


def test_the_number_of_questions_to_the_database_is_the_same_for_few_and_many(
    app: Flask, resident: Client
) -> None:
    one = queries(app, resident, "/szukaj?q=zaufania mlodziezy")
    many = queries(app, resident, "/szukaj?q=program rozmowa")
    assert one == many <= 3


def test_the_index_carries_nothing_that_nobody_can_find(
    app: Flask, editor: Client, resident: Client, frozen: time_machine.Traveller
) -> None:
    """The clock takes things away by itself; the night takes them out of the index; a new last day brings them back."""
    with app.app_context():
        timed = (
            select(Entry).where(Entry.last_on.is_not(None), Entry.language == "pl").order_by(Entry.last_on)
        )
        entry = db.session.scalars(timed).first()
        assert entry
        slug, title, last_on = entry.slug, entry.title, entry.last_on
        number = db.session.scalar(select(Announcement.id).where(Announcement.slug == slug))
    assert last_on
    address, indexed = f"/ogloszenia/{slug}", select(func.count()).where(Entry.slug == slug)
    frozen.move_to(datetime.combine(last_on, time(12), UTC))
    assert address in addresses(ask(resident, title)), "on its last day it is found"
    with app.app_context():
        forget(clock.now())
        assert db.session.scalar(indexed)
    frozen.shift(timedelta(days=1))
    assert address not in addresses(ask(resident, title)), "before the night has come"
    with app.app_context():
        assert forget(clock.now()) >= 1
        assert not db.session.scalar(indexed)
        assert forget(clock.now()) == 0
    staff = signed_in(app, "editor")
    longer = staff.visit(f"/panel/ogloszenia/{number}/edytuj")
    saved = staff.submit(longer, "Zapisz", valid_until=(last_on + timedelta(days=30)).isoformat())
    staff.submit(staff.visit(f"{saved.url}/opublikuj"), "Opublikuj", reason="Przedłużamy")
    assert address in addresses(ask(resident, title))


def test_what_was_there_before_the_index_is_found_afterwards(
    kind: str, databases: Databases, tmp_path: Path
) -> None:
    """Migration 0023 takes in what residents may read, and says of it what the running portal would say."""
    with time_machine.travel(NOW, tick=False):
        app = make_app(databases.filled(kind, tmp_path), tmp_path)
        with app.app_context():
            columns = (
                Entry.kind,
                Entry.item_id,
                Entry.slug,
                Entry.title,
                Entry.words,
                Entry.language,
                Entry.from_at,
                Entry.until_at,
                Entry.last_on,
            )
            easy = select(PageRevision.page_id).where(PageRevision.easy_text != "")  # pages had none then
            is_current = or_(
                Entry.last_on.is_(None), Entry.last_on >= NOW.date()
            )  # the archive was indexed then
            known = ~and_(Entry.kind == "page", Entry.item_id.in_(easy)) & is_current
            order = select(*columns).where(known).order_by(Entry.kind, Entry.item_id, Entry.language)
            before = [tuple(row) for row in db.session.execute(order)]
            db.session.remove()
            _take_back(kind)
            upgrade(revision="0023")
            assert [tuple(row) for row in db.session.execute(order)] == before
            assert len(before) > 40
            db.session.remove()
        assert addresses(ask(browse(app), "swiadczenie pielegnacyjne"))
        with app.app_context():
            db.engine.dispose()


def _take_back(kind: str) -> None:
    """The database as it was before: without the index, with folded copies of the texts."""
    with db.engine.begin() as connection:
        if kind == "sqlite":
            connection.execute(text("DROP TABLE entry_words"))
        connection.execute(text("DROP TABLE entry"))
        for table in ("benefit", "page_revision"):
            connection.execute(text(f"ALTER TABLE {table} ADD COLUMN folded TEXT NOT NULL DEFAULT ''"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0022'"))


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=400).map(composed)


@chosen(max_examples=60)
@given(TEXTS, TEXTS)
def test_a_text_keeps_its_letters_whatever_is_marked(said: str, question: str) -> None:
    terms = terms_of(question + " " + said[:20])
    pieces = marked(said, terms)
    assert "".join(piece.text for piece in pieces) == said
    for piece in pieces:
        assert not piece.is_marked or words_of(piece.text).startswith(tuple(term.stem for term in terms))
    shown = "".join(piece.text for piece in excerpt(said, terms)).removeprefix("… ").removesuffix(" …")
    assert shown in said


def test_an_excerpt_begins_where_the_words_stand_together() -> None:
    said = (
        "Prawnik. "
        + "Coś innego tu stoi. " * 40
        + "We wtorki prawnik pomaga w sprawach o alimenty."
        + " Dalej." * 90
    )
    shown = "".join(piece.text for piece in excerpt(said, terms_of("alimenty prawnik")))
    assert "prawnik pomaga w sprawach o alimenty" in shown
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert len(shown) < 240
    assert terms_of("w W z 5") == (Term("5", "5"),)


def test_search_engines_learn_what_is_for_reading_and_nothing_else(resident: Client, editor: Client) -> None:
    draft = write(editor)
    xml = ElementTree.fromstring(resident.get("/sitemap.xml").data)  # noqa: S314 - our own page
    listed = [str(found.text) for found in xml.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert len(set(listed)) == len(listed) > 40
    assert all(address.startswith("http://127.0.0.1:8000/") for address in listed)
    paths = [address.removeprefix("http://127.0.0.1:8000") for address in listed]
    assert {"/", "/kontakt", "/programy/bez-przemocy", "/swiadczenia/becikowe", "/pomoc/przemoc"} <= set(
        paths
    )
    assert not [path for path in paths if re.search("umow-rozmowe|moj[ae]-|panel|wyjscie", path)]
    assert LAWYER not in paths
    for path in paths:
        assert resident.get(path).status_code == 200, path
    editor.submit(draft, "Opublikuj teraz")
    assert LAWYER in resident.get("/sitemap.xml").get_data(as_text=True)
    assert "Sitemap: http://127.0.0.1:8000/sitemap.xml" in resident.get("/robots.txt").get_data(as_text=True)
