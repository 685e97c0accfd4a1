"""What a centre offers: programmes, their editions, and services (what a slot is for)."""

import re
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from portal import clock
from portal.changes.models import Change, Checkable, changes_of
from portal.db import Model, db
from portal.finding.models import Findable
from portal.text import Told

BOOKING = re.compile(r"/umow-rozmowe/([a-z0-9-]+)")


class Programme(Checkable, Model):
    """A programme as residents read of it; the texts are Markdown and stand in the order of R27."""

    __tablename__ = "programme"
    is_content = True
    __table_args__ = (
        CheckConstraint("group_min > 0 AND group_min <= group_max", name="group"),
        CheckConstraint("meetings > 0 AND hours_per_meeting > 0", name="meetings"),
        CheckConstraint("required_percent BETWEEN 1 AND 100", name="required_percent"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(Text)
    for_whom: Mapped[str] = mapped_column(Text)
    what: Mapped[str] = mapped_column(Text)
    where_when: Mapped[str] = mapped_column(Text)
    cost: Mapped[str] = mapped_column(Text)
    how_to_join: Mapped[str] = mapped_column(Text)
    what_next: Mapped[str] = mapped_column(Text)
    place_access: Mapped[str] = mapped_column(Text)
    contact: Mapped[str] = mapped_column(Text)
    legal_basis: Mapped[str] = mapped_column(Text)
    meetings: Mapped[int]
    hours_per_meeting: Mapped[int]
    individual_meetings: Mapped[int]
    required_percent: Mapped[int] = mapped_column(default=100)
    group_min: Mapped[int]
    group_max: Mapped[int]
    state_budget_funded: Mapped[bool]
    is_shown: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]

    changes: Mapped[list[Change]] = changes_of("programme", lambda: Programme.id)
    editions: Mapped[list["Edition"]] = relationship(back_populates="programme", order_by="Edition.starts_on")
    services: Mapped[list["Service"]] = relationship(back_populates="programme")

    @property
    def hours(self) -> int:
        """Clock hours of all group meetings together."""
        return self.meetings * self.hours_per_meeting

    def editions_open_on(self, day: date) -> list["Edition"]:
        """The editions whose intake is not over on this day, or has not begun; the first one first."""
        return [edition for edition in self.editions if edition.intake_until >= day]

    def takes_people_on(self, day: date) -> bool:
        """Whether it is of use to book a talk: without editions the intake never ends."""
        return not self.editions or any(edition.takes_people_on(day) for edition in self.editions)

    def next_intake_on(self, day: date) -> date | None:
        """The day on which the next intake begins, when it is known and the programme takes nobody on this day (R26)."""
        begin = [one.intake_from for one in self.editions if one.intake_from and one.intake_from > day]
        return None if self.takes_people_on(day) else min(begin, default=None)

    @property
    def required_minutes(self) -> int:
        """How many minutes of group meetings complete the programme; the share is the programme's own."""
        return -(-self.hours * 60 * self.required_percent // 100)

    def as_found(self) -> list[Findable]:
        """Everything that the programme's page says in words, while residents read it."""
        texts = (
            self.summary,
            self.for_whom,
            self.what,
            self.where_when,
            self.cost,
            self.how_to_join,
            self.what_next,
        )
        more = (self.place_access, self.contact, self.legal_basis)
        return [Findable(self.slug, self.title, "\n\n".join(texts + more))] if self.is_shown else []


class Edition(Model):
    """One run of a programme; its intake is open from `intake_from`, or from now, until the end of `intake_until`. `version`
    grows with every change to it, its group or its plan of meetings."""

    __tablename__ = "edition"
    is_content = True
    __table_args__ = (
        CheckConstraint("intake_until <= starts_on", name="intake_first"),
        CheckConstraint("intake_from IS NULL OR intake_from <= intake_until", name="intake_from_first"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    starts_on: Mapped[date]
    intake_from: Mapped[date | None]
    intake_until: Mapped[date]
    version: Mapped[int] = mapped_column(default=1)

    programme: Mapped[Programme] = relationship(back_populates="editions")

    def takes_people_on(self, day: date) -> bool:
        """Whether its intake is open."""
        return (self.intake_from or day) <= day <= self.intake_until


class Service(Told, Model):
    """What a slot is for. Everything a message or a booking page says of it is neutral (R55, S75). `keeps_apart`: `a` when it
    is for people who use violence, `b` when it is for people who suffer it (R95); staff only."""

    __tablename__ = "service"
    is_content = True
    __table_args__ = (
        CheckConstraint("minutes > 0 AND minutes % 5 = 0", name="minutes"),
        CheckConstraint("notice_hours >= 0 AND horizon_days > 0", name="reach"),
        CheckConstraint("hold_minutes >= 20", name="hold_long_enough"),
        CheckConstraint("most_moves >= 0", name="most_moves"),
        CheckConstraint("move_until_hours >= 0", name="move_until_hours"),
        CheckConstraint("reminder_hours >= 0", name="reminder_hours"),
        CheckConstraint("offer_hours >= 2", name="offer_hours"),
        CheckConstraint("phone_percent BETWEEN 0 AND 100", name="phone_percent"),
        CheckConstraint("keeps_apart IN ('', 'a', 'b')", name="keeps_apart"),
        CheckConstraint(
            "walk_in_percent >= 0 AND phone_percent + walk_in_percent <= 100", name="walk_in_percent"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    public_name: Mapped[str] = mapped_column(String(120))
    neutral_name: Mapped[str] = mapped_column(String(60))
    intro: Mapped[str] = mapped_column(Text)
    public_name_uk: Mapped[str] = mapped_column(String(120), default="")
    public_name_en: Mapped[str] = mapped_column(String(120), default="")
    intro_uk: Mapped[str] = mapped_column(Text, default="")
    intro_en: Mapped[str] = mapped_column(Text, default="")
    minutes: Mapped[int]
    notice_hours: Mapped[int] = mapped_column(default=24)
    horizon_days: Mapped[int] = mapped_column(default=42)
    hold_minutes: Mapped[int] = mapped_column(default=20)
    most_moves: Mapped[int] = mapped_column(default=3)
    move_until_hours: Mapped[int] = mapped_column(default=24)
    reminder_hours: Mapped[int] = mapped_column(default=24)
    offer_hours: Mapped[int] = mapped_column(default=24)
    phone_percent: Mapped[int] = mapped_column(default=0)
    walk_in_percent: Mapped[int] = mapped_column(default=0)
    has_waiting_list: Mapped[bool] = mapped_column(default=True)
    is_discreet: Mapped[bool] = mapped_column(default=True)
    is_open: Mapped[bool] = mapped_column(default=True)
    keeps_apart: Mapped[str] = mapped_column(String(1), default="")
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("programme.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)

    programme: Mapped[Programme | None] = relationship(back_populates="services")

    def takes_people_on(self, day: date) -> bool:
        """Whether it is of use to book: a talk that leads to a programme which residents read follows the intake of that (R26)."""
        programme = self.programme if self.programme and self.programme.is_shown else None
        return programme is None or programme.takes_people_on(day)

    def as_found(self) -> list[Findable]:
        """The neutral words of its first page, while residents can book it."""
        return [Findable(self.code, self.public_name, self.intro)] if self.is_open else []

    def channel_of_place(self, number: int) -> str:
        """For whom the place of this number is (from 1): `phone` and `walk_in` in their shares, evenly spread, else `any`."""
        if _falls_on(number, self.phone_percent, 100):
            return "phone"
        others = number - number * self.phone_percent // 100
        is_walk_in = _falls_on(others, self.walk_in_percent, 100 - self.phone_percent)
        return "walk_in" if is_walk_in else "any"

    def first_bookable(self, now: datetime) -> datetime:
        """The earliest start that still leaves the notice the centre needs."""
        return now + timedelta(hours=self.notice_hours)

    def may_move_until(self, starts_at: datetime) -> datetime:
        """Until when residents change the time of a talk by themselves; afterwards they phone."""
        return starts_at - timedelta(hours=self.move_until_hours)

    def reminder_at(self, starts_at: datetime) -> datetime | None:
        """When to remind of a talk; None when this service sends no reminders. A whole day before is the same hour on the clock,
        also when clocks change between them (S15)."""
        days, hours = divmod(self.reminder_hours, 24)
        return clock.days_before(starts_at, days) - timedelta(hours=hours) if self.reminder_hours else None

    def last_bookable(self, now: datetime) -> datetime:
        """The latest start offered today."""
        return now + timedelta(days=self.horizon_days)


def _falls_on(number: int, share: int, whole: int) -> bool:
    """Whether this number is one of the `share` in each `whole`, evenly spread."""
    return bool(share) and number * share // whole > (number - 1) * share // whole


def all_programmes() -> Sequence[Programme]:
    """Every programme, shown or not, by title."""
    return db.session.scalars(select(Programme).order_by(Programme.title)).all()


def shown_programmes() -> Sequence[Programme]:
    """Every programme that residents read, by title."""
    return db.session.scalars(select(Programme).where(Programme.is_shown).order_by(Programme.title)).all()


def programme_called(slug: str) -> Programme | None:
    """The programme that residents read at this address, with its editions, services and changes."""
    everything = (
        joinedload(Programme.editions),
        joinedload(Programme.services),
        joinedload(Programme.changes),
    )
    query = select(Programme).where(Programme.slug == slug, Programme.is_shown).options(*everything)
    return db.session.scalars(query).unique().first()


def programmes_numbered(numbers: Collection[int]) -> Sequence[Programme]:
    """Those of these numbers that residents read, with their editions; nothing is asked when there are none."""
    if not numbers:
        return []
    query = select(Programme).where(Programme.id.in_(numbers), Programme.is_shown)
    return db.session.scalars(query.options(joinedload(Programme.editions))).unique().all()


def crossing(text: str, side: str) -> list[str]:
    """The services of the other side whose booking a text leads to: those who suffer violence (`b`) are never led to what is
    for those who use it (`a`), nor back (R89). Empty for a side of neither."""
    other = {"a": "b", "b": "a"}.get(side)
    codes = set(BOOKING.findall(text))
    if not other or not codes:
        return []
    query = select(Service.code).where(Service.keeps_apart == other, Service.code.in_(codes))
    return list(db.session.scalars(query.order_by(Service.code)))


def led_across(programme: Programme | None, text: str) -> set[str]:
    """The services of the other side to whose booking a text about the programme leads (R89)."""
    services = programme.services if programme else []
    return {code for service in services for code in crossing(text, service.keeps_apart)}


def open_services() -> Sequence[Service]:
    """The services that residents can book, in the order of their codes, with the programmes that they lead to."""
    whole = joinedload(Service.programme).joinedload(Programme.editions)
    query = select(Service).where(Service.is_open).order_by(Service.code)
    return db.session.scalars(query.options(whole)).unique().all()


def service_called(code: str) -> Service | None:
    """The service with this code, open or not."""
    return db.session.scalar(select(Service).where(Service.code == code))


def service_to_begin(code: str) -> Service | None:
    """The same with the programme that its talk leads to and the editions of that, at once."""
    whole = joinedload(Service.programme).joinedload(Programme.editions)
    return db.session.scalars(select(Service).where(Service.code == code).options(whole)).unique().first()


def all_services() -> Sequence[Service]:
    """Every service, open or not, in the order of their codes."""
    return db.session.scalars(select(Service).order_by(Service.code)).all()
