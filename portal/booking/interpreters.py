"""Sign language interpreters: when one is sure to come, and what was asked and answered."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, and_, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from portal import clock
from portal.booking.models import Booking, Resource, at_work
from portal.db import Model, days_until, db, one_of

INTERPRETERS = ("pjm", "sjm", "skogn")
INTERPRETER_NOTICE = 3


def interpreter_sure_from(now: datetime) -> date:
    """The first day for which an interpreter asked for now is guaranteed: the third working day after today (R63)."""
    return clock.working_day_after(clock.day_of(now), INTERPRETER_NOTICE)


def interpreter_to_ask_for_by(day: date) -> date:
    """The last day on which an interpreter asked for is guaranteed for `day`; the other way round of the rule above."""
    asked = day
    while clock.working_day_after(asked, INTERPRETER_NOTICE) > day:
        asked -= timedelta(days=1)
    return asked


class InterpreterRequest(Model):
    """A sign language interpreter asked for (act of 19 August 2011, art. 11-12): to be answered by `due_on`, and if it
    cannot be done, with the reason and another date or form. `resource` is the one who comes, if our calendar knows them.
    """

    __tablename__ = "interpreter_request"
    __table_args__ = (
        one_of("method", *INTERPRETERS),
        one_of("state", "requested", "arranged", "not_possible"),
        CheckConstraint("(state = 'requested') = (answered_at IS NULL)", name="answered"),
        CheckConstraint(
            "state <> 'not_possible' OR (reason <> '' AND alternative <> '')", name="refusal_has_reason"
        ),
        CheckConstraint("resource_id IS NULL OR state = 'arranged'", name="who_if_arranged"),
    )

    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), primary_key=True)
    resource_id: Mapped[int | None] = mapped_column(ForeignKey("resource.id"), index=True)
    method: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20), default="requested", index=True)
    due_on: Mapped[date]
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(500), default="")
    alternative: Mapped[str] = mapped_column(String(500), default="")

    booking: Mapped[Booking] = relationship(back_populates="interpreter")
    resource: Mapped[Resource | None] = relationship(lazy="joined")


def met_in_time() -> ColumnElement[bool]:
    """Whether an interpreter was arranged by the day on which the answer was due."""
    in_time = days_until(InterpreterRequest.due_on, InterpreterRequest.answered_at) >= 0
    return and_(InterpreterRequest.state == "arranged", in_time)


class ErasedRequests(Model):
    """How many requests for an interpreter were erased with their people, by the month of the talk: numbers only."""

    __tablename__ = "erased_requests"
    __table_args__ = (Index("ix_erased_requests_of", "service_id", "year"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    year: Mapped[int]
    month: Mapped[int]
    not_met: Mapped[bool]
    number: Mapped[int]


def open_interpreter_requests() -> Sequence[InterpreterRequest]:
    """What still waits for an answer and whose booking stands, most urgent first."""
    query = (
        select(InterpreterRequest)
        .join(InterpreterRequest.booking)
        .where(InterpreterRequest.state == "requested", Booking.status == "confirmed")
        .options(joinedload(InterpreterRequest.booking).joinedload(Booking.slot))
        .order_by(InterpreterRequest.due_on, InterpreterRequest.booking_id)
    )
    return db.session.scalars(query).all()


def interpreters(method: str) -> Sequence[Resource]:
    """The interpreters of our calendar who know this method, by name."""
    return [person for person in at_work("interpreter") if method in person.skills.split()]
