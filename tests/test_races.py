"""The last place is never sold twice: real processes, both databases, and a naive twin that must fail."""

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal import clock
from portal.accounts.models import account_called
from portal.booking import actions
from portal.booking.checks import violations
from portal.booking.models import Booking, Office, Place, Resource
from portal.booking.offering import Terms, offer
from portal.booking.series import Span
from portal.db import db
from portal.demo.load import ACCOUNTS
from portal.outbox.models import Message
from portal.programmes.models import service_called
from tests import races
from tests.client import Client
from tests.conftest import Databases, browse, free_slots, make_app

PLACES = 15
RACERS = 60


class Scene:
    """A database with one slot that everybody wants and one with room for all."""

    def __init__(self, url: str, folder: Path, room: int = RACERS + 10) -> None:
        self.url, self.folder, self._room = url, folder, room
        self.app = make_app(url, folder, **races.ALL_FROM_HERE)
        with self.app.app_context():
            self.day, self.wanted, self.roomy = self._offer()
            db.engine.dispose()

    def _offer(self) -> tuple[str, int, int]:
        service, by = service_called("a1"), account_called(ACCOUNTS[1].login)
        office = db.session.scalars(select(Office)).first()
        assert service
        assert by
        assert office
        service.phone_percent = 0  # every place is for everybody
        db.session.commit()
        day = next_working_day(clock.now() + timedelta(days=8))
        people = [self._somebody(n) for n in (1, 2)]
        span = Span(day, day + timedelta(minutes=45))
        slots = [
            offer(Terms(service.id, office.id, person, capacity), [span], by, clock.now())[0]
            for person, capacity in zip(people, (PLACES, self._room), strict=True)
        ]
        return clock.day_of(day).isoformat(), slots[0].id, slots[1].id

    def _somebody(self, number: int) -> int:
        person = Resource(kind="interviewer", name=f"Zawodnik {number}")
        db.session.add(person)
        db.session.commit()
        return person.id

    def booked(self, slot_id: int) -> tuple[int, int]:
        """Places booked in the slot, and bookings that say they are in it."""
        with self.app.app_context():
            places = (
                select(func.count())
                .select_from(Place)
                .where(Place.slot_id == slot_id, Place.state == "booked")
            )
            rows = select(func.count()).select_from(Booking).where(Booking.slot_id == slot_id)
            counts = db.session.scalar(places) or 0, db.session.scalar(rows) or 0
            db.session.remove()
            db.engine.dispose()
            return counts

    def book(self, count: int) -> list[int]:
        """So many bookings in the slot with room for all; in the wanted one if it is one."""
        slot_id = self.wanted if count == 1 else self.roomy
        with self.app.app_context():
            made = [actions.book(races.wish(n, slot_id), clock.now()).booking_id for n in range(count)]
        self.rest()
        return made

    def others(self, count: int) -> list[int]:
        """Free slots of the demo, each with one place."""
        with self.app.app_context():
            found = free_slots()[-count:]
        self.rest()
        return found

    def state_of(self, booking_id: int) -> tuple[int | None, str]:
        """Where a booking is and how it stands."""
        with self.app.app_context():
            booking = db.session.get_one(Booking, booking_id)
            state = booking.slot_id, booking.status
        self.rest()
        return state

    def violations(self) -> dict[str, list[int]]:
        """What the check of the bookings finds."""
        with self.app.app_context():
            found = violations()
        self.rest()
        return found

    def rest(self) -> None:
        """Close every connection before others open theirs."""
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    def confirmations(self) -> int:
        with self.app.app_context():
            count = db.session.scalar(select(func.count()).where(Message.kind == "confirmed")) or 0
            db.session.remove()
            db.engine.dispose()
            return count


def next_working_day(moment: datetime) -> datetime:
    while not clock.is_working_day(clock.day_of(moment)):
        moment += timedelta(days=1)
    return moment.replace(hour=9, minute=0, second=0, microsecond=0)


def _quick(app: Flask) -> Client:
    client = browse(app)
    client.checks = False
    return client


@pytest.fixture
def scene(kind: str, databases: Databases, tmp_path: Path) -> Scene:
    return Scene(databases.filled(kind, tmp_path), tmp_path)


