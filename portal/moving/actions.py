"""Bringing a folder of content into the portal, all or nothing, and taking everything out as such a folder."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import DataError, IntegrityError

from portal.accounts.audit import record
from portal.db import action, db, violated
from portal.moving.files import Entry, Wrong, entries, write
from portal.moving.kind import Kind, Move
from portal.moving.kinds import KINDS
from portal.moving.media import with_names, with_numbers

UNFINISHED = ".part"


@dataclass
class Moved:
    """What an import has done, or would do: the items of each kind by what became of them, and the files of media that lie
    neither in the folder nor in the portal."""

    added: dict[str, list[str]] = field(default_factory=dict)
    changed: dict[str, list[str]] = field(default_factory=dict)
    same: dict[str, int] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


class _TakenBack(Exception):
    """An import that was only tried, and what it would have done."""

    def __init__(self, moved: Moved) -> None:
        self.moved = moved


def import_content(folder: Path, media: Path | None, now: datetime, *, is_dry: bool = False) -> Moved:
    """Bring in what the folder has: what the portal does not know is added, what says something else is changed, nothing is
    taken away but entries of the menu and of the shortcuts, which are taken as a whole. Running it again changes nothing.
    Files of media go to the folder `media`. With `is_dry` all of it is tried and taken back.

    Raises `Wrong` with file and line; then nothing has changed.
    """
    found, move = entries(folder), Move(now, media, is_dry)
    known = {kind.folder for kind in KINDS}
    for entry in found:
        first, _, rest = entry.name.partition("/")
        if first not in known or not rest:
            raise Wrong(entry.name, None, f"nobody knows this place; known are: {', '.join(sorted(known))}")
    try:
        return _import(found, move)
    except _TakenBack as tried:
        return tried.moved
    except BaseException:
        _remove(move.placed)
        raise


def _remove(files: list[Path]) -> None:
    for path in files:
        path.unlink(missing_ok=True)
        if not any(path.parent.iterdir()):
            path.parent.rmdir()


@action
def _import(found: list[Entry], move: Move) -> Moved:
    moved = Moved(missing=move.missing)
    move.missing.clear()
    for kind in KINDS:
        _import_kind(
            kind, [entry for entry in found if entry.name.startswith(f"{kind.folder}/")], move, moved
        )
    if move.is_dry:
        raise _TakenBack(moved)
    if moved.added or moved.changed:
        record(None, "content_imported", "content", None, move.now)
    return moved


def _import_kind(kind: Kind, found: list[Entry], move: Move, moved: Moved) -> None:
    for name, files in kind.items([with_numbers(entry) for entry in found]).items():
        with _written() as rows:
            try:
                row = kind.bring(files, move)
                db.session.flush()
            except (IntegrityError, DataError) as error:
                reason = violated(error) if isinstance(error, IntegrityError) else "a value is out of range"
                raise Wrong(files[0].name, None, f"the database refuses it: {reason}") from None
        if rows.new and (row in rows.new or (row is None and not rows.other)):
            moved.added.setdefault(kind.folder, []).append(name)
        elif rows.new or rows.other:
            moved.changed.setdefault(kind.folder, []).append(name)
        else:
            moved.same[kind.folder] = moved.same.get(kind.folder, 0) + 1


@dataclass
class _Rows:
    new: list[Any] = field(default_factory=list)
    other: list[Any] = field(default_factory=list)


@contextmanager
def _written() -> Iterator[_Rows]:
    """The rows that are written meanwhile."""
    rows, session = _Rows(), db.session()

    def note(_session: Any, _flush: Any) -> None:
        rows.new += session.new
        rows.other += [*session.deleted, *(row for row in session.dirty if session.is_modified(row))]

    event.listen(session, "after_flush", note)
    try:
        yield rows
    finally:
        event.remove(session, "after_flush", note)


def export_content(folder: Path, media: Path | None) -> int:
    """Write everything into an empty or new folder, with the files of the folder `media`; how many files describe it. Raises
    `FileExistsError` when something is there; when anything else goes wrong, nothing is."""
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(str(folder))
    unfinished = folder.absolute().with_name(f"{folder.name}{UNFINISHED}")
    unfinished.mkdir(parents=True)
    try:
        found = [with_names(entry) for kind in KINDS for entry in kind.export(media)]
        for entry in found:
            write(unfinished, entry)
        unfinished.rename(folder)
    except BaseException:
        shutil.rmtree(unfinished)
        raise
    return len(found)
