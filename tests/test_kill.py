"""Nothing confirmed is lost, whatever is killed whenever: web, worker, or all at once, under load (S9, S10)."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from portal import clock
from portal.booking.checks import violations
from portal.booking.models import Booking
from portal.db import action, db, rows
from portal.outbox.models import Message
from tests.conftest import Databases, Figure, make_app
from tests.parts import smtp
from tests.parts.processes import Crowd, Portal, environment, free_port, wait_for
from tests.test_races import Scene


@pytest.fixture
def mail() -> Iterator[smtp.Smtp]:
    with smtp.running() as server:
        yield server


@pytest.fixture
def scene(kind: str, databases: Databases, tmp_path: Path) -> Scene:
    return Scene(databases.filled(kind, tmp_path), tmp_path, room=5000)


@pytest.fixture
def portal(scene: Scene, mail: smtp.Smtp, tmp_path: Path) -> Iterator[Portal]:
    running = Portal(environment(scene.url, tmp_path, mail), free_port())
    running.start()
    yield running
    running.kill()


@pytest.mark.parametrize(("kills", "people"), [(3, 4), pytest.param(50, 16, marks=pytest.mark.torture)])
def test_what_was_confirmed_outlives_every_kill(
    kind: str, portal: Portal, scene: Scene, mail: smtp.Smtp, kills: int, people: int, figure: Figure
) -> None:
    dice, started, before = random.Random(kills), [], bookings_of(scene)
    with Crowd(portal.port, scene.roomy, people=people) as crowd:
        for _ in range(kills):
            somebody_books(crowd)
            time.sleep(dice.uniform(0, 1.5))
            portal.kill()
            started.append(portal.start())
        somebody_books(crowd)
    assert crowd.odd == []
    assert len(crowd.seen) > kills
    deliver_the_rest(scene)
    stored = bookings_of(scene)
    assert set(crowd.seen.values()) <= stored
    assert len(stored - before) <= len(crowd.seen) + len(crowd.lost), "nobody has two for one"
    assert len(set(crowd.seen.values())) == len(crowd.seen), "no reference is given twice"
    assert scene.violations() == {}
    received = Counter(letter.recipients[0] for letter in mail.received)
    assert crowd.seen.keys() <= received.keys(), "everybody was told"
    assert max(received.values()) <= 2
    assert sum(number == 2 for number in received.values()) <= kills
    figure(
        f"S9 {kind}: slowest of {kills} starts after a kill, with {len(crowd.seen)} bookings",
        "≤ 10 s",
        max(started),
    )


def somebody_books(crowd: Crowd) -> float:
    """Wait for one more booking, however busy the machine is; answers how many seconds that took."""
    before = len(crowd.seen)
    return wait_for(lambda: len(crowd.seen) > before)


def deliver_the_rest(scene: Scene) -> None:
    """Wait until the worker has sent what is due, however much that is, as long as something goes out in each minute; leases of
    killed workers end at once."""
    app = make_app(scene.url, scene.folder)
    while left := unsent(app):
        wait_for(partial(lambda before: unsent(app) < before, left))


def unsent(app: Flask) -> int:
    """How many confirmations have not gone out."""
    with app.app_context():
        end_stale_leases(clock.now())
        waiting = (Message.kind == "confirmed", Message.state != "sent")
        left = db.session.scalar(select(func.count()).select_from(Message).where(*waiting))
        db.session.remove()
        db.engine.dispose()
    return left or 0


@action
def end_stale_leases(now: datetime) -> None:
    ended = {"lease_until": now - timedelta(minutes=5)}
    stale = Message.lease_until < now + timedelta(seconds=100)
    rows(update(Message).where(Message.state == "claimed", stale).values(ended))


def bookings_of(scene: Scene) -> set[str]:
    with scene.app.app_context():
        found = set(db.session.scalars(select(Booking.reference).where(Booking.status == "confirmed")))
        assert violations() == {}
    scene.rest()
    return found
