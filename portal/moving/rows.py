"""Between rows and facts: what a table keeps is what a file says, by the names of the columns."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import Column, Table, inspect

from portal.db import Moment
from portal.moving.files import Entry

NEVER = {"id", "version", "folded"}
NAMES = {
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    date: "a day",
    datetime: "a moment with its zone",
}


def columns_of(kind: type[Any], but: Iterable[str] = ()) -> list[Column[Any]]:
    """The columns that a file keeps: no numbers of rows, and none that the portal makes by itself."""
    left_out = NEVER | set(but)
    table: Table = inspect(kind).local_table
    return [column for column in table.columns if column.name not in left_out and not column.foreign_keys]


def facts_of(row: Any, but: Iterable[str] = ()) -> dict[str, Any]:
    """What a row says, without what it need not say."""
    kept = {}
    for column in columns_of(type(row), but):
        value = getattr(row, column.name)
        if value is not None and value != getattr(column.default, "arg", None):
            kept[column.name] = str(value) if isinstance(value, Decimal) else value
    return kept


def values_of(
    entry: Entry,
    kind: type[Any],
    but: Iterable[str] = (),
    facts: dict[str, Any] | None = None,
    also: Iterable[str] = (),
) -> dict[str, Any]:
    """The columns of a row from what a file says, in its own facts or in those of one of its tables; `also` are facts that are
    read elsewhere. Raises `Wrong` with the line."""
    said = entry.facts if facts is None else facts
    columns = {column.name: column for column in columns_of(kind, but)}
    for name in said:
        if name not in columns and name not in also:
            raise entry.wrong(
                f"nobody knows the fact {name!r}; known are: {', '.join(sorted([*columns, *also]))}", name
            )
    return {
        name: _read(entry, column, said) for name, column in columns.items() if _is_said(entry, column, said)
    }


def _is_said(entry: Entry, column: Column[Any], said: dict[str, Any]) -> bool:
    if column.name in said:
        return True
    if column.nullable or column.default is not None:
        return False
    raise entry.wrong(f"the fact {column.name!r} is missing")


def _read(entry: Entry, column: Column[Any], said: dict[str, Any]) -> Any:
    value = said[column.name]
    wanted = datetime if isinstance(column.type, Moment) else column.type.python_type
    if wanted is Decimal:
        return _money(entry, column.name, value)
    right = type(value) is wanted and not (wanted is datetime and value.tzinfo is None)
    if not right:
        raise entry.wrong(f"{column.name!r} must be {NAMES[wanted]}", column.name, value)
    longest = getattr(column.type, "length", None)
    if longest and len(value) > longest:
        raise entry.wrong(
            f"{column.name!r} may have {longest} characters and has {len(value)}", column.name, value
        )
    return value.astimezone(UTC) if wanted is datetime else value


def _money(entry: Entry, name: str, value: Any) -> Decimal:
    try:
        return Decimal(value) if isinstance(value, str) else Decimal(int(value))
    except (InvalidOperation, TypeError, ValueError):
        raise entry.wrong(f'{name!r} must be an amount such as "3386.00"', name, value) from None


def tables_of(entry: Entry, name: str) -> list[dict[str, Any]]:
    """The tables of this name in a file. Raises `Wrong`."""
    rows = entry.facts.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise entry.wrong(f"{name!r} must be tables, written as [[{name}]]", name)
    return rows
