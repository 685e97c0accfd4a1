"""The database: one set of models on SQLite and PostgreSQL, and one way to write.

Reading needs no ceremony. Writing happens in an `@action`: the outermost one commits, an exception rolls back.
Whoever reads sees one state of the database until the end of the page, whatever others save meanwhile. Whoever writes sees the newest: on SQLite
a writing transaction begins with BEGIN IMMEDIATE, so that it never reads a state that it then cannot change, and writers take turns.
"""

import fcntl
import functools
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ParamSpec, TypeVar, cast

from alembic.migration import MigrationContext
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from psycopg import IsolationLevel
from sqlalchemy import (
    CheckConstraint,
    Connection,
    DateTime,
    Dialect,
    ExceptionContext,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    TypeDecorator,
    UniqueConstraint,
    event,
    func,
    select,
)
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.sql.functions import FunctionElement

from portal.errors import NotFound, Refused

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")
Versioned = TypeVar("Versioned", bound=Any)

TRIES = 4
CLICKS = timedelta(minutes=1)  # between two that make the same, where a row says when it was made
LAST_ROWS = 3  # among which a second click finds what the first one has made
BUSY_MILLISECONDS = 15_000
SQLITE_PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "foreign_keys": "ON",
    "busy_timeout": str(BUSY_MILLISECONDS),
    "secure_delete": "ON",
    "mmap_size": "0",
}
POSTGRES_OPTIONS = "-c timezone=UTC -c lock_timeout=3000 -c statement_timeout=10000"
READ_ONLY, SQLITE_READ_ONLY = "25006", "SQLITE_READONLY"
RETRIED_STATES = {"40001", "40P01", "55P03"}  # serialization failure, deadlock, lock timeout


class Moment(TypeDecorator[datetime]):
    """An aware datetime in UTC; SQLite stores it naive, PostgreSQL with its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return (
            value
            if value is None
            else value.replace(tzinfo=UTC)
            if value.tzinfo is None
            else value.astimezone(UTC)
        )


class days_until(FunctionElement[int]):  # noqa: N801  # it is written as the functions of the database are
    """`days_until(day, moment)`: how many days after that of the moment a date is, in UTC; negative before."""

    type = Integer()
    inherit_cache = True


@compiles(days_until, "sqlite")
def _days_on_sqlite(element: days_until, compiler: Any, **how: Any) -> str:
    day, moment = (compiler.process(clause, **how) for clause in element.clauses)
    return f"CAST(julianday({day}) - julianday(date({moment})) AS INTEGER)"


@compiles(days_until, "postgresql")
def _days_on_postgres(element: days_until, compiler: Any, **how: Any) -> str:
    day, moment = (compiler.process(clause, **how) for clause in element.clauses)
    return f"({day} - CAST({moment} AT TIME ZONE 'UTC' AS DATE))"


NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every constraint has a name, so that its violation can be told apart; every datetime is a `Moment`."""

    registry = registry(metadata=MetaData(naming_convention=NAMES), type_annotation_map={datetime: Moment()})


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})
if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


def one_of(column: str, *values: str) -> CheckConstraint:
    """A named check that a text column holds one of these words."""
    words = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({words})", name=column)


def init_app(app: Flask, url: str) -> None:
    """Bind the app to its database."""
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = _engine_options(url)
    db.init_app(app)
    app.teardown_appcontext(lambda _error: let_go())  # what is registered last comes first
    with app.app_context():
        event.listen(db.engine, "handle_error", _leave_what_cannot_write)
        if db.engine.dialect.name == "sqlite":
            event.listen(db.engine, "connect", _prepare_sqlite)
            event.listen(db.engine, "begin", _begin_sqlite)
        else:
            event.listen(db.engine, "begin", _begin_postgres)


def let_go() -> None:
    """End what was read and give the connection back. Where the database has hung up meanwhile there is nothing to end: an answer that
    is ready stays the answer."""
    try:
        db.session.remove()
    except DBAPIError as error:
        log.warning("the database has hung up: %s", type(error).__name__)
        db.session().invalidate()
        db.session.remove()


def _engine_options(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return {"hide_parameters": True}
    return {"hide_parameters": True, "pool_pre_ping": True, "connect_args": {"options": POSTGRES_OPTIONS}}


def _leave_what_cannot_write(context: ExceptionContext) -> None:
    """A connection that was made while the database took no writing never takes any, and on SQLite neither does one that is made
    beside it: let go of this one and of all that rest, so that later requests make new ones."""
    error = context.original_exception
    if getattr(error, "sqlstate", "") == READ_ONLY or SQLITE_READ_ONLY in getattr(
        error, "sqlite_errorname", ""
    ):
        context.is_disconnect = True
        if context.execution_context is not None and context.execution_context.cursor is not None:
            context.execution_context.cursor.close()  # it would keep the connection open
        if context.engine is not None:
            context.engine.pool.dispose()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for name, value in SQLITE_PRAGMAS.items():
        connection.execute(f"PRAGMA {name}={value}")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _writes(connection) else "BEGIN")


def _begin_postgres(connection: Connection) -> None:
    """A writer that has waited for a lock reads what was saved meanwhile. The server is told so with its BEGIN."""
    level = IsolationLevel.READ_COMMITTED if _writes(connection) else IsolationLevel.REPEATABLE_READ
    cast(Any, connection.connection.driver_connection).isolation_level = level


