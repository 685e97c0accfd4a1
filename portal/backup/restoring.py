"""Putting a backup back: checked before anything is touched, and in the state of its day but for two things. Nothing is sent that may
have been sent since, and whoever was erased since is erased again (S18)."""

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from alembic.script import ScriptDirectory
from flask_migrate import upgrade
from sqlalchemy import inspect

from portal.accounts.audit import record, seal
from portal.accounts.sessions import end_all
from portal.app import migrations_folder, opened
from portal.backup.copying import (
    Trouble,
    check_sqlite,
    counts,
    empty_postgres,
    fill_postgres,
    is_sqlite,
    rows_in,
    set_free,
)
from portal.backup.packing import DATABASE, MEDIA, Manifest, unpack
from portal.backup.sealing import NotOurs
from portal.backup.taking import NEEDS_KEY, PROOF, work_folder
from portal.config import Settings
from portal.crypto import Unreadable, keyring
from portal.db import action, db
from portal.erasures import NAME as JOURNAL
from portal.erasures import announce, erased_since, take_over
from portal.errors import Refused
from portal.outbox.actions import hold_back

RESTORE = "restore"
EraseAgain = Mapping[str, Callable[[int, datetime], object]]


@dataclass(frozen=True)
class Restored:
    """What came of it: the state of which moment, messages that people have to see to, people erased again."""

    taken_at: datetime
    rows: dict[str, int]
    held_back: int
    erased: int


def is_unfinished(settings: Settings) -> bool:
    """Whether a restore was killed, or is under way: what is in the database must not be sent yet."""
    return (settings.data_folder / f"{RESTORE}.part").exists()


def verify(settings: Settings, file: Path) -> Manifest:
    """Open a backup as a restore would, and lay nothing in place. Raises `Trouble`."""
    with work_folder(settings, "verify") as work:
        return _laid_out(settings, file, work)


def restore(
    settings: Settings,
    file: Path,
    erase_again: EraseAgain,
    now: datetime,
    *,
    replace_all: bool = False,
    without_journal: bool = False,
) -> Restored:
    """Make the portal what it was when the backup was taken, and its database the one that the program wants.

    A database that has anything in it is refused unless `replace_all`, a backup without a journal of erasures beside it unless
    `without_journal`. Raises `Trouble`; then everything is as it was, or (on
    PostgreSQL, when it stops half way) the restore has to be begun again.
    """
    journal = file.parent / JOURNAL
    if not journal.exists() and not without_journal:
        raise Trouble(
            f"{journal} is missing: put it there, or whoever was erased since comes back; --without-journal if it is lost"
        )
    with work_folder(settings, RESTORE) as work:
        take_over(journal, settings.data_folder / JOURNAL)
        manifest = _laid_out(settings, file, work)
        if manifest.kind == "sqlite":
            _refuse_full_sqlite(settings, replace_all=replace_all)
            result = _tend(settings, f"sqlite:///{work / DATABASE}", manifest, erase_again, now)
            set_free(work / DATABASE)
            _put_media(work / MEDIA, settings.media_folder)
            _put_sqlite(work / DATABASE, settings, now)
        else:
            _fill(settings, work / DATABASE, manifest, replace_all=replace_all)
            _put_media(work / MEDIA, settings.media_folder)
            result = _tend(settings, settings.database_url, manifest, erase_again, now)
    return result


def _laid_out(settings: Settings, file: Path, work: Path) -> Manifest:
    """The backup in a folder, sound, of our keys, and not newer than the program."""
    if not settings.backup_keys:
        raise Trouble(NEEDS_KEY)
    try:
        manifest = unpack(file, settings.backup_keys, work)
    except (NotOurs, OSError) as error:
        raise Trouble(f"{file} cannot be used: {error}") from None
    with opened(settings):
        try:
            keyring().open(manifest.proof, PROOF)
        except Unreadable:
            raise Trouble(
                "the keys in PORTAL_KEYS_FILE are not those of this portal: put back the right ones"
            ) from None
    known = {script.revision for script in ScriptDirectory(str(migrations_folder())).walk_revisions()}
    if manifest.migration not in known:
        raise Trouble(
            f"it comes from version {manifest.version}, newer than this program: install that version first"
        )
    if manifest.kind == "sqlite":
        check_sqlite(work / DATABASE)
        _compare(manifest, rows_in(work / DATABASE, manifest.rows))
    return manifest


