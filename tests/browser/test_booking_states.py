"""Booking and "your booking" in every state that a resident can meet, on a phone.

Each state is accessible in all themes, fits the screen, leaves the console silent, and begins at its mistakes if there
are any. Beside the pages other people and the clock do what brings the state about.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Browser, expect
from sqlalchemy import select, update

from portal import clock
from portal.accounts.models import account_called
from portal.booking import actions, offers
from portal.booking.actions import Wish
from portal.booking.interpreters import InterpreterRequest
from portal.booking.models import Booking, Place, Slot
from portal.db import db
from portal.outbox.models import Message
from portal.programmes.models import Service, service_called
from tests.conftest import PASSWORDS, free_slots
from tests.parts.axe import in_every_theme
from tests.parts.resident import Resident, arrives
from tests.test_offer_pages import book, cancel, receipt

pytestmark = pytest.mark.browser
Do = Callable[..., Any]

WAYS = {
    "email": ("Write me an e-mail", "E-mail address", "osoba@example.com"),
    "sms": ("Send me a text message (SMS)", "Phone number", "500 600 700"),
    "phone": ("Phone me if something changes", "Phone number", "+48 500 600 700"),
    "none": ("Do not contact me. I will keep the reference.", "", ""),
}
PROMISES = {
    "email": "We send one short e-mail with the day, the hour and the reference. It does not say what the talk is about.",
    "sms": "We send one short text message with the day, the hour and the reference. It does not say what the talk is about.",
    "phone": "We send no messages. We phone only if something changes.",
    "none": "We send no messages and we do not phone. The reference and the PIN are all you need.",
}
INTERPRETER = {
    "requested": "You asked for an interpreter. We answer by %(day)s.",
    "arranged": "The interpreter will come.",
    "not_possible": "We could not arrange an interpreter for this time.",
}
SLOTS = "/umow-rozmowe/a1/termin"
MINE = "/moja-rezerwacja/termin"
CHANGED = "This booking has changed in the meantime. This is how it stands now."
TOO_LONG = "bardzo " * 30


@pytest.fixture
def resident(chromium: Browser, address: str) -> Iterator[Resident]:
    """Somebody with a phone."""
    with arrives(chromium, address) as resident:
        yield resident


@pytest.fixture
def do(served: Flask) -> Do:
    """Runs something beside the pages, as another process would."""

    def run(verb: Callable[..., Any], *args: Any) -> Any:
        with served.app_context():
            done = verb(*args)
            db.session.commit()
            db.session.remove()
            return done

    return run


@contextmanager
def after(**time: int) -> Iterator[None]:
    """The clock that much later."""
    with time_machine.travel(clock.now() + timedelta(**time), tick=True):
        yield


def look(resident: Resident, *messages: str) -> None:
    """Judge the state, which can be told by these sentences."""
    resident.sees(*messages)
    start = ".errors" if resident.page.locator(".errors").count() else "body"
    expect(resident.page.locator(start)).to_be_focused()
    resident.check(in_every_theme)


# --- what residents do -----------------------------------------------------------------------------


def choose_slot(resident: Resident) -> int:
    """Choose the first free time; answers its number."""
    resident.open(SLOTS)
    resident.choose(resident.slot())
    slot_id = int(resident.slot().input_value())
    resident.press("Next")
    return slot_id


def say_contact(resident: Resident, channel: str = "none") -> None:
    """Answer the third step."""
    way, label, contact = WAYS[channel]
    resident.write("How shall we address you?", "Żaneta")
    resident.choose(resident.field(way))
    if label:
        resident.write(label, contact)
    resident.press("Next")


def reach_check(resident: Resident, channel: str = "none") -> int:
    """All answers given, nothing confirmed; the number of the chosen slot."""
    slot_id = choose_slot(resident)
    resident.press("Next")
    say_contact(resident, channel)
    return slot_id


def look_up(resident: Resident, reference: str, pin: str) -> None:
    """Show a booking by what proves it."""
    resident.open("/moja-rezerwacja")
    resident.write("Booking reference", reference)
    resident.write("PIN", pin)
    resident.press("Show the booking")


# --- what others do --------------------------------------------------------------------------------


def service() -> Service:
    found = service_called("a1")
    assert found
    return found


def hold(slot_id: int) -> None:
    """Somebody else keeps this slot."""
    actions.hold(service(), slot_id, "somebody else", clock.now())


def block_all_but(slot_id: int) -> None:
    """Nothing is free but this slot."""
    blocked = {"state": "blocked", "hold_hash": None, "hold_expires_at": None}
    db.session.execute(update(Place).where(Place.slot_id != slot_id).values(blocked))


# --- booking ---------------------------------------------------------------------------------------


def test_a_time_is_held_and_kept_for_longer(resident: Resident) -> None:
    resident.open("/umow-rozmowe")
    look(resident, "First free time: %(day)s")
    resident.open("/umow-rozmowe/a1")
    look(resident, "This is not an application. You only book the time of a talk.")
    resident.press("Next", "link")
    look(resident, "Choose the time of the talk")
    choose_slot(resident)
    look(resident, "We keep this time for you until %(hour)s.")
    expect(resident.page.get_by_text("11:20")).to_be_visible()
    with after(minutes=7):
        resident.press("Keep the time for longer")
        look(resident, "What will make the talk easier for you?")
        expect(resident.page.get_by_text("11:27")).to_be_visible()
        resident.press("Next")
        look(resident, "How shall we address and reach you?")
        say_contact(resident, "phone")
        look(resident, "Check and confirm the booking", "We leave NO voice message.")
    with after(minutes=11):
        resident.press("Keep the time for longer")
        look(resident, "Check and confirm the booking")
        expect(resident.page.get_by_text("11:31")).to_be_visible()


def test_done_by_each_channel(resident: Resident) -> None:
    for channel, promise in PROMISES.items():
        reach_check(resident, channel)
        resident.press("Book this time")
        look(resident, "Time booked", promise)


def test_done_while_messages_do_not_go_out(resident: Resident, do: Do) -> None:
    do(book_by_mail)
    with after(hours=2):
        reach_check(resident, "email")
        resident.press("Book this time")
        look(
            resident,
            "At the moment our messages do not go out, so do not wait for one. What you see here is certain: write down the reference and the PIN.",
        )


def book_by_mail() -> None:
    """Somebody's message has been tried in vain."""
    wish = Wish(
        service().id, free_slots()[9], "Anna", "email", "osoba@example.com", "pl", "form-anna", "hold-anna"
    )
    actions.book(wish, clock.now())
    db.session.execute(update(Message).values(problem="timeout"))


