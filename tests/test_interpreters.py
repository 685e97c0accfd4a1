"""Interpreters: the third working day, the answer by its date, and an interpreter's time that is given back."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from portal import clock
from portal.accounts.models import Account
from portal.booking.actions import Wish, book, cancel, move
from portal.booking.checks import violations
from portal.booking.interpreters import InterpreterRequest, interpreters
from portal.booking.interpreting import arrange_interpreter, refuse_interpreter
from portal.booking.models import Booking, Resource, ResourceGrain, Slot
from portal.booking.offering import Terms, offer
from portal.booking.offers import displace
from portal.booking.series import Span
from portal.db import db
from portal.errors import NotFound, Refused
from portal.outbox.models import messages_about
from portal.programmes.models import service_called
from tests.conftest import free_slots

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def interpreter() -> Resource:
    return interpreters("pjm")[0]


def asked(who: str, slot_id: int, needs: tuple[str, ...] = ("pjm",)) -> int:
    """Somebody who needs an interpreter in this slot."""
    service = service_called("a1")
    assert service
    wish = Wish(service.id, slot_id, who, "email", "osoba@example.com", "pl", f"form-{who}", f"hold-{who}")
    return book(replace(wish, needs=needs), clock.now()).booking_id


def request_of(booking_id: int) -> InterpreterRequest:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(InterpreterRequest, booking_id)


def taken_hours(interpreter: Resource) -> list[datetime]:
    """When the interpreter is taken: the first moment of each talk."""
    grains = db.session.scalars(select(ResourceGrain).where(ResourceGrain.resource_id == interpreter.id))
    starts = {db.session.get_one(Slot, grain.slot_id).starts_at for grain in grains}
    return sorted(starts)


def starts_at(slot_id: int) -> datetime:
    return db.session.get_one(Slot, slot_id).starts_at


def beside(slot_id: int, by: Account) -> int:
    """Another talk at the same time, with somebody else."""
    slot = db.session.get_one(Slot, slot_id)
    lead = Resource(kind="interviewer", name="Ktoś jeszcze")
    db.session.add(lead)
    db.session.commit()
    terms = Terms(slot.service_id, slot.office_id, lead.id, 1)
    return offer(terms, [Span(slot.starts_at, slot.ends_at)], by, clock.now())[0].id


def test_only_interpreters_who_know_the_method_are_proposed() -> None:
    assert [person.name for person in interpreters("pjm")] == ["Tłumacz języka migowego"]
    assert interpreters("skogn") == []


def test_an_arranged_interpreter_is_taken_for_the_talk(by: Account, interpreter: Resource) -> None:
    slot_id = free_slots()[9]
    booked = asked("Anna", slot_id)
    arrange_interpreter(booked, interpreter.id, by, clock.now())
    assert request_of(booked).state == "arranged"
    assert taken_hours(interpreter) == [starts_at(slot_id)]
    assert "interpreter_arranged" in [message.kind for message in messages_about("booking", booked)]
    assert violations() == {}


def test_an_interpreter_is_never_in_two_talks_at_once(by: Account, interpreter: Resource) -> None:
    slot_id = free_slots()[9]
    first, second = asked("Anna", slot_id), asked("Borys", beside(slot_id, by))
    arrange_interpreter(first, interpreter.id, by, clock.now())
    with pytest.raises(Refused, match="busy"):
        arrange_interpreter(second, interpreter.id, by, clock.now())
    assert request_of(second).state == "requested"
    arrange_interpreter(second, None, by, clock.now())
    assert request_of(second).state == "arranged", "somebody from outside comes"


def test_a_move_asks_anew_and_gives_the_interpreter_back(by: Account, interpreter: Resource) -> None:
    first, second = free_slots()[9:11]
    booked = asked("Anna", first)
    arrange_interpreter(booked, interpreter.id, by, clock.now())
    move(booked, 1, second, clock.now())
    assert (request_of(booked).state, request_of(booked).resource_id) == ("requested", None)
    assert taken_hours(interpreter) == []
    arrange_interpreter(booked, interpreter.id, by, clock.now())
    assert taken_hours(interpreter) == [starts_at(second)]
    assert violations() == {}


def test_whoever_leaves_a_time_gives_the_interpreter_back(by: Account, interpreter: Resource) -> None:
    first, second = free_slots()[9:11]
    cancelled, displaced = asked("Anna", first), asked("Borys", second)
    for booked in (cancelled, displaced):
        arrange_interpreter(booked, interpreter.id, by, clock.now())
    assert len(taken_hours(interpreter)) == 2
    cancel(cancelled, 1, clock.now())
    displace(displaced, 1, None, by, clock.now())
    assert taken_hours(interpreter) == []
    assert starts_at(first) in taken_hours(db.session.get_one(Slot, first).lead), "who leads the talk stays"
    assert violations() == {}


def test_a_refusal_has_a_reason_and_another_way_and_is_answered_once(by: Account) -> None:
    booked = asked("Anna", free_slots()[9])
    refuse_interpreter(booked, "Nikt nie może.", "Rozmowa online.", by, clock.now())
    assert (request_of(booked).reason, request_of(booked).alternative) == (
        "Nikt nie może.",
        "Rozmowa online.",
    )
    with pytest.raises(Refused, match="answered"):
        arrange_interpreter(booked, None, by, clock.now())
    with pytest.raises(NotFound):
        arrange_interpreter(asked("Borys", free_slots()[10], needs=()), None, by, clock.now())


def test_the_check_finds_an_interpreter_who_was_forgotten(by: Account, interpreter: Resource) -> None:
    booked = asked("Anna", free_slots()[9])
    arrange_interpreter(booked, interpreter.id, by, clock.now())
    db.session.get_one(Booking, booked).status = "cancelled_office"
    db.session.commit()
    assert [booked] in violations().values()


def test_the_answer_is_due_before_the_talk_and_never_in_the_past() -> None:
    day = clock.day_of(clock.now())
    booked = asked("Anna", free_slots()[0])
    slot = db.session.get_one(Booking, booked).slot
    assert slot
    assert day <= request_of(booked).due_on < slot.day
    assert request_of(booked).due_on <= day + timedelta(days=4)
