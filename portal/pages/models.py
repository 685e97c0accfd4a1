"""Written pages, their revisions, and what residents have read when. What residents read is a revision that never changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Row,
    Select,
    String,
    Text,
    UniqueConstraint,
    cast,
    exists,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, aliased, joinedload, mapped_column, relationship

from portal.changes.models import Checkable
from portal.db import Model, db
from portal.finding.models import Findable
from portal.freshness import while_unchanged
from portal.media.models import Uses, names_media, uses_in

LINKED = frozenset(
    [
        "dostepnosc/budynek",
        "dostepnosc/etr",
        "dostepnosc/pjm",
        "dostepnosc/tlumacz",
        "dostepnosc/zakres-dzialalnosci",
        "pliki-cookie",
        "poradnik-interesanta",
        "pomoc/bezpieczne-korzystanie",
        "pomoc/dla-dzieci",
        "pomoc/kryzys",
        "pomoc/przemoc",
        "prywatnosc",
        "prywatnosc/piecza-zastepcza",
        "prywatnosc/rezerwacje",
        "rodzicielstwo-zastepcze",
        "rodzicielstwo-zastepcze/krok-po-kroku",
        "standardy-ochrony-maloletnich",
        "sygnalisci",
    ]
)  # the portal itself leads there: these are changed, never withdrawn


class Page(Checkable, Model):
    """A page at `/path` in one language, Polish at least; the others have texts of their own. `changed_at` is when residents
    last got another text, or none."""

    __tablename__ = "page"
    __table_args__ = (
        UniqueConstraint("path", "language", name="uq_page_path_language"),
        CheckConstraint("language IN ('pl', 'uk', 'en')", name="language"),
    )
    is_content = True

    id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(5), default="pl")
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]

    revisions: Mapped[list["PageRevision"]] = relationship(
        order_by="PageRevision.number", back_populates="page"
    )
    publications: Mapped[list["PagePublication"]] = relationship(
        order_by="PagePublication.id", back_populates="page"
    )

    @property
    def is_discreet(self) -> bool:
        """Whether nothing of the page may stay in the browser's cache (S38)."""
        return self.path.startswith("pomoc")

    @property
    def is_linked(self) -> bool:
        """Whether the portal itself leads there."""
        return self.path in LINKED and self.language == "pl"

    @property
    def latest(self) -> "PageRevision":
        """The newest text, published or not."""
        return self.revisions[-1]

    @property
    def read(self) -> "PageRevision | None":
        """What residents read."""
        last = self.publications[-1] if self.publications else None
        return last.revision if last and last.public_until is None else None

    @property
    def state(self) -> str:
        """`draft`, `withdrawn`, `published`, or `changed`: published, with a newer text that is not."""
        if self.read is None:
            return "withdrawn" if self.publications else "draft"
        return "published" if self.latest.id == self.read.id else "changed"

    @property
    def changes(self) -> list[tuple[datetime, str]]:
        """When residents got which text and why, newest first (R30)."""
        return [(one.public_from, one.reason) for one in reversed(self.publications)]

    def as_found(self) -> list[Findable]:
        """What residents read."""
        text = self.read
        return (
            [
                Findable(
                    self.path, text.title, f"{text.lead}\n\n{text.body}\n\n{text.easy_text}", self.language
                )
            ]
            if text
            else []
        )


