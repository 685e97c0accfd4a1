"""Real processes that do the same thing at the same moment, each with a portal of its own on one database."""

import multiprocessing
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import func, select, text

from portal import clock
from portal.accounts.factors import renew_recovery_codes
from portal.accounts.keeping import keep
from portal.accounts.models import Account, account_called
from portal.accounts.passwords import change_password
from portal.accounts.people import invite
from portal.booking.actions import Wish, book, cancel, move
from portal.booking.arrangements import save_resource
from portal.booking.models import Booking, Place
from portal.booking.offering import offer, take_back
from portal.booking.offers import accept, tend
from portal.db import db
from portal.demo.load import ACCOUNTS
from portal.errors import Refused
from portal.foster.actions import Interest, submit
from portal.foster.questions import save_question
from portal.outbox.actions import PostOffice, deliver_next
from portal.outbox.transports import Smtp
from portal.programmes.models import service_called
from tests.client import Client
from tests.conftest import browse, make_app

Runner = Callable[[Client, int, dict[str, Any], Callable[[], None]], Any]
PATIENCE = 90
ALL_FROM_HERE = {"PORTAL_LIMITS": "off"}


def race(runner: Runner, count: int, url: str, folder: Path, **facts: Any) -> list[Any]:
    """What each of `count` processes answers; all of them start at the call of `ready()`."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.races", "tests.naive"])
    start, answers = Start(context.Barrier(count), context.Value("d")), context.Queue()
    arguments = (runner, start, answers, url, folder, facts)
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
    number: int, runner: Runner, start: "Start", answers: Any, url: str, folder: Path, facts: dict[str, Any]
) -> None:
    try:
        app = make_app(url, folder, **ALL_FROM_HERE)
        with app.app_context():
            client = browse(app)
            client.checks = False  # sixty browsers on two cores; the same pages are checked elsewhere
            db.session.execute(text("SELECT 1"))
            db.session.rollback()
            answers.put(runner(client, number, facts, start.wait))
    except BaseException:  # noqa: BLE001 - whatever broke is told to the test
        answers.put(traceback.format_exc())


@dataclass
class Start:
    """Lets all run at one moment, as often as they wait for it: a barrier alone lets them through one after the other."""

    barrier: Barrier
    moment: Any
    pause: float = 0.25
    last: float = 0.0

    def wait(self) -> None:
        if self.barrier.wait(PATIENCE) == 0:
            self.moment.value = time.monotonic() + self.pause
        while self.moment.value == self.last:
            time.sleep(0.001)
        self.last, self.pause = self.moment.value, 0.03
        time.sleep(max(self.last - time.monotonic(), 0))


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


def choose_in_one_browser(
    client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]
) -> Any:
    """Choose the slot of this racer with the cookie that all of them share; the status of the answer."""
    client.set_cookie("portal", facts["cookie"])
    page = client.visit(f"/umow-rozmowe/a1/termin?tydzien={facts['day']}")
    ready()
    return client.press(page, "Dalej", slot=facts["slots"][number % len(facts["slots"])]).status_code


def send_one_form_again(client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]) -> Any:
    """Confirm with the cookie and the form of somebody else's browser."""
    client.set_cookie("portal", facts["cookie"])
    ready()
    response = client.post("/umow-rozmowe/a1/sprawdz", data={"csrf_token": facts["csrf_token"]})
    page = client.visit(response.location)
    return response.status_code, page.h1, page.text


def in_rounds(client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]) -> list[Any]:
    """The same race again and again, each round with facts of its own."""
    one: Runner = facts["one"]
    return [one(client, number, own, ready) for own in facts["rounds"]]


def book_without_a_hold(client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]) -> Any:
    """Straight to the action, as the phone desk does."""
    wanted = wish(facts.get("people", 0) + number, facts["slot"])
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


def move_or_cancel_or_look(
    client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]
) -> Any:
    """One of them only looks, again and again: answers every reading at which a place was missing or there twice."""
    if number:
        return move_or_cancel(client, number, facts, ready)
    ready()
    return [reading for reading in (_reading(facts) for _ in range(10)) if reading not in facts["sound"]]


