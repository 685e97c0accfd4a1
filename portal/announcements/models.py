"""Announcements, their revisions, and when residents read which. What residents read is a revision that never changes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Row,
    ScalarSelect,
    Select,
    String,
    Text,
    UniqueConstraint,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.orm import Mapped, aliased, joinedload, mapped_column, relationship, selectinload

from portal import clock
from portal.db import Model, Moment, db
from portal.finding.models import Findable
from portal.freshness import while_unchanged
from portal.media.models import Uses, names_media, uses_in
from portal.programmes.models import Programme, led_across
from portal.text import fold

CATEGORIES = ("programmes", "foster_care", "benefits", "centre")
TRANSLATED = ("uk", "en")
PAGE = 10
STAFF_PAGE = 25


class Announcement(Model):
    """One announcement at one address. `published_at` is the moment of its first publication, which may be still to come."""

    __tablename__ = "announcement"
    is_content = True

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(100), unique=True)
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None] = mapped_column(index=True)

    revisions: Mapped[list["Revision"]] = relationship(
        order_by="Revision.number", back_populates="announcement"
    )
    publications: Mapped[list["Publication"]] = relationship(
        order_by="Publication.public_from, Publication.id",
        back_populates="announcement",
        cascade="all, delete-orphan",
    )

    @property
    def latest(self) -> "Revision":
        """The newest text, published or not."""
        return self.revisions[-1]

    @property
    def last_publication(self) -> "Publication | None":
        """The newest one, which may be still to come."""
        return self.publications[-1] if self.publications else None

    def read_at(self, now: datetime) -> "Publication | None":
        """What residents read at this moment."""
        return next((one for one in reversed(self.publications) if one.is_read_at(now)), None)

    def changes_until(self, now: datetime) -> list["Publication"]:
        """What residents have read until this moment, newest first (R30)."""
        return [one for one in reversed(self.publications) if one.public_from <= now and one.was_read]

    def planned_at(self, now: datetime) -> "Publication | None":
        """The publication that is still to come."""
        last = self.last_publication
        return last if last and last.public_from > now else None

    def state_at(self, now: datetime) -> str:
        """`draft`, `planned`, `published`, `withdrawn`, or `changed`: published, with a newer text that is not."""
        read = self.read_at(now)
        if read is None:
            planned = "planned" if self.planned_at(now) else "withdrawn"
            return planned if self.publications else "draft"
        return "published" if self.latest.id == read.revision_id else "changed"

    def parts_found(self) -> Sequence["Publication"]:
        """What is found again when its address changes."""
        return self.publications


class Revision(Model):
    """One saved text with its translations; rows are only ever added (a trigger refuses the rest). `author` names who answers
    for the content by role (R30); empty: the editors."""

    __tablename__ = "announcement_revision"
    is_content = True
    __table_args__ = (
        UniqueConstraint("announcement_id", "number", name="uq_revision_number"),
        CheckConstraint("category IN ('programmes', 'foster_care', 'benefits', 'centre')", name="category"),
        CheckConstraint("valid_from IS NULL OR valid_from <= valid_until", name="valid_from_first"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcement.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    lead: Mapped[str] = mapped_column(String(500))
    body: Mapped[str] = mapped_column(Text)
    easy_text: Mapped[str] = mapped_column(Text, default="")
    author: Mapped[str] = mapped_column(String(120), default="")
    category: Mapped[str] = mapped_column(String(20))
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("programme.id"), index=True)
    valid_from: Mapped[date | None]
    valid_until: Mapped[date]
    media: Mapped[list[int]] = mapped_column(
        JSON, default=list
    )  # numbers of media, in the order in which they stand
    folded: Mapped[str] = mapped_column(Text)  # for those who edit: it also holds what nobody else may find
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime]

    announcement: Mapped[Announcement] = relationship(back_populates="revisions")
    programme: Mapped[Programme | None] = relationship()
    translations: Mapped[list["Translation"]] = relationship(order_by="Translation.language")

    def is_archived(self, today: date) -> bool:
        """Whether its last day is over (R25)."""
        return today > self.valid_until

    @property
    def leads_across(self) -> bool:
        """Whether it would lead from its programme, in any language, to the booking of people whom these must not meet (R89)."""
        said = [self.lead, self.body, self.easy_text]
        said += [words for other in self.translations for words in (other.lead, other.body)]
        return bool(led_across(self.programme, "\n".join(filter(None, said))))

    def translation(self, language: str) -> "Translation | None":
        """The text in another language, if there is one."""
        return next((text for text in self.translations if text.language == language), None)


class Translation(Model):
    """A revision's text in another language; `is_behind` when the Polish text has changed since it was made."""

    __tablename__ = "announcement_translation"
    is_content = True
    __table_args__ = (
        UniqueConstraint("revision_id", "language", name="uq_announcement_translation_language"),
        CheckConstraint("language IN ('uk', 'en')", name="language"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("announcement_revision.id"))
    language: Mapped[str] = mapped_column(String(2))
    title: Mapped[str] = mapped_column(String(200))
    lead: Mapped[str] = mapped_column(String(500))
    body: Mapped[str] = mapped_column(Text)
    is_behind: Mapped[bool]


class Publication(Model):
    """From when and until when residents read a revision, and why it changed (R30). The clock alone decides which one is
    read: nothing has to happen at that moment."""

    __tablename__ = "announcement_publication"
    is_content = True
    __table_args__ = (
        CheckConstraint("public_until IS NULL OR public_until >= public_from", name="from_before_until"),
        Index(
            "uq_announcement_publication_open",
            "announcement_id",
            unique=True,
            sqlite_where=text("public_until IS NULL"),
            postgresql_where=text("public_until IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcement.id"), index=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("announcement_revision.id"), index=True)
    public_from: Mapped[datetime] = mapped_column(index=True)
    public_until: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(200), default="")
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    announcement: Mapped[Announcement] = relationship(back_populates="publications")
    revision: Mapped[Revision] = relationship()

    @property
    def was_read(self) -> bool:
        """Whether it lasted at all: what is published over again within the same moment did not."""
        return self.public_until is None or self.public_until > self.public_from

    def is_read_at(self, now: datetime) -> bool:
        """Whether residents read it at this moment."""
        return self.public_from <= now and (self.public_until is None or now < self.public_until)

    def as_found(self) -> list[Findable]:
        """The text in each of its languages, while it is read and not archived (R25)."""
        text = self.revision
        polish = Findable(
            self.announcement.slug,
            text.title,
            f"{text.lead}\n\n{text.body}\n\n{text.easy_text}",
            from_at=self.public_from,
            until_at=self.public_until,
            last_on=text.valid_until,
        )
        others = text.translations
        return [
            polish,
            *(
                replace(polish, title=t.title, text=f"{t.lead}\n\n{t.body}", language=t.language)
                for t in others
            ),
        ]


class OldAddress(Model):
    """An address that an announcement once had; it leads to the new one for good."""

    __tablename__ = "announcement_old_address"
    is_content = True

    slug: Mapped[str] = mapped_column(String(100), primary_key=True)
    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcement.id"), index=True)


Listed = Row[Any]


def _is_read_at(now: datetime, begins: ColumnElement[datetime] | None = None) -> ColumnElement[bool]:
    until = or_(Publication.public_until.is_(None), Publication.public_until > now)
    return and_((Publication.public_from if begins is None else begins) <= now, until)


def latest_change() -> ScalarSelect[datetime]:
    """The last moment at which the clock let residents read something; pages kept before it are old."""
    now = bindparam("now", callable_=clock.now, type_=Moment())
    return select(func.max(Publication.public_from)).where(Publication.public_from <= now).scalar_subquery()


def _listed(now: datetime, language: str, *, archived: bool) -> Select[Any]:
    today = clock.day_of(now)
    in_time = Revision.valid_until < today if archived else Revision.valid_until >= today
    changed = case((Publication.public_from > Announcement.published_at, Publication.public_from))
    columns = (Announcement.id, Announcement.slug, Announcement.published_at, changed.label("updated_at"))
    about = (Revision.category, Revision.programme_id)
    # Written so that no database begins with the index of publications: by that of announcements the newest come first and
    # the rest is not read.
    is_read = _is_read_at(now, func.coalesce(Publication.public_from, now))
    query = (
        select(*columns, *about, *_words(language))
        .select_from(Announcement)
        .join(Publication, and_(Publication.announcement_id == Announcement.id, is_read))
        .join(Revision, Revision.id == Publication.revision_id)
        .where(in_time, Announcement.published_at <= now)
        .order_by(Announcement.published_at.desc(), Announcement.id.desc())
    )
    if language in TRANSLATED:
        own = and_(Translation.revision_id == Revision.id, Translation.language == language)
        query = query.outerjoin(Translation, own)
    return query


def _words(language: str) -> tuple[ColumnElement[str], ...]:
    """Title and lead in the language where they exist, and the language they are in."""
    if language not in TRANSLATED:
        return (
            Revision.title.label("title"),
            Revision.lead.label("lead"),
            bindparam("pl", "pl").label("language"),
        )
    return (
        func.coalesce(Translation.title, Revision.title).label("title"),
        func.coalesce(Translation.lead, Revision.lead).label("lead"),
        func.coalesce(Translation.language, "pl").label("language"),
    )


def published_list(
    now: datetime,
    language: str = "pl",
    *,
    archived: bool = False,
    category: str | None = None,
    before: tuple[datetime, int] | None = None,
    limit: int = PAGE + 1,
) -> Sequence[Listed]:
    """What residents may read, newest first, one more than a page so that the view knows whether to go on.

    `before` is the (published_at, id) of the last one that the reader has seen.
    """
    query = _listed(now, language, archived=archived).limit(limit)
    if category:
        query = query.where(Revision.category == category)
    if before:
        query = query.where(tuple_(Announcement.published_at, Announcement.id) < before)
    return db.session.execute(query).all()


def published(slug: str, now: datetime) -> Publication | None:
    """What residents read at this address at this moment; the only way to it from the public side."""
    whole = joinedload(Publication.revision)
    query = (
        select(Publication)
        .join(Publication.announcement)
        .where(Announcement.slug == slug, _is_read_at(now))
        .options(
            joinedload(Publication.announcement).joinedload(Announcement.publications),
            whole.joinedload(Revision.programme).joinedload(Programme.services),
            whole.joinedload(Revision.programme).joinedload(Programme.editions),
            whole.joinedload(Revision.translations),
        )
    )
    return db.session.scalars(query).unique().first()


def moved_to(slug: str, now: datetime) -> str | None:
    """The address of today of an announcement that was once at this one, if residents may read it."""
    query = (
        select(Announcement.slug)
        .join(OldAddress, OldAddress.announcement_id == Announcement.id)
        .join(Publication, Publication.announcement_id == Announcement.id)
        .where(OldAddress.slug == slug, _is_read_at(now))
    )
    return db.session.scalar(query)


@while_unchanged(Uses())
def media_used() -> Uses:
    """Which media announcements show: the clock, too, makes a new state of the content."""
    words = Revision.body + Revision.easy_text + func.coalesce(Translation.body, "")
    shows = or_(cast(Revision.media, Text) != "[]", names_media(words))
    texts = select(Revision.media, words).outerjoin(Revision.translations).where(shows)
    read = texts.join(Publication, Publication.revision_id == Revision.id).where(_is_read_at(clock.now()))
    return uses_in(*([(row[0], row[1]) for row in db.session.execute(query)] for query in (texts, read)))


def current_texts(now: datetime) -> Sequence[Row[Any]]:
    """What residents read that is not archived, for those who look after it; the one that ends first comes first."""
    query = (
        select(Announcement.id, Announcement.slug, Revision.valid_until)
        .add_columns(Revision.title, Revision.lead, Revision.body, Revision.easy_text)
        .join(Publication, and_(Publication.announcement_id == Announcement.id, _is_read_at(now)))
        .join(Revision, Revision.id == Publication.revision_id)
        .where(Revision.valid_until >= clock.day_of(now))
        .order_by(Revision.valid_until, Announcement.id)
    )
    return db.session.execute(query).all()


def announcement_numbered(announcement_id: int) -> Announcement | None:
    """An announcement for those who edit it."""
    return db.session.get(Announcement, announcement_id)


def revision_numbered(announcement_id: int, number: int) -> Revision | None:
    """One of its texts."""
    return db.session.scalar(
        select(Revision).where(Revision.announcement_id == announcement_id, Revision.number == number)
    )


def _with_latest() -> Select[Announcement]:
    """Announcements with their publications and only the newest of their texts."""
    other = aliased(Revision)
    newest = select(func.max(other.number)).where(other.announcement_id == Revision.announcement_id)
    return select(Announcement).options(
        selectinload(Announcement.publications),
        selectinload(Announcement.revisions.and_(Revision.number == newest.scalar_subquery())),
    )


def announcements_to_edit(words: str = "", before: int | None = None) -> Sequence[Announcement]:
    """A page and one more of all announcements for those who edit, newest first; `before` is the number of the last one seen.
    With words: those of which some text contains every one of them."""
    query = _with_latest().order_by(Announcement.id.desc()).limit(STAFF_PAGE + 1)
    if before:
        query = query.where(Announcement.id < before)
    if folded := fold(words).split()[:8]:
        has = [Revision.folded.contains(word, autoescape=True) for word in folded]
        query = query.where(exists().where(Revision.announcement_id == Announcement.id, *has))
    return db.session.scalars(query).all()


def unpublished() -> Sequence[Announcement]:
    """What residents cannot read and nobody has planned: drafts, and announcements with changes that wait; newest first."""
    newest = select(func.max(Revision.id)).where(Revision.announcement_id == Publication.announcement_id)
    own = Publication.announcement_id == Announcement.id
    is_open = Publication.public_until.is_(None)
    never_read = ~exists().where(own)
    behind = exists().where(own, is_open, Publication.revision_id != newest.scalar_subquery())
    query = _with_latest().where(or_(never_read, behind)).order_by(Announcement.id.desc())
    return db.session.scalars(query).all()
