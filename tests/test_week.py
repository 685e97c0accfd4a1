"""The calendar of slots: narrowed to one person, room or place, as quick with ten thousand slots, and on paper."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from portal import clock
from portal.accounts.models import AuditEntry
from portal.booking.actions import Wish, book
from portal.booking.models import Office, Place, Resource, Slot
from portal.booking.timetable import Which, slots_between
from portal.db import db
from portal.programmes.models import service_called
from tests.client import Client, Page
from tests.conftest import free_slots, signed_in
from tests.test_staff_slots import offer_one

pytestmark = pytest.mark.pages

WEEK = "/panel/terminy?tydzien=2026-12-01"
DAY = "/panel/terminy/dzien/2026-12-01"


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """What the database is asked meanwhile."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


def add_slots(count: int, *, hour: int = 6) -> None:
    """More slots on the first Tuesday of December, each with two places; three of them have a booking."""
    service = service_called("a1")
    assert service
    office, lead = (
        db.session.scalars(select(Office.id)).one(),
        Resource(kind="interviewer", name=f"Specjalista {hour}"),
    )
    db.session.add(lead)
    db.session.flush()
    starts = clock.at_local(clock.local(clock.now()).replace(month=12, day=1, hour=hour, tzinfo=None))[0]
    moments = [starts + timedelta(minutes=5 * (number % 100)) for number in range(count)]
    slots = [
        Slot(service_id=service.id, office_id=office, lead_id=lead.id, day=clock.day_of(at)) for at in moments
    ]
    for slot, at in zip(slots, moments, strict=True):
        slot.starts_at, slot.ends_at = at, at + timedelta(minutes=5)
        slot.places = [Place(ordinal=1), Place(ordinal=2)]
    db.session.add_all(slots)
    db.session.commit()
    for slot in slots[:3]:
        form = f"form-{slot.id}"
        book(Wish(service.id, slot.id, "Anna Nowak", "none", None, "pl", form, form), clock.now())


def person_called(name: str) -> int:
    return db.session.scalars(select(Resource.id).where(Resource.name == name)).one()


def rows(page: Page) -> int:
    return len([*page.dom.all("tbody")[0].iter("tr")])


def test_week_and_day_ask_as_little_with_many_slots_as_with_few(app: Flask, interviewer: Client) -> None:
    asked: list[tuple[int, int]] = []
    for count in (0, 3, 550):  # more than one IN of a select-in load
        with app.app_context():
            add_slots(count, hour=6 + len(asked)) if count else None
        with statements(app) as week:
            interviewer.visit(WEEK)
        with statements(app) as day:
            interviewer.visit(DAY)
        asked.append((len(week), len(day)))
    assert asked[0] == asked[1] == asked[2]


def test_only_what_is_shown_is_read(app: Flask, interviewer: Client) -> None:
    with app.app_context():
        add_slots(1)
    with statements(app) as asked:
        interviewer.visit(WEEK)
        interviewer.visit(DAY)
    everything = " ".join(asked)
    assert "name_sealed" in everything
    for column in ("contact_sealed", "needs_sealed", "pin_hash", "form_hash", "hold_hash", "source_hash"):
        assert column not in everything, column


def test_the_calendar_is_narrowed_to_an_interviewer_and_stays_so(app: Flask, interviewer: Client) -> None:
    with app.app_context():
        one, other = person_called("Specjalista 1"), person_called("Specjalista 3")
    page = interviewer.visit(f"{WEEK}&osoba={one}")
    assert page.h1 == "Terminy: Specjalista 1"
    assert "Specjalista 3" not in page.dom.all("table")[0].itertext()
    links = page.links()
    for name in ("Poprzedni tydzień", "Ten tydzień", "Następny tydzień"):
        assert f"osoba={one}" in links[name], name
    assert f"osoba={one}" in interviewer.visit(links["Następny tydzień"]).links()["Następny tydzień"]
    day = interviewer.visit(f"{DAY}?osoba={other}")
    assert "nie ma terminów" in day.text
    assert f"osoba={other}" in day.links()["Cały tydzień"]


def test_an_empty_cell_offers_a_slot_of_the_one_whose_week_it_is(app: Flask, interviewer: Client) -> None:
    with app.app_context():
        other = person_called("Specjalista 3")
    page = interviewer.visit(f"/panel/terminy?tydzien=2027-03-01&osoba={other}")
    empty = page.links()["Dodaj termin: poniedziałek, 1 marca 2027 r., 8:00"]
    form = interviewer.visit(empty)
    assert [o.text for o in form.dom.all("option") if "selected" in o.attrib and "Spec" in str(o.text)] == [
        "Specjalista 3"
    ]
    assert 'value="2027-03-01"' in form.everything
    assert 'value="08:00' in form.everything


