"""What can be wrong with an installation, found by looking: each finding says how to mend it. Nothing is changed, nothing is sent."""

import os
import shutil
import smtplib
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from portal import clock, keys
from portal.accounts import audit
from portal.accounts.models import AuditEntry
from portal.backup.taking import NEEDS_KEY, backups_in
from portal.booking import checks
from portal.config import Settings
from portal.crypto import keyring
from portal.db import SQLITE_PRAGMAS, db, let_go, revision
from portal.outbox.models import LATE, counts
from portal.outbox.transports import Smtp

LEAST_FREE = 500 * 1024 * 1024
OLD = timedelta(hours=36)  # of the newest backup: one night may have failed
SOON = 10  # seconds to wait for a mail server
NETWORK = ("nfs", "cifs", "smb", "fuse.sshfs", "9p")
PRAGMA_WORDS = {"FULL": "2", "ON": "1", "WAL": "wal"}
WHAT_ENDS_A_LOG = {  # of PostgreSQL, and the question whether it has been said
    "ALTER SYSTEM SET wal_recycle = off": "SELECT current_setting('wal_recycle') = 'off'",
    "GRANT EXECUTE ON FUNCTION pg_switch_wal TO {us}": "SELECT has_function_privilege('pg_switch_wal()', 'execute')",
    "GRANT pg_checkpoint TO {us}": "SELECT pg_has_role('pg_checkpoint', 'usage')",
}
AS_THEY_ARE = ", ".join(f"{name}={value}" for name, value in SQLITE_PRAGMAS.items())


def findings(settings: Settings, migrations: Path) -> Iterator[tuple[str, str]]:
    """Each thing that was looked at, and what is wrong with it and how to mend it; '' when it is well."""
    for name, look in _looks(settings, migrations).items():
        try:
            yield name, look()
        except Exception as error:  # noqa: BLE001  # whatever breaks while looking is a finding too
            let_go()  # PostgreSQL answers nothing more in a transaction in which something has failed
            yield name, f"could not be looked at ({type(error).__name__}); mend what stands above first"


def _looks(settings: Settings, migrations: Path) -> dict[str, Callable[[], str]]:
    url = db.engine.url
    file = Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None
    return {
        "database answers": _database,
        "database is up to date": lambda: _migrations(migrations),
        "database can be written": _writing,
        **(
            {f"SQLite settings ({AS_THEY_ARE})": _pragmas, "SQLite file": lambda: _file(file)}
            if file
            else {"log of PostgreSQL": _log_of_postgres}
        ),
        "settings": lambda: _settings(settings),
        "keys": _keys,
        "folders": lambda: _folders(settings),
        "disk": lambda: _disk(settings.data_folder),
        "clock": _clock,
        "mail": lambda: _mail(settings.mail_url),
        "worker": _worker,
        "bookings": _bookings,
        "audit log": _audit,
        "backup": lambda: _backup(settings),
        "security.txt": lambda: _security_txt(settings),
    }


def _database() -> str:
    db.session.execute(text("SELECT 1"))
    return ""


def _writing() -> str:
    try:
        with db.engine.connect().execution_options(writing=True) as connection:
            connection.execute(text("UPDATE content_version SET number = number"))
            connection.rollback()
    except DBAPIError as error:
        why = type(error.orig).__name__ if error.orig else type(error).__name__
        return f"it can only be read ({why}): make room on its disk, and look whether the disk or the server was set read-only"
    return ""


def _migrations(folder: Path) -> str:
    there = revision()
    wanted = ScriptDirectory(str(folder)).get_current_head()
    return (
        ""
        if there == wanted
        else f"it is at {there or 'nothing'}, the program wants {wanted}: run `portal init`"
    )


def _pragmas() -> str:
    wrong = []
    for name, wanted in SQLITE_PRAGMAS.items():
        found = str(db.session.scalar(text(f"PRAGMA {name}")))
        if found != PRAGMA_WORDS.get(wanted, wanted):
            wrong.append(f"{name} is {found}, not {wanted}")
    sound = db.session.scalar(text("PRAGMA quick_check"))
    if sound != "ok":
        wrong.append("the file is damaged: stop the portal and restore the last backup")
    return "; ".join(wrong)


def _file(path: Path) -> str:
    if path.stat().st_mode & 0o077:
        return f"others on this machine can read {path}: run `chmod 600 {path}` and set UMask=0077"
    kind = _file_system(path)
    if kind.startswith(NETWORK):
        return f"{path} is on a network drive ({kind}), where SQLite loses data: move it to a local disk"
    return ""


