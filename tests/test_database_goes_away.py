"""The database hangs up in the middle of a page, at whichever question: the page says when to come again and whom to call (S13)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from flask import Flask, request_finished
from sqlalchemy import Connection, event, func, select

from portal.booking.models import Booking
from portal.db import db
from tests.client import Client
from tests.conftest import signed_in

only_postgres = pytest.mark.parametrize("kind", [pytest.param("postgres", marks=pytest.mark.postgres)])


@dataclass
class Line:
    """What is asked of the database over one line, which breaks at the question of this number or, when so many are not asked,
    as soon as the answer is ready."""

    breaks_at: int
    asked: list[str] = field(default_factory=list)
    last: Connection | None = None

    @property
    def is_broken(self) -> bool:
        return len(self.asked) >= self.breaks_at

    def hear(self, connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        """A question."""
        self.asked.append(statement)
        self.last = connection
        if len(self.asked) == self.breaks_at:
            self._break()

    def commits(self, connection: Connection) -> None:
        """That all of it shall stand is a question too."""
        self.hear(connection, None, "COMMIT")

    def refuses(self, *_how: object) -> None:
        """Nobody gets another line."""
        if self.is_broken:
            raise psycopg.OperationalError("it is away")

    def ends(self, *_whose: object, **_what: object) -> None:
        """The answer is ready."""
        if not self.is_broken and self.last is not None and not self.last.closed:
            self._break()

    def _break(self) -> None:
        assert self.last
        driver: Any = self.last.connection.driver_connection
        with psycopg.connect(driver.info.dsn, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (driver.info.backend_pid,))


@contextmanager
def breaking(app: Flask, at: int, *, stays_away: bool = False) -> Iterator[Line]:
    """While this lasts the database hangs up once, and answers again at once unless it `stays_away`."""
    line = Line(at)
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", line.hear)
    event.listen(engine, "commit", line.commits)
    if stays_away:
        event.listen(engine, "do_connect", line.refuses)
    try:
        with request_finished.connected_to(line.ends, app):
            yield line
    finally:
        event.remove(engine, "before_cursor_execute", line.hear)
        event.remove(engine, "commit", line.commits)
        if stays_away:
            event.remove(engine, "do_connect", line.refuses)


@only_postgres
@pytest.mark.parametrize("address", ["/", "/umow-rozmowe/a1/termin", "/panel/zadania", "/panel/nie-ma"])
@pytest.mark.parametrize("stays_away", [False, True])
def test_a_page_whose_database_hangs_up(app: Flask, resident: Client, address: str, stays_away: bool) -> None:
    client = signed_in(app, "interviewer") if address.startswith("/panel") else resident
    client.visit(address)
    seen: list[int] = []
    is_over = False
    while not is_over:
        with breaking(app, len(seen) + 1, stays_away=stays_away) as line:
            answer = client.get(address)
        is_over = len(line.asked) <= len(seen)
        seen.append(answer.status_code)
        if answer.status_code == 503:
            assert answer.headers["Retry-After"] == "30"
            assert 'href="tel:' in answer.text
    assert seen[0] == 503 or address == "/"
    as_ever = 404 if address.endswith("nie-ma") else 200
    assert set(seen) <= {as_ever, 503}
    assert seen[-1] == as_ever, "it was ready"


@only_postgres
def test_whoever_books_while_the_database_hangs_up_books_once_in_the_end(
    app: Flask, resident: Client
) -> None:
    page = resident.visit("/umow-rozmowe/a1/termin")
    page = resident.submit(page, "Dalej", slot=page.radios("slot")[0])
    page = resident.submit(page, "Dalej")
    page = resident.submit(page, "Dalej", name="Ktoś", channel="email", email="ktos@example.com")
    before, answers = bookings(app), [503]
    while answers[-1] == 503:
        with breaking(app, len(answers)):
            answers.append(resident.press(page, "Zarezerwuj termin").status_code)
    assert answers[-1] == 303
    assert len(answers) > 10
    assert resident.get("/umow-rozmowe/a1/potwierdzenie").status_code == 200
    assert bookings(app) == before + 1


def bookings(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Booking)) or 0
