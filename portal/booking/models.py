"""Slots, places and bookings. The schema, not the discipline of the code, keeps a place from being sold twice.

A slot's places are rows. A place points to at most one booking, a booking is pointed to by at most one place, and both
lie in the same slot (composite foreign key). Two slots of one interviewer or room cannot overlap, because each
five-minute grain of a resource is one primary key.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    select,
)
from sqlalchemy.orm import (
    Mapped,
    joinedload,
    mapped_column,
    relationship,
    selectinload,
)

from portal import clock
from portal.accounts.models import Account
from portal.booking.people import Reachable, reachable_checks
from portal.crypto import Sealed
from portal.db import Model, db, one_of
from portal.programmes.models import Service
from portal.retention import BOOKING, QUALIFIED, SOURCE, Rule, personal

if TYPE_CHECKING:
    from portal.booking.interpreters import InterpreterRequest

GRAIN = timedelta(minutes=5)
LARGEST_ID = 2**31
FOR_A_PLACE = ("waiting", "displaced")
TASKS = ("tell", "interpreter", "time", "outcome", "alike", "apart")
RESULTS = ("qualified", "not_qualified", "more_needed", "sent_elsewhere")
CORRECTIONS = ("mistake", "came_late", "new_facts", "other")
OUTCOME_EVENTS = ("attended", "no_show", "result_noted", "note_changed")
HOLDING = ("confirmed", "attended", "no_show")


class Office(Model):
    """A place where talks happen. `access` are codes of what makes it easy to come."""

    __tablename__ = "office"
    is_content = True

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    address: Mapped[str] = mapped_column(String(200))
    directions: Mapped[str] = mapped_column(String(500), default="")
    phone: Mapped[str] = mapped_column(String(30))
    around_the_clock: Mapped[bool] = mapped_column(default=False)
    access: Mapped[str] = mapped_column(String(120), default="")
    version: Mapped[int] = mapped_column(default=1)


class Resource(Model):
    """An interviewer, a room of an office or an interpreter: what can be in one slot at a time only. `skills` are codes of
    needs."""

    __tablename__ = "resource"
    __table_args__ = (
        one_of("kind", "interviewer", "room", "interpreter"),
        CheckConstraint("(kind = 'room') = (office_id IS NOT NULL)", name="room_has_office"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(120), unique=True)
    skills: Mapped[str] = mapped_column(String(120), default="")
    is_active: Mapped[bool] = mapped_column(default=True)
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)

    office: Mapped[Office | None] = relationship()


class Closure(Model):
    """Days on which an office, or all of them, receives nobody."""

    __tablename__ = "closure"
    __table_args__ = (CheckConstraint("first_on <= last_on", name="order"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"), index=True)
    first_on: Mapped[date]
    last_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)

    office: Mapped[Office | None] = relationship()


class SlotSeries(Model):
    """How a run of slots was made; the slots live on alone. `left_out` are days as ISO 8601 writes them, with commas."""

    __tablename__ = "slot_series"

    id: Mapped[int] = mapped_column(primary_key=True)
    weekdays: Mapped[str] = mapped_column(String(20))
    first_on: Mapped[date]
    last_on: Mapped[date]
    from_time: Mapped[time]
    to_time: Mapped[time]
    minutes: Mapped[int]
    break_minutes: Mapped[int]
    left_out: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]


class Slot(Model):
    """A bookable time. `day` is its date in Poland; `version` grows with every change staff make."""

    __tablename__ = "slot"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="order"),
        one_of("status", "open", "closed", "cancelled"),
        one_of("facility", "", "induction_loop", "online_interpreter"),
        Index("ix_slot_offer", "service_id", "status", "starts_at"),
        Index("ix_slot_office_day", "office_id", "day"),
        Index("ix_slot_lead_day", "lead_id", "day"),
        Index("ix_slot_room_day", "room_id", "day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    lead_id: Mapped[int] = mapped_column(ForeignKey("resource.id"))
    room_id: Mapped[int | None] = mapped_column(ForeignKey("resource.id"))
    interpreter_id: Mapped[int | None] = mapped_column(ForeignKey("resource.id"), index=True)
    series_id: Mapped[int | None] = mapped_column(ForeignKey("slot_series.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    day: Mapped[date] = mapped_column(index=True)
    status: Mapped[str] = mapped_column(String(20), default="open")
    facility: Mapped[str] = mapped_column(String(30), default="")
    version: Mapped[int] = mapped_column(default=1)

    service: Mapped[Service] = relationship()
    office: Mapped[Office] = relationship()
    lead: Mapped[Resource] = relationship(foreign_keys=[lead_id])
    room: Mapped[Resource | None] = relationship(foreign_keys=[room_id])
    interpreter: Mapped[Resource | None] = relationship(foreign_keys=[interpreter_id])
    places: Mapped[list["Place"]] = relationship(order_by="Place.ordinal", back_populates="slot")

    @property
    def needed(self) -> list[int]:
        """Who and what the slot needs as long as it lasts, by number; interpreters whom bookings ask for come on top."""
        return [number for number in (self.lead_id, self.room_id, self.interpreter_id) if number]

    @property
    def bookings(self) -> list["Booking"]:
        """The bookings that hold a place here."""
        return [place.booking for place in self.places if place.booking is not None]

    @property
    def taken(self) -> int:
        """How many people have a place here, also those who are hidden from whoever looks."""
        return sum(place.state == "booked" for place in self.places)


class SlotResource(Model):
    """Who and what a slot needs."""

    __tablename__ = "slot_resource"

    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"), primary_key=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"), primary_key=True, index=True)


class ResourceGrain(Model):
    """Five minutes of one resource, taken by one slot: the primary key makes overlaps impossible."""

    __tablename__ = "resource_grain"

    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"), primary_key=True)
    grain_at: Mapped[datetime] = mapped_column(primary_key=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"), index=True)


class Place(Model):
    """Room for one person in a slot. A hold that has run out counts as free."""

    __tablename__ = "place"
    __table_args__ = (
        UniqueConstraint("slot_id", "ordinal", name="uq_place_ordinal"),
        ForeignKeyConstraint(
            ["booking_id", "slot_id"], ["booking.id", "booking.slot_id"], name="fk_place_booking"
        ),
        one_of("channel", "any", "phone", "walk_in", "interpreter"),
        one_of("state", "free", "held", "booked", "blocked"),
        CheckConstraint(
            "(state = 'held') = (hold_hash IS NOT NULL) AND (state = 'held') = (hold_expires_at IS NOT NULL)",
            name="held_means_hold",
        ),
        CheckConstraint("(state = 'booked') = (booking_id IS NOT NULL)", name="booked_means_booking"),
        CheckConstraint("is_extra = (extra_reason IS NOT NULL)", name="extra_has_reason"),
        CheckConstraint("hold_source IS NULL OR state = 'held'", name="source_if_held"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"))
    ordinal: Mapped[int]
    channel: Mapped[str] = mapped_column(String(20), default="any")
    state: Mapped[str] = mapped_column(String(20), default="free")
    is_extra: Mapped[bool] = mapped_column(default=False)
    extra_reason: Mapped[str | None] = mapped_column(String(200))
    hold_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    hold_expires_at: Mapped[datetime | None] = mapped_column(index=True)
    hold_source: Mapped[str | None] = mapped_column(String(64), info=personal(SOURCE))
    booking_id: Mapped[int | None] = mapped_column(unique=True)

    slot: Mapped[Slot] = relationship(back_populates="places", overlaps="booking")
    booking: Mapped["Booking | None"] = relationship(back_populates="place", overlaps="slot,places")


class Booking(Model):
    """One person's talk. `schedule_version` grows when its time or place changes, `version` with every change.

    Who is `waiting` has no slot yet; who is `displaced` has lost the place but not the right to one. Both may be offered
    a place in `offered_slot`, kept for them until `respond_by`. What the talk of somebody who came led to is its `result`.
    """

    __tablename__ = "booking"
    __table_args__ = (
        UniqueConstraint("id", "slot_id", name="uq_booking_in_slot"),
        one_of(
            "status",
            "waiting",
            "confirmed",
            "displaced",
            "cancelled_resident",
            "cancelled_office",
            "attended",
            "no_show",
        ),
        one_of("origin", "online", "phone", "desk", "walk_in", "waitlist", "transfer"),
        CheckConstraint("(offered_slot_id IS NULL) = (respond_by IS NULL)", name="offer_has_deadline"),
        CheckConstraint(
            "offered_slot_id IS NULL OR status IN ('waiting', 'displaced')", name="offer_to_waiting"
        ),
        CheckConstraint(
            "slot_id IS NOT NULL OR status IN ('waiting', 'cancelled_resident', 'cancelled_office')",
            name="slot_unless_waiting",
        ),
        one_of("result", *RESULTS),
        CheckConstraint("result IS NULL OR status = 'attended'", name="result_if_attended"),
        Index("ix_booking_queue", "service_id", "status", "waiting_since"),
        Index("ix_booking_status", "status", "waiting_since"),
        Index("ix_booking_source", "source_hash", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(9), unique=True)
    form_hash: Mapped[str] = mapped_column(String(64), unique=True)
    pin_hash: Mapped[str] = mapped_column(String(64))
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"), index=True)
    slot_id: Mapped[int | None] = mapped_column(ForeignKey("slot.id"), index=True)
    status: Mapped[str] = mapped_column(String(20), default="confirmed")
    origin: Mapped[str] = mapped_column(String(20), default="online")
    version: Mapped[int] = mapped_column(default=1)
    schedule_version: Mapped[int] = mapped_column(default=1)
    moves: Mapped[int] = mapped_column(default=0)
    waiting_since: Mapped[datetime | None]
    offered_slot_id: Mapped[int | None] = mapped_column(ForeignKey("slot.id"), index=True)
    respond_by: Mapped[datetime | None]
    source_hash: Mapped[str | None] = mapped_column(String(64), info=personal(SOURCE))
    created_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    result: Mapped[str | None] = mapped_column(String(20))

    slot: Mapped[Slot | None] = relationship(foreign_keys=[slot_id])
    offered_slot: Mapped[Slot | None] = relationship(foreign_keys=[offered_slot_id])
    service: Mapped[Service] = relationship()
    place: Mapped[Place | None] = relationship(back_populates="booking", overlaps="slot,places")
    person: Mapped["BookingPerson | None"] = relationship(back_populates="booking")
    interpreter: Mapped["InterpreterRequest | None"] = relationship(back_populates="booking")

    @property
    def is_active(self) -> bool:
        """Whether the booking has a right to its place."""
        return self.status == "confirmed"

    def is_open(self, now: datetime) -> bool:
        """Whether a talk is still to come: at a time that is ahead, or at one yet to be found."""
        if self.status in FOR_A_PLACE:
            return True
        return self.is_active and self.slot is not None and self.slot.starts_at > now

    def why_fixed(self, now: datetime) -> str:
        """Why the resident cannot move it by themselves: `ended`, `too_late`, `too_often`; '' when they can."""
        if self.slot is None or not self.is_open(now):
            return "ended"
        if self.status == "displaced":
            return ""
        if now > self.service.may_move_until(self.slot.starts_at):
            return "too_late"
        return "too_often" if self.moves >= self.service.most_moves else ""

    @property
    def was_cancelled_late(self) -> bool:
        """Whether the resident gave the place back so late that it could hardly be given to somebody else."""
        return (
            self.status == "cancelled_resident"
            and self.slot is not None
            and self.ended_at is not None
            and self.ended_at > self.service.may_move_until(self.slot.starts_at)
        )

    @property
    def rule(self) -> Rule:
        """How long its person is kept: whoever qualified for a group has to wait until it begins, and be reached."""
        return QUALIFIED if self.result == "qualified" else BOOKING

    @property
    def deleted_on(self) -> date | None:
        """The day on which the person is erased (R102); None while a time is still looked for."""
        ended_at = self.slot.ends_at if self.slot else self.ended_at
        return clock.day_of(ended_at + timedelta(days=self.rule.days)) if ended_at else None

    @property
    def known_person(self) -> "BookingPerson | None":
        """The person, unless they have been erased or the key that sealed them is gone."""
        return self.person if self.person and self.person.is_readable else None


class BookingPerson(Reachable, Model):
    """All that is known of the person, sealed; erased apart from the booking."""

    __tablename__ = "booking_person"
    __table_args__ = (
        one_of("channel", "email", "sms", "phone", "none"),
        *reachable_checks(),
    )

    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), primary_key=True)
    name_sealed: Mapped[str] = mapped_column(info=personal(BOOKING))
    contact_sealed: Mapped[str | None] = mapped_column(info=personal(BOOKING))
    contact_fingerprint: Mapped[str | None] = mapped_column(String(64), index=True, info=personal(BOOKING))
    needs_sealed: Mapped[str | None] = mapped_column(info=personal(BOOKING))
    other_need_sealed: Mapped[str | None] = mapped_column(info=personal(BOOKING))
    outcome_note_sealed: Mapped[str | None] = mapped_column(info=personal(BOOKING))

    booking: Mapped[Booking] = relationship(back_populates="person")

    name = Sealed("name_sealed", key="booking_id")
    contact = Sealed("contact_sealed", key="booking_id")
    needs = Sealed("needs_sealed", key="booking_id")
    other_need = Sealed("other_need_sealed", key="booking_id")
    outcome_note = Sealed("outcome_note_sealed", key="booking_id")


class BookingEvent(Model):
    """What happened to a booking or a slot; rows are only ever added (a trigger refuses the rest). Who corrects what was
    noted says why: `reason` is a code."""

    __tablename__ = "booking_event"
    __table_args__ = (one_of("reason", *CORRECTIONS),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"), index=True)
    slot_id: Mapped[int | None] = mapped_column(ForeignKey("slot.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    what: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str | None] = mapped_column(String(20))

    account: Mapped[Account | None] = relationship()


class Absence(Model):
    """Days on which an interviewer cannot come, and when staff said so: all that this changed happened at that moment."""

    __tablename__ = "absence"
    __table_args__ = (CheckConstraint("first_on <= last_on", name="order"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"), index=True)
    first_on: Mapped[date]
    last_on: Mapped[date]
    at: Mapped[datetime]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    undone_at: Mapped[datetime | None]

    resource: Mapped[Resource] = relationship()


class TaskMark(Model):
    """Who does something that a booking asks of staff, and that it is done: people told, hints read. The task itself is not
    stored (`booking.tasks`)."""

    __tablename__ = "task_mark"
    __table_args__ = (
        UniqueConstraint("kind", "booking_id", "schedule_version", name="uq_task_mark_once"),
        one_of("kind", *TASKS),
        CheckConstraint("(done_at IS NULL) = (done_by_id IS NULL)", name="done_by_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), index=True)
    schedule_version: Mapped[int]
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    done_at: Mapped[datetime | None] = mapped_column(index=True)
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    booking: Mapped[Booking] = relationship()
    assignee: Mapped[Account | None] = relationship(foreign_keys=[assignee_id])
    done_by: Mapped[Account | None] = relationship(foreign_keys=[done_by_id])


class CalendarFeed(Model):
    """The secret address under which somebody's calendar reads an interviewer's slots; only the hash of its token is kept."""

    __tablename__ = "calendar_feed"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]

    resource: Mapped[Resource] = relationship(lazy="joined", innerjoin=True)


class BookingCheck(Model):
    """One run of the check that proves the bookings sound."""

    __tablename__ = "booking_check"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    violations: Mapped[int]


def latest_check() -> BookingCheck | None:
    """What the check found last."""
    return db.session.scalars(select(BookingCheck).order_by(BookingCheck.id.desc()).limit(1)).first()


def booking_numbered(booking_id: int) -> Booking | None:
    """A booking by its row and all that belongs to it, for those who have proved that they may see it."""
    query = (
        select(Booking)
        .where(Booking.id == booking_id)
        .options(
            joinedload(Booking.person),
            joinedload(Booking.interpreter),
            joinedload(Booking.service),
            joinedload(Booking.slot).joinedload(Slot.office),
            joinedload(Booking.offered_slot).joinedload(Slot.office),
        )
    )
    return db.session.scalar(query)


def are_there(booking_ids: Iterable[int]) -> bool:
    """Whether each of these is a booking, as far as whoever looks may know."""
    asked = set(booking_ids)
    possible = [number for number in asked if number < LARGEST_ID]
    return set(db.session.scalars(select(Booking.id).where(Booking.id.in_(possible)))) == asked


def booking_by_reference(reference: str) -> Booking | None:
    """A booking by its reference. A reference alone proves nothing: check the PIN."""
    return db.session.scalar(select(Booking).where(Booking.reference == reference))


def coming_bookings(first: date, last: date) -> Sequence[Booking]:
    """The bookings whose talk falls on these days, cancelled ones included, by time."""
    query = (
        select(Booking)
        .join(Booking.slot)
        .where(Slot.day.between(first, last))
        .options(selectinload(Booking.person), selectinload(Booking.slot).selectinload(Slot.office))
        .options(selectinload(Booking.service))
        .order_by(Slot.starts_at, Booking.id)
    )
    return db.session.scalars(query).all()


def outcomes_missing(now: datetime) -> Sequence[Booking]:
    """The bookings whose talk is over and of which nobody has noted whether the person came, oldest first."""
    query = (
        select(Booking)
        .join(Booking.slot)
        .where(Booking.status == "confirmed", Slot.ends_at <= now)
        .options(joinedload(Booking.person), joinedload(Booking.service), joinedload(Booking.slot))
        .order_by(Slot.ends_at, Booking.id)
    )
    return db.session.scalars(query).all()


def outcome_history(booking_id: int) -> Sequence[BookingEvent]:
    """Who noted or corrected the outcome and when, newest first; never what it was."""
    query = (
        select(BookingEvent)
        .where(BookingEvent.booking_id == booking_id, BookingEvent.what.in_(OUTCOME_EVENTS))
        .options(joinedload(BookingEvent.account))
        .order_by(BookingEvent.id.desc())
    )
    return db.session.scalars(query).all()


def looking_for_a_time() -> Sequence[Booking]:
    """Who has a right to a talk but no time: first those whose time the centre took, then those who wait, in the order
    in which they are asked."""
    query = (
        select(Booking)
        .where(Booking.status.in_(FOR_A_PLACE))
        .options(joinedload(Booking.person), joinedload(Booking.service), joinedload(Booking.offered_slot))
        .order_by(Booking.status, Booking.waiting_since, Booking.id)
    )
    return db.session.scalars(query).all()


def offices() -> Sequence[Office]:
    """Every office, by name."""
    return db.session.scalars(select(Office).order_by(Office.name)).all()


def at_work(kind: str) -> Sequence[Resource]:
    """The interviewers, rooms or interpreters that may be given new slots, by name."""
    query = select(Resource).where(Resource.kind == kind, Resource.is_active).order_by(Resource.name)
    return db.session.scalars(query).all()


def interviewers() -> Sequence[Resource]:
    """The interviewers at work, by name."""
    return at_work("interviewer")


def interviewers_and_rooms() -> Sequence[Resource]:
    """Whom and what a calendar can be narrowed to, also those who have left: they stand last."""
    query = select(Resource).where(Resource.kind.in_(("interviewer", "room")))
    return db.session.scalars(query.order_by(Resource.is_active.desc(), Resource.name)).all()
