"""What frames every page: the menu, the shortcuts and the logos, each taken as a whole, and the urgent banner."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select

from portal.db import db
from portal.front.models import Logo, MenuItem, Shortcut, UrgentBanner
from portal.media.models import Medium
from portal.moving.files import Entry
from portal.moving.kind import Kind, Move, all_together, one_by_one
from portal.moving.rows import change, facts_of, filled, there, values_of
from portal.text import slug_of

BANNER = "komunikat"


@dataclass(frozen=True)
class Row:
    """A list whose entries have a place in it; `text` is the column that is the text of a file, if any, and `also` a fact that
    names the medium of an entry."""

    folder: str
    kind: type[Any]
    text: str = ""
    also: tuple[str, ...] = ()

    def entries(self) -> list[Entry]:
        """The list as it stands."""
        rows = db.session.scalars(select(self.kind).order_by(self.kind.position, self.kind.id))
        return [self._entry(number, row) for number, row in enumerate(rows, 1)]

    def _entry(self, number: int, row: Any) -> Entry:
        text = getattr(row, self.text) if self.text else ""
        return Entry(f"{self.folder}/{number:02}-{slug_of(row.label)}.md", self.facts(row), text)

    def facts(self, row: Any) -> dict[str, Any]:
        """What an entry says beside its text."""
        return facts_of(row, (self.text,)) | {name: getattr(row, name).name for name in self.also}

    def values(self, entry: Entry) -> dict[str, Any]:
        """The same from a file, by column. Raises `Wrong`."""
        values = values_of(entry, self.kind, (self.text,), also=self.also)
        return filled(self.kind, values, (self.text,)) | {name: _medium(entry, name) for name in self.also}


def _export(row: Row, _media: Path | None) -> Iterator[Entry]:
    yield from row.entries()


def _bring(row: Row, entries: list[Entry], _move: Move) -> None:
    """The list as a whole: half of one and half of another make none."""
    wanted = [row.values(entry) for entry in entries]
    texts = [entry.text for entry in entries]
    there_is = [(row.facts(row.kind(**one)), text) for one, text in zip(wanted, texts, strict=True)]
    if there_is == [(entry.facts, entry.text) for entry in row.entries()]:
        return
    for old in db.session.scalars(select(row.kind)):
        db.session.delete(old)
    for one, text in zip(wanted, texts, strict=True):
        db.session.add(row.kind(**one, **({row.text: text} if row.text else {})))


def _medium(entry: Entry, fact: str) -> Medium:
    name = entry.facts.get(fact)
    medium: Medium | None = there(Medium, name=name) if isinstance(name, str) else None
    if medium is None:
        raise entry.wrong(f"there is no medium {name!r}", fact)
    return medium


def _export_banner(_media: Path | None) -> Iterator[Entry]:
    for banner in db.session.scalars(select(UrgentBanner)):
        yield Entry(f"pilny-komunikat/{BANNER}.md", facts_of(banner, ("text",)), banner.text)


def _bring_banner(entries: list[Entry], _move: Move) -> UrgentBanner:
    [entry] = entries
    if entry.stem != BANNER:
        raise entry.wrong(f"the only file here is {BANNER}.md")
    values = filled(UrgentBanner, values_of(entry, UrgentBanner, ("text",)), ("text",))
    if values["is_shown"] and not entry.text:
        raise entry.wrong("a banner that is shown needs a text", "is_shown")
    banner: UrgentBanner = there(UrgentBanner, id=1) or UrgentBanner(id=1)
    db.session.add(banner)
    change(banner, values | {"text": entry.text})
    return banner


FRAME = (
    *(
        Kind(row.folder, (row.kind,), partial(_export, row), partial(_bring, row), all_together)
        for row in (
            Row("menu", MenuItem),
            Row("skroty", Shortcut, "description"),
            Row("loga", Logo, also=("medium",)),
        )
    ),
    Kind("pilny-komunikat", (UrgentBanner,), _export_banner, _bring_banner, one_by_one),
)
