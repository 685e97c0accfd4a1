"""A folder that comes to a portal which has the items already; folders that were made to do harm; texts of every kind."""

import os
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from portal import clock
from portal.accessibility.models import newest_statement
from portal.accounts.models import AuditEntry, account_called
from portal.announcements.actions import (
    Draft,
    Words,
    draft,
    move,
    publish,
    restore,
    revise,
    translate,
    withdraw,
)
from portal.announcements.models import Announcement
from portal.benefits.models import benefit_called
from portal.contacts.models import contact_called
from portal.db import Base, db
from portal.demo.load import ACCOUNTS
from portal.foster.models import Question, questions
from portal.front.models import Logo, logos, menu_items, the_banner
from portal.media.actions import add
from portal.media.models import Medium
from portal.media.storing import store_document
from portal.moving.actions import Moved, export_content, import_content
from portal.moving.files import Wrong, write
from portal.moving.kinds import KINDS
from portal.pages.models import Page
from tests.conftest import NOW, Databases, browse, make_app
from tests.parts.files import HOSTILE, files_of, pdf

pytestmark = pytest.mark.parametrize("kind", ["sqlite"])


@pytest.fixture
def folder(context: None, tmp_path: Path) -> Path:
    """The content of this portal as a folder."""
    export_content(tmp_path / "folder", tmp_path / "media")
    return tmp_path / "folder"


def bring(folder: Path, **how: bool) -> Moved:
    return import_content(folder, folder.parent / "media", clock.now(), **how)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def is_nothing(moved: Moved) -> bool:
    return not moved.added and not moved.changed


def test_every_table_of_content_moves(context: None) -> None:
    content = {
        mapper.class_ for mapper in Base.registry.mappers if getattr(mapper.class_, "is_content", False)
    }
    assert content <= {model for kind in KINDS for model in kind.models}


def test_facts_follow_the_file_and_residents_are_told(folder: Path) -> None:
    edit(folder / "swiadczenia" / "becikowe.md", 'title = "Becikowe"', 'title = "Becikowe od 2027"')
    edit(folder / "kontakty" / "sekretariat.md", "+++\n", '+++\nhours_note = "W wakacje krócej."\n')
    edit(
        folder / "pilny-komunikat" / "komunikat.md",
        "+++\n+++\n\n",
        "+++\nis_shown = true\n+++\nAwaria telefonów\n",
    )
    dry = bring(folder, is_dry=True)
    assert dry.changed == {
        "swiadczenia": ["becikowe"],
        "kontakty": ["sekretariat"],
        "pilny-komunikat": ["komunikat"],
    }
    assert not the_banner().is_shown
    assert bring(folder) == dry
    benefit, contact = benefit_called("becikowe"), contact_called("sekretariat")
    assert benefit
    assert contact
    assert (benefit.title, benefit.version, benefit.changes[-1].at) == ("Becikowe od 2027", 2, NOW)
    assert (contact.hours_note, contact.version) == ("W wakacje krócej.", 2)
    assert the_banner().text == "Awaria telefonów"
    assert is_nothing(bring(folder))
    assert db.session.scalar(select(func.count()).where(AuditEntry.action == "content_imported")) == 1


def test_a_question_keeps_its_name_and_its_texts(folder: Path) -> None:
    question = questions()[0]
    path = next(p for p in (folder / "pytania").glob("*.md") if question.question in p.read_text("utf-8"))
    old = question.question
    edit(path, old, "Czy to pytanie jest nowe?")
    count = db.session.scalar(select(func.count(Question.id)))
    assert bring(folder).changed == {"pytania": [path.stem]}
    assert is_nothing(bring(folder)), "it is known again by its first words"
    assert db.session.scalar(select(func.count(Question.id))) == count
    assert [version.question for version in sorted(question.versions, key=lambda one: one.number)] == [
        old,
        "Czy to pytanie jest nowe?",
    ]


def test_another_text_becomes_the_newest_one_and_is_read_from_now_on(app: Flask, folder: Path) -> None:
    path = folder / "strony" / "e-uslugi" / "1.md"
    edit(path, 'lead = "', 'lead = "Zmieniony. ')
    assert bring(folder).changed == {"strony": ["e-uslugi"]}
    page = db.session.scalars(select(Page).where(Page.path == "e-uslugi", Page.language == "pl")).one()
    assert [text.number for text in page.revisions] == [1, 2]
    assert page.publications[-1].public_from == page.changed_at == NOW
    assert "Zmieniony." in browse(app).visit("/e-uslugi").text
    assert is_nothing(bring(folder))


