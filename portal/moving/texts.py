"""Pages and announcements: a folder each, a file for every text that was ever saved, with the times at which it was read.

An item that the portal has already grows: a text that it does not have becomes its newest one, and what residents read follows
the times in the files. Nothing that was saved or read is ever taken away."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from portal import clock
from portal.announcements.models import (
    CATEGORIES,
    TRANSLATED,
    Announcement,
    OldAddress,
    Publication,
    Revision,
    Translation,
)
from portal.db import db
from portal.i18n import LANGUAGES
from portal.media.models import Medium
from portal.moving.files import Entry
from portal.moving.kind import Kind, Move, by_folder
from portal.moving.rows import facts_of, name_in, tables_of, there, values_of
from portal.pages.models import Page, PagePublication, PageRevision
from portal.programmes.models import Programme, crossing
from portal.text import fold
from portal.writing.advice import has_words

REVISION = ("number", "body", "media")
PUBLISHED = ("announcement_id", "page_id", "revision_id", "account_id")
WORDS = ("language", "body")
NEVER = datetime.max.replace(tzinfo=UTC)
Text = Revision | PageRevision
Reading = dict[str, Any]


@dataclass
class Saved:
    """A text of an item with the times at which residents read it; `is_new` when the portal did not have it."""

    text: Any
    readings: list[Reading]
    is_new: bool = True


def _export_pages(_media: Path | None) -> Iterator[Entry]:
    for page in db.session.scalars(select(Page).order_by(Page.path, Page.language)):
        ending = "" if page.language == "pl" else f".{page.language}"
        folder = f"strony/{page.path.replace('/', '__')}{ending}"
        yield Entry(f"{folder}/strona.md", facts_of(page, ("path", "language")))
        for text in page.revisions:
            facts = _facts_of(text) | _readings(page.publications, text)
            yield Entry(f"{folder}/{text.number}.md", facts, text.body)


def _export_announcements(_media: Path | None) -> Iterator[Entry]:
    for item in db.session.scalars(select(Announcement).order_by(Announcement.slug)):
        moved = _old_addresses(item)
        folder = f"ogloszenia/{item.slug}"
        facts = facts_of(item, ("slug",)) | ({"old_addresses": moved} if moved else {})
        yield Entry(f"{folder}/ogloszenie.md", facts)
        for text in item.revisions:
            facts = _facts_of(text) | _readings(item.publications, text)
            yield Entry(f"{folder}/{text.number}.md", facts, text.body)
            for words in text.translations:
                yield Entry(f"{folder}/{text.number}.{words.language}.md", facts_of(words, WORDS), words.body)


def _old_addresses(item: Announcement) -> list[str]:
    query = select(OldAddress.slug).filter_by(announcement_id=item.id)
    return list(db.session.scalars(query.order_by(OldAddress.slug)))


def _facts_of(text: Text) -> dict[str, Any]:
    facts = facts_of(text, REVISION)
    if text.media:
        names = {medium.id: medium.name for medium in db.session.scalars(select(Medium))}
        facts["media"] = [names[number] for number in text.media]
    if isinstance(text, Revision) and text.programme:
        facts["programme"] = text.programme.slug
    return facts


def _readings(publications: Sequence[Any], text: Text) -> dict[str, list[Reading]]:
    """When residents read a text, and why they got it."""
    return {"read": [facts_of(one, PUBLISHED) for one in publications if one.revision_id == text.id]}


def _bring_page(entries: list[Entry], move: Move) -> Page:
    files = _files(entries)
    head = files.pop("strona", None)
    path, language = _address(entries[0])
    facts = _head(head, Page, ("path", "language"), move)
    page: Page | None = there(Page, path=path, language=language)
    is_new = page is None
    if page is None:
        page = Page(path=path, language=language, **facts)
        db.session.add(page)
    elif looked_at := [day for day in (page.checked_on, facts.get("checked_on")) if day]:
        page.checked_on = max(looked_at)
    texts = [_page_text(page, number, entry, move) for number, entry in _in_order(files, entries[0])]
    saved = _grow(page, texts)
    if _keep_readings(page, PagePublication, saved, move.now, is_new=is_new):
        page.changed_at = (is_new and facts.get("changed_at")) or _last_moment(page)
    return page


def _address(entry: Entry) -> tuple[str, str]:
    """Path and language of a page by its folder."""
    address, _, language = _folder(entry).partition(".")
    parts = [name_in(entry, Page.path, part) for part in address.split("__")]
    if language and language not in LANGUAGES:
        raise entry.wrong(f"nobody reads the language {language!r}; known are: {', '.join(LANGUAGES)}")
    path = "/".join(parts)
    if len(path) > Page.path.type.length:
        raise entry.wrong("the address is too long")
    return path, language or "pl"


def _page_text(page: Page, number: int, entry: Entry, move: Move) -> Saved:
    said = {"created_at": move.now} | entry.facts
    values = values_of(entry, PageRevision, REVISION, said, ("read", "media"))
    if page.is_discreet and crossing(f"{entry.text}\n{values.get('easy_text', '')}", "b"):
        raise entry.wrong("it would lead those who suffer violence to the talks of those who use it")
    return Saved(PageRevision(number=number, body=entry.text, media=_media_in(entry), **values), _read(entry))


def _last_moment(page: Page) -> datetime:
    return max(
        moment for one in page.publications for moment in (one.public_from, one.public_until) if moment
    )


def _bring_announcement(entries: list[Entry], move: Move) -> Announcement:
    files = _files(entries)
    head = files.pop("ogloszenie", None)
    slug = name_in(entries[0], Announcement.slug, _folder(entries[0]))
    facts = _head(head, Announcement, ("slug",), move, also=("old_addresses",))
    old = _old_addresses_in(head) if head else []
    item = _announcement_at(slug, old)
    is_new = item is None
    if item is None:
        item = Announcement(slug=slug, **facts)
        db.session.add(item)
    words = {name: files.pop(name) for name in list(files) if "." in name}
    texts = [_announcement_text(number, entry, words, move) for number, entry in _in_order(files, entries[0])]
    if words:
        raise next(iter(words.values())).wrong("this is a translation of no text that lies beside it")
    if _keep_readings(item, Publication, _grow(item, texts), move.now, is_new=is_new):
        item.published_at = item.published_at or item.publications[0].public_from
    db.session.flush()
    for address in old:
        if address != item.slug and there(OldAddress, slug=address) is None:
            db.session.add(OldAddress(slug=address, announcement_id=item.id))
    return item


def _old_addresses_in(head: Entry) -> list[str]:
    old = head.facts.get("old_addresses", [])
    if not isinstance(old, list) or not all(isinstance(slug, str) for slug in old):
        raise head.wrong("'old_addresses' must be a list of addresses", "old_addresses")
    return [name_in(head, OldAddress.slug, slug) for slug in old]


def _announcement_at(slug: str, old: list[str]) -> Announcement | None:
    """The announcement that is or once was at this address, or that has moved there since."""
    item: Announcement | None = there(Announcement, slug=slug)
    if item is None and (left := there(OldAddress, slug=slug)):
        item = db.session.get(Announcement, left.announcement_id)
    if item is None:
        item = next(filter(None, (there(Announcement, slug=address) for address in old)), None)
        if item:
            item.slug = slug
    return item


def _announcement_text(number: int, entry: Entry, words: dict[str, Entry], move: Move) -> Saved:
    said = {"created_at": move.now} | entry.facts
    values = values_of(entry, Revision, REVISION, said, ("read", "programme", "media"))
    if values["category"] not in CATEGORIES:
        raise entry.wrong(f"'category' must be one of {', '.join(CATEGORIES)}", "category")
    own = sorted(name for name in words if name.partition(".")[0] == str(number))
    text = Revision(
        number=number, body=entry.text, programme=_programme_in(entry), media=_media_in(entry), **values
    )
    text.translations = [_translation(name, words.pop(name)) for name in own]
    said_in_all: list[Revision | Translation] = [text, *text.translations]
    text.folded = fold("\n".join(f"{each.title}\n{each.lead}\n{each.body}" for each in said_in_all))
    readings = _read(entry)
    is_read = not text.is_archived(clock.day_of(move.now)) and any(
        "public_until" not in row for row in readings
    )
    if is_read and not has_words(entry.text):
        raise entry.wrong("residents read it, and it is only pictures or links: write what they say")
    if is_read and text.leads_across:
        raise entry.wrong("its programme would lead to the talks of those whom it keeps apart")
    return Saved(text, readings)


def _translation(name: str, entry: Entry) -> Translation:
    language = name.partition(".")[2]
    if language not in TRANSLATED:
        raise entry.wrong(f"nobody reads the language {language!r}; known are: {', '.join(TRANSLATED)}")
    facts = values_of(entry, Translation, WORDS, {"is_behind": False} | entry.facts)
    return Translation(language=language, body=entry.text, **facts)


def _programme_in(entry: Entry) -> Programme | None:
    slug = entry.facts.get("programme")
    if slug is None:
        return None
    programme: Programme | None = there(Programme, slug=slug) if isinstance(slug, str) else None
    if programme is None:
        raise entry.wrong(f"there is no programme {slug!r}", "programme")
    return programme


def _media_in(entry: Entry) -> list[int]:
    names = entry.facts.get("media", [])
    if not isinstance(names, list):
        raise entry.wrong("'media' must be a list of names", "media")
    found = []
    for name in names:
        medium = there(Medium, name=name) if isinstance(name, str) else None
        if medium is None:
            raise entry.wrong(f"there is no medium {name!r}", "media")
        found.append(medium.id)
    return found


def _head(
    head: Entry | None, kind: type[Any], but: Sequence[str], move: Move, also: Sequence[str] = ()
) -> Reading:
    """The facts of an item as a whole, if there is a file for them."""
    begin = {"created_at": move.now}
    return values_of(head, kind, but, begin | head.facts, also) if head else begin


def _read(entry: Entry) -> list[Reading]:
    """The times at which residents read this text."""
    rows = [values_of(entry, Publication, PUBLISHED, row) for row in tables_of(entry, "read")]
    for row in rows:
        if row.get("public_until") and row["public_until"] < row["public_from"]:
            raise entry.wrong(
                "'public_until' comes before 'public_from'", "public_until", row["public_until"]
            )
    return rows


def _grow(item: Any, texts: list[Saved]) -> list[Saved]:
    """Give an item the texts that it does not have yet, after its newest one; all of them as they are kept."""
    left = list(item.revisions)
    is_new = not left
    kept = []
    for saved in texts:
        twins = [text for text in left if _words_of(text) == _words_of(saved.text)]
        if twins:
            same = next((text for text in twins if text.number == saved.text.number), twins[0])
            left.remove(same)
            kept.append(Saved(same, saved.readings, is_new=False))
        else:
            saved.text.number = saved.text.number if is_new else item.latest.number + 1
            item.revisions.append(saved.text)
            kept.append(saved)
    db.session.flush()
    return kept


def _words_of(text: Text) -> list[Any]:
    """What a text says, whenever and however often it was saved."""
    facts = {name: value for name, value in _facts_of(text).items() if name != "created_at"}
    others = text.translations if isinstance(text, Revision) else []
    words = [(each.language, facts_of(each, WORDS), each.body) for each in others]
    return [facts, text.body, sorted(words, key=lambda each: each[0])]


def _keep_readings(item: Any, kind: type[Any], texts: list[Saved], now: datetime, *, is_new: bool) -> bool:
    """Have residents read the texts when the files say so; whether anything was to be done. What they have read already stays
    as it was: only what comes after it is added, and a text that is new and read without an end begins now."""
    rows = [(saved, row) for saved in texts for row in saved.readings]
    is_other = False
    for saved, row in sorted(
        rows, key=lambda each: (each[1]["public_from"], each[1].get("public_until") or NEVER)
    ):
        last = item.publications[-1] if item.publications else None
        here = [
            one
            for one in item.publications
            if one.revision is saved.text and one.public_from == row["public_from"]
        ]
        if any(one.public_until == row.get("public_until") for one in here):
            continue
        still_read = next((one for one in here if one.public_until is None), None)
        if still_read:
            still_read.public_until = row["public_until"]
        elif is_new or last is None or row["public_from"] > last.public_from:
            _begin(item, kind(revision=saved.text, **row))
        elif saved.is_new and not row.get("public_until"):
            _begin(item, kind(revision=saved.text, **row | {"public_from": max(now, last.public_from)}))
        else:
            continue
        is_other = True
        db.session.flush()
    return is_other


def _begin(item: Any, publication: Any) -> None:
    """Let residents read a text from a moment on, which ends what they have read until then."""
    last = item.publications[-1] if item.publications else None
    if last and last.public_until is None:
        last.public_until = publication.public_from
        db.session.flush()  # only one may be open
    item.publications.append(publication)


def _folder(entry: Entry) -> str:
    return entry.name.split("/")[1]


def _files(entries: list[Entry]) -> dict[str, Entry]:
    """The files of an item by their names without the ending."""
    return {entry.stem: entry for entry in entries}


def _in_order(files: dict[str, Entry], first: Entry) -> list[tuple[int, Entry]]:
    if not files:
        raise first.wrong("the item has no text: 1.md is missing")
    for name, entry in files.items():
        if not re.fullmatch(r"[1-9]\d{0,5}", name, re.ASCII):
            raise entry.wrong("the name of the file must be the number of the text, such as 1.md")
    return sorted((int(name), entry) for name, entry in files.items())


TEXTS = (
    Kind("strony", (Page, PageRevision, PagePublication), _export_pages, _bring_page, by_folder),
    Kind(
        "ogloszenia",
        (Announcement, Revision, Translation, Publication, OldAddress),
        _export_announcements,
        _bring_announcement,
        by_folder,
    ),
)
