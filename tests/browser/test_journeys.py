"""J1, J2, J3, J6 and J8 of the requirements, in Chromium, with and without JavaScript, by keyboard alone, on a phone and, for the
editor, at a desk. J4 is in `test_foster_journey`, J5 in `test_quick_exit`, J7 in `test_access_requests`."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from portal import clock
from portal.outbox.actions import deliver_next
from tests.conftest import PASSWORDS
from tests.parts.browser import left_on_the_device
from tests.parts.resident import Resident, arrives, say
from tests.parts.staff_desk import Staff, at_the_desk
from tests.parts.words import betrayed

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no-scripts"]),
]
in_both_languages = pytest.mark.parametrize("language", ["pl", "uk"])


@pytest.fixture
def resident(chromium: Browser, address: str, javascript: bool, language: str) -> Iterator[Resident]:
    """Somebody with a phone and no pointer."""
    with arrives(chromium, address, language, keys=True, javascript=javascript) as resident:
        yield resident


def call_me(resident: Resident) -> None:
    resident.write("How shall we address you?", "Żaneta")


def enter(page: Page) -> None:
    """Press Enter and wait for the page it leads to."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


@in_both_languages
def test_j1_booking_on_a_phone_by_keyboard(resident: Resident, served: Flask, tmp_path: Path) -> None:
    resident.open("/")
    resident.press("Programmes", "link")
    follow(resident, "/programy/bez-przemocy")
    follow(resident, "/umow-rozmowe/a1")
    resident.check()
    resident.press("Next", "link")
    slot = choose_slot(resident, 1)
    resident.press("Next")
    resident.sees("What will make the talk easier for you?")
    resident.check()
    resident.press("Next")
    resident.sees("How shall we address and reach you?")
    resident.press("Next")
    resident.sees("There are errors in the form")
    resident.check()
    call_me(resident)
    resident.choose(resident.field("Send me a text message (SMS)"))
    resident.write("Phone number", "500 600 700")
    resident.press("Next")
    resident.sees("Check and confirm the booking")
    resident.check()
    resident.press("Book this time")
    resident.sees("Time booked")
    resident.check()
    reference, pin = (resident.page.locator(code).inner_text() for code in ("#reference", "#pin"))
    assert reference in _only_message(served, tmp_path)
    look_up(resident, reference, pin)
    _move(resident)
    _cancel(resident)
    resident.open("/umow-rozmowe/a1/termin")
    expect(resident.page.locator(f"input[name=slot][value='{slot}']")).to_be_attached()
    assert left_on_the_device(resident.page) == []


def follow(resident: Resident, path: str) -> None:
    """Go to the link in the page that leads there."""
    resident.leave_by(resident.page.locator(f"main a[href$='{path}']").first)


def choose_slot(resident: Resident, number: int = 0) -> str:
    """Choose a free time by keyboard; answers its value."""
    resident.choose(resident.slot(number))
    return resident.slot(number).input_value()


def _only_message(app: Flask, folder: Path) -> str:
    """Deliver what waits: one neutral text."""
    with app.app_context():
        while deliver_next(app.extensions["post_office"], clock.now()):
            pass
    (sent,) = (path.read_text() for path in (folder / "mail").iterdir())
    assert betrayed(sent) == []
    return sent


def look_up(resident: Resident, reference: str, pin: str) -> None:
    resident.press("See, change or cancel your booking", "link")
    resident.check()
    resident.write("Booking reference", reference)
    resident.write("PIN", pin)
    enter(resident.page)
    resident.sees("The time is confirmed. We expect you.")
    resident.check()


def _move(resident: Resident) -> None:
    resident.press("Change the time", "link")
    choose_slot(resident, 2)
    resident.check()
    resident.press("Change to this time")
    resident.sees("The time has been changed.")
    resident.check()


def _cancel(resident: Resident) -> None:
    resident.press("Cancel this time", "link")
    resident.check()
    resident.press("Yes, cancel this time")
    resident.sees("Time cancelled", "Choose a new time")
    resident.check()


@in_both_languages
def test_j2_a_deaf_resident_asks_for_an_interpreter(
    chromium: Browser, resident: Resident, address: str, javascript: bool
) -> None:
    resident.open("/")
    resident.press("Sign language interpreter", "link")
    resident.press("Book a talk", "link")
    follow(resident, "/umow-rozmowe/a1")
    resident.press("Next", "link")
    choose_slot(resident)
    resident.press("Next")
    resident.sees("For this time only an online interpreter is certain.")
    resident.choose(resident.field("Polish Sign Language interpreter (PJM)"))
    resident.press("Next")
    call_me(resident)
    resident.choose(resident.field("Write me an e-mail"))
    resident.write("E-mail address", "osoba@example.com")
    resident.press("Next")
    _choose_a_later_week(resident)
    resident.press("Book this time")
    resident.sees("You asked for an interpreter. We answer by %(day)s.")
    resident.check()
    with arrives(chromium, address, keys=True, javascript=javascript) as interviewer:
        _answer_interpreter(interviewer)
    resident.open("/moja-rezerwacja/termin")
    expect(resident.page.get_by_text("Rozmowa online, ten sam dzień.")).to_be_visible()
    resident.check()
    resident.press("Change how we may reach you", "link")
    resident.check()
    resident.choose(resident.field("Do not contact me. I will keep the reference."))
    resident.press("Save")
    resident.sees("From now on we keep to your new wishes.")
    resident.check()


