"""Slots are offered all or none, with everybody and everything they need, and one more place or one slot less leaves a trace."""

from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import func, select

from portal import clock
from portal.accounts.models import Account
from portal.booking.actions import Wish, book
from portal.booking.calling_off import call_off
from portal.booking.models import Closure, Office, Resource, ResourceGrain, Slot, SlotSeries
from portal.booking.offering import (
    MOST_CLASHES,
    Terms,
    add_extra_place,
    clashes,
    closed_days,
    offer,
    plan_here,
    take_back,
)
from portal.booking.series import Rhythm, Span
from portal.db import db
from portal.errors import Refused
from portal.programmes.models import Service
from tests.conftest import free_slots, only_sqlite
from tests.test_deeds import last_entry, log_since, place_states, version_of

pytestmark = [only_sqlite, pytest.mark.usefixtures("context")]

MAY = date(2027, 5, 10)  # a Monday for which the demo has no slots
HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture
def office(context: None) -> Office:
    return db.session.scalars(select(Office)).one()


@pytest.fixture
def elsewhere(context: None) -> Office:
    branch = Office(name="Filia", address="ul. Inna 1", phone="1")
    db.session.add(branch)
    db.session.commit()
    return branch


def resource(name: str) -> Resource:
    return db.session.scalars(select(Resource).where(Resource.name == name)).one()


def spans(*hours: int, day: date = MAY) -> list[Span]:
    begun = [clock.at_local(datetime.combine(day, time(hour)))[0] for hour in hours]
    return [Span(moment, moment + HALF_AN_HOUR) for moment in begun]


@pytest.fixture
def terms(service: Service, office: Office) -> Terms:
    return Terms(
        service.id,
        office.id,
        resource("Specjalista 1").id,
        capacity=2,
        facility="induction_loop",
        room_id=resource("Sala 1").id,
        interpreter_id=resource("Tłumacz języka migowego").id,
    )


def why(refusal: pytest.ExceptionInfo[Refused]) -> str:
    return refusal.value.code


# --- what is offered


def test_a_slot_has_everything_that_was_said_and_takes_whom_it_needs(terms: Terms, by: Account) -> None:
    before = last_entry()
    one, two = offer(terms, spans(9, 11), by, clock.now())
    for slot in (one, two):
        assert (slot.lead_id, slot.room_id, slot.interpreter_id) == tuple(terms.needed)
        assert (slot.office_id, slot.facility, slot.series_id) == (terms.office_id, "induction_loop", None)
        assert [place.ordinal for place in slot.places] == [1, 2]
        taken = select(func.count()).select_from(ResourceGrain).where(ResourceGrain.slot_id == slot.id)
        assert db.session.scalar(taken) == 3 * 6, "three who are needed, each for six times five minutes"
    assert log_since(before) == [(by.id, "slots_offered", "slot", one.id)]


def test_what_was_offered_knowing_that_it_is_near_says_so_in_the_log(
    terms: Terms, service: Service, by: Account
) -> None:
    offer(terms, spans(9), by, clock.now())
    other = db.session.scalars(select(Service).where(Service.code == "d1")).one()
    near = Terms(other.id, terms.office_id, resource("Specjalista 3").id, 1)
    before = last_entry()
    with pytest.raises(Refused) as refusal:
        offer(near, spans(10), by, clock.now())
    assert why(refusal) == "too_near"
    assert log_since(before) == []
    (slot,) = offer(near, spans(10), by, clock.now(), near_is_fine=True)
    assert log_since(before) == [(by.id, "slots_offered_near", "slot", slot.id)]


def test_a_series_remembers_how_it_was_made(terms: Terms, by: Account) -> None:
    left_out = frozenset({MAY, MAY + timedelta(7)})
    rhythm = Rhythm(frozenset({2, 0}), MAY, MAY + timedelta(13), time(9), time(11), 30, 10, left_out)
    made = plan_here(rhythm, terms.office_id, clock.now())
    slots = offer(terms, made.spans, by, clock.now(), rhythm)
    series = db.session.get_one(SlotSeries, slots[0].series_id)
    assert (series.weekdays, series.left_out) == ("0,2", "2027-05-10,2027-05-17")
    assert (series.first_on, series.last_on) == (rhythm.first_on, rhythm.last_on)
    assert (series.from_time, series.to_time) == (time(9), time(11))
    assert (series.minutes, series.break_minutes, series.created_at) == (30, 10, clock.now())
    assert {slot.series_id for slot in slots} == {series.id}


def test_the_shares_of_a_service_are_counted_from_its_first_place(terms: Terms, by: Account) -> None:
    shares = {"phone_percent": 30, "walk_in_percent": 20}
    new = Service(code="nowa", public_name="Nowa", neutral_name="Nowa", intro="Nowa", minutes=30, **shares)
    db.session.add(new)
    db.session.commit()
    single = Terms(new.id, terms.office_id, terms.lead_id, 1)
    made = [offer(single, spans(8 + n), by, clock.now())[0] for n in range(5)]
    made += offer(single, spans(*range(13, 18)), by, clock.now())
    assert [slot.places[0].channel for slot in made] == [new.channel_of_place(n) for n in range(1, 11)]


# --- what is refused


def test_nothing_and_the_past_are_refused_with_their_reason(terms: Terms, by: Account) -> None:
    with pytest.raises(Refused) as refusal:
        offer(terms, [], by, clock.now())
    assert why(refusal) == "nothing"
    soon, now = spans(9), spans(8)[0].starts_at
    with pytest.raises(Refused) as refusal:
        offer(terms, [*soon, *spans(8)], by, now)
    assert why(refusal) == "past", "a slot that begins this very moment has begun"
    assert offer(terms, soon, by, now)