class PageRevision(Model):
    """One saved text; rows are only ever added (a trigger refuses the rest). `window_title`, when given, is what the browser's
    history keeps instead of the title (R93)."""

    __tablename__ = "page_revision"
    __table_args__ = (UniqueConstraint("page_id", "number", name="uq_page_revision_number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    window_title: Mapped[str] = mapped_column(String(200), default="")
    lead: Mapped[str] = mapped_column(Text, default="")
    body: Mapped[str] = mapped_column(Text)
    easy_text: Mapped[str] = mapped_column(Text, default="")
    media: Mapped[list[int]] = mapped_column(
        JSON, default=list
    )  # numbers of media, in the order in which they stand
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime]

    page: Mapped[Page] = relationship(back_populates="revisions")


class PagePublication(Model):
    """From when and until when residents read a revision, and why it changed (R30)."""

    __tablename__ = "page_publication"
    is_content = True
    __table_args__ = (
        CheckConstraint("public_until IS NULL OR public_until >= public_from", name="from_before_until"),
        Index(
            "uq_page_publication_open",
            "page_id",
            unique=True,
            sqlite_where=text("public_until IS NULL"),
            postgresql_where=text("public_until IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"), index=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("page_revision.id"), index=True)
    public_from: Mapped[datetime]
    public_until: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(200), default="")
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    page: Mapped[Page] = relationship(back_populates="publications")
    revision: Mapped[PageRevision] = relationship()


def best_in(language: str) -> ColumnElement[bool]:
    """The version of each page in this language that residents read; the Polish one where there is none."""
    version, read = aliased(Page), aliased(PagePublication)
    translated = exists().where(
        version.path == Page.path,
        version.language == language,
        read.page_id == version.id,
        read.public_until.is_(None),
    )
    return or_(Page.language == language, (Page.language == "pl") & ~translated)


def page_at(path: str, language: str = "pl") -> Page | None:
    """The page that residents read at this address, given without the first slash, in the language or else in Polish; with
    its text and its list of changes."""
    query = (
        select(PagePublication)
        .join(PagePublication.page)
        .where(Page.path == path, PagePublication.public_until.is_(None), best_in(language))
        .options(
            joinedload(PagePublication.revision),
            joinedload(PagePublication.page).joinedload(Page.publications),
        )
    )
    now_read = db.session.scalars(query).unique().first()
    return now_read.page if now_read else None


def media_of(page: Page) -> Sequence[int]:
    """The numbers of what the page shows: a translation without media of its own shows those of the Polish text."""
    own = page.read.media if page.read else []
    return own if own or page.language == "pl" else media_at(page.path)


def media_at(path: str) -> Sequence[int]:
    """The numbers of what the Polish page at this address shows."""
    query = _read(PageRevision.media).where(Page.path == path, Page.language == "pl")
    return db.session.scalar(query) or []


@dataclass(frozen=True)
class Trail:
    """The languages in which a page is written, and path, title and language of the pages whose address its own begins with, from
    the top."""

    languages: list[str]
    above: list[tuple[str, str, str]]


def trail_of(path: str, language: str = "pl") -> Trail:
    """What leads to the page at this address, in one query."""
    parts = path.split("/")
    along = ["/".join(parts[: n + 1]) for n in range(len(parts))]
    query = _read(Page.path, Page.language, PageRevision.title).where(Page.path.in_(along))
    rows = db.session.execute(query.order_by(Page.path, Page.language != language)).all()
    read = {row.path: row for row in reversed(rows) if row.language in (language, "pl") and row.path != path}
    above = [(row.path, row.title, row.language) for _path, row in sorted(read.items())]
    return Trail([row.language for row in rows if row.path == path], above)


def page_links(language: str = "pl") -> Sequence[Row[Any]]:
    """Path, title and language of every page that residents read, by address."""
    query = _read(Page.path, PageRevision.title, Page.language).where(best_in(language))
    return db.session.execute(query.order_by(Page.path)).all()


def _read(*columns: Any) -> Select[Any]:
    """These columns of pages and the texts that residents read."""
    return (
        select(*columns)
        .select_from(Page)
        .join(PagePublication, PagePublication.page_id == Page.id)
        .join(PageRevision, PageRevision.id == PagePublication.revision_id)
        .where(PagePublication.public_until.is_(None))
    )


def paths_read() -> set[str]:
    """Where residents find a page, as they ask for it: `e-uslugi`, and of one in another language `uk/e-uslugi`."""
    return {asked_for(page) for page in db.session.execute(_read(Page.path, Page.language))}


def asked_for(page: Row[Any]) -> str:
    """Path and language of a page as part of an address."""
    path: str = page.path
    return path if page.language == "pl" else f"{page.language}/{path}"


def texts_read() -> Sequence[Row[Any]]:
    """Every page that residents read with its text, for those who look after it."""
    facts = (Page.id, Page.path, Page.language, Page.changed_at, Page.checked_on)
    texts = (PageRevision.title, PageRevision.lead, PageRevision.body, PageRevision.easy_text)
    return db.session.execute(_read(*facts, *texts).order_by(Page.path, Page.language)).all()


@while_unchanged(Uses())
def media_used() -> Uses:
    """Which media pages show."""
    words = (PageRevision.body + PageRevision.easy_text).label("words")
    shows = or_(cast(PageRevision.media, Text) != "[]", names_media(words))
    texts, read = (
        query.where(shows) for query in (select(PageRevision.media, words), _read(PageRevision.media, words))
    )
    return uses_in(*([(row[0], row[1]) for row in db.session.execute(query)] for query in (texts, read)))


def page_numbered(page_id: int) -> Page | None:
    """A page for those who edit it."""
    return db.session.get(Page, page_id)


def revision_numbered(page_id: int, number: int) -> PageRevision | None:
    """One saved text of a page."""
    query = select(PageRevision).where(PageRevision.page_id == page_id, PageRevision.number == number)
    return db.session.scalar(query)


def pages_to_edit() -> Sequence[tuple[Page, PageRevision]]:
    """Every page with its newest text, by address, without reading the older texts."""
    each = aliased(PageRevision)
    newest = select(func.max(each.id)).where(each.page_id == Page.id).scalar_subquery()
    query = (
        select(Page, PageRevision)
        .join(PageRevision, PageRevision.id == newest)
        .options(joinedload(Page.publications))
        .order_by(Page.path, Page.language)
    )
    return [(page, revision) for page, revision in db.session.execute(query).unique()]
