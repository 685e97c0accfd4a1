"""What moves: each kind of content as files, and files as rows. An item that is there already is left as it is."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import select

from portal.announcements.models import (
    CATEGORIES,
    Announcement,
    OldAddress,
    Publication,
    Revision,
    Translation,
)
from portal.benefits.models import Benefit, BenefitAmount
from portal.booking.models import Office
from portal.changes.models import Change
from portal.contacts.hours import WEEKDAYS, spans_in
from portal.contacts.models import Contact, HelpLine
from portal.db import db
from portal.front.models import MenuItem, Shortcut
from portal.media.models import Medium
from portal.moving.files import Entry
from portal.moving.rows import facts_of, tables_of, values_of
from portal.pages.models import Page, PagePublication, PageRevision
from portal.programmes.models import Edition, Programme
from portal.text import fold, slug_of

MEDIUM = re.compile(r"[A-Za-z0-9_-]{1,32}")
REVISION = ("number", "body", "media")
PUBLISHED = ("announcement_id", "page_id", "revision_id", "account_id")


@dataclass(frozen=True)
class Kind:
    """A part of the folder: how it is written, and how its files become rows (True when something was added)."""

    folder: str
    export: Callable[[], Iterator[Entry]]
    bring: Callable[[list[Entry], datetime], int]


def _one_by_one(bring: Callable[[Entry, datetime], bool]) -> Callable[[list[Entry], datetime], int]:
    return lambda entries, now: sum(bring(entry, now) for entry in entries)


def _there(kind: type[Any], **facts: Any) -> Any:
    return db.session.scalars(select(kind).filter_by(**facts)).first()


def _stem(entry: Entry) -> str:
    return PurePosixPath(entry.name).stem


# Programmes with their editions, and benefits with their amounts: one file each, with the list of changes.


def _export_programmes() -> Iterator[Entry]:
    for row in db.session.scalars(select(Programme).order_by(Programme.slug)):
        facts = facts_of(row, ("slug", "for_whom"))
        facts["edition"] = [facts_of(edition) for edition in row.editions]
        yield Entry(f"programy/{row.slug}.md", facts | _changes(row), row.for_whom)


def _bring_programme(entry: Entry, now: datetime) -> bool:
    if _there(Programme, slug=_stem(entry)):
        return False
    values = values_of(
        entry, Programme, ("slug", "for_whom"), also=("edition", "change"), facts=_with_moment(entry, now)
    )
    editions = [Edition(**values_of(entry, Edition, facts=row)) for row in tables_of(entry, "edition")]
    row = Programme(slug=_stem(entry), for_whom=entry.text, editions=editions, **values)
    return _added(row, entry)


def _with_moment(entry: Entry, now: datetime) -> dict[str, Any]:
    return {"updated_at": now} | entry.facts


def _export_benefits() -> Iterator[Entry]:
    for row in db.session.scalars(select(Benefit).order_by(Benefit.slug)):
        facts = facts_of(row, ("slug", "body"))
        facts["amount"] = [facts_of(amount) for amount in row.amounts]
        yield Entry(f"swiadczenia/{row.slug}.md", facts | _changes(row), row.body)


def _bring_benefit(entry: Entry, _now: datetime) -> bool:
    if _there(Benefit, slug=_stem(entry)):
        return False
    values = values_of(entry, Benefit, ("slug", "body"), also=("amount", "change"))
    amounts = [
        BenefitAmount(**values_of(entry, BenefitAmount, facts=row)) for row in tables_of(entry, "amount")
    ]
    return _added(Benefit(slug=_stem(entry), body=entry.text, amounts=amounts, **values), entry)


def _changes(row: Any) -> dict[str, Any]:
    query = select(Change).filter_by(subject=row.__tablename__, subject_id=row.id).order_by(Change.id)
    return {"change": [facts_of(change, ("subject", "subject_id")) for change in db.session.scalars(query)]}


def _added(row: Any, entry: Entry) -> bool:
    db.session.add(row)
    db.session.flush()
    for facts in tables_of(entry, "change"):
        values = values_of(entry, Change, ("subject", "subject_id"), facts=facts)
        db.session.add(Change(subject=row.__tablename__, subject_id=row.id, **values))
    return True


# Contacts, help lines, the menu and the shortcuts: one file each.


def _export_contacts() -> Iterator[Entry]:
    for row in db.session.scalars(select(Contact).order_by(Contact.key)):
        office = db.session.get(Office, row.office_id) if row.office_id else None
        place = {"office": office.name} if office else {}
        yield Entry(f"kontakty/{row.key}.md", facts_of(row, ("key", "helps_with")) | place, row.helps_with)


def _bring_contact(entry: Entry, _now: datetime) -> bool:
    if _there(Contact, key=_stem(entry)):
        return False
    values = values_of(entry, Contact, ("key", "helps_with"), also=("office",))
    for day in WEEKDAYS:
        try:
            spans_in(values.get(day, ""))
        except ValueError:
            raise entry.wrong(f'{day!r} must be hours such as "8:00–16:00"', day) from None
    office = _there(Office, name=entry.facts["office"]) if "office" in entry.facts else None
    where = office.id if office else None
    db.session.add(Contact(key=_stem(entry), helps_with=entry.text, office_id=where, **values))
    return True


def _export_lines() -> Iterator[Entry]:
    for row in db.session.scalars(select(HelpLine).order_by(HelpLine.key)):
        yield Entry(f"telefony-pomocy/{row.key}.md", facts_of(row, ("key", "for_whom")), row.for_whom)


def _bring_line(entry: Entry, _now: datetime) -> bool:
    if _there(HelpLine, key=_stem(entry)):
        return False
    values = values_of(entry, HelpLine, ("key", "for_whom"))
    db.session.add(HelpLine(key=_stem(entry), for_whom=entry.text, **values))
    return True


def _export_menu() -> Iterator[Entry]:
    for n, row in enumerate(db.session.scalars(select(MenuItem).order_by(MenuItem.position, MenuItem.id)), 1):
        yield Entry(f"menu/{n:02}-{slug_of(row.label)}.md", facts_of(row))


def _bring_menu(entries: list[Entry], _now: datetime) -> int:
    """The menu as a whole: a portal always has one, and half of two makes none."""
    rows = [values_of(entry, MenuItem) for entry in entries]
    there = [
        facts_of(row) for row in db.session.scalars(select(MenuItem).order_by(MenuItem.position, MenuItem.id))
    ]
    if not rows or there == [facts_of(MenuItem(**row)) for row in rows]:
        return 0
    for row in db.session.scalars(select(MenuItem)):
        db.session.delete(row)
    db.session.add_all(MenuItem(**row) for row in rows)
    return len(rows)


def _export_shortcuts() -> Iterator[Entry]:
    rows = db.session.scalars(select(Shortcut).order_by(Shortcut.position, Shortcut.id))
    for n, row in enumerate(rows, 1):
        yield Entry(
            f"skroty/{n:02}-{slug_of(row.label)}.md", facts_of(row, ("description",)), row.description
        )


def _bring_shortcut(entry: Entry, _now: datetime) -> bool:
    values = values_of(entry, Shortcut, ("description",))
    if _there(Shortcut, path=values["path"], label=values["label"]):
        return False
    db.session.add(Shortcut(description=entry.text, **values))
    return True


# Media: what is known of each; the files themselves lie in a folder of their own and are copied as they are.


def _export_media() -> Iterator[Entry]:
    for row in db.session.scalars(select(Medium).order_by(Medium.name)):
        yield Entry(f"media/{row.name}.md", facts_of(row, ("name", "transcript")), row.transcript)


def _bring_medium(entry: Entry, _now: datetime) -> bool:
    name = _stem(entry)
    if not MEDIUM.fullmatch(name):
        raise entry.wrong("the name of the file must be that of a folder of PORTAL_MEDIA")
    if _there(Medium, name=name):
        return False
    values = values_of(entry, Medium, ("name", "transcript"))
    db.session.add(Medium(name=name, transcript=entry.text, **values))
    return True


# Pages and announcements: a folder each, a file for every text that was ever saved, with the times at which it was read.


def _export_pages() -> Iterator[Entry]:
    for page in db.session.scalars(select(Page).order_by(Page.path, Page.language)):
        ending = "" if page.language == "pl" else f".{page.language}"
        folder = f"strony/{page.path.replace('/', '__')}{ending}"
        yield Entry(f"{folder}/strona.md", facts_of(page, ("path", "language")))
        for text in page.revisions:
            facts = facts_of(text, REVISION) | _media_of(text) | _readings(page.publications, text)
            yield Entry(f"{folder}/{text.number}.md", facts, text.body)


def _bring_pages(entries: list[Entry], now: datetime) -> int:
    return sum(_bring_page(folder, files, now) for folder, files in _folders(entries).items())


def _bring_page(folder: str, files: dict[str, Entry], now: datetime) -> bool:
    address, _, language = folder.partition(".")
    path = address.replace("__", "/")
    head = files.pop("strona", None)
    if _there(Page, path=path, language=language or "pl") or not files:
        return False
    facts = (
        values_of(head, Page, ("path", "language"), facts={"created_at": now} | head.facts)
        if head
        else {"created_at": now}
    )
    page = Page(path=path, language=language or "pl", **facts)
    db.session.add(page)
    readings = []
    for number, entry in _in_order(files):
        said = {"created_at": now} | entry.facts
        values = values_of(entry, PageRevision, REVISION, said, ("read", "media"))
        text = PageRevision(number=number, body=entry.text, media=_media_in(entry), **values)
        page.revisions.append(text)
        readings += [
            (text, values_of(entry, PagePublication, PUBLISHED, row)) for row in tables_of(entry, "read")
        ]
    for text, values in sorted(readings, key=lambda each: each[1]["public_from"]):
        page.publications.append(PagePublication(revision=text, **values))
        page.changed_at = facts.get("changed_at", values["public_from"])
    db.session.flush()
    return True


def _export_announcements() -> Iterator[Entry]:
    for item in db.session.scalars(select(Announcement).order_by(Announcement.slug)):
        old = select(OldAddress.slug).filter_by(announcement_id=item.id).order_by(OldAddress.slug)
        moved = list(db.session.scalars(old))
        folder = f"ogloszenia/{item.slug}"
        facts = facts_of(item, ("slug",)) | ({"old_addresses": moved} if moved else {})
        yield Entry(f"{folder}/ogloszenie.md", facts)
        for text in item.revisions:
            facts = facts_of(text, REVISION) | _media_of(text)
            facts |= {"programme": text.programme.slug} if text.programme else {}
            yield Entry(f"{folder}/{text.number}.md", facts | _readings(item.publications, text), text.body)
            for words in text.translations:
                name = f"{folder}/{text.number}.{words.language}.md"
                yield Entry(name, facts_of(words, ("language", "body")), words.body)


def _bring_announcements(entries: list[Entry], now: datetime) -> int:
    return sum(_bring_announcement(slug, files, now) for slug, files in _folders(entries).items())


def _bring_announcement(slug: str, files: dict[str, Entry], now: datetime) -> bool:
    head = files.pop("ogloszenie", None)
    if _there(Announcement, slug=slug) or not files:
        return False
    facts = {"created_at": now}
    if head:
        facts = values_of(head, Announcement, ("slug",), facts=facts | head.facts, also=("old_addresses",))
    item = Announcement(slug=slug, **facts)
    db.session.add(item)
    words = {name: entry for name, entry in files.items() if "." in name}
    readings = []
    for number, entry in _in_order({name: files[name] for name in files.keys() - words.keys()}):
        text = _revision(number, entry, words, now)
        item.revisions.append(text)
        readings += [
            (text, values_of(entry, Publication, PUBLISHED, row)) for row in tables_of(entry, "read")
        ]
    for text, values in sorted(readings, key=lambda each: each[1]["public_from"]):
        item.publications.append(Publication(revision=text, **values))
        item.published_at = item.published_at or values["public_from"]
    db.session.flush()
    for old in head.facts.get("old_addresses", []) if head else []:
        db.session.add(OldAddress(slug=old, announcement_id=item.id))
    return True


def _revision(number: int, entry: Entry, words: dict[str, Entry], now: datetime) -> Revision:
    said = {"created_at": now} | entry.facts
    values = values_of(entry, Revision, REVISION, said, ("read", "programme", "media"))
    if values["category"] not in CATEGORIES:
        raise entry.wrong(f"'category' must be one of {', '.join(CATEGORIES)}", "category")
    programme = _there(Programme, slug=said["programme"]) if "programme" in said else None
    if "programme" in said and programme is None:
        raise entry.wrong(f"there is no programme {said['programme']!r}", "programme")
    translations = []
    for name in sorted(words):
        if name.startswith(f"{number}."):
            other = words[name]
            facts = values_of(other, Translation, ("language", "body"), {"is_behind": False} | other.facts)
            translations.append(Translation(language=name.partition(".")[2], body=other.text, **facts))
    parts = {"programme": programme, "translations": translations, "media": _media_in(entry)}
    text = Revision(number=number, body=entry.text, **parts, **values)
    said_in_all: list[Revision | Translation] = [text, *translations]
    text.folded = fold("\n".join(f"{each.title}\n{each.lead}\n{each.body}" for each in said_in_all))
    return text


def _media_of(text: Revision | PageRevision) -> dict[str, list[str]]:
    names = {medium.id: medium.name for medium in db.session.scalars(select(Medium))} if text.media else {}
    return {"media": [names[number] for number in text.media]} if text.media else {}


def _media_in(entry: Entry) -> list[int]:
    found = []
    for name in entry.facts.get("media", []):
        medium = _there(Medium, name=name)
        if medium is None:
            raise entry.wrong(f"there is no medium {name!r}", "media")
        found.append(medium.id)
    return found


def _readings(publications: list[Any], text: Any) -> dict[str, Any]:
    """When residents read a text, and why they got it."""
    return {"read": [facts_of(one, PUBLISHED) for one in publications if one.revision_id == text.id]}


def _folders(entries: list[Entry]) -> dict[str, dict[str, Entry]]:
    """The files of each item by their names without the ending."""
    found: dict[str, dict[str, Entry]] = {}
    for entry in entries:
        parts = PurePosixPath(entry.name).parts
        if len(parts) != 3:
            raise entry.wrong("the file must lie in the folder of its item, such as ogloszenia/nabor/1.md")
        found.setdefault(parts[1], {})[parts[2].removesuffix(".md")] = entry
    return found


def _in_order(files: dict[str, Entry]) -> list[tuple[int, Entry]]:
    for name, entry in files.items():
        if not name.isdigit():
            raise entry.wrong("the name of the file must be the number of the text, such as 1.md")
    return sorted((int(name), entry) for name, entry in files.items())


KINDS = (
    Kind("media", _export_media, _one_by_one(_bring_medium)),
    Kind("programy", _export_programmes, _one_by_one(_bring_programme)),
    Kind("swiadczenia", _export_benefits, _one_by_one(_bring_benefit)),
    Kind("kontakty", _export_contacts, _one_by_one(_bring_contact)),
    Kind("telefony-pomocy", _export_lines, _one_by_one(_bring_line)),
    Kind("strony", _export_pages, _bring_pages),
    Kind("ogloszenia", _export_announcements, _bring_announcements),
    Kind("menu", _export_menu, _bring_menu),
    Kind("skroty", _export_shortcuts, _one_by_one(_bring_shortcut)),
)