def _choose_a_later_week(resident: Resident) -> None:
    """The early times are marked, those of the next week are sure."""
    resident.press("Change the time", "link")
    resident.sees("For this time only an online interpreter is certain.")
    resident.check()
    week = resident.page.get_by_role("heading", level=2).first
    before = week.inner_text()
    resident.activate(resident.find("Later week", "link"))
    expect(week).not_to_have_text(before)
    expect(resident.slot()).to_be_attached()
    note = say("For this time only an online interpreter is certain.", resident.language)
    expect(resident.page.get_by_text(note)).to_have_count(0)
    resident.choose(resident.slot())
    resident.press("Next")
    resident.sees("Check and confirm the booking")


def _answer_interpreter(interviewer: Resident) -> None:
    sign_in(interviewer, "interviewer")
    interviewer.check()
    follow(interviewer, "/tlumacz")
    interviewer.choose(interviewer.field("Not possible"))
    interviewer.press("Save the answer")
    interviewer.sees("There are errors in the form")
    interviewer.check()
    interviewer.write("Why it is not possible", "Tłumacz jest zajęty.")
    interviewer.write("Another date or form of talking", "Rozmowa online, ten sam dzień.")
    interviewer.press("Save the answer")
    interviewer.check()


def sign_in(staff: Resident, role: str) -> None:
    login, password = PASSWORDS[role]
    staff.open("/panel")
    staff.write("E-mail address", login)
    staff.write("Password", password)
    enter(staff.page)


@in_both_languages
def test_j3_two_want_one_slot(
    chromium: Browser, resident: Resident, address: str, language: str, javascript: bool
) -> None:
    resident.open("/umow-rozmowe/a1/termin")
    wanted = choose_slot(resident)
    with arrives(chromium, address, language, keys=True, javascript=javascript) as winner:
        winner.open("/umow-rozmowe/a1/termin")
        assert choose_slot(winner) == wanted
        winner.press("Next")
        winner.sees("What will make the talk easier for you?")
    with resident.page.expect_response(lambda answer: answer.request.method == "POST") as answer:
        resident.press("Next")
    assert answer.value.status == 409
    resident.sees("This slot has just been taken. Choose another one.")
    resident.check()
    assert resident.page.locator(f"input[name=slot][value='{wanted}']").count() == 0
    resident.choose(resident.slot())
    resident.press("Next")
    resident.sees("What will make the talk easier for you?")


@pytest.mark.parametrize("language", ["pl"])
def test_weeks_are_turned_in_place_with_scripts_and_by_links_without(resident: Resident) -> None:
    resident.open("/umow-rozmowe/a1/termin")
    week = resident.page.get_by_role("heading", level=2).first
    before = week.inner_text()
    resident.activate(resident.find("Later week", "link"))
    expect(week).not_to_have_text(before)
    expect(resident.page).to_have_url(re.compile("tydzien="))
    if resident.scripts:
        expect(week).to_be_focused()
    resident.check()


def test_j6_an_editor_keeps_the_portal_true(chromium: Browser, address: str, javascript: bool) -> None:
    with at_the_desk(chromium, address, "editor", javascript=javascript) as editor:
        write_and_publish(editor)
        editor.page.goto("/panel/kontakty/jednostka/1")
        editor.write_over("Phone number", "85 000 00 77")
        editor.press("Save")
        editor.page.goto("/kontakt")
        expect(editor.page.get_by_role("link", name="85 000 00 77")).to_have_count(2)
    with (
        time_machine.travel("2027-02-01T09:00:00+01:00", tick=True),
        arrives(chromium, address, keys=True, javascript=javascript) as resident,
    ):
        resident.open("/ogloszenia/dyzur-prawnika-w-styczniu")
        resident.sees("This announcement is archived.")
        resident.check()


def write_and_publish(editor: Staff) -> None:
    """A new announcement with a term that the law no longer has: the editor is told, mends it and publishes."""
    editor.page.goto("/panel/ogloszenia/nowe")
    editor.write("Title", "Dyżur prawnika w styczniu")
    editor.write("Lead", "W styczniu prawnik przyjmuje w środy.")
    editor.write("Text", "## Kiedy\n\nW środy od 9:00, także w sprawach przemocy w rodzinie.")
    editor.write_date("Valid until", date(2027, 1, 31))
    if editor.scripts:
        expect(editor.page.locator("#preview").get_by_role("heading", name="Kiedy")).to_be_visible()
    editor.check()
    editor.press("Save")
    editor.reads("przemocy domowej")
    editor.check()
    editor.press("Edit", "link")
    editor.go_to(editor.field("Text"))
    editor.tap("Control+a")
    editor.page.keyboard.type("## Kiedy\n\nW środy od 9:00, także w sprawach przemocy domowej.")
    editor.press("Save")
    editor.press("Publish now")
    editor.page.goto("/ogloszenia/dyzur-prawnika-w-styczniu")
    editor.sees("Publication record")
    editor.check()


@pytest.mark.parametrize("language", ["uk"])
@pytest.mark.torture
def test_j8_a_ukrainian_speaker_finds_help_and_books(
    resident: Resident, served: Flask, tmp_path: Path
) -> None:
    resident.open("/")
    resident.press("Help", "link")
    resident.sees("If there is danger now")
    expect(resident.page.get_by_role("link", name="116 123").first).to_be_visible()
    resident.check()
    resident.press("Book a talk", "link")
    follow(resident, "/umow-rozmowe/a1")
    resident.press("Next", "link")
    resident.press("Next")
    resident.sees("There are errors in the form", "Choose the time of the talk")
    choose_slot(resident, 1)
    resident.press("Next")
    resident.press("Next")
    call_me(resident)
    resident.choose(resident.field("Send me a text message (SMS)"))
    resident.write("Phone number", "500 600 700")
    resident.press("Next")
    resident.press("Book this time")
    resident.sees("Time booked")
    reference = resident.page.locator("#reference").inner_text()
    assert reference in _only_message(served, tmp_path)
    assert resident.page.locator("html").get_attribute("lang") == "uk"
