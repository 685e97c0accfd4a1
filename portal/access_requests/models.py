"""Requests for accessibility, and the questions asked of them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from portal import clock
from portal.access_requests.deadlines import complain_by
from portal.booking.people import Reachable, reachable_checks
from portal.crypto import Sealed
from portal.db import Model, db, one_of
from portal.retention import ACCESS_REQUEST, personal

KINDS = ("digital", "access")
OUTCOMES = ("fulfilled", "alternative", "refused")
ENDS = (*OUTCOMES, "withdrawn", "expired")
OPEN = ("new", "extended")
MOST_SHOWN = 100


class AccessRequest(Model):
    """That somebody has asked. `due_on` is the last day for an answer or for notice that it takes longer, `extended_to` the day
    named in that notice, `longest_on` the last day that it may name. What remains when the person has been erased is a number.
    """

    __tablename__ = "access_request"
    __table_args__ = (
        one_of("kind", *KINDS),
        one_of("status", *OPEN, *ENDS),
        CheckConstraint("asked_on < due_on AND due_on < longest_on", name="terms_in_order"),
        CheckConstraint("extended_to IS NULL OR extended_to <= longest_on", name="not_longer"),
        CheckConstraint("status <> 'extended' OR extended_to IS NOT NULL", name="extended_until"),
        CheckConstraint("(status IN ('new', 'extended')) = (ended_at IS NULL)", name="ended_or_open"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    reference: Mapped[str] = mapped_column(String(9), unique=True)
    form_hash: Mapped[str] = mapped_column(String(64), unique=True)
    pin_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(20), default="new", index=True)
    asked_on: Mapped[date]
    due_on: Mapped[date]
    longest_on: Mapped[date]
    extended_to: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    touched_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    person: Mapped["AccessRequestPerson | None"] = relationship(back_populates="access_request")

    @property
    def is_open(self) -> bool:
        """Whether we still owe an answer."""
        return self.status in OPEN

    @property
    def answer_by(self) -> date:
        """The last day on which we may answer."""
        return self.extended_to or self.due_on

    def days_left(self, today: date) -> int:
        """How many days there are until then; negative when it has passed."""
        return (self.answer_by - today).days

    def complain_by(self, today: date) -> date | None:
        """Until when the person may complain to the President of PFRON, if there is a reason to."""
        if self.is_open:
            return complain_by(self.kind, self.answer_by) if self.days_left(today) < 0 else None
        ended = self.status in {"alternative", "refused"} and self.ended_at
        return complain_by(self.kind, clock.day_of(ended)) if ended else None

    @property
    def deleted_on(self) -> date:
        """The day in whose night the person is erased."""
        return clock.day_of(self.ended_at or self.touched_at) + timedelta(days=ACCESS_REQUEST.days)

    @property
    def known_person(self) -> "AccessRequestPerson | None":
        """The person, unless they have been erased or the key that sealed them is gone."""
        return self.person if self.person and self.person.is_readable else None


class AccessRequestPerson(Reachable, Model):
    """All that is known of the person, what they ask and what we told them, sealed; erased apart from the request.

    `about` is the page or the barrier, `wish` the other form or the solution that they prefer.
    """

    __tablename__ = "access_request_person"
    __table_args__ = (one_of("channel", "email", "sms", "phone"), *reachable_checks())

    request_id: Mapped[int] = mapped_column(ForeignKey("access_request.id"), primary_key=True)
    name_sealed: Mapped[str] = mapped_column(info=personal(ACCESS_REQUEST))
    contact_sealed: Mapped[str | None] = mapped_column(info=personal(ACCESS_REQUEST))
    contact_fingerprint: Mapped[str | None] = mapped_column(
        String(64), index=True, info=personal(ACCESS_REQUEST)
    )
    about_sealed: Mapped[str] = mapped_column(info=personal(ACCESS_REQUEST))
    wish_sealed: Mapped[str | None] = mapped_column(info=personal(ACCESS_REQUEST))
    delay_sealed: Mapped[str | None] = mapped_column(info=personal(ACCESS_REQUEST))
    answer_sealed: Mapped[str | None] = mapped_column(info=personal(ACCESS_REQUEST))
    instead_sealed: Mapped[str | None] = mapped_column(info=personal(ACCESS_REQUEST))
    delay_language: Mapped[str] = mapped_column(String(5), default="pl")  # in which staff wrote it
    answer_language: Mapped[str] = mapped_column(String(5), default="pl")

    access_request: Mapped[AccessRequest] = relationship(back_populates="person")

    name = Sealed("name_sealed", key="request_id")
    contact = Sealed("contact_sealed", key="request_id")
    about = Sealed("about_sealed", key="request_id")
    wish = Sealed("wish_sealed", key="request_id")
    delay = Sealed("delay_sealed", key="request_id")
    answer = Sealed("answer_sealed", key="request_id")
    instead = Sealed("instead_sealed", key="request_id")


def open_requests() -> Sequence[AccessRequest]:
    """Those that wait for an answer, the most urgent first."""
    answer_by = func.coalesce(AccessRequest.extended_to, AccessRequest.due_on)
    query = select(AccessRequest).where(AccessRequest.status.in_(OPEN))
    return db.session.scalars(
        query.options(joinedload(AccessRequest.person)).order_by(answer_by, AccessRequest.id)
    ).all()


def ended_requests() -> Sequence[AccessRequest]:
    """Those that ended last, newest first."""
    query = (
        select(AccessRequest).where(AccessRequest.status.in_(ENDS)).options(joinedload(AccessRequest.person))
    )
    return db.session.scalars(query.order_by(AccessRequest.ended_at.desc()).limit(MOST_SHOWN)).all()


def request_numbered(request_id: int) -> AccessRequest | None:
    """One request with its person, as they are now."""
    query = select(AccessRequest).where(AccessRequest.id == request_id)
    return db.session.scalar(
        query.options(joinedload(AccessRequest.person)), execution_options={"populate_existing": True}
    )


def request_by_reference(reference: str) -> AccessRequest | None:
    """The request with this number."""
    return db.session.scalar(select(AccessRequest).where(AccessRequest.reference == reference))


def waiting_requests(today: date) -> tuple[int, int]:
    """How many requests wait for an answer, and for how many of these the time has passed."""
    waiting = open_requests()
    return len(waiting), sum(one.days_left(today) < 0 for one in waiting)


def answered_since(day: date) -> int:
    """How many requests about this portal were answered after that day."""
    answered = AccessRequest.kind == "digital", AccessRequest.status.in_(OUTCOMES)
    later = AccessRequest.ended_at >= clock.day_start(day + timedelta(days=1))
    return db.session.scalar(select(func.count(AccessRequest.id)).where(*answered, later)) or 0


def over(day: date) -> ColumnElement[bool]:
    """Whether the person is to be erased by that day (`AccessRequest.deleted_on`)."""
    first_kept = clock.day_start(day - timedelta(days=ACCESS_REQUEST.days - 1))
    return func.coalesce(AccessRequest.ended_at, AccessRequest.touched_at) < first_kept
