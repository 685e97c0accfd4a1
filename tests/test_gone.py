"""What a page is about may be taken away while somebody reads it or fills in its form: words, never an error, and nothing typed lost."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from flask import Flask
from time_machine import Traveller

from portal import db as database
from portal.db import db
from tests.client import Client
from tests.conftest import only_sqlite, signed_in
from tests.test_fuzz import Fuzzer

TAKEN_AWAY = (  # whatever a colleague, a resident or the night can take away at all
    *("shortcut", "menu_item", "logo", "benefit_amount", "closure", "contact", "announcement_old_address"),
    *("participant", "individual_meeting", "attendance", "conflict", "opening", "booking_pair"),
    *("booking_person", "enquiry_person", "access_request_person", "interpreter_request"),
    *("passkey", "recovery_code", "calendar_feed", "kept_form", "heirloom"),
)
GONE = "Tego już tu nie ma"
NOTE = "Zajęcia dla młodzieży w każdą środę od szesnastej, bez zapisów."


class Meanwhile:
    """Somebody who takes all that away just before the next deed begins, and brings it back."""

    def __init__(self, file: str) -> None:
        self._file, self._kept, self.waits = file, sqlite3.connect(":memory:"), False

    @contextmanager
    def prepared(self) -> Iterator[None]:
        with closing(sqlite3.connect(self._file)) as live:
            live.backup(self._kept)
        self.waits = True
        yield
        self.waits = False
        with closing(sqlite3.connect(self._file)) as live:
            self._kept.backup(live)

    def take_away(self) -> None:
        if self.waits:
            self.waits = False
            with closing(sqlite3.connect(self._file, isolation_level=None)) as live:
                for table in TAKEN_AWAY:
                    live.execute(str(db.metadata.tables[table].delete()))


@pytest.fixture
def meanwhile(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    with app.app_context():
        file = db.engine.url.database
    assert file
    somebody, turn = Meanwhile(file), database._turn

    @contextmanager
    def late() -> Iterator[None]:
        somebody.take_away()
        with turn():
            yield

    monkeypatch.setattr(database, "_turn", late)
    return somebody


@only_sqlite
@pytest.mark.parametrize("role", ["interviewer", "administrator"])
def test_whatever_goes_just_before_a_deed_the_answer_is_in_words(
    app: Flask, role: str, meanwhile: Meanwhile, frozen: Traveller
) -> None:
    """`Fuzzer.open` refuses an answer that is an error, or shows a trace."""
    fuzzer = Fuzzer(app, role, 5, frozen)
    answers = list[int]()
    for address in fuzzer.addresses:
        with meanwhile.prepared():
            fuzzer.open(address)
    for address, values in fuzzer.kinds_of_forms():
        with meanwhile.prepared():
            answer = fuzzer.open(address, values)
            answers += [] if meanwhile.waits else [answer]
    assert answers.count(303) > 10
    assert answers.count(404) >= {"interviewer": 1, "administrator": 15}[role]


@pytest.mark.pages
def test_what_was_typed_about_a_thing_that_is_gone_comes_back(app: Flask, editor: Client) -> None:
    page = editor.visit("/panel/kontakty/jednostka/6")
    colleague = signed_in(app, "administrator")
    colleague.submit(colleague.visit("/panel/kontakty/jednostka/6"), "Usuń")
    answer = editor.submit(page, "Zapisz", helps_with=NOTE)
    assert answer.status == 404
    assert answer.h1 == GONE
    assert NOTE in answer.text
    assert "od nowa" not in answer.text, "there is no form to open"
    assert editor.visit("/panel/kontakty/jednostka/6").h1 != GONE, "whoever only looks is told of the address"
