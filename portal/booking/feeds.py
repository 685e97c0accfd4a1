"""An interviewer's slots in somebody's own calendar, read under a secret address that can be ended at any time."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Row, func, select

from portal import clock
from portal.accounts import throttle
from portal.accounts.audit import record
from portal.accounts.models import Account
from portal.accounts.permissions import allowed
from portal.booking.models import CalendarFeed, Office, Place, Resource, Slot
from portal.crypto import digest
from portal.db import action, db
from portal.errors import NotFound, Refused

TOKEN_BYTES = 32
WRONG_PER_ADDRESS = 20
AHEAD = timedelta(days=366)
MOST_SLOTS = 2000

Coming = Row[int, int, datetime, datetime, str, int]


def feed_of(account: Account) -> CalendarFeed | None:
    """The address that this account has made, without its secret."""
    return db.session.get(CalendarFeed, account.id)


@action
def make(resource_id: int, by: Account, now: datetime) -> str:
    """A new secret for an address that shows this interviewer's slots; an earlier one of the same account opens nothing
    from now on. Nobody can read the secret again.

    Raises `Refused("gone")` when there is no such interviewer at work.
    """
    resource = db.session.get(Resource, resource_id)
    if resource is None or not resource.is_active or resource.kind != "interviewer":
        raise Refused("gone")
    db.session.execute(select(Account.id).where(Account.id == by.id).with_for_update())  # a double click
    token = secrets.token_urlsafe(TOKEN_BYTES)
    feed = db.session.get(CalendarFeed, by.id) or CalendarFeed(account_id=by.id)
    feed.resource_id, feed.token_hash, feed.made_at = resource_id, digest(token), now
    db.session.add(feed)
    record(by, "calendar_made", "resource", resource_id, now)
    return token


@action
def end(by: Account, now: datetime) -> None:
    """End the address of this account; ending it again changes nothing."""
    feed = db.session.get(CalendarFeed, by.id)
    if feed is not None:
        db.session.delete(feed)
        record(by, "calendar_ended", "resource", feed.resource_id, now)


def opened_by(token: str, address: str, now: datetime) -> Resource:
    """Whose slots this secret shows, as long as its account may see them and the interviewer is at work.

    Raises `NotFound`, and `TooMany` after twenty wrong secrets from one address within a quarter of an hour; a right one is
    answered all the same.
    """
    query = (
        select(CalendarFeed, Account)
        .join(Account, Account.id == CalendarFeed.account_id)
        .where(CalendarFeed.token_hash == digest(token))
    )
    row = db.session.execute(query).first()
    if row is None:
        keys = {f"calendar|from|{address}": WRONG_PER_ADDRESS}
        throttle.count(keys, now)
        raise NotFound
    feed, account = row
    if not (account.is_active and allowed(account.role, "slots.manage") and feed.resource.is_active):
        raise NotFound
    return feed.resource


def coming(resource_id: int, now: datetime) -> Sequence[Coming]:
    """The slots that this interviewer leads from today on, with the office and how many people are expected; one query."""
    today = clock.day_of(now)
    expected = select(func.count(Place.id)).where(Place.slot_id == Slot.id, Place.state == "booked")
    query = (
        select(
            Slot.id,
            Slot.version,
            Slot.starts_at,
            Slot.ends_at,
            Office.name.label("office"),
            expected.scalar_subquery().label("expected"),
        )
        .join(Slot.office)
        .where(Slot.lead_id == resource_id, Slot.day.between(today, today + AHEAD))
        .where(Slot.status != "cancelled")
        .order_by(Slot.starts_at, Slot.id)
    )
    return db.session.execute(query.limit(MOST_SLOTS)).all()
