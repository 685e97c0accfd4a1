"""Writing messages and handing them over: claimed by a lease, rendered at the last moment, sent outside any transaction."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Update, select, update
from sqlalchemy.exc import DBAPIError

from portal.crypto import Unreadable
from portal.db import action, db, rows
from portal.outbox.models import BY_PHONE, NO_SAFE_HOUR, RESTORED, TOO_OLD, Message, next_waiting, waiting

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
GIVE_UP_AFTER = timedelta(hours=72)
STALE_AFTER = timedelta(hours=24)
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


@dataclass(frozen=True)
class Claim:
    """The right to settle a message at this attempt; void once another worker has taken the message over."""

    message_id: int
    attempt: int


@action
def claim(message_id: int, now: datetime) -> Claim | None:
    """Take a waiting message for the length of a lease; None when another worker was first."""
    taken = {"state": "claimed", "lease_until": now + LEASE, "attempts": Message.attempts + 1}
    if not _changed(update(Message).where(Message.id == message_id, waiting(now)).values(taken)):
        return None
    attempt = db.session.scalar(select(Message.attempts).where(Message.id == message_id))
    return Claim(message_id, attempt or 0)


@action
def settle(mine: Claim, state: str, now: datetime, problem: str | None = None) -> None:
    """Say what became of a claimed message."""
    _give_up_claim(mine, state=state, problem=problem, sent_at=now if state == "sent" else None)


@action
def put_off(mine: Claim, until: datetime) -> None:
    """Give a claimed message back until its hour comes; it is not an attempt."""
    _give_up_claim(mine, state="queued", due_at=until, attempts=mine.attempt - 1)


@action
def postpone(mine: Claim, problem: str, now: datetime) -> None:
    """Try again after 1, 2, 4 … 60 minutes, for 72 hours; then it has failed and staff see it."""
    if now - db.session.get_one(Message, mine.message_id).created_at > GIVE_UP_AFTER:
        _give_up_claim(mine, state="failed", problem=problem)
        return
    pause = min(timedelta(minutes=2 ** min(mine.attempt - 1, 10)), LONGEST_PAUSE)
    _give_up_claim(mine, state="queued", problem=problem, due_at=now + pause)


def _give_up_claim(mine: Claim, **values: object) -> None:
    still_mine = (
        Message.id == mine.message_id,
        Message.state == "claimed",
        Message.attempts == mine.attempt,
    )
    _changed(update(Message).where(*still_mine).values(lease_until=None, **values))


def _changed(statement: Update) -> bool:
    """Whether it changed a row."""
    return _count(statement) > 0


def _count(statement: Update) -> int:
    """How many rows it changed; what the session knows of them is read anew."""
    count = rows(statement)
    db.session.expire_all()
    return count


@action
def set_aside(now: datetime) -> int:
    """Hand to people what should have gone out more than a day ago, for nobody knows whether it has: the database may come
    from a backup. The worker does this when it starts; answers how many messages."""
    return _hand_to_people(now - STALE_AFTER, TOO_OLD)


@action
def hold_back(now: datetime) -> int:
    """Hand to people what was due when the database was put back from a backup: it may have gone out since the backup was
    taken, and nothing is sent twice (S18). What becomes due later, such as a reminder, goes out in its time. Answers how many."""
    return _hand_to_people(now, RESTORED)


def _hand_to_people(due: datetime, problem: str) -> int:
    waiting_since = (Message.state.in_(("queued", "claimed")), Message.due_at <= due)
    uncertain = update(Message).where(*waiting_since, Message.channel != BY_PHONE)
    return _count(uncertain.values(state="suppressed", problem=problem, lease_until=None))


def deliver_next(office: PostOffice, now: datetime) -> bool:
    """Deliver the message that has waited longest; False when nothing waits."""
    message_id = next_waiting(now)
    if message_id is None:
        return False
    mine = claim(message_id, now)
    if mine:
        try:
            _deliver(office, db.session.get_one(Message, message_id), mine, now)
        except DBAPIError:
            raise
        except Exception:  # whatever breaks over one message does not keep the others
            db.session.rollback()
            log.exception("a message broke")
            postpone(mine, "broken", now)
    return True


def _deliver(office: PostOffice, message: Message, mine: Claim, now: datetime) -> None:
    transport = office.transports.get(message.channel)
    try:
        letter = office.render[message.about](message)
    except Unreadable:
        settle(mine, "failed", now, "unreadable")
        return
    except Unsafe:
        settle(mine, "suppressed", now, NO_SAFE_HOUR)
        return
    except Wait as wish:
        put_off(mine, wish.until)
        return
    db.session.rollback()  # hold no transaction while the outside is slow
    if letter is None:
        settle(mine, "suppressed", now)
    elif transport is None:
        settle(mine, "failed", now, "no transport")
    else:
        _hand_over(transport, letter, mine, now)


def _hand_over(transport: Transport, letter: Letter, mine: Claim, now: datetime) -> None:
    try:
        transport.send(letter)
    except Undelivered as refusal:
        if refusal.for_good:
            settle(mine, "failed", now, refusal.problem)
        else:
            postpone(mine, refusal.problem, now)
    else:
        settle(mine, "sent", now)
