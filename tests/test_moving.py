"""A centre moves in, and could move out again: content as a folder of Markdown files, losing nothing, all or nothing."""

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner
from flask import Flask
from flask_migrate import upgrade
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from portal import clock
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
from portal.cli import main
from portal.contacts.models import Contact
from portal.db import db
from portal.demo.load import ACCOUNTS
from portal.media.models import Medium
from portal.moving.actions import export_content, import_content
from portal.moving.files import Entry, Wrong, read, toml, write
from portal.pages.actions import attach as attach_to_page
from portal.pages.models import Page, page_at
from tests.client import Client
from tests.conftest import NOW, Databases, browse, make_app


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.md")}


def write_history() -> None:
    """An announcement that was changed, translated, moved, planned and withdrawn, with words that are hard to keep."""
    by, now = account_called(ACCOUNTS[0].login), clock.now()
    assert by
    film = Medium(
        name="film1",
        kind="film",
        mime="video/mp4",
        size=9,
        title="Film",
        transcript="Słowa\n",
        created_at=now,
    )
    db.session.add(film)
    db.session.commit()
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
        assert export_content(one) > 60
    with newcomer.app_context():
        added = import_content(one, clock.now())
        assert added["ogloszenia"] == 16
        assert all(count > 0 for name, count in added.items() if name != "menu")
        export_content(other)
        assert sum(import_content(one, clock.now()).values()) == 0
        export_content(again)
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


@pytest.mark.parametrize(("name", "facts", "told"), WRONG)
def test_a_mistake_is_named_with_file_and_line_and_nothing_is_added(
    app: Flask, tmp_path: Path, name: str, facts: str, told: str
) -> None:
    folder = tmp_path / "content"
    write(
        folder,
        Entry("kontakty/dobry.md", {"position": 1, "name": "Dobry", "checked_on": NOW.date()}, "Pomaga."),
    )
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"+++\n{facts}+++\nTekst\n", "utf-8")
    with app.app_context():
        with pytest.raises(Wrong) as wrong:
            import_content(folder, clock.now())
        assert told in str(wrong.value)
        db.session.rollback()
        assert db.session.scalar(select(Contact.id).where(Contact.key == "dobry")) is None, "all or nothing"


def test_a_file_that_is_no_content_is_named(tmp_path: Path) -> None:
    for raw, told in (
        (b"# Tytul\n", "x.md:1: the file must begin"),
        (b"+++\na = 1\n", "a second line of +++"),
        (b"+++\n+++\nza\xbf\n", "x.md:3: this is not UTF-8"),
    ):
        (tmp_path / "x.md").write_bytes(raw)
        with pytest.raises(Wrong, match=told.replace("+", r"\+")):
            read(tmp_path / "x.md", "x.md")


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=60)


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
        assert import_content(folder, clock.now())["strony"] == 2
        assert db.session.scalar(select(func.count(Page.id))) == 2
    visitor = browse(newcomer)
    assert "Zadzwoń: 85 111 22 33." in visitor.visit("/dojazd").text
    assert visitor.get("/szkic").status_code == 404
    with newcomer.app_context():
        db.session.remove()
        db.engine.dispose()


def test_the_command_line_says_what_it_has_done(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.cli._app", lambda: app)
    out = tmp_path / "out"
    done = CliRunner().invoke(main, ["export-content", str(out)])
    assert "files written" in done.output
    assert CliRunner().invoke(main, ["export-content", str(out)]).exit_code == 1, "nothing is written over"
    assert "ogloszenia: 0 added" in CliRunner().invoke(main, ["import-content", str(out)]).output
    (out / "strony" / "e-uslugi" / "9.md").write_text("zepsute", "utf-8")
    wrong = CliRunner().invoke(main, ["import-content", str(out)])
    assert wrong.exit_code == 1
    assert "Nothing has been added. strony/e-uslugi/9.md:1: the file must begin" in wrong.output
    with app.app_context():
        assert benefit_called("becikowe")
        assert db.session.scalar(select(func.count(Announcement.id))) == 15
