"""The message worker: takes what waits, sleeps when nothing does, stops when asked."""

import logging
import signal
import threading
from types import FrameType

from sqlalchemy.exc import DBAPIError

from portal import clock
from portal.db import db
from portal.outbox.actions import PostOffice, deliver_next

log = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0
PAUSE_AFTER_TROUBLE = 5.0


def stop_on_signal() -> threading.Event:
    """An event that is set when the process is asked to end."""
    stop = threading.Event()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    return stop


def work(office: PostOffice, stop: threading.Event) -> None:
    """Deliver until told to stop; a database that is away is waited for."""
    while not stop.is_set():
        try:
            found = deliver_next(office, clock.now())
        except DBAPIError as error:
            log.warning("the database did not answer: %s", type(error).__name__)
            stop.wait(PAUSE_AFTER_TROUBLE)
            continue
        finally:
            db.session.remove()
        if not found:
            stop.wait(PAUSE_SECONDS)
