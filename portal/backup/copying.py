"""The database as one file, taken at one moment while everybody goes on writing, and put back: SQLite by its own means,
PostgreSQL by `pg_dump` and `pg_restore`."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from psycopg.conninfo import make_conninfo
from sqlalchemy import Connection, create_engine, func, inspect, select, table, text
from sqlalchemy.engine import URL

from portal.db import db
from portal.errors import Refused

PATIENCE = 60  # seconds to wait for a lock
CLIENT = "install the package postgresql-client, of the version of your server or newer"


class Trouble(Exception):
    """A backup or a restore cannot go on; the text says why and what helps."""


def copy_to(file: Path) -> dict[str, int]:
    """Write the database as it is at one moment; answers the rows of each table at that moment. Raises `Trouble`."""
    url = db.engine.url
    return _copy_sqlite(Path(url.database or ""), file) if is_sqlite(url) else _copy_postgres(file)


def is_sqlite(url: URL) -> bool:
    """Whether the database is a file."""
    return url.get_backend_name() == "sqlite"


def counts(connection: Connection, tables: Iterable[str]) -> dict[str, int]:
    """How many rows each of these tables holds, of those that there are."""
    names = sorted(set(inspect(connection).get_table_names()).intersection(tables))
    return {name: connection.scalar(select(func.count()).select_from(table(name))) or 0 for name in names}


def _copy_sqlite(source: Path, file: Path) -> dict[str, int]:
    """VACUUM INTO reads one state, hinders no writer, and leaves behind what was erased."""
    with closing(sqlite3.connect(source, timeout=PATIENCE, isolation_level=None)) as connection:
        connection.execute("VACUUM INTO ?", (str(file),))
    check_sqlite(file)
    return rows_in(file, db.metadata.tables)


def rows_in(file: Path, tables: Iterable[str]) -> dict[str, int]:
    """The same of an SQLite file that nobody uses."""
    engine = create_engine(f"sqlite:///{file}")
    try:
        with engine.connect() as connection:
            return counts(connection, tables)
    finally:
        engine.dispose()


def check_sqlite(file: Path) -> None:
    """Raises `Trouble` when the file is not sound."""
    try:
        with closing(sqlite3.connect(file)) as connection:
            said = [row[0] for row in connection.execute("PRAGMA integrity_check")]
            orphans = connection.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.DatabaseError as error:
        said, orphans = [str(error)], []
    if said != ["ok"] or orphans:
        raise Trouble(f"the database is damaged ({said[0]}, {len(orphans)} rows without what they refer to)")


def _copy_postgres(file: Path) -> dict[str, int]:
    """pg_dump reads the state that we have seen and counted."""
    with db.engine.connect() as connection:
        snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
        found = counts(connection, db.metadata.tables)
        _run(
            connection,
            "pg_dump",
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            f"--snapshot={snapshot}",
            f"--file={file}",
        )
    return found


def fill_postgres(file: Path) -> None:
    """Put a dump into the empty database, all of it or nothing. Raises `Trouble`."""
    with db.engine.connect() as connection:
        _run(
            connection,
            "pg_restore",
            "--no-owner",
            "--no-privileges",
            "--exit-on-error",
            "--single-transaction",
            str(file),
        )


def empty_postgres() -> None:
    """Take everything out of the database."""
    with db.engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))


def _run(connection: Connection, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on the same database. The password goes by the environment, which others do not see."""
    path = shutil.which(program)
    if path is None:
        raise Trouble(f"{program} was not found: {CLIENT}")
    driver: Any = connection.connection.driver_connection
    facts = {name: value for name, value in driver.info.get_parameters().items() if name != "options"}
    done = subprocess.run(  # noqa: S603
        [path, f"--dbname={make_conninfo(**facts)}", *arguments],
        env=os.environ | {"PGPASSWORD": driver.info.password},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["it says nothing"]
        raise Trouble(f"{program} did not succeed ({last[0]}); {CLIENT}")


def set_free(file: Path) -> None:
    """Write everything of an SQLite file into the file itself. Raises `Refused("in_use")` while anybody has it open."""
    try:
        with closing(sqlite3.connect(file, timeout=1, isolation_level=None)) as connection:
            mode = connection.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
    except sqlite3.OperationalError:
        mode = "in use"
    if mode != "delete":
        raise Refused("in_use")
