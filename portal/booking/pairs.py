"""Two people who must not come on the same day, because one of them would not be safe (S59, T5). Staff say so and staff see
it; nothing that either of the two reads or is sent ever depends on it."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import combinations

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Select, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from portal.accounts.audit import record
from portal.accounts.models import Account
from portal.booking.models import Booking, BookingPerson, Slot
from portal.db import Model, action, db
from portal.errors import NotFound, Refused
from portal.retention import MARK, personal


class Pair(Model):
    """These two are to be kept apart, whoever said so. It holds for all that their contacts have booked."""

    __tablename__ = "booking_pair"
    __table_args__ = (
        UniqueConstraint("first_id", "second_id", name="uq_booking_pair_once"),
        CheckConstraint("first_id < second_id", name="order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    first_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), info=personal(MARK))
    second_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), index=True, info=personal(MARK))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    at: Mapped[datetime]

    first: Mapped[Booking] = relationship(foreign_keys=[first_id])
    second: Mapped[Booking] = relationship(foreign_keys=[second_id])

    def other(self, booking: Booking) -> Booking:
        """The one whom this person must not meet."""
        is_second = booking.id == self.second_id
        is_first = not is_second and (booking.id == self.first_id or _is_same(booking, self.first))
        return self.second if is_first else self.first


def pairs_of(booking: Booking) -> Sequence[Pair]:
    """Whom this person must not meet, also when it was said of another booking of theirs."""
    theirs = select(Booking.id).outerjoin(Booking.person).where(_of(booking))
    query = select(Pair).where(or_(Pair.first_id.in_(theirs), Pair.second_id.in_(theirs)))
    return db.session.scalars(query.order_by(Pair.id).options(*_BOTH)).all()


def days_of_others(booking: Booking, now: datetime) -> list[date]:
    """The days ahead on which somebody comes whom this person must not meet."""
    others = [pair.other(booking) for pair in pairs_of(booking)]
    return sorted({ahead.slot.day for ahead in _ahead(others, now) if ahead.slot})


def on_one_day(now: datetime) -> list[tuple[Booking, Booking]]:
    """The talks ahead of people who must not meet that are on the same day, the earlier booked one first."""
    pairs = db.session.scalars(select(Pair).options(*_BOTH)).all()
    ahead = _ahead([side for pair in pairs for side in (pair.first, pair.second)], now)
    return [
        (one, two)
        for one, two in combinations(ahead, 2)
        if one.slot and two.slot and one.slot.day == two.slot.day and any(_are(one, two, p) for p in pairs)
    ]


@action
def keep_apart(booking_id: int, other_id: int, by: Account, now: datetime) -> None:
    """Say that these two must not come on the same day; saying it again changes nothing.

    Raises `NotFound`; `Refused("same")` when both are one booking.
    """
    if booking_id == other_id:
        raise Refused("same")
    first_id, second_id = sorted((booking_id, other_id))
    for number in (first_id, second_id):
        if db.session.get(Booking, number, with_for_update=True) is None:
            raise NotFound
    if not _is_said(first_id, second_id):
        pair = Pair(first_id=first_id, second_id=second_id, account_id=by.id, at=now)
        db.session.add(pair)
        db.session.flush()
        _note("kept_apart", pair, by, now)


@action
def let_meet(pair_id: int, by: Account, now: datetime) -> None:
    """Take that back; taking it back again changes nothing."""
    pair = db.session.get(Pair, pair_id, with_for_update=True)
    if pair is not None:
        _note("may_meet", pair, by, now)
        db.session.delete(pair)


def hand_on(erased: Select[int]) -> None:
    """Before the people of these bookings are erased: what was said of one of them holds from now on by the newest other
    booking of the same contact; where there is none, it is said of nobody any more."""
    touched = or_(Pair.first_id.in_(erased), Pair.second_id.in_(erased))
    for pair in db.session.scalars(select(Pair).where(touched).options(*_BOTH)).all():
        sides = sorted(_staying(pair.first, erased) | _staying(pair.second, erased))
        if len(sides) == 2 and not _is_said(*sides):  # two people
            pair.first_id, pair.second_id = sides
        else:
            db.session.delete(pair)
        db.session.flush()


def _staying(booking: Booking, erased: Select[int]) -> set[int]:
    """The booking itself, or the newest other one of the same contact; neither is erased."""
    query = select(Booking.id).outerjoin(Booking.person).where(_of(booking), Booking.id.not_in(erased))
    return set(db.session.scalars(query.order_by(Booking.id != booking.id, Booking.id.desc()).limit(1)))


def _is_said(first_id: int, second_id: int) -> bool:
    return db.session.scalar(select(Pair.id).filter_by(first_id=first_id, second_id=second_id)) is not None


def _note(what: str, pair: Pair, by: Account, now: datetime) -> None:
    """Not as a deed about either booking: the paper that a person gets about those would tell."""
    record(by, what, Pair.__tablename__, pair.id, now)


_BOTH = (
    joinedload(Pair.first).joinedload(Booking.person),
    joinedload(Pair.second).joinedload(Booking.person),
    joinedload(Pair.first).joinedload(Booking.slot),
    joinedload(Pair.second).joinedload(Booking.slot),
)


def _ahead(people: Iterable[Booking], now: datetime) -> Sequence[Booking]:
    """The talks to come of these people, whichever booking they are known by."""
    known = [_of(booking) for booking in people]
    if not known:
        return []
    query = (
        select(Booking)
        .join(Booking.slot)
        .outerjoin(Booking.person)
        .where(Booking.status == "confirmed", Slot.starts_at > now, or_(*known))
        .options(joinedload(Booking.person), joinedload(Booking.slot), joinedload(Booking.service))
    )
    return db.session.scalars(query.order_by(Booking.id)).all()


def _of(booking: Booking) -> ColumnElement[bool]:
    """Whether a booking is this person's."""
    contact = booking.known_person.contact if booking.known_person else None
    return or_(Booking.id == booking.id, BookingPerson.has_contact(contact))


def _is_same(one: Booking, two: Booking) -> bool:
    """Whether two bookings are one person's, as far as a contact tells."""
    if one.id == two.id:
        return True
    known, other = one.known_person, two.known_person
    return bool(known and other and known.contact and known.contact == other.contact)


def _are(one: Booking, two: Booking, pair: Pair) -> bool:
    """Whether two bookings are those of the two people of a pair."""
    straight = _is_same(one, pair.first) and _is_same(two, pair.second)
    return straight or (_is_same(one, pair.second) and _is_same(two, pair.first))
