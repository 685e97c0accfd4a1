"""The clock of the machine is put forward and back under real processes (S15): nobody is reminded twice, nobody waits longer or stays
longer than allowed, and the worker goes on. What the two nights do to slots is in `tests/test_nights.py`."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
import time_machine
from flask import Flask
from sqlalchemy import delete, func, select

from portal import clock
from portal.accounts.models import AuditEntry, AuditSeal
from portal.db import db
from portal.outbox.actions import PostOffice
from portal.outbox.models import Message
from portal.outbox.worker import Chore, next_minute, work
from tests.client import Client
from tests.conftest import PASSWORDS, Databases, Figure, only_sqlite, signed_in
from tests.parts import smtp
from tests.parts.faketime import SetClock
from tests.parts.processes import TOKEN, Crowd, Portal, environment, free_port, wait_for
from tests.test_kill import mail as mail
from tests.test_races import Scene

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@contextmanager
def at_work(scene: Scene, mail: smtp.Smtp, set_clock: SetClock) -> Iterator[Portal]:
    """A portal whose processes look at this clock."""
    portal = Portal(environment(scene.url, scene.folder, mail, **set_clock.environment), free_port())
    portal.start()
    try:
        yield portal
        assert portal.is_alive()
    finally:
        portal.kill()


@pytest.fixture
def set_clock(tmp_path: Path) -> SetClock:
    (tmp_path / "clock").mkdir()
    return SetClock(tmp_path / "clock" / "offset")


def local(*wall: int) -> datetime:
    """The moment at which clocks in Poland show this."""
    return clock.at_local(datetime(*wall))[0]  # type: ignore[arg-type]


@pytest.mark.torture
@pytest.mark.parametrize(
    "night", [local(2027, 3, 28, 0, 0), local(2027, 10, 31, 0, 0)], ids=["march", "october"]
)
def test_a_reminder_keeps_its_hour_and_comes_once_however_the_clock_jumps(
    kind: str,
    databases: Databases,
    mail: smtp.Smtp,
    tmp_path: Path,
    set_clock: SetClock,
    night: datetime,
    figure: Figure,
) -> None:
    before, nine = night - 5 * DAY, local(*clock.local(night).timetuple()[:3], 9)
    due = local(*clock.local(night - HOUR).timetuple()[:3], 9)
    set_clock.set(before)
    with time_machine.travel(before):
        scene = Scene(databases.filled(kind, tmp_path), tmp_path)
        (slot,) = scene.more(1, 10, begin=nine)
    with at_work(scene, mail, set_clock) as portal:
        crowd = Crowd(portal.port, slot)
        for number in range(3):
            crowd.book(f"noc{number}@example.com")
        wait_for(lambda: letters(mail, crowd) == [1, 1, 1])
        set_clock.set(due - timedelta(seconds=20))
        Crowd(portal.port, scene.roomy).book("ktos@example.com")
        wait_for(lambda: any("ktos@example.com" in letter.recipients for letter in mail.received))
        assert letters(mail, crowd) == [1, 1, 1], "the worker has looked, and it was too early"
        wait_for(lambda: letters(mail, crowd) == [2, 2, 2])
        assert set_clock.now() - due < timedelta(seconds=40)
        for number, jump in enumerate((-10 * HOUR / 60, HOUR, -2 * HOUR, 3 * HOUR, -HOUR, 2 * DAY, -2 * DAY)):
            set_clock.shift(jump)
            after = f"po{number}@example.com"
            Crowd(portal.port, scene.roomy).book(after)
            if jump < 2 * DAY:
                wait_for(lambda: any(after in letter.recipients for letter in mail.received))  # noqa: B023
        assert letters(mail, crowd) == [2, 2, 2]
    figure(
        f"S15 reminders for 9:00 over {clock.day_of(night)}, 7 jumps",
        "9:00, once each",
        "9:00, once each",
    )


def letters(mail: smtp.Smtp, crowd: Crowd) -> list[int]:
    """How many letters each of them has."""
    received = Counter(letter.recipients[0] for letter in mail.received)
    return [received[person] for person in crowd.seen]


@pytest.mark.torture
def test_no_session_and_no_throttle_grows_and_nobody_keeps_a_place_when_the_clock_jumps(
    kind: str, databases: Databases, mail: smtp.Smtp, tmp_path: Path, set_clock: SetClock, figure: Figure
) -> None:
    scene = Scene(databases.filled(kind, tmp_path), tmp_path)
    (only,) = scene.more(1, 1)
    with (
        at_work(scene, mail, set_clock) as portal,
        browsing(portal) as staff,
        browsing(portal) as guesser,
        browsing(portal) as first,
        browsing(portal) as second,
    ):
        assert sign_in(staff).status_code == 303
        assert staff.get("/panel").status_code == 200
        assert [sign_in(guesser, "x" * 20).status_code for _ in range(11)] == [422] * 10 + [429]
        assert choose(first, only) == 303
        assert choose(second, only) == 409
        set_clock.shift(-HOUR / 6)
        assert staff.get("/panel").status_code == 303, "nobody knows how long it was idle"
        refused = sign_in(guesser, "x" * 20)
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) <= 15 * 60 + 1
        assert choose(second, only) == 409
        set_clock.shift(HOUR)
        assert sign_in(guesser, "x" * 20).status_code == 422, "a quarter of an hour is over"
        assert choose(second, only) == 303, "and the time for which a place is kept"
        set_clock.shift(2 * DAY)
        chain_of_the_worker_is_closed(staff, scene, set_clock)
        set_clock.shift(-2 * DAY)
        chain_of_the_worker_is_closed(staff, scene, set_clock)
    figure(
        "S15 −10 min: sessions end, longest wait after wrong passwords",
        "≤ 901 s",
        int(refused.headers["Retry-After"]),
    )


def browsing(portal: Portal) -> httpx.Client:
    return httpx.Client(base_url=f"http://127.0.0.1:{portal.port}", timeout=60)


def send(browser: httpx.Client, address: str, **typed: str) -> httpx.Response:
    """Fill in the form of a page."""
    token = TOKEN.search(browser.get(address).text)
    assert token, address
    return browser.post(address, data={"csrf_token": token[1], **typed})


def sign_in(browser: httpx.Client, password: str = "") -> httpx.Response:
    """The editor's account, with the right password unless another is given."""
    login, right = PASSWORDS["editor"]
    return send(browser, "/panel/logowanie", login=login, password=password or right)