def _writes(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get("writing", False))


class Again(Exception):
    """What is to be added has just been added: somebody has pressed a button twice. The action gives that `row` and does nothing."""

    def __init__(self, row: Any) -> None:
        super().__init__()
        self.row = row


def action(verb: Callable[P, R]) -> Callable[P, R]:
    """Run a verb as one transaction, again when the database asks for it; inside another action, as part of it. Its second time
    in a row (see `refuse_again`) gives what the first one has made."""

    @functools.wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return run_once(*args, **kwargs)
        except Again as again:
            return cast(R, again.row)

    def run_once(*args: P.args, **kwargs: P.kwargs) -> R:
        if db.session.info.get("writing"):
            return verb(*args, **kwargs)
        for last in (False,) * (TRIES - 1) + (True,):
            try:
                with _turn(), _transaction():
                    return verb(*args, **kwargs)
            except OperationalError as error:
                if last or not _worth_another_try(error):
                    raise
                time.sleep(0.02)
        raise AssertionError("unreachable")

    return run


@contextmanager
def _turn() -> Iterator[None]:
    """Wait for the turn to write. SQLite lets its writers guess when it is free, and some starve for seconds; a lock of
    the operating system serves them in order. It ends with its file, whatever becomes of the process."""
    url = db.engine.url
    if url.get_backend_name() != "sqlite" or not url.database:
        yield
        return
    with _opened(Path(f"{url.database}-turn")) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _opened(path: Path) -> BinaryIO:
    """A folder that is away, full or read-only is a database that does not answer."""
    try:
        return path.open("ab")
    except OSError as error:
        raise OperationalError(None, None, error) from error


@contextmanager
def _transaction() -> Iterator[None]:
    session = db.session()
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("something was changed outside an action")
    session.rollback()  # a writer starts from the newest state, not from what the view has read
    session.connection(execution_options={"writing": True})
    session.info["writing"] = True
    try:
        yield
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop("writing", None)


def _worth_another_try(error: OperationalError) -> bool:
    return getattr(error.orig, "sqlstate", None) in RETRIED_STATES


def rows(statement: object) -> int:
    """Run a statement and say how many rows it changed. To be called inside an action."""
    result = db.session.execute(statement, execution_options={"synchronize_session": False})  # type: ignore[call-overload]
    return int(result.rowcount)


def at_version(kind: type[Versioned], row_id: int, version: int) -> Versioned:
    """The newest state of a row, locked, if nobody has changed it since it was read at `version`; its version grows. To be
    called inside an action.

    Raises `NotFound`; `Refused("changed")`.
    """
    newest = select(kind).where(kind.id == row_id).with_for_update(key_share=True)
    row: Versioned | None = db.session.scalar(newest, execution_options={"populate_existing": True})
    if row is None:
        raise NotFound
    if row.version != version:
        raise Refused("changed")
    row.version += 1
    return row


def take_turns(kind: type[Model], of: str = "") -> None:
    """Whoever else takes turns at this table, at what is called so there, waits until the end of the action; on SQLite all
    writers do anyway."""
    if db.session.connection().dialect.name == "postgresql":
        db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(kind.__tablename__ + of))))


def refuse_again(kind: type[Versioned], values: Mapping[str, object]) -> None:
    """To be called inside an action before it adds a row: raises `Again` when one of the last rows has these values."""
    take_turns(kind)
    for row in db.session.scalars(select(kind).order_by(kind.id.desc()).limit(LAST_ROWS)):
        if all(getattr(row, name) == value for name, value in values.items()):
            raise Again(row)


def put(
    kind: type[Versioned],
    row_id: int | None,
    version: int,
    values: Mapping[str, object],
    more: Callable[[], Mapping[str, object]] = dict,
) -> Versioned:
    """A new row with these values, and with `more` that nobody has typed, or the one that was read at `version` changed to the
    values. To be called inside an action.

    Raises `NotFound`; `Refused`: `changed`, `not_unique` when another row has the same name; `Again`.
    """
    if row_id:
        row: Versioned = at_version(kind, row_id, version)
    else:
        refuse_again(kind, values)
        row, values = kind(), {**values, **more()}
    for name, value in values.items():
        setattr(row, name, value)
    db.session.add(row)
    try:
        db.session.flush()
    except IntegrityError as error:
        if not violated(error).startswith(f"uq_{kind.__tablename__}_"):
            raise
        raise Refused("not_unique") from None
    return row


def revision() -> str:
    """The migration that the database is at; '' before the first one."""
    return MigrationContext.configure(db.session.connection()).get_current_revision() or ""


def violated(error: IntegrityError) -> str:
    """The name of the constraint that refused, the same on both databases; '' when the database does not say."""
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        return diagnosis.constraint_name or ""
    _, _, what = str(error.orig).partition("constraint failed: ")
    return _unique_names().get(what, what)


@functools.cache
def _unique_names() -> dict[str, str]:
    """SQLite names the columns of a broken key, not the key."""
    names = {}
    for table in Base.metadata.tables.values():
        keys: list[Any] = [
            c for c in table.constraints if isinstance(c, (UniqueConstraint, PrimaryKeyConstraint))
        ]
        for key in keys + [index for index in table.indexes if index.unique]:
            names[", ".join(f"{table.name}.{column.name}" for column in key.columns)] = str(key.name)
    return names
