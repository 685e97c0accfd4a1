"""Enquiries of people who think of becoming foster parents, and the questions asked of them.

An enquiry is not the application of art. 43 of the act of 9 June 2011 on supporting families (Dz.U. 2024 poz. 177) and starts no
proceedings (R68).
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    String,
    Text,
    UniqueConstraint,
    func,
    select,
)
from sqlalchemy.orm import Mapped, foreign, joinedload, mapped_column, relationship
from sqlalchemy.sql.base import ExecutableOption

from portal import clock
from portal.accounts.models import Account
from portal.booking.models import Booking
from portal.booking.people import Reachable, reachable_checks
from portal.crypto import Sealed
from portal.db import Model, db, one_of
from portal.finding.models import Findable
from portal.retention import ENQUIRY, personal

LANGUAGES = ("pl", "uk", "en")
STATES = ("new", "in_contact", "talk_booked", "finished")
REASONS = ("goes_on", "not_now", "no_answer", "elsewhere", "relatives", "withdrawn", "expired")
HOLDING = ("confirmed", "displaced", "attended", "no_show")
MOST_SHOWN = 100


class Enquiry(Model):
    """That somebody is interested. `promised_on` is the last day for our answer; `touched_at` the last step of anybody,
    `answered_at` the first one of staff that is an answer.

    What remains when the person has been erased is a number without a name. `talk_hash` is that of the form with which the
    person books a talk (`Booking.form_hash`); `talks` counts the bookings that came to nothing before.
    """

    __tablename__ = "enquiry"
    __table_args__ = (
        one_of("status", *STATES),
        one_of("reason", *REASONS),
        CheckConstraint("(status = 'finished') = (reason IS NOT NULL)", name="finished_with_reason"),
        CheckConstraint("(status = 'finished') = (ended_at IS NOT NULL)", name="finished_has_end"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(9), unique=True)
    form_hash: Mapped[str] = mapped_column(String(64), unique=True)
    pin_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(20), default="new", index=True)
    reason: Mapped[str | None] = mapped_column(String(20))
    promised_on: Mapped[date]
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    talk_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    talks: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    touched_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    person: Mapped["EnquiryPerson | None"] = relationship(back_populates="enquiry")
    assignee: Mapped[Account | None] = relationship()
    talk: Mapped[Booking | None] = relationship(
        primaryjoin=lambda: foreign(Enquiry.talk_hash) == Booking.form_hash, viewonly=True
    )

    @property
    def state(self) -> str:
        """How it stands: `talk_booked` also when the person has booked a talk by themselves, as long as they have it."""
        has_talk = self.talk is not None and self.talk.status in HOLDING
        return "talk_booked" if has_talk and self.status != "finished" else self.status

    def is_overdue(self, day: date) -> bool:
        """Whether nobody has answered though the promised day is over."""
        return self.state == "new" and self.promised_on < day

    @property
    def deleted_on(self) -> date:
        """The day in whose night the person is erased: so long after the end, or after the last step when nobody ended it."""
        return clock.day_of(self.ended_at or self.touched_at) + timedelta(days=ENQUIRY.days)

    @property
    def known_person(self) -> "EnquiryPerson | None":
        """The person, unless they have been erased or the key that sealed them is gone."""
        return self.person if self.person and self.person.is_readable else None


class EnquiryPerson(Reachable, Model):
    """All that is known of the person, sealed; erased apart from the enquiry. Never what R70 forbids to ask."""

    __tablename__ = "enquiry_person"
    __table_args__ = (one_of("channel", "email", "sms", "phone"), *reachable_checks())

    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"), primary_key=True)
    name_sealed: Mapped[str] = mapped_column(info=personal(ENQUIRY))
    contact_sealed: Mapped[str | None] = mapped_column(info=personal(ENQUIRY))
    contact_fingerprint: Mapped[str | None] = mapped_column(String(64), index=True, info=personal(ENQUIRY))
    needs_sealed: Mapped[str | None] = mapped_column(info=personal(ENQUIRY))
    other_need_sealed: Mapped[str | None] = mapped_column(info=personal(ENQUIRY))
    district_sealed: Mapped[str | None] = mapped_column(info=personal(ENQUIRY))
    interests_sealed: Mapped[str | None] = mapped_column(info=personal(ENQUIRY))
    training_sealed: Mapped[str | None] = mapped_column(info=personal(ENQUIRY))
    meeting_sealed: Mapped[str | None] = mapped_column(info=personal(ENQUIRY))
    question_sealed: Mapped[str | None] = mapped_column(info=personal(ENQUIRY))
    note_sealed: Mapped[str | None] = mapped_column(info=personal(ENQUIRY))

    enquiry: Mapped[Enquiry] = relationship(back_populates="person")

    name = Sealed("name_sealed", key="enquiry_id")
    contact = Sealed("contact_sealed", key="enquiry_id")
    needs = Sealed("needs_sealed", key="enquiry_id")
    other_need = Sealed("other_need_sealed", key="enquiry_id")
    district = Sealed("district_sealed", key="enquiry_id")
    interests = Sealed("interests_sealed", key="enquiry_id")
    training = Sealed("training_sealed", key="enquiry_id")
    meeting = Sealed("meeting_sealed", key="enquiry_id")
    question = Sealed("question_sealed", key="enquiry_id")
    note = Sealed("note_sealed", key="enquiry_id")


class Asked:
    """A question and its answer in Markdown, in Polish and where somebody has translated both in another language too."""

    question: Mapped[str] = mapped_column(String(200))
    answer: Mapped[str] = mapped_column(Text)
    question_uk: Mapped[str] = mapped_column(String(200), default="")
    answer_uk: Mapped[str] = mapped_column(Text, default="")
    question_en: Mapped[str] = mapped_column(String(200), default="")
    answer_en: Mapped[str] = mapped_column(Text, default="")


def asked_checks() -> tuple[CheckConstraint, ...]:
    """A translation is whole or not there."""
    return tuple(
        CheckConstraint(f"(question_{code} = '') = (answer_{code} = '')", name=f"whole_{code}")
        for code in ("uk", "en")
    )


class Question(Asked, Model):
    """What people ask about foster care, by `position`; residents read it while it `is_shown`."""

    __tablename__ = "foster_question"
    __table_args__ = asked_checks()
    is_content = True

    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int]
    is_shown: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    versions: Mapped[list["QuestionVersion"]] = relationship(order_by="QuestionVersion.number.desc()")

    def said_in(self, language: str) -> tuple[str, str, str]:
        """The language it can be read in, the question, the answer: Polish where there is no translation."""
        code = language if language != "pl" and getattr(self, f"question_{language}") else "pl"
        end = "" if code == "pl" else f"_{code}"
        return code, getattr(self, f"question{end}"), getattr(self, f"answer{end}")

    def as_found(self) -> list[Findable]:
        """What residents read, in every language in which it is written."""
        said = [self.said_in(code) for code in LANGUAGES]
        return [
            Findable(str(self.id), question, answer, code)
            for code, question, answer in dict.fromkeys(said)
            if self.is_shown
        ]


class QuestionVersion(Asked, Model):
    """What a question and its answer were at each save; rows are only ever added (a trigger refuses the rest)."""

    __tablename__ = "foster_question_version"
    __table_args__ = (UniqueConstraint("question_id", "number"), *asked_checks())

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("foster_question.id"))
    number: Mapped[int]
    is_shown: Mapped[bool]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # none: it came with a folder
    created_at: Mapped[datetime]

    account: Mapped[Account | None] = relationship()


def questions(*, shown: bool = False) -> Sequence[Question]:
    """Every question in its order; with `shown` those that residents read."""
    query = select(Question).order_by(Question.position, Question.id)
    return db.session.scalars(query.where(Question.is_shown) if shown else query).all()


def open_enquiries() -> Sequence[Enquiry]:
    """Those that have not ended, by the day of the promise."""
    query = select(Enquiry).where(Enquiry.status != "finished").options(*_everything())
    return db.session.scalars(query.order_by(Enquiry.promised_on, Enquiry.id)).all()


def finished_enquiries() -> Sequence[Enquiry]:
    """Those that ended last, newest first."""
    query = select(Enquiry).where(Enquiry.status == "finished").options(*_everything())
    return db.session.scalars(query.order_by(Enquiry.ended_at.desc()).limit(MOST_SHOWN)).all()


def enquiry_numbered(enquiry_id: int) -> Enquiry | None:
    """One enquiry with its person and its talk, as they are now."""
    query = select(Enquiry).where(Enquiry.id == enquiry_id).options(*_everything())
    return db.session.scalar(query, execution_options={"populate_existing": True})


def enquiry_by_reference(reference: str) -> Enquiry | None:
    """The enquiry with this number."""
    return db.session.scalar(select(Enquiry).where(Enquiry.reference == reference))


def waiting_for_answer(day: date) -> tuple[int, int]:
    """How many enquiries nobody has answered yet, and how many of these are overdue."""
    waiting = [enquiry for enquiry in open_enquiries() if enquiry.state == "new"]
    return len(waiting), sum(enquiry.is_overdue(day) for enquiry in waiting)


def _everything() -> tuple[ExecutableOption, ...]:
    return (
        joinedload(Enquiry.person),
        joinedload(Enquiry.assignee),
        joinedload(Enquiry.talk).joinedload(Booking.slot),
    )


def over(day: date) -> ColumnElement[bool]:
    """Whether an enquiry is to be erased by that day (`Enquiry.deleted_on`)."""
    first_kept = clock.day_start(day - timedelta(days=ENQUIRY.days - 1))
    return func.coalesce(Enquiry.ended_at, Enquiry.touched_at) < first_kept