def choose(browser: httpx.Client, slot_id: int) -> int:
    """The first step of a booking, which keeps a place for a while; answers its status."""
    return send(browser, "/umow-rozmowe/a1/termin", slot=str(slot_id)).status_code


def chain_of_the_worker_is_closed(staff: httpx.Client, scene: Scene, set_clock: SetClock) -> None:
    """Somebody signs in, and a minute later, by this clock, that is chained in the audit log."""
    assert sign_in(staff).status_code == 303
    set_clock.shift(timedelta(seconds=61))
    wait_for(lambda: is_chained(scene), 90)


def is_chained(scene: Scene) -> bool:
    with scene.app.app_context():
        newest, chained = (
            db.session.scalar(select(func.max(AuditEntry.id))),
            db.session.scalar(select(func.max(AuditSeal.entry_id))),
        )
    scene.rest()
    return newest == chained


@only_sqlite
def test_a_clock_set_back_ends_sessions_and_lengthens_no_wait(
    app: Flask, resident: Client, frozen: time_machine.Traveller
) -> None:
    editor, frozen_at = signed_in(app, "editor"), clock.now()
    wrong = {"reference": "K7QM-2F9X", "pin": "000000"}
    tries = [
        resident.press(resident.visit("/moja-rezerwacja"), "Pokaż rezerwację", **wrong) for _ in range(6)
    ]
    assert [answer.status_code for answer in tries] == [422] * 5 + [429]
    frozen.move_to(frozen_at - timedelta(seconds=30))
    assert editor.get("/panel").status_code == 200, "a clock that is put right by seconds disturbs nobody"
    frozen.move_to(frozen_at - 2 * DAY)
    assert editor.get("/panel").status_code == 303
    page = resident.visit("/moja-rezerwacja")
    for _ in range(2):
        refused = resident.press(page, "Pokaż rezerwację", **wrong)
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) <= 15 * 60 + 1
    frozen.shift(15 * 60 + 1)
    assert resident.press(page, "Pokaż rezerwację", **wrong).status_code == 422


@only_sqlite
def test_a_worker_whose_clock_is_set_back_waits_for_nothing(
    context: None, app: Flask, frozen: time_machine.Traveller
) -> None:
    steps = [2 * DAY, -2 * DAY, timedelta(seconds=61)]

    class Steps(threading.Event):
        """Each time the worker sleeps, the clock goes on or back by the next of them; after the last it is told to stop."""

        def wait(self, timeout: float | None = None) -> bool:
            if not steps:
                self.set()
            else:
                frozen.shift(steps.pop(0))
            return self.is_set()

    begun, done = clock.now(), list[datetime]()
    nobody = PostOffice({}, {})
    db.session.execute(delete(Message))
    db.session.commit()
    work(nobody, Steps(), Chore(done.append, next_minute), first=lambda _now: None)
    assert done == [begun + 2 * DAY, begun + timedelta(seconds=61)]
