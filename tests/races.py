"""Real processes that do the same thing at the same moment, each with a portal of its own on one database."""

import multiprocessing
import traceback
from collections.abc import Callable
from datetime import timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text

from portal import clock
from portal.booking.actions import Wish, book
from portal.booking.models import Booking, Slot
from portal.db import db
from portal.errors import Refused
from portal.programmes.models import service_called
from tests.client import Client
from tests.conftest import browse, make_app

Runner = Callable[[Client, int, dict[str, Any], Callable[[], None]], Any]
PATIENCE = 90


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
        app = make_app(url, folder)
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
    wish = _wish(number, facts["slot"])
    ready()
    try:
        return book(wish, clock.now()).reference
    except Refused as refusal:
        return refusal.code


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
    values = {"form_hash": f"naive-{number}", "pin_hash": "", "created_at": clock.now() + timedelta()}
    db.session.add(Booking(reference=f"N{number}", service_id=slot.service_id, slot_id=slot.id, **values))
    db.session.commit()
    return f"N{number}"


def _wish(number: int, slot_id: int) -> Wish:
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
