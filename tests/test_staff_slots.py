"""Staff offer slots, one or a series; holidays are left out, overlaps refused, booked slots kept."""

import re

import pytest
import time_machine
from flask import Flask

from tests.client import Client, Page
from tests.conftest import signed_in
from tests.test_booking_pages import book

pytestmark = pytest.mark.pages

SINGLE = {"day": "2026-12-01", "from_time": "09:00", "minutes": "45", "capacity": "2", "facility": ""}
SERIES = {
    "weekdays": ["3"],
    "first_on": "2026-12-17",
    "last_on": "2027-01-07",
    "from_time": "08:00",
    "to_time": "10:00",
    "minutes": "45",
    "break_minutes": "15",
    "capacity": "1",
    "facility": "",
}


def offer_one(staff: Client, **changes: object) -> Page:
    return staff.submit(staff.visit("/panel/terminy/nowy"), "Udostępnij termin", **SINGLE | changes)


def offer_series(staff: Client, **changes: object) -> Page:
    return staff.submit(staff.visit("/panel/terminy/seria"), "Udostępnij serię", **SERIES | changes)


def test_one_slot_is_offered_and_can_be_booked(interviewer: Client, resident: Client) -> None:
    page = offer_one(interviewer)
    assert page.status == 200
    assert "1 termin jest otwarty." in page.text
    assert "9:00" in page.text
    assert "9:00" in resident.visit("/umow-rozmowe/a1/termin?tydzien=2026-12-01").text


def test_a_series_leaves_out_holidays_and_says_so(interviewer: Client) -> None:
    page = offer_series(interviewer)
    assert "6 terminów jest otwartych." in page.text
    assert "24 grudnia 2026 r." in page.text
    assert "Pominięto" in page.text


def test_mistakes_are_listed_in_the_order_of_the_page(interviewer: Client) -> None:
    page = offer_series(interviewer, first_on="", to_time="", minutes="7", break_minutes="")
    errors = re.findall(r'<li><a href="#(\w+)">', page.everything)
    assert errors == ["first_on", "to_time", "minutes", "break_minutes"]


def test_the_refusal_names_the_clash(interviewer: Client) -> None:
    offer_one(interviewer)
    clash = offer_one(interviewer, from_time="09:30")
    assert clash.status == 409
    assert "1 grudnia 2026 r., 9:00" in clash.text
    assert 'value="09:30' in clash.everything


def test_a_single_slot_on_a_holiday_needs_a_deliberate_tick(interviewer: Client) -> None:
    page = offer_one(interviewer, day="2026-12-24")
    assert page.status == 422
    assert "dzień ustawowo wolny" in page.text
    assert offer_one(interviewer, day="2026-12-24", on_holidays="y").status == 200


@pytest.mark.parametrize(
    "wrong", [{"day": "2026-11-20"}, {"from_time": "09:03"}, {"minutes": "7"}, {"capacity": "0"}, {"day": ""}]
)
def test_mistakes_in_a_single_slot_are_named(interviewer: Client, wrong: dict[str, str]) -> None:
    assert offer_one(interviewer, **wrong).status == 422


@pytest.mark.parametrize(
    "wrong", [{"weekdays": []}, {"last_on": "2026-01-01"}, {"to_time": "07:00"}, {"last_on": "2030-01-01"}]
)
def test_mistakes_in_a_series_are_named(interviewer: Client, wrong: dict[str, object]) -> None:
    assert offer_series(interviewer, **wrong).status == 422


def test_a_slot_in_the_hour_that_march_skips_is_refused_in_words(interviewer: Client) -> None:
    page = offer_one(interviewer, day="2027-03-28", from_time="02:30", on_holidays="y", minutes="30")
    assert page.status == 422
    assert "Ta godzina nie istnieje" in page.text


def test_a_free_slot_is_cancelled_and_a_booked_one_says_whom_it_affects(
    interviewer: Client, resident: Client, app: Flask
) -> None:
    book(resident)
    day = interviewer.visit("/panel/terminy/dzien/2026-11-24")
    slots = [url for url in day.links().values() if url.startswith("/panel/terminy/") and url[15:].isdigit()]
    booked, free = (interviewer.visit(url) for url in sorted(slots, key=lambda url: int(url[15:]))[:2])
    assert "Odwołaj termin i rozmowę 1 osoby" in booked.text
    assert "1 osoba ma tu miejsce." in booked.text
    after = interviewer.submit(free, "Odwołaj ten termin")
    assert "Termin został odwołany." in after.text


def test_a_slot_says_nothing_of_a_mistake_until_there_is_one(
    interviewer: Client, frozen: time_machine.Traveller
) -> None:
    offer_one(interviewer)
    day = interviewer.visit("/panel/terminy/dzien/2026-12-01").links()
    page = interviewer.visit(next(url for name, url in day.items() if name.startswith("9:00")))
    assert "Termin nie został odwołany" not in page.text
    assert "Błąd" not in page.title
    assert "Przywróć termin" not in page.text
    off = interviewer.submit(page, "Odwołaj ten termin")
    again = interviewer.submit(page, "Odwołaj ten termin")
    assert again.status == 409
    assert "Ktoś już odwołał ten termin." in again.text
    assert "Błąd" in again.title
    frozen.shift(10 * 60 - 1)
    assert "Do 11:10 możesz go jeszcze przywrócić." in interviewer.visit(page.url).text
    frozen.shift(1)
    assert "Przywróć termin" not in interviewer.visit(page.url).text
    late = interviewer.submit(off, "Przywróć termin")
    assert late.status == 409
    assert "Dziesięć minut minęło." in late.text


@pytest.mark.parametrize("address", ["/panel/terminy/99999", "/panel/terminy/99999/miejsce"])
def test_a_slot_that_is_not_there_is_not_found(interviewer: Client, address: str) -> None:
    assert interviewer.visit(address).status == 404


def test_the_week_is_a_table_with_caption_and_headers(interviewer: Client) -> None:
    page = interviewer.visit("/panel/terminy?tydzien=2026-11-24")
    (table,) = page.dom.all("table")
    assert next(e.tag for e in table) == "caption"
    assert all(cell.get("scope") in {"col", "row"} for cell in table.iter("th"))
    assert interviewer.visit("/panel/terminy?tydzien=nonsens").status == 200


def test_the_outcome_is_noted_after_the_talk(
    app: Flask, interviewer: Client, resident: Client, frozen: time_machine.Traveller
) -> None:
    book(resident)
    card = next(
        url
        for url in interviewer.visit("/panel/rezerwacje").links().values()
        if re.fullmatch(r"/panel/rezerwacje/\d+", url)
    )
    assert "Zapisz wynik" not in interviewer.visit(card).everything
    frozen.move_to("2026-11-24T17:00:00+01:00")
    staff = signed_in(app, "interviewer")
    page = staff.submit(staff.visit(card), "Zapisz wynik", outcome="no_show")
    assert "Nie przyszła" in page.text or "nie przyszła" in page.text
