"""Writing, publishing and withdrawing announcements."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.accounts.audit import record
from portal.accounts.models import Account
from portal.announcements.models import (
    Announcement,
    OldAddress,
    Publication,
    Revision,
    Translation,
    revision_numbered,
)
from portal.db import CLICKS, action, db, take_turns, violated
from portal.errors import NotFound, Refused
from portal.text import fold, slug_of
from portal.writing.advice import has_words


@dataclass(frozen=True)
class Draft:
    """What an editor writes. `author` names who answers for the content, by role; empty: the editors."""

    title: str
    lead: str
    body: str
    category: str
    valid_until: date
    programme_id: int | None = None
    valid_from: date | None = None
    easy_text: str = ""
    author: str = ""
    media: Sequence[int] = ()


@dataclass(frozen=True)
class Words:
    """The same in another language."""

    language: str
    title: str
    lead: str
    body: str
    is_behind: bool = False


OURS = {"archiwum"}  # pages of the portal's own at addresses where announcements stand
Content = tuple[Draft, Sequence[Words]]
Change = Callable[[Revision], Content]


@action
def draft(text: Draft, by: Account, now: datetime) -> Announcement:
    """A new announcement that nobody outside can read yet, at an address made of its title; a second click is the same one."""
    take_turns(Announcement)
    if clicked := _just_drafted(text, by, now):
        return clicked
    announcement = Announcement(slug=_free_slug(slug_of(text.title)), created_at=now)
    db.session.add(announcement)
    db.session.flush()
    _add_revision(announcement, 1, text, (), by, now)
    record(by, "announcement_drafted", "announcement", announcement.id, now)
    return announcement


def _just_drafted(text: Draft, by: Account, now: datetime) -> Announcement | None:
    """What the same person has drafted in the same words a moment ago; the files of a second click are others."""
    last = db.session.scalar(
        select(Revision).where(Revision.account_id == by.id).order_by(Revision.id.desc()).limit(1)
    )
    if last is None or last.number > 1 or last.announcement.publications or now - last.created_at > CLICKS:
        return None
    return last.announcement if replace(draft_of(last), media=text.media) == text else None


def revise(announcement_id: int, text: Draft, base_revision: int, by: Account, now: datetime) -> Revision:
    """Save a new text; the old ones stay, and so do the media, to which those of the new text are added, and the translations,
    marked as behind when the words have changed. What residents read does not change until `publish`.

    Raises `NotFound`, and `Refused("stale")` with `current`, the newer revision, when somebody else has saved since
    `base_revision` was read.
    """

    def change(latest: Revision) -> Content:
        is_other = (latest.title, latest.lead, latest.body) != (text.title, text.lead, text.body)
        kept = replace(text, media=[*latest.media, *text.media])
        return kept, [_words(old, is_behind=old.is_behind or is_other) for old in latest.translations]

    return _save("announcement_revised", announcement_id, base_revision, change, by, now)


def attach(
    announcement_id: int, media: Sequence[int], base_revision: int, by: Account, now: datetime
) -> Revision:
    """Save the same text with other media, in this order. Raises as `revise`."""

    def change(latest: Revision) -> Content:
        return replace(draft_of(latest), media=media), [_words(old) for old in latest.translations]

    return _save("announcement_media_changed", announcement_id, base_revision, change, by, now)


def translate(announcement_id: int, words: Words, base_revision: int, by: Account, now: datetime) -> Revision:
    """Save the text in another language, as a new revision beside the same Polish text; words without a title take the
    translation away. Raises as `revise`."""

    def change(latest: Revision) -> Content:
        others = [_words(old) for old in latest.translations if old.language != words.language]
        return draft_of(latest), [*others, words] if words.title else others

    return _save("announcement_translated", announcement_id, base_revision, change, by, now)


def restore(announcement_id: int, number: int, base_revision: int, by: Account, now: datetime) -> Revision:
    """Save an old text once more as the newest one, with its translations. Raises as `revise`."""

    def change(_latest: Revision) -> Content:
        old = revision_numbered(announcement_id, number)
        if old is None:
            raise NotFound
        return draft_of(old), [_words(translation) for translation in old.translations]

    return _save("announcement_restored", announcement_id, base_revision, change, by, now)


def _save(
    what: str, announcement_id: int, base_revision: int, change: Change, by: Account, now: datetime
) -> Revision:
    try:
        return _save_once(what, announcement_id, base_revision, change, by, now)
    except IntegrityError as error:
        if violated(error) != "uq_revision_number":
            raise
        raise Refused("stale", current=_the(announcement_id).latest) from None


@action
def _save_once(
    what: str, announcement_id: int, base_revision: int, change: Change, by: Account, now: datetime
) -> Revision:
    announcement = _the(announcement_id)
    _refuse_stale(announcement, base_revision)
    revision = _add_revision(announcement, base_revision + 1, *change(announcement.latest), by, now)
    record(by, what, "announcement", announcement.id, now)
    return revision


@action
def publish(
    announcement_id: int,
    number: int,
    by: Account,
    now: datetime,
    at: datetime | None = None,
    reason: str = "",
) -> Announcement:
    """Let residents read the newest text, no. `number`, from now on or from `at`; a publication that was planned gives way.
    `reason` says in public why the text has changed. The first date of publication stays.

    Raises `NotFound`; `Refused`: `stale` with `current` when there is a newer text, `no_text` when it is
    only pictures or links (R23), `crosses` when it would lead from its programme to the booking of the other side (R89),
    `past` when `at` is over, `too_late` when its last day is over by then.
    """
    announcement = _the(announcement_id)
    _refuse_stale(announcement, number)
    if not has_words(announcement.latest.body):
        raise Refused("no_text")
    if announcement.latest.leads_across:
        raise Refused("crosses")
    if at is not None and at <= now:
        raise Refused("past")
    at = at or now
    if at > now and announcement.latest.is_archived(clock.day_of(at)):
        raise Refused("too_late")
    _drop_planned(announcement, now)
    _close(announcement, at)
    new = Publication(revision_id=announcement.latest.id, public_from=at, reason=reason, account_id=by.id)
    announcement.publications.append(new)
    announcement.published_at = announcement.published_at or at
    record(
        by,
        "announcement_published" if at == now else "announcement_planned",
        "announcement",
        announcement.id,
        now,
    )
    return announcement


@action
def call_off(announcement_id: int, by: Account, now: datetime) -> Announcement:
    """Take back the publication that is still to come; residents go on reading what they read now. Raises
    `Refused("not_planned")`."""
    announcement = _the(announcement_id)
    if not announcement.planned_at(now):
        raise Refused("not_planned")
    _drop_planned(announcement, now)
    record(by, "announcement_called_off", "announcement", announcement.id, now)
    return announcement


@action
def withdraw(announcement_id: int, by: Account, now: datetime) -> Announcement:
    """Take a published announcement away from residents, and with it what was planned. Raises `Refused("not_published")`."""
    announcement = _the(announcement_id)
    if announcement.read_at(now) is None:
        raise Refused("not_published")
    _drop_planned(announcement, now)
    _close(announcement, now)
    record(by, "announcement_withdrawn", "announcement", announcement.id, now)
    return announcement


@action
def move(announcement_id: int, slug: str, by: Account, now: datetime) -> Announcement:
    """Give it another address. The old one leads there for good once residents have been able to read it at it.

    Raises `NotFound`; `Refused("taken")` when the address belongs, or once belonged, to another announcement, or to a page of
    the portal's own.
    """
    announcement = _the(announcement_id)
    if slug == announcement.slug:
        return announcement
    old = db.session.get(OldAddress, slug)
    if old and old.announcement_id == announcement.id:
        db.session.delete(old)
    elif slug in _taken(slug):
        raise Refused("taken")
    if announcement.published_at and announcement.published_at <= now:
        db.session.add(OldAddress(slug=announcement.slug, announcement_id=announcement.id))
    announcement.slug = slug
    record(by, "announcement_moved", "announcement", announcement.id, now)
    return announcement


def _the(announcement_id: int) -> Announcement:
    announcement = db.session.get(Announcement, announcement_id, with_for_update=True)
    if announcement is None:
        raise NotFound
    return announcement


def _refuse_stale(announcement: Announcement, number: int) -> None:
    if announcement.latest.number != number:
        raise Refused("stale", current=announcement.latest)


def _drop_planned(announcement: Announcement, now: datetime) -> None:
    """Forget what was to be published later; what it would have ended goes on."""
    planned = announcement.planned_at(now)
    if planned is None:
        return
    announcement.publications.remove(planned)
    db.session.flush()  # only one may be open
    before = announcement.last_publication
    if before and before.public_until == planned.public_from:
        before.public_until = None
    if announcement.published_at == planned.public_from:
        announcement.published_at = None


def _close(announcement: Announcement, at: datetime) -> None:
    last = announcement.last_publication
    if last and last.public_until is None:
        last.public_until = max(at, last.public_from)  # the clock may have been put back since
        db.session.flush()


def draft_of(revision: Revision) -> Draft:
    """What was written in a saved text."""
    return Draft(**{field.name: getattr(revision, field.name) for field in fields(Draft)})


def _polish(text: Draft) -> Words:
    return Words("pl", text.title, text.lead, text.body)


def _words(old: Translation, *, is_behind: bool | None = None) -> Words:
    behind = old.is_behind if is_behind is None else is_behind
    return Words(old.language, old.title, old.lead, old.body, behind)


def _add_revision(
    announcement: Announcement, number: int, text: Draft, words: Sequence[Words], by: Account, now: datetime
) -> Revision:
    folded = fold("\n".join(f"{each.title}\n{each.lead}\n{each.body}" for each in (_polish(text), *words)))
    revision = Revision(number=number, folded=folded, account_id=by.id, created_at=now, **asdict(text))
    revision.translations = [Translation(**asdict(each)) for each in words]
    announcement.revisions.append(revision)
    db.session.flush()
    return revision


def _free_slug(wanted: str) -> str:
    """The wanted slug, or the first of wanted-2, wanted-3 … that no announcement has or had."""
    taken, slug, number = _taken(wanted), wanted, 2
    while slug in taken:
        slug, number = f"{wanted}-{number}", number + 1
    return slug


def _taken(beginning: str) -> set[str]:
    """The addresses of today and of before that begin so, and those of the portal's own pages."""
    own = select(Announcement.slug).where(Announcement.slug.startswith(beginning))
    old = select(OldAddress.slug).where(OldAddress.slug.startswith(beginning))
    return OURS | set(db.session.scalars(own)) | set(db.session.scalars(old))
