"""Groups: who takes part in an edition, when it meets, who came for how long, and which certificates were printed."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    and_,
    exists,
    func,
    select,
    text,
)
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from portal.booking.models import Booking, Office, Slot
from portal.crypto import Sealed, Unreadable
from portal.db import Model, db, one_of
from portal.programmes.models import Edition, Service
from portal.retention import PROGRAMME, personal

REASONS_TO_LEAVE = ("own_wish", "rules", "absence", "treatment", "moved_away", "other")
STATES = ("present", "absent", "excused")
KINDS = ("reporting", "completion")


class Named:
    """Has a sealed name, which is gone once it was erased."""

    name: Sealed

    @property
    def known_name(self) -> str:
        """The name; '' when it was erased or the key that sealed it is gone."""
        try:
            return self.name or ""
        except Unreadable:
            return ""


class Participant(Named, Model):
    """Somebody in the group of an edition, taken in after a talk whose result was `qualified`: one group for each talk.

    The name is sealed here anew, because documents of a programme live longer than bookings; it is gone when erased.
    """

    __tablename__ = "participant"
    __table_args__ = (
        one_of("left_reason", *REASONS_TO_LEAVE),
        CheckConstraint("(left_on IS NULL) = (left_reason IS NULL)", name="left_with_reason"),
        CheckConstraint("left_on IS NULL OR left_on >= joined_on", name="order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), index=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), unique=True)
    name_sealed: Mapped[str | None] = mapped_column(info=personal(PROGRAMME))
    joined_on: Mapped[date]
    left_on: Mapped[date | None]
    left_reason: Mapped[str | None] = mapped_column(String(20))
    version: Mapped[int] = mapped_column(default=1)

    edition: Mapped[Edition] = relationship()
    booking: Mapped[Booking] = relationship()

    name = Sealed("name_sealed", key="id")

    @property
    def initials(self) -> str:
        """What a list may show of the name (S59)."""
        return "".join(f"{word[0].upper()}." for word in self.known_name.split()[:2])

    def was_in(self, day: date) -> bool:
        """Whether the person belonged to the group on that day."""
        return self.joined_on <= day and (self.left_on is None or day <= self.left_on)


class Meeting(Model):
    """One meeting of a group. `day` is its date in Poland; `version` grows with every change, attendance included."""

    __tablename__ = "group_meeting"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="order"),
        one_of("status", "planned", "called_off"),
        Index(
            "uq_group_meeting_day",
            "edition_id",
            "day",
            unique=True,
            sqlite_where=text("status = 'planned'"),
            postgresql_where=text("status = 'planned'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), index=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    day: Mapped[date]
    status: Mapped[str] = mapped_column(String(20), default="planned")
    version: Mapped[int] = mapped_column(default=1)

    edition: Mapped[Edition] = relationship()
    office: Mapped[Office] = relationship()

    @property
    def minutes(self) -> int:
        """How long it lasts, in minutes that pass, whatever clocks do that night."""
        return int((self.ends_at - self.starts_at).total_seconds()) // 60


class Attendance(Model):
    """How long one person took part in one meeting, in minutes; only who was present has any."""

    __tablename__ = "attendance"
    __table_args__ = (
        one_of("state", *STATES),
        CheckConstraint("(state = 'present') = (minutes > 0) AND minutes >= 0", name="minutes_if_present"),
    )

    meeting_id: Mapped[int] = mapped_column(ForeignKey("group_meeting.id"), primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), primary_key=True, index=True)
    state: Mapped[str] = mapped_column(String(20))
    minutes: Mapped[int]

    meeting: Mapped[Meeting] = relationship()


class IndividualMeeting(Model):
    """A meeting of one person with somebody who leads the programme."""

    __tablename__ = "individual_meeting"
    __table_args__ = (CheckConstraint("minutes > 0", name="minutes"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    held_on: Mapped[date]
    minutes: Mapped[int]


class Certificate(Named, Model):
    """What was certified, as it was on the day: rows are added when a certificate is made ready to print. `first_on` and
    `last_on` are the day of the talk for `reporting`, the first and last meeting attended for `completion`."""

    __tablename__ = "certificate"
    __table_args__ = (
        one_of("kind", *KINDS),
        CheckConstraint("first_on <= last_on", name="order"),
        CheckConstraint(
            "(kind = 'completion') = (participant_id IS NOT NULL)", name="completion_of_participant"
        ),
        CheckConstraint(
            "(kind = 'completion') = (minutes > 0) AND minutes >= 0", name="completion_has_hours"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), index=True)
    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"), index=True)
    name_sealed: Mapped[str | None] = mapped_column(info=personal(PROGRAMME))
    first_on: Mapped[date]
    last_on: Mapped[date]
    minutes: Mapped[int]
    issued_at: Mapped[datetime]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))

    booking: Mapped[Booking] = relationship()
    participant: Mapped[Participant | None] = relationship()

    name = Sealed("name_sealed", key="id")


def edition_numbered(edition_id: int) -> Edition | None:
    """An edition with its programme."""
    query = select(Edition).where(Edition.id == edition_id).options(joinedload(Edition.programme))
    return db.session.scalar(query)


def all_editions() -> Sequence[Edition]:
    """Every edition with its programme, the latest first."""
    query = select(Edition).options(joinedload(Edition.programme))
    return db.session.scalars(query.order_by(Edition.starts_on.desc(), Edition.id)).all()


def group_sizes() -> dict[int, int]:
    """How many people are in the group now, by edition; those who left do not count."""
    query = select(Participant.edition_id, func.count()).where(Participant.left_on.is_(None))
    return {row[0]: row[1] for row in db.session.execute(query.group_by(Participant.edition_id))}


def candidates(programme_id: int) -> Sequence[Booking]:
    """The talks whose result was `qualified` and who are in no group of the programme yet, in the order of the talks."""
    query = (
        select(Booking)
        .join(Booking.service)
        .join(Booking.slot)
        .where(_waits(), Service.programme_id == programme_id)
        .options(joinedload(Booking.person), joinedload(Booking.slot))
        .order_by(Slot.starts_at, Booking.id)
    )
    return db.session.scalars(query).all()


def waiting_sizes() -> dict[int, int]:
    """How many candidates there are, by programme."""
    query = select(Service.programme_id, func.count()).join(Booking, Booking.service_id == Service.id)
    query = query.where(_waits(), Service.programme_id.is_not(None)).group_by(Service.programme_id)
    return dict(db.session.execute(query).all())  # type: ignore[arg-type]


def _waits() -> ColumnElement[bool]:
    in_a_group = exists().where(Participant.booking_id == Booking.id)
    return and_(Booking.result == "qualified", ~in_a_group)


def participants_of(edition_id: int) -> Sequence[Participant]:
    """Everybody who is or was in the group, in the order in which they were taken in."""
    query = select(Participant).where(Participant.edition_id == edition_id)
    query = query.options(joinedload(Participant.booking))
    return db.session.scalars(query.order_by(Participant.joined_on, Participant.id)).all()


def participant_numbered(participant_id: int) -> Participant | None:
    """A participant with edition, programme and talk."""
    query = (
        select(Participant)
        .where(Participant.id == participant_id)
        .options(joinedload(Participant.edition).joinedload(Edition.programme))
        .options(joinedload(Participant.booking).joinedload(Booking.slot))
    )
    return db.session.scalar(query)


def participant_of_booking(booking_id: int) -> Participant | None:
    """Whoever was taken in after this talk."""
    row_id = db.session.scalar(select(Participant.id).where(Participant.booking_id == booking_id))
    return participant_numbered(row_id) if row_id else None


def meetings_of(edition_id: int) -> Sequence[Meeting]:
    """The meetings of an edition by time, those called off included."""
    query = select(Meeting).where(Meeting.edition_id == edition_id).options(joinedload(Meeting.office))
    return db.session.scalars(query.order_by(Meeting.starts_at, Meeting.id)).all()


def erased_on(edition: Edition) -> date:
    """The day in whose night the names of a group are erased, as its meetings are planned now (R102)."""
    days = db.session.scalars(select(Meeting.day).where(Meeting.edition_id == edition.id))
    last: date = max([edition.starts_on, *days])
    return last + timedelta(days=PROGRAMME.days)


def meeting_numbered(meeting_id: int) -> Meeting | None:
    """A meeting with edition and programme."""
    query = (
        select(Meeting)
        .where(Meeting.id == meeting_id)
        .options(joinedload(Meeting.edition).joinedload(Edition.programme), joinedload(Meeting.office))
    )
    return db.session.scalar(query)


def marks_at(meeting_id: int) -> dict[int, Attendance]:
    """What the sheet of a meeting says, by participant."""
    query = select(Attendance).where(Attendance.meeting_id == meeting_id)
    return {mark.participant_id: mark for mark in db.session.scalars(query)}


def marks_of(participant_id: int) -> Sequence[Attendance]:
    """What the sheets say of one person, by time."""
    query = (
        select(Attendance)
        .join(Attendance.meeting)
        .where(Attendance.participant_id == participant_id)
        .options(joinedload(Attendance.meeting))
        .order_by(Meeting.starts_at)
    )
    return db.session.scalars(query).all()


def marked_meetings(edition_id: int) -> dict[int, int]:
    """How many people each sheet of an edition marks, by meeting."""
    query = select(Attendance.meeting_id, func.count()).join(Attendance.meeting)
    query = query.where(Meeting.edition_id == edition_id).group_by(Attendance.meeting_id)
    return {row[0]: row[1] for row in db.session.execute(query)}


def minutes_by_participant(edition_id: int) -> dict[int, int]:
    """How many minutes of group meetings each person has, by participant."""
    query = select(Attendance.participant_id, func.sum(Attendance.minutes)).join(Attendance.meeting)
    query = query.where(Meeting.edition_id == edition_id).group_by(Attendance.participant_id)
    return {row[0]: int(row[1]) for row in db.session.execute(query)}


def individual_meetings_of(participant_id: int) -> Sequence[IndividualMeeting]:
    """The meetings in private of one person, by day."""
    query = select(IndividualMeeting).where(IndividualMeeting.participant_id == participant_id)
    return db.session.scalars(query.order_by(IndividualMeeting.held_on, IndividualMeeting.id)).all()


def certificates_of(booking_id: int) -> Sequence[Certificate]:
    """The certificates made ready to print for one person, newest first."""
    query = select(Certificate).where(Certificate.booking_id == booking_id)
    return db.session.scalars(query.order_by(Certificate.id.desc())).all()


def certificate_numbered(certificate_id: int) -> Certificate | None:
    """A certificate with all that it speaks of."""
    query = (
        select(Certificate)
        .where(Certificate.id == certificate_id)
        .options(
            joinedload(Certificate.booking).joinedload(Booking.service).joinedload(Service.programme),
            joinedload(Certificate.participant).joinedload(Participant.edition),
        )
    )
    return db.session.scalar(query)
