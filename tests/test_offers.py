"""The waiting list holds the place for one person at a time; nobody loses a time without being asked."""

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from portal import clock
from portal.accounts.models import Account
from portal.booking.actions import ContactRules, Wish, book, cancel, change_contact, move, say_told
from portal.booking.checks import violations
from portal.booking.models import Booking, Place, Slot
from portal.booking.moving_slots import switch
from portal.booking.offering import Terms, offer, take_back
from portal.booking.offers import accept, decline, displace, tend
from portal.booking.series import Span
from portal.booking.telling import to_tell
from portal.db import db
from portal.errors import Refused
from portal.outbox.models import messages_about
from portal.programmes.models import Service, service_called
from tests.conftest import free_slots

pytestmark = pytest.mark.usefixtures("context")

ADDRESSES = {"email": "osoba@example.com", "phone": "+48500600700", "none": None}


@pytest.fixture
def slot_id(service: Service) -> int:
    """A slot with one place, the only one for weeks."""
    slot_id = free_slots()[6]
    others = update(Place).where(Place.slot_id != slot_id).values(state="blocked")
    db.session.execute(others)
    db.session.commit()
    return slot_id


@pytest.fixture
def holder(slot_id: int) -> Booking:
    """Whoever has that place."""
    return booking(book(wish("holder", slot_id), clock.now()).booking_id)


def wish(who: str, slot_id: int | None = None, channel: str = "email", **rules: time) -> Wish:
    service = service_called("a1")
    assert service
    contact = ADDRESSES[channel]
    made = Wish(service.id, slot_id, who.title(), channel, contact, "pl", f"form-{who}", f"hold-{who}")
    return replace(made, rules=ContactRules(**rules))  # type: ignore[arg-type]


def waiting(who: str, channel: str = "email", **rules: time) -> int:
    return book(wish(who, None, channel, **rules), clock.now()).booking_id


def booking(booking_id: int) -> Booking:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Booking, booking_id)


def kinds(booking_id: int) -> list[str]:
    return [message.kind for message in messages_about("booking", booking_id)]


def place(slot_id: int) -> Place:
    return db.session.scalars(select(Place).where(Place.slot_id == slot_id)).one()


def test_nobody_waits_while_something_is_free(service: Service) -> None:
    with pytest.raises(Refused, match="room"):
        waiting("anna")


def test_a_service_may_have_no_waiting_list(service: Service, holder: Booking) -> None:
    service.has_waiting_list = False
    db.session.commit()
    with pytest.raises(Refused, match="no_list"):
        waiting("anna")


def test_the_same_form_waits_once(holder: Booking) -> None:
    assert waiting("anna") == waiting("anna")


def test_a_freed_place_is_kept_for_whoever_waits_longest(
    service: Service, slot_id: int, holder: Booking, frozen: time_machine.Traveller
) -> None:
    first = waiting("anna")
    frozen.shift(60)
    second = waiting("borys")
    cancel(holder.id, 1, clock.now())
    asked = booking(first)
    assert (asked.offered_slot_id, asked.respond_by) == (slot_id, clock.now() + timedelta(hours=24))
    assert kinds(first) == ["waiting", "offered"]
    assert booking(second).offered_slot_id is None
    assert slot_id not in free_slots(), "nobody else can take it"
    with pytest.raises(Refused, match="taken"):
        book(wish("stranger", slot_id), clock.now())
    assert violations() == {}


def test_yes_makes_a_booking_that_is_confirmed(slot_id: int, holder: Booking) -> None:
    waits = waiting("anna")
    cancel(holder.id, 1, clock.now())
    assert accept(waits, booking(waits).version, clock.now()).status == "confirmed"
    assert (booking(waits).slot_id, place(slot_id).booking_id) == (slot_id, waits)
    assert kinds(waits) == ["waiting", "offered", "confirmed", "reminder"]
    assert violations() == {}


def test_yes_takes_no_place_that_is_kept_for_the_phone(slot_id: int, holder: Booking) -> None:
    waits = waiting("anna")
    cancel(holder.id, 1, clock.now())
    lost = {"state": "blocked", "hold_hash": None, "hold_expires_at": None}
    db.session.execute(update(Place).where(Place.slot_id == slot_id).values(lost))
    db.session.add(Place(slot_id=slot_id, ordinal=2, channel="phone"))
    db.session.commit()
    with pytest.raises(Refused, match="taken"):
        accept(waits, booking(waits).version, clock.now())


