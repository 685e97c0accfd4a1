"""Drafting, publishing and withdrawing announcements."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.accounts.audit import record
from portal.accounts.models import Account
from portal.announcements.models import Announcement, Revision
from portal.db import action, db, violated
from portal.errors import NotFound, Refused
from portal.text import fold, slug_of


@dataclass(frozen=True)
class Draft:
    """What an editor writes."""

    title: str
    lead: str
    body: str
    category: str
    valid_until: date
    programme_id: int | None = None


@action
def draft(text: Draft, by: Account, now: datetime) -> Announcement:
    """A new announcement that nobody outside can read yet, at an address made of its title."""
    announcement = Announcement(slug=_free_slug(slug_of(text.title)), created_at=now)
    db.session.add(announcement)
    db.session.flush()
    _add_revision(announcement, 1, text, by, now)
    record(by, "announcement_drafted", "announcement", announcement.id, now)
    return announcement


def revise(announcement_id: int, text: Draft, base_revision: int, by: Account, now: datetime) -> Revision:
    """Save a new text; the old ones stay. The published text does not change until `publish`.

    Raises `NotFound`, and `Refused("stale")` with `current`, the newer revision, when somebody else has saved since
    `base_revision` was read.
    """
    try:
        return _revise(announcement_id, text, base_revision, by, now)
    except IntegrityError as error:
        if violated(error) != "uq_revision_number":
            raise
        raise Refused("stale", current=_the(announcement_id).latest) from None


@action
def _revise(announcement_id: int, text: Draft, base_revision: int, by: Account, now: datetime) -> Revision:
    announcement = _the(announcement_id)
    if announcement.latest.number != base_revision:
        raise Refused("stale", current=announcement.latest)
    revision = _add_revision(announcement, base_revision + 1, text, by, now)
    record(by, "announcement_revised", "announcement", announcement.id, now)
    return revision


@action
def publish(announcement_id: int, by: Account, now: datetime) -> Announcement:
    """Let residents read the newest text. Its first date of publication stays."""
    announcement = _the(announcement_id)
    newest = announcement.latest
    if announcement.published_at and announcement.published_id != newest.id:
        announcement.updated_at = now
    announcement.published_id = newest.id
    announcement.published_at = announcement.published_at or now
    announcement.withdrawn_at = None
    record(by, "announcement_published", "announcement", announcement.id, now)
    return announcement


@action
def withdraw(announcement_id: int, by: Account, now: datetime) -> Announcement:
    """Take a published announcement away from residents. Raises `Refused("not_published")`."""
    announcement = _the(announcement_id)
    if announcement.published_id is None:
        raise Refused("not_published")
    announcement.withdrawn_at = announcement.withdrawn_at or now
    record(by, "announcement_withdrawn", "announcement", announcement.id, now)
    return announcement


def _the(announcement_id: int) -> Announcement:
    announcement = db.session.get(Announcement, announcement_id, with_for_update=True)
    if announcement is None:
        raise NotFound
    return announcement


def _add_revision(
    announcement: Announcement, number: int, text: Draft, by: Account, now: datetime
) -> Revision:
    folded = fold(f"{text.title}\n{text.lead}\n{text.body}")
    revision = Revision(number=number, folded=folded, account_id=by.id, created_at=now, **asdict(text))
    announcement.revisions.append(revision)
    db.session.flush()
    return revision


def _free_slug(wanted: str) -> str:
    """The wanted slug, or the first of wanted-2, wanted-3 … that no announcement has."""
    taken = set(db.session.scalars(select(Announcement.slug).where(Announcement.slug.startswith(wanted))))
    slug, number = wanted, 2
    while slug in taken:
        slug, number = f"{wanted}-{number}", number + 1
    return slug
