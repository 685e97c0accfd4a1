"""A sealed value opens in its own cell and in no other: whoever moves it to another row, column or table gets nothing (S65, S67)."""

from collections.abc import Sequence
from itertools import permutations
from typing import Any, NamedTuple

import pytest
from flask import Flask
from sqlalchemy import select

from portal import clock
from portal.accounts.keeping import keep
from portal.accounts.models import Account
from portal.crypto import Sealed, Unreadable, sealed_in
from portal.db import Base, db
from portal.groups.certificates import issue
from portal.keys import Heirloom
from tests.parts.filled import fill

pytestmark = pytest.mark.parametrize("kind", ["sqlite"])


class Cell(NamedTuple):
    """A sealed value where it is kept."""

    row: Any
    sealed: Sealed

    @property
    def kept(self) -> str:
        return str(getattr(self.row, self.sealed.column))

    @property
    def text(self) -> str:
        return str(self.sealed.__get__(self.row, type(self.row)))

    def opens(self, kept: str) -> bool:
        """Whether the cell shows anything when somebody writes this into it."""
        before = self.kept
        setattr(self.row, self.sealed.column, kept)
        try:
            return bool(self.text)
        except Unreadable:
            return False
        finally:
            setattr(self.row, self.sealed.column, before)

    def __str__(self) -> str:
        return f"{self.row.__tablename__}.{self.sealed.column}"


def two_of_each() -> list[Cell]:
    """The cells of two rows of every class that seals, with a text of its own in each."""
    found = []
    for mapper in Base.registry.mappers:
        if columns := sealed_in(mapper.class_):
            rows = db.session.scalars(select(mapper.class_).limit(2)).all()
            assert len(rows) == 2, f"put two rows of {mapper.class_.__name__} into the scene"
            found += [Cell(row, sealed) for row in rows for sealed in columns]
    for number, cell in enumerate(found):
        cell.sealed.__set__(cell.row, f"text {number}")
    return found


def add_what_is_not_there(accounts: Sequence[Account]) -> None:
    issue("reporting", 2, "Ewa Druga", accounts[0], clock.now())
    for account in accounts:
        keep(account.id, "/panel", [("name", "Anna")], clock.now())
    for name in ("old|one", "old|other"):
        heirloom = Heirloom(name=name, made_at=clock.now())
        heirloom.secret = "00"
        db.session.add(heirloom)
    db.session.commit()


def test_a_sealed_value_opens_in_no_other_cell(app: Flask, context: None) -> None:
    fill(app)
    add_what_is_not_there(db.session.scalars(select(Account).limit(2)).all())
    with db.session.no_autoflush:
        cells = two_of_each()
        assert [cell.text for cell in cells] == [f"text {number}" for number in range(len(cells))]
        moved = [f"{one} into {other}" for one, other in permutations(cells, 2) if other.opens(one.kept)]
        assert moved == []
        db.session.rollback()
