"""Somebody falls ill: one decision for twelve people, ten minutes to think again, nobody forgotten."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from portal import clock
from portal.accounts.models import Account
from portal.booking.absences import (
    Arrangement,
    Touched,
    affected,
    handed_over,
    stay_away,
    suggested,
    touched,
    undo,
    who_know,
)
from portal.booking.actions import Wish, book, cancel
from portal.booking.calling_off import UNDO_WITHIN
from portal.booking.checks import violations
from portal.booking.models import Absence, Booking, Place, Resource, Slot, interviewers
from portal.booking.offering import Terms, offer
from portal.booking.offers import accept
from portal.booking.series import Span
from portal.booking.telling import to_tell
from portal.db import db
from portal.errors import Refused
from portal.outbox.models import messages_about, told
from portal.programmes.models import Service
from tests.client import Client
from tests.conftest import free_slots
from tests.test_calling_off import WAYS, deliver
from tests.test_staff_slots import offer_one


def lead_of(slot_id: int) -> int:
    return db.session.get_one(Slot, slot_id).lead_id


@pytest.fixture
def twelve(service: Service) -> list[int]:
    """Twelve people on one day, three in each of four slots of one interviewer, told in four ways."""
    first = db.session.get_one(Slot, free_slots()[0])
    ill, day = first.lead_id, first.day
    slots = db.session.scalars(
        select(Slot)
        .where(Slot.lead_id == ill, Slot.day >= day, Slot.service_id == service.id)
        .order_by(Slot.starts_at)
        .limit(4)
    ).all()
    made = []
    for slot in slots:
        free = Place.slot_id == slot.id
        db.session.execute(update(Place).where(free).values(channel="any"))
        db.session.add_all(Place(slot_id=slot.id, ordinal=n) for n in (2, 3))
    db.session.commit()
    for number in range(12):
        channel = list(WAYS)[number % 4]
        slot_id = slots[number // 3].id
        wish = Wish(
            service.id, slot_id, f"Osoba {number}", channel, WAYS[channel], "pl", f"f{number}", f"h{number}"
        )
        made.append(book(wish, clock.now()).booking_id)
    return made


def seen(slots: Sequence[Touched]) -> dict[int, tuple[int, int]]:
    return {each.slot.id: (each.slot.version, len(each.slot.bookings)) for each in slots}


def statuses() -> Counter[str]:
    db.session.rollback()
    db.session.expire_all()
    return Counter(db.session.scalars(select(Booking.status)))


def look(bookings: list[int]) -> tuple[int, tuple[date, date], list[Touched]]:
    """Who is ill, on which days, and what staff are shown."""
    slots = [db.session.get_one(Booking, number).slot for number in bookings]
    days = [slot.day for slot in slots if slot]
    assert slots[0]
    person, asked = slots[0].lead_id, (min(days), max(days))
    return person, asked, touched(person, *asked, clock.now())


def test_it_shows_whom_it_affects_who_can_take_over_and_other_times(twelve: list[int]) -> None:
    person, _days, slots = look(twelve)
    with_people = [each for each in slots if each.slot.bookings]
    assert sum(len(each.slot.bookings) for each in with_people) == 12
    assert all(person not in {stand_in.id for stand_in in each.stand_ins} for each in slots)
    assert {stand_in.name for stand_in in with_people[0].stand_ins} <= {p.name for p in interviewers()}
    proposed = suggested(slots)
    assert len(set(proposed.values())) == len(proposed), "nobody is proposed what is proposed to another"
    times = {slot.id for slot in db.session.scalars(select(Slot).where(Slot.id.in_(proposed.values())))}
    assert not times & {each.slot.id for each in slots}


def test_whoever_takes_over_changes_nothing_for_the_people(
    app: Flask, twelve: list[int], by: Account, frozen: time_machine.Traveller
) -> None:
    person, days, slots = look(twelve)
    stand_ins = {each.slot.id: each.stand_ins[0].id for each in slots}
    absence = stay_away(person, days, Arrangement(seen(slots), stand_ins, {}), by, clock.now())
    assert statuses() == {"confirmed": 12}
    assert len(handed_over(absence)) == len(slots)
    assert {lead_of(each.slot.id) for each in slots}.isdisjoint({person})
    frozen.shift(UNDO_WITHIN)
    deliver(app)
    assert all(m.kind in {"confirmed", "reminder"} for n in twelve for m in messages_about("booking", n))
    assert to_tell(clock.now()) == []
    assert violations() == {}


def test_the_others_are_asked_and_the_list_tells_how_far_it_has_come(
    app: Flask, twelve: list[int], by: Account, frozen: time_machine.Traveller
) -> None:
    person, days, slots = look(twelve)
    proposed = suggested(slots)
    absence = stay_away(person, days, Arrangement(seen(slots), {}, proposed), by, clock.now())
    assert statuses() == {"displaced": 12}
    people = [booking for booking, _lost in affected(absence)]
    assert {b.id: b.offered_slot_id for b in people if b.offered_slot_id} == proposed
    versions = {b.id: b.schedule_version for b in people}
    deliver(app)
    assert told("booking", "displaced", versions) == set()
    frozen.shift(UNDO_WITHIN)
    deliver(app)
    written = {b.id for b in people if b.person and b.person.channel in {"email", "sms"}}
    assert told("booking", "displaced", versions) <= written, (
        "an hour's limit holds back what one contact gets"
    )
    assert {b.id for b, _m in to_tell(clock.now())} == {
        b.id for b in people if b.person and b.person.channel == "phone"
    }
    assert violations() == {}


def test_undo_puts_all_back_with_what_was_kept_for_them(
    app: Flask, twelve: list[int], by: Account, frozen: time_machine.Traveller
) -> None:
    person, days, slots = look(twelve)
    before = set(free_slots())
    stand_ins = {slots[0].slot.id: slots[0].stand_ins[0].id}
    proposed = suggested(slots)
    absence = stay_away(person, days, Arrangement(seen(slots), stand_ins, proposed), by, clock.now())
    frozen.shift(UNDO_WITHIN - timedelta(seconds=1))
    undo(absence.id, by, clock.now())
    assert statuses() == {"confirmed": 12}
    assert {lead_of(each.slot.id) for each in slots} == {person}
    assert set(free_slots()) == before, "the times that were proposed are free again"
    frozen.shift(3600)
    deliver(app)
    assert to_tell(clock.now()) == []
    assert violations() == {}
    with pytest.raises(Refused, match="changed"):
        undo(absence.id, by, clock.now())


def test_who_has_agreed_to_another_time_keeps_it_and_late_is_too_late(
    twelve: list[int], by: Account, frozen: time_machine.Traveller
) -> None:
    person, days, slots = look(twelve)
    absence = stay_away(person, days, Arrangement(seen(slots), {}, suggested(slots)), by, clock.now())
    quick = next(b for b, _lost in affected(absence) if b.offered_slot_id)
    wanted = quick.offered_slot_id
    had = quick.slot_id
    accept(quick.id, quick.version, clock.now())
    assert {b.id: lost.id for b, lost in affected(absence)}[quick.id] == had, (
        "the time that they had, not the new one"
    )
    assert who_know([b for b, _lost in affected(absence)]) == {quick.id}, "who has agreed knows"
    frozen.shift(UNDO_WITHIN - timedelta(seconds=1))
    undo(absence.id, by, clock.now())
    assert statuses() == {"confirmed": 12}
    assert db.session.get_one(Booking, quick.id).slot_id == wanted
    assert violations() == {}
    _person, days, slots = look([n for n in twelve if n != quick.id])
    second = stay_away(person, days, Arrangement(seen(slots), {}, {}), by, clock.now())
    frozen.shift(UNDO_WITHIN)
    with pytest.raises(Refused, match="too_late"):
        undo(second.id, by, clock.now())


def test_what_is_not_as_it_was_shown_changes_nothing(twelve: list[int], by: Account) -> None:
    person, days, slots = look(twelve)
    shown = seen(slots)
    cancel(twelve[0], 1, clock.now())
    with pytest.raises(Refused, match="changed"):
        stay_away(person, days, Arrangement(shown, {}, {}), by, clock.now())
    assert statuses() == {"confirmed": 11, "cancelled_resident": 1}
    assert db.session.scalars(select(Absence)).all() == []


def test_a_stand_in_who_is_taken_by_now_is_refused_and_nothing_is_half_done(
    twelve: list[int], by: Account
) -> None:
    person, days, slots = look(twelve)
    last = [each for each in slots if each.slot.bookings][-1]
    stand_in = last.stand_ins[0].id
    slot = last.slot
    terms = Terms(slot.service_id, slot.office_id, stand_in, 1)
    offer(terms, [Span(slot.starts_at, slot.ends_at)], by, clock.now())
    arrangement = Arrangement(seen(slots), {slot.id: stand_in}, {})
    with pytest.raises(Refused, match="overlap"):
        stay_away(person, days, arrangement, by, clock.now())
    assert statuses() == {"confirmed": 12}
    assert violations() == {}


def test_whoever_is_away_takes_nothing_over(twelve: list[int], by: Account) -> None:
    person, days, slots = look(twelve)
    other = slots[0].stand_ins[0].id
    theirs = touched(other, *days, clock.now())
    stay_away(other, days, Arrangement(seen(theirs), {}, {}), by, clock.now())
    assert all(other not in {p.id for p in each.stand_ins} for each in touched(person, *days, clock.now()))
    too_late = Arrangement(seen(slots), {each.slot.id: other for each in slots}, {})
    with pytest.raises(Refused, match="overlap"):
        stay_away(person, days, too_late, by, clock.now())


def test_only_an_interviewer_at_work_takes_over(twelve: list[int], by: Account) -> None:
    person, days, slots = look(twelve)
    room = db.session.scalars(select(Resource.id).where(Resource.kind == "room")).first()
    for number in (room, person, 999_999):
        arrangement = Arrangement(seen(slots), {each.slot.id: number or 0 for each in slots}, {})
        with pytest.raises(Refused, match="overlap"):
            stay_away(person, days, arrangement, by, clock.now())
    assert statuses() == {"confirmed": 12}


def test_staff_decide_once_see_progress_and_think_again(app: Flask, interviewer: Client) -> None:
    with app.app_context():
        slot = db.session.get_one(Slot, free_slots()[0])
        person, day = slot.lead_id, slot.day.isoformat()
        wish = Wish(slot.service_id, slot.id, "Żaneta", "email", "osoba@example.com", "pl", "f", "h")
        book(wish, clock.now())
    page = interviewer.visit("/panel/choroba")
    assert interviewer.visit("/panel/choroba?utm_source=list").text == page.text, (
        "a word of others asks nothing"
    )
    wrong = interviewer.visit(f"/panel/choroba?osoba={person}&od=2026-12-09&do=2026-12-01")
    assert wrong.status == 422
    assert "Ostatni dzień jest przed pierwszym" in wrong.text
    page = interviewer.visit(f"/panel/choroba?osoba={person}&od={day}&do={day}")
    assert "To dotyczy 1 osoby." in page.text
    assert "Żaneta" not in page.everything
    form = page.form("Wykonaj")
    name = next(s.get("name") for s in form.iter("select") if (s.get("name") or "").startswith("slot-"))
    done = interviewer.submit(page, "Wykonaj", **{str(name): ""})
    assert done.h1.startswith("Nie może przyjść:")
    assert "Wie 0 z 1 osoby." in done.text
    late = interviewer.submit(page, "Wykonaj", **{str(name): ""})
    assert late.status == 409
    back = interviewer.submit(done, "Cofnij wszystko")
    assert "Wszystko jest jak przedtem." in back.text
    with app.app_context():
        assert statuses() == {"confirmed": 1}
        assert violations() == {}


def test_staff_hear_of_an_absence_when_they_open_a_slot_in_it(
    app: Flask, interviewer: Client, by: Account
) -> None:
    person = db.session.get_one(Slot, free_slots()[0]).lead_id
    days = date(2027, 1, 11), date(2027, 1, 13)
    absence = stay_away(person, days, Arrangement({}, {}, {}), by, clock.now())
    typed, warning = {"lead_id": str(person)}, "zgłoszona nieobecność tej osoby"
    assert warning in offer_one(interviewer, day="2027-01-12", from_time="09:00", **typed).text
    assert warning not in offer_one(interviewer, day="2027-01-14", from_time="09:00", **typed).text
    undo(absence.id, by, clock.now())
    assert warning not in offer_one(interviewer, day="2027-01-12", from_time="11:00", **typed).text