def _reading(facts: dict[str, Any]) -> tuple[int, int]:
    """How many places are booked and how many bookings stand, in the slots of this round, at one moment."""
    slots = (facts["from"], *facts["targets"])
    booked = select(func.count()).where(Place.slot_id.in_(slots), Place.state == "booked")
    stand = select(func.count()).where(Booking.slot_id.in_(slots), Booking.status == "confirmed")
    found = db.session.execute(select(booked.scalar_subquery(), stand.scalar_subquery())).one()
    db.session.rollback()
    return found[0], found[1]


def book_or_close(client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]) -> Any:
    """One of them takes the slot back while the others book it."""
    if number:
        return book_without_a_hold(client, number, facts, ready)
    by = somebody_in_charge()
    ready()
    try:
        return take_back(facts["slot"], 1, by, clock.now()).status
    except Refused as refusal:
        return refusal.code


def offer_or_book(client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]) -> Any:
    """Half of them are the worker that offers what has become free, half of them book it."""
    if number % 2:
        return book_without_a_hold(client, number, facts, ready)
    ready()
    return "offered" if tend(clock.now()) else "nobody was asked"


def free_or_book(client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]) -> Any:
    """One of them gives the place back while the others try to book it."""
    if number:
        return book_without_a_hold(client, number, facts, ready)
    ready()
    return cancel(facts["booking"], 1, clock.now()).status


def accept_or_expire(client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]) -> Any:
    """Half of them accept an offer in its last second, half of them are the worker whose clock is a second ahead."""
    ready()
    if number % 2:
        return "next one asked" if tend(facts["deadline"]) else "nobody was asked"
    try:
        return accept(facts["booking"], facts["version"], facts["deadline"] - timedelta(seconds=1)).status
    except Refused as refusal:
        return refusal.code


def offer_slot(client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]) -> Any:
    """Open the slot of this racer; some of them exclude each other."""
    by, terms = somebody_in_charge(), facts["terms"][number]
    ready()
    try:
        return offer(terms, [facts["span"]], by, clock.now())[0].status
    except Refused as refusal:
        return refusal.code


def offer_or_leave(client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]) -> Any:
    """One of them says that an interviewer has left, the other opens a slot with that interviewer."""
    if number:
        return offer_slot(client, 0, facts, ready)
    by, leaver = somebody_in_charge(), facts["terms"][0].lead_id
    ready()
    try:
        save_resource(leaver, 1, {"is_active": False}, by, clock.now())
    except Refused as refusal:
        return refusal.code
    return "left"


def send_one_enquiry(client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]) -> Any:
    """The same form about foster care at the same moment."""
    interest = Interest("Próbna", "email", "osoba@example.com", "pl", facts["form"])
    ready()
    return submit(interest, 5, clock.now()).reference


def somebody_in_charge() -> Account:
    """Whoever offers slots in the demo."""
    by = account_called(ACCOUNTS[1].login)
    assert by
    return by


def deliver_mail(client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]) -> Any:
    """What a worker does until nothing waits."""
    office = post_office(facts["mail"])
    ready()
    while deliver_next(office, clock.now()):
        pass


def post_office(url: str) -> PostOffice:
    """The portal's own, with this mail server."""
    ours: PostOffice = current_app.extensions["post_office"]
    return PostOffice(ours.render, {"email": Smtp(url, "kontakt@mopr-przykladowo.example")})


def wish(number: int, slot_id: int | None) -> Wish:
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


def add_question(client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]) -> Any:
    """Add the question that the other one adds too."""
    by = somebody_in_charge()
    ready()
    return save_question(None, 0, facts | {"is_shown": True}, by, clock.now()).id


def press_about_accounts(
    client: Client, number: int, facts: dict[str, Any], ready: Callable[[], None]
) -> Any:
    """What a second press of a button of somebody's account does."""
    by, now = somebody_in_charge(), clock.now()
    deed = {
        "invite": lambda: invite(facts["login"], "Nowa", "editor", by, now).account_id,
        "codes": lambda: renew_recovery_codes(by, now) and None,
        "password": lambda: change_password(by, "Nowe hasło, którego nikt nie zna", now),
        "keep": lambda: keep(facts["of"], "/panel/strony/nowa", [("title", "Dojazd")], now),
    }[facts["deed"]]
    ready()
    return deed()
