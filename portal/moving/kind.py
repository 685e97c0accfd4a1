"""What a kind of content needs to move: how its rows become files, and how the files of one item become rows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from portal.moving.files import Entry


@dataclass
class Move:
    """A folder that is being brought in at `now`. The files of media go to the folder `media` (None: the portal keeps none);
    `placed` are those that lie there already because of it, `missing` those that lie nowhere."""

    now: datetime
    media: Path | None
    is_dry: bool = False
    placed: list[Path] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Kind:
    """A part of the folder. `models` are the tables that it keeps; `bring` takes the files of one item and answers its row, or
    None where there is none in particular; `items` tells which files make one item."""

    folder: str
    models: tuple[type[Any], ...]
    export: Callable[[Path | None], Iterator[Entry]]
    bring: Callable[[list[Entry], Move], Any]
    items: Callable[[list[Entry]], dict[str, list[Entry]]]


def one_by_one(entries: list[Entry]) -> dict[str, list[Entry]]:
    """Each file is an item."""
    for entry in entries:
        if len(PurePosixPath(entry.name).parts) != 2:
            raise entry.wrong("the file must lie in the folder of its kind itself")
    return {entry.stem: [entry] for entry in entries}


def by_folder(entries: list[Entry]) -> dict[str, list[Entry]]:
    """Each folder is an item."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        parts = PurePosixPath(entry.name).parts
        if len(parts) != 3:
            raise entry.wrong("the file must lie in the folder of its item, such as ogloszenia/nabor/1.md")
        found.setdefault(parts[1], []).append(entry)
    return found


def all_together(entries: list[Entry]) -> dict[str, list[Entry]]:
    """All files are one thing."""
    one_by_one(entries)
    return {"": entries} if entries else {}
