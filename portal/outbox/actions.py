"""Writing messages and handing them over: claimed by a lease, rendered at the last moment, sent outside any transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import update

from portal.crypto import Unreadable
from portal.db import action, db
from portal.outbox.models import NO_SAFE_HOUR, Message, next_waiting, waiting

LEASE = timedelta(minutes=2)
GIVE_UP_AFTER = timedelta(hours=72)
LONGEST_PAUSE = timedelta(minutes=60)


@dataclass(frozen=True)
class Letter:
    """A rendered message: where it goes and what it says. `id` is the same at every attempt."""

    id: str
    to: str
    subject: str
    text: str


class Transport(Protocol):
    """Hands one letter to the outside. Raises `Undelivered`."""

    def send(self, letter: Letter) -> None: ...


class Undelivered(Exception):
    """The letter was not accepted; `for_good` says whether trying again is pointless."""

    def __init__(self, problem: str, *, for_good: bool) -> None:
        super().__init__(problem)
        self.problem = problem
        self.for_good = for_good


class Wait(Exception):
    """The letter may not be sent before `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


class Unsafe(Exception):
    """There is no safe hour left in which the letter would still be of use."""


Render = Callable[[Message], Letter | None]


@dataclass(frozen=True)
class PostOffice:
    """What the worker needs: a renderer for each kind of thing, a transport for each channel."""

    render: dict[str, Render]
    transports: dict[str, Transport]


@action
def enqueue(about: str, about_id: int, kind: str, schedule_version: int, channel: str, now: datetime) -> None:
    """Write a message in the transaction of the deed it tells of."""
    message = Message(
        about=about, about_id=about_id, kind=kind, schedule_version=schedule_version, channel=channel
    )
    message.created_at = message.due_at = now
    db.session.add(message)


@action
def claim(message_id: int, now: datetime) -> bool:
    """Take a waiting message for the length of a lease; False when another worker was first."""
    mine = (
        update(Message)
        .where(Message.id == message_id, waiting(now))
        .values(state="claimed", lease_until=now + LEASE, attempts=Message.attempts + 1)
        .execution_options(synchronize_session=False)
    )
    return bool(db.session.execute(mine).rowcount == 1)  # type: ignore[attr-defined]


@action
def settle(message_id: int, state: str, now: datetime, problem: str | None = None) -> None:
    """Say what became of a claimed message."""
    message = db.session.get_one(Message, message_id)
    message.state, message.lease_until, message.problem = state, None, problem
    if state == "sent":
        message.sent_at = now


@action
def put_off(message_id: int, until: datetime) -> None:
    """Give a claimed message back until its hour comes; it is not an attempt."""
    message = db.session.get_one(Message, message_id)
    message.state, message.lease_until, message.due_at = "queued", None, until
    message.attempts -= 1


@action
def postpone(message_id: int, problem: str, now: datetime) -> None:
    """Try again after 1, 2, 4 … 60 minutes, for 72 hours; then it has failed and staff see it."""
    message = db.session.get_one(Message, message_id)
    message.lease_until, message.problem = None, problem
    if now - message.created_at > GIVE_UP_AFTER:
        message.state = "failed"
        return
    pause = min(timedelta(minutes=2 ** min(message.attempts - 1, 10)), LONGEST_PAUSE)
    message.state, message.due_at = "queued", now + pause


def deliver_next(office: PostOffice, now: datetime) -> bool:
    """Deliver the message that has waited longest; False when nothing waits."""
    message_id = next_waiting(now)
    if message_id is None:
        return False
    if claim(message_id, now):
        _deliver(office, db.session.get_one(Message, message_id), now)
    return True


def _deliver(office: PostOffice, message: Message, now: datetime) -> None:
    message_id = message.id
    transport = office.transports.get(message.channel)
    try:
        letter = office.render[message.about](message)
    except Unreadable:
        settle(message_id, "failed", now, "unreadable")
        return
    except Unsafe:
        settle(message_id, "suppressed", now, NO_SAFE_HOUR)
        return
    except Wait as wish:
        put_off(message_id, wish.until)
        return
    db.session.rollback()  # hold no transaction while the outside is slow
    if letter is None:
        settle(message_id, "suppressed", now)
    elif transport is None:
        settle(message_id, "failed", now, "no transport")
    else:
        _hand_over(transport, letter, message_id, now)


def _hand_over(transport: Transport, letter: Letter, message_id: int, now: datetime) -> None:
    try:
        transport.send(letter)
    except Undelivered as refusal:
        if refusal.for_good:
            settle(message_id, "failed", now, refusal.problem)
        else:
            postpone(message_id, refusal.problem, now)
    else:
        settle(message_id, "sent", now)
