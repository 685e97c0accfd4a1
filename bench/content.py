"""A portal to measure: the demo content, and slots with room enough for every booking of the run."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

import psycopg
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import update

from portal import clock
from portal.accounts.models import account_called
from portal.announcements.models import published_list
from portal.app import create_app
from portal.booking.models import Resource, offices
from portal.booking.offering import Terms, offer, plan_here
from portal.booking.series import Rhythm
from portal.db import action, db
from portal.demo.load import ACCOUNTS, load
from portal.programmes.models import Service, service_called
from tests.parts import postgres

PLACES = 16
INTERVIEWERS = 3
# From the third week on, so that the week which the slot list shows first is the demo's own.
FIRST, LAST = timedelta(days=15), timedelta(days=40)
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


@dataclass(frozen=True)
class Content:
    """What a run needs to know of the database: the slots it may book, and an announcement it may read."""

    url: str
    slots: list[int]
    slug: str


@contextmanager
def database(folder: Path, *, on_postgres: bool) -> Iterator[tuple[str, list[int]]]:
    """The address of an empty database, and the processes that serve it."""
    if not on_postgres:
        yield f"sqlite:///{folder}/portal.sqlite", []
        return
    with postgres.running(f"bench{os.getpid()}") as running:
        url = running.new_database()
        _make_durable(url.replace("+psycopg", ""))
        yield url, [int((running.server.pgdata / "postmaster.pid").read_text().split()[0])]


def _make_durable(url: str) -> None:
    """The tests' PostgreSQL forgets what it has confirmed when the power fails; a real one must not."""
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in DURABLE:
            connection.execute(f"ALTER SYSTEM SET {setting} = on")
        connection.execute("SELECT pg_reload_conf()")


def configure(folder: Path, url: str) -> None:
    """Set what the portal reads from its environment, here and in the servers that this process starts."""
    for name in [name for name in os.environ if name.startswith("PORTAL_")]:
        del os.environ[name]
    os.environ |= {
        "PORTAL_DEMO": "1",
        "PORTAL_DATA": str(folder),
        "PORTAL_KEYS": f"bench:{secrets.token_hex(32)}",
        "PORTAL_DATABASE_URL": url,
        "PORTAL_LIMITS": "off",  # every visitor comes from one address
    }


def fill() -> Content:
    """Migrate the database and load what a run needs."""
    app = create_app()
    now = clock.now()
    with app.app_context():
        upgrade()
        load(now)
        slots = [slot for number in range(INTERVIEWERS) for slot in _offer_slots(now, f"Bench {number}")]
        content = Content(str(db.engine.url), slots, published_list(now)[0].slug)
    release(app)
    return content


def release(app: Flask) -> None:
    """Let go of the database."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def _offer_slots(now: datetime, interviewer: str) -> list[int]:
    service, host = service_called("a1"), account_called(ACCOUNTS[1].login)
    db.session.execute(update(Service).values(phone_percent=0))
    db.session.commit()
    assert service is not None
    assert host is not None
    today, workdays = clock.day_of(now), frozenset(range(5))
    rhythm = Rhythm(workdays, today + FIRST, today + LAST, time(8), time(14), service.minutes)
    terms = Terms(service.id, offices()[0].id, _new_interviewer(interviewer), PLACES)
    spans = plan_here(rhythm, terms.office_id, now).spans
    return [slot.id for slot in offer(terms, spans, host, now, rhythm)]


@action
def _new_interviewer(name: str) -> int:
    person = Resource(kind="interviewer", name=name)
    db.session.add(person)
    db.session.flush()
    return person.id