def test_nothing_is_free_and_nothing_in_a_week(resident: Resident, do: Do) -> None:
    do(block_week, 1)
    resident.open(f"{SLOTS}?tydzien=2026-11-30")
    look(resident, "There are no free times in this week.")
    do(block_all_but, 0)
    for path in ("/umow-rozmowe", "/umow-rozmowe/a1", SLOTS):
        resident.open(path)
        look(resident, "There are no free times at the moment")
    do(without_list)
    resident.open(SLOTS)
    look(resident, "There are no free times at the moment")
    expect(resident.page.get_by_role("main").get_by_role("button")).to_have_count(0)
    do(without_bookings)
    resident.open("/umow-rozmowe/a1")
    look(resident, "We take no bookings for this talk at the moment")


def block_week(number: int) -> None:
    monday = clock.day_of(clock.now()) + timedelta(days=1 + 7 * number)
    there = select(Slot.id).where(Slot.day.between(monday, monday + timedelta(days=6)))
    db.session.execute(update(Place).where(Place.slot_id.in_(there)).values(state="blocked"))


def without_bookings() -> None:
    service().is_open = False


def without_list() -> None:
    service().has_waiting_list = False


def test_mistakes_in_each_form_of_booking(resident: Resident) -> None:
    resident.open(SLOTS)
    resident.press("Next")
    look(resident, "There are errors in the form", "Choose the time of the talk")
    choose_slot(resident)
    resident.write("Something else", TOO_LONG)
    resident.press("Next")
    look(resident, "There are errors in the form", "Use at most %(max)d characters")
    resident.write("Something else", "")
    resident.press("Next")
    resident.press("Next")
    look(resident, "Write how we shall address you")
    resident.choose(resident.field("Write me an e-mail"))
    resident.write("E-mail address", "osoba")
    resident.field("From what hour is it safe?").select_option("09:00")
    resident.press("Next")
    look(
        resident,
        "Enter an e-mail address, for example name@example.com",
        "Choose both hours, or leave both at any hour",
    )
    resident.write("Phone number", "12")
    resident.choose(resident.field("Phone me if something changes"))
    resident.press("Next")
    look(resident, "Enter a phone number, for example 500 600 700")
    resident.page.locator("#website").evaluate("field => { field.value = 'https://example.com' }")
    resident.press("Next")
    look(resident, "A machine seems to have filled in this form. Send it again if you are a person.")


def test_a_slot_is_taken_while_answering(resident: Resident, do: Do) -> None:
    resident.open(SLOTS)
    resident.choose(resident.slot())
    do(hold, int(resident.slot().input_value()))
    resident.press("Next")
    look(resident, "We have not booked this time", "This slot has just been taken. Choose another one.")
    resident.choose(resident.slot())
    do(close, int(resident.slot().input_value()))
    resident.press("Next")
    look(resident, "This slot is no longer offered. Choose another one.")
    slot_id = reach_check(resident)
    with after(minutes=21):
        do(block_all_but, slot_id)
        do(hold, slot_id)
        resident.press("Book this time")
        look(
            resident,
            "This slot has just been taken.",
            "Your answers have been kept.",
            "Join the waiting list",
        )


