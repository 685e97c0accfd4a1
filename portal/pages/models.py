"""Written pages, by address."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Row,
    String,
    Text,
    UniqueConstraint,
    exists,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from portal.db import Model, db
from portal.text import fold


class Page(Model):
    """A text at `/path` in one language, Polish at least; the others are versions of their own. `window_title`, when given,
    is what the browser's history keeps instead of the title (R93)."""

    __tablename__ = "page"
    __table_args__ = (
        UniqueConstraint("path", "language", name="uq_page_path_language"),
        CheckConstraint("language IN ('pl', 'uk', 'en')", name="language"),
    )
    is_content = True

    id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(5), default="pl")
    title: Mapped[str] = mapped_column(String(200))
    window_title: Mapped[str] = mapped_column(String(200), default="")
    lead: Mapped[str] = mapped_column(Text, default="")
    body: Mapped[str] = mapped_column(Text)
    folded: Mapped[str] = mapped_column(Text)
    updated_on: Mapped[date]

    @property
    def is_discreet(self) -> bool:
        """Whether nothing of the page may stay in the browser's cache (S38)."""
        return self.path.startswith("pomoc")


def best_in(language: str) -> ColumnElement[bool]:
    """The version of each page in this language; the Polish one where there is none."""
    version = aliased(Page)
    translated = exists().where(version.path == Page.path, version.language == language)
    return or_(Page.language == language, (Page.language == "pl") & ~translated)


def page_at(path: str, language: str = "pl") -> Page | None:
    """The page at this address, given without the first slash, in the language or else in Polish."""
    return db.session.scalar(select(Page).where(Page.path == path, best_in(language)))


@dataclass(frozen=True)
class Trail:
    """The languages in which a page is written, and path and title of the pages whose address its own begins with, from the
    top."""

    languages: list[str]
    above: list[tuple[str, str]]


def trail_of(path: str, language: str = "pl") -> Trail:
    """What leads to the page at this address, in one query."""
    parts = path.split("/")
    along = ["/".join(parts[: n + 1]) for n in range(len(parts))]
    order = Page.path, Page.language != language
    query = select(Page.path, Page.language, Page.title).where(Page.path.in_(along)).order_by(*order)
    rows = db.session.execute(query).all()
    titles = {row.path: row.title for row in reversed(rows) if row.language in (language, "pl")}
    titles.pop(path, None)
    return Trail([row.language for row in rows if row.path == path], sorted(titles.items()))


def page_links(language: str = "pl") -> Sequence[Row[str, str, str]]:
    """Path, title and language of every page, by address."""
    query = select(Page.path, Page.title, Page.language).where(best_in(language)).order_by(Page.path)
    return db.session.execute(query).all()


def pages_with(words: str, language: str = "pl", limit: int = 50) -> Sequence[Page]:
    """The pages that contain every word, whatever its diacritics."""
    query = select(Page).where(best_in(language)).order_by(Page.title).limit(limit)
    for word in fold(words).split()[:8]:
        query = query.where(Page.folded.contains(word, autoescape=True))
    return db.session.scalars(query).all()
