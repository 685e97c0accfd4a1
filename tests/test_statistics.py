"""Statistics: the same numbers from both databases and from a naive count, nobody in them, and a file that is safe to open."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from statistics import median

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select, update

from portal import clock
from portal.accounts.models import AuditEntry
from portal.booking.actions import forget
from portal.booking.checks import violations
from portal.booking.interpreters import InterpreterRequest
from portal.booking.models import Booking, Slot
from portal.db import db
from portal.demo.history import load_history
from portal.outbox.models import Message
from portal.programmes.models import Service
from portal.statistics.models import CHANNELS, Figure, figures
from portal.statistics.small import Numbers, join, join_within
from portal.web.spreadsheet import spreadsheet
from tests.client import Client, Page
from tests.conftest import NOW, PASSWORDS
from tests.test_week import statements

MONTHS_OVER = 10
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def history(context: None) -> None:
    """Thirteen months of talks."""
    load_history(clock.now())


def shown(service: Service) -> dict[str, Figure]:
    return {figure.code: figure for figure in figures(service.id, 2026, clock.now())}


def rows(figure: Figure) -> list[tuple[int, int, tuple[float, ...]]]:
    return [(row.first - 1, row.last - 1, row.numbers) for row in figure.rows]


class Twin:
    """Counts by reading every row, one after the other."""

    def __init__(self, service: Service) -> None:
        self.slots = [
            slot
            for slot in db.session.scalars(select(Slot).where(Slot.service_id == service.id))
            if slot.day.year == 2026 and slot.day.month <= MONTHS_OVER and slot.status != "cancelled"
        ]
        self.talks = [booking for slot in self.slots for booking in slot.bookings]
        self.units = join([(len(self.talks_of(n)),) for n in range(MONTHS_OVER)])

    def talks_of(self, month: int) -> list[Booking]:
        return [talk for talk in self.talks if talk.slot and talk.slot.day.month == month + 1]

    def no_shows(self) -> list[Numbers]:
        missed = [sum(t.status == "no_show" for t in self.talks_of(n)) for n in range(MONTHS_OVER)]
        return [(count, len(self.talks_of(n)) - count) for n, count in enumerate(missed)]

    def channels(self) -> list[Numbers]:
        ways = [[CHANNELS.get(t.origin, 0) for t in self.talks_of(n)] for n in range(MONTHS_OVER)]
        return [(month.count(0), month.count(1), month.count(2)) for month in ways]

    def lead_time(self, first: int, last: int) -> float:
        talks = [talk for n in range(first, last + 1) for talk in self.talks_of(n) if talk.slot]
        return median(
            (talk.slot.day - talk.created_at.astimezone(UTC).date()).days for talk in talks if talk.slot
        )

    def occupancy(self, first: int, last: int) -> Numbers:
        places = sum(len(slot.places) for slot in self.slots if first <= slot.day.month - 1 <= last)
        taken = sum(len(self.talks_of(n)) for n in range(first, last + 1))
        return taken, places - taken

    def interpreters(self) -> list[Numbers]:
        months = [
            [talk.interpreter for talk in self.talks_of(n) if talk.interpreter] for n in range(MONTHS_OVER)
        ]
        met = [
            sum(r.answered_at.astimezone(UTC).date() <= r.due_on for r in month if r.answered_at)
            for month in months
        ]
        return [
            (count, len(month) - count, len(self.talks_of(n)) - len(month))
            for n, (count, month) in enumerate(zip(met, months, strict=True))
        ]

    def messages(self) -> list[Numbers]:
        ours = {
            talk.id
            for talk in db.session.scalars(select(Booking))
            if talk.service_id == self.slots[0].service_id
        }
        found = [
            m for m in db.session.scalars(select(Message)) if m.about_id in ours and m.created_at.year == 2026
        ]
        months = [[m.state for m in found if m.created_at.month == n + 1] for n in range(MONTHS_OVER)]
        return [(month.count("sent"), month.count("failed")) for month in months]


def plain(joined: object) -> list[tuple[int, int, Numbers]]:
    return [(j.first, j.last, j.numbers) for j in joined if any(j.numbers)]  # type: ignore[attr-defined]


def test_the_numbers_are_those_of_a_naive_count(service: Service, history: None) -> None:
    twin, found = Twin(service), shown(service)
    assert rows(found["no_shows"]) == plain(join_within(twin.no_shows(), twin.units))
    assert rows(found["channels"]) == plain(join_within(twin.channels(), twin.units))
    asked = join_within(twin.interpreters(), twin.units)
    assert rows(found["interpreters"]) == [
        (j.first, j.last, j.numbers[:2]) for j in asked if any(j.numbers[:2])
    ]
    assert rows(found["messages"]) == plain(join(twin.messages()))
    assert rows(found["lead_time"]) == [
        (u.first, u.last, (twin.lead_time(u.first, u.last),)) for u in twin.units
    ]
    assert rows(found["occupancy"]) == [
        (u.first, u.last, twin.occupancy(u.first, u.last)) for u in twin.units
    ]
    assert len(rows(found["occupancy"])) > 5
    assert len(rows(found["no_shows"])) > 1
    assert violations() == {}, "the demo's history is sound"


def test_erasing_people_changes_no_number(service: Service, history: None) -> None:
    before, requests = shown(service), select(func.count(InterpreterRequest.booking_id))
    kept = db.session.scalar(requests) or 0
    forget(clock.now())
    assert (db.session.scalar(requests) or 0) < kept
    assert shown(service) == before


def test_nothing_that_is_under_way_is_counted(service: Service, history: None) -> None:
    before = shown(service)
    assert before["occupancy"].rows[-1].last == MONTHS_OVER
    with time_machine.travel(NOW + timedelta(days=10), tick=False):
        after = figures(service.id, 2026, clock.now())
    assert after[0].rows[:-1] == before["occupancy"].rows, "November joins when it is over"
    assert figures(service.id, 2027, clock.now())[0].rows == []


def test_few_talks_are_joined_and_the_last_ones_wait(service: Service, history: None) -> None:
    few = db.session.scalars(
        select(Booking.id).where(Booking.service_id == service.id).order_by(Booking.id)
    ).all()
    db.session.execute(update(Booking).where(Booking.id.in_(few[::7])).values(status="cancelled_resident"))
    db.session.execute(update(Booking).where(Booking.id.not_in(few[::7])).values(status="cancelled_office"))
    db.session.execute(update(Booking).where(Booking.id.in_(few[::7])).values(status="attended"))
    found = shown(service)
    assert any(row.first < row.last for row in found["occupancy"].rows)
    for code in ("occupancy", "no_shows", "channels", "interpreters", "messages"):
        for row in found[code].rows:
            kept = row.numbers[:1] if code == "occupancy" else row.numbers
            assert all(n == 0 or n >= 5 for n in kept), (code, row)


def test_the_page_asks_for_sums_and_each_picture_has_a_name_and_its_table(
    app: Flask, administrator: Client
) -> None:
    asked = "/panel/statystyka?rok=2026&rozmowa=a1"
    with statements(app) as few:
        administrator.visit(asked)
    with app.app_context():
        load_history(clock.now())
    with statements(app) as many:
        page = administrator.visit(asked)
    assert len(few) == len(many)
    everything = " ".join(many)
    assert "booking_person" not in everything
    assert "reference" not in everything
    pictures = [svg for svg in page.dom.all(f"{SVG}svg") if svg.get("role") == "img"]
    tables = page.dom.all("table")
    assert len(pictures) == len(tables) >= 5
    for svg, table in zip(pictures, tables, strict=True):
        names = [text_of_id(page, name) for name in (svg.get("aria-labelledby") or "").split()]
        assert all(names)
        assert next(iter(table)).text == names[0]
    assert "styczeń" in page.text
    for nonsense in ("rok=1999", "rok=x&rozmowa=zzz", "rok=99999999999999999999", ""):
        assert "2026" in administrator.visit(f"/panel/statystyka?{nonsense}").title, nonsense


def text_of_id(page: Page, name: str) -> str:
    found = re.search(rf'id="{name}">([^<]+)<', page.everything)
    return found[1] if found else ""


def test_the_file_has_the_numbers_of_the_page_and_asks_for_the_password(
    app: Flask, interviewer: Client
) -> None:
    with app.app_context():
        load_history(clock.now())
    form = interviewer.visit(
        interviewer.visit("/panel/statystyka?rozmowa=a1").links()["Pobierz liczby (CSV)"]
    )
    wrong = interviewer.submit(form, "Pobierz", password="x" * 20)
    assert wrong.status == 422
    assert "Hasło jest nieprawidłowe" in wrong.text
    answer = interviewer.press(form, "Pobierz", password=PASSWORDS["interviewer"][1])
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="statystyka-2026.csv"'
    assert answer.headers["Cache-Control"] == "no-store"
    data = answer.get_data()
    assert data.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))
    assert lines[0] == ["Rodzaj rozmowy", "Rok", "Miesiące", "Zestawienie", "Co liczymy", "Liczba"]
    with app.app_context():
        service = db.session.scalars(select(Service).where(Service.code == "a1")).one()
        expected = [
            n for figure in figures(service.id, 2026, clock.now()) for row in figure.rows for n in row.numbers
        ]
        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        assert [float(line[-1].replace(",", ".")) for line in lines[1:]] == expected
        assert (entry.action, entry.subject, entry.subject_id) == (
            "statistics_exported",
            f"2026: {len(expected)} rows of service",
            service.id,
        )


def test_guessing_the_password_ends(interviewer: Client) -> None:
    form = interviewer.visit("/panel/statystyka/plik")
    answers = [interviewer.press(form, "Pobierz", password=f"{n:020}").status_code for n in range(11)]
    assert answers == [422] * 10 + [429]


@pytest.mark.parametrize(
    "payload", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\0x", '=HYPERLINK("http://x";"y")']
)
def test_no_cell_starts_a_formula(payload: str) -> None:
    text = spreadsheet([[payload, "zwykły; tekst"]]).decode("utf-8-sig")
    first, second = next(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
    assert (first, second) == (f"'{payload}", "zwykły; tekst")


def test_days_are_counted_in_utc_on_both_databases(service: Service, history: None) -> None:
    """A booking made after midnight in Poland is one of the day before: on both databases alike."""
    booking = db.session.scalars(select(Booking).where(Booking.service_id == service.id)).first()
    assert booking
    booking.created_at = datetime(2026, 2, 28, 23, 30, tzinfo=UTC)
    db.session.commit()
    assert rows(shown(service)["lead_time"]) == [
        (u.first, u.last, (Twin(service).lead_time(u.first, u.last),)) for u in Twin(service).units
    ]