def close(slot_id: int) -> None:
    db.session.get_one(Slot, slot_id).status = "closed"


def test_a_hold_runs_out(resident: Resident) -> None:
    choose_slot(resident)
    with after(minutes=21):
        for button in ("Next", ""):
            resident.page.reload()
            look(resident, "We no longer keep this time, but you can still confirm if it is free.")
            if button:
                resident.press(button)
        say_contact(resident)
        look(
            resident,
            "Check and confirm the booking",
            "We no longer keep this time, but you can still confirm if it is free.",
        )
        resident.press("Book this time")
        resident.sees("Time booked")


def test_a_session_runs_out(resident: Resident) -> None:
    choose_slot(resident)
    with after(minutes=61):
        resident.press("Next")
        look(
            resident,
            "Choose the time first.",
            "After an hour without a step we forget the answers, for your safety.",
            "What you have just written has been kept.",
        )


# --- your booking ----------------------------------------------------------------------------------


def test_a_booking_is_looked_up_moved_and_cancelled(resident: Resident, do: Do) -> None:
    do(book, "anna", do(free_slots)[5], "phone")
    look_up(resident, *do(receipt, "anna"))
    look(resident, "The time is confirmed. We expect you.")
    resident.press("Change how we may reach you", "link")
    look(resident, "How may we reach you?")
    resident.write("Phone number", "12")
    resident.press("Save")
    look(resident, "There are errors in the form", "Enter a phone number, for example 500 600 700")
    resident.write("Phone number", "500 600 700")
    resident.press("Save")
    look(resident, "From now on we keep to your new wishes.")
    resident.press("Change the time", "link")
    look(resident, "Choose another time", "It stays yours until the new one is certain.")
    resident.press("Change to this time")
    look(resident, "There are errors in the form")
    resident.choose(resident.slot())
    do(hold, int(resident.slot().input_value()))
    resident.press("Change to this time")
    look(resident, "We have not changed the time", "Your present time is still yours.")
    resident.choose(resident.slot())
    resident.press("Change to this time")
    look(resident, "The time has been changed.")
    resident.press("Cancel this time", "link")
    look(resident, "Do you want to cancel this time?")
    resident.press("Yes, cancel this time")
    look(resident, "Time cancelled", "Choose a new time")


def test_a_booking_has_changed_meanwhile(resident: Resident, do: Do) -> None:
    booked = do(book, "anna", do(free_slots)[5])
    look_up(resident, *do(receipt, "anna"))
    resident.press("Change the time", "link")
    resident.choose(resident.slot())
    do(move, booked)
    resident.press("Change to this time")
    look(resident, CHANGED)


def move(booking_id: int) -> None:
    """The same person is faster on another device."""
    version = db.session.get_one(Booking, booking_id).version
    actions.move(booking_id, version, free_slots()[9], clock.now())


def test_wrong_pairs_and_too_many_of_them(resident: Resident) -> None:
    resident.open("/moja-rezerwacja")
    look(resident, "See, change or cancel your booking")
    resident.press("Show the booking")
    look(resident, "Enter the reference, for example K7QM-2F9X", "Enter the six digits of the PIN")
    for _ in range(5):
        wrong_pair(resident)
    look(resident, "We know no booking with this reference and PIN")
    wrong_pair(resident)
    look(resident, "Too many attempts", "Wait a quarter of an hour and try again. You can also phone us.")


def wrong_pair(resident: Resident) -> None:
    look_up(resident, "0000-0000", "123456")


def test_when_a_time_can_no_longer_be_changed(resident: Resident, do: Do) -> None:
    booked = do(book, "anna", do(free_slots)[0])
    do(as_often_as_allowed, booked)
    look_up(resident, *do(receipt, "anna"))
    look(resident, "You have already changed the time as often as you can here.")
    with after(days=1, hours=20):
        look_up(resident, *do(receipt, "anna"))
        look(resident, "It is too close to this time to change it here.")
    with after(days=3):
        look_up(resident, *do(receipt, "anna"))
        look(resident, "This time has passed.")


def as_often_as_allowed(booking_id: int) -> None:
    db.session.get_one(Booking, booking_id).moves = service().most_moves


def test_an_interpreter_is_asked_for_and_answered(resident: Resident, do: Do) -> None:
    do(book_with_interpreter, do(free_slots)[9])
    look_up(resident, *do(receipt, "anna"))
    for state, answer in INTERPRETER.items():
        do(answer_interpreter, state)
        resident.open(MINE)
        look(resident, answer)


