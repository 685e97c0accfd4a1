"""Whoever was erased stands in a journal outside the database: not before, and never too late."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select

from portal import clock
from portal.booking.actions import Wish, book
from portal.booking.models import BookingPerson
from portal.db import action, db
from portal.erasures import NAME, erased_since, note_erased
from portal.programmes.models import Service
from tests.conftest import free_slots

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / NAME


@action
def erase(*numbers: int, fail: bool = False) -> None:
    for number in numbers:
        note_erased("booking", number)
        db.session.execute(delete(BookingPerson).where(BookingPerson.booking_id == number))
    if fail:
        raise ZeroDivisionError


def people() -> int:
    return db.session.scalar(select(func.count()).select_from(BookingPerson)) or 0


def test_who_was_erased_is_noted_here_and_beside_the_backups(journal: Path, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    before = clock.now()
    erase(3, 4)
    erase(4)
    assert erased_since(before, journal) == [("booking", 3), ("booking", 4)]
    assert erased_since(before, tmp_path / "backups" / NAME) == [("booking", 3), ("booking", 4)]
    assert erased_since(before + timedelta(hours=2), journal) == []
    assert journal.stat().st_mode & 0o777 == 0o600


def test_what_was_not_done_is_not_noted(journal: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        erase(3, fail=True)
    erase(4)
    assert erased_since(clock.now(), journal) == [("booking", 4)]
    with pytest.raises(RuntimeError, match="inside the action"):
        note_erased("booking", 5)


def test_without_its_journal_nothing_is_erased(journal: Path, service: Service) -> None:
    wish = Wish(service.id, free_slots()[0], "Żaneta", "email", "osoba@example.com", "pl", "form", "hold")
    booked = book(wish, clock.now()).booking_id
    journal.mkdir()
    with pytest.raises(IsADirectoryError):
        erase(booked)
    assert people() == 1
    journal.rmdir()
    erase(booked)
    assert people() == 0


def test_a_torn_line_hides_no_other(journal: Path, tmp_path: Path) -> None:
    erase(3)
    with journal.open("a") as file:
        file.write("2026-11-22T10:0")
    erase(4)
    copy = tmp_path / "copy"
    copy.write_text(journal.read_text())
    erase(5)
    assert erased_since(clock.now(), copy, journal) == [("booking", 3), ("booking", 4), ("booking", 5)]
