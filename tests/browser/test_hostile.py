"""Hostile texts in a real browser, read by a visitor and by an administrator: nothing runs, nothing is asked of anybody."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import String, Text, select

from portal import clock
from portal.accessibility.models import TEXTS, newest_statement
from portal.accounts.models import Account, account_called
from portal.announcements import actions
from portal.announcements.actions import Draft, Words
from portal.benefits.models import Benefit
from portal.booking.models import Office
from portal.contacts.models import Contact, HelpLine
from portal.db import action, db
from portal.demo.load import ACCOUNTS
from portal.foster.models import Question
from portal.front.models import MenuItem, Shortcut, UrgentBanner
from portal.media.actions import add
from portal.media.models import Medium
from portal.media.storing import store_film, store_image
from portal.pages import actions as pages
from portal.pages.models import page_at
from portal.programmes.models import Programme, Service
from tests.conftest import PASSWORDS
from tests.parts.browser import new_page, watch
from tests.parts.files import CAPTIONS, WEBM, picture
from tests.parts.hostile import HOSTILE

pytestmark = pytest.mark.browser

AT_ONCE = 8
ROWS = (
    Benefit,
    Programme,
    Service,
    Office,
    Contact,
    HelpLine,
    Question,
    MenuItem,
    Shortcut,
    UrgentBanner,
    Medium,
)
FACTS = {
    "slug",
    "key",
    "code",
    "path",
    "kind",
    "mime",
    "widths",
    "name",
    "keeps_apart",
    "access",
}  # by which the program goes
HOURS = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
PUBLIC = (
    *(
        "/",
        "/ogloszenia",
        "/ogloszenia/archiwum",
        "/swiadczenia",
        "/swiadczenia/becikowe",
        "/programy",
    ),
    *(
        "/programy/bez-przemocy",
        "/kontakt",
        "/pomoc",
        "/rodzicielstwo-zastepcze",
        "/poradnik-interesanta",
        "/mapa-strony",
    ),
    *(
        "/deklaracja-dostepnosci",
        "/umow-rozmowe",
        "/umow-rozmowe/a1",
        "/uk/rodzicielstwo-zastepcze",
        "/uk/kontakt",
    ),
)
STAFF = (
    *(
        "/panel",
        "/panel/ogloszenia",
        "/panel/tresc",
        "/panel/tresc/do-sprawdzenia",
        "/panel/strony",
        "/panel/media",
        "/panel/media/1",
    ),
    *(
        "/panel/media/2",
        "/panel/swiadczenia",
        "/panel/swiadczenia/1",
        "/panel/programy/1",
        "/panel/zgloszenia/pytania",
    ),
    *("/panel/zgloszenia/pytania/1", "/panel/deklaracja", "/panel/terminy"),
)


@dataclass(frozen=True)
class Item:
    """Where an announcement is read and edited."""

    number: int
    slug: str


def announce(texts: Sequence[str], body: str, media: Sequence[int] = (), reason: str = "") -> Item:
    """Publish an announcement that says these in its title, lead, easy text, author, reason and translation."""
    by, now = editor(), clock.now()
    said = [texts[n % len(texts)] for n in range(6)]
    text = Draft(
        said[0][:200],
        said[1][:200],
        body,
        "centre",
        clock.day_of(now),
        easy_text=said[2],
        author=said[3][:120],
    )
    item = actions.draft(text, by, now)
    actions.translate(item.id, Words("uk", said[4][:200], said[5][:200], body), 1, by, now)
    actions.attach(item.id, media, 2, by, now)
    actions.publish(item.id, 3, by, now, reason=reason[:200])
    return Item(item.id, item.slug)


def editor() -> Account:
    account = account_called(ACCOUNTS[0].login)
    assert account
    return account


@action
def dress(texts: Sequence[str]) -> None:
    """Have every text of facts say one of these; each row says all of them, as far as it has fields."""
    for kind in ROWS:
        for n, row in enumerate(db.session.scalars(select(kind))):
            for k, column in enumerate(_columns(kind)):
                setattr(row, column.name, texts[(n + k) % len(texts)][: column.type.length])
    statement = newest_statement()
    assert statement
    statement.texts = {language: _spread(TEXTS, texts) for language in ("pl", "uk", "en")}
    for banner in db.session.scalars(select(UrgentBanner)):
        banner.is_shown = True


def _columns(kind: type[Any]) -> list[Any]:
    kept = FACTS - {"name"} if kind in (Contact, HelpLine, Office) else FACTS
    columns = [column for column in kind.__table__.columns if isinstance(column.type, (String, Text))]
    return [column for column in columns if column.name not in kept | HOURS]


def _spread(names: Sequence[str], texts: Sequence[str]) -> dict[str, str]:
    return {name: texts[n % len(texts)] for n, name in enumerate(names)}


@pytest.fixture
def media(served: Flask, tmp_path: Path) -> list[int]:
    """A film whose captions are hostile, and a picture."""
    cues = "\n\n".join(f"00:0{n % 6}.000 --> 00:09.000\n{text}" for n, text in enumerate(HOSTILE))
    for name, content in (
        ("film", WEBM),
        ("captions", CAPTIONS + b"\n" + cues.encode()),
        ("picture", picture()),
    ):
        (tmp_path / name).write_bytes(content)
    with served.app_context():
        film = store_film(tmp_path / "media", tmp_path / "film", tmp_path / "captions", tmp_path / "picture")
        image = store_image(tmp_path / "media", tmp_path / "picture")
        by, now = editor(), clock.now()
        return [add(film, {"title": "x"}, by, now).id, add(image, {"title": "x", "alt": "x"}, by, now).id]


def say_on_a_page(texts: Sequence[str], media: list[int]) -> None:
    page = page_at("poradnik-interesanta")
    assert page
    by, now, number = editor(), clock.now(), page.latest.number
    said = [texts[n % len(texts)] for n in range(4)]
    text = pages.Text(said[0][:200], said[1][:200], said[2], "\n\n".join(texts), said[3], media=media)
    pages.revise(page.id, text, number, by, now)
    pages.publish(page.id, number + 1, by, now, reason=said[1][:200])


@pytest.fixture
def readers(chromium: Browser, address: str) -> Iterator[list[tuple[Page, list[str]]]]:
    """A visitor and an administrator, with what their browsers complain about."""
    visitor, administrator = (new_page(chromium, address) for _ in range(2))
    administrator.goto("/panel/logowanie")
    login, password = PASSWORDS["administrator"]
    administrator.get_by_label("Adres e-mail").fill(login)
    administrator.get_by_label("Hasło").fill(password)
    administrator.keyboard.press("Enter")
    administrator.wait_for_url("**/panel")
    yield [(page, watch(page, own=address)) for page in (visitor, administrator)]
    for page in (visitor, administrator):
        page.context.close()


def read(page: Page, path: str) -> None:
    """Open a page, and touch what a finger might touch."""
    page.goto(path, wait_until="load")
    page.evaluate(
        "document.querySelectorAll('main article *').forEach(e => e.dispatchEvent(new MouseEvent('mouseover')))"
    )
    assert page.evaluate("window.ran") is None, path
    assert page.locator("h1").count() == 1, path
    assert page.evaluate("location.pathname") == path.partition("?")[0]


def test_all_of_them_on_one_page(served: Flask, readers: list[tuple[Page, list[str]]]) -> None:
    with served.app_context():
        item = announce(HOSTILE[:1], "\n\n".join(HOSTILE))
    for page, complaints in readers:
        read(page, f"/ogloszenia/{item.slug}")
        assert complaints == []
    page, complaints = readers[1]
    read(page, f"/panel/ogloszenia/{item.number}")
    read(page, f"/panel/ogloszenia/{item.number}/edytuj")
    assert complaints == []


@pytest.mark.torture
def test_each_of_them_wherever_it_may_stand(
    served: Flask, readers: list[tuple[Page, list[str]]], media: list[int]
) -> None:
    """Eight at a time, each alone in a field: all pages for a visitor, then those of the panel for an administrator."""
    for begin in range(0, len(HOSTILE), AT_ONCE):
        texts = HOSTILE[begin : begin + AT_ONCE]
        with served.app_context():
            dress(texts)
            say_on_a_page(texts, media)
            item = announce(texts, "Kilka słów.\n\n" + "\n\n".join(texts), media, reason=texts[0])
        own = (
            f"/ogloszenia/{item.slug}",
            f"/ogloszenia/{item.slug}/latwy-tekst",
            f"/uk/ogloszenia/{item.slug}",
        )
        asked = tuple(f"/szukaj?q={quote(text)}" for text in texts)
        edited = tuple(f"/panel/ogloszenia/{item.number}{part}" for part in ("", "/edytuj", "/porownaj"))
        for (page, complaints), paths in zip(
            readers, ((*PUBLIC, *own, *asked), (*own[:1], *STAFF, *edited)), strict=True
        ):
            for path in paths:
                read(page, path)
            assert complaints == [], texts
        feed = ElementTree.fromstring(readers[0][0].request.get("/ogloszenia.atom").body())  # noqa: S314 - our own
        assert {each.tag.partition("}")[0] for each in feed.iter()} == {"{http://www.w3.org/2005/Atom"}
    visitor, _complaints = readers[0]
    visitor.goto(own[0])
    assert visitor.evaluate(CAPTIONED) >= 100
    visitor.emulate_media(media="print")
    read(visitor, own[0])


CAPTIONED = """async () => {
    const track = document.querySelector('video track');
    track.track.mode = 'showing';
    await new Promise(done => track.readyState === 2 ? done() : track.addEventListener('load', done));
    for (const cue of track.track.cues) document.body.append(cue.getCueAsHTML());
    await new Promise(done => setTimeout(done, 200));
    return window.ran === undefined ? track.track.cues.length : -1;
}"""