def test_sixty_people_want_fifteen_places(scene: Scene) -> None:
    facts: dict[str, Any] = {"day": scene.day, "wanted": scene.wanted, "roomy": scene.roomy}
    cookies = [races.answer_everything(_quick(scene.app), number, facts) for number in range(RACERS)]
    scene.rest()
    facts |= {"cookies": cookies}
    answers = races.race(races.change_to_the_wanted_slot, RACERS, scene.url, scene.folder, **facts)
    assert Counter(answer[0] for answer in answers) == {200: PLACES, 409: RACERS - PLACES}
    for status, *seen in answers:
        if status == 200:
            assert seen[0] == "Termin zarezerwowany"
        else:
            kept, other_times = seen
            assert kept
            assert other_times > 0
    assert scene.booked(scene.wanted) == (PLACES, PLACES)


def test_without_holds_the_action_alone_keeps_the_capacity(scene: Scene) -> None:
    answers = races.race(races.book_without_a_hold, 30, scene.url, scene.folder, slot=scene.wanted)
    references = [answer for answer in answers if answer != "taken"]
    assert len(references) == len(set(references)) == PLACES
    assert scene.booked(scene.wanted) == (PLACES, PLACES)


def oversells(scene: Scene, runner: races.Runner, count: int, **facts: Any) -> bool:
    """Whether a naive twin sells too much in one of a few slots: by chance it may get away with one of them."""
    for slot in scene.others(4):
        answers = races.race(runner, count, scene.url, scene.folder, slot=slot, **facts)
        if sum(answer != "taken" for answer in answers) > facts["capacity"]:
            return True
    return False


def test_the_naive_twin_oversells(scene: Scene) -> None:
    assert oversells(scene, races.book_naively, 24, capacity=3), "the race is too tame to prove anything"


def test_one_form_sent_twenty_times_is_one_booking(scene: Scene) -> None:
    client = browse(scene.app)
    page = client.visit(f"/umow-rozmowe/a1/termin?tydzien={scene.day}")
    page = client.submit(page, "Dalej", slot=scene.wanted)
    page = client.submit(page, "Dalej")
    page = client.submit(page, "Dalej", name="Osoba", channel="email", email="osoba@example.com")
    cookie = client.get_cookie("portal")
    assert cookie
    token = next(
        i.get("value") for i in page.form("Zarezerwuj termin").iter("input") if i.get("name") == "csrf_token"
    )
    scene.rest()
    facts = {"cookie": cookie.value, "csrf_token": token}
    answers = races.race(races.send_one_form_again, 20, scene.url, scene.folder, **facts)
    assert {answer[:2] for answer in answers} == {(303, "Termin zarezerwowany")}
    assert len({answer[2] for answer in answers}) == 1, "every answer shows the same reference and PIN"
    assert scene.booked(scene.wanted) == (1, 1)
    assert scene.confirmations() == 1


def test_of_many_moves_of_one_booking_one_wins(scene: Scene) -> None:
    booking, targets = scene.book(1)[0], scene.others(4)
    answers = races.race(races.move_booking, 8, scene.url, scene.folder, booking=booking, targets=targets)
    moved = [answer for answer in answers if answer in targets]
    assert len(set(moved)) == 1, "those who wanted the same slot may find it moved there already"
    assert set(answers) <= {moved[0], "changed"}
    assert scene.state_of(booking) == (moved[0], "confirmed")
    assert scene.violations() == {}


def test_a_move_and_a_cancellation_at_once_free_the_place_once(scene: Scene) -> None:
    booking, targets = scene.book(1)[0], scene.others(1)
    answers = races.race(races.move_or_cancel, 8, scene.url, scene.folder, booking=booking, targets=targets)
    slot, status = scene.state_of(booking)
    if status == "confirmed":
        assert set(answers) == {targets[0], "changed"}
        assert slot == targets[0]
    else:
        assert set(answers) <= {"cancelled_resident", "ended"}
        assert scene.booked(targets[0])[0] == 0
    assert scene.booked(scene.wanted)[0] == 0
    assert scene.violations() == {}


def test_a_slot_is_booked_or_taken_back_and_never_both(scene: Scene) -> None:
    answers = races.race(races.book_or_close, 9, scene.url, scene.folder, slot=scene.wanted)
    if "cancelled" in answers:
        assert Counter(answers) == {"cancelled": 1, "gone": 8}
    else:
        assert "has_bookings" in answers
        assert scene.booked(scene.wanted) == (8, 8)
    assert scene.violations() == {}


def test_the_naive_twin_of_a_move_oversells(scene: Scene) -> None:
    facts = {"bookings": scene.book(16), "capacity": 1}
    assert oversells(scene, races.move_naively, 16, **facts), "the race is too tame to prove anything"
    assert scene.violations() != {}, "and the check finds it"


@pytest.mark.torture
@pytest.mark.parametrize("turn", range(5))
def test_sixty_people_again(scene: Scene, turn: int) -> None:
    test_sixty_people_want_fifteen_places(scene)