def test_who_is_gone_and_a_room_of_another_place_are_refused(
    terms: Terms, elsewhere: Office, by: Account
) -> None:
    gone, unneeded = resource("Sala 1"), resource("Sala 2")
    unneeded.is_active = False
    db.session.commit()
    assert offer(terms, spans(9), by, clock.now()), "who is not needed may be gone"
    gone.is_active = False
    db.session.commit()
    with pytest.raises(Refused) as refusal:
        offer(terms, spans(11), by, clock.now())
    assert why(refusal) == "away"
    gone.is_active, gone.office_id = True, elsewhere.id
    db.session.commit()
    with pytest.raises(Refused) as refusal:
        offer(terms, spans(11), by, clock.now())
    assert why(refusal) == "room_elsewhere"


def test_a_clash_names_who_is_taken_and_by_what_in_order(terms: Terms, by: Account) -> None:
    late, early, before, after = (offer(terms, spans(hour), by, clock.now())[0] for hour in (12, 9, 8, 13))
    other = Terms(terms.service_id, terms.office_id, resource("Specjalista 2").id, 1)
    offer(other, spans(9), by, clock.now())
    with pytest.raises(Refused) as refusal:
        offer(terms, spans(12, 9), by, clock.now())
    assert why(refusal) == "overlap"
    named = refusal.value.details["clashes"]
    assert isinstance(named, list)
    assert len(named) == MOST_CLASHES
    needed = sorted(terms.needed)
    assert [(who.id, slot.id) for who, slot in named] == [
        *((number, early.id) for number in needed),
        *((number, late.id) for number in needed[:2]),
    ]
    whole_day = [Span(before.ends_at, after.starts_at)]
    assert {slot.id for _who, slot in clashes(terms.needed, whole_day)} == {early.id, late.id}
    assert clashes(terms.needed, spans(9), besides=[early.id]) == []
    call_off(early.id, early.version, 0, by, clock.now())
    assert clashes(terms.needed, spans(9)) == []


# --- days on which nobody is received


def close(first: int, last: int, office: Office | None = None) -> None:
    """Nobody is received from one day of May to another, here or everywhere."""
    days = {"first_on": date(2027, 5, first), "last_on": date(2027, 5, last)}
    db.session.add(Closure(office_id=office.id if office else None, reason="Remont", **days))
    db.session.commit()


def test_days_are_closed_here_or_everywhere_and_only_within_what_is_asked(
    office: Office, elsewhere: Office
) -> None:
    close(11, 12, office)
    close(13, 13)
    close(14, 14, elsewhere)
    close(3, 10, office)
    close(20, 21, office)
    close(9, 9, office)
    close(22, 22, office)
    found = closed_days(office.id, date(2027, 5, 10), date(2027, 5, 20))
    assert {day.day for day in found if 10 <= day.day <= 20} == {10, 11, 12, 13, 20}
    assert not {day.day for day in found} & {1, 2, 14, 22}, "not elsewhere, not another time"
    there = closed_days(elsewhere.id, date(2027, 5, 13), date(2027, 5, 14))
    assert {day.day for day in there} == {13, 14}


def test_a_series_leaves_out_the_days_that_its_own_office_is_closed(
    office: Office, elsewhere: Office
) -> None:
    close(11, 11, office)
    close(12, 12, elsewhere)
    rhythm = Rhythm(frozenset(range(7)), MAY, MAY + timedelta(2), time(9), time(9, 30), 30)
    made = plan_here(rhythm, office.id, clock.now())
    assert [span.day.day for span in made.spans] == [10, 12]
    assert [(skipped.wall.day, skipped.reason) for skipped in made.skipped] == [(11, "closure")]


# --- one slot less, one place more


def test_who_takes_a_free_slot_back_is_in_the_log(terms: Terms, by: Account) -> None:
    (slot,) = offer(terms, spans(9), by, clock.now())
    before, version = last_entry(), slot.version
    with pytest.raises(Refused) as refusal:
        take_back(slot.id, version + 1, by, clock.now())
    assert why(refusal) == "changed"
    take_back(slot.id, version, by, clock.now())
    assert log_since(before) == [(by.id, "slot_cancelled", "slot", slot.id)]
    assert (slot.status, place_states(slot.id)) == ("cancelled", ["blocked", "blocked"])
    assert offer(terms, spans(9), by, clock.now()), "everybody is free again"


def test_a_slot_with_somebody_in_it_is_not_taken_back(service: Service, by: Account) -> None:
    slot_id = free_slots()[0]
    book(Wish(service.id, slot_id, "Anna Nowak", "none", None, "pl", "form", "form"), clock.now())
    with pytest.raises(Refused) as refusal:
        take_back(slot_id, version_of(slot_id), by, clock.now())
    assert why(refusal) == "has_bookings"


def test_why_there_is_no_place_more(by: Account) -> None:
    slot = db.session.get_one(Slot, free_slots()[0])
    with pytest.raises(Refused) as refusal:
        add_extra_place(slot.id, slot.version + 1, "Pilne", by, clock.now())
    assert why(refusal) == "changed"
    with pytest.raises(Refused) as refusal:
        add_extra_place(slot.id, slot.version, "Pilne", by, slot.ends_at)
    assert why(refusal) == "ended"
    call_off(slot.id, slot.version, 0, by, clock.now())
    with pytest.raises(Refused) as refusal:
        add_extra_place(slot.id, version_of(slot.id), "Pilne", by, clock.now())
    assert why(refusal) == "ended"