def test_a_slot_that_is_closed_keeps_what_it_has_promised(slot_id: int, holder: Booking, by: Account) -> None:
    waits = waiting("anna")
    cancel(holder.id, 1, clock.now())
    switch(slot_id, db.session.get_one(Slot, slot_id).version, by, clock.now())
    assert accept(waits, booking(waits).version, clock.now()).status == "confirmed"
    assert violations() == {}


def test_no_asks_the_next_one_at_once_and_not_the_same_one_again(
    slot_id: int, holder: Booking, frozen: time_machine.Traveller
) -> None:
    first = waiting("anna")
    frozen.shift(60)
    second = waiting("borys")
    cancel(holder.id, 1, clock.now())
    decline(first, booking(first).version, clock.now())
    assert (booking(first).status, booking(first).offered_slot_id) == ("waiting", None)
    assert booking(second).offered_slot_id == slot_id
    decline(second, booking(second).version, clock.now())
    assert tend(clock.now()) == 0, "both have said no to this one"
    assert slot_id in free_slots()
    assert violations() == {}


def test_who_does_not_answer_goes_to_the_end_of_the_queue(
    slot_id: int, holder: Booking, frozen: time_machine.Traveller
) -> None:
    first = waiting("anna")
    frozen.shift(60)
    second = waiting("borys")
    cancel(holder.id, 1, clock.now())
    frozen.shift(24 * 3600)
    with pytest.raises(Refused, match="over"):
        accept(first, booking(first).version, clock.now())
    assert tend(clock.now()) == 1
    assert booking(second).offered_slot_id == slot_id
    late, asked = booking(first).waiting_since, booking(second).waiting_since
    assert late
    assert asked
    assert late > asked
    assert violations() == {}


def test_nobody_is_asked_so_late_that_no_time_to_answer_is_left(
    service: Service, slot_id: int, holder: Booking, frozen: time_machine.Traveller
) -> None:
    waits = waiting("anna")
    starts_at = db.session.get_one(Slot, slot_id).starts_at
    cut_off = starts_at - timedelta(hours=service.notice_hours)
    frozen.move_to(cut_off - timedelta(hours=1))
    cancel(holder.id, 1, clock.now())
    assert booking(waits).offered_slot_id is None
    assert tend(clock.now()) == 0


def test_the_deadline_never_passes_the_cut_off(
    service: Service, slot_id: int, holder: Booking, frozen: time_machine.Traveller
) -> None:
    waits = waiting("anna")
    starts_at = db.session.get_one(Slot, slot_id).starts_at
    cut_off = starts_at - timedelta(hours=service.notice_hours)
    frozen.move_to(cut_off - timedelta(hours=5))
    cancel(holder.id, 1, clock.now())
    assert booking(waits).respond_by == cut_off


def test_the_time_to_answer_begins_with_the_first_safe_hour(slot_id: int, holder: Booking) -> None:
    waits = waiting("anna", safe_from=time(18), safe_to=time(20))
    cancel(holder.id, 1, clock.now())
    told_at = clock.at_local(datetime(2026, 11, 22, 18))[0]
    assert booking(waits).respond_by == told_at + timedelta(hours=24)


def test_who_chose_the_phone_is_called_and_the_answer_is_noted(
    slot_id: int, holder: Booking, by: Account
) -> None:
    waits = waiting("anna", "phone")
    assert to_tell(clock.now()) == [], "that they wait they have read themselves"
    cancel(holder.id, 1, clock.now())
    (about, message), *rest = to_tell(clock.now())
    assert (about.id, message.kind, message.channel, rest) == (waits, "offered", "phone", [])
    say_told(message.id, by, clock.now())
    assert to_tell(clock.now()) == []
    with pytest.raises(Refused, match="changed"):
        say_told(message.id, by, clock.now())
    assert accept(waits, booking(waits).version, clock.now(), by).status == "confirmed"


def test_who_wants_no_contact_is_not_told_and_finds_the_offer(slot_id: int, holder: Booking) -> None:
    waits = waiting("anna", "none")
    cancel(holder.id, 1, clock.now())
    assert (booking(waits).offered_slot_id, kinds(waits), to_tell(clock.now())) == (slot_id, [], [])


def test_a_new_slot_is_offered_to_those_who_wait_before_anybody_sees_it(
    service: Service, slot_id: int, holder: Booking, by: Account
) -> None:
    waits = [waiting("anna"), waiting("borys")]
    starts_at = clock.now() + timedelta(days=9)
    there = db.session.get_one(Slot, slot_id)
    terms = Terms(service.id, there.office_id, there.lead_id, 3)
    made = offer(terms, [Span(starts_at, starts_at + timedelta(minutes=45))], by, clock.now())[0]
    assert [booking(who).offered_slot_id for who in waits] == [made.id, made.id]
    assert made.id in free_slots(), "one of the three places is left for everybody"


