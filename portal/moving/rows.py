"""Between rows and facts: what a table keeps is what a file says, by the names of the columns."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, Table, inspect, select

from portal.db import Moment, db
from portal.front.models import LEADS
from portal.moving.files import Entry

NEVER = {"id", "version", "folded"}
NAME = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
MONEY = re.compile(r"\d{1,8}(\.\d{1,2})?")
YEARS = range(1900, 2200)
LARGEST = 2**31 - 1
ADDRESSES = {"path": LEADS, "report_url": re.compile(r"https?://[^\s\\]+")}
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
    if type(value) is not wanted or (wanted is datetime and value.tzinfo is None):
        raise entry.wrong(f"{column.name!r} must be {NAMES[wanted]}", column.name, value)
    if problem := _odd(column, value):
        raise entry.wrong(f"{column.name!r} {problem}", column.name, value)
    return value.astimezone(UTC) if wanted is datetime else value


def _odd(column: Column[Any], value: Any) -> str:
    """Why a value of the right kind cannot be kept, or must not be; '' when it can."""
    if isinstance(value, str):
        longest = getattr(column.type, "length", None)
        if longest and len(value) > longest:
            return f"may have {longest} characters and has {len(value)}"
        if "\0" in value:
            return "must not have the character U+0000"
        address = ADDRESSES.get(column.name)
        if address and value and not address.fullmatch(value):
            return "must be an address of this portal such as /kontakt, or one that begins with https://"
    elif isinstance(value, date):  # a moment is one too
        if value.year not in YEARS:
            return f"must lie between {YEARS[0]} and {YEARS[-1]}"
    elif abs(value) > LARGEST:
        return "is too large a number"
    return ""


def _money(entry: Entry, name: str, value: Any) -> Decimal:
    if type(value) in (str, int) and MONEY.fullmatch(str(value)):
        return Decimal(value)
    raise entry.wrong(f'{name!r} must be an amount such as "3386.00"', name, value)


def name_in(entry: Entry, column: Any, name: str) -> str:
    """The name of a file or folder as the key of a row. Raises `Wrong`."""
    if not NAME.fullmatch(name) or len(name) > column.type.length:
        raise entry.wrong(
            f"a name is made of small letters without accents, digits and hyphens, at most {column.type.length}: {name!r}"
        )
    return name


def there(kind: type[Any], **facts: Any) -> Any:
    """The row with these values, locked, if there is one."""
    return db.session.scalars(select(kind).filter_by(**facts).with_for_update(key_share=True)).first()


def change(row: Any, values: Mapping[str, Any]) -> bool:
    """Have a row say this; whether it said something else before."""
    other = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in other.items():
        setattr(row, name, value)
    if other and hasattr(row, "version"):
        row.version += 1
    return bool(other)


def filled(kind: type[Any], values: Mapping[str, Any], but: Iterable[str] = ()) -> dict[str, Any]:
    """The values, and for each column of which nothing is said the one with which a row begins."""
    unsaid = [column for column in columns_of(kind, but) if column.name not in values]
    begin = {column.name: getattr(column.default, "arg", None) for column in unsaid}
    return begin | dict(values)


def tables_of(entry: Entry, name: str) -> list[dict[str, Any]]:
    """The tables of this name in a file. Raises `Wrong`."""
    rows = entry.facts.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise entry.wrong(f"{name!r} must be tables, written as [[{name}]]", name)
    return rows
