"""What waits for staff. A task is what a booking asks for, found in the tables, so that none can be forgotten; what is stored
is only who does it and that a hint has been read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import joinedload

from portal import clock
from portal.accounts.audit import record
from portal.accounts.models import Account
from portal.booking.actions import untell
from portal.booking.interpreters import open_interpreter_requests
from portal.booking.models import FOR_A_PLACE, Booking, BookingPerson, Slot, TaskMark, outcomes_missing
from portal.booking.pairs import on_one_day
from portal.booking.telling import of_use_until, to_tell
from portal.db import action, db
from portal.errors import NotFound, Refused
from portal.outbox.models import Message

SHOWN_DONE = timedelta(hours=12)
Key = tuple[str, int, int]


@dataclass(frozen=True)
class Task:
    """Something to do about a booking: `tell` the person something, find an `interpreter` or a `time`, note the `outcome`,
    look whether two bookings are `alike`, or keep two people `apart`. `due_on` is the last good day for it, None when there is
    none."""

    kind: str
    booking: Booking
    due_on: date | None
    message: Message | None = None
    mark: TaskMark | None = None

    @property
    def version(self) -> int:
        """The version of the schedule that it belongs to: another time is another task."""
        return self.booking.schedule_version

    @property
    def assignee(self) -> Account | None:
        """Who does it."""
        return self.mark.assignee if self.mark else None


def open_tasks(now: datetime) -> list[Task]:
    """All that waits, the most urgent first; what has no day comes last."""
    news = _to_tell(now)
    called = {task.booking.id for task in news}
    found = [
        *news,
        *_without_time(called, now),
        *_without_interpreter(),
        *_without_outcome(now),
        *_alike(now),
        *_apart(now),
    ]
    marks = _marks({task.booking.id for task in found})
    tasks = [
        Task(task.kind, task.booking, task.due_on, task.message, marks.get(_key(task))) for task in found
    ]
    waiting = [task for task in tasks if not (task.mark and task.mark.done_at)]
    return sorted(waiting, key=lambda task: (task.due_on or date.max, task.kind, task.booking.id))


def done_lately(now: datetime) -> Sequence[TaskMark]:
    """What has been done in the last hours and may be undone: people told, hints read; newest first."""
    done = select(TaskMark).where(TaskMark.done_at > now - SHOWN_DONE)
    loaded = done.options(
        joinedload(TaskMark.done_by), joinedload(TaskMark.booking).joinedload(Booking.person)
    )
    return db.session.scalars(loaded.order_by(TaskMark.done_at.desc())).all()


def _key(task: Task) -> Key:
    return task.kind, task.booking.id, task.version


def _marks(booking_ids: set[int]) -> dict[Key, TaskMark]:
    query = (
        select(TaskMark).where(TaskMark.booking_id.in_(booking_ids)).options(joinedload(TaskMark.assignee))
    )
    return {(mark.kind, mark.booking_id, mark.schedule_version): mark for mark in db.session.scalars(query)}


def _to_tell(now: datetime) -> list[Task]:
    """News is to be told today; a reminder is of use until the talk."""
    today = clock.day_of(now)
    return [
        Task("tell", booking, _day(of_use_until(booking)) if message.kind == "reminder" else today, message)
        for booking, message in to_tell(now)
    ]


def _without_time(called: set[int], now: datetime) -> list[Task]:
    """Whose time the centre took, who has no other one on offer, and whom nobody has to call for it already."""
    running = and_(Booking.offered_slot_id.is_not(None), Booking.respond_by > now)
    displaced = select(Booking).where(Booking.status == "displaced", ~running).options(*_ALL)
    return [
        Task("time", booking, clock.day_of(now))
        for booking in db.session.scalars(displaced)
        if booking.id not in called
    ]


def _without_interpreter() -> list[Task]:
    return [Task("interpreter", asked.booking, asked.due_on) for asked in open_interpreter_requests()]


def _without_outcome(now: datetime) -> list[Task]:
    """Talks that are over and of which nobody has said whether the person came."""
    return [
        Task("outcome", booking, booking.slot.day if booking.slot else None)
        for booking in outcomes_missing(now)
    ]


def _alike(now: datetime) -> list[Task]:
    """Open bookings with a contact that another one has too: perhaps a duplicate, perhaps two people of one household. A
    hint for staff, never a reason to change anything by itself, and never shown outside."""
    shared = (
        select(BookingPerson.contact_fingerprint)
        .join(BookingPerson.booking)
        .outerjoin(Booking.slot)
        .where(_open(now), BookingPerson.contact_fingerprint.is_not(None))
        .group_by(BookingPerson.contact_fingerprint)
        .having(func.count() > 1)
    )
    query = (
        select(Booking)
        .join(Booking.person)
        .outerjoin(Booking.slot)
        .where(_open(now), BookingPerson.contact_fingerprint.in_(shared))
        .options(*_ALL)
        .order_by(BookingPerson.contact_fingerprint, Booking.id)
    )
    return [Task("alike", booking, None) for booking in db.session.scalars(query)]


def _apart(now: datetime) -> list[Task]:
    """People who must not meet and come on the same day; another one is to be found before that."""
    return [Task("apart", later, later.slot.day if later.slot else None) for _, later in on_one_day(now)]


def alike(booking: Booking, now: datetime) -> Sequence[Booking]:
    """The other open bookings that share this one's contact."""
    person = booking.known_person
    if person is None or not person.contact:
        return []
    query = (
        select(Booking)
        .join(Booking.person)
        .outerjoin(Booking.slot)
        .where(_open(now), BookingPerson.has_contact(person.contact))
        .where(Booking.id != booking.id)
        .options(*_ALL)
    )
    return db.session.scalars(query.order_by(Booking.id)).all()