def book_with_interpreter(slot_id: int) -> None:
    wish = Wish(service().id, slot_id, "Anna", "none", None, "pl", "form-anna", "hold-anna", needs=("pjm",))
    actions.book(wish, clock.now())


def answer_interpreter(state: str) -> None:
    request = db.session.scalars(select(InterpreterRequest)).one()
    request.state, request.answered_at = state, None if state == "requested" else clock.now()
    request.reason, request.alternative = "Tłumaczka jest zajęta.", "Rozmowa online tego samego dnia."


# --- the waiting list and changes by the centre ----------------------------------------------------


@pytest.fixture
def holder(do: Do) -> int:
    """Whoever has the only place there is."""
    slot_id = do(free_slots)[6]
    do(block_all_but, slot_id)
    return int(do(book, "holder", slot_id))


def wait(resident: Resident, channel: str = "none") -> None:
    """From the page without free times to the last step before the waiting list."""
    resident.open(SLOTS)
    resident.press("Join the waiting list", "link")
    resident.press("Next")
    resident.press("Next")
    say_contact(resident, channel)


def test_joining_the_waiting_list(resident: Resident, holder: int) -> None:
    resident.open(SLOTS)
    resident.press("Join the waiting list", "link")
    look(
        resident,
        "All times are taken now. When one becomes free, we keep it for you and nobody else can book it.",
    )
    resident.press("Next")
    look(resident, "You choose no time now. We offer you one as soon as it is free.")
    resident.press("Next")
    look(resident, "How shall we address and reach you?", "Waiting list")
    say_contact(resident)
    look(resident, "Check your answers", "Waiting list")
    resident.press("Join the waiting list")
    look(
        resident,
        "You are on the waiting list",
        "We do not write and we do not phone. Look every day, with the reference and the PIN, whether we keep a time for you.",
    )
    resident.open(MINE)
    look(resident, "You are on the waiting list. No time is free for you yet.")
    resident.press("Leave the waiting list", "link")
    look(resident, "Do you want to leave the waiting list?")
    resident.press("Yes, leave the list")
    look(resident, "You have left the waiting list")


def test_a_time_becomes_free_while_joining(resident: Resident, do: Do, holder: int) -> None:
    wait(resident, "email")
    do(cancel, holder)
    resident.press("Join the waiting list")
    look(
        resident,
        "There is a free time",
        "A time has just become free, so you need not wait. Choose it below.",
        "Your answers have been kept.",
    )


@pytest.mark.parametrize("answer", ["Yes, I take this time", "No, this time does not suit me"])
def test_a_time_is_offered(resident: Resident, do: Do, holder: int, answer: str) -> None:
    wait(resident, "sms")
    resident.press("Join the waiting list")
    look(resident, "We ask you by a short text message. It does not say what the talk is about.")
    do(cancel, holder)
    resident.open(MINE)
    look(resident, "We keep a time for you")
    resident.press(answer)
    yes = answer.startswith("Yes")
    look(
        resident,
        "The time is confirmed. We expect you."
        if yes
        else "Somebody else gets this time. You keep your right to a talk.",
    )


def test_an_offer_ends_before_the_answer(resident: Resident, do: Do, holder: int) -> None:
    wait(resident)
    resident.press("Join the waiting list")
    do(cancel, holder)
    resident.open(MINE)
    do(end_offers)
    resident.press("Yes, I take this time")
    look(resident, CHANGED, "You are on the waiting list. No time is free for you yet.")
    expect(resident.find("Yes, I take this time")).to_have_count(0)


def end_offers() -> None:
    """The time to answer is up."""
    db.session.execute(update(Booking).values(respond_by=clock.now()).where(Booking.respond_by.is_not(None)))


@pytest.mark.parametrize("proposed", [False, True])
def test_the_centre_takes_a_time_back(resident: Resident, do: Do, proposed: bool) -> None:
    first, target = do(free_slots)[5:7]
    booked = do(book, "anna", first, "phone")
    do(displace, booked, target if proposed else None)
    look_up(resident, *do(receipt, "anna"))
    look(
        resident,
        "We are sorry: we have to change this time. You keep your right to a talk.",
        *(["We keep a time for you"] if proposed else []),
    )
    resident.press("Choose another time", "link")
    look(resident, "We had to take back:")
    resident.open(MINE)
    resident.press("I no longer want a talk", "link")
    look(resident, "Do you no longer want a talk?", "No, I still want a talk")


def displace(booking_id: int, slot_id: int | None) -> None:
    interviewer = account_called(PASSWORDS["interviewer"][0])
    assert interviewer
    version = db.session.get_one(Booking, booking_id).version
    offers.displace(booking_id, version, slot_id, interviewer, clock.now())
