"""The accessibility statement, a file for each of its versions: its facts, and its texts and barriers by language."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from portal.accessibility.models import BASES, KINDS, STATUSES, TEXTS, Statement, newest_statement, versions
from portal.db import db
from portal.i18n import LANGUAGES
from portal.moving.files import Entry
from portal.moving.kind import Kind, Move, all_together
from portal.moving.rows import facts_of, filled, tables_of, values_of

FOLDER = "deklaracja-dostepnosci"
OWN = ("number", "texts", "barriers")
WORDS = {f"{language}_{name}": (language, name) for language in LANGUAGES for name in TEXTS}
BARRIER = {"kind", "page"} | {
    f"{language}_{name}" for language in LANGUAGES for name in ("element", "effect", "alternative")
}
CODES = {"conformity": STATUSES, "basis": BASES}


def _export(_media: Path | None) -> Iterator[Entry]:
    for statement in reversed(versions()):
        yield Entry(f"{FOLDER}/{statement.number}.md", _facts_of(statement))


def _facts_of(statement: Statement) -> dict[str, Any]:
    said = (
        (fact, statement.texts.get(language, {}).get(name, "")) for fact, (language, name) in WORDS.items()
    )
    texts = {fact: text for fact, text in said if text}
    return facts_of(statement, OWN) | texts | {"barrier": [dict(barrier) for barrier in statement.barriers]}


def _bring(entries: list[Entry], move: Move) -> None:
    """Add the versions that the portal does not have. One that was published before the newest of the portal, or while
    somebody works on a draft, does not come in by itself."""
    known = [_said(statement) for statement in versions()]
    for entry in sorted(entries, key=_number):
        statement = _statement(entry, move)
        if _said(statement) not in known:
            _add(entry, statement)
            known.append(_said(statement))


def _number(entry: Entry) -> int:
    if not (entry.stem.isascii() and entry.stem.isdigit() and len(entry.stem) < 6):
        raise entry.wrong("the name of the file must be the number of the version, such as 1.md")
    return int(entry.stem)


def _said(statement: Statement) -> dict[str, Any]:
    return {
        name: value
        for name, value in _facts_of(statement).items()
        if name not in {"created_at", "published_at"}
    }


def _add(entry: Entry, statement: Statement) -> None:
    newest = newest_statement()
    if newest and newest.published_at is None:
        raise entry.wrong("somebody is at work on the statement: publish the draft or discard it first")
    if (
        newest
        and statement.published_at
        and newest.published_at
        and statement.published_at <= newest.published_at
    ):
        statement.published_at = None  # an editor looks at it and publishes it
    statement.number = newest.number + 1 if newest else _number(entry)
    statement.version = newest.version + 1 if newest else 1
    db.session.add(statement)
    db.session.flush()


def _statement(entry: Entry, move: Move) -> Statement:
    facts = {"created_at": move.now} | entry.facts
    values = values_of(entry, Statement, OWN, facts, also=("barrier", *WORDS))
    for name, codes in CODES.items():
        if values[name] not in codes:
            raise entry.wrong(f"{name!r} must be one of {', '.join(codes)}", name)
    return Statement(**filled(Statement, values, OWN), texts=_texts(entry), barriers=_barriers(entry))


def _texts(entry: Entry) -> dict[str, dict[str, str]]:
    texts: dict[str, dict[str, str]] = {}
    for fact, (language, name) in WORDS.items():
        if fact in entry.facts:
            texts.setdefault(language, {})[name] = _text(entry, entry.facts, fact)
    return texts


def _barriers(entry: Entry) -> list[dict[str, str]]:
    rows = tables_of(entry, "barrier")
    for row in rows:
        for name in row:
            if name not in BARRIER:
                raise entry.wrong(
                    f"nobody knows the fact {name!r}; known are: {', '.join(sorted(BARRIER))}", name
                )
            _text(entry, row, name)
        if row.get("kind") not in KINDS:
            raise entry.wrong(f"'kind' must be one of {', '.join(KINDS)}", "barrier")
    return rows


def _text(entry: Entry, facts: Mapping[str, Any], name: str) -> str:
    text = facts[name]
    if not isinstance(text, str) or "\0" in text:
        raise entry.wrong(f"{name!r} must be a text", name)
    return text


STATEMENTS = Kind(FOLDER, (Statement,), _export, _bring, all_together)
