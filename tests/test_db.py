"""Reading: one state to the end. Writing: one transaction at a time on SQLite, in turn, while everybody else reads on."""

import threading
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from portal.db import action, db
from portal.programmes.models import Service
from tests.conftest import only_sqlite


@action
def rename(name: str) -> None:
    db.session.execute(update(Service).values(public_name=name))


@action
def rename_slowly(name: str, begun: threading.Event, end: threading.Event) -> None:
    """Writes, and keeps the transaction open until it is told to end."""
    rename(name)
    begun.set()
    assert end.wait(10)


def names() -> set[str]:
    found = set(db.session.scalars(select(Service.public_name)))
    db.session.rollback()
    return found


def test_whoever_reads_sees_one_state_whatever_others_save(app: Flask) -> None:
    """What a page has read first and what it asks for later belong together: on a list of what is done there is nothing that it has
    seen undone."""
    with app.app_context():
        before = set(db.session.scalars(select(Service.public_name)))
        with app.app_context():  # somebody else's page
            rename("Nazwa")
            assert names() == {"Nazwa"}
        assert set(db.session.scalars(select(Service.public_name))) == before
        rename("Inna")  # a writer starts from the newest state
        assert names() == {"Inna"}


@only_sqlite
def test_writers_take_turns_and_readers_do_not_wait(app: Flask) -> None:
    events = [(threading.Event(), threading.Event()) for _ in range(2)]

    def write(number: int) -> None:
        with app.app_context():
            rename_slowly(f"Nazwa {number}", *events[number])
            db.session.remove()

    writers = [threading.Thread(target=write, args=(number,)) for number in range(2)]
    writers[0].start()
    assert events[0][0].wait(10)
    writers[1].start()
    assert not events[1][0].wait(0.3), "the second one waits for its turn"
    with app.app_context():
        assert not names() & {"Nazwa 0", "Nazwa 1"}, "nobody sees what is not written yet"
        events[0][1].set()
        assert events[1][0].wait(10)
        assert names() == {"Nazwa 0"}
        events[1][1].set()
        for writer in writers:
            writer.join(10)
        assert names() == {"Nazwa 1"}


@only_sqlite
def test_a_turn_ends_with_a_writer_that_fails(app: Flask, tmp_path: Path) -> None:
    @action
    def fail() -> None:
        raise ZeroDivisionError

    with app.app_context():
        for _time in range(2):
            with pytest.raises(ZeroDivisionError):
                fail()
    assert (tmp_path / "portal.sqlite-turn").exists()


@only_sqlite
def test_a_folder_that_cannot_be_written_is_a_database_that_does_not_answer(
    app: Flask, tmp_path: Path
) -> None:
    (tmp_path / "portal.sqlite-turn").unlink(missing_ok=True)
    (tmp_path / "portal.sqlite-turn").mkdir()
    with app.app_context(), pytest.raises(OperationalError, match="directory"):
        rename("Nazwa")
