"""What we believe of slots, places and people: the rules of booking in plain Python, without a database.

belief = Belief(now, [slot])
assert belief.book("anna", slot) == ""          # done
assert belief.book("borys", slot) == "taken"    # refused

Every verb that may be refused answers the code of the refusal, or '' when it has happened.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

HOLD = timedelta(minutes=20)
NOTICE = LAST_CHANGE = TO_THINK = timedelta(hours=24)
# Staff give a place to whoever comes before the 45 minutes of a slot are over.
UNDER_WAY = timedelta(seconds=1) - timedelta(minutes=45)
LEAST_TO_ANSWER = timedelta(hours=2)
GRACE = timedelta(minutes=15)
MOST_MOVES = 1


@dataclass(eq=False)
class SlotModel:
    """A slot; `blocked` counts the places from which the centre has sent somebody away."""

    id: int
    capacity: int
    starts_at: datetime
    is_open: bool = True
    blocked: int = 0


@dataclass(eq=False)
class BookingModel:
    """A booking: `slot` is where it is or was, `offered` what may be had until `answer_by`, `asked` what was on offer
    before."""

    status: str
    slot: SlotModel | None = None
    since: datetime | None = None
    id: int = 0
    version: int = 1
    moves: int = 0
    offered: SlotModel | None = None
    answer_by: datetime | None = None
    asked: list[SlotModel] = field(default_factory=list)

    @property
    def place_in(self) -> SlotModel | None:
        return self.slot if self.status in {"confirmed", "attended", "no_show"} else None

    @property
    def state(self) -> str:
        return f"{self.status} + offer" if self.offered else self.status

    def becomes(
        self, status: str, offered: SlotModel | None = None, answer_by: datetime | None = None
    ) -> None:
        """Change; an offer that is not repeated is over."""
        self.status, self.offered, self.answer_by = status, offered, answer_by
        self.version += 1


@dataclass
class Belief:
    """All that we believe; `holds` says who keeps which slot until when."""

    now: datetime
    slots: list[SlotModel]
    holds: dict[str, tuple[SlotModel, datetime]] = field(default_factory=dict)
    bookings: list[BookingModel] = field(default_factory=list)

    # --- what is so -----------------------------------------------------------------------------

    def room(self, slot: SlotModel, who: str | BookingModel = "") -> int:
        """How many places `who` may take: what they keep themselves is not in their way."""
        others = [booking for booking in self.bookings if booking is not who]
        booked = sum(booking.place_in is slot for booking in others)
        on_offer = sum(b.offered is slot and b.answer_by + GRACE > self.now for b in others if b.answer_by)
        kept = sum(s is slot and until > self.now for name, (s, until) in self.holds.items() if name != who)
        return slot.capacity - slot.blocked - booked - on_offer - kept

    def is_bookable(self, slot: SlotModel, notice: timedelta = NOTICE) -> bool:
        return slot.is_open and slot.starts_at >= self.now + notice

    def shown(self) -> list[SlotModel]:
        """What a stranger may choose from."""
        return [slot for slot in self.slots if self.is_bookable(slot) and self.room(slot) > 0]

    def is_to_come(self, booking: BookingModel) -> bool:
        if booking.slot is None or booking.status == "displaced":
            return booking.status in {"waiting", "displaced"}
        return booking.status == "confirmed" and booking.slot.starts_at > self.now

    def may_answer(self, booking: BookingModel) -> bool:
        return booking.answer_by is not None and booking.answer_by > self.now

    def answer_by(self, slot: SlotModel, latest: timedelta) -> datetime | None:
        """The deadline of an offer made now, if there is time to answer until `latest` before the talk."""
        until = min(self.now + TO_THINK, slot.starts_at - latest)
        return until if until >= self.now + LEAST_TO_ANSWER else None

    # --- what residents do ----------------------------------------------------------------------

    def hold(self, who: str, slot: SlotModel) -> str:
        why_not = self._why_not(slot, who)
        if not why_not:
            self.holds[who] = slot, self.now + HOLD
        return why_not

    def book(self, who: str, slot: SlotModel) -> str:
        why_not = self._why_not(slot, who, NOTICE - HOLD)
        if not why_not:
            self.holds.pop(who, None)
            self.bookings.append(BookingModel("confirmed", slot))
        return why_not

    def wait(self) -> str:
        if self.shown():
            return "room"
        self.bookings.append(BookingModel("waiting", since=self.now))
        return ""

    def move(self, booking: BookingModel, slot: SlotModel, is_stale: bool, by_staff: bool) -> str:
        if (booking.status, booking.slot) == ("confirmed", slot):
            return ""
        notice = UNDER_WAY if by_staff else NOTICE
        why_not = self._why_fixed(booking, by_staff)
        why_not = why_not or self._why_not(slot, booking, notice, is_stale=is_stale)
        if not why_not:
            left = booking.place_in, booking.offered
            is_own_wish = not by_staff and booking.status == "confirmed"
            booking.slot, booking.moves = slot, booking.moves + is_own_wish
            booking.becomes("confirmed")
            self._pass_on(*left)
        return why_not

    def cancel(self, booking: BookingModel, is_stale: bool) -> str:
        if booking.status.startswith("cancelled"):
            return ""
        if not self.is_to_come(booking):
            return "ended"
        if is_stale:
            return "changed"
        left = booking.place_in, booking.offered
        booking.becomes("cancelled_resident")
        self._pass_on(*left)
        return ""

    def accept(self, booking: BookingModel, is_stale: bool) -> str:
        if not self.may_answer(booking):
            return "over"
        if is_stale:
            return "changed"
        booking.slot = booking.offered
        booking.becomes("confirmed")
        return ""

    def decline(self, booking: BookingModel, is_stale: bool) -> str:
        if not self.may_answer(booking):
            return "over"
        if is_stale:
            return "changed"
        left = booking.offered
        booking.becomes(booking.status)
        self._pass_on(left)
        return ""

    # --- what staff and time do -----------------------------------------------------------------

    def displace(self, booking: BookingModel, slot: SlotModel | None, is_stale: bool) -> str:
        if booking.status == "waiting" or not self.is_to_come(booking):
            return "ended"
        why_not = self._why_not_proposed(slot, booking) if slot else ""
        if why_not or is_stale:
            return why_not or "changed"
        if booking.place_in:
            booking.place_in.blocked += 1
        left = booking.offered
        booking.becomes("displaced", slot, self.answer_by(slot, LEAST_TO_ANSWER) if slot else None)
        self._pass_on(left)
        return ""

    def open(self, slot: SlotModel) -> str:
        if slot.starts_at <= self.now:
            return "past"
        self.slots.append(slot)
        self._pass_on(slot)
        return ""

    def take_back(self, slot: SlotModel) -> str:
        if any(booking.place_in is slot for booking in self.bookings):
            return "has_bookings"
        if not slot.is_open:
            return "changed"
        slot.is_open, slot.blocked = False, slot.capacity
        self.holds = {who: hold for who, hold in self.holds.items() if hold[0] is not slot}
        for booking in self.bookings:
            if booking.offered is slot:
                booking.becomes(booking.status)
        return ""

    def note_outcome(self, booking: BookingModel, outcome: str) -> str:
        if booking.place_in is None:
            return "ended"
        if booking.place_in.starts_at > self.now:
            return "too_early"
        booking.becomes(outcome)
        return ""

    def tend(self) -> int:
        """End what was not answered and offer what is free; how many were asked."""
        up = [(b.answer_by, b.id, b) for b in self.bookings if b.answer_by and b.answer_by <= self.now]
        asked = 0
        for _, _, booking in sorted(up):
            left = booking.offered
            booking.since = self.now if booking.status == "waiting" else booking.since
            booking.becomes(booking.status)
            asked += self._pass_on(left)
        return asked + self._pass_on(*sorted(self.slots, key=lambda slot: slot.starts_at))

    # --- why not --------------------------------------------------------------------------------

    def _why_not(
        self,
        slot: SlotModel,
        who: str | BookingModel,
        notice: timedelta = NOTICE,
        *,
        is_stale: bool = False,
    ) -> str:
        if not self.is_bookable(slot, notice):
            return "gone"
        if is_stale:
            return "changed"
        return "" if self.room(slot, who) > 0 else "taken"

    def _why_fixed(self, booking: BookingModel, by_staff: bool) -> str:
        if booking.slot is None or not self.is_to_come(booking):
            return "ended"
        if by_staff or booking.status == "displaced":
            return ""
        if self.now > booking.slot.starts_at - LAST_CHANGE:
            return "too_late"
        return "too_often" if booking.moves >= MOST_MOVES else ""

    def _why_not_proposed(self, slot: SlotModel, booking: BookingModel) -> str:
        if not slot.is_open:
            return "gone"
        if self.answer_by(slot, LEAST_TO_ANSWER) is None:
            return "too_soon"
        room = self.room(slot, booking) - (booking.place_in is slot)  # their own place is blocked
        return "" if room > 0 else "taken"

    # --- the waiting list -----------------------------------------------------------------------

    def _pass_on(self, *left: SlotModel | None) -> int:
        return sum(self._ask(slot) for slot in left if slot)

    def _ask(self, slot: SlotModel) -> int:
        """Offer what is free in the slot, each place to whoever waits longest and was never asked about this slot."""
        until = self.answer_by(slot, NOTICE)
        asked = 0
        queue = [b for b in self.bookings if b.state == "waiting" and slot not in b.asked]
        for booking in sorted(queue, key=lambda one: (one.since or self.now, one.id)):
            if until and self.is_bookable(slot) and self.room(slot) > 0:
                booking.becomes("waiting", slot, until)
                booking.asked.append(slot)
                asked += 1
        return asked
