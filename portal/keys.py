"""The life of a key: how many values are under it, all of them sealed anew under the present one, and its end (S70).

Rotation works while the portal is in use and may be stopped at any moment: each transaction seals a few rows anew, and a
second run finds only what the first one has not done. PINs, recovery codes and the chain of the audit log are hashes of
what nobody keeps, so they cannot be made again: of a key that goes, what made these hashes stays, sealed under the present
key, and opens nothing else.
"""

import os
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, inspect, select
from sqlalchemy.orm import Mapped, mapped_column

from portal import clock
from portal.config import keys_in
from portal.crypto import LASTING, Sealed, Unreadable, keyring, sealed_in
from portal.db import Base, Model, action, db, rows
from portal.errors import Refused
from portal.retention import HEIRLOOM, personal

AT_ONCE = 100
BREATH = 0.005  # seconds between two transactions, in which others have their turn
MOST_ROUNDS = 10


class Heirloom(Model):
    """What made the lasting hashes of a key that is no longer the present one; `name` is `key|purpose`."""

    __tablename__ = "heirloom"

    name: Mapped[str] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]
    secret_sealed: Mapped[str] = mapped_column(info=personal(HEIRLOOM))

    secret = Sealed("secret_sealed", key="name")


def heirlooms(purpose: str) -> list[bytes]:
    """What earlier keys have left behind for a purpose."""
    left = db.session.scalars(select(Heirloom).where(Heirloom.name.endswith(f"|{purpose}", autoescape=True)))
    return [bytes.fromhex(one.secret) for one in left]


def holdings() -> dict[str, int]:
    """How many sealed values are under each key that the portal has, and under others that it has not."""
    found = dict.fromkeys(keyring().ids, 0)
    for kind, sealed in _columns():
        column = getattr(kind, sealed.column)
        prefix = func.substr(column, 1, 64)
        for start, count in db.session.execute(
            select(prefix, func.count()).where(column.is_not(None)).group_by(prefix)
        ):
            key_id = start.split(".")[1] if start.count(".") > 1 else "?"
            found[key_id] = found.get(key_id, 0) + count
    return found


def closed_columns() -> list[str]:
    """The sealed columns, as `table.column`, whose newest value cannot be opened; a whole table is not gone through."""
    return sorted(
        f"{kind.__tablename__}.{sealed.column}" for kind, sealed in _columns() if not _opens(kind, sealed)
    )


def _opens(kind: Any, sealed: Sealed) -> bool:
    """Whether the newest value of a column opens, or there is none."""
    (key,) = inspect(kind).primary_key
    sealed_ones = select(kind).where(getattr(kind, sealed.column).is_not(None))
    newest = db.session.scalar(sealed_ones.order_by(key.desc()).limit(1))
    try:
        return newest is None or sealed.__get__(newest, kind) is not None
    except Unreadable:
        return False


def rotate() -> tuple[int, int]:
    """Seal everything anew under the present key, and find everybody by it; answers how many rows were changed, and how many
    cannot be opened and stay as they are."""
    _inherit()
    changed = 0
    for _round in range(
        MOST_ROUNDS
    ):  # what was in use is passed over, and what was written meanwhile comes again
        done, unreadable = 0, 0
        for kind in sorted({kind for kind, _sealed in _columns()}, key=lambda kind: kind.__tablename__):
            for some, broken in _walk(kind):
                done, unreadable = done + some, unreadable + broken
        changed += done
        if not done:
            break
    return changed, unreadable


@action
def _inherit() -> None:
    """Keep what made the lasting hashes of every earlier key."""
    _present, *earlier = keyring().ids
    for name, key_id, purpose in (
        (f"{key}|{purpose}", key, purpose) for key in earlier for purpose in LASTING
    ):
        if db.session.get(Heirloom, name) is None:
            heirloom = Heirloom(name=name, made_at=clock.now())
            heirloom.secret = keyring().heirloom(key_id, purpose).hex()
            db.session.add(heirloom)


@action
def forget(now: datetime) -> int:
    """Erase what earlier keys have left, once nothing is left that it could prove; answers how much."""
    return rows(delete(Heirloom).where(Heirloom.made_at < now - HEIRLOOM.period))


def _columns() -> list[tuple[Any, Sealed]]:
    """Every column that is sealed, with its class."""
    kinds = (mapper.class_ for mapper in Base.registry.mappers)
    return [(kind, sealed) for kind in kinds for sealed in sealed_in(kind)]


def _walk(kind: Any) -> Iterator[tuple[int, int]]:
    """Go through all rows of a class, a few in each transaction."""
    last = None
    while True:
        last, changed, unreadable = _renew_some(kind, last)
        yield changed, unreadable
        if last is None:
            return
        time.sleep(BREATH)


@action
def _renew_some(kind: Any, after: Any) -> tuple[Any, int, int]:
    """Renew the rows after one of them; answers the last one seen, or None when there are no more."""
    (key,) = inspect(kind).primary_key
    query = select(kind).order_by(key).limit(AT_ONCE).with_for_update(skip_locked=True, of=kind)
    found = db.session.scalars(
        query if after is None else query.where(key > after),
        execution_options={"populate_existing": True},
    ).all()
    changed = unreadable = 0
    for row in found:
        try:
            changed += _renew(row)
        except Unreadable:
            db.session.expunge(row)
            unreadable += 1
    last = inspect(found[-1]).identity[0] if found else None
    db.session.flush()
    db.session.expunge_all()
    return last, changed, unreadable


def _renew(row: Any) -> bool:
    """Seal a row anew and have its fingerprint made by the present key; whether there was anything to do."""
    present, before = keyring().ids[0], getattr(row, "contact_fingerprint", None)
    old = [sealed for sealed in sealed_in(type(row)) if not sealed.is_under(row, present)]
    for sealed in old:
        sealed.__set__(row, sealed.__get__(row, type(row)))
    if before:
        row.note_fingerprint()
    return bool(old) or before != getattr(row, "contact_fingerprint", None)


def retire(key_id: str, file: Path) -> None:
    """Take a key out of its file for good.

    Raises `Refused`: `unknown`, `present` for the one that seals, `in_use` while anything is under it.
    """
    present, *earlier = keyring().ids
    if key_id not in earlier:
        raise Refused("present" if key_id == present else "unknown")
    if holdings()[key_id]:
        raise Refused("in_use")
    rotate()  # fingerprints do not say by which key they were made
    write(file, {name: secret for name, secret in keys_in(file).items() if name != key_id})


def add(file: Path, key_id: str, secret: bytes) -> None:
    """Put a new key into a file, before those that are there, so that it seals from now on.

    Raises `Refused("known")` when there is one of that name.
    """
    there = keys_in(file) if file.exists() else {}
    if key_id in there:
        raise Refused("known")
    write(file, {key_id: secret, **there})


def write(file: Path, keys: dict[str, bytes]) -> None:
    """Replace a file of keys at once, never half; its owner stays, and only they may read it."""
    beside = file.with_name(f"{file.name}.new")
    beside.unlink(missing_ok=True)
    beside.touch(mode=0o600)
    if file.exists() and os.geteuid() == 0:
        os.chown(beside, file.stat().st_uid, file.stat().st_gid)
    with beside.open("w", encoding="ascii") as out:
        out.writelines(f"{name}:{secret.hex()}\n" for name, secret in keys.items())
        out.flush()
        os.fsync(out.fileno())
    beside.replace(file)
