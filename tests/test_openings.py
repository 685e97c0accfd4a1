"""What residents and staff may take at a moment, place by place and slot by slot, up to the very second."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, inspect, select, update

from portal import clock
from portal.booking import openings
from portal.booking.models import Closure, Office, Place, Slot
from portal.booking.openings import (
    bookable,
    day_of_slot,
    days_with_room,
    open_slots,
    slot_shown,
    takeable,
)
from portal.crypto import digest
from portal.db import db
from portal.programmes.models import Service

pytestmark = [pytest.mark.usefixtures("context"), pytest.mark.parametrize("kind", ["sqlite"])]

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
Make = Callable[..., Slot]


@pytest.fixture
def make(service: Service) -> Make:
    """Makes a slot of an hour with a free place for anybody, like one of the demo but for what is said; the demo's own are closed."""
    like = db.session.scalars(select(Slot).where(Slot.service_id == service.id).limit(1)).one()
    db.session.execute(delete(Closure))
    db.session.execute(update(Slot).values(status="closed"))
    db.session.commit()

    def make(starts_at: datetime, *places: Place, **more: object) -> Slot:
        facts = {"service_id": service.id, "office_id": like.office_id, "lead_id": like.lead_id}
        slot = Slot(
            **(
                facts
                | {"starts_at": starts_at, "ends_at": starts_at + HOUR, "day": clock.day_of(starts_at)}
                | more
            )
        )
        slot.places = list(places) or [Place()]
        for ordinal, place in enumerate(slot.places):
            place.ordinal = ordinal
        db.session.add(slot)
        db.session.commit()
        return slot

    return make


def place(
    state: str = "free", until: datetime | None = None, bearer: str = "", channel: str = "any"
) -> Place:
    hashed = digest(bearer or f"{channel}{until}") if state == "held" else None
    return Place(state=state, channel=channel, hold_hash=hashed, hold_expires_at=until)


def test_which_places_may_be_taken(make: Make, service: Service) -> None:
    now = clock.now()
    places = {
        "free": place(),
        "for the phone": place(channel="phone"),
        "for who walks in": place(channel="walk_in"),
        "for the interpreter": place(channel="interpreter"),
        "blocked": place("blocked"),
        "held": place("held", now + SECOND),
        "let go": place("held", now),
        "let go for the phone": place("held", now, channel="phone"),
        "mine": place("held", now + HOUR, "me"),
    }
    make(now + DAY, *places.values())

    def taken(**how: object) -> set[str]:
        ids = set(db.session.scalars(select(Place.id).where(takeable(now, **how))))  # type: ignore[arg-type]
        return {name for name, place in places.items() if place.id in ids}

    online = {"free", "let go"}
    staff = online | {"for the phone", "for who walks in", "let go for the phone"}
    assert taken() == online
    assert taken(by_staff=True) == staff
    assert taken(holder="me") == online | {"mine"}
    assert taken(holder="me", by_staff=True) == staff | {"mine"}
    assert taken(holder="somebody else") == online


def test_which_slots_may_be_booked(make: Make, service: Service) -> None:
    now = clock.now()
    first, last = service.first_bookable(now), service.last_bookable(now)
    other = db.session.scalars(select(Service).where(Service.id != service.id).limit(1)).one()
    slots = {
        "over": make(now - HOUR),
        "not quite over": make(now - HOUR + SECOND),
        "begins now": make(now),
        "begins soon": make(now + SECOND),
        "almost far enough": make(first - SECOND),
        "far enough": make(first),
        "the last": make(last),
        "too far": make(last + SECOND),
        "closed": make(first, status="closed"),
        "cancelled": make(first, status="cancelled"),
        "another talk": make(first, service_id=other.id),
    }

    def found(begun_at: datetime | None = None, **who: bool) -> set[str]:
        ids = set(db.session.scalars(select(Slot.id).where(bookable(service, now, begun_at, **who))))
        return {name for name, slot in slots.items() if slot.id in ids}

    assert found() == {"far enough", "the last"}
    assert found(now - SECOND) == {"almost far enough", "far enough", "the last"}
    assert found(now - 365 * DAY) == {"begins soon", "almost far enough", "far enough", "the last"}
    assert found(by_staff=True) == found(now - 365 * DAY) | {"begins now", "not quite over"}


