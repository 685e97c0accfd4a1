"""Announcements and their revisions. What residents read is a revision that never changes."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Row,
    Select,
    String,
    Text,
    UniqueConstraint,
    func,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship, selectinload

from portal.db import Model, db
from portal.programmes.models import Programme
from portal.text import fold

CATEGORIES = ("programmes", "foster_care", "benefits", "centre")
PAGE = 10


class Announcement(Model):
    """One announcement at one address; `published_id` points at the text that residents read."""

    __tablename__ = "announcement"
    is_content = True
    __table_args__ = (
        CheckConstraint("(published_id IS NULL) = (published_at IS NULL)", name="published_means_when"),
        CheckConstraint("withdrawn_at IS NULL OR published_id IS NOT NULL", name="only_published_withdrawn"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(100), unique=True)
    created_at: Mapped[datetime]
    published_id: Mapped[int | None] = mapped_column(
        ForeignKey("announcement_revision.id", use_alter=True), unique=True
    )
    published_at: Mapped[datetime | None] = mapped_column(index=True)
    updated_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]

    published: Mapped["Revision | None"] = relationship(foreign_keys=[published_id], post_update=True)
    revisions: Mapped[list["Revision"]] = relationship(
        foreign_keys="Revision.announcement_id", order_by="Revision.number", back_populates="announcement"
    )

    @property
    def latest(self) -> "Revision":
        """The newest text, published or not."""
        return self.revisions[-1]

    @property
    def state(self) -> str:
        """`draft`, `published`, `withdrawn`, or `changed`: published, with a newer text that is not."""
        if self.withdrawn_at:
            return "withdrawn"
        if self.published_id is None:
            return "draft"
        return "published" if self.latest.id == self.published_id else "changed"


class Revision(Model):
    """One saved text; rows are only ever added (a trigger refuses the rest)."""

    __tablename__ = "announcement_revision"
    is_content = True
    __table_args__ = (
        UniqueConstraint("announcement_id", "number", name="uq_revision_number"),
        CheckConstraint("category IN ('programmes', 'foster_care', 'benefits', 'centre')", name="category"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcement.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    lead: Mapped[str] = mapped_column(String(500))
    body: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(String(20))
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("programme.id"), index=True)
    valid_until: Mapped[date]
    folded: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime]

    announcement: Mapped[Announcement] = relationship(
        foreign_keys=[announcement_id], back_populates="revisions"
    )
    programme: Mapped[Programme | None] = relationship()

    def is_archived(self, today: date) -> bool:
        """Whether its last day is over (R25)."""
        return today > self.valid_until


Listed = Row[int, str, datetime | None, datetime | None, str, str, str]


def _listed(
    today: date, *, archived: bool
) -> Select[int, str, datetime | None, datetime | None, str, str, str]:
    in_time = Revision.valid_until < today if archived else Revision.valid_until >= today
    return (
        select(
            Announcement.id,
            Announcement.slug,
            Announcement.published_at.label("published_at"),
            Announcement.updated_at,
            Revision.title,
            Revision.lead,
            Revision.category,
        )
        .join(Revision, Revision.id == Announcement.published_id)
        .where(Announcement.withdrawn_at.is_(None), in_time)
        .order_by(Announcement.published_at.desc(), Announcement.id.desc())
    )


def published_list(
    today: date,
    *,
    archived: bool = False,
    category: str | None = None,
    before: tuple[datetime, int] | None = None,
    limit: int = PAGE + 1,
) -> Sequence[Listed]:
    """Published announcements, newest first, one more than a page so that the view knows whether to go on.

    `before` is the (published_at, id) of the last one that the reader has seen.
    """
    query = _listed(today, archived=archived).limit(limit)
    if category:
        query = query.where(Revision.category == category)
    if before:
        query = query.where(tuple_(Announcement.published_at, Announcement.id) < before)
    return db.session.execute(query).all()


def found(words: str, today: date, limit: int = 50) -> Sequence[Listed]:
    """Current announcements that contain every word, whatever its diacritics."""
    query = _listed(today, archived=False).limit(limit)
    for word in fold(words).split()[:8]:
        query = query.where(Revision.folded.contains(word, autoescape=True))
    return db.session.execute(query).all()


def published(slug: str) -> Announcement | None:
    """The announcement at this address, if residents may read it; the only way to it from the public side."""
    query = (
        select(Announcement)
        .where(
            Announcement.slug == slug,
            Announcement.published_id.is_not(None),
            Announcement.withdrawn_at.is_(None),
        )
        .options(
            joinedload(Announcement.published).joinedload(Revision.programme).joinedload(Programme.services)
        )
    )
    return db.session.scalars(query).unique().first()


def announcement_numbered(announcement_id: int) -> Announcement | None:
    """An announcement for those who edit it."""
    return db.session.get(Announcement, announcement_id)


def all_announcements() -> Sequence[Announcement]:
    """Every announcement for those who edit, newest first."""
    query = select(Announcement).options(joinedload(Announcement.published)).order_by(Announcement.id.desc())
    return db.session.scalars(query).unique().all()


def unpublished() -> Sequence[Announcement]:
    """What residents cannot read yet: drafts, and announcements with changes that wait; newest first."""
    newest = (
        select(func.max(Revision.id)).where(Revision.announcement_id == Announcement.id).scalar_subquery()
    )
    waits = or_(Announcement.published_id.is_(None), Announcement.published_id != newest)
    query = select(Announcement).where(Announcement.withdrawn_at.is_(None), waits)
    with_texts = query.options(selectinload(Announcement.revisions)).order_by(Announcement.id.desc())
    return db.session.scalars(with_texts).all()
