"""What two texts differ in, side by side: paragraph beside paragraph, and in each the words that have gone and those that are new."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

from portal.typography import BREAK, typography

WORDS = re.compile(r"\s+|[^\s]+")
ALIKE = 0.3


@dataclass(frozen=True)
class Piece:
    """Words that are the `same` on both sides, `gone` from the old one, or `new`."""

    kind: str
    text: str


@dataclass(frozen=True)
class Row:
    """A paragraph of the old text beside one of the new; either may be missing."""

    old: Sequence[Piece]
    new: Sequence[Piece]

    @property
    def differs(self) -> bool:
        """Whether anything has changed in it."""
        return any(piece.kind != "same" for piece in (*self.old, *self.new))


@dataclass(frozen=True)
class Difference:
    """Both sides of one field that differs."""

    label: str
    rows: Sequence[Row]


def differences(fields: Iterable[tuple[str, str, str]]) -> list[Difference]:
    """The fields that differ, from their label, old text and new text."""
    return [Difference(label, side_by_side(old, new)) for label, old, new in fields if old != new]


def side_by_side(old: str, new: str) -> list[Row]:
    """All of both texts, paragraph beside paragraph."""
    before, after = (_paragraphs(text) for text in (old, new))
    rows: list[Row] = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, before, after).get_opcodes():
        if kind == "equal":
            rows += [Row(*(_printed([Piece("same", text)]),) * 2) for text in before[i1:i2]]
        else:
            rows += _changed(before[i1:i2], after[j1:j2])
    return rows


def _paragraphs(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def _changed(old: Sequence[str], new: Sequence[str]) -> Iterator[Row]:
    for before, after in zip_longest(old, new):
        if before is None or after is None or SequenceMatcher(None, before, after).ratio() < ALIKE:
            yield from _apart(before, after)
        else:
            yield Row(*(_printed(side) for side in _words(before, after)))


def _apart(before: str | None, after: str | None) -> Iterator[Row]:
    """Two paragraphs that have nothing to do with each other."""
    if before is not None:
        yield Row(_printed([Piece("gone", before)]), ())
    if after is not None:
        yield Row((), _printed([Piece("new", after)]))


def _words(before: str, after: str) -> tuple[list[Piece], list[Piece]]:
    old, new = WORDS.findall(before), WORDS.findall(after)
    gone: list[Piece] = []
    come: list[Piece] = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, old, new).get_opcodes():
        is_same = "same" if kind == "equal" else ""
        gone += [Piece(is_same or "gone", "".join(old[i1:i2]))] if i2 > i1 else []
        come += [Piece(is_same or "new", "".join(new[j1:j2]))] if j2 > j1 else []
    return gone, come


def _printed(pieces: Sequence[Piece]) -> list[Piece]:
    texts = typography(BREAK.join(piece.text.replace(BREAK, "") for piece in pieces)).split(BREAK)
    return [Piece(piece.kind, text) for piece, text in zip(pieces, texts, strict=True)]
