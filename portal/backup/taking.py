"""Taking a backup: one file, whole or not there at all; keeping only those of the last days (S71)."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from portal.backup.copying import Trouble, copy_to, is_sqlite
from portal.backup.packing import Manifest, pack
from portal.config import Settings
from portal.crypto import keyring
from portal.db import db, revision
from portal.erasures import NAME as JOURNAL
from portal.erasures import take_over

PROOF = "backup|proof"
STAMP = "portal-%Y%m%dT%H%M%SZ.backup"
NOTHING_THERE = "there is no portal in this database: look at PORTAL_DATABASE_URL and PORTAL_DATA, and whether their disk is there"
NEEDS_KEY = "PORTAL_BACKUP_KEY_FILE is not set: make a key for backups alone, and keep a copy of it elsewhere"


def take(settings: Settings, target: Path | None, now: datetime) -> Path:
    """Write a backup to `target`, a new file or a folder in which it gets its name; to the folder of the settings when there is
    none. In that folder what is older than the settings allow goes, once there is a newer one. Answers the file.

    Raises `Trouble`.
    """
    if not settings.backup_keys:
        raise Trouble(NEEDS_KEY)
    if not revision():
        raise Trouble(NOTHING_THERE)
    folder = target or settings.backups_folder
    if target is None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / now.strftime(STAMP) if folder.is_dir() else folder
    if file.exists():
        raise Trouble(f"{file} is there already")
    with work_folder(settings, "backup") as work:
        _write(settings, work / "database", file, now)
    take_over(settings.data_folder / JOURNAL, file.parent / JOURNAL)
    remove_old(settings.backups_folder, now - timedelta(days=settings.backup_days))
    return file


def _write(settings: Settings, copy: Path, file: Path, now: datetime) -> None:
    rows = copy_to(copy)
    manifest = Manifest(
        version=version("portal"),
        kind="sqlite" if is_sqlite(db.engine.url) else "postgresql",
        migration=revision(),
        taken_at=now.isoformat(),
        proof=keyring().seal("ours", PROOF),
        rows=rows,
    )
    draft = file.with_name(f".{file.name}.part")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as target:
            pack(target, settings.backup_keys, manifest, copy, settings.media_folder)
            target.flush()
            os.fsync(target.fileno())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def work_folder(settings: Settings, what: str) -> Iterator[Path]:
    """A folder beside the data that nobody else reads, for one backup or restore at a time; it goes afterwards, and what a
    killed one has left goes before. Raises `Trouble` when another one is at work."""
    settings.data_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (settings.data_folder / f"{what}.lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Trouble(f"another {what} is at work") from None
        folder = settings.data_folder / f"{what}.part"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def backups_in(folder: Path) -> list[tuple[datetime, Path]]:
    """The backups of a folder that have the name we gave them, the oldest first, each with its moment."""
    return sorted(_dated(folder.glob("portal-*.backup")) if folder.is_dir() else [])


def newest_in(folder: Path) -> Path:
    """The newest backup of a folder. Raises `Trouble` when it holds none."""
    found = backups_in(folder)
    if not found:
        raise Trouble(f"there is no backup in {folder}")
    return found[-1][1]


def _dated(files: Iterator[Path]) -> Iterator[tuple[datetime, Path]]:
    for file in files:
        try:
            yield datetime.strptime(file.name, STAMP).replace(tzinfo=UTC), file
        except ValueError:
            continue  # somebody has given it another name, and keeps it


def remove_old(folder: Path, before: datetime) -> None:
    """Remove what was taken before this moment, but never the newest."""
    for taken_at, file in backups_in(folder)[:-1]:
        if taken_at < before:
            file.unlink(missing_ok=True)
