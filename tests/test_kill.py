"""Nothing confirmed is lost, whatever is killed whenever: web, worker, or all at once, under load (S9, S10)."""

import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import BinaryIO

import httpx
import pytest
from sqlalchemy import select, update

from portal import clock
from portal.booking.checks import violations
from portal.booking.models import Booking
from portal.db import db
from portal.outbox.models import Message
from tests.conftest import KEYS, Databases, make_app
from tests.parts import smtp
from tests.test_races import Scene

ROOT = Path(__file__).parent.parent
CLIENTS = 4
TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')
REFERENCE = re.compile(r'id="reference">([^<]+)<')


@dataclass
class Portal:
    """Web and worker as real processes that can be killed together."""

    environment: dict[str, str]
    port: int
    log: BinaryIO | None = None
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> float:
        """Start both; answers how many seconds passed until the first page."""
        begun = time.monotonic()
        for verb in (["serve", "--port", str(self.port)], ["worker"]):
            command = [sys.executable, "-m", "portal", *verb]
            self.processes.append(
                subprocess.Popen(
                    command,
                    cwd=ROOT,
                    env=self.environment,
                    stdout=self.log,
                    stderr=self.log,
                    start_new_session=True,
                )
            )
        while time.monotonic() - begun < 30:
            try:
                httpx.get(f"http://127.0.0.1:{self.port}/pomoc", timeout=5)
            except httpx.HTTPError:
                time.sleep(0.05)
            else:
                return time.monotonic() - begun
        raise AssertionError("the portal does not start")

    def kill(self) -> None:
        for process in self.processes:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.processes.clear()


class Crowd:
    """People who book, one talk after another, and remember the references that they have seen."""

    def __init__(self, port: int, slot_id: int) -> None:
        self._address, self._slot = f"http://127.0.0.1:{port}", slot_id
        self._numbers, self._stop = count(), threading.Event()
        self.seen: dict[str, str] = {}
        self.odd: list[str] = []
        self._threads = [threading.Thread(target=self._book_on) for _ in range(CLIENTS)]

    def __enter__(self) -> "Crowd":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_what: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _book_on(self) -> None:
        while not self._stop.is_set():
            mailbox = f"osoba{next(self._numbers)}@example.com"
            try:
                self.seen[mailbox] = self._book(mailbox)
            except httpx.HTTPError:
                time.sleep(0.05)  # killed under our hands: whether it was booked is not known
            except AssertionError as error:
                self.odd.append(str(error))

    def _book(self, mailbox: str) -> str:
        with httpx.Client(base_url=self._address, follow_redirects=True, timeout=20) as browser:
            page = browser.get("/umow-rozmowe/a1/termin")
            for typed in (
                {"slot": str(self._slot)},
                {},
                {"name": "Ktoś", "channel": "email", "email": mailbox},
                {},
            ):
                assert page.status_code == 200, page.url
                token = TOKEN.search(page.text)
                assert token, page.url
                page = browser.post(page.url.path, data={"csrf_token": token[1], **typed})
            found = REFERENCE.search(page.text)
            assert found, f"{page.url} {page.status_code}"
            return found[1]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture
def mail() -> Iterator[smtp.Smtp]:
    with smtp.running() as server:
        yield server


@pytest.fixture
def scene(kind: str, databases: Databases, tmp_path: Path) -> Scene:
    return Scene(databases.filled(kind, tmp_path), tmp_path, room=5000)


@pytest.fixture
def portal(scene: Scene, mail: smtp.Smtp, tmp_path: Path) -> Iterator[Portal]:
    port = free_port()
    running = Portal(
        os.environ
        | {
            "PORTAL_DEMO": "1",
            "PORTAL_DATA": str(tmp_path),
            "PORTAL_KEYS": KEYS,
            "PORTAL_DATABASE_URL": scene.url,
            "PORTAL_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "PORTAL_LIMITS": "off",
            "PORTAL_MAIL_URL": f"smtp://{mail.host}:{mail.port}",
        },
        port,
    )
    running.start()
    yield running
    running.kill()


@pytest.mark.parametrize("kills", [3, pytest.param(50, marks=pytest.mark.torture)])
def test_what_was_confirmed_outlives_every_kill(
    portal: Portal, scene: Scene, mail: smtp.Smtp, kills: int
) -> None:
    dice = random.Random(kills)
    with Crowd(portal.port, scene.roomy) as crowd:
        for _ in range(kills):
            time.sleep(dice.uniform(0.5, 2))
            portal.kill()
            assert portal.start() < 10
        time.sleep(1)
    assert crowd.odd == []
    assert len(crowd.seen) > kills
    deliver_the_rest(scene)
    stored = bookings_of(scene)
    assert set(crowd.seen.values()) <= stored
    assert len(set(crowd.seen.values())) == len(crowd.seen), "no reference is given twice"
    assert scene.violations() == {}
    received = Counter(letter.recipients[0] for letter in mail.received)
    assert crowd.seen.keys() <= received.keys(), "everybody was told"
    assert max(received.values()) <= 2
    assert sum(number == 2 for number in received.values()) <= kills


def deliver_the_rest(scene: Scene) -> None:
    """Wait until the worker has sent what is due; leases of killed workers end at once."""
    app = make_app(scene.url, scene.folder)
    for _ in range(300):
        with app.app_context():
            ended = {"lease_until": clock.now() - timedelta(minutes=5)}
            stale = Message.lease_until < clock.now() + timedelta(seconds=100)
            db.session.execute(update(Message).where(Message.state == "claimed", stale).values(ended))
            db.session.commit()
            waiting = select(Message.id).where(Message.kind == "confirmed", Message.state != "sent")
            left = db.session.scalars(waiting).all()
            db.session.remove()
            db.engine.dispose()
        if not left:
            return
        time.sleep(0.2)
    raise AssertionError(f"{len(left)} messages were never sent")


def bookings_of(scene: Scene) -> set[str]:
    with scene.app.app_context():
        found = set(db.session.scalars(select(Booking.reference).where(Booking.status == "confirmed")))
        assert violations() == {}
    scene.rest()
    return found
