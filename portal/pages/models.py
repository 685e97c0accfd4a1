"""Written pages, by address."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Model, db
from portal.text import fold


class Page(Model):
    """A text at `/path`; `window_title`, when given, is what the browser's history keeps instead of the title (R93)."""

    __tablename__ = "page"
    is_content = True

    id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(String(120), unique=True)
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


def page_at(path: str) -> Page | None:
    """The page at this address, given without the first slash."""
    return db.session.scalar(select(Page).where(Page.path == path))


def pages_above(path: str) -> Sequence[tuple[str, str]]:
    """Path and title of the pages whose address the given one begins with, from the top."""
    parts = path.split("/")[:-1]
    if not parts:
        return []
    above = ["/".join(parts[: n + 1]) for n in range(len(parts))]
    query = select(Page.path, Page.title).where(Page.path.in_(above)).order_by(Page.path)
    return [(path, title) for path, title in db.session.execute(query)]


def page_links() -> Sequence[tuple[str, str]]:
    """Path and title of every page, by address."""
    return [
        (path, title) for path, title in db.session.execute(select(Page.path, Page.title).order_by(Page.path))
    ]


def pages_with(words: str, limit: int = 50) -> Sequence[Page]:
    """The pages that contain every word, whatever its diacritics."""
    query = select(Page).order_by(Page.title).limit(limit)
    for word in fold(words).split()[:8]:
        query = query.where(Page.folded.contains(word, autoescape=True))
    return db.session.scalars(query).all()
