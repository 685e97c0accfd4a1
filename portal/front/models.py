"""What frames every page: the main menu, the urgent banner, and the shortcuts and logos of the home page."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from portal.db import Model, db
from portal.freshness import while_unchanged
from portal.media.models import Medium, Uses

MOST_IN_MENU = 8
# An address of this portal that residents may know of (R34), or a safe one elsewhere.
LEADS = re.compile(r"(/(?!/|(?:(?:uk|en)/)?panel\b)|https://)[^\s\\]*$")


class MenuItem(Model):
    """One entry of the main menu; without words in a language the Polish ones stand there too."""

    __tablename__ = "menu_item"
    is_content = True

    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int]
    label: Mapped[str] = mapped_column(String(40))
    label_uk: Mapped[str] = mapped_column(String(40), default="")
    label_en: Mapped[str] = mapped_column(String(40), default="")
    path: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class Shortcut(Model):
    """One entry of "Na skróty"."""

    __tablename__ = "shortcut"
    is_content = True

    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int]
    label: Mapped[str] = mapped_column(String(120))
    path: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(String(300))
    version: Mapped[int] = mapped_column(default=1)


class Logo(Model):
    """A logo or banner of an institution or programme on the home page; its picture, whose words are those of the link, says what
    it is. A picture that was removed takes it off the page."""

    __tablename__ = "logo"
    is_content = True

    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int]
    label: Mapped[str] = mapped_column(String(120))
    path: Mapped[str] = mapped_column(String(200))
    medium_id: Mapped[int] = mapped_column(ForeignKey("medium.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)

    medium: Mapped[Medium] = relationship()


class UrgentBanner(Model):
    """The only row of its table: what stands on every page while it is urgent, until the end of `until` if it is given."""

    __tablename__ = "urgent_banner"
    is_content = True
    __table_args__ = (
        CheckConstraint("id = 1", name="only_row"),
        CheckConstraint("NOT is_shown OR text != ''", name="shown_has_text"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    is_shown: Mapped[bool] = mapped_column(default=False)
    text: Mapped[str] = mapped_column(Text, default="")
    text_uk: Mapped[str] = mapped_column(Text, default="")
    text_en: Mapped[str] = mapped_column(Text, default="")
    until: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)


@dataclass(frozen=True)
class Link:
    """An entry of the menu as pages show it: its words by language, and where it leads."""

    words: tuple[tuple[str, str], ...]
    path: str

    def said_in(self, language: str) -> tuple[str, str]:
        """The words and their language: Polish when there are none in this one."""
        return _said(self.words, language)


@dataclass(frozen=True)
class Urgent:
    """The banner as pages show it."""

    words: tuple[tuple[str, str], ...]
    until: date | None

    def said_in(self, language: str) -> tuple[str, str]:
        """The words and their language: Polish when there are none in this one."""
        return _said(self.words, language)


@dataclass(frozen=True)
class Shown:
    """A logo as the home page shows it: the smallest file of its picture, what it says, and where it leads."""

    name: str
    file: str
    width: int
    height: int
    alt: str
    path: str


NO_LOGOS: tuple[Shown, ...] = ()
NO_MENU: tuple[Link, ...] = ()
NOTHING: Urgent | None = None


@while_unchanged(NO_MENU)
def menu() -> tuple[Link, ...]:
    """The main menu, in its order."""
    rows = menu_items()
    return tuple(
        Link((("pl", row.label), ("uk", row.label_uk), ("en", row.label_en)), row.path) for row in rows
    )


@while_unchanged(NOTHING)
def _urgent() -> Urgent | None:
    row = db.session.scalar(select(UrgentBanner).where(UrgentBanner.is_shown))
    return Urgent((("pl", row.text), ("uk", row.text_uk), ("en", row.text_en)), row.until) if row else None


def urgent(today: date) -> Urgent | None:
    """The banner, while it stands."""
    banner = _urgent()
    return banner if banner and (banner.until is None or today <= banner.until) else None


def menu_items() -> Sequence[MenuItem]:
    """Every entry of the menu, in its order."""
    return db.session.scalars(select(MenuItem).order_by(MenuItem.position, MenuItem.id)).all()


def shortcuts() -> Sequence[Shortcut]:
    """Every shortcut, in its order."""
    return db.session.scalars(select(Shortcut).order_by(Shortcut.position, Shortcut.id)).all()


def logos() -> Sequence[Logo]:
    """Every logo, in its order, with its picture, which may have been removed."""
    return db.session.scalars(
        select(Logo).options(joinedload(Logo.medium)).order_by(Logo.position, Logo.id)
    ).all()


@while_unchanged(NO_LOGOS)
def logos_shown() -> tuple[Shown, ...]:
    """The logos whose picture is there, in their order."""
    return tuple(_shown(logo) for logo in logos() if logo.medium.removed_at is None)


@while_unchanged(Uses())
def logos_use() -> Uses:
    """The pictures of logos, which residents see."""
    return Uses(now=frozenset(logo.medium_id for logo in logos()))


def _shown(logo: Logo) -> Shown:
    medium = logo.medium
    width = int(medium.widths.split()[0])
    height = round((medium.height or 1) * width / (medium.width or 1))
    return Shown(medium.name, f"{width}.webp", width, height, medium.alt, logo.path)


def the_banner() -> UrgentBanner:
    """The row of the banner for those who edit it."""
    return db.session.scalars(select(UrgentBanner)).one()


def _said(words: tuple[tuple[str, str], ...], language: str) -> tuple[str, str]:
    said = dict(words)
    return (said[language], language) if said.get(language) else (said["pl"], "pl")
