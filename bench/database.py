"""The portal's database, asked directly: how fast it commits, what a booking costs without HTTP, what it has sold."""

import sqlite3
from collections.abc import Iterator
from secrets import token_hex
from time import perf_counter, process_time
from typing import Any

import psycopg
from flask import Flask
from sqlalchemy import event, func, select

from bench.content import release
from bench.load import Load, repeated, together
from portal import clock
from portal.app import create_app
from portal.booking.actions import Wish, book
from portal.booking.models import Booking, Place
from portal.db import POSTGRES_OPTIONS, _prepare_sqlite, db
from portal.programmes.models import service_called


class Statements:
    """Counts what a portal in this process asks its database; `BEGIN` is not counted."""

    def __init__(self, app: Flask) -> None:
        self.made = 0
        with app.app_context():
            event.listen(db.engine, "before_cursor_execute", self._count)

    def _count(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        self.made += not statement.startswith("BEGIN")


def commits(url: str, connections: int, seconds: float) -> Load:
    """Insert one row and commit, again and again, as durably as the portal does, without Flask and SQLAlchemy."""
    table = _connect(url)
    table.execute("CREATE TABLE IF NOT EXISTS bench_commit (word TEXT)")
    table.close()
    return together(lambda until: _commit_until(until, url), connections, seconds, process_time)


def _commit_until(until: float, url: str) -> list[float]:
    connection = _connect(url)
    try:
        return repeated(lambda: connection.execute("INSERT INTO bench_commit (word) VALUES ('row')"), until)
    finally:
        connection.close()


def _connect(url: str) -> Any:
    """A connection with the portal's own settings, on which every statement is a transaction."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        _prepare_sqlite(connection, None)
        return connection
    return psycopg.connect(url.replace("+psycopg", ""), options=POSTGRES_OPTIONS, autocommit=True)


class Desk:
    """A portal in this process that books without pages, as staff at a desk would."""

    def __init__(self) -> None:
        self._app = create_app()
        self._statements = Statements(self._app)
        with self._app.app_context():
            service = service_called("a1")
            assert service
            self._service_id = service.id

    def book(self, slot: int) -> int:
        """Book one place and say with how many SQL statements."""
        form, before = token_hex(), self._statements.made
        wish = Wish(self._service_id, slot, "Jan", "email", "jan@example.com", "pl", form, form)
        with self._app.app_context():
            book(wish, clock.now())
        return self._statements.made - before

    def book_until_over(self, places: Iterator[int], seconds: float) -> Load:
        """Book, one place after another, until the time is over or no place is left."""
        before, begun = process_time(), perf_counter()
        times = repeated(lambda: self.book(next(places)), begun + seconds)
        return Load(times, perf_counter() - begun, process_time() - before)

    def sold(self, slot: int) -> tuple[int, int]:
        """How many bookings stand in this slot, and how many of its places are booked."""
        stand = select(func.count()).where(Booking.slot_id == slot, Booking.status == "confirmed")
        booked = select(func.count()).where(Place.slot_id == slot, Place.state == "booked")
        with self._app.app_context():
            return db.session.scalar(stand) or 0, db.session.scalar(booked) or 0

    def close(self) -> None:
        release(self._app)
