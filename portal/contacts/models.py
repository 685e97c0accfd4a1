"""The register of contacts and help lines; every page shows numbers from here."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ScalarSelect, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Model, db

CRISIS = "interwencja"
OFFICE = "sekretariat"


class Contact(Model):
    """A unit of the centre: its phone, hours, and what it helps with. Empty texts mean that it has none."""

    __tablename__ = "contact"
    is_content = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    phone: Mapped[str] = mapped_column(String(30), default="")
    sms: Mapped[str] = mapped_column(String(30), default="")
    email: Mapped[str] = mapped_column(String(120), default="")
    helps_with: Mapped[str] = mapped_column(Text)
    hours: Mapped[str] = mapped_column(Text, default="")
    around_the_clock: Mapped[bool] = mapped_column(default=False)
    address: Mapped[str] = mapped_column(String(200), default="")
    checked_on: Mapped[date]

    @property
    def hours_by_day(self) -> list[str]:
        """One line for each day."""
        return self.hours.splitlines()


class HelpLine(Model):
    """A number that helps anyone in Poland, with what was last checked about it."""

    __tablename__ = "help_line"
    is_content = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    number: Mapped[str] = mapped_column(String(30))
    for_whom: Mapped[str] = mapped_column(Text)
    hours: Mapped[str] = mapped_column(String(120))
    cost: Mapped[str] = mapped_column(String(60))
    languages: Mapped[str] = mapped_column(String(120), default="")
    chat: Mapped[str] = mapped_column(String(200), default="")
    checked_on: Mapped[date]


def contacts() -> Sequence[Contact]:
    """Every contact of the centre, in its order."""
    return db.session.scalars(select(Contact).order_by(Contact.position)).all()


def help_lines() -> Sequence[HelpLine]:
    """Every help line, most urgent first."""
    return db.session.scalars(select(HelpLine).order_by(HelpLine.position)).all()


def phone_of(key: str) -> ScalarSelect[str]:
    """The phone of one contact, as part of a larger question."""
    return select(Contact.phone).where(Contact.key == key).scalar_subquery()