def _compare(manifest: Manifest, rows: dict[str, int]) -> None:
    if rows != manifest.rows:
        raise Trouble("its tables do not hold what its list says")


def _tend(
    settings: Settings, url: str, manifest: Manifest, erase_again: EraseAgain, now: datetime
) -> Restored:
    """Bring the database up to date and have it betray nothing and nobody."""
    taken_at = datetime.fromisoformat(manifest.taken_at)
    erased = erased_since(taken_at, settings.data_folder / JOURNAL)
    if unknown := {kind for kind, _number in erased} - erase_again.keys():
        raise Trouble(
            f"the journal of erasures names what this program does not know: {', '.join(sorted(unknown))}"
        )
    with opened(replace(settings, database_url=url)):
        upgrade()
        held = _settle(now)
        seal()  # what the worker had not chained yet when the backup was taken
        for kind, number in erased:
            announce(kind, number)
            erase_again[kind](number, now)
        return Restored(taken_at, manifest.rows, held, len(erased))


@action
def _settle(now: datetime) -> int:
    record(None, "restored", "backup", None, now)
    end_all(now)
    return hold_back(now)


def _refuse_full_sqlite(settings: Settings, *, replace_all: bool) -> None:
    with opened(settings):
        file = Path(db.engine.url.database or "")
        is_there = is_sqlite(db.engine.url) and file.exists()
        if not is_sqlite(db.engine.url):
            raise Trouble("it is a backup of an SQLite database: let PORTAL_DATABASE_URL name a file")
        _refuse_full(is_full=is_there and bool(inspect(db.engine).get_table_names()), replace_all=replace_all)
    if is_there:
        try:
            set_free(file)
        except Refused:
            raise Trouble("the portal is running: stop its web process and its worker first") from None


def _refuse_full(*, is_full: bool, replace_all: bool) -> None:
    if is_full and not replace_all:
        raise Trouble("the database is not empty; say --replace if what is in it may go")


def _put_sqlite(file: Path, settings: Settings, now: datetime) -> None:
    """The new file in place of the old one, which stays beside it under another name."""
    place = Path(settings.database_url.removeprefix("sqlite:///"))
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if place.exists():
        place.rename(place.with_name(f"{place.name}.before-{now:%Y%m%dT%H%M%SZ}"))
    draft = place.with_name(f".{place.name}.part")
    shutil.move(file, draft)
    draft.chmod(0o600)
    with draft.open("rb") as whole:
        os.fsync(whole.fileno())
    draft.replace(place)


def _put_media(files: Path, folder: Path | None) -> None:
    """Every medium in its folder; what is there already under its name that cannot be guessed is the same."""
    if folder is None or not files.exists():
        return
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for medium in files.iterdir():
        if not (folder / medium.name).exists():
            shutil.move(medium, folder / medium.name)


def _fill(settings: Settings, dump: Path, manifest: Manifest, *, replace_all: bool) -> None:
    with opened(settings):
        if is_sqlite(db.engine.url):
            raise Trouble("it is a backup of a PostgreSQL database: let PORTAL_DATABASE_URL name one")
        is_full = bool(inspect(db.engine).get_table_names())
        _refuse_full(is_full=is_full, replace_all=replace_all)
        if is_full:
            empty_postgres()
        fill_postgres(dump)
        with db.engine.connect() as connection:
            _compare(manifest, counts(connection, manifest.rows))
