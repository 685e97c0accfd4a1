"""The register of contacts and help lines; every page shows numbers from here."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Row, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from portal import clock
from portal.booking.models import Closure
from portal.changes.models import is_stale
from portal.contacts.hours import DAYS_AHEAD, WEEKDAYS, Opening, Span, opening_at, spans_in
from portal.db import Model, db
from portal.finding.models import Findable
from portal.freshness import while_unchanged
from portal.text import Told

CRISIS = "interwencja"
OFFICE = "sekretariat"
ON_EVERY_PAGE = (CRISIS, OFFICE)


class Contact(Told, Model):
    """A unit of the centre: its phone, hours, and what it helps with. Empty texts mean that it has none; the hours of a day are
    spans as `portal.contacts.hours` writes them. The closures of `office_id` are its own too."""

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
    name_uk: Mapped[str] = mapped_column(String(120), default="")
    name_en: Mapped[str] = mapped_column(String(120), default="")
    helps_with_uk: Mapped[str] = mapped_column(Text, default="")
    helps_with_en: Mapped[str] = mapped_column(Text, default="")
    monday: Mapped[str] = mapped_column(String(60), default="")
    tuesday: Mapped[str] = mapped_column(String(60), default="")
    wednesday: Mapped[str] = mapped_column(String(60), default="")
    thursday: Mapped[str] = mapped_column(String(60), default="")
    friday: Mapped[str] = mapped_column(String(60), default="")
    saturday: Mapped[str] = mapped_column(String(60), default="")
    sunday: Mapped[str] = mapped_column(String(60), default="")
    hours_note: Mapped[str] = mapped_column(Text, default="")
    around_the_clock: Mapped[bool] = mapped_column(default=False)
    address: Mapped[str] = mapped_column(String(200), default="")
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"), index=True)
    checked_on: Mapped[date]
    version: Mapped[int] = mapped_column(default=1)

    @property
    def week(self) -> list[list[Span]]:
        """The spans of each day, from Monday."""
        return [spans_in(getattr(self, day)) for day in WEEKDAYS]

    @property
    def has_hours(self) -> bool:
        """Whether it is known when somebody answers."""
        return self.around_the_clock or any(self.week)

    @property
    def is_discreet(self) -> bool:
        """Whether its name would say too much in the list of contacts of a phone that others look at."""
        return self.key == CRISIS

    def is_stale(self, today: date) -> bool:
        """Whether nobody has checked it for too long (R38)."""
        return is_stale(self.checked_on, today=today)

    def opening(self, now: datetime, closed: Sequence[Closure]) -> Opening:
        """Whether somebody answers at this moment; on public holidays and closed days only where it never closes."""
        if self.around_the_clock:
            return Opening(is_open=True)
        return opening_at(now, self.week, lambda day: self._rests(day, closed))

    def rests_on(self, day: date, closed: Sequence[Closure]) -> bool:
        """Whether nobody answers on a day of the week on which somebody usually does."""
        works = not self.around_the_clock and bool(self.week[day.weekday()])
        return works and self._rests(day, closed)

    def _rests(self, day: date, closed: Sequence[Closure]) -> bool:
        return clock.is_public_holiday(day) or any(
            closure.first_on <= day <= closure.last_on and closure.office_id in (None, self.office_id)
            for closure in closed
        )

    def as_found(self) -> list[Findable]:
        """What it helps with, and how to reach it."""
        said = (self.helps_with, self.address, self.hours_note, self.email, self.phone)
        return [Findable(self.key, self.name, "\n\n".join(said))]


class HelpLine(Told, Model):
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
    name_uk: Mapped[str] = mapped_column(String(120), default="")
    name_en: Mapped[str] = mapped_column(String(120), default="")
    for_whom_uk: Mapped[str] = mapped_column(Text, default="")
    for_whom_en: Mapped[str] = mapped_column(Text, default="")
    hours_uk: Mapped[str] = mapped_column(String(120), default="")
    hours_en: Mapped[str] = mapped_column(String(120), default="")
    cost_uk: Mapped[str] = mapped_column(String(60), default="")
    cost_en: Mapped[str] = mapped_column(String(60), default="")
    languages_uk: Mapped[str] = mapped_column(String(120), default="")
    languages_en: Mapped[str] = mapped_column(String(120), default="")
    checked_on: Mapped[date]
    version: Mapped[int] = mapped_column(default=1)

    def is_stale(self, today: date) -> bool:
        """Whether nobody has checked it for too long (R38)."""
        return is_stale(self.checked_on, today=today)

    def as_found(self) -> list[Findable]:
        """For whom it is and when it answers."""
        said = (self.for_whom, self.hours, self.languages, self.chat, self.number)
        return [Findable(self.key, self.name, "\n\n".join(said))]


def contacts() -> Sequence[Contact]:
    """Every contact of the centre, in its order."""
    return db.session.scalars(select(Contact).order_by(Contact.position, Contact.id)).all()


def help_lines() -> Sequence[HelpLine]:
    """Every help line, most urgent first."""
    return db.session.scalars(select(HelpLine).order_by(HelpLine.position, HelpLine.id)).all()


NOBODY: dict[str, Row[Any]] = {}


@while_unchanged(NOBODY)
def register() -> dict[str, Row[Any]]:
    """What pages and texts show of each unit, by its key; the same for everybody, and asked once for each state of it."""
    days = [getattr(Contact, day) for day in WEEKDAYS]
    facts = (Contact.phone, Contact.sms, Contact.email, Contact.around_the_clock, Contact.hours_note)
    return {row.key: row for row in db.session.execute(select(Contact.key, *facts, *days))}


def phone_of(key: str) -> str:
    """The phone of one unit; that of the office when it has none."""
    known = register()
    return next((known[unit].phone for unit in (key, OFFICE) if unit in known and known[unit].phone), "")


def contact_called(key: str) -> Contact | None:
    """The unit by this name in addresses and texts."""
    return db.session.scalar(select(Contact).where(Contact.key == key))


def closures_near(today: date) -> Sequence[Closure]:
    """The closures that bear upon when somebody answers next."""
    last = today + timedelta(days=DAYS_AHEAD)
    near = Closure.last_on >= today - timedelta(days=1), Closure.first_on <= last
    return db.session.scalars(select(Closure).where(*near)).all()
