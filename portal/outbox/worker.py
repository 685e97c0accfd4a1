"""The message worker: takes what waits, sleeps when nothing does, stops when asked."""

import logging
import signal
import threading
from collections.abc import Callable
from datetime import datetime, time, timedelta
from types import FrameType

from sqlalchemy.exc import DBAPIError

from portal import clock
from portal.db import db
from portal.outbox.actions import PostOffice, deliver_next

log = logging.getLogger(__name__)

Chore = Callable[[datetime], object]
NIGHT = time(4)
PAUSE_SECONDS = 1.0
PAUSE_AFTER_TROUBLE = 5.0


def next_night(now: datetime) -> datetime:
    """The next 4 o'clock in Poland, an hour that no change of clocks skips or repeats."""
    today = clock.at_local(datetime.combine(clock.day_of(now), NIGHT))[0]
    tomorrow = clock.day_of(now) + timedelta(days=1)
    return today if today > now else clock.at_local(datetime.combine(tomorrow, NIGHT))[0]


def stop_on_signal() -> threading.Event:
    """An event that is set when the process is asked to end."""
    stop = threading.Event()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    return stop


def work(office: PostOffice, stop: threading.Event, nightly: Chore) -> None:
    """Deliver until told to stop, and do the chore of the night; a database that is away is waited for."""
    chore_at = next_night(clock.now())
    while not stop.is_set():
        try:
            now = clock.now()
            if now >= chore_at:
                nightly(now)
                chore_at = next_night(now)
            found = deliver_next(office, now)
        except DBAPIError as error:
            log.warning("the database did not answer: %s", type(error).__name__)
            stop.wait(PAUSE_AFTER_TROUBLE)
            continue
        finally:
            db.session.remove()
        if not found:
            stop.wait(PAUSE_SECONDS)
