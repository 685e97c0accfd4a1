"""The staff desk in Chromium, with and without JavaScript, by keyboard alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from portal import clock
from portal.accounts.models import account_called
from portal.booking.actions import Wish, book
from portal.booking.checks import violations
from portal.booking.models import Booking, Place, Slot
from portal.db import db
from portal.groups.meetings import Mark, save_sheet
from portal.groups.models import meetings_of
from portal.outbox.actions import deliver_next
from tests.conftest import PASSWORDS, free_slots
from tests.parts.resident import Resident, arrives
from tests.parts.staff_desk import Staff, at_the_desk
from tests.parts.words import betrayed

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no-scripts"]),
]
MOST_PRESSES = 45
WAYS = ("email", "sms", "phone", "none")


@pytest.fixture
def staff(chromium: Browser, address: str, javascript: bool) -> Iterator[Staff]:
    """An interviewer who sees the first page."""
    with at_the_desk(chromium, address, javascript=javascript) as staff:
        yield staff


@contextmanager
def at(moment: str, staff: Staff, role: str = "interviewer") -> Iterator[None]:
    """Another day: whoever is at the desk has to sign in again."""
    with time_machine.travel(moment, tick=True):
        staff.page.context.clear_cookies()
        staff.sign_in(role)
        yield


@contextmanager
def after(**time: int) -> Iterator[None]:
    """The clock that much later."""
    with time_machine.travel(clock.now() + timedelta(**time), tick=True):
        yield


def deliver(app: Flask, folder: Path) -> list[str]:
    """Send what waits; answers all that has been written to anybody."""
    with app.app_context():
        while deliver_next(app.extensions["post_office"], clock.now()):
            pass
    return [path.read_text() for path in (folder / "mail").glob("*")]


def contact(number: int) -> tuple[str, str | None]:
    """How somebody may be reached: each in another way than the one before, and at an address of their own."""
    channel = WAYS[number % len(WAYS)]
    address = {"email": f"osoba{number}@example.com", "none": None}
    return channel, address.get(channel, f"+485006007{number:02}")


def book_people(slots: list[Slot], count: int) -> None:
    """Equally many people in each slot, with as many places as it needs."""
    each = count // len(slots)
    for slot in slots:
        for place in slot.places:
            place.channel = "any"
        db.session.add_all(Place(slot_id=slot.id, ordinal=n) for n in range(2, each + 1))
    db.session.commit()
    for number in range(count):
        slot = slots[number // each]
        channel, where = contact(number)
        name = f"{chr(65 + number)}ndrzej {chr(75 + number)}oś"
        book(
            Wish(slot.service_id, slot.id, name, channel, where, "pl", f"f{number}", f"h{number}"),
            clock.now(),
        )


# --- a booking on the phone ---------------------------------------------------------------------------


def test_a_phone_booking_takes_few_keys(staff: Staff) -> None:
    staff.page.goto("/panel")
    staff.check()
    before = staff.presses
    staff.press("New booking", "link")
    staff.pick(staff.field("Slot"), "wtorek, 1 grudnia 2026")
    staff.write("How shall we address you?", "Żaneta")
    staff.choose(staff.field("Phone me if something changes"))
    staff.write("Phone number", "500600700")
    staff.enter()
    staff.sees("Time booked", "Read both out, slowly, or print this page. The PIN is shown only here.")
    expect(staff.page.locator("#pin")).to_be_visible()
    used = staff.presses - before - len("Żaneta")
    staff.check()
    assert used <= MOST_PRESSES


def test_what_is_forgotten_on_the_phone_is_named_and_the_rest_kept_in_ukrainian_too(
    chromium: Browser, address: str, javascript: bool
) -> None:
    with at_the_desk(chromium, address, language="uk", javascript=javascript) as staff:
        expect(staff.page.locator("html")).to_have_attribute("lang", "uk")
        staff.check()
        staff.press("New booking", "link")
        staff.write("How shall we address you?", "Żaneta")
        staff.is_refused(422, "Book this time")
        expect(staff.field("How shall we address you?")).to_have_value("Żaneta")
        staff.choose(staff.field("Phone me if something changes"))
        staff.write("Phone number", "500600700")
        staff.enter()
        staff.sees("Time booked")


# --- somebody falls ill -------------------------------------------------------------------------------


def twelve(app: Flask) -> tuple[str, date, list[int]]:
    """Twelve people in four slots of one interviewer: who it is, the day, and the slots."""
    with app.app_context():
        first = db.session.get_one(Slot, free_slots()[0])
        mine = select(Slot).where(Slot.lead_id == first.lead_id, Slot.service_id == first.service_id)
        here = mine.where(Slot.starts_at >= first.starts_at).order_by(Slot.starts_at).limit(4)
        slots = list(db.session.scalars(here))
        book_people(slots, 12)
        return first.lead.name, slots[-1].day, [slot.id for slot in slots]


def test_an_illness_with_twelve_people(staff: Staff, served: Flask, tmp_path: Path) -> None:
    who, last, slots = twelve(served)
    assert len(deliver(served, tmp_path)) == 6, "who may be written to has it in writing"
    staff.press("Somebody cannot come", "link")
    staff.pick(staff.field("Who cannot come?"), who)
    staff.write_date("First day", date(2026, 11, 23))
    staff.write_date("Last day", last)
    staff.press("Show whom it affects")
    staff.reads("To dotyczy 12 osób.")
    staff.check()
    for slot in slots[2:]:
        staff.pick(staff.page.locator(f"#slot-{slot}"), "Nikt: odwołaj termin")
    staff.press("Do it")
    staff.reads("Nie może przyjść", "Wie 0 z 6 osób.")
    staff.check()
    if staff.scripts:
        take_everything_back(staff, served, tmp_path)
    else:
        see_how_far_it_has_come(staff, served, tmp_path)


def take_everything_back(staff: Staff, app: Flask, folder: Path) -> None:
    staff.press("Take everything back")
    staff.reads("Wszystko jest jak przedtem.")
    staff.check()
    with after(minutes=11):
        sent = deliver(app, folder)
    assert len(sent) == 6, "nobody has been written to"
    with app.app_context():
        assert set(db.session.scalars(select(Booking.status))) == {"confirmed"}
        assert violations() == {}


def see_how_far_it_has_come(staff: Staff, app: Flask, folder: Path) -> None:
    with after(minutes=11):
        deliver(app, folder)
        staff.page.reload()
        staff.reads("Wie 2 z 6 osób.")
        staff.check()


# --- a group is called off ----------------------------------------------------------------------------


def test_a_group_of_seven_is_called_off(staff: Staff, served: Flask, tmp_path: Path) -> None:
    with served.app_context():
        slot = db.session.get_one(Slot, free_slots()[9])
        book_people([slot], 7)
        slot_id = slot.id
    staff.page.goto(f"/panel/terminy/{slot_id}")
    staff.reads(
        "7 osób ma tu miejsce.",
        "dostanie e-mail",
        "dostanie SMS",
        "trzeba zadzwonić",
        "nie wolno się kontaktować",
    )
    staff.check()
    assert len(deliver(served, tmp_path)) == 4
    staff.do("Odwołaj termin i rozmowy 7 osób")
    staff.reads("Ten termin został odwołany.", "Nikt już nie ma tu miejsca.")
    staff.check()
    assert len(deliver(served, tmp_path)) == 4, "for ten minutes nobody is written to"
    staff.page.goto("/panel")
    expect(staff.page.locator(".todo li", has_text="nie wcześniej niż o 11:10")).to_have_count(2)
    staff.follow("/panel/rezerwacje/3")
    staff.reads("Nie wcześniej niż o 11:10: do tego czasu można to jeszcze cofnąć.")
    staff.check()
    with after(minutes=11):
        news = deliver(served, tmp_path)
        assert sorted(len(told) for told in by_receiver(news).values()) == [2, 2, 2, 2], (
            "two e-mails, two texts"
        )
        assert not any(betrayed(text) for text in news)
        call_the_two(staff)


def by_receiver(texts: list[str]) -> dict[str, list[str]]:
    """What each was sent."""
    found: dict[str, list[str]] = {}
    for text in texts:
        receiver = next(line for line in text.splitlines() if line.startswith("To: "))
        found.setdefault(receiver, []).append(text)
    return found


def call_the_two(staff: Staff) -> None:
    """Those who chose the phone wait on the first page; one is told, which is then taken back."""
    staff.page.goto("/panel")
    calls = staff.page.locator(".todo li", has_text="wybrała telefon")
    expect(calls).to_have_count(2)
    expect(staff.page.get_by_text("nie wcześniej niż")).to_have_count(0)
    staff.check()
    staff.leave_by(calls.first.get_by_role("link"))
    staff.reads("NIE zostawiać wiadomości.")
    staff.check()
    staff.press("The person knows now")
    staff.page.goto("/panel/zadania")
    expect(staff.page.locator(".todo li", has_text="wybrała telefon")).to_have_count(1)
    staff.reads("już wie")
    staff.check()
    staff.do("Jednak niezrobione: C.M., czwartek")
    staff.reads("Zadanie znowu czeka.")
    expect(staff.page.locator(".todo li", has_text="wybrała telefon")).to_have_count(2)


# --- both nights in which the clocks change -----------------------------------------------------------


def write_series(staff: Staff, first: date, last: date) -> None:
    """A series of half hours from one to four in the nights of a weekend."""
    staff.page.goto("/panel/terminy/seria")
    for number in (5, 6):
        staff.choose(staff.page.locator(f"input[name=weekdays][value='{number}']"))
    staff.write_date("First day", first)
    staff.write_date("Last day", last)
    for label, hour in (("From", "0100AM"), ("To", "0400AM")):
        staff.write(label, hour)
    staff.write_over("Length in minutes", "30")
    staff.write_over("Break in minutes", "0")


def test_a_series_across_both_nights_of_the_clocks(staff: Staff) -> None:
    write_series(staff, date(2027, 3, 27), date(2027, 3, 28))
    staff.choose(staff.field("Also on public holidays"))
    staff.press("Open the slots")
    staff.reads("10 terminów jest otwartych.", "ta godzina nie istnieje: 28.03 02:00; 28.03 02:30")
    staff.check()
    write_series(staff, date(2027, 10, 30), date(2027, 10, 31))
    staff.press("Open the slots")
    staff.reads("14 terminów jest otwartych.")
    for which in ("letni", "zimowy"):
        expect(staff.page.locator("td b", has_text=f"2:30 (czas {which})")).to_be_visible()
    staff.check()
    staff.follow("/panel/terminy/dzien/2027-10-31")
    staff.reads("2:30 (czas letni)", "2:30 (czas zimowy)")
    staff.check()


# --- an edition ---------------------------------------------------------------------------------------


def book_as_resident(resident: Resident) -> None:
    """The shortest way from the first free time to a booking."""
    resident.open("/umow-rozmowe/a1/termin")
    resident.choose(resident.slot())
    resident.press("Next")
    resident.press("Next")
    resident.write("How shall we address you?", "Żaneta")
    resident.choose(resident.field("Do not contact me. I will keep the reference."))
    resident.press("Next")
    resident.press("Book this time")
    resident.sees("Time booked")


def test_an_edition_from_the_first_talk_to_both_certificates(
    chromium: Browser, address: str, staff: Staff, served: Flask
) -> None:
    with arrives(chromium, address, keys=True, javascript=staff.scripts) as resident:
        book_as_resident(resident)
    with at("2026-11-24T16:00:00+01:00", staff):
        note_that_she_qualified(staff)
        take_into_the_group(staff)
        staff.press("Plan the meetings", "link")
        staff.write("Hour", "0430PM")
        staff.press("Plan the meetings")
        staff.reads("Zaplanowano 15 spotkań.")
    with at("2027-07-01T12:00:00+02:00", staff):
        mark_attendance(staff, served)
        make_certificates(staff)


def note_that_she_qualified(staff: Staff) -> None:
    staff.page.goto("/panel/rezerwacje/1")
    staff.is_refused(422, "Save the outcome")
    staff.choose(staff.field("Came"))
    staff.pick(staff.field("Result of the talk"), "Zakwalifikowana")
    staff.press("Save the outcome")


def take_into_the_group(staff: Staff) -> None:
    staff.page.goto("/panel/edycje/1")
    staff.is_refused(422, "Take into the group")
    staff.choose(staff.page.locator("#people"))
    staff.press("Take into the group")
    staff.reads("1 osoba została przyjęta do grupy.")


def mark_attendance(staff: Staff, app: Flask) -> None:
    """One sheet by hand; the others are saved by somebody else."""
    with app.app_context():
        by = account_called(PASSWORDS["interviewer"][0])
        assert by
        for meeting in meetings_of(1)[1:]:
            save_sheet(meeting.id, meeting.version, {1: Mark("present")}, by, clock.now())
    staff.page.goto("/panel/edycje/1")
    staff.follow("/panel/edycje/spotkanie/1")
    staff.choose(staff.page.get_by_label("Obecna", exact=True))
    staff.press("Save the attendance")
    staff.reads("Komplet godzin")


def make_certificates(staff: Staff) -> None:
    staff.follow("/panel/edycje/osoba/1")
    staff.write_date("Day", date(2027, 3, 1))
    staff.write_over("Length in minutes", "60")
    staff.press("Note the meeting in private")
    for name in ("Certificate of completion", "Certificate of reporting"):
        staff.page.goto("/panel/edycje/osoba/1")
        staff.press(name, "link")
        staff.write_over("First name and surname", "Żaneta Przykładowa")
        if name == "Certificate of reporting":
            staff.is_refused(422, "Make the certificate")
        staff.choose(staff.page.locator("#is_checked"))
        staff.press("Make the certificate")
        expect(staff.page.locator(".paper .who")).to_have_text("Żaneta Przykładowa")
    staff.check()


# --- two at once --------------------------------------------------------------------------------------


def test_two_at_once_and_the_second_is_told(
    chromium: Browser, address: str, staff: Staff, served: Flask
) -> None:
    with at_the_desk(chromium, address, "administrator", javascript=staff.scripts) as other:
        name_the_edition(staff, other)
        take_the_same_time(staff, other)


def name_the_edition(staff: Staff, other: Staff) -> None:
    for who, name in ((staff, "lato 2027"), (other, "lato w mieście")):
        who.page.goto("/panel/edycje/1/dane")
        who.write_over("Name of the edition", name)
    staff.press("Save the edition")
    other.is_refused(409, "Save the edition")
    other.reads("lato 2027")
    expect(other.field("Name of the edition")).to_have_value("lato w mieście")
    other.press("Save the edition")
    other.reads("lato w mieście")


def take_the_same_time(staff: Staff, other: Staff) -> None:
    for who in (staff, other):
        who.page.goto("/panel/rezerwacje/nowa")
        who.write("How shall we address you?", "Żaneta")
        who.choose(who.field("Do not contact me. I will keep the reference."))
    staff.press("Book this time")
    other.is_refused(409, "Book this time")
    expect(other.field("How shall we address you?")).to_have_value("Żaneta")
    expect(other.field("Slot")).to_have_value("")


# --- a hidden card ------------------------------------------------------------------------------------


def test_a_card_is_hidden_opened_in_an_emergency_and_that_is_seen(
    chromium: Browser, address: str, staff: Staff, served: Flask
) -> None:
    with served.app_context():
        book_people([db.session.get_one(Slot, free_slots()[0])], 1)
        reference = db.session.get_one(Booking, 1).reference
    hide_from_oneself(staff)
    open_in_an_emergency(staff, reference)
    with at_the_desk(chromium, address, "administrator", javascript=staff.scripts) as second:
        second.press("Look and say that you have seen it", "link")
        second.check()
        second.do("Wiem o tym")
        second.reads("Zapisano, że o tym wiesz.")


def hide_from_oneself(staff: Staff) -> None:
    staff.page.goto("/panel/rezerwacje/1")
    staff.press("Who must not see or meet this person", "link")
    staff.is_refused(422, "Hide the card")
    staff.pick(staff.field("Hide it from"), "Zespół rozmów")
    staff.write("Your password", PASSWORDS["interviewer"][1])
    staff.press("Hide the card")
    staff.sees("From now on this card does not exist for you.")
    staff.check()
    staff.page.goto("/panel/rezerwacje")
    expect(staff.page.get_by_role("link", name="Andrzej")).to_have_count(0)


def open_in_an_emergency(staff: Staff, reference: str) -> None:
    staff.page.goto("/panel/rezerwacje")
    staff.press("Is somebody here whom you cannot find?", "link")
    staff.is_refused(422, "Open the card")
    staff.write("Reference", reference)
    staff.choose(staff.field("The person is here or on the phone, and nobody else is on duty"))
    staff.write("Your password", PASSWORDS["interviewer"][1])
    staff.press("Open the card")
    staff.sees("You see this card for half an hour. The administrators are being told.")
    staff.check()
