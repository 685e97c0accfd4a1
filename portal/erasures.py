"""Whom we have erased, noted outside the database, so that a restored backup does not bring them back (S18, S72).

A line says when, what kind of record, and its number: nothing of a person. It is written just before the erasure is committed:
whoever is gone from the database stands in the journal, whatever fails when. The journal lies in the folder of the data, and once
more beside the backups, for the disk may be what is lost.
"""

import logging
import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from flask import Flask, current_app
from sqlalchemy import event
from sqlalchemy.orm import Session

from portal import clock
from portal.db import db

log = logging.getLogger(__name__)

NAME = "erasures.log"
CLOCKS_DIFFER = timedelta(hours=1)  # a clock may have been set back, an erasure may have been under way


def init_app(app: Flask, data: Path, backups: Path) -> None:
    """Keep the journal of this app; listening twice to the same class counts once."""
    app.extensions["erasures"] = (data / NAME, backups / NAME)
    app.extensions["before_erasure"] = []
    if not event.contains(Session, "before_commit", _write):
        event.listen(Session, "before_commit", _write)
        event.listen(Session, "after_rollback", _drop)


def before_each(app: Flask, tell: Callable[[str, int], None]) -> None:
    """Have `tell` called with kind and number of each record before its person is erased."""
    app.extensions["before_erasure"].append(tell)


def announce(kind: str, row_id: int) -> None:
    """Tell whoever has asked for it that the person of this record is about to be erased."""
    for tell in current_app.extensions["before_erasure"]:
        tell(kind, row_id)


def note_erased(kind: str, row_id: int) -> None:
    """Announce and note that the person of this record is being erased: `kind` as in the audit log, and a number that no other
    record of the kind is ever given again. To be called inside the action that erases, before it does; when the journal cannot be
    written, nothing is erased."""
    if not db.session.info.get("writing"):
        raise RuntimeError("an erasure is noted inside the action that erases")
    announce(kind, row_id)
    db.session.info.setdefault("erased", []).append((kind, row_id))


def erased_since(moment: datetime, *journals: Path) -> list[tuple[str, int]]:
    """What these journals say was erased at this moment or later (and in the hour before it), each record once, in order."""
    first = moment - CLOCKS_DIFFER
    lines = sorted({line for journal in journals if journal.exists() for line in _lines(journal)})
    return list(dict.fromkeys((kind, row_id) for at, kind, row_id in lines if at >= first))


def take_over(source: Path, target: Path) -> None:
    """Add to one journal what only the other has; afterwards there is one, be it empty."""
    lines = (
        [" ".join((at.isoformat(), kind, str(number))) for at, kind, number in _lines(source)]
        if source.exists()
        else []
    )
    there = target.read_text("ascii", "replace").splitlines() if target.exists() else []
    missing = [line for line in lines if line not in set(there)]
    _append(target, "".join(f"\n{line}" for line in missing) + "\n")


def _write(session: Session) -> None:
    erased = session.info.pop("erased", [])
    if not erased:
        return
    session.flush()  # what the database refuses has not been erased
    here, beside_backups = current_app.extensions["erasures"]
    now = clock.now().isoformat()
    text = "".join(f"\n{now} {kind} {row_id}" for kind, row_id in erased) + "\n"
    here.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _append(here, text)
    try:
        if beside_backups.parent.exists():
            _append(beside_backups, text)
    except OSError as error:
        log.error("the erasures could not be noted beside the backups: %s", type(error).__name__)


def _drop(session: Session) -> None:
    session.info.pop("erased", None)


def _append(path: Path, text: str) -> None:
    """Add to a file that only its owner may read, and be sure that it is on the disk."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        if os.write(file, text.encode()) != len(text.encode()):
            raise OSError(f"{path} is not whole")
        os.fsync(file)
    finally:
        os.close(file)


def _lines(path: Path) -> Iterator[tuple[datetime, str, int]]:
    """The lines that are whole. One that is torn was being written when everything stopped, before its erasure was done."""
    for line in path.read_text("ascii", "replace").splitlines():
        match line.split():
            case [at, kind, number] if number.isdigit():
                try:
                    yield datetime.fromisoformat(at), kind, int(number)
                except ValueError:
                    continue
