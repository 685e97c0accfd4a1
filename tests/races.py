"""Real processes that do the same thing at the same moment, each with a portal of its own on one database."""

import multiprocessing
import traceback
from collections.abc import Callable
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text, update

from portal import clock
from portal.accounts.models import account_called
from portal.booking.actions import Wish, book, cancel, move
from portal.booking.models import Booking, Place, Slot
from portal.booking.offering import take_back
from portal.db import db
from portal.demo.load import ACCOUNTS
from portal.errors import Refused
from portal.programmes.models import service_called
from tests.client import Client
from tests.conftest import browse, make_app

Runner = Callable[[Client, int, dict[str, Any], Callable[[], None]], Any]
PATIENCE = 90
ALL_FROM_HERE = {"PORTAL_LIMITS": "off"}
FREE = {"state": "free", "booking_id": None}


def race(runner: Runner, count: int, url: str, folder: Path, **facts: Any) -> list[Any]:
    """What each of `count` processes answers; all of them start at the call of `ready()`."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.races"])
    barrier, answers = context.Barrier(count), context.Queue()
    arguments = (runner, barrier, answers, url, folder, facts)
    runners = [context.Process(target=_run, args=(number, *arguments)) for number in range(count)]
    for process in runners:
        process.start()
    found = [answers.get(timeout=PATIENCE) for _ in runners]
    for process in runners:
        process.join(PATIENCE)
    broken = [answer for answer in found if isinstance(answer, str) and answer.startswith("Traceback")]
    assert not broken, broken[0]
    return found


def _run(
    number: int, runner: Runner, barrier: Barrier, answers: Any, url: str, folder: Path, facts: dict[str, Any]
) -> None:
    try:
        app = make_app(url, folder, **ALL_FROM_HERE)
        with app.app_context():
            client = browse(app)
            client.checks = False  # sixty browsers on two cores; the same pages are checked elsewhere
            db.session.execute(text("SELECT 1"))
            db.session.rollback()
            answers.put(runner(client, number, facts, lambda: _ready(barrier)))
    except BaseException:  # noqa: BLE001 - whatever broke is told to the test
        answers.put(traceback.format_exc())


def _ready(barrier: Barrier) -> None:
    barrier.wait(PATIENCE)


def answer_everything(client: Client, number: int, facts: dict[str, Any]) -> str:
    """Give every answer with a slot that has room for all; the cookie that remembers them."""
    page = client.visit(f"/umow-rozmowe/a1/termin?tydzien={facts['day']}")
    page = client.submit(page, "Dalej", slot=facts["roomy"])
    page = client.submit(page, "Dalej")
    client.submit(page, "Dalej", name=f"Osoba {number}", channel="none")
    cookie = client.get_cookie("portal")
    assert cookie
    return cookie.value


def change_to_the_wanted_slot(
    client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]
) -> Any:
    """With every answer given, change to the slot that everybody wants and confirm."""
    client.set_cookie("portal", facts["cookies"][number])
    page = client.visit(f"/umow-rozmowe/a1/termin?tydzien={facts['day']}")
    ready()
    page = client.submit(page, "Dalej", slot=facts["wanted"])
    if page.status == 409:
        return 409, f"Osoba {number}" in page.text, len(page.radios("slot"))
    page = client.submit(page, "Zarezerwuj termin")
    return page.status, page.h1, page.text


def send_one_form_again(client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]) -> Any:
    """Confirm with the cookie and the form of somebody else's browser."""
    client.set_cookie("portal", facts["cookie"])
    ready()
    response = client.post("/umow-rozmowe/a1/sprawdz", data={"csrf_token": facts["csrf_token"]})
    page = client.visit(response.location)
    return response.status_code, page.h1, page.text


def book_without_a_hold(client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]) -> Any:
    """Straight to the action, as the phone desk does."""
    wanted = wish(number, facts["slot"])
    ready()
    try:
        return book(wanted, clock.now()).reference
    except Refused as refusal:
        return refusal.code


def move_booking(client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]) -> Any:
    """Move one booking; each racer wants the slot that its number says."""
    targets = facts["targets"]
    wanted = targets[number % len(targets)]
    ready()
    try:
        return move(facts["booking"], 1, wanted, clock.now()).slot_id
    except Refused as refusal:
        return refusal.code


def move_or_cancel(client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]) -> Any:
    """Half of them move the booking, half of them cancel it."""
    if number % 2:
        return move_booking(client, number, facts, ready)
    ready()
    try:
        return cancel(facts["booking"], 1, clock.now()).status
    except Refused as refusal:
        return refusal.code


def book_or_close(client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]) -> Any:
    """One of them takes the slot back while the others book it."""
    if number:
        return book_without_a_hold(client, number, facts, ready)
    by = account_called(ACCOUNTS[1].login)
    assert by
    ready()
    try:
        return take_back(facts["slot"], 1, by, clock.now()).status
    except Refused as refusal:
        return refusal.code


def move_naively(client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]) -> Any:
    """What the obvious code does: read whether there is room, then write. The negative control: it must oversell."""
    booking_id, slot_id = facts["bookings"][number], facts["slot"]
    db.session.rollback()
    ready()
    taken = db.session.scalar(select(func.count()).where(Booking.slot_id == slot_id)) or 0
    db.session.rollback()
    if taken >= facts["capacity"]:
        return "taken"
    db.session.connection(execution_options={"writing": True})
    db.session.execute(update(Place).where(Place.booking_id == booking_id).values(FREE))
    db.session.execute(update(Booking).where(Booking.id == booking_id).values(slot_id=slot_id))
    db.session.commit()
    return slot_id


def book_naively(client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]) -> Any:
    """What the obvious code does: count, then insert. The negative control: it must oversell."""
    slot = db.session.get_one(Slot, facts["slot"])
    db.session.rollback()
    ready()
    taken = (
        db.session.scalar(select(func.count()).select_from(Booking).where(Booking.slot_id == slot.id)) or 0
    )
    db.session.rollback()
    if taken >= facts["capacity"]:
        return "taken"
    db.session.connection(execution_options={"writing": True})
    values = {"form_hash": f"naive-{slot.id}-{number}", "pin_hash": "", "created_at": clock.now()}
    db.session.add(
        Booking(reference=f"{slot.id}-{number}", service_id=slot.service_id, slot_id=slot.id, **values)
    )
    db.session.commit()
    return "booked"


def wish(number: int, slot_id: int) -> Wish:
    """What the racer of this number asks for."""
    service = service_called("a1")
    assert service is not None
    return Wish(
        service_id=service.id,
        slot_id=slot_id,
        name=f"Osoba {number}",
        channel="email",
        contact=f"osoba{number}@example.com",
        language="pl",
        form_token=f"form-{number}",
        hold_token=f"hold-{number}",
    )
