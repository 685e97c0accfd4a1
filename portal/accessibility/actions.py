"""What staff do with the accessibility statement: revise a draft, publish it when it is as the law wants it, throw it away."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.exc import IntegrityError

from portal.accessibility.checker import Wanted, problems
from portal.accessibility.models import Statement
from portal.accounts.audit import record
from portal.accounts.models import Account
from portal.db import action, db, violated
from portal.errors import NotFound, Refused

OF_ONE_VERSION = {"id", "number", "version", "created_at", "published_at", "account_id"}
Pages = Mapping[str, tuple[str, Wanted]]


@action
def revise(version: int, values: Mapping[str, Any], by: Account, now: datetime) -> Statement:
    """Change the draft by columns; the first change after a publication begins a new draft from what is in force.

    Raises `NotFound` when there is no statement at all; `Refused("changed")` since `version` was read.
    """
    newest = _newest(version)
    draft = _copy(newest, now) if newest.published_at else newest
    for name, value in values.items():
        setattr(draft, name, value)
    draft.version, draft.account_id = version + 1, by.id
    db.session.add(draft)
    try:
        db.session.flush()
    except IntegrityError as error:
        if violated(error) != "uq_accessibility_statement_number":
            raise
        raise Refused("changed") from None
    record(by, "statement_revised", "statement", draft.id, now)
    return draft


@action
def publish(version: int, pages: Pages, by: Account, now: datetime) -> Statement:
    """Have the draft be the statement in force. `pages` are its pages by language as they will be read, each with what it has
    to say.

    Raises `NotFound`; `Refused`: `changed`, `no_draft`, `not_official` with `problems` by language when a page breaks the
    structure of the technical conditions.
    """
    draft = _draft(version)
    found = {language: problems(html, wanted) for language, (html, wanted) in pages.items()}
    if any(found.values()):
        raise Refused("not_official", problems=found)
    draft.published_at, draft.account_id = now, by.id
    draft.version += 1
    record(by, "statement_published", "statement", draft.id, now)
    return draft


@action
def discard(version: int, by: Account, now: datetime) -> None:
    """Throw the draft away. Raises `NotFound`; `Refused`: `changed`, `no_draft`."""
    draft = _draft(version)
    record(by, "statement_discarded", "statement", draft.id, now)
    db.session.delete(draft)


def _draft(version: int) -> Statement:
    newest = _newest(version)
    if newest.published_at:
        raise Refused("no_draft")
    return newest


def _newest(version: int) -> Statement:
    query = select(Statement).order_by(Statement.number.desc()).limit(1).with_for_update()
    newest = db.session.scalar(query, execution_options={"populate_existing": True})
    if newest is None:
        raise NotFound
    if newest.version != version:
        raise Refused("changed")
    return newest


def _copy(old: Statement, now: datetime) -> Statement:
    names = {column.key for column in inspect(Statement).column_attrs} - OF_ONE_VERSION
    values = {name: getattr(old, name) for name in names}
    return Statement(number=old.number + 1, created_at=now, **values)