@pytest.fixture
def other(databases: Databases, tmp_path: Path, frozen: object) -> Iterator[Flask]:
    """Another portal with the same content."""
    (tmp_path / "other").mkdir()
    app = make_app(databases.filled("sqlite", tmp_path / "other"), tmp_path / "other")
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def test_a_later_folder_brings_what_has_happened_since_and_an_older_one_undoes_nothing(
    app: Flask, other: Flask, tmp_path: Path
) -> None:
    early, late, again = (tmp_path / name for name in ("early", "late", "again"))
    with app.app_context():
        editor = account_called(ACCOUNTS[0].login)
        assert editor
        until, begun = NOW.date() + timedelta(days=30), NOW - timedelta(days=9)
        item = draft(Draft("Nabór", "Lead.", "Pierwsza treść.", "centre", until), editor, begun)
        publish(item.id, 1, editor, begun + timedelta(days=1))
        export_content(early, None)
        translate(item.id, Words("uk", "Набір", "Лід", "Текст"), 1, editor, begun + timedelta(days=2))
        publish(item.id, 2, editor, begun + timedelta(days=3), reason="Tłumaczenie")
        text = Draft("Nabór", "Lead.", "Druga treść.", "centre", until)
        revise(item.id, text, 2, editor, begun + timedelta(days=4))
        publish(item.id, 3, editor, begun + timedelta(days=5))
        restore(item.id, 2, 3, editor, begun + timedelta(days=6))
        withdraw(item.id, editor, begun + timedelta(days=7))
        move(item.id, "nabor-jesienny", editor, begun + timedelta(days=8))
        export_content(late, None)
        assert is_nothing(import_content(early, None, clock.now()))
    with other.app_context():
        assert import_content(early, None, clock.now()).added == {"ogloszenia": ["nabor"]}
        assert import_content(late, None, clock.now()).changed == {"ogloszenia": ["nabor-jesienny"]}
        assert is_nothing(import_content(late, None, clock.now()))
        assert is_nothing(import_content(early, None, clock.now()))
        export_content(again, None)
    assert files_of(again) == files_of(late)


def test_a_text_that_waits_comes_as_a_draft(folder: Path) -> None:
    path = next((folder / "ogloszenia").glob("*/1.md"))
    text = path.read_text("utf-8")
    path.with_name("2.md").write_text(text.partition("[[read]]")[0] + "+++\nZupełnie inna treść.\n", "utf-8")
    bring(folder)
    item = db.session.scalars(select(Announcement).where(Announcement.slug == path.parent.name)).one()
    assert item.state_at(NOW) == "changed"
    assert item.latest.body == "Zupełnie inna treść."


def test_the_menu_is_taken_as_a_whole(folder: Path) -> None:
    first, *_others = sorted((folder / "menu").glob("*.md"))
    label = menu_items()[0].label
    first.unlink()
    assert bring(folder).changed == {"menu": [""]}
    assert label not in [item.label for item in menu_items()]
    assert is_nothing(bring(folder))


def test_logos_find_their_pictures_by_name(context: None, tmp_path: Path) -> None:
    facts = {
        "kind": "image",
        "mime": "image/webp",
        "size": 1,
        "title": "Logo",
        "alt": "Fundusz",
        "widths": "8",
    }
    picture = Medium(name="logo-funduszu", width=8, height=8, created_at=NOW, **facts)
    db.session.add(Logo(position=1, label="Fundusz", path="https://fundusz.example/", medium=picture))
    db.session.commit()
    export_content(tmp_path / "folder", tmp_path / "media")
    file = tmp_path / "folder" / "loga" / "01-fundusz.md"
    assert 'medium = "logo-funduszu"' in file.read_text("utf-8")
    assert is_nothing(bring(tmp_path / "folder"))
    edit(file, 'label = "Fundusz"', 'label = "Inny fundusz"')
    bring(tmp_path / "folder")
    assert [(logo.label, logo.medium.alt) for logo in logos()] == [("Inny fundusz", "Fundusz")]
    edit(file, "logo-funduszu", "nie-ma")
    with pytest.raises(Wrong, match="there is no medium 'nie-ma'"):
        bring(tmp_path / "folder")


