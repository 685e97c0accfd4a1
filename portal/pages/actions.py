"""Writing, publishing and withdrawing pages."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.accounts.audit import record
from portal.accounts.models import Account
from portal.db import action, db, take_turns, violated
from portal.errors import NotFound, Refused
from portal.pages.models import Page, PagePublication, PageRevision, revision_numbered
from portal.programmes.models import crossing


@dataclass(frozen=True)
class Text:
    """What an editor writes, and what it shows; without `media` it goes on showing what it showed."""

    title: str
    window_title: str
    lead: str
    body: str
    easy_text: str = ""
    media: Sequence[int] | None = None


@action
def draft(path: str, text: Text, by: Account, now: datetime, language: str = "pl") -> Page:
    """A new page in a language that nobody outside can read yet; a second click is the same one. Its address stays. Raises
    `Refused`: `taken`, `crosses` when it would lead those who suffer violence to the booking of those who use it (R89)."""
    take_turns(Page)
    there = db.session.scalar(select(Page).where(Page.path == path, Page.language == language))
    if there and _is_drafted_so(there, text, by):
        return there
    if there:
        raise Refused("taken")
    page = Page(path=path, language=language, created_at=now)
    db.session.add(page)
    db.session.flush()
    _add_revision(page, 1, text, by, now)
    record(by, "page_drafted", "page", page.id, now)
    return page


def _is_drafted_so(page: Page, text: Text, by: Account) -> bool:
    """Whether the same person has written nothing but this there; the files of a second click may be others."""
    first = page.latest
    is_draft = first.number == 1 and first.account_id == by.id and not page.publications
    return is_draft and replace(_text(first), media=text.media) == text


def revise(page_id: int, text: Text, base_revision: int, by: Account, now: datetime) -> PageRevision:
    """Save a new text; the old ones stay. What residents read does not change until `publish`.

    Raises `NotFound`; `Refused`: `stale` with `current`, the newer revision, when somebody else has saved since
    `base_revision` was read; `crosses` as `draft`.
    """
    return _save("page_revised", page_id, text, base_revision, by, now)


def restore(page_id: int, number: int, base_revision: int, by: Account, now: datetime) -> PageRevision:
    """Save an old text once more as the newest one. Raises as `revise`."""
    old = revision_numbered(page_id, number)
    if old is None:
        raise NotFound
    return _save("page_restored", page_id, _text(old), base_revision, by, now)


def attach(
    page_id: int, media: Sequence[int], base_revision: int, by: Account, now: datetime
) -> PageRevision:
    """Save the text no. `base_revision` once more with other media, in this order. Raises as `revise`."""
    read = revision_numbered(page_id, base_revision)
    if read is None:
        raise NotFound
    text = replace(_text(read), media=media)
    return _save("page_media_changed", page_id, text, base_revision, by, now)


def _text(revision: PageRevision) -> Text:
    return Text(**{field.name: getattr(revision, field.name) for field in fields(Text)})


def _save(
    what: str, page_id: int, text: Text, base_revision: int, by: Account, now: datetime
) -> PageRevision:
    try:
        return _save_once(what, page_id, text, base_revision, by, now)
    except IntegrityError as error:
        if violated(error) != "uq_page_revision_number":
            raise
        raise Refused("stale", current=_the(page_id).latest) from None


@action
def _save_once(
    what: str, page_id: int, text: Text, base_revision: int, by: Account, now: datetime
) -> PageRevision:
    page = _the(page_id)
    _refuse_stale(page, base_revision)
    revision = _add_revision(page, base_revision + 1, text, by, now)
    record(by, what, "page", page.id, now)
    return revision


@action
def publish(page_id: int, number: int, by: Account, now: datetime, reason: str = "") -> Page:
    """Let residents read the newest text, no. `number`, from now on; `reason` says in public why the text has changed.

    Raises `NotFound`; `Refused("stale")` with `current` when there is a newer text.
    """
    page = _the(page_id)
    _refuse_stale(page, number)
    if page.state == "published":
        return page
    _close(page, now)
    new = PagePublication(revision=page.latest, public_from=now, reason=reason, account_id=by.id)
    page.publications.append(new)
    page.changed_at = now
    record(by, "page_published", "page", page.id, now)
    return page


@action
def withdraw(page_id: int, by: Account, now: datetime) -> Page:
    """Take a page away from residents. Raises `Refused`: `not_published`, `needed` when the portal itself leads there."""
    page = _the(page_id)
    if page.read is None:
        raise Refused("not_published")
    if page.is_linked:
        raise Refused("needed")
    _close(page, now)
    page.changed_at = now
    record(by, "page_withdrawn", "page", page.id, now)
    return page


def _the(page_id: int) -> Page:
    page = db.session.get(Page, page_id, with_for_update=True, populate_existing=True)
    if page is None:
        raise NotFound
    return page


def _refuse_stale(page: Page, number: int) -> None:
    if page.latest.number != number:
        raise Refused("stale", current=page.latest)


def _close(page: Page, now: datetime) -> None:
    if page.read:
        last = page.publications[-1]
        last.public_until = max(now, last.public_from)  # the clock may have been put back since
        db.session.flush()


def _add_revision(page: Page, number: int, text: Text, by: Account, now: datetime) -> PageRevision:
    if page.is_discreet and crossing(f"{text.body}\n{text.easy_text}", "b"):
        raise Refused("crosses")
    media = text.media if text.media is not None else page.latest.media if page.revisions else ()
    values = asdict(text) | {"media": list(media)}
    revision = PageRevision(number=number, account_id=by.id, created_at=now, **values)
    page.revisions.append(revision)
    db.session.flush()
    return revision