_ALL = (joinedload(Booking.person), joinedload(Booking.slot), joinedload(Booking.service))


def _open(now: datetime) -> ColumnElement[bool]:
    return or_(Booking.status.in_(FOR_A_PLACE), and_(Booking.status == "confirmed", Slot.starts_at > now))


def _day(moment: datetime | None) -> date | None:
    return clock.day_of(moment) if moment else None


@action
def assign(key: Key, to: Account | None, by: Account, now: datetime) -> None:
    """Say who does a task, or that nobody does.

    Raises `NotFound`; `Refused("changed")` when the booking has moved on or the task is done.
    """
    mark = _mark(key)
    mark.assignee = to
    record(by, "task_assigned" if to else "task_given_back", "booking", key[1], now)


@action
def finish(key: Key, by: Account, now: datetime) -> None:
    """Say that a hint has been read.

    Raises `NotFound`; `Refused("changed")` as `assign`, and for what is not a hint: that is done where it belongs.
    """
    if key[0] != "alike":
        raise Refused("changed")
    mark = _mark(key)
    mark.done_at, mark.done_by = now, by
    record(by, "task_done", "booking", key[1], now)


@action
def reopen(mark_id: int, by: Account, now: datetime) -> None:
    """Take back that something was done: it waits again, and whoever was told is to be told.

    Raises `Refused("changed")` when it is not done any more or the booking has moved on.
    """
    mark = db.session.get(TaskMark, mark_id, with_for_update=True)
    if mark is None or mark.done_at is None or mark.booking.schedule_version != mark.schedule_version:
        raise Refused("changed")
    mark.done_at, mark.done_by = None, None
    if mark.kind == "tell":
        untell(mark.booking)
    record(by, "task_reopened", "booking", mark.booking_id, now)


def _mark(key: Key) -> TaskMark:
    """The row of an open task, made when there is none."""
    kind, booking_id, version = key
    booking = db.session.get(Booking, booking_id, with_for_update=True, populate_existing=True)
    if booking is None:
        raise NotFound
    same = (
        TaskMark.kind == kind,
        TaskMark.booking_id == booking_id,
        TaskMark.schedule_version == version,
    )
    mark = db.session.scalar(select(TaskMark).where(*same))
    if booking.schedule_version != version or (mark and mark.done_at):
        raise Refused("changed")
    if mark is None:
        mark = TaskMark(kind=kind, booking_id=booking_id, schedule_version=version)
        db.session.add(mark)
    return mark
