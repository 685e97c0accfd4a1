"""The index of what residents may read: one row for each item, and how each database finds it by its words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    String,
    Text,
    UniqueConstraint,
    and_,
    column,
    func,
    literal_column,
    or_,
    select,
    table,
)
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Model, db
from portal.finding.words import Term

MOST_HITS = 30
MOST_RANKED = 300
TELLING = 4
HEAVY, LIGHT = 8.0, 1.0

Found = Row[str, str, str, str, str, datetime | None]


@dataclass(frozen=True)
class Findable:
    """What an item says of itself to be found: the last part of its address, its title, its text in Markdown, the language of
    both, and when residents are offered it: from one moment until another, and not after its last day.

    A model that residents may search has a method `as_found()` that gives a list of these, one for each language; an empty one
    while nobody may read it. The index then follows every change of the row by itself. Where a change of one row changes
    how others are found, its `parts_found()` names them."""

    slug: str
    title: str
    text: str
    language: str = "pl"
    from_at: datetime | None = None
    until_at: datetime | None = None
    last_on: date | None = None


class Entry(Model):
    """One item in one language in the index; `kind` is the table that it comes from. The database keeps the index proper by itself: a
    virtual table `entry_words` with triggers on SQLite, a generated column `vector` with its index on PostgreSQL."""

    __tablename__ = "entry"
    __table_args__ = (UniqueConstraint("kind", "item_id", "language", name="uq_entry_item"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    item_id: Mapped[int]
    slug: Mapped[str] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(2))
    from_at: Mapped[datetime | None]
    until_at: Mapped[datetime | None]
    last_on: Mapped[date | None]  # before the texts, so that it is read without them
    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    title_words: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)


def is_modelled(name: str | None, kind: str, _parents: Any) -> bool:
    """Whether a thing of the database is described by the models: what the databases keep for the index is not."""
    is_hidden = (kind == "table" and (name or "").startswith("entry_words")) or name in {
        "vector",
        "ix_entry_vector",
    }
    return not is_hidden


def hits(terms: Sequence[Term], now: datetime, today: date) -> tuple[Sequence[Found], bool]:
    """What has every word of the question, or other forms of it, best first, and True; when nothing has, what has any of the
    longer ones, and False. One more than `MOST_HITS`, so that the page knows whether there are more. When more than
    `MOST_RANKED` match, only those written last are compared: a question to a large portal costs no more than to a small one."""
    if not terms:
        return [], True
    found = db.session.execute(_query(terms, "all", now, today)).all()
    telling = [term for term in terms if len(term.word) >= TELLING]
    if found or len(terms) == 1 or not telling:
        return found, True
    return db.session.execute(_query(telling, "any", now, today)).all(), False


def _query(
    terms: Sequence[Term], joint: str, now: datetime, today: date
) -> Select[str, str, str, str, str, datetime | None]:
    ranked = ENGINES[db.session.get_bind().dialect.name](terms, joint, _is_offered(now, today)).subquery()
    return (
        select(Entry.kind, Entry.slug, Entry.title, Entry.text, Entry.language, Entry.from_at)
        .join(ranked, ranked.c.id == Entry.id)
        .order_by(ranked.c.rank, Entry.from_at.desc(), Entry.id)
        .limit(MOST_HITS + 1)
    )


def _is_offered(now: datetime, today: date) -> ColumnElement[bool]:
    begun = or_(Entry.from_at.is_(None), Entry.from_at <= now)
    not_over = or_(Entry.until_at.is_(None), Entry.until_at > now)
    return and_(begun, not_over, or_(Entry.last_on.is_(None), Entry.last_on >= today))


def _on_sqlite(terms: Sequence[Term], joint: str, is_offered: ColumnElement[bool]) -> Select[Any]:
    """FTS5: words in quotes are words, whatever they say; bm25 grows downwards."""
    question = {"all": " AND ", "any": " OR "}[joint].join(_forms(t, '"{}" *', " OR ") for t in terms)
    words = table("entry_words", column("rowid"))
    this: ColumnElement[Any] = literal_column("entry_words")
    return (
        select(Entry.id, func.bm25(this, HEAVY, LIGHT).label("rank"))
        .join(words, words.c.rowid == Entry.id)
        .where(this.op("MATCH")(question), is_offered)
        .order_by(words.c.rowid.desc())
        .limit(MOST_RANKED)
    )


def _on_postgres(terms: Sequence[Term], joint: str, is_offered: ColumnElement[bool]) -> Select[Any]:
    """A text search query of lexemes; the words hold nothing that it would read as an operator."""
    question = {"all": " & ", "any": " | "}[joint].join(_forms(t, "{}:*", " | ") for t in terms)
    query = func.to_tsquery(literal_column("'simple'"), question)
    vector: ColumnElement[Any] = literal_column("entry.vector")
    matching = (
        select(Entry.id)
        .where(vector.op("@@")(query), is_offered)
        .order_by(Entry.id.desc())
        .limit(MOST_RANKED)
    )
    rank = (-func.ts_rank(vector, query, 1)).label("rank")
    return select(Entry.id, rank).where(Entry.id.in_(matching.scalar_subquery()))


def _forms(term: Term, beginning: str, either: str) -> str:
    """What begins as the word does, or as its stem: the word itself counts twice."""
    return f"({either.join(beginning.format(form) for form in dict.fromkeys((term.word, term.stem)))})"


ENGINES = {"sqlite": _on_sqlite, "postgresql": _on_postgres}