def test_a_statement_waits_for_whoever_works_on_it(folder: Path) -> None:
    path = folder / "deklaracja-dostepnosci" / "1.md"
    edit(path, "+++\n", '+++\nreport_url = "https://example.org/audyt"\n')
    bring(folder)
    newest = newest_statement()
    assert newest
    assert (newest.number, newest.published_at) == (2, None), "an editor looks at it and publishes it"
    edit(path, "example.org/audyt", "example.org/inny")
    with pytest.raises(Wrong, match=r"deklaracja-dostepnosci/1.md:1: somebody is at work on the statement"):
        bring(folder)


def place(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


DOCUMENT = '+++\nkind = "document"\nmime = "application/pdf"\nsize = {size}\ntitle = "x"\ncreated_at = 2026-01-01T00:00:00Z\n{more}+++\n\n'
PAGE = '+++\ntitle = "x"\n{more}+++\nTekst\n'
HARM = {
    "a link that runs": (
        "menu/x.md",
        '+++\nposition = 1\nlabel = "x"\npath = "javascript:alert(1)"\n+++\n',
        "menu/x.md:4: 'path' must be",
    ),
    "a link elsewhere": (
        "menu/x.md",
        '+++\nposition = 1\nlabel = "x"\npath = "//evil.example"\n+++\n',
        "menu/x.md:4: 'path' must be",
    ),
    "a huge number": (
        "menu/x.md",
        '+++\nposition = 99999999999\nlabel = "x"\npath = "/x"\n+++\n',
        "menu/x.md:2: 'position' is too large",
    ),
    "a number without end": (
        "menu/x.md",
        f"+++\nposition = {'9' * 5000}\n+++\n",
        "menu/x.md:2: the facts cannot be read",
    ),
    "lists in lists": ("menu/x.md", f"+++\nx = {'[' * 3000}\n+++\n", "menu/x.md:2: the facts cannot be read"),
    "a fact twice": (
        "strony/x/1.md",
        PAGE.format(more='title = "y"\n'),
        "strony/x/1.md:3: the facts cannot be read: Cannot overwrite",
    ),
    "NUL": ("strony/x/1.md", PAGE.format(more="") + "\0", "strony/x/1.md:5: the character U+0000"),
    "NUL in disguise": (
        "strony/x/1.md",
        PAGE.format(more='lead = "\\u0000"\n'),
        "strony/x/1.md:3: 'lead' must not have",
    ),
    "a huge file": (
        "strony/x/1.md",
        PAGE.format(more="") + "x" * 1_100_000,
        "strony/x/1.md: the file is larger than 1 MB",
    ),
    "an address that climbs": (
        "strony/x__..__etc/1.md",
        PAGE.format(more=""),
        "small letters without accents",
    ),
    "an address of scripts": ("strony/<script>/1.md", PAGE.format(more=""), "small letters without accents"),
    "no language": ("strony/x.de/1.md", PAGE.format(more=""), "nobody reads the language 'de'"),
    "a number that is none": (
        "strony/x/¹.md",
        PAGE.format(more=""),
        "the name of the file must be the number",
    ),
    "the end of time": (
        "strony/x/1.md",
        PAGE.format(more="[[read]]\npublic_from = 9999-12-31T23:00:00-08:00\n"),
        "strony/x/1.md:4: 'public_from' must lie between",
    ),
    "backwards": (
        "strony/x/1.md",
        PAGE.format(
            more="[[read]]\npublic_from = 2026-02-01T00:00:00Z\npublic_until = 2026-01-01T00:00:00Z\n"
        ),
        "strony/x/1.md:5: 'public_until' comes before",
    ),
    "no number": (
        "swiadczenia/x.md",
        '+++\nposition = 1\ntitle = "x"\nsummary = "y"\n[[amount]]\namount = "NaN"\nvalid_from = 2026-01-01\nsource = "z"\n+++\n',
        "swiadczenia/x.md:6: 'amount' must be an amount",
    ),
    "two amounts": (
        "swiadczenia/x.md",
        '+++\nposition = 1\ntitle = "x"\nsummary = "y"\n[[amount]]\namount = "1"\nvalid_from = 2026-01-01\nsource = "z"\n[[amount]]\namount = "2"\nvalid_from = 2026-05-01\nsource = "z"\n+++\n',
        "swiadczenia/x.md:11: two amounts would be valid on one day",
    ),
    "facts for a name": (
        "kontakty/x.md",
        '+++\nposition = 1\nname = "x"\nchecked_on = 2026-01-01\noffice = ["x"]\n+++\n',
        "kontakty/x.md:5: there is no office",
    ),
    "a medium that climbs": ("media/x..%2f.md", DOCUMENT.format(size=1, more=""), "a medium is called by"),
    "widths that climb": (
        "media/x.md",
        DOCUMENT.format(size=1, more='widths = "../../x"\n'),
        "media/x.md:7: 'widths' must be whole numbers",
    ),
    "a page for a picture": (
        "media/x.md",
        DOCUMENT.format(size=1, more="").replace("application/pdf", "text/html"),
        "media/x.md:3: 'mime' must be one of application/pdf",
    ),
    "a file too many": (
        "media/nobody/skrypt.js",
        "alert(1)",
        "media/nobody/skrypt.js: nobody knows this file",
    ),
    "only a picture": (
        "ogloszenia/x/1.md",
        '+++\ntitle = "x"\nlead = "y"\ncategory = "centre"\nvalid_until = 2027-01-01\n[[read]]\npublic_from = 2026-01-01T00:00:00Z\n+++\n![](/media/x/1.webp)\n',
        "it is only pictures or links",
    ),
    "news that lead to the other side": (
        "ogloszenia/x/1.md",
        '+++\ntitle = "x"\nlead = "y"\ncategory = "programmes"\nprogramme = "bez-przemocy"\nvalid_until = 2027-01-01\n[[read]]\npublic_from = 2026-01-01T00:00:00Z\n+++\nSłowa. [Umów](/umow-rozmowe/d1)\n',
        "its programme would lead to the talks of those whom it keeps apart",
    ),
    "to the other side": (
        "strony/pomoc__nowa/1.md",
        PAGE.format(more="") + "[Umów](/umow-rozmowe/a1)\n",
        "it would lead those who suffer violence",
    ),
    "betrayal": (
        "rozmowy/x.md",
        '+++\npublic_name = "Rozmowa o przemocy"\nneutral_name = "Rozmowa"\nminutes = 60\n+++\n',
        "rozmowy/x.md:1: a talk is called by neutral words only",
    ),
}


def test_harm_is_refused_in_words_and_nothing_stays(context: None, tmp_path: Path) -> None:
    good = '+++\nposition = 1\nname = "x"\nchecked_on = 2026-01-01\n+++\nPomaga.\n'
    for number, (name, text, told) in enumerate(HARM.values()):
        folder = tmp_path / str(number)
        place(folder, "kontakty/dobry.md", good)
        place(folder, name, text)
        with pytest.raises(Wrong) as wrong:
            bring(folder)
        assert told in str(wrong.value)
        assert contact_called("dobry") is None


def test_links_and_what_is_no_file_are_refused(context: None, tmp_path: Path) -> None:
    for number, make in enumerate((lambda path: path.symlink_to("/etc/hostname"), os.mkfifo)):
        folder = tmp_path / str(number)
        (folder / "menu").mkdir(parents=True)
        make(folder / "menu" / "x.md")
        with pytest.raises(Wrong, match=r"menu/x.md: this is"):
            bring(folder)
    (tmp_path / "0" / "menu" / "x.md").unlink()
    (tmp_path / "0" / "media").symlink_to("/etc")
    with pytest.raises(Wrong, match="media: this is a link"):
        bring(tmp_path / "0")


@pytest.mark.parametrize("what", ["script", "page", "packed"])
def test_a_file_of_media_is_looked_at_as_if_somebody_had_sent_it(
    context: None, tmp_path: Path, what: str
) -> None:
    raw = HOSTILE["document"][what]
    folder = tmp_path / "folder"
    for name, content in (("dobry", pdf()), ("zly", raw)):
        place(folder, f"media/{name}.md", DOCUMENT.format(size=len(content), more=""))
        (folder / "media" / name).mkdir()
        (folder / "media" / name / "dokument.pdf").write_bytes(content)
    with pytest.raises(Wrong, match=r"media/zly.md:1: its file 'dokument.pdf' is refused"):
        bring(folder)
    assert not (tmp_path / "media" / "dobry").exists(), "the files go again"


def test_files_of_media_are_never_written_over(context: None, tmp_path: Path, folder: Path) -> None:
    (tmp_path / "x.pdf").write_bytes(pdf())
    editor = account_called(ACCOUNTS[0].login)
    assert editor
    medium = add(store_document(tmp_path / "media", tmp_path / "x.pdf"), {"title": "Kartka"}, editor, NOW)
    export_content(tmp_path / "out", tmp_path / "media")
    copy = tmp_path / "out" / "media" / medium.name / "dokument.pdf"
    assert copy.read_bytes() == pdf()
    copy.write_bytes(pdf()[:-1] + b" ")
    with pytest.raises(Wrong, match="the portal has another file"):
        bring(tmp_path / "out")
    copy.write_bytes(pdf())
    edit(tmp_path / "out" / "media" / f"{medium.name}.md", "Kartka", "Kartka z pytaniami")
    assert bring(tmp_path / "out").changed == {"media": [medium.name]}
    assert medium.title == "Kartka z pytaniami"


def test_a_text_goes_on_showing_the_media_that_it_names(app: Flask, other: Flask, tmp_path: Path) -> None:
    """Numbers are others in another portal; names are not."""
    (tmp_path / "x.pdf").write_bytes(pdf())
    numbers = []
    for portal, count_there in ((app, 1), (other, 3)):
        with portal.app_context():
            editor = account_called(ACCOUNTS[0].login)
            assert editor
            for n in range(count_there):
                stored = store_document(portal.config["MEDIA"], tmp_path / "x.pdf")
                numbers.append(add(stored, {"title": f"Kartka {n}"}, editor, NOW).id)
    with app.app_context():
        body = f"Weź {{plik: {numbers[0]}}} i {{plik: 999}}."
        text = Draft("Kartka", "Lead.", body, "centre", NOW.date() + timedelta(days=9), easy_text=body)
        assert editor
        draft(text, editor, NOW)
        export_content(tmp_path / "one", app.config["MEDIA"])
    with other.app_context():
        import_content(tmp_path / "one", other.config["MEDIA"], NOW)
        brought = db.session.scalars(select(Announcement).where(Announcement.slug == "kartka")).one().latest
        assert brought.body == brought.easy_text == "Weź {plik: 4} i {plik: 999}."
        export_content(tmp_path / "again", other.config["MEDIA"])
    one, again = files_of(tmp_path / "one"), files_of(tmp_path / "again")
    assert {name: again[name] for name in one} == one


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=80)


