"""Random walks: whatever people and staff do, in whatever order, the database agrees with a model of a few lines."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select

from portal import clock
from portal.accounts.models import account_called
from portal.booking import actions
from portal.booking.checks import violations
from portal.booking.models import Office, Place, Resource
from portal.booking.offering import Terms, offer, take_back
from portal.booking.openings import open_slots
from portal.booking.series import Span
from portal.db import db
from portal.demo.load import ACCOUNTS
from portal.errors import Refused
from portal.programmes.models import service_called

WALKS, STEPS = 200, 30
CAPACITIES = (1, 2, 3)
MUST_BE_SEEN = {
    *("hold: done", "hold: gone", "hold: taken", "book: done", "book: gone", "book: taken"),
    *("move: done", "move: taken", "move: changed", "move: ended", "move: too_late"),
    *("cancel: done", "cancel: changed", "cancel: ended", "take_back: done", "take_back: has_bookings"),
    *("note_outcome: done", "note_outcome: too_early"),
}
PEOPLE = st.sampled_from(["anna", "borys", "celina"])
SLOTS = st.sampled_from([0, 1, 2])
names = count()
seen: Counter[str] = Counter()


@dataclass
class SlotModel:
    """What we believe of a slot."""

    id: int
    capacity: int
    starts_at: datetime
    is_open: bool = True


@dataclass
class BookingModel:
    """What we believe of a booking."""

    receipt: actions.Receipt
    wish: actions.Wish
    slot: SlotModel
    status: str = "confirmed"
    version: int = 1
    moves: int = 0


@dataclass
class Belief:
    """All that we believe; `holds` is who keeps which slot until when."""

    now: datetime
    slots: list[SlotModel]
    holds: dict[str, tuple[SlotModel, datetime]] = field(default_factory=dict)
    bookings: list[BookingModel] = field(default_factory=list)

    def booked(self, slot: SlotModel) -> int:
        return sum(b.slot is slot and b.status in {"confirmed", "attended", "no_show"} for b in self.bookings)

    def has_room(self, slot: SlotModel, who: str) -> bool:
        held = sum(
            kept is slot and until > self.now and holder != who
            for holder, (kept, until) in self.holds.items()
        )
        return self.booked(slot) + held < slot.capacity

    def is_offered(self, slot: SlotModel, begun_at: datetime | None = None) -> bool:
        notice = slot.starts_at - (begun_at or self.now) >= timedelta(hours=24)
        return slot.is_open and notice and slot.starts_at > self.now

    def why_not(self, slot: SlotModel, who: str, begun_at: datetime | None = None) -> str:
        if not self.is_offered(slot, begun_at):
            return "gone"
        return "" if self.has_room(slot, who) else "taken"


class Walk(RuleBasedStateMachine):
    """One walk through the life of three slots."""

    booked = Bundle("booked")

    def __init__(self) -> None:
        super().__init__()
        service, by = service_called("a1"), account_called(ACCOUNTS[1].login)
        assert service
        assert by
        self.service, self.by, self.number = service, by, next(names)
        now = clock.now() + timedelta(days=self.number % 30)
        lead = Resource(kind="interviewer", name=f"Rozmówca {self.number}")
        db.session.add(lead)
        db.session.commit()
        office_id = db.session.scalars(select(Office.id)).first()
        assert office_id
        slots = []
        for n, capacity in enumerate(CAPACITIES):
            starts_at = now + timedelta(days=4, hours=n)
            span = Span(starts_at, starts_at + timedelta(minutes=45))
            made = offer(Terms(service.id, office_id, lead.id, capacity), [span], by, now)[0]
            slots.append(SlotModel(made.id, capacity, starts_at))
        self.belief = Belief(now, slots)

    def teardown(self) -> None:
        assert violations() == {}

    def expect(self, code: str, verb: Any, *args: Any) -> Any:
        """Do it; it is refused with this code, or done when there is none."""
        seen[f"{verb.__name__}: {code or 'done'}"] += 1
        if not code:
            return verb(*args)
        with pytest.raises(Refused, match=f"^{code}$"):
            verb(*args)
        return None

    def token(self, who: str) -> str:
        return f"{who}-{self.number}"

    @rule(who=PEOPLE, which=SLOTS)
    def hold(self, who: str, which: int) -> None:
        slot = self.belief.slots[which]
        why_not = self.belief.why_not(slot, who)
        until = self.expect(why_not, actions.hold, self.service, slot.id, self.token(who), self.belief.now)
        if not why_not:
            self.belief.holds[who] = (slot, until)

    @rule(who=PEOPLE)
    def give_back(self, who: str) -> None:
        actions.give_back(self.token(who))
        self.belief.holds.pop(who, None)

    @rule(target=booked, who=PEOPLE, which=SLOTS)
    def book(self, who: str, which: int) -> BookingModel | None:
        slot = self.belief.slots[which]
        begun_at = self.belief.now - timedelta(minutes=self.service.hold_minutes)
        wish = self.wish(who, slot, f"form-{next(names)}")
        receipt = self.expect(self.belief.why_not(slot, who, begun_at), actions.book, wish, self.belief.now)
        if receipt is None:
            return None
        self.belief.holds.pop(who, None)
        self.belief.bookings.append(BookingModel(receipt, wish, slot))
        return self.belief.bookings[-1]

    def wish(self, who: str, slot: SlotModel, form: str) -> actions.Wish:
        return actions.Wish(self.service.id, slot.id, "Ktoś", "none", None, "pl", form, self.token(who))

    @rule(booking=booked)
    def send_the_form_again(self, booking: BookingModel | None) -> None:
        if booking:
            assert self.expect("", actions.book, booking.wish, self.belief.now) == booking.receipt

    @rule(booking=booked, which=SLOTS, is_stale=st.booleans())
    def move(self, booking: BookingModel | None, which: int, is_stale: bool) -> None:
        target = self.belief.slots[which]
        if booking is None:
            return
        stays = booking.slot is target and booking.status == "confirmed"
        why_not = "" if stays else self.why_not_move(booking, target, is_stale)
        version = booking.version - is_stale
        if (
            self.expect(
                why_not, actions.move, booking.receipt.booking_id, version, target.id, self.belief.now
            )
            and not stays
        ):
            booking.slot, booking.version, booking.moves = target, booking.version + 1, booking.moves + 1

    def why_not_move(self, booking: BookingModel, target: SlotModel, is_stale: bool) -> str:
        now = self.belief.now
        if booking.status != "confirmed" or booking.slot.starts_at <= now:
            return "ended"
        if now > booking.slot.starts_at - timedelta(hours=24):
            return "too_late"
        if booking.moves >= 3:
            return "too_often"
        if not self.belief.is_offered(target):
            return "gone"
        return "changed" if is_stale else self.belief.why_not(target, "nobody")

    @rule(booking=booked, is_stale=st.booleans())
    def cancel(self, booking: BookingModel | None, is_stale: bool) -> None:
        if booking is None:
            return
        is_over = booking.status == "cancelled_resident"
        has_been = booking.status in {"attended", "no_show"} or booking.slot.starts_at <= self.belief.now
        why_not = "" if is_over else "ended" if has_been else "changed" if is_stale else ""
        version = booking.version - is_stale
        if (
            self.expect(why_not, actions.cancel, booking.receipt.booking_id, version, self.belief.now)
            and not is_over
        ):
            booking.status, booking.version = "cancelled_resident", booking.version + 1

    @rule(booking=booked, outcome=st.sampled_from(["attended", "no_show"]))
    def note_outcome(self, booking: BookingModel | None, outcome: str) -> None:
        if booking is None:
            return
        why_not = (
            "ended"
            if booking.status.startswith("cancelled")
            else "too_early"
            if booking.slot.starts_at > self.belief.now
            else ""
        )
        noted = (booking.receipt.booking_id, booking.version, outcome, self.by, self.belief.now)
        if self.expect(why_not, actions.note_outcome, *noted):
            booking.status, booking.version = outcome, booking.version + 1

    @rule(which=SLOTS, seldom=st.integers(0, 7))
    def take_back(self, which: int, seldom: int) -> None:
        if seldom:
            return
        slot = self.belief.slots[which]
        why_not = "has_bookings" if self.belief.booked(slot) else "" if slot.is_open else "changed"
        if self.expect(why_not, take_back, slot.id, 1, self.by, self.belief.now):
            slot.is_open = False
            self.belief.holds = {w: h for w, h in self.belief.holds.items() if h[0] is not slot}

    @rule(minutes=st.sampled_from([1, 19, 21, 60, 24 * 60, 47 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.belief.now += timedelta(minutes=minutes)

    @rule(seldom=st.integers(0, 3))
    def the_day_comes(self, seldom: int) -> None:
        if not seldom:
            self.belief.now = max(self.belief.now, self.belief.slots[1].starts_at + timedelta(minutes=1))

    @invariant()
    def the_database_agrees(self) -> None:
        booked = select(func.count()).where(Place.state == "booked")
        for slot in self.belief.slots:
            assert db.session.scalar(booked.where(Place.slot_id == slot.id)) == self.belief.booked(slot)
        day = clock.day_of(self.belief.slots[0].starts_at)
        shown = open_slots(self.service, self.belief.now, first=day, last=day + timedelta(days=1))
        ours = {slot.id for slot in self.belief.slots if not self.belief.why_not(slot, "nobody")}
        assert {row.id for row in shown} & {slot.id for slot in self.belief.slots} == ours
        db.session.rollback()


@pytest.mark.usefixtures("context")
def test_whatever_happens_the_database_agrees_with_the_model(app: Flask) -> None:
    limits = settings(
        max_examples=WALKS,
        stateful_step_count=STEPS,
        suppress_health_check=list(HealthCheck),
        deadline=None,
        derandomize=True,
    )
    seen.clear()
    run_state_machine_as_test(Walk, settings=limits)

    assert set(seen) >= MUST_BE_SEEN, "the walks are too tame to prove anything"