def test_rooms_and_places_narrow_too(app: Flask, interviewer: Client) -> None:
    with app.app_context():
        day = clock.day_of(clock.now()) + timedelta(2)
        slot = db.session.scalars(select(Slot).where(Slot.day == day)).first()
        assert slot
        room = Resource(kind="room", name="Sala 8", office_id=slot.office_id)
        elsewhere = Office(name="Filia", address="ul. Inna 1", phone="1")
        db.session.add_all([room, elsewhere])
        db.session.flush()
        slot.room_id = room.id
        db.session.commit()
        room_id, here, there = room.id, slot.office_id, elsewhere.id
        assert [found.id for found in slots_between(day, day, Which(room_id=room_id))] == [slot.id]
    page = f"/panel/terminy/dzien/{day}"
    assert rows(interviewer.visit(f"{page}?sala={room_id}")) == 1
    assert rows(interviewer.visit(f"{page}?sala={room_id}&miejsce={here}")) == 1
    assert "nie ma terminów" in interviewer.visit(f"{page}?miejsce={there}").text


def chosen(page: Page) -> dict[str, tuple[list[str], str]]:
    """What the filter of a calendar offers besides everything, and what is chosen in it."""
    return {
        select.get("name", ""): (
            [str(option.text) for option in select.iter("option")][1:],
            "".join(str(option.text) for option in select.iter("option") if "selected" in option.attrib),
        )
        for select in page.dom.all("select")
    }


def test_the_filter_offers_people_rooms_and_places_apart_and_keeps_what_is_chosen(
    app: Flask, interviewer: Client
) -> None:
    with app.app_context():
        db.session.add(Office(name="Filia", address="ul. Inna 1", phone="1"))
        db.session.commit()
        here, room, person = (
            db.session.scalars(select(kind.id).where(kind.name == name)).one()
            for kind, name in ((Office, "Filia"), (Resource, "Sala 2"), (Resource, "Specjalista 2"))
        )
    people, rooms = [f"Specjalista {n}" for n in (1, 2, 3)], ["Sala 1", "Sala 2"]
    page = interviewer.visit(WEEK)
    assert page.h1 == "Terminy"
    offered = chosen(page)
    assert (offered["osoba"], offered["sala"]) == ((people, ""), (rooms, ""))
    assert "Filia" in offered["miejsce"][0]
    narrowed = interviewer.visit(f"{WEEK}&osoba={person}&sala={room}&miejsce={here}")
    assert narrowed.h1 == "Terminy: Specjalista 2, Sala 2, Filia"
    assert [one for _all, one in chosen(narrowed).values()] == ["Specjalista 2", "Sala 2", "Filia"]
    assert "nie ma terminów" in narrowed.text


def test_the_days_of_a_week_are_counted_and_a_weekend_is_there_when_somebody_works(
    interviewer: Client,
) -> None:
    empty = interviewer.visit("/panel/terminy?tydzien=2027-05-12")
    assert "W tygodniu, który zaczyna się 10 maja 2027 r., nie ma terminów." in empty.text
    assert days_of(empty) == ["pon. 10.05", "wt. 11.05", "śr. 12.05", "czw. 13.05", "pt. 14.05"]
    for day, hour in (("15", "09:00"), ("15", "11:00"), ("14", "09:00")):
        offer_one(interviewer, day=f"2027-05-{day}", from_time=hour)
    week = interviewer.visit("/panel/terminy?tydzien=2027-05-12")
    assert days_of(week) == [*days_of(empty), "sob. 15.05"]
    for words in (
        "czwartek, 13 maja 2027 r. brak",
        "piątek, 14 maja 2027 r. 1 termin ",
        "sobota, 15 maja 2027 r. 2 terminy",
    ):
        assert words in week.text, words


def days_of(page: Page) -> list[str]:
    """The heads of the columns."""
    return [
        " ".join("".join(head.itertext()).split())
        for head in page.dom.all("th")
        if head.get("scope") == "col"
    ][1:]


def test_nonsense_narrows_nothing(interviewer: Client) -> None:
    for nonsense in ("osoba=999999999999", "osoba=x", "sala=99", "miejsce=-1", "osoba="):
        assert interviewer.visit(f"{WEEK}&{nonsense}").h1 == "Terminy", nonsense


def test_the_sheet_says_who_comes_and_what_is_needed_and_nothing_more(
    app: Flask, interviewer: Client
) -> None:
    with app.app_context():
        service = service_called("a1")
        assert service
        wish = Wish(
            *(service.id, free_slots()[0], "Anna Nowak", "phone", "+48500600700", "pl", "form", "hold"),
            needs=("loop", "wheelchair"),
            other_need="proszę dzwonić do siostry",
        )
        receipt = book(wish, clock.now())
    page = interviewer.visit(interviewer.visit("/panel/terminy/dzien/2026-11-24").links()["Arkusz do druku"])
    for words in ("A.N.", receipt.reference, "Pętla indukcyjna", "wózku", "coś jeszcze: patrz karta"):
        assert words in page.text, words
    for secret in ("Anna", "Nowak", "500", "siostry", "przemoc"):
        assert secret not in page.text, secret
    with app.app_context():
        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        assert (entry.action, entry.subject, entry.subject_id) == ("day_sheet_read", "day", 20261124)
    paper = signed_in(app, "administrator").visit(f"/panel/dziennik/booking/{receipt.booking_id}")
    assert "odczyt booking_listed" in paper.text


def test_lists_are_no_reading_of_cards(app: Flask, interviewer: Client) -> None:
    with app.app_context():
        before = db.session.scalar(select(func.count(AuditEntry.id)))
    interviewer.visit(WEEK)
    interviewer.visit(DAY)
    with app.app_context():
        assert db.session.scalar(select(func.count(AuditEntry.id))) == before
