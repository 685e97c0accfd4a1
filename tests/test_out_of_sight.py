"""What is a draft, planned, withdrawn or hidden is nowhere: a visitor tries every door, with every word and address of it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask

from portal import clock
from portal.accounts.models import Account, account_called
from portal.announcements import actions
from portal.announcements.actions import Draft, Words
from portal.benefits.models import benefit_called
from portal.db import action
from portal.demo.load import ACCOUNTS
from portal.foster.models import questions
from portal.foster.questions import TEXTS, save_question
from portal.media.actions import add
from portal.media.models import Medium
from portal.media.storing import store_document, store_film
from portal.pages import actions as pages
from portal.pages.actions import Text
from portal.programmes.models import programme_called
from tests.client import Client
from tests.conftest import NOW, browse, only_sqlite
from tests.parts import files

pytestmark = only_sqlite

WORD = "Kwiatuszkowo"
SLUG = "kwiatuszkowo-zaprasza"
TEXT = Draft(
    f"{WORD} zaprasza",
    f"{WORD} w leadzie.",
    f"{WORD} w treści.",
    "centre",
    NOW.date() + timedelta(days=40),
    easy_text=f"{WORD} łatwo.",
)
LISTS = (
    *(
        "/",
        "/ogloszenia",
        "/ogloszenia?kategoria=centre",
        "/ogloszenia/archiwum",
        "/ogloszenia.atom",
        "/mapa-strony",
    ),
    *(
        "/sitemap.xml",
        f"/szukaj?q={WORD.lower()}",
        "/szukaj?q=zaprasza",
        "/swiadczenia",
        "/programy",
        "/rodzicielstwo-zastepcze",
    ),
    *("/uk/", "/uk/ogloszenia", "/uk/ogloszenia.atom", f"/uk/szukaj?q={WORD.lower()}", "/en/mapa-strony"),
)


Do = Callable[..., Any]


@pytest.fixture
def do(app: Flask) -> Do:
    """Runs a deed in a context of its own, so that no request sees what another one has remembered."""

    def run(deed: Callable[..., Any], *args: Any, **named: Any) -> Any:
        with app.app_context():
            return deed(*args, **named)

    return run


@pytest.fixture
def editor_account(do: Do) -> Account:
    account = do(account_called, ACCOUNTS[0].login)
    assert isinstance(account, Account)
    return account


@pytest.fixture
def film(do: Do, editor_account: Account, tmp_path: Path) -> Medium:
    source, captions = tmp_path / "film", tmp_path / "captions"
    source.write_bytes(files.WEBM)
    captions.write_bytes(files.CAPTIONS)
    stored = store_film(tmp_path / "media", source, captions)
    medium = do(add, stored, {"title": f"{WORD} w filmie", "transcript": WORD}, editor_account, NOW)
    assert isinstance(medium, Medium)
    return medium


def addresses_of(slug: str) -> Iterator[str]:
    for prefix in ("", "/uk", "/en"):
        for path in (
            f"/ogloszenia/{slug}",
            f"/ogloszenia/{slug}/latwy-tekst",
            f"/ogloszenia/{slug}?druk=1",
            f"/{slug}",
        ):
            yield prefix + path


def found(visitor: Client, *more: str, medium: Medium | None = None) -> set[str]:
    """The addresses at which the word, or a file, is seen by somebody without an account."""
    seen = set()
    for address in (*LISTS, *more):
        answer = visitor.get(address)
        body = answer.get_data(as_text=True)
        if answer.status_code == 200 and (WORD in body or SLUG in body):
            seen.add(address)
    for file, address in _files_of(medium):
        answer = visitor.get(address)
        if answer.status_code == 200:
            seen.add(file)
        answer.close()
    return seen


def _files_of(medium: Medium | None) -> list[tuple[str, str]]:
    return [(file, f"/media/{medium.name}/{file}") for file in medium.files] if medium else []


def test_a_draft_a_plan_and_what_was_withdrawn_are_nowhere(
    app: Flask, do: Do, editor: Client, editor_account: Account, film: Medium, frozen: time_machine.Traveller
) -> None:
    by, visitor = editor_account, browse(app)
    item = do(actions.draft, TEXT, by, NOW)
    do(actions.translate, item.id, Words("uk", f"{WORD} uk", f"{WORD} uk", f"{WORD} uk"), 1, by, NOW)
    do(actions.attach, item.id, [film.id], 2, by, NOW)
    everywhere = [*addresses_of(item.slug)]
    assert found(visitor, *everywhere, medium=film) == set(), "a draft"
    with editor.get(f"/media/{film.name}/{film.main_file}") as answer:
        assert answer.status_code == 200, "who edits sees its film"
    do(actions.publish, item.id, 3, by, NOW, at=NOW + timedelta(hours=2))
    assert found(visitor, *everywhere, medium=film) == set(), "planned"
    frozen.shift(timedelta(hours=2))
    seen = found(visitor, *everywhere, medium=film)
    assert {
        f"/ogloszenia/{item.slug}",
        f"/uk/ogloszenia/{item.slug}",
        f"/szukaj?q={WORD.lower()}",
        *film.files,
    } <= seen
    assert {"/", "/ogloszenia", "/ogloszenia.atom", "/mapa-strony", "/sitemap.xml", "/uk/ogloszenia"} <= seen
    other = replace(TEXT, body="Inna treść Zatajewo", easy_text="", media=())
    do(actions.revise, item.id, other, 3, by, clock.now())
    assert all(
        "Zatajewo" not in visitor.get(address).get_data(as_text=True) for address in [*LISTS, *everywhere]
    )
    do(actions.withdraw, item.id, by, clock.now())
    assert found(visitor, *everywhere, medium=film) == set(), "withdrawn"
    assert found(visitor, *addresses_of("kwiatuszkowo")) == set()


def test_what_is_over_is_only_in_the_archive(
    app: Flask, do: Do, editor_account: Account, frozen: time_machine.Traveller
) -> None:
    item = do(actions.draft, TEXT, editor_account, NOW)
    do(actions.publish, item.id, 1, editor_account, NOW)
    frozen.move_to(datetime.combine(TEXT.valid_until + timedelta(days=2), NOW.timetz()))
    seen = found(browse(app), *addresses_of(item.slug))
    own = {address for address in addresses_of(item.slug) if "/ogloszenia/" in address}
    assert seen - own == {"/ogloszenia/archiwum"}
    assert "archi" in browse(app).visit(f"/ogloszenia/{item.slug}").text


def test_another_text_of_a_page_takes_its_files_along(
    app: Flask, do: Do, editor_account: Account, tmp_path: Path
) -> None:
    by, visitor = editor_account, browse(app)
    (tmp_path / "pdf").write_bytes(files.pdf())
    paper = do(add, store_document(tmp_path / "media", tmp_path / "pdf"), {"title": f"{WORD}"}, by, NOW)
    text = Text(
        f"{WORD} zaprasza", "", f"{WORD} w leadzie", f"{WORD} w treści", f"{WORD} łatwo", media=[paper.id]
    )
    page = do(pages.draft, SLUG, text, by, NOW)
    own = (f"/{SLUG}", f"/uk/{SLUG}")
    assert found(visitor, *own, medium=paper) == set(), "a draft"
    do(pages.publish, page.id, 1, by, NOW)
    assert {f"/{SLUG}", f"/szukaj?q={WORD.lower()}", "/mapa-strony", "/sitemap.xml", "dokument.pdf"} <= found(
        visitor, *own, medium=paper
    )
    linked = replace(text, media=[], body=f"{WORD}: [wniosek](/media/{paper.name}/dokument.pdf)")
    do(pages.revise, page.id, linked, 1, by, NOW)
    do(pages.publish, page.id, 2, by, NOW, reason="Odnośnik")
    assert "dokument.pdf" in found(visitor, medium=paper), "a link in a text shows it as well"
    do(pages.withdraw, page.id, by, NOW)
    assert found(visitor, *own, medium=paper) == set(), "withdrawn"


@action
def hide(called: Callable[[str], Any], slug: str) -> None:
    row = called(slug)
    row.title, row.summary, row.is_shown = f"{WORD} zaprasza", WORD, False


def test_hidden_facts_are_nowhere(app: Flask, do: Do, editor_account: Account) -> None:
    visitor = browse(app)
    do(hide, benefit_called, "becikowe")
    do(hide, programme_called, "bez-przemocy")
    question = do(questions)[0]
    words = {name: f"{WORD}?" if name in {"question", "answer"} else "" for name in TEXTS}
    do(save_question, question.id, question.version, words | {"is_shown": False}, editor_account, NOW)
    own = (
        "/swiadczenia/becikowe",
        "/programy/bez-przemocy",
        "/uk/programy/bez-przemocy",
        "/rodzicielstwo-zastepcze/",
    )
    assert found(visitor, *own) == set()
    assert visitor.get("/swiadczenia/becikowe").status_code == 404
    assert visitor.get("/programy/bez-przemocy").status_code == 404


def test_a_file_that_a_text_names_is_seen_while_the_text_is_read(
    do: Do, editor_account: Account, film: Medium, resident: Client
) -> None:
    """`{plik: 1}` counts as what hangs on the text does."""
    item = do(actions.draft, replace(TEXT, body=f"{WORD} {{plik: {film.id}}}"), editor_account, NOW)
    files_of = f"/media/{film.name}/{film.main_file}"
    assert resident.get(files_of).status_code == 404
    do(actions.publish, item.id, 1, editor_account, NOW)
    with resident.get(files_of) as answer:
        assert answer.status_code == 200
    do(actions.withdraw, item.id, editor_account, NOW)
    assert resident.get(files_of).status_code == 404
