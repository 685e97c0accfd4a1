"""Years of announcements: the same pages in a portal of a hundred and in one of ten thousand."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask_migrate import upgrade
from sqlalchemy import insert, text

from bench import content, scale, tables
from bench.booking import TOKEN
from bench.browsers import Inside
from portal import clock
from portal.announcements.models import CATEGORIES, Announcement, Publication, Revision
from portal.app import create_app
from portal.db import db
from portal.demo.load import ACCOUNTS, load
from portal.finding.keeping import forget, values
from portal.finding.models import Entry, Findable
from portal.text import fold

FEW, MANY = 100, 10_000
CURRENT = 60
AT_ONCE = 1_000
FIRST = 1_000_000
TOPICS = 100  # a question is about one of them
HEADING = [
    "page",
    f"{FEW:,} announcements",
    f"{MANY:,} announcements",
    "ms: ratio",
    "at most",
    "SQL",
    "SQL",
    "bytes",
]
PAGES = {
    "list": "/ogloszenia",
    "list of one category": "/ogloszenia?kategoria=centre",
    "archive": "/ogloszenia/archiwum",
    "one announcement": "/ogloszenia/bench-1",
    "search": "/szukaj?q=sala%20temat7",
    "search for what all have": "/szukaj?q=sala",
    "feed": "/ogloszenia.atom",
    "list of the staff": "/panel/ogloszenia",
}
BODY = "## Kiedy\n\nSala konferencyjna jest otwarta w środy.\n\n- rano\n- po południu\n\nZadzwoń i zapytaj o wolne miejsca."


def compare(folder: Path, *, on_postgres: bool) -> int:
    """Print what the pages cost with few and with many announcements; 1 when many cost more queries or too much more time."""
    with ExitStack() as stack:
        urls = stack.enter_context(scale.databases(folder, on_postgres=on_postgres))
        few, many = (_desk(folder, url, count) for url, count in zip(urls, (FEW, MANY), strict=True))
        found = {name: scale.measured(path, few, many) for name, path in PAGES.items()}
        for desk in (few, many):
            desk.close()
    print(tables.table(HEADING, [scale.cells(name, *pair) for name, pair in found.items()]) + "\n")
    return int(not all(scale.is_steady(*pair) for pair in found.values()))


def _desk(folder: Path, url: str, count: int) -> Inside:
    """A browser of an editor, for whom no page is answered from memory."""
    content.configure(folder, url)
    app = create_app()
    with app.app_context():
        upgrade()
        load(clock.now())
        grow(count)
    content.release(app)
    browser = Inside()
    token = TOKEN.search(browser.open("/panel/logowanie").text)
    assert token
    who = {"login": ACCOUNTS[0].login, "password": ACCOUNTS[0].password, "csrf_token": token[1].decode()}
    assert browser.open("/panel/logowanie", who).status == 303
    return browser


def grow(count: int) -> None:
    """Publish this many more, one a day; the last sixty are current, those before are in the archive."""
    for numbers in _parts(count):
        made = [_rows(n, FIRST + count - n) for n in numbers]
        for model in (Announcement, Revision, Publication, Entry):
            rows = [each[model] for each in made if model in each]
            if rows:
                db.session.execute(insert(model), rows)
        db.session.commit()
    forget(clock.now())  # the worker does so every night
    if db.engine.dialect.name == "postgresql":  # its autovacuum would do so; SQLite is never asked to
        db.session.execute(text("ANALYZE"))
        db.session.commit()


def _parts(count: int) -> Iterator[range]:
    """The numbers, the oldest first."""
    for begin in range(count - 1, -1, -AT_ONCE):
        yield range(begin, max(begin - AT_ONCE, -1), -1)


def _rows(n: int, number: int) -> dict[type[Any], dict[str, Any]]:
    """The rows of the n-th, the first of which is the newest."""
    at = clock.now() - timedelta(days=n + 1)
    until = clock.day_of(clock.now()) + timedelta(days=CURRENT - n - 1)
    slug, title, lead = (
        f"bench-{n}",
        f"Sala konferencyjna, dzień {n}, temat{n % TOPICS}",
        "Kto może przyjść, kiedy i po co.",
    )
    words = {
        "title": title,
        "lead": lead,
        "body": BODY,
        "easy_text": "",
        "folded": fold(f"{title} {lead} {BODY}"),
    }
    facts = {
        "author": "",
        "category": CATEGORIES[n % len(CATEGORIES)],
        "valid_until": until,
        "created_at": at,
    }
    rows: dict[type[Any], dict[str, Any]] = {
        Announcement: {"id": number, "slug": slug, "created_at": at, "published_at": at},
        Revision: {"id": number, "announcement_id": number, "number": 1} | words | facts,
        Publication: {
            "id": number,
            "announcement_id": number,
            "revision_id": number,
            "public_from": at,
            "reason": "",
        },
    }
    found = Findable(slug, title, f"{lead}\n\n{BODY}", from_at=at, last_on=until)
    return rows | {Entry: values(Publication.__tablename__, number, found)}