def test_a_slot_that_is_taken_back_withdraws_its_offer(slot_id: int, holder: Booking, by: Account) -> None:
    waits = waiting("anna")
    cancel(holder.id, 1, clock.now())
    take_back(slot_id, 1, by, clock.now())
    assert (booking(waits).status, booking(waits).offered_slot_id) == ("waiting", None)
    assert kinds(waits) == ["waiting", "offered", "withdrawn"]
    assert violations() == {}


def test_leaving_the_list_passes_the_offer_on(slot_id: int, holder: Booking) -> None:
    first, second = waiting("anna"), waiting("borys")
    cancel(holder.id, 1, clock.now())
    cancel(first, booking(first).version, clock.now())
    assert booking(first).status == "cancelled_resident"
    assert booking(second).offered_slot_id == slot_id
    assert violations() == {}


def test_whoever_moves_away_leaves_the_place_to_the_one_who_waits(
    slot_id: int, holder: Booking, service: Service, by: Account
) -> None:
    waits = waiting("anna", "none")
    there = db.session.get_one(Slot, slot_id)
    starts_at = clock.now() + timedelta(days=9)
    terms = Terms(service.id, there.office_id, there.lead_id, 2)
    made = offer(terms, [Span(starts_at, starts_at + timedelta(minutes=45))], by, clock.now())[0]
    decline(waits, booking(waits).version, clock.now())
    move(holder.id, 1, made.id, clock.now())
    assert booking(waits).offered_slot_id == slot_id
    assert violations() == {}


def test_another_wish_for_contact_rules_the_next_offer(slot_id: int, holder: Booking) -> None:
    waits = waiting("anna")
    change_contact(waits, booking(waits).version, "none", None, ContactRules(), clock.now())
    cancel(holder.id, 1, clock.now())
    assert kinds(waits) == ["waiting"]


# --- changes that the centre makes --------------------------------------------------------------


def displaced(by: Account, proposed: int | None = None) -> tuple[int, int]:
    """Somebody whose time the centre took, and the slot where it was."""
    first = free_slots()[6]
    booked = book(wish("anna", first), clock.now()).booking_id
    displace(booked, 1, proposed, by, clock.now())
    return booked, first


def test_who_loses_a_time_keeps_the_right_and_gets_a_proposal(by: Account) -> None:
    target = free_slots()[9]
    booked, old = displaced(by, target)
    stands = booking(booked)
    assert (stands.status, stands.slot_id, stands.offered_slot_id) == ("displaced", old, target)
    assert place(old).state == "blocked"
    assert kinds(booked) == ["confirmed", "reminder", "displaced"]
    assert violations() == {}


def test_yes_to_the_proposal_is_a_move_without_counting_it(by: Account) -> None:
    target = free_slots()[9]
    booked, _old = displaced(by, target)
    agreed = accept(booked, booking(booked).version, clock.now())
    assert (agreed.status, agreed.slot_id, agreed.moves) == ("confirmed", target, 0)
    assert kinds(booked)[-2:] == ["moved", "reminder"]
    assert violations() == {}


def test_no_to_the_proposal_keeps_the_right_and_another_time_can_be_chosen(by: Account) -> None:
    target = free_slots()[9]
    booked, _old = displaced(by, target)
    declined = decline(booked, booking(booked).version, clock.now())
    assert (declined.status, declined.offered_slot_id) == ("displaced", None)
    assert target in free_slots()
    chosen = move(booked, declined.version, free_slots()[3], clock.now())
    assert chosen.status == "confirmed"
    assert violations() == {}


def test_a_proposal_needs_a_place_that_is_free_and_not_too_near(by: Account, service: Service) -> None:
    first, full = free_slots()[5:7]
    booked = book(wish("anna", first), clock.now()).booking_id
    book(wish("borys", full), clock.now())
    for target, code in ((full, "taken"), (999_999, "gone"), (free_slots("b1")[0], "gone")):
        with pytest.raises(Refused, match=code):
            displace(booked, 1, target, by, clock.now())
    assert booking(booked).status == "confirmed"
    assert place(first).booking_id == booked
    with pytest.raises(Refused, match="changed"):
        displace(booked, 7, None, by, clock.now())
    assert violations() == {}