def test_nobody_books_on_a_day_on_which_the_office_is_closed(make: Make, service: Service) -> None:
    begun = service.first_bookable(clock.now()) + DAY
    slots = [make(begun + number * DAY) for number in range(5)]
    other = Office(name="Inny oddział", address="ul. Inna 1", phone="+48850000009")
    db.session.add(other)
    db.session.commit()

    def open_days() -> list[int]:
        found = {row.id for row in open_slots(service, clock.now(), first=slots[0].day, last=slots[-1].day)}
        return [number for number, slot in enumerate(slots) if slot.id in found]

    assert open_days() == [0, 1, 2, 3, 4]
    for office, expected in ((other.id, [0, 1, 2, 3, 4]), (slots[0].office_id, [0, 4]), (None, [0, 4])):
        db.session.execute(delete(Closure))
        db.session.add(
            Closure(office_id=office, first_on=slots[1].day, last_on=slots[3].day, reason="Remont")
        )
        db.session.commit()
        assert open_days() == expected, office


def test_open_slots_come_by_time_on_the_days_that_were_asked_for(
    make: Make, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, begun = clock.now(), service.first_bookable(clock.now()) + DAY
    late, early, same = make(begun + DAY), make(begun, facility="induction_loop"), make(begun)
    full = make(begun, place("blocked"))
    phone = make(begun, place(channel="phone"))
    mine = make(begun + HOUR, place("held", now + HOUR, "me"))

    def found(first: Slot, last: Slot, holder: str | None = None, **who: bool) -> list[int]:
        return [
            row.id for row in open_slots(service, now, first=first.day, last=last.day, holder=holder, **who)
        ]

    assert found(early, late) == [early.id, same.id, late.id]
    assert found(early, early) == [early.id, same.id]
    assert found(late, late) == [late.id]
    assert found(early, early, "me") == [early.id, same.id, mine.id]
    assert found(early, early, by_staff=True) == [early.id, same.id, phone.id]
    assert full.id not in found(early, late, by_staff=True)
    soon = make(now + SECOND)
    assert (found(soon, soon), found(soon, soon, by_staff=True)) == ([], [soon.id])
    row = open_slots(service, now, first=early.day, last=early.day)[0]
    expected = (early.id, early.starts_at, early.ends_at, early.day, "induction_loop", early.lead.name)
    assert (row.id, row.starts_at, row.ends_at, row.day, row.facility, row.lead) == expected
    monkeypatch.setattr(openings, "MOST_SLOTS", 2)
    assert found(early, late) == [early.id, same.id]


def test_on_which_days_there_is_room(make: Make, service: Service) -> None:
    now, begun = clock.now(), service.first_bookable(clock.now()) + DAY
    assert days_with_room(service, now) is None
    later = make(begun + 2 * DAY)
    make(begun + 4 * DAY, place(channel="phone"))
    two = make(begun + DAY, place(), place("blocked"), place(), place(channel="phone"))
    full = make(begun, place("held", now + HOUR, "me"))
    assert days_with_room(service, now) == (two.day, later.day)
    assert days_with_room(service, now, "me") == (full.day, later.day)


def test_a_slot_is_shown_with_its_office(make: Make) -> None:
    slot = make(clock.now() + DAY)
    assert day_of_slot(None) is None
    assert day_of_slot(slot.id + 1) is None
    assert day_of_slot(slot.id) == slot.day
    assert slot_shown(slot.id + 1) is None
    db.session.expunge_all()
    shown = slot_shown(slot.id)
    assert shown
    assert "office" not in inspect(shown).unloaded
