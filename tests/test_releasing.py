"""A batch of bookings that nobody means to keep is given back in two clicks, and can be put back (S86)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from portal import clock
from portal.accounts.models import Account, account_called
from portal.booking import limits
from portal.booking.actions import book, cancel, hold
from portal.booking.checks import violations
from portal.booking.models import Booking, Place
from portal.booking.openings import takeable
from portal.booking.releasing import (
    MANY,
    UNDO_WITHIN,
    booked_lately,
    marks,
    put_back,
    release_batch,
    released_lately,
)
from portal.db import db
from portal.demo.load import ACCOUNTS
from portal.errors import Refused
from portal.outbox.models import messages_about
from portal.programmes.models import Service
from tests.client import Client
from tests.test_booking_pages import book as book_online
from tests.test_calling_off import deliver
from tests.test_limits import make_room, wish
from tests.test_limits import roomy as roomy


@pytest.fixture
def squatted(service: Service, roomy: int) -> list[int]:
    """Bookings of one who means to keep nothing, the first with an interpreter, and after them one that is honest."""
    wishes = [wish(service, roomy, number, "squatter") for number in range(MANY)]
    wishes[0] = replace(wishes[0], needs=("pjm",))
    made = [book(each, clock.now()).booking_id for each in [*wishes, wish(service, roomy, 99, "honest")]]
    return made[:-1]


def versions(booking_ids: Iterable[int]) -> dict[int, int]:
    return {booking_id: db.session.get_one(Booking, booking_id).version for booking_id in booking_ids}


def statuses() -> list[str]:
    db.session.expire_all()
    return list(db.session.scalars(select(Booking.status).order_by(Booking.id)))


def room(slot_id: int) -> int:
    free = select(func.count()).where(Place.slot_id == slot_id, takeable(clock.now()))
    return db.session.scalar(free) or 0


def told_of_the_end(booking_id: int) -> list[str]:
    return [m.state for m in messages_about("booking", booking_id) if m.kind == "cancelled"]


def test_many_from_one_source_are_marked_and_no_others(squatted: list[int]) -> None:
    assert marks(clock.now()) == dict.fromkeys(squatted, "source")
    assert len(booked_lately(clock.now())) == MANY + 1


def test_in_a_surge_all_that_belong_to_it_are_marked(
    service: Service, roomy: int, frozen: time_machine.Traveller
) -> None:
    calm = book(wish(service, roomy, 500, "calm"), clock.now()).booking_id
    frozen.shift(limits.WINDOW)
    taken = limits.SURGE // 2  # the others were held when the limit began to count
    for number in range(taken):
        book(wish(service, roomy, number, f"source-{number}"), clock.now())
    found = marks(clock.now())
    assert set(found.values()) == {"surge"}
    assert len(found) == taken
    assert calm not in found
    frozen.shift(timedelta(days=1))
    assert marks(clock.now()) == {}


def test_released_places_wait_ten_minutes_and_are_free_then(
    app: Flask, squatted: list[int], by: Account, frozen: time_machine.Traveller, service: Service, roomy: int
) -> None:
    hold(service, roomy, "one more", clock.now(), "squatter")
    free = room(roomy)
    assert release_batch(versions(squatted), by, clock.now()) == MANY
    assert statuses() == ["cancelled_office"] * MANY + ["confirmed"]
    assert room(roomy) == free + 1, "what the source held is free at once"
    deliver(app)
    assert told_of_the_end(squatted[0]) == ["queued"]
    frozen.shift(UNDO_WITHIN)
    deliver(app)
    assert told_of_the_end(squatted[0]) == ["sent"]
    assert released_lately(clock.now()) == []
    assert room(roomy) == free + 1 + MANY
    assert violations() == {}


def test_put_back_all_is_as_before_and_nobody_is_written_to(
    app: Flask, squatted: list[int], by: Account, frozen: time_machine.Traveller
) -> None:
    release_batch(versions(squatted), by, clock.now())
    [batch] = released_lately(clock.now())
    assert batch.count == MANY
    frozen.shift(UNDO_WITHIN - timedelta(seconds=1))
    assert put_back(batch.at, by, clock.now()) == MANY
    assert statuses() == ["confirmed"] * (MANY + 1)
    request = db.session.get_one(Booking, squatted[0]).interpreter
    assert request
    assert request.state == "requested"
    frozen.shift(3600)
    deliver(app)
    assert told_of_the_end(squatted[0]) == ["suppressed"]
    assert violations() == {}
    with pytest.raises(Refused, match="too_late"):
        put_back(batch.at, by, clock.now())


def test_twice_changes_nothing_and_too_late_is_refused(
    squatted: list[int], by: Account, frozen: time_machine.Traveller
) -> None:
    seen = versions(squatted)
    assert release_batch(seen, by, clock.now()) == MANY
    assert release_batch(seen, by, clock.now()) == 0
    [batch] = released_lately(clock.now())
    put_back(batch.at, by, clock.now())
    with pytest.raises(Refused, match="changed"):
        put_back(batch.at, by, clock.now())
    frozen.shift(UNDO_WITHIN)
    with pytest.raises(Refused, match="too_late"):
        put_back(batch.at, by, clock.now())


def test_what_changed_meanwhile_is_left_alone(squatted: list[int], by: Account) -> None:
    seen = versions(squatted)
    cancel(squatted[0], seen[squatted[0]], clock.now())
    assert release_batch(seen, by, clock.now()) == MANY - 1
    [batch] = released_lately(clock.now())
    assert put_back(batch.at, by, clock.now()) == MANY - 1
    assert statuses() == ["cancelled_resident"] + ["confirmed"] * MANY
    assert violations() == {}


def test_staff_release_in_two_clicks_and_think_again_in_one(
    app: Flask, interviewer: Client, resident: Client
) -> None:
    book_online(resident)
    with app.app_context():
        service = db.session.get_one(Booking, 1).service
        roomy = make_room(service)
        for number in range(MANY):
            book(wish(service, roomy, number, "squatter"), clock.now())
    today = interviewer.visit("/panel")
    assert "Być może ktoś zajmuje wszystkie miejsca" in today.text
    assert "5 rezerwacji z ostatniej doby" in today.text
    page = interviewer.visit(today.links()["Sprawdź i zwolnij"])
    after = interviewer.submit(page, "Zwolnij zaznaczone")
    assert "Zwolniono 5 rezerwacji." in after.text
    assert "Żaneta" not in after.everything
    assert "Termin jest potwierdzony." in resident.visit("/moja-rezerwacja/termin").text
    again = interviewer.submit(page, "Zwolnij zaznaczone")
    assert "Zwolniono 0 rezerwacji." in again.text
    assert "5 rezerwacji zmieniło się w międzyczasie" in again.text
    back = interviewer.submit(after, "Przywróć")
    assert "5 rezerwacji jest takich jak przedtem." in back.text
    late = interviewer.submit(after, "Przywróć")
    assert late.status == 409
    assert "To już przywrócono" in late.text


def test_nothing_marked_or_nonsense_is_answered_in_words(
    app: Flask, interviewer: Client, resident: Client
) -> None:
    book_online(resident)
    page = interviewer.visit("/panel/rezerwacje/wiele")
    nothing = interviewer.submit(page, "Zwolnij zaznaczone")
    assert nothing.status == 422
    assert "Zaznacz co najmniej jedną rezerwację" in nothing.text
    odd = interviewer.submit(page, "Zwolnij zaznaczone", marked="1.99999999999999999999")
    assert "Zwolniono 0 rezerwacji." in odd.text
    with app.app_context():
        assert account_called(ACCOUNTS[1].login)
        assert statuses() == ["confirmed"]
