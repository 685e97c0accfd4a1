"""Announcements as residents read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from flask import Blueprint, abort, current_app, g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.announcements.forms import CATEGORY_NAMES
from portal.announcements.models import PAGE, Listed, Revision, published, published_list
from portal.web.reading import reading

blueprint = Blueprint("announcements", __name__)

RELATED = 3


@dataclass(frozen=True)
class Page:
    """A page of announcements and the mark from which the next one goes on."""

    items: Sequence[Listed]
    next_mark: str | None
    before: datetime | None


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
    """One announcement; after its last day it stays here, marked as archived."""
    announcement = published(slug)
    if announcement is None or announcement.published is None:
        abort(404)
    g.only_polish = True
    today = clock.day_of(clock.now())
    text = announcement.published
    return render_template(
        "announcements/show.html",
        announcement=announcement,
        text=text,
        is_archived=text.is_archived(today),
        category=CATEGORY_NAMES[text.category],
        related=_related(text, slug, today),
        day_of=clock.day_of,
    )


def _related(text: Revision, slug: str, today: date) -> list[Listed]:
    """Others of the same category; an announcement of a programme leads to the programme instead."""
    if text.programme:
        return []
    listed = published_list(today, category=text.category, limit=RELATED + 1)
    return [item for item in listed if item.slug != slug][:RELATED]


@blueprint.get("/ogloszenia.atom")
@reading
def feed() -> ResponseReturnValue:
    """The current announcements as an Atom feed (RFC 4287)."""
    items = published_list(clock.day_of(clock.now()), limit=20)
    base = current_app.config["PUBLIC_URL"]
    xml = render_template("announcements/feed.xml", items=items, base=base, self_path=url_for(".feed"))
    return xml, 200, {"Content-Type": "application/atom+xml; charset=utf-8"}


def _page(*, archived: bool, category: str | None = None) -> Page:
    today = clock.day_of(clock.now())
    mark = _mark(request.args.get("po"))
    rows = published_list(today, archived=archived, category=category, before=mark)
    items = rows[:PAGE]
    more = len(rows) > PAGE
    next_mark = f"{items[-1].published_at.timestamp():.6f}_{items[-1].id}" if more else None
    return Page(items, next_mark, mark[0] if mark else None)


def _mark(text: str | None) -> tuple[datetime, int] | None:
    """Where the last page ended; nonsense begins anew."""
    moment, _, number = (text or "").partition("_")
    try:
        return datetime.fromtimestamp(float(moment), UTC), int(number)
    except (ValueError, OverflowError, OSError):
        return None