def _log_of_postgres() -> str:
    lacking = [said for said, question in WHAT_ENDS_A_LOG.items() if not db.session.scalar(text(question))]
    if not lacking:
        return ""
    us = db.session.scalar(text("SELECT quote_ident(current_user)"))
    to_say = "; ".join([*lacking, "SELECT pg_reload_conf()"]).format(us=us)
    return f"it keeps those who were erased for months: say in this database, as an administrator of the server, `{to_say}`"


def _settings(settings: Settings) -> str:
    """What is allowed, and still hardly what anybody wants who lets residents in."""
    if settings.demo:
        return ""
    wrong = {
        "PORTAL_PUBLIC_URL is not https, what residents type can be read on its way: see deploy/README.md": not settings.secure,
        "PORTAL_BEHIND_PROXY is 0 although a proxy speaks https, so that all residents count as one: set it to 1": (
            settings.secure and not settings.behind_proxy
        ),
        "PORTAL_LIMITS is off, so that anybody may take every place: unset it": not settings.limits,
    }
    return "; ".join(words for words, is_so in wrong.items() if is_so)


def _keys() -> str:
    gone = [name for name, count in keys.holdings().items() if count and name not in keyring().ids]
    if gone:
        return f"the portal has not got {', '.join(gone)}, under which values are: put the key back from the safe; see `portal keys list`"
    closed = keys.closed_columns()
    return (
        f"{', '.join(closed)}: the newest value does not open, so it was changed, or a key is not the one of that name: put the key back from the safe"
        if closed
        else ""
    )


def _folders(settings: Settings) -> str:
    places = (settings.data_folder, settings.backups_folder, settings.media_folder)
    seen = [place for place in places if place and place.exists() and place.stat().st_mode & 0o077]
    names = " ".join(map(str, dict.fromkeys(seen)))
    return f"others on this machine can look into them: run `chmod 700 {names}`" if names else ""


def _file_system(path: Path) -> str:
    """The kind of file system that holds a path, as Linux says it; '' elsewhere."""
    mounts = Path("/proc/mounts")
    lines = mounts.read_text().splitlines() if mounts.exists() else []
    holding = [line.split() for line in lines if path.resolve().is_relative_to(line.split()[1])]
    return max(holding, key=lambda mount: len(mount[1]))[2] if holding else ""


def _disk(folder: Path) -> str:
    free = shutil.disk_usage(folder if folder.exists() else folder.parent).free
    return "" if free >= LEAST_FREE else f"only {free // 1024 // 1024} MB are free in {folder}: make room"


def _clock() -> str:
    newest = db.session.scalar(select(func.max(AuditEntry.at)))
    if newest and newest > clock.now() + LATE:
        return f"it is behind: something was noted at {newest:%Y-%m-%d %H:%M} UTC already; start time synchronisation"
    return ""


def _mail(url: str) -> str:
    if url.startswith("folder:"):
        folder = Path(url.removeprefix("folder:"))
        is_well = not folder.exists() or os.access(folder, os.W_OK)
        return "" if is_well else f"{folder} cannot be written to: give it to the user of the portal"
    try:
        Smtp(url, "", timeout=SOON).greet()
    except (OSError, smtplib.SMTPException) as error:
        return f"the server does not let us in ({type(error).__name__}): look at PORTAL_MAIL_URL and at the server"
    return ""


def _worker() -> str:
    count = counts(clock.now()).late
    return f"{count} messages are late: start `portal worker`" if count else ""


def _bookings() -> str:
    broken = checks.violations()
    return "; ".join(broken) + ": see `portal booking check`" if broken else ""


def _backup(settings: Settings) -> str:
    if not settings.backup_keys:
        return NEEDS_KEY
    found = backups_in(settings.backups_folder)
    if not found:
        return f"there is none in {settings.backups_folder}: have `portal backup` run every night"
    age = clock.now() - found[-1][0]
    return (
        f"the newest is {age.days} days old: see why `portal backup` does not run every night"
        if age > OLD
        else ""
    )


def _audit() -> str:
    verdict = audit.verify(clock.now())
    if verdict.broken or verdict.gone:
        return "the chain does not hold: see `portal audit verify`"
    waiting = len(verdict.loose)
    return (
        f"{waiting} entries have waited to be chained for over an hour: start `portal worker`"
        if waiting
        else ""
    )


def _security_txt(settings: Settings) -> str:
    until = settings.security_until
    is_good = until is None or until > clock.day_of(clock.now())
    return (
        ""
        if is_good
        else f"it was good until {until}: look at the contact and move PORTAL_SECURITY_UNTIL, or unset it"
    )
