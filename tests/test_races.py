"""The last place is never sold twice: real processes, both databases, and a naive twin that must fail."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from portal import clock
from portal.accounts.models import account_called
from portal.booking import actions
from portal.booking.checks import violations
from portal.booking.models import Booking, Office, Place, Resource
from portal.booking.offering import Terms, offer
from portal.booking.offers import accept
from portal.booking.series import Span
from portal.db import db
from portal.demo.load import ACCOUNTS
from portal.outbox.models import Message
from portal.outbox.models import waiting as is_due
from portal.programmes.models import service_called
from tests import naive, races
from tests.client import Client
from tests.conftest import Databases, browse, free_slots, make_app
from tests.parts import smtp

PLACES = 15
FEW, RACERS = 30, 60
CROWD, SLOTS = 12, 6
HAS_NO_PLACE = "a booking that holds has exactly one place, in its own slot (I1, I2, I3)"
STILL_HAS_PLACE = "a booking that has ended or waits for another time has no place (I3)"
IN_CANCELLED_SLOT = "nobody has a place in a cancelled slot (I10)"
NOT_KEPT = "an offer that runs has a place kept for it (I4)"


class Scene:
    """A database with one slot that everybody wants and one with room for all."""

    def __init__(self, url: str, folder: Path, room: int = RACERS + 10) -> None:
        self.url, self.folder, self._room = url, folder, room
        self._people = count(1000)
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

    def more(self, number: int, places: int, begin: datetime | None = None) -> list[int]:
        """So many further slots, each with so many places, the first at this moment."""
        with self.app.app_context():
            service, by = service_called("a1"), account_called(ACCOUNTS[1].login)
            office = db.session.scalars(select(Office)).first()
            assert service
            assert by
            assert office
            begin = begin or next_working_day(clock.now() + timedelta(days=9))
            starts = [begin + timedelta(minutes=5 * n) for n in range(number)]
            spans = [Span(at, at + timedelta(minutes=5)) for at in starts]
            terms = Terms(service.id, office.id, self._somebody(3), places)
            made = [slot.id for slot in offer(terms, spans, by, clock.now())]
        self.rest()
        return made

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

    def held(self) -> int:
        """How many places are held."""
        with self.app.app_context():
            count = db.session.scalar(select(func.count()).where(Place.state == "held")) or 0
        self.rest()
        return count

    def book(self, count: int) -> list[int]:
        """So many bookings in the slot with room for all; in the wanted one if it is one."""
        slot_id = self.wanted if count == 1 else self.roomy
        with self.app.app_context():
            made = [actions.book(races.wish(n, slot_id), clock.now()).booking_id for n in range(count)]
        self.rest()
        return made

    def crowd(self, slot_id: int, count: int = 1) -> tuple[int, list[int]]:
        """Who has the only place that there is, and those who wait for one, the longest first."""
        with self.app.app_context():
            self._leave_only(slot_id)
            holder = actions.book(races.wish(next(self._people), slot_id), clock.now()).booking_id
            wishes = [races.wish(next(self._people), None) for _ in range(count)]
            waiting = [actions.book(wish, clock.now()).booking_id for wish in wishes]
        self.rest()
        return holder, waiting

    def crowd_at_a_hold(self, slot_id: int) -> int:
        """Somebody waits, and the only place that there is has just become free."""
        with self.app.app_context():
            self._leave_only(slot_id)
            service = service_called("a1")
            assert service
            actions.hold(service, slot_id, "somebody", clock.now())
            waiting = actions.book(races.wish(next(self._people), None), clock.now()).booking_id
            actions.give_back("somebody")
        self.rest()
        return waiting

    def _leave_only(self, slot_id: int) -> None:
        others = update(Place).where(Place.slot_id != slot_id, Place.state == "free")
        db.session.execute(others.values(state="blocked"))
        db.session.execute(update(Place).where(Place.slot_id == slot_id).values(state="free"))
        db.session.commit()

    def offer_in(self, slot_id: int) -> dict[str, Any]:
        """Give the only place back, so that somebody is asked: whom, until when, and who would be the next."""
        holder, waiting = self.crowd(slot_id, 2)
        with self.app.app_context():
            actions.cancel(holder, 1, clock.now())
            asked = db.session.scalars(select(Booking).where(Booking.offered_slot_id == slot_id)).one()
            offer = {"booking": asked.id, "version": asked.version, "deadline": asked.respond_by}
        self.rest()
        return offer | {"slot": slot_id, "next": waiting[-1]}

    def asked(self, slot_id: int) -> list[int]:
        """Who is offered a place in the slot."""
        with self.app.app_context():
            found = list(db.session.scalars(select(Booking.id).where(Booking.offered_slot_id == slot_id)))
        self.rest()
        return found

    def accept(self, booking_id: int) -> None:
        """Say yes to what is offered."""
        with self.app.app_context():
            version = db.session.get_one(Booking, booking_id).version
            accept(booking_id, version, clock.now())
        self.rest()

    def to_deliver(self) -> list[int]:
        """The letters that are due."""
        with self.app.app_context():
            due = select(Message.id).where(is_due(clock.now())).order_by(Message.due_at, Message.id)
            found = list(db.session.scalars(due))
        self.rest()
        return found

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


@pytest.mark.parametrize("racers", [FEW, pytest.param(RACERS, marks=pytest.mark.torture)])
def test_many_people_want_fifteen_places(scene: Scene, racers: int) -> None:
    facts: dict[str, Any] = {"day": scene.day, "wanted": scene.wanted, "roomy": scene.roomy}
    cookies = [races.answer_everything(_quick(scene.app), number, facts) for number in range(racers)]
    scene.rest()
    facts |= {"cookies": cookies}
    answers = races.race(races.change_to_the_wanted_slot, racers, scene.url, scene.folder, **facts)
    assert Counter(answer[0] for answer in answers) == {200: PLACES, 409: racers - PLACES}
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
    assert oversells(scene, naive.book, 24, capacity=3), "the race is too tame to prove anything"


def test_whoever_chooses_several_slots_at_once_holds_one_of_them(scene: Scene) -> None:
    """A slow phone, and an impatient thumb."""
    facts = {"day": scene.day, "wanted": scene.wanted, "roomy": scene.roomy}
    cookie = races.answer_everything(_quick(scene.app), 1, facts)
    facts |= {"cookie": cookie, "slots": [scene.wanted, scene.roomy, *scene.others(2)]}
    answers = races.race(races.choose_in_one_browser, 8, scene.url, scene.folder, **facts)
    assert answers == [303] * 8
    assert scene.held() == 1


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
    assert oversells(scene, naive.move, 16, **facts), "the race is too tame to prove anything"
    assert scene.violations() != {}, "and the check finds it"


def in_some_slot(scene: Scene, goes_wrong: Callable[[int], bool]) -> bool:
    """Whether it goes wrong in one of a few slots: by chance a naive twin may get away with one of them."""
    return any(goes_wrong(slot) for slot in scene.others(SLOTS))


def test_a_place_is_offered_or_booked_and_never_both(scene: Scene) -> None:
    (slot,) = scene.others(1)
    waits = scene.crowd_at_a_hold(slot)
    answers = races.race(races.offer_or_book, CROWD, scene.url, scene.folder, slot=slot)
    booked = [a for a in answers if a not in {"taken", "offered", "nobody was asked"}]
    assert len(booked) + answers.count("offered") == 1
    assert scene.asked(slot) == [waits] * answers.count("offered")
    assert scene.booked(slot) == (len(booked), len(booked))
    assert scene.violations() == {}


def test_a_place_that_is_given_back_goes_to_whoever_waits(scene: Scene) -> None:
    (slot,) = scene.others(1)
    holder, (waits,) = scene.crowd(slot)
    answers = races.race(races.free_or_book, 8, scene.url, scene.folder, slot=slot, booking=holder)
    assert Counter(answers) == {"cancelled_resident": 1, "taken": 7}
    assert scene.asked(slot) == [waits]
    scene.accept(waits)
    assert scene.state_of(waits) == (slot, "confirmed")
    assert scene.violations() == {}


def test_the_naive_twin_gives_a_free_place_to_two_people(scene: Scene) -> None:
    def goes_wrong(slot: int) -> bool:
        facts = {"slot": slot, "booking": scene.crowd_at_a_hold(slot)}
        answers = races.race(naive.offer_or_book, CROWD, scene.url, scene.folder, **facts)
        return answers.count("booked") + ("offered" in answers) > 1

    assert in_some_slot(scene, goes_wrong), "the race is too tame to prove anything"
    assert set(scene.violations()) & {HAS_NO_PLACE, NOT_KEPT}, "and the check finds it"


def test_an_offer_is_accepted_or_over_and_never_both(scene: Scene) -> None:
    (slot,) = scene.others(1)
    offer = scene.offer_in(slot)
    answers = races.race(races.accept_or_expire, CROWD, scene.url, scene.folder, **offer)
    if "confirmed" in answers:
        assert Counter(answers) == {"confirmed": 1, "over": CROWD // 2 - 1, "nobody was asked": CROWD // 2}
        assert (scene.state_of(offer["booking"]), scene.asked(slot)) == ((slot, "confirmed"), [])
    else:
        assert Counter(answers) == {
            "next one asked": 1,
            "over": CROWD // 2,
            "nobody was asked": CROWD // 2 - 1,
        }
        assert (scene.state_of(offer["booking"]), scene.asked(slot)) == ((None, "waiting"), [offer["next"]])
    assert scene.violations() == {}


def test_the_naive_twin_asks_the_next_one_after_a_yes(scene: Scene) -> None:
    def goes_wrong(slot: int) -> bool:
        offer = scene.offer_in(slot)
        answers = races.race(naive.accept_or_expire, CROWD, scene.url, scene.folder, **offer)
        return {"confirmed", "next one asked"} <= set(answers)

    assert in_some_slot(scene, goes_wrong), "the race is too tame to prove anything"
    assert set(scene.violations()) & {HAS_NO_PLACE, NOT_KEPT}, "and the check finds it"


def test_the_naive_twin_of_move_and_cancel_leaves_a_cancelled_booking_in_a_place(scene: Scene) -> None:
    bookings = iter(scene.book(SLOTS))

    def goes_wrong(slot: int) -> bool:
        facts = {"slot": slot, "booking": next(bookings)}
        races.race(naive.move_or_cancel, CROWD, scene.url, scene.folder, **facts)
        return STILL_HAS_PLACE in scene.violations()

    assert in_some_slot(scene, goes_wrong), "the race is too tame to prove anything"


def test_the_naive_twin_books_a_slot_that_is_taken_back(scene: Scene) -> None:
    def goes_wrong(slot: int) -> bool:
        races.race(naive.book_or_close, CROWD, scene.url, scene.folder, slot=slot)
        return IN_CANCELLED_SLOT in scene.violations()

    assert in_some_slot(scene, goes_wrong), "the race is too tame to prove anything"


def test_many_workers_deliver_each_letter_once(scene: Scene) -> None:
    scene.book(4)
    letters = scene.to_deliver()
    with smtp.running() as mail:
        races.race(races.deliver_mail, 8, scene.url, scene.folder, mail=f"smtp://{mail.host}:{mail.port}")
    ids = [received.message["Message-ID"] for received in mail.received]
    assert len(ids) == len(set(ids)) == len(letters) == 4
    assert scene.to_deliver() == []


def test_the_naive_twin_delivers_a_letter_twice(scene: Scene) -> None:
    scene.book(4)
    letters = scene.to_deliver()
    with smtp.running() as mail:
        facts = {"messages": letters, "mail": f"smtp://{mail.host}:{mail.port}"}
        races.race(naive.deliver, 8, scene.url, scene.folder, **facts)
    assert len(mail.received) > len(letters), "the race is too tame to prove anything"


ROUNDS = 100


@pytest.mark.torture
def test_a_hundred_slots_are_booked_or_taken_back_and_never_both(scene: Scene) -> None:
    """S3: five racers, one of whom closes the slot."""
    slots = scene.more(ROUNDS, 3)
    rounds = [{"slot": slot, "people": 10 * n} for n, slot in enumerate(slots)]
    told = races.race(races.in_rounds, 5, scene.url, scene.folder, one=races.book_or_close, rounds=rounds)
    ends: Counter[str] = Counter()
    for slot, answers in zip(slots, zip(*told, strict=True), strict=True):
        closed = "cancelled" in answers
        ends["closed" if closed else "booked"] += 1
        assert closed or "has_bookings" in answers, answers
        assert scene.booked(slot) == ((0, 0) if closed else (3, 3)), answers
    assert scene.violations() == {}
    assert set(ends) == {"closed", "booked"}, f"the race was always won by the same side: {ends}"


@pytest.mark.torture
def test_a_hundred_times_a_move_or_a_cancellation_frees_the_place_once(scene: Scene) -> None:
    """S4 and S5: two move the booking, two cancel it, and one reads all the while."""
    slots = scene.more(2 * ROUNDS, 1)
    rounds: list[dict[str, Any]] = []
    with scene.app.app_context():
        for n, (start, target) in enumerate(zip(slots[::2], slots[1::2], strict=True)):
            booking = actions.book(races.wish(n, start), clock.now()).booking_id
            sound = [(1, 1), (0, 0)]
            rounds.append({"booking": booking, "from": start, "targets": [target], "sound": sound})
    scene.rest()
    told = races.race(
        races.in_rounds, 5, scene.url, scene.folder, one=races.move_or_cancel_or_look, rounds=rounds
    )
    ends: Counter[str] = Counter()
    looked = [answers for answers in told if isinstance(answers[0], list)]
    assert looked == [[[]] * ROUNDS], "at every reading the person has one place, or none after cancelling"
    for each in rounds:
        _slot, status = scene.state_of(each["booking"])
        ends[status] += 1
        left = sum(scene.booked(slot)[0] for slot in (each["from"], *each["targets"]))
        assert left == (status == "confirmed")
    assert scene.violations() == {}
    assert set(ends) == {"confirmed", "cancelled_resident"}, f"always the same side won: {ends}"


@pytest.mark.torture
@pytest.mark.parametrize("turn", range(5))
def test_sixty_people_again(scene: Scene, turn: int) -> None:
    test_many_people_want_fifteen_places(scene, RACERS)
