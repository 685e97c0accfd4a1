"""The message worker: takes what waits, sleeps when nothing does, stops when asked."""

import logging
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from types import FrameType

from sqlalchemy.exc import DBAPIError

from portal import clock
from portal.db import let_go
from portal.outbox.actions import PostOffice, deliver_next

log = logging.getLogger(__name__)

NIGHT = time(4)
PAUSE_SECONDS = 1.0
PAUSE_AFTER_TROUBLE = 5.0


@dataclass(frozen=True)
class Chore:
    """Something that the worker does again and again; `next_after` says when."""

    do: Callable[[datetime], object]
    next_after: Callable[[datetime], datetime]


def next_minute(now: datetime) -> datetime:
    """A minute from now."""
    return now + timedelta(minutes=1)


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


def work(
    office: PostOffice, stop: threading.Event, *chores: Chore, first: Callable[[datetime], object]
) -> None:
    """Do what comes first, then deliver until told to stop, and do the chores in their time; a database that is away is waited for."""
    has_begun = False
    now = clock.now()
    due = {chore: chore.next_after(now) for chore in chores}
    while not stop.is_set():
        try:
            before, now = now, clock.now()
            if now < before:  # the clock was set back: nothing waits until it has caught up
                due = {chore: chore.next_after(now) for chore in chores}
            for chore in [chore for chore, at in due.items() if at <= now]:
                chore.do(now)
                due[chore] = chore.next_after(now)
            if not has_begun:
                first(now)
                has_begun = True
            found = deliver_next(office, now)
        except DBAPIError as error:
            log.warning("the database did not answer: %s", type(error).__name__)
            stop.wait(PAUSE_AFTER_TROUBLE)
            continue
        finally:
            let_go()
        if not found:
            stop.wait(PAUSE_SECONDS)