def test_every_text_comes_back_as_it_went(app: Flask, other: Flask, tmp_path: Path) -> None:
    kind = next(kind for kind in KINDS if kind.folder == "ogloszenia")
    until = NOW.date() + timedelta(days=9)

    def moved(number: int) -> dict[str, bytes]:
        """The files of this one alone, as they are written."""
        folder = tmp_path / f"{number}-{len(list(tmp_path.iterdir()))}"
        for entry in kind.export(None):
            if entry.name.startswith(f"ogloszenia/nowe{number}/"):
                write(folder, entry)
        return files_of(folder) | {"folder": str(folder).encode()}

    numbers = count()

    @settings(max_examples=20)
    @given(WORDS, WORDS, WORDS, WORDS)
    def goes_and_comes(title: str, body: str, easy: str, translated: str) -> None:
        number = next(numbers)
        with app.app_context():
            editor = account_called(ACCOUNTS[0].login)
            assert editor
            text = Draft(title, body, body, "centre", until, easy_text=easy, author=translated)
            item = draft(text, editor, NOW)
            move(item.id, f"nowe{number}", editor, NOW)
            translate(item.id, Words("uk", translated, easy, body), 1, editor, NOW)
            here = moved(number)
        with other.app_context():
            import_content(Path(here.pop("folder").decode()), None, NOW)
            there = moved(number)
            assert is_nothing(import_content(Path(there.pop("folder").decode()), None, NOW))
        assert there == here

    goes_and_comes()
