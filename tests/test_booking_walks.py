"""Random walks: whatever people, staff and the clock do, in whatever order, the database agrees with a model of a few
lines (tests/parts/belief.py)."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import count, zip_longest
from typing import Any, TypeVar

import pytest
import time_machine
from flask import Flask
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from portal import clock
from portal.accounts.models import account_called
from portal.booking import actions, offering, offers, outcomes
from portal.booking.checks import violations
from portal.booking.models import FOR_A_PLACE, Booking, Office, Place, Resource, Slot
from portal.booking.openings import open_slots
from portal.booking.series import Span
from portal.db import db
from portal.demo.load import ACCOUNTS
from portal.errors import Refused
from portal.programmes.models import Service
from tests.parts.belief import GRACE, MOST_MOVES, Belief, BookingModel, SlotModel

FEW, WALKS, STEPS = 60, 200, 30
BATCH = 10  # after its tenth example hypothesis makes most others by changing one a little, and they all look alike
CAPACITIES = (1, 1, 2)
MOST_SLOTS = 5
WITH_A_RIGHT = ("confirmed", "displaced", "displaced + offer")
ASKED = ("waiting + offer", "displaced + offer")
CODES = {
    "hold": {"done", "gone", "taken"},
    "book": {"done", "gone", "taken", "room"},
    "move": {"done", "taken", "changed", "ended", "too_late", "too_often"},
    "move by staff": {"done", "gone", "taken", "changed", "ended"},
    "cancel": {"done", "changed", "ended"},
    "accept": {"done", "changed", "over"},
    "decline": {"done", "changed", "over"},
    "displace": {"done", "ended", "gone", "too_soon", "taken", "changed"},
    "offer": {"done"},
    "take_back": {"done", "has_bookings", "changed"},
    "note_outcome": {"done", "too_early", "ended"},
    "tend": {"done"},
}
CHANGES = {
    "book": {"new > confirmed", "new > waiting"},
    "move": {"waiting > waiting + offer", "displaced > confirmed", "displaced + offer > confirmed"},
    "cancel": {
        "confirmed > cancelled_resident",
        "waiting > cancelled_resident",
        "waiting + offer > cancelled_resident",
        "displaced > cancelled_resident",
        "displaced + offer > cancelled_resident",
        "waiting > waiting + offer",
    },
    "accept": {"waiting + offer > confirmed", "displaced + offer > confirmed"},
    "decline": {
        "waiting + offer > waiting",
        "displaced + offer > displaced",
        "waiting > waiting + offer",
    },
    "displace": {
        "confirmed > displaced",
        "confirmed > displaced + offer",
        "displaced > displaced + offer",
    },
    "offer": {"waiting > waiting + offer"},
    "take_back": {"waiting + offer > waiting", "displaced + offer > displaced"},
    "tend": {"waiting + offer > waiting", "displaced + offer > displaced", "waiting > waiting + offer"},
    "note_outcome": {"confirmed > attended", "confirmed > no_show"},
}
MUST_BE_SEEN = {f"{verb}: {what}" for table in (CODES, CHANGES) for verb in table for what in table[verb]}
PEOPLE = st.sampled_from(["anna", "borys", "celina"])
CHANNELS = st.sampled_from([("email", "osoba@example.com"), ("phone", "+48500600700"), ("none", None)])
ANY = st.integers(0, 9)
SLOT_OR_NONE = st.sampled_from([None, None, *range(8)])
OFTEN = st.sampled_from([False, False, True])
SELDOM = st.integers(0, 5).map(lambda number: number == 0)
HOURS = (-27 * 60, -25 * 60, -23 * 60, -3 * 60, 61, 125)
Verb = TypeVar("Verb", bound=Callable)
names = count()
seen: Counter[str] = Counter()


Condition = Callable[["Walk"], bool]
DEEDS: list[tuple[Condition, st.SearchStrategy]] = []


def deed(when: Condition = lambda _walk: True, **choices: st.SearchStrategy) -> Callable[[Verb], Verb]:
    """Something that may happen in a walk, `when` it can. Of rules hypothesis leaves half out of every walk, which then
    is too tame: what has to be seen takes many of them."""

    def register(verb: Verb) -> Verb:
        DEEDS.append((when, st.tuples(st.just(verb.__name__), st.fixed_dictionaries(choices))))
        return verb

    return register


def somebody_is(*states: str) -> Condition:
    """Whether there is a booking in one of these states, or any booking at all."""
    return lambda walk: any(not states or booking.state in states for booking in walk.belief.bookings)


def possible(walk: "Walk") -> st.SearchStrategy:
    return st.one_of([choices for when, choices in DEEDS if when(walk)])


class Walk(RuleBasedStateMachine):
    """One walk through the life of a service that has a few slots at first."""

    def __init__(self) -> None:
        super().__init__()
        self.number = next(names)
        self.by = account_called(ACCOUNTS[1].login)
        self.service = Service(
            code=f"w{self.number}",
            public_name="",
            neutral_name="",
            intro="",
            minutes=45,
            most_moves=MOST_MOVES,
        )
        self.lead = Resource(kind="interviewer", name=f"Rozmówca {self.number}")
        db.session.add_all([self.service, self.lead])
        db.session.commit()
        self.office_id = db.session.scalars(select(Office.id)).first()
        self.forms: list[tuple[actions.Wish, actions.Receipt]] = []
        self.states: list[str] = []
        now = clock.now() + timedelta(days=self.number % 30)
        self.first_at = now + timedelta(days=6)
        self.belief = Belief(now, [])
        for capacity in CAPACITIES:
            self.offer(capacity)

    def teardown(self) -> None:
        for wish, receipt in self.forms:
            assert actions.book(wish, self.belief.now) == receipt, "the same form, sent again"
        with time_machine.travel(self.belief.now, tick=False):
            assert violations() == {}
            left = select(Booking).where(
                Booking.service_id == self.service.id, Booking.status.in_(FOR_A_PLACE)
            )
            for booking in db.session.scalars(left).all():  # the next walk has its own to tend
                actions.cancel(booking.id, booking.version, self.belief.now)

    def expect(self, code: str, verb: Any, *args: Any) -> Any:
        """Do it; it is refused with this code, or done when there is none."""
        name = verb.__name__ + (" by staff" if args[-1] is self.by else "")
        seen[f"{name}: {code or 'done'}"] += 1
        before, self.states = self.states, [booking.state for booking in self.belief.bookings]
        changes = zip_longest(before, self.states, fillvalue="new")
        seen.update(f"{verb.__name__}: {was} > {is_now}" for was, is_now in changes if was != is_now)
        if not code:
            return verb(*args)
        with pytest.raises(Refused, match=f"^{code}$"):
            verb(*args)
        return None

    def slot(self, which: int) -> SlotModel:
        """One of the slots; every second time one with room, if there is one."""
        slots = (self.belief.shown() if which % 2 else []) or self.belief.slots
        return slots[which // 2 % len(slots)]

    def booking(self, which: int, *states: str) -> BookingModel:
        """One of the bookings; as a rule one in these states, if there is one."""
        fitting = [booking for booking in self.belief.bookings if booking.state in states and which]
        return (fitting or self.belief.bookings)[which % len(fitting or self.belief.bookings)]

    def day_is_near(self) -> bool:
        return bool(self.belief.bookings) and self.belief.now > self.first_at - timedelta(hours=4)

    def token(self, who: str) -> str:
        return f"{who}-{self.number}"

    @rule(what=st.runner().flatmap(possible))
    def step(self, what: tuple[str, dict[str, Any]]) -> None:
        verb, choices = what
        getattr(self, verb)(**choices)

    # --- residents ------------------------------------------------------------------------------

    @deed(lambda walk: walk.belief.shown() != [], who=PEOPLE, which=ANY, changes_mind=SELDOM)
    def hold(self, who: str, which: int, changes_mind: bool) -> None:
        self.keep(who, self.slot(which))
        if changes_mind:
            self.belief.holds.pop(who, None)
            actions.give_back(self.token(who))

    def keep(self, who: str, slot: SlotModel) -> None:
        now, why_not = self.belief.now, self.belief.hold(who, slot)
        until = self.expect(why_not, actions.hold, self.service, slot.id, self.token(who), now)
        assert until is None or self.belief.holds[who] == (slot, until)

    @initialize(last_place=st.sampled_from(["booked", "held", "free"]), waiting=st.integers(0, 3))
    def many_were_here_before(self, last_place: str, waiting: int) -> None:
        *places, last = [slot for slot in self.belief.slots for _ in range(slot.capacity)]
        if last_place == "free":
            return
        for slot in places:
            self.book("many", slot, ("none", None))
        if last_place == "held":
            self.keep("celina", last)
        else:
            self.book("many", last, ("none", None))
        for _ in range(waiting):
            self.book("many", None, ("none", None))

    @deed(who=PEOPLE, which=SLOT_OR_NONE, way=CHANNELS)
    def book_or_wait(self, who: str, which: int | None, way: tuple[str, str | None]) -> None:
        self.book(who, None if which is None else self.slot(which), way)

    def book(self, who: str, slot: SlotModel | None, way: tuple[str, str | None]) -> None:
        form, slot_id = f"form-{next(names)}", slot.id if slot else None
        wish = actions.Wish(self.service.id, slot_id, "Ktoś", *way, "pl", form, self.token(who))
        why_not = self.belief.book(who, slot) if slot else self.belief.wait()
        receipt = self.expect(why_not, actions.book, wish, self.belief.now)
        if receipt:
            self.belief.bookings[-1].id = receipt.booking_id
            self.forms.append((wish, receipt))

    @deed(somebody_is(*WITH_A_RIGHT), which=ANY, where=ANY, is_stale=SELDOM, by_staff=OFTEN)
    def move(self, which: int, where: int, is_stale: bool, by_staff: bool) -> None:
        booking, by = self.booking(which, *WITH_A_RIGHT), self.by if by_staff else None
        slot, version = self.slot(where), booking.version - is_stale
        why_not = self.belief.move(booking, slot, is_stale, by_staff)
        self.expect(why_not, actions.move, booking.id, version, slot.id, self.belief.now, by)

    @deed(somebody_is(), which=ANY, is_stale=SELDOM, by_staff=SELDOM)
    def cancel(self, which: int, is_stale: bool, by_staff: bool) -> None:
        booking, by = self.booking(which, "waiting", *ASKED, *WITH_A_RIGHT), self.by if by_staff else None
        version = booking.version - is_stale
        why_not = self.belief.cancel(booking, is_stale)
        self.expect(why_not, actions.cancel, booking.id, version, self.belief.now, by)

    @deed(somebody_is(*ASKED), which=ANY, is_stale=SELDOM)
    def accept(self, which: int, is_stale: bool) -> None:
        booking = self.booking(which, *ASKED)
        version = booking.version - is_stale
        why_not = self.belief.accept(booking, is_stale)
        self.expect(why_not, offers.accept, booking.id, version, self.belief.now)

    @deed(somebody_is(*ASKED), which=ANY, is_stale=SELDOM)
    def decline(self, which: int, is_stale: bool) -> None:
        booking = self.booking(which, *ASKED)
        version = booking.version - is_stale
        why_not = self.belief.decline(booking, is_stale)
        self.expect(why_not, offers.decline, booking.id, version, self.belief.now)

    # --- staff ----------------------------------------------------------------------------------

    @deed(somebody_is(*WITH_A_RIGHT), which=ANY, where=SLOT_OR_NONE, is_stale=SELDOM)
    def displace(self, which: int, where: int | None, is_stale: bool) -> None:
        slot = None if where is None else self.slot(where)
        self.displace_one(self.booking(which, *WITH_A_RIGHT), slot, is_stale)

    def displace_one(self, booking: BookingModel, slot: SlotModel | None, is_stale: bool = False) -> None:
        version, slot_id = booking.version - is_stale, id_of(slot)
        why_not = self.belief.displace(booking, slot, is_stale)
        self.expect(why_not, offers.displace, booking.id, version, slot_id, self.by, self.belief.now)

    @deed(lambda walk: len(walk.belief.slots) < MOST_SLOTS, capacity=st.integers(1, 2))
    def offer(self, capacity: int) -> None:
        starts_at = self.first_at + timedelta(hours=len(self.belief.slots))
        slot = SlotModel(0, capacity, starts_at)
        terms = offering.Terms(self.service.id, self.office_id or 0, self.lead.id, capacity)
        span = Span(starts_at, starts_at + timedelta(minutes=45))
        made = self.expect(self.belief.open(slot), offering.offer, terms, [span], self.by, self.belief.now)
        slot.id = made[0].id if made else 0

    @deed(lambda walk: sum(slot.is_open for slot in walk.belief.slots) > len(CAPACITIES), which=ANY)
    def take_back(self, which: int) -> None:
        on_offer = [booking.offered for booking in self.belief.bookings if booking.offered]
        slot = on_offer[which % len(on_offer)] if on_offer else self.slot(which)
        why_not = self.belief.take_back(slot)
        self.expect(why_not, offering.take_back, slot.id, 1, self.by, self.belief.now)

    @deed(lambda walk: walk.day_is_near(), which=ANY, outcome=st.sampled_from(["attended", "no_show"]))
    def note_outcome(self, which: int, outcome: str) -> None:
        booking = self.booking(which, "confirmed", "attended", "no_show")
        noted = (
            booking.id,
            booking.version,
            outcomes.Outcome(outcome, reason="mistake"),
            self.by,
            self.belief.now,
        )
        self.expect(self.belief.note_outcome(booking, outcome), outcomes.note_outcome, *noted)

    # --- time -----------------------------------------------------------------------------------

    @deed(minutes=st.sampled_from([1, 21, 60, 24 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.belief.now += timedelta(minutes=minutes)

    @deed()
    def the_next_moment_that_matters_comes(self) -> None:
        moments = [self.first_at + timedelta(minutes=minutes) for minutes in HOURS]
        moments += [until for _, until in self.belief.holds.values()]
        deadlines = [booking.answer_by for booking in self.belief.bookings if booking.answer_by]
        moments += [until + late for until in deadlines for late in (timedelta(), GRACE)]
        self.belief.now = min((one for one in moments if one > self.belief.now), default=self.belief.now)

    @deed(somebody_is("waiting", *ASKED))
    def tend(self) -> None:
        asked = self.belief.tend()
        assert self.expect("", offers.tend, self.belief.now) == asked

    @deed(somebody_is(*ASKED), which=ANY)
    def nobody_answers(self, which: int) -> None:
        deadline = self.booking(which, *ASKED).answer_by
        self.belief.now = max(self.belief.now, deadline or self.belief.now)
        self.tend()

    # --- what has to be true --------------------------------------------------------------------

    @invariant()
    def the_database_agrees(self) -> None:
        self.the_bookings_are_as_believed()
        self.the_places_are_as_believed()
        self.residents_see_what_is_free()
        db.session.rollback()

    def the_bookings_are_as_believed(self) -> None:
        found = select(Booking.__table__).where(Booking.service_id == self.service.id)
        assert {as_found(row) for row in db.session.execute(found)} == {
            (b.id, b.status, id_of(b.slot), b.version, b.moves, b.since, id_of(b.offered), b.answer_by)
            for b in self.belief.bookings
        }

    def the_places_are_as_believed(self) -> None:
        ours = select(Slot.id).where(Slot.service_id == self.service.id)
        places = db.session.execute(select(Place.__table__).where(Place.slot_id.in_(ours))).all()
        taken = {place.booking_id: place.slot_id for place in places if place.booking_id}
        assert taken == {b.id: b.place_in.id for b in self.belief.bookings if b.place_in}
        for state, count_in in {"blocked": lambda slot: slot.blocked, "free": self.belief.room}.items():
            are_so = Counter(place.slot_id for place in places if self.state_of(place) == state)
            assert are_so == +Counter({slot.id: count_in(slot) for slot in self.belief.slots})

    def state_of(self, place: Any) -> str:
        """The state of a place as the clock makes it."""
        is_over = place.state == "held" and place.hold_expires_at <= self.belief.now
        return "free" if is_over else str(place.state)

    def residents_see_what_is_free(self) -> None:
        first = clock.day_of(self.first_at)
        shown = open_slots(self.service, self.belief.now, first=first, last=first + timedelta(days=1))
        assert [row.id for row in shown] == [slot.id for slot in self.belief.shown()]


def as_found(row: Any) -> tuple[Any, ...]:
    """What the model says of a booking, as the database has it."""
    stands = (row.id, row.status, row.slot_id, row.version, row.moves, row.waiting_since)
    return (*stands, row.offered_slot_id, row.respond_by)


def id_of(slot: SlotModel | None) -> int | None:
    return slot.id if slot else None


@pytest.mark.usefixtures("context")
@pytest.mark.parametrize("walks", [FEW, pytest.param(WALKS, marks=pytest.mark.torture)])
def test_whatever_happens_the_database_agrees_with_the_model(app: Flask, walks: int) -> None:
    limits = settings(
        max_examples=BATCH,
        stateful_step_count=STEPS,
        suppress_health_check=list(HealthCheck),
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        phases=(Phase.generate, Phase.shrink),
    )
    seen.clear()
    for number in range(0, walks, BATCH):
        run_state_machine_as_test(seed(number)(Walk), settings=limits)
    assert MUST_BE_SEEN - set(seen) == set(), "the walks are too tame to prove anything"
