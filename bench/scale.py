"""Years of bookings: the same week of the staff's calendar in a database of a hundred slots and in one of ten thousand."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from flask_migrate import upgrade
from sqlalchemy import func, insert, select, text

from bench import content, tables
from bench.booking import TOKEN
from bench.browsers import Inside
from portal import clock
from portal.app import create_app
from portal.booking.models import Booking, BookingPerson, Office, Place, Resource, Slot, SlotResource
from portal.crypto import keyring
from portal.db import db
from portal.demo.load import ACCOUNTS, load
from portal.outbox.models import Message
from portal.programmes.models import service_called
from tests.parts import postgres

FEW, MANY = 100, 10_000
PLACES = 10
HOURS, DAYS = 8, 5
AT_ONCE = 2_000
ROUNDS = 40
MOST = 1.5
HEADING = ["staff page", f"{FEW:,} slots", f"{MANY:,} slots", "ms: ratio", "at most", "SQL", "SQL", "bytes"]


@dataclass
class Visits:
    """What one page has cost in one database."""

    seconds: list[float]
    queries: int
    size: int

    @property
    def middle(self) -> float:
        return median(self.seconds) * 1000


def compare(folder: Path, *, on_postgres: bool) -> int:
    """Print what the calendar costs with few and with many slots; 1 when many cost more queries or too much more time."""
    with ExitStack() as stack:
        urls = stack.enter_context(databases(folder, on_postgres=on_postgres))
        few, many = (_desk(folder, url, slots) for url, slots in zip(urls, (FEW, MANY), strict=True))
        with create_app().app_context():
            pages = _pages(_lead())
        found = {name: measured(path, few, many) for name, path in pages.items()}
        for desk in (few, many):
            desk.close()
    print(tables.table(HEADING, [cells(name, *pair) for name, pair in found.items()]) + "\n")
    return int(not all(is_steady(*pair) for pair in found.values()))


@contextmanager
def databases(folder: Path, *, on_postgres: bool) -> Iterator[list[str]]:
    if not on_postgres:
        yield [f"sqlite:///{folder}/{slots}.sqlite" for slots in (FEW, MANY)]
        return
    with postgres.running(f"scale{os.getpid()}") as running:
        yield [running.new_database(), running.new_database()]


def _desk(folder: Path, url: str, slots: int) -> Inside:
    """A browser of somebody signed in, before a database with this many slots."""
    content.configure(folder, url)
    app = create_app()
    with app.app_context():
        upgrade()
        load(clock.now())
        grow(slots)
    content.release(app)
    browser = Inside()
    token = TOKEN.search(browser.open("/panel/logowanie").text)
    assert token
    who = {"login": ACCOUNTS[1].login, "password": ACCOUNTS[1].password, "csrf_token": token[1].decode()}
    assert browser.open("/panel/logowanie", who).status == 303
    return browser


def _pages(lead: int) -> dict[str, str]:
    monday = _next_monday().isoformat()
    return {
        "week": f"/panel/terminy?tydzien={monday}",
        "week of one interviewer": f"/panel/terminy?tydzien={monday}&osoba={lead}",
        "day": f"/panel/terminy/dzien/{monday}",
        "day sheet": f"/panel/terminy/dzien/{monday}/arkusz",
    }


def measured(path: str, *desks: Inside) -> list[Visits]:
    """Both databases in turn, so that both meet the same moods of the machine; the first visit of each is not counted."""
    visits = [Visits([], 0, 0) for _desk in desks]
    for number in range(ROUNDS + 1):
        for desk, visit in zip(desks, visits, strict=True):
            begun = perf_counter()
            answer = desk.open(path)
            took = perf_counter() - begun
            if answer.status != 200:
                raise SystemExit(f"{path}: {answer.status}")
            if number:
                visit.seconds.append(took)
                visit.queries, visit.size = desk.queries[-1], len(answer.body)
    return visits


def is_steady(few: Visits, many: Visits) -> bool:
    return few.queries == many.queries and many.middle <= MOST * few.middle


def cells(name: str, few: Visits, many: Visits) -> list[str]:
    times = [f"{few.middle:.1f}", f"{many.middle:.1f}", f"{many.middle / few.middle:.2f}", f"{MOST}"]
    return [name, *times, str(few.queries), str(many.queries), f"{many.size:,}"]


def _lead() -> int:
    return db.session.scalars(select(Resource.id).where(Resource.name == "Specjalista 2")).one()


def _next_monday() -> date:
    today = clock.day_of(clock.now())
    return today + timedelta(days=7 - today.weekday())


def grow(slots: int) -> None:
    """Fill this many slots with ten bookings each, forty slots a week, the last week being the one to come. Half of the
    people have written needs, everybody got a message."""
    monday = _next_monday()
    service = service_called("a1")
    assert service
    office = db.session.scalars(select(Office.id).limit(1)).one()
    lead = _lead()
    first = {model: _next(model) for model in (Slot, Booking)}
    for rows in _parts(range(slots)):
        moments = [(number, _moment(monday, number)) for number in rows]
        _add(Slot, [_slot(first[Slot] + n, at, service.id, office, lead) for n, at in moments])
        _add(SlotResource, [{"slot_id": first[Slot] + n, "resource_id": lead} for n in rows])
        people = [
            (n, first[Booking] + n * PLACES + place, place, at)
            for n, at in moments
            for place in range(PLACES)
        ]
        _add(Booking, [_booking(b, first[Slot] + n, service.id, at) for n, b, _place, at in people])
        _add(Place, [_place(b, first[Slot] + n, place) for n, b, place, _at in people])
        _add(BookingPerson, [_person(b) for _n, b, _place, _at in people])
        _add(Message, [_message(b, at) for _n, b, _place, at in people])
        db.session.commit()
    if db.engine.dialect.name == "postgresql":  # its autovacuum would do so; SQLite is never asked to
        db.session.execute(text("ANALYZE"))
        db.session.commit()


def _next(model: Any) -> int:
    return 1_000_000 + (db.session.scalar(select(func.max(model.id))) or 0)


def _parts(numbers: range) -> Iterator[range]:
    for begin in range(0, len(numbers), AT_ONCE // PLACES):
        yield numbers[begin : begin + AT_ONCE // PLACES]


def _moment(monday: date, number: int) -> datetime:
    week, place = divmod(number, HOURS * DAYS)
    day = monday - timedelta(days=7 * week - place // HOURS)
    return clock.at_local(datetime.combine(day, time(8 + place % HOURS)))[0]


def _add(model: Any, rows: Sequence[dict[str, Any]]) -> None:
    db.session.execute(insert(model.__table__), rows)


def _slot(slot_id: int, at: datetime, service: int, office: int, lead: int) -> dict[str, Any]:
    whose = {"service_id": service, "office_id": office, "lead_id": lead}
    when = {"starts_at": at, "ends_at": at + timedelta(minutes=45), "day": clock.day_of(at)}
    return {"id": slot_id, "status": "open", "facility": "", "version": 1, **whose, **when}


def _booking(booking_id: int, slot_id: int, service: int, at: datetime) -> dict[str, Any]:
    is_over = at < clock.now()
    status = ("no_show" if booking_id % 7 == 0 else "attended") if is_over else "confirmed"
    return {
        "id": booking_id,
        "service_id": service,
        "slot_id": slot_id,
        "status": status,
        "reference": f"{booking_id:09}",
        "form_hash": f"{booking_id:064}",
        "pin_hash": "0" * 64,
        "origin": ("online", "phone", "desk")[booking_id % 3],
        "version": 1,
        "schedule_version": 1,
        "moves": 0,
        "created_at": min(at, clock.now()) - timedelta(days=booking_id % 30 + 1),
    }


def _place(booking_id: int, slot_id: int, number: int) -> dict[str, Any]:
    what = {"channel": "any", "state": "booked", "is_extra": False}
    return {"slot_id": slot_id, "ordinal": number + 1, "booking_id": booking_id, **what}


def _person(booking_id: int) -> dict[str, Any]:
    name = keyring().seal("Anna Nowak", f"booking_person|name_sealed|{booking_id}")
    needs = keyring().seal("loop", f"booking_person|needs_sealed|{booking_id}") if booking_id % 2 else None
    may = {"may_leave_message": False, "may_say_who": False}
    who = {"channel": "none", "language": "pl", "needs_sealed": needs}
    return {"booking_id": booking_id, "name_sealed": name, **who, **may}


def _message(booking_id: int, at: datetime) -> dict[str, Any]:
    what = {"about": "booking", "about_id": booking_id, "kind": "confirmed", "schedule_version": 1}
    sent_at = min(at, clock.now()) - timedelta(days=1)
    how = {"channel": "email", "state": "sent", "attempts": 1, "due_at": sent_at}
    return {**what, **how, "created_at": sent_at, "sent_at": sent_at}
