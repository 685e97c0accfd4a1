"""What the obvious code does: read whether it may, then write. The negative controls of the races: each must go wrong.

No lock, no version, no condition in the UPDATE; everything else is as in the action.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import OperationalError

from portal import clock
from portal.booking.apart import slots_too_near
from portal.booking.models import Booking, Place, Resource, ResourceGrain, Slot
from portal.booking.offering import open_slots
from portal.booking.offers import token_of
from portal.crypto import digest
from portal.db import db
from portal.foster.models import Enquiry, Question
from portal.outbox.actions import LEASE
from portal.outbox.models import Message
from tests.client import Client
from tests.races import post_office

FREE: dict[str, Any] = {"state": "free", "booking_id": None, "hold_hash": None, "hold_expires_at": None}
NO_OFFER: dict[str, Any] = {"offered_slot_id": None, "respond_by": None}
DAY = timedelta(days=1)
A_MOMENT = 0.05


def move(client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]) -> Any:
    """What the obvious code does: read whether there is room, then write. It must oversell."""
    booking_id, slot_id = facts["bookings"][number], facts["slot"]
    ready()
    taken = read(select(func.count()).select_from(Booking).where(Booking.slot_id == slot_id))
    if taken >= facts["capacity"]:
        return "taken"
    begin()
    write(update(Place).where(Place.booking_id == booking_id).values(FREE))
    write(update(Booking).where(Booking.id == booking_id).values(slot_id=slot_id))
    db.session.commit()
    return slot_id


def book(client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]) -> Any:
    """What the obvious code does: count, then insert. It must oversell."""
    slot_id = facts["slot"]
    ready()
    taken = read(select(func.count()).select_from(Booking).where(Booking.slot_id == slot_id))
    if taken >= facts["capacity"]:
        return "taken"
    begin()
    _new_booking(slot_id, number)
    db.session.commit()
    return "booked"


def offer_or_book(client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]) -> Any:
    """Half of them offer the free place to whoever waits, half of them book it. Two people must have it."""
    ready()
    place = read(select(Place.id).where(Place.slot_id == facts["slot"], Place.state == "free"))
    if place is None:
        return "taken"
    begin()
    if number % 2:
        _put_into(place, _new_booking(facts["slot"], number))
    else:
        _offer(place, facts["slot"], facts["booking"], clock.now() + DAY)
    db.session.commit()
    return "booked" if number % 2 else "offered"


def move_or_cancel(client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]) -> Any:
    """Half of them move the booking, half of them cancel it. It must be cancelled and have a place."""
    booking, target = facts["booking"], facts["slot"]
    ready()
    place = read(
        select(Place.id)
        .join(Booking, Booking.id == Place.booking_id)
        .where(Booking.id == booking, Booking.status == "confirmed")
    )
    if place is None:
        return "ended"
    begin()
    try:
        _move(booking, target) if number % 2 else _cancel(booking, place)
        db.session.commit()
    except OperationalError:  # it locks in the order in which it writes, which is another one for each
        db.session.rollback()
        return "deadlock"
    return "moved" if number % 2 else "cancelled"


def _move(booking: int, target: int) -> None:
    write(update(Place).where(Place.booking_id == booking).values(FREE))
    write(update(Booking).where(Booking.id == booking).values(slot_id=target))
    write(update(Place).where(Place.slot_id == target).values(state="booked", booking_id=booking))


def _cancel(booking: int, place: int) -> None:
    write(update(Place).where(Place.id == place).values(FREE))
    write(update(Booking).where(Booking.id == booking).values(status="cancelled_resident"))


def book_or_close(client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]) -> Any:
    """Half of them book the slot, half of them take it back. Somebody must have a place in a cancelled slot."""
    slot_id = facts["slot"]
    is_open = Place.slot.has(Slot.status == "open")
    ready()
    place = read(select(Place.id).where(Place.slot_id == slot_id, Place.state == "free", is_open))
    if place is None:
        return "gone"
    begin()
    if number % 2:
        _put_into(place, _new_booking(slot_id, number))
    else:
        write(update(Slot).where(Slot.id == slot_id).values(status="cancelled"))
        write(delete(ResourceGrain).where(ResourceGrain.slot_id == slot_id))
    db.session.commit()
    return "booked" if number % 2 else "cancelled"


def accept_or_expire(client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]) -> Any:
    """Half of them accept the offer, half of them end it and ask the next one. Two people must have the place."""
    booking, slot_id = facts["booking"], facts["slot"]
    is_offered = select(Booking.id).where(Booking.id == booking, Booking.offered_slot_id == slot_id)
    place = read(select(Place.id).where(Place.slot_id == slot_id))
    read(is_offered)  # the first time takes longest
    ready()
    if read(is_offered) is None:
        return "over"
    begin()
    if number % 2:
        write(update(Booking).where(Booking.id == booking).values(NO_OFFER))
        _offer(place, slot_id, facts["next"], facts["deadline"] + DAY)
    else:
        accepted = {"status": "confirmed", "slot_id": slot_id}
        write(update(Booking).where(Booking.id == booking).values(accepted | NO_OFFER))
        _put_into(place, booking)
    db.session.commit()
    return "next one asked" if number % 2 else "confirmed"


def deliver(client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]) -> Any:
    """Claim what nobody has claimed, then send it. A letter must be sent twice."""
    office = post_office(facts["mail"])
    ready()
    for message_id in facts["messages"]:
        if read(select(Message.state).where(Message.id == message_id)) != "queued":
            continue
        begin()
        claimed = {"state": "claimed", "lease_until": clock.now() + LEASE}
        write(update(Message).where(Message.id == message_id).values(claimed))
        db.session.commit()
        letter = office.render["booking"](db.session.get_one(Message, message_id))
        db.session.rollback()
        assert letter
        office.transports["email"].send(letter)


def offer_slot(client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]) -> Any:
    """Open a slot if nothing that is too near can be read. Both sides must open theirs."""
    terms, span = facts["terms"][number], facts["span"]
    ready()
    near = slots_too_near(terms.service_id, terms.office_id, [span])
    at_work = db.session.get_one(Resource, terms.lead_id).is_active
    db.session.rollback()
    if near or not at_work:
        return "refused"
    begin()
    open_slots(terms, [span], None)
    db.session.commit()
    return "open"


def offer_or_leave(client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]) -> Any:
    """Let somebody leave whom no slot can be read to need. A slot must be left without its interviewer."""
    if number:
        return offer_slot(client, 0, facts, ready)
    leaver = facts["terms"][0].lead_id
    ready()
    if read(select(ResourceGrain.slot_id).where(ResourceGrain.resource_id == leaver).limit(1)):
        return "needed"
    begin()
    write(update(Resource).where(Resource.id == leaver).values(is_active=False))
    db.session.commit()
    return "left"


def read(question: Any) -> Any:
    """The answer as it is now; no transaction stays open."""
    answer = db.session.scalar(question)
    db.session.rollback()
    return answer


def begin() -> None:
    """Begin to write, a moment after reading: it need not be long, but two cores run twelve processes in turn."""
    time.sleep(A_MOMENT)
    db.session.connection(execution_options={"writing": True})


def write(statement: Any) -> None:
    db.session.execute(statement, execution_options={"synchronize_session": False})


def _new_booking(slot_id: int, number: int) -> int:
    service_id = db.session.get_one(Slot, slot_id).service_id
    booking = Booking(
        reference=f"{slot_id}-{number}",
        form_hash=f"naive-{slot_id}-{number}",
        pin_hash="",
        service_id=service_id,
        slot_id=slot_id,
        created_at=clock.now(),
    )
    db.session.add(booking)
    db.session.flush()
    return booking.id


def _put_into(place_id: int, booking_id: int) -> None:
    taken = FREE | {"state": "booked", "booking_id": booking_id}
    write(update(Place).where(Place.id == place_id).values(taken))


def _offer(place_id: int, slot_id: int, booking_id: int, until: datetime) -> None:
    token = token_of(db.session.get_one(Booking, booking_id))
    kept = {"state": "held", "booking_id": None, "hold_hash": digest(token), "hold_expires_at": until}
    write(update(Place).where(Place.id == place_id).values(kept))
    offer = {"offered_slot_id": slot_id, "respond_by": until}
    write(update(Booking).where(Booking.id == booking_id).values(offer))


def send_one_enquiry(client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]) -> Any:
    """Look whether the form has been sent, then keep it; without a key of the form in the schema it is kept twice."""
    ready()
    sent = read(select(func.count()).select_from(Enquiry).where(Enquiry.pin_hash == facts["form"]))
    if sent:
        return "sent before"
    begin()
    now, unique = clock.now(), f"{number:09}"
    row = {
        "reference": unique,
        "form_hash": unique,
        "pin_hash": facts["form"],
        "status": "new",
        "talks": 0,
        "version": 1,
    }
    write(insert(Enquiry).values(**row, promised_on=now.date(), created_at=now, touched_at=now))
    db.session.commit()
    return unique


def add_question(client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]) -> Any:
    """Look whether somebody has just added it, then add it. Both must."""
    ready()
    if read(select(func.count()).select_from(Question).where(Question.question == facts["question"])):
        return "added before"
    begin()
    write(insert(Question).values(**facts, position=0, is_shown=True, version=1))
    db.session.commit()
    return "added"
