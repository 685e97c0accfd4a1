"""Staff read their slots in a calendar of their own, under a secret address: neutral words, and an end to it at any time."""

import re

import pytest
import time_machine
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select, update

from portal import clock
from portal.accounts.models import Account, AuditEntry
from portal.booking.actions import Wish, book
from portal.booking.feeds import WRONG_PER_ADDRESS
from portal.booking.models import CalendarFeed, Resource, Slot
from portal.db import db
from portal.programmes.models import service_called
from tests.client import Client
from tests.conftest import PASSWORDS, free_slots

pytestmark = pytest.mark.pages

BUTTONS = ("Utwórz adres", "Utwórz nowy adres")
OWN = PASSWORDS["interviewer"][1]


def make(staff: Client, person: str = "Specjalista 1") -> str:
    """The path of a new address, through the page."""
    page = staff.visit("/panel/kalendarz")
    option = next(o for o in page.dom.all("option") if o.text == person)
    button = BUTTONS["Wyłącz ten adres" in page.text]
    page = staff.submit(page, button, resource_id=option.get("value"), own_password=OWN)
    found = re.search(r"<code>(http[^<]+)</code>", page.everything)
    assert found, page.text
    return (
        found[1].partition("example")[2] if "example" in found[1] else re.sub("^https?://[^/]+", "", found[1])
    )


def events(client: Client, path: str) -> list[dict[str, str]]:
    answer = client.get(path)
    assert answer.status_code == 200
    calendar = Calendar.from_ical(answer.get_data())
    return [{name: value.to_ical().decode() for name, value in e.items()} for e in calendar.walk("VEVENT")]


def book_one(app: Flask) -> str:
    with app.app_context():
        service = service_called("a1")
        assert service
        wish = Wish(service.id, free_slots()[0], "Anna Nowak", "phone", "+48500600700", "pl", "form", "hold")
        return book(wish, clock.now()).reference


def audited(app: Flask) -> list[str]:
    with app.app_context():
        return [e.action for e in db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))][-2:]


def test_the_calendar_shows_hours_office_and_how_many_and_betrays_nothing(
    app: Flask, interviewer: Client, stranger: Client
) -> None:
    reference = book_one(app)
    path = make(interviewer)
    answer = stranger.get(path)
    assert answer.mimetype == "text/calendar"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "Set-Cookie" not in answer.headers
    first, *others = events(stranger, path)
    assert first["SUMMARY"] == "Termin (1\N{NO-BREAK SPACE}osoba)"
    assert first["LOCATION"] == "Siedziba ośrodka"
    assert first["DTSTART"] == "20261124T140000Z"
    assert {event["SUMMARY"] for event in others} == {"Termin (wolny)"}
    assert len({event["UID"] for event in (first, *others)}) == len(others) + 1
    text = answer.get_data(as_text=True)
    for secret in ("Anna", "Nowak", "A.N.", reference, "500600700", "rozmow", "przemoc", "Specjalista"):
        assert secret not in text, secret


def test_only_coming_slots_that_stand_and_are_their_own(
    app: Flask, interviewer: Client, frozen: time_machine.Traveller
) -> None:
    path = make(interviewer)
    before = events(interviewer, path)
    frozen.move_to("2026-11-25T08:00:00+01:00")
    assert len(events(interviewer, path)) == len(before) - 3, "Tuesday's are over"
    with app.app_context():
        gone = db.session.scalars(
            select(Slot.id).join(Slot.lead).where(Resource.name == "Specjalista 1")
        ).all()
        db.session.execute(update(Slot).where(Slot.id.in_(gone)).values(status="cancelled"))
        db.session.commit()
    assert events(interviewer, path) == []


def test_the_secret_is_shown_once_kept_as_a_hash_and_noted(app: Flask, interviewer: Client) -> None:
    path = make(interviewer)
    token = path.removeprefix("/kalendarz/").removesuffix(".ics")
    assert len(token) >= 43, "256 bits"
    again = interviewer.visit("/panel/kalendarz")
    assert token not in again.everything
    assert "Masz adres" in again.text
    with app.app_context():
        assert token not in str([vars(feed) for feed in db.session.scalars(select(CalendarFeed))])
    assert audited(app)[-1] == "calendar_made"


def test_nobody_who_finds_the_panel_open_takes_an_address_along(app: Flask, interviewer: Client) -> None:
    page = interviewer.visit("/panel/kalendarz")
    for wrong in ("", "not mine, not mine"):
        refused = interviewer.submit(page, "Utwórz adres", own_password=wrong)
        assert refused.status == 422
        assert "/kalendarz/" not in refused.text
    with app.app_context():
        assert not db.session.scalars(select(CalendarFeed)).all()


def test_a_new_address_and_an_end_close_the_old_one(
    app: Flask, interviewer: Client, stranger: Client
) -> None:
    old = make(interviewer)
    new = make(interviewer, "Specjalista 3")
    assert stranger.get(old).status_code == 404
    assert stranger.get(new).status_code == 200
    interviewer.submit(interviewer.visit("/panel/kalendarz"), "Wyłącz ten adres")
    assert stranger.get(new).status_code == 404
    assert audited(app) == ["calendar_made", "calendar_ended"]


@pytest.mark.parametrize("what", ["account ends", "other role", "interviewer leaves"])
def test_who_no_longer_works_here_reads_nothing(
    app: Flask, interviewer: Client, stranger: Client, what: str
) -> None:
    path = make(interviewer)
    with app.app_context():
        if what == "account ends":
            db.session.execute(update(Account).values(is_active=False))
        elif what == "other role":
            db.session.execute(update(Account).values(role="editor"))
        else:
            db.session.execute(update(Resource).values(is_active=False))
        db.session.commit()
    assert stranger.get(path).status_code == 404


def test_guessing_is_counted_and_keeps_no_calendar_out(interviewer: Client, stranger: Client) -> None:
    path = make(interviewer)
    answers = [stranger.get(f"/kalendarz/{n:043}.ics").status_code for n in range(WRONG_PER_ADDRESS + 1)]
    assert answers == [404] * WRONG_PER_ADDRESS + [429]
    assert stranger.get(path).status_code == 200


def test_nobody_is_shown_who_is_no_interviewer(app: Flask, interviewer: Client) -> None:
    with app.app_context():
        interpreter = db.session.scalars(select(Resource.id).where(Resource.kind == "interpreter")).first()
    page = interviewer.visit("/panel/kalendarz")
    page = interviewer.submit(page, "Utwórz adres", resource_id=interpreter, own_password=OWN)
    assert page.status == 422
