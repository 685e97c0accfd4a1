"""Announcements as residents read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, Flask, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.announcements.forms import CATEGORY_NAMES
from portal.announcements.models import (
    PAGE,
    Listed,
    Publication,
    latest_change,
    media_used,
    moved_to,
    published,
    published_list,
)
from portal.freshness import changes_at
from portal.i18n import language, text_exists_in
from portal.media.public import used_by
from portal.programmes.models import programmes_numbered
from portal.web.forms import EARLIEST, LATEST, number_in
from portal.web.reading import reading

blueprint = Blueprint("announcements", __name__)

RELATED = 3


@dataclass(frozen=True)
class Page:
    """A page of announcements and the mark from which the next one goes on."""

    items: Sequence[Listed]
    next_mark: str | None
    before: datetime | None


def init_app(app: Flask) -> None:
    """Show announcements; pages kept from before the moment of a planned publication are old."""
    changes_at(app, latest_change())
    used_by(app, media_used)
    app.register_blueprint(blueprint)


@blueprint.get("/ogloszenia")
@reading
def index() -> ResponseReturnValue:
    """What is current, newest first; the category is a filter in the address."""
    category = request.args.get("kategoria") or None
    if category and category not in CATEGORY_NAMES:
        abort(404)
    page = _page(archived=False, category=category)
    return render_template(
        "announcements/index.html",
        page=page,
        category=category,
        categories=CATEGORY_NAMES,
        day_of=clock.day_of,
    )


@blueprint.get("/ogloszenia/archiwum")
@reading
def archive() -> ResponseReturnValue:
    """What is over, newest first."""
    page = _page(archived=True)
    return render_template(
        "announcements/archive.html", page=page, categories=CATEGORY_NAMES, day_of=clock.day_of
    )


@blueprint.get("/ogloszenia/<slug>")
@reading
def show(slug: str) -> ResponseReturnValue:
    """One announcement, in the reader's language where it exists; after its last day it stays here, marked as archived."""
    now = clock.now()
    read = published(slug, now)
    if read is None:
        return _moved(slug, ".show", now)
    text = read.revision
    words = text.translation(language())
    text_exists_in("pl", *(each.language for each in text.translations))
    return render_template(
        "announcements/show.html",
        announcement=read.announcement,
        text=text,
        words=words or text,
        translation=words,
        is_archived=text.is_archived(clock.day_of(now)),
        category=CATEGORY_NAMES[text.category],
        updated_at=read.public_from if read.public_from != read.announcement.published_at else None,
        changes=[(each.public_from, each.reason) for each in read.announcement.changes_until(now)],
        related=_related(read, now),
        day_of=clock.day_of,
        today=clock.day_of(now),
    )


@blueprint.get("/ogloszenia/<slug>/latwy-tekst")
@reading
def easy(slug: str) -> ResponseReturnValue:
    """The same in easy-to-read Polish (ETR)."""
    now = clock.now()
    read = published(slug, now)
    if read is None:
        return _moved(slug, ".easy", now)
    if not read.revision.easy_text:
        abort(404)
    text_exists_in("pl")
    return render_template("announcements/easy.html", announcement=read.announcement, text=read.revision)


def _moved(slug: str, endpoint: str, now: datetime) -> ResponseReturnValue:
    """An address of before leads to that of today for good."""
    return redirect(url_for(endpoint, slug=moved_to(slug, now) or abort(404)), 301)


def _related(read: Publication, now: datetime) -> list[Listed]:
    """Others of the same category; an announcement of a programme leads to the programme instead."""
    if read.revision.programme:
        return []
    category = read.revision.category
    listed = published_list(now, language(), category=category, limit=RELATED + 1)
    return [item for item in listed if item.id != read.announcement_id][:RELATED]


@blueprint.get("/ogloszenia.atom")
@reading
def feed() -> ResponseReturnValue:
    """The current announcements as an Atom feed (RFC 4287); those of a programme with its facts."""
    now = clock.now()
    items = published_list(now, language(), limit=20)
    programmes = programmes_numbered({item.programme_id for item in items if item.programme_id})
    xml = render_template(
        "announcements/feed.xml",
        items=items,
        programmes={programme.id: programme for programme in programmes},
        base=current_app.config["PUBLIC_URL"],
        self_path=url_for(".feed"),
        today=clock.day_of(now),
    )
    return xml, 200, {"Content-Type": "application/atom+xml; charset=utf-8"}


def _page(*, archived: bool, category: str | None = None) -> Page:
    mark = _mark(request.args.get("po"))
    rows = published_list(clock.now(), language(), archived=archived, category=category, before=mark)
    items = rows[:PAGE]
    more = len(rows) > PAGE
    next_mark = f"{items[-1].published_at.timestamp():.6f}_{items[-1].id}" if more else None
    return Page(items, next_mark, mark[0] if mark else None)


def _mark(text: str | None) -> tuple[datetime, int] | None:
    """Where the last page ended; nonsense begins anew."""
    seconds, _, number = (text or "").partition("_")
    try:
        moment, row = datetime.fromtimestamp(float(seconds), UTC), number_in(number)
    except (ValueError, OverflowError, OSError):
        return None
    return (moment, row) if row and EARLIEST <= moment.year < LATEST else None
