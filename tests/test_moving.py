"""A centre moves in, and could move out again: content as a folder of Markdown files, losing nothing, all or nothing."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner
from flask import Flask, current_app
from flask_migrate import upgrade
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from portal import clock
from portal.accessibility.actions import revise as revise_statement
from portal.accounts.models import account_called
from portal.announcements.actions import (
    Draft,
    Words,
    attach,
    draft,
    move,
    publish,
    revise,
    translate,
    withdraw,
)
from portal.announcements.models import Announcement
from portal.benefits.models import benefit_called
from portal.booking.models import Office
from portal.cli import main
from portal.contacts.models import contact_called
from portal.db import db
from portal.demo.load import ACCOUNTS
from portal.foster.models import questions
from portal.foster.questions import TEXTS, save_question
from portal.front.actions import save_banner
from portal.media.actions import add, remove
from portal.media.storing import store_film, store_image
from portal.moving.actions import export_content, import_content
from portal.moving.files import Entry, Wrong, read, toml, write
from portal.moving.kinds import KINDS
from portal.pages.actions import attach as attach_to_page
from portal.pages.models import Page, page_at
from tests.client import Client
from tests.conftest import KEYS, NOW, Databases, browse, make_app
from tests.parts.files import CAPTIONS, WEBM, files_of, picture


def media_of(app: Flask) -> Path:
    folder: Path = app.config["MEDIA"]
    return folder


def write_history() -> None:
    """An announcement that was changed, translated, moved, planned and withdrawn, with words that are hard to keep."""
    by, now = account_called(ACCOUNTS[0].login), clock.now()
    assert by
    root = media_of(current_app)
    (root.parent / "source").write_bytes(WEBM)
    (root.parent / "captions").write_bytes(CAPTIONS)
    (root.parent / "poster").write_bytes(picture())
    stored = store_film(root, root.parent / "source", root.parent / "captions", root.parent / "poster")
    film = add(stored, {"title": "Film", "is_pjm": True, "transcript": "Słowa\n"}, by, now)
    gone = add(store_image(root, root.parent / "poster"), {"title": "Obraz", "alt": "Drzwi"}, by, now)
    remove(root, gone.id, by, now)
    text = Draft(
        'Tytuł z "cudzysłowem"',
        "Lead\\ z ukośnikiem",
        '+++\n\n"""trzy"""\n\n  wcięcie\n',
        "centre",
        NOW.date() + timedelta(days=90),
    )
    item = draft(text, by, now)
    publish(item.id, 1, by, now)
    translate(item.id, Words("uk", "Заголовок", "Лід", "Текст\n"), 1, by, now + timedelta(hours=1))
    publish(item.id, 2, by, now + timedelta(hours=2), reason="Dodano tłumaczenie")
    revise(
        item.id,
        Draft(
            "Inny", "Lead", "Treść", "benefits", NOW.date() + timedelta(days=60), easy_text="Łatwo.\nKrótko."
        ),
        2,
        by,
        now + timedelta(hours=3),
    )
    attach(item.id, [film.id], 3, by, now + timedelta(hours=4))
    move(item.id, "nowy-adres", by, now + timedelta(hours=4))
    page = page_at("e-uslugi")
    assert page
    attach_to_page(page.id, [film.id], 1, by, now + timedelta(hours=4))
    withdraw(item.id, by, now + timedelta(hours=5))
    save_banner(1, {"is_shown": True, "text": "Awaria\n\ntelefonów", "text_uk": "Аварія"}, by, now)
    question = questions()[0]
    words = {name: getattr(question, name) for name in (*TEXTS, "is_shown")}
    save_question(question.id, 1, words | {"answer": "Inna\n\nodpowiedź"}, by, now)
    revise_statement(1, {"report_url": "https://example.org/raport"}, by, now)
    contact = contact_called("sekretariat")
    assert contact
    contact.office_id = db.session.scalar(select(Office.id))
    db.session.commit()


@pytest.fixture
def newcomer(kind: str, databases: Databases, tmp_path: Path, frozen: time_machine.Traveller) -> Flask:
    """The portal of a centre that has nothing yet."""
    folder = tmp_path / "newcomer"
    folder.mkdir()
    app = make_app(databases.empty(kind, folder), folder)
    with app.app_context():
        upgrade()
    return app


def test_the_round_trip_loses_nothing_and_a_second_one_adds_nothing(
    app: Flask, newcomer: Flask, tmp_path: Path
) -> None:
    one, other, again = (tmp_path / name for name in ("one", "other", "again"))
    with app.app_context():
        write_history()
        assert export_content(one, media_of(app)) > 60
    with newcomer.app_context():
        moved = import_content(one, media_of(newcomer), clock.now())
        assert len(moved.added["ogloszenia"]) == 16
        assert {*moved.added, *moved.changed, *moved.same} == {kind.folder for kind in KINDS} - {
            "loga"
        }  # these have a test of their own
        export_content(other, media_of(newcomer))
        moved = import_content(one, media_of(newcomer), clock.now() + timedelta(days=1))
        assert (moved.added, moved.changed, moved.missing) == ({}, {}, [])
        export_content(again, media_of(newcomer))
    assert files_of(other) == files_of(one)
    assert files_of(again) == files_of(one)
    here, there = browse(app), browse(newcomer)
    for address in (
        "/ogloszenia",
        "/swiadczenia/becikowe",
        "/e-uslugi",
        "/uk/rodzicielstwo-zastepcze/formy",
        "/programy/bez-przemocy",
        "/kontakt",
        "/pomoc",
    ):
        assert said(there, address) == said(here, address), address
    assert there.get("/szukaj?q=becikowe").status_code == 200
    assert "Becikowe" in there.visit("/szukaj?q=becikowe").text
    with newcomer.app_context():
        db.session.remove()
        db.engine.dispose()


def said(client: Client, address: str) -> str:
    """What a page says, but for talks, which do not move."""
    text = client.visit(address).text
    return text.partition("Dla kogo")[2] or text


WRONG = (
    ("strony/nowa/1.md", 'title = "x"\nlead = 7\n', "strony/nowa/1.md:3: 'lead' must be a text"),
    ("strony/nowa/1.md", 'title = "x"\nkolor = "y"\n', "strony/nowa/1.md:3: nobody knows the fact 'kolor'"),
    ("strony/nowa/1.md", 'title = "x\n', "strony/nowa/1.md:2: the facts cannot be read"),
    ("strony/nowa/pierwszy.md", 'title = "x"\n', "the name of the file must be the number of the text"),
    (
        "ogloszenia/nowe/1.md",
        'title = "x"\nlead = "y"\nvalid_until = 2027-01-01\ncategory = "inne"\n',
        "ogloszenia/nowe/1.md:5: 'category' must be one of",
    ),
    (
        "ogloszenia/nowe/1.md",
        'title = "x"\nlead = "y"\ncategory = "centre"\n',
        "the fact 'valid_until' is missing",
    ),
    (
        "ogloszenia/nowe/1.md",
        'title = "x"\nlead = "y"\ncategory = "centre"\nvalid_until = 2027-01-01\nprogramme = "brak"\n',
        "ogloszenia/nowe/1.md:6: there is no programme 'brak'",
    ),
    (
        "kontakty/x.md",
        'position = 1\nname = "x"\nchecked_on = 2026-01-01\nmonday = "rano"\n',
        "kontakty/x.md:5: 'monday' must be hours",
    ),
    (
        "swiadczenia/x.md",
        'position = 1\ntitle = "x"\nsummary = "y"\n\n[[amount]]\namount = "dużo"\nvalid_from = 2026-01-01\nsource = "z"\n',
        "swiadczenia/x.md:7: 'amount' must be an amount",
    ),
    ("inne/x.md", "", "nobody knows this place"),
)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_mistake_is_named_with_file_and_line_and_nothing_is_added(context: None, tmp_path: Path) -> None:
    good = Entry("kontakty/dobry.md", {"position": 1, "name": "Dobry", "checked_on": NOW.date()}, "Pomaga.")
    for number, (name, facts, told) in enumerate(WRONG):
        folder = tmp_path / str(number)
        write(folder, good)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"+++\n{facts}+++\nTekst\n", "utf-8")
        with pytest.raises(Wrong) as wrong:
            import_content(folder, None, clock.now())
        assert told in str(wrong.value)
        assert contact_called("dobry") is None, "all or nothing"


def test_a_file_that_is_no_content_is_named(tmp_path: Path) -> None:
    for raw, told in (
        (b"# Tytul\n", "x.md:1: the file must begin"),
        (b"+++\na = 1\n", "a second line of +++"),
        (b"+++\n+++\nza\xbf\n", "x.md:3: this is not UTF-8"),
    ):
        (tmp_path / "x.md").write_bytes(raw)
        with pytest.raises(Wrong, match=told.replace("+", r"\+")):
            read(tmp_path / "x.md", "x.md")


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=60)


@settings(max_examples=60)
@given(WORDS, WORDS, st.booleans(), st.integers(-5, 5))
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, text: str, body: str, yes: bool, number: int
) -> None:
    folder = tmp_path_factory.mktemp("files")
    facts = {"text": text, "yes": yes, "number": number, "rows": [{"text": body}]}
    write(folder, Entry("x.md", facts, body))
    again = read(folder / "x.md", "x.md")
    assert (again.facts, again.text) == (facts, body)
    assert toml({}) == ""


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_centre_moves_in_by_hand(newcomer: Flask, tmp_path: Path) -> None:
    """The example of the guide: few facts are enough; a text without times is a draft."""
    folder = tmp_path / "mine"
    for name, raw in {
        "kontakty/sekretariat.md": '+++\nname = "Sekretariat"\nposition = 1\nphone = "85 111 22 33"\nmonday = "8:00–16:00"\nchecked_on = 2026-11-20\n+++\nPowie, gdzie załatwić sprawę.\n',
        "strony/dojazd/1.md": '+++\ntitle = "Dojazd"\n\n[[read]]\npublic_from = 2026-11-01T08:00:00Z\n+++\nZadzwoń: {telefon: sekretariat}.\n',
        "strony/szkic/1.md": '+++\ntitle = "Szkic"\n+++\nJeszcze nie.\n',
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(raw, "utf-8")
    with newcomer.app_context():
        assert len(import_content(folder, None, clock.now()).added["strony"]) == 2
        assert db.session.scalar(select(func.count(Page.id))) == 2
    visitor = browse(newcomer)
    assert "Zadzwoń: 85 111 22 33." in visitor.visit("/dojazd").text
    assert visitor.get("/szkic").status_code == 404
    with newcomer.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite"])
def test_the_command_line_says_what_it_has_done(app: Flask, database: str, tmp_path: Path) -> None:
    ours = {"PORTAL_DEMO": "1", "PORTAL_DATA": str(tmp_path), "PORTAL_KEYS": KEYS}
    runner = CliRunner(env=ours | {"PORTAL_DATABASE_URL": database})
    out = tmp_path / "out"
    done = runner.invoke(main, ["export-content", str(out)])
    assert "files written" in done.output
    assert runner.invoke(main, ["export-content", str(out)]).exit_code == 1, "nothing is written over"
    told = runner.invoke(main, ["import-content", str(out)]).output
    assert re.fullmatch(r"\d+ as they were\.\n", told)
    path = out / "swiadczenia" / "becikowe.md"
    path.write_text(path.read_text("utf-8").replace('title = "Becikowe"', 'title = "Becikowe 2027"'), "utf-8")
    told = runner.invoke(main, ["import-content", "--dry-run", str(out)]).output
    assert told.startswith("swiadczenia: 1 changed: becikowe\n")
    assert told.endswith("This was a dry run: nothing has changed.\n")
    (out / "strony" / "e-uslugi" / "9.md").write_text("zepsute", "utf-8")
    wrong = runner.invoke(main, ["import-content", str(out)])
    assert wrong.exit_code == 1
    assert "Nothing has changed. strony/e-uslugi/9.md:1: the file must begin" in wrong.output
    with app.app_context():
        benefit = benefit_called("becikowe")
        assert benefit
        assert benefit.title == "Becikowe"
        assert db.session.scalar(select(func.count(Announcement.id))) == 15
