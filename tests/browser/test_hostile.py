"""Hostile texts in a real browser, read by a visitor and by an administrator: nothing runs, nothing is asked of anybody."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from portal import clock
from portal.accounts.models import account_called
from portal.announcements.actions import Draft, draft, publish
from portal.announcements.models import Announcement
from portal.demo.load import ACCOUNTS
from tests.conftest import PASSWORDS
from tests.parts.browser import new_page, watch
from tests.parts.hostile import HOSTILE

pytestmark = pytest.mark.browser

SHORT = 200


def stored(app: Flask, texts: list[str], body: str | None = None) -> list[tuple[int, str]]:
    """Publish each text as an announcement of its own, in its title, lead and body; their numbers and addresses."""
    with app.app_context():
        editor = account_called(ACCOUNTS[0].login)
        assert editor
        made: list[Announcement] = []
        for text in texts:
            now = clock.now()
            words = Draft(
                text[:SHORT],
                text[:SHORT],
                body or f"Kilka słów.\n\n{text}",
                "centre",
                clock.day_of(now),
                easy_text=text,
            )
            made.append(publish(draft(words, editor, now).id, 1, editor, now))
        return [(one.id, one.slug) for one in made]


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
    page.goto(path)
    page.wait_for_load_state("networkidle")
    page.evaluate(
        "document.querySelectorAll('main article *').forEach(e => e.dispatchEvent(new MouseEvent('mouseover')))"
    )
    assert page.evaluate("window.ran") is None, path
    assert page.evaluate("location.pathname") == path


def test_all_of_them_on_one_page(served: Flask, readers: list[tuple[Page, list[str]]]) -> None:
    [(number, slug)] = stored(served, HOSTILE[:1], "\n\n".join(HOSTILE))
    for page, complaints in readers:
        read(page, f"/ogloszenia/{slug}")
        assert complaints == []
    page, complaints = readers[1]
    read(page, f"/panel/ogloszenia/{number}")
    read(page, f"/panel/ogloszenia/{number}/edytuj")
    assert complaints == []


@pytest.mark.torture
def test_each_of_them_alone(served: Flask, readers: list[tuple[Page, list[str]]]) -> None:
    pages = stored(served, HOSTILE)
    for page, complaints in readers:
        for _number, slug in pages:
            read(page, f"/ogloszenia/{slug}")
        for path in ("/ogloszenia", "/mapa-strony", "/"):
            read(page, path)
        assert complaints == []
    page, complaints = readers[1]
    for number, _slug in pages:
        read(page, f"/panel/ogloszenia/{number}")
    read(page, "/panel/ogloszenia")
    assert complaints == []
