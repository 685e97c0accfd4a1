"""Places, holds and bookings: the rules that pages rely on, on both databases."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import time_machine
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.accounts.models import Account
from portal.booking import codes
from portal.booking.actions import (
    ContactRules,
    Receipt,
    Wish,
    book,
    cancel,
    change_contact,
    forget,
    give_back,
    hold,
    move,
    prove,
)
from portal.booking.checks import violations
from portal.booking.models import Booking, Place, ResourceGrain, Slot
from portal.booking.offering import Terms, offer, take_back
from portal.booking.outcomes import Outcome, note_outcome
from portal.booking.series import Span
from portal.db import db
from portal.errors import NotFound, Refused, TooMany
from portal.outbox.models import messages_about
from portal.programmes.models import Service
from tests.conftest import free_slots

pytestmark = pytest.mark.usefixtures("context")

MOST_UNEVEN = 75.0  # of 31 degrees of freedom only one in 50 000 honest runs is above
MakeWish = Callable[..., Wish]


@pytest.fixture
def slot_id(service: Service) -> int:
    return free_slots()[0]


@pytest.fixture
def wish(service: Service, slot_id: int) -> MakeWish:
    def make(token: str = "form", slot: int | None = None, channel: str = "email") -> Wish:
        contact = {"email": "osoba@example.com", "none": None}[channel]
        return Wish(service.id, slot or slot_id, "Żaneta Ćwik", channel, contact, "pl", token, token)

    return make


def place_of(slot_id: int) -> Place:
    return db.session.scalars(select(Place).where(Place.slot_id == slot_id)).one()


def test_a_hold_keeps_the_place_for_its_bearer_only(service: Service, slot_id: int, wish: MakeWish) -> None:
    until = hold(service, slot_id, "mine", clock.now())
    assert until == clock.now() + timedelta(minutes=20)
    assert slot_id not in free_slots()
    with pytest.raises(Refused, match="taken"):
        hold(service, slot_id, "theirs", clock.now())
    with pytest.raises(Refused, match="taken"):
        book(wish("theirs"), clock.now())
    assert book(wish("mine"), clock.now()).reference


def test_a_hold_that_has_run_out_counts_as_free(
    service: Service, slot_id: int, frozen: time_machine.Traveller
) -> None:
    hold(service, slot_id, "mine", clock.now())
    frozen.shift(20 * 60)
    assert slot_id in free_slots()
    hold(service, slot_id, "theirs", clock.now())


def test_an_expired_hold_is_confirmed_silently_while_there_is_room(
    service: Service, slot_id: int, wish: MakeWish, frozen: time_machine.Traveller
) -> None:
    hold(service, slot_id, "mine", clock.now())
    frozen.shift(40 * 60)
    assert book(wish("mine"), clock.now()).reference


def test_a_new_hold_gives_back_the_old_one_unless_it_fails(service: Service) -> None:
    one, two, three = free_slots()[:3]
    hold(service, one, "mine", clock.now())
    hold(service, two, "mine", clock.now())
    assert place_of(one).state == "free"
    hold(service, three, "theirs", clock.now())
    with pytest.raises(Refused, match="taken"):
        hold(service, three, "mine", clock.now())
    assert place_of(two).state == "held"


def test_staff_take_first_what_is_kept_for_them_and_a_bearer_what_they_hold(
    service: Service, slot_id: int, by: Account, wish: MakeWish
) -> None:
    db.session.add_all(
        [Place(slot_id=slot_id, ordinal=2, channel="phone"), Place(slot_id=slot_id, ordinal=3)]
    )
    db.session.commit()
    for bearer in ("early", "mine"):
        hold(service, slot_id, bearer, clock.now(), source="192.0.2.1")
    give_back("early")
    booked = [book(wish(token), clock.now(), by).booking_id for token in ("mine", "called", "called again")]
    places = db.session.scalars(select(Place).where(Place.slot_id == slot_id).order_by(Place.ordinal)).all()
    assert [place.booking_id for place in places] == [booked[2], booked[1], booked[0]]
    assert {(place.hold_hash, place.hold_expires_at, place.hold_source) for place in places} == {(None,) * 3}


def test_the_same_form_gives_the_same_receipt(wish: MakeWish) -> None:
    first = book(wish(), clock.now())
    assert book(wish(), clock.now()) == first
    assert db.session.scalars(select(Booking)).all() == [db.session.get(Booking, first.booking_id)]


def test_the_schema_itself_refuses_a_second_sale(wish: MakeWish, slot_id: int) -> None:
    receipt = book(wish(), clock.now())
    other = db.session.scalars(select(Place).where(Place.slot_id != slot_id)).first()
    assert other is not None
    for values in (
        {"booking_id": receipt.booking_id, "state": "booked"},
        {"state": "booked"},
        {"state": "held"},
    ):
        with pytest.raises(IntegrityError):
            db.session.execute(update(Place).where(Place.id == other.id).values(values))
        db.session.rollback()


@pytest.mark.parametrize("hours", [-48, 1, 24 * 60])
def test_nothing_is_bookable_outside_notice_and_horizon(
    service: Service, by: Account, wish: MakeWish, hours: int
) -> None:
    slot = db.session.scalars(select(Slot)).first()
    assert slot is not None
    starts = (clock.now() + timedelta(hours=hours)).replace(minute=0)
    span = Span(starts, starts + timedelta(minutes=45))
    if hours < 0:
        with pytest.raises(Refused, match="past"):
            offer(Terms(service.id, slot.office_id, slot.lead_id, 1), [span], by, clock.now())
        return
    slot_id = offer(Terms(service.id, slot.office_id, slot.lead_id, 1), [span], by, clock.now())[0].id
    with pytest.raises(Refused, match="gone"):
        book(wish(slot=slot_id), clock.now())


def test_a_slot_of_another_kind_or_of_no_kind_is_refused(wish: MakeWish) -> None:
    foreign = free_slots("b1")[0]
    for slot in (foreign, 999_999):
        with pytest.raises(Refused, match=r"^gone$"):
            book(wish(slot=slot), clock.now())


def test_what_is_stored_of_a_person_is_sealed_and_bound_to_its_row(wish: MakeWish, service: Service) -> None:
    first = db.session.get_one(Booking, book(wish(), clock.now()).booking_id).person
    slot = free_slots()[1]
    second = db.session.get_one(Booking, book(wish("other", slot), clock.now()).booking_id).person
    assert first
    assert second
    assert first.name == "Żaneta Ćwik"
    assert "Żaneta" not in first.name_sealed
    assert "osoba" not in (first.contact_sealed or "")
    assert first.contact_fingerprint == second.contact_fingerprint != None  # noqa: E711
    assert first.initials == "Ż.Ć."
    second.name_sealed = first.name_sealed
    with pytest.raises(Exception, match="booking_person"):
        _ = second.name
    db.session.rollback()


def test_only_the_chosen_channel_gets_a_message(wish: MakeWish, service: Service) -> None:
    slots = free_slots()
    silent = book(wish("a", slots[0], "none"), clock.now())
    told = book(wish("b", slots[1], "email"), clock.now())
    assert messages_about("booking", silent.booking_id) == []
    assert [message.kind for message in messages_about("booking", told.booking_id)] == [
        "confirmed",
        "reminder",
    ]


def test_reference_and_pin_open_the_booking_and_nothing_else_does(wish: MakeWish) -> None:
    receipt = book(wish(), clock.now())
    typed = receipt.reference.lower().replace("-", " ")
    assert (
        prove(typed, f" {receipt.pin[:3]} {receipt.pin[3:]}", "1.2.3.4", clock.now()).id == receipt.booking_id
    )
    wrong = f"{(int(receipt.pin) + 1) % 1_000_000:06}"
    for reference, pin in ((receipt.reference, wrong), ("0000-0000", receipt.pin), (receipt.reference, "")):
        with pytest.raises(Refused, match="wrong"):
            prove(reference, pin, "1.2.3.4", clock.now())


def test_five_wrong_pins_close_the_reference_for_a_quarter_of_an_hour(
    wish: MakeWish, frozen: time_machine.Traveller
) -> None:
    receipt = book(wish(), clock.now())
    for number in range(5):
        with pytest.raises(Refused, match="wrong"):
            prove(receipt.reference, "x", f"1.2.3.{number}", clock.now())
    with pytest.raises(TooMany):
        prove(receipt.reference, receipt.pin, "9.9.9.9", clock.now())
    frozen.shift(15 * 60)
    assert prove(receipt.reference, receipt.pin, "9.9.9.9", clock.now())


def test_twenty_wrong_references_close_the_address(wish: MakeWish) -> None:
    receipt = book(wish(), clock.now())
    for number in range(20):
        with pytest.raises(Refused, match="wrong"):
            prove(f"0000-00{number:02}", "000000", "1.2.3.4", clock.now())
    with pytest.raises(TooMany):
        prove(receipt.reference, receipt.pin, "1.2.3.4", clock.now())
    assert prove(receipt.reference, receipt.pin, "5.6.7.8", clock.now())


def test_cancelling_frees_the_place_at_once_and_twice_changes_nothing(
    wish: MakeWish, service: Service, slot_id: int
) -> None:
    receipt = book(wish(), clock.now())
    assert cancel(receipt.booking_id, 1, clock.now()).status == "cancelled_resident"
    assert slot_id in free_slots()
    assert cancel(receipt.booking_id, 1, clock.now()).version == 2
    assert book(wish("next"), clock.now()).reference != receipt.reference


def test_a_stale_version_loses(wish: MakeWish) -> None:
    receipt = book(wish(), clock.now())
    with pytest.raises(Refused, match="changed"):
        cancel(receipt.booking_id, 7, clock.now())
    with pytest.raises(NotFound):
        cancel(999_999, 1, clock.now())


def _booked(wish: MakeWish) -> tuple[Receipt, datetime]:
    receipt = book(wish(), clock.now())
    return receipt, slot_of(receipt.booking_id).starts_at


def slot_of(booking_id: int) -> Slot:
    slot = db.session.get_one(Booking, booking_id).slot
    assert slot
    return slot


def test_the_outcome_waits_for_the_talk_and_may_be_corrected(
    wish: MakeWish, by: Account, frozen: time_machine.Traveller
) -> None:
    receipt, starts_at = _booked(wish)
    with pytest.raises(Refused, match="too_early"):
        note_outcome(receipt.booking_id, 1, Outcome("attended"), by, clock.now())
    frozen.move_to(starts_at)
    assert note_outcome(receipt.booking_id, 1, Outcome("no_show"), by, clock.now()).status == "no_show"
    corrected = Outcome("attended", reason="came_late")
    assert note_outcome(receipt.booking_id, 2, corrected, by, clock.now()).status == "attended"


def test_a_booked_slot_cannot_be_taken_back(wish: MakeWish, by: Account, slot_id: int) -> None:
    receipt = book(wish(), clock.now())
    with pytest.raises(Refused, match="has_bookings"):
        take_back(slot_id, 1, by, clock.now())
    cancel(receipt.booking_id, 1, clock.now())
    take_back(slot_id, 1, by, clock.now())
    grains = select(ResourceGrain).where(ResourceGrain.slot_id == slot_id)
    assert db.session.scalars(grains).all() == []
    with pytest.raises(Refused, match="gone"):
        book(wish("late"), clock.now())


def test_one_interviewer_is_never_in_two_slots_at_once(by: Account, slot_id: int) -> None:
    slot = db.session.get_one(Slot, slot_id)
    terms = Terms(slot.service_id, slot.office_id, slot.lead_id, 1)
    for shift in (-40, 0, 40):
        starts = slot.starts_at + timedelta(minutes=shift)
        with pytest.raises(Refused, match="overlap") as refusal:
            offer(terms, [Span(starts, starts + timedelta(minutes=45))], by, clock.now())
        assert (slot.lead, slot) in refusal.value.details["clashes"]  # type: ignore[operator]
    after = slot.ends_at
    assert offer(terms, [Span(after, after + timedelta(minutes=15))], by, clock.now())


def test_references_are_readable_and_spread() -> None:
    """100 000 of them are all different, and no place prefers a character: as chi-squared tells (S78)."""
    references = [codes.new_reference() for _ in range(100_000)]
    assert len(set(references)) == 100_000
    assert all(len(r) == 9 and r[4] == "-" and set(r) <= set(codes.CROCKFORD + "-") for r in references)
    expected = 100_000 / len(codes.CROCKFORD)
    for place in (0, 1, 2, 3, 5, 6, 7, 8):
        counts = Counter(reference[place] for reference in references)
        assert sum((counts[c] - expected) ** 2 / expected for c in codes.CROCKFORD) < MOST_UNEVEN
    assert codes.read_reference("k7qm 2f9x") == "K7QM-2F9X"
    assert codes.read_reference("OIL0-0000") == "0110-0000"


def test_pins_are_six_digits_and_hardly_ever_the_same() -> None:
    for pins in (
        [codes.pin_of(f"form {number}") for number in range(1000)],
        [codes.new_pin() for _ in range(1000)],
    ):
        assert {(len(pin), pin.isdigit()) for pin in pins} == {(6, True)}
        assert len(set(pins)) > 980


def test_a_move_takes_the_new_place_and_frees_the_old_one(wish: MakeWish, service: Service) -> None:
    first, second = free_slots()[:2]
    booked = book(wish(slot=first), clock.now())
    moved = move(booked.booking_id, 1, second, clock.now())
    assert (moved.slot_id, slot_of(moved.id).id, moved.schedule_version, moved.moves) == (
        second,
        second,
        2,
        1,
    )
    assert (place_of(first).state, place_of(second).booking_id) == ("free", moved.id)
    assert first in free_slots()
    assert move(moved.id, 1, second, clock.now()).version == moved.version, "there already"
    assert violations() == {}


def test_a_refused_move_leaves_everything_as_it_was(wish: MakeWish, service: Service, by: Account) -> None:
    first, second, third = free_slots()[:3]
    mine = book(wish("mine", first), clock.now())
    book(wish("theirs", second), clock.now())
    take_back(third, 1, by, clock.now())
    for target, code in [(second, "taken"), (third, "gone"), (999_999, "gone")]:
        with pytest.raises(Refused, match=code):
            move(mine.booking_id, 1, target, clock.now())
        assert place_of(first).booking_id == mine.booking_id
    with pytest.raises(Refused, match="changed"):
        move(mine.booking_id, 7, free_slots()[0], clock.now())
    assert place_of(first).booking_id == mine.booking_id
    assert violations() == {}


def test_residents_move_three_times_and_not_on_the_last_day_but_staff_may(
    wish: MakeWish, by: Account, frozen: time_machine.Traveller
) -> None:
    slots = free_slots()
    booked = book(wish(slot=slots[0]), clock.now()).booking_id
    for number, target in enumerate(slots[1:4], 1):
        move(booked, number, target, clock.now())
    with pytest.raises(Refused, match="too_often"):
        move(booked, 4, slots[4], clock.now())
    moved = move(booked, 4, slots[4], clock.now(), by)
    assert moved.moves == 3, "what staff do is not counted"
    frozen.move_to(slot_of(moved.id).starts_at - timedelta(hours=23))
    with pytest.raises(Refused, match="too_late"):
        move(booked, 5, slots[-1], clock.now())
    frozen.move_to(slot_of(moved.id).starts_at)
    with pytest.raises(Refused, match="ended"):
        move(booked, 5, slots[-1], clock.now(), by)


def test_the_check_names_what_is_broken(wish: MakeWish, slot_id: int) -> None:
    booking_id = book(wish(), clock.now()).booking_id
    assert violations() == {}
    db.session.execute(update(Place).where(Place.slot_id == slot_id).values(state="free", booking_id=None))
    db.session.execute(delete(ResourceGrain).where(ResourceGrain.slot_id == slot_id))
    db.session.commit()
    assert sorted(violations().values()) == sorted([[booking_id], [slot_id]])


def test_people_are_forgotten_ninety_days_after_the_talk(
    wish: MakeWish, frozen: time_machine.Traveller
) -> None:
    first, last = (
        book(replace(wish(f"form-{n}", free_slots()[n]), needs=("pjm",)), clock.now()).booking_id
        for n in (0, -1)
    )
    ended_at = slot_of(first).ends_at
    frozen.move_to(ended_at + timedelta(days=90))
    assert forget(clock.now()) == 0
    frozen.shift(1)
    assert forget(clock.now()) == 1
    db.session.expire_all()
    assert db.session.get_one(Booking, first).person is None
    assert db.session.get_one(Booking, first).interpreter is None
    assert db.session.get_one(Booking, last).person is not None
    assert violations() == {}


def test_a_reminder_follows_the_new_wish_and_is_written_once_for_each_way(wish: MakeWish) -> None:
    booking_id = book(wish(slot=free_slots()[9]), clock.now()).booking_id
    for version, (channel, contact) in enumerate(
        [("sms", "+48500600700"), ("email", "osoba@example.com"), ("none", None)], 1
    ):
        change_contact(booking_id, version, channel, contact, ContactRules(), clock.now())
    written = [(m.kind, m.channel) for m in messages_about("booking", booking_id)]
    assert written == [("confirmed", "email"), ("reminder", "email"), ("reminder", "sms")]
