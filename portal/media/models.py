"""What has been uploaded. Its files lie in a folder of its random name and never change but for the captions and the picture of a
film; what is said of it does."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, String, Text, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Model, db
from portal.freshness import while_unchanged

KINDS = ("image", "document", "film")
STAFF_PAGE = 30
LINKED = re.compile(r"/media/([A-Za-z0-9_-]{1,32})/")
NAMED = re.compile(r"\{plik: ?(\d{1,9})\}")
Shown = Iterable[tuple[Sequence[int], str]]


class Medium(Model):
    """One picture, document or film; `size` is in bytes. `widths` are those in which a picture is kept, smallest first."""

    __tablename__ = "medium"
    is_content = True
    __table_args__ = (
        CheckConstraint("kind IN ('image', 'document', 'film')", name="kind"),
        CheckConstraint("kind != 'image' OR is_decorative = (alt = '')", name="image_described"),
        CheckConstraint("(kind = 'image') = (width IS NOT NULL AND height IS NOT NULL)", name="image_size"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(32), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    mime: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    alt: Mapped[str] = mapped_column(String(500), default="")
    is_decorative: Mapped[bool] = mapped_column(default=False)
    is_pjm: Mapped[bool] = mapped_column(default=False)
    width: Mapped[int | None]
    height: Mapped[int | None]
    widths: Mapped[str] = mapped_column(String(60), default="")
    has_captions: Mapped[bool] = mapped_column(default=False)
    has_poster: Mapped[bool] = mapped_column(default=False)
    transcript: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    @property
    def main_file(self) -> str:
        """The name of the file that is the thing itself; of a picture, the largest."""
        return {
            "image": f"{self.width}.webp",
            "document": "dokument.pdf",
            "film": f"film.{self.mime.partition('/')[2]}",
        }[self.kind]

    @property
    def files(self) -> dict[str, str]:
        """The names of its files, with the type of each."""
        pictures = [f"{width}.webp" for width in self.widths.split()] + ["okladka.webp"] * self.has_poster
        captions = {"napisy.vtt": "text/vtt"} if self.has_captions else {}
        return {self.main_file: self.mime, **dict.fromkeys(pictures, "image/webp"), **captions}


@dataclass(frozen=True)
class Uses:
    """The media of texts of one kind: the numbers of those that any text has ever shown, and the numbers and names of those
    that residents see now."""

    ever: frozenset[int] = frozenset()
    now: frozenset[int | str] = frozenset()


def uses_in(ever: Shown, read: Shown) -> Uses:
    """From the media and words of all texts, and of those that residents read."""
    now: set[int | str] = set()
    for numbers, words in read:
        now.update(numbers, _named(words), LINKED.findall(words))
    return Uses(
        frozenset(number for numbers, words in ever for number in (*numbers, *_named(words))), frozenset(now)
    )


def names_media(words: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a text, by its column, may show media where it names them."""
    return or_(words.contains("{plik:"), words.contains("/media/"))


def _named(words: str) -> Iterator[int]:
    return map(int, NAMED.findall(words))


def is_withheld(medium: Medium, uses: Sequence[Uses]) -> bool:
    """Whether texts show it, but none that residents read: what is a draft or was withdrawn is so with all its files."""
    is_read = any({medium.id, medium.name} & use.now for use in uses)
    return not is_read and any(medium.id in use.ever for use in uses)


def medium_called(name: str) -> Medium | None:
    """The one of this random name, unless it was removed."""
    return db.session.scalar(select(Medium).where(Medium.name == name, Medium.removed_at.is_(None)))


def medium_numbered(medium_id: int) -> Medium | None:
    """One for those who edit."""
    return db.session.get(Medium, medium_id)


def media_numbered(numbers: Sequence[int]) -> Sequence[Medium]:
    """Those of these numbers that are still there, in the order of the numbers; nothing is asked when there are none."""
    if not numbers:
        return []
    query = select(Medium).where(Medium.id.in_(numbers), Medium.removed_at.is_(None))
    return sorted(db.session.scalars(query), key=lambda medium: numbers.index(medium.id))


NO_NUMBERS: frozenset[str] = frozenset()


@while_unchanged(NO_NUMBERS)
def numbers_there() -> frozenset[str]:
    """The numbers of all that is there, as texts write them."""
    return frozenset(map(str, db.session.scalars(select(Medium.id).where(Medium.removed_at.is_(None)))))


def newest_media(before: int | None = None) -> Sequence[Medium]:
    """A page and one more of what is there, newest first; `before` is the number of the last one seen."""
    query = select(Medium).where(Medium.removed_at.is_(None)).order_by(Medium.id.desc())
    if before:
        query = query.where(Medium.id < before)
    return db.session.scalars(query.limit(STAFF_PAGE + 1)).all()


def pictures_with_words() -> Sequence[Medium]:
    """Every picture that is there and says what it shows, newest first."""
    told = Medium.kind == "image", Medium.is_decorative.is_(False), Medium.removed_at.is_(None)
    return db.session.scalars(select(Medium).where(*told).order_by(Medium.id.desc())).all()


def uploads_since(account_id: int, moment: datetime) -> int:
    """How many files an account has brought since then, removed ones too."""
    mine = Medium.account_id == account_id, Medium.created_at >= moment
    return db.session.scalar(select(func.count()).select_from(Medium).where(*mine)) or 0
