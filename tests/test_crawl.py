"""Looking changes nothing, whoever looks (S64), and every answer says how it may be kept (S37, S38): each page that a link leads to."""

import re
from collections import Counter, deque
from collections.abc import Iterator
from html import unescape
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import inspect, select
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.test import TestResponse

from portal.accounts.models import ROLES
from portal.db import db
from tests.conftest import browse, signed_in

LINK = re.compile(r'(?:href|src)="([^"]+)"')
ENDS = {"", "front.quick_exit"}
# Rows that say who is signed in, who looked, and how often somebody tried.
MAY_GROW = {"account_session", "audit_entry", "audit_seal", "throttle"}
PRIVATE = re.compile(
    r"/(?:uk/|en/)?(?:umow-rozmowe|moja-|moje-|moj-|pomoc|panel|kalendarz|ustawienia|health|ready|wyjscie"
    r"|dostepnosc/(?:wniosek|zadanie)|rodzicielstwo-zastepcze/zglos)"
)


def state(app: Flask) -> dict[str, Counter[str]]:
    """Every row of every table that looking may not change."""
    with app.app_context():
        there = set(inspect(db.engine).get_table_names())
        tables = [table for table in db.metadata.sorted_tables if table.name in there - MAY_GROW]
        rows = {table.name: Counter(map(repr, db.session.execute(select(table)))) for table in tables}
        db.session.remove()
    return rows


def route(app: Flask, path: str) -> str:
    """The page that has this address; '' when none has, or only a POST."""
    path = re.sub(r"^/(uk|en)(?=/)", "", path)
    try:
        return str(app.url_map.bind("127.0.0.1:8000").match(path, "GET")[0])
    except (HTTPException, RequestRedirect):
        return ""


def crawl(client: FlaskClient, start: str, most: int) -> Iterator[tuple[str, TestResponse]]:
    """Each answer on the way along the links, of one page (with different rows and questions) and language at most so many; of
    one each only the Polish pages."""
    app, seen, times = client.application, {start}, Counter[tuple[str, str]]()
    waiting = deque([start])
    while waiting:
        address = waiting.popleft()
        key = route(app, urlsplit(address).path), address[:3] if address[:4] in {"/uk/", "/en/"} else ""
        times[key] += 1
        if times[key] > most or key[0] in ENDS or (key[1] and most == 1):
            continue
        answer = client.get(address)
        yield address, answer
        text = answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""
        for link in [*LINK.findall(text), *([answer.location] if answer.location else [])]:
            url = urldefrag(urljoin(f"http://127.0.0.1:8000{address}", unescape(link)))[0]
            path = url.removeprefix("http://127.0.0.1:8000")
            if path.startswith("/") and not path.startswith("/static/") and path not in seen:
                seen.add(path)
                waiting.append(path)


def kept_wrong(role: str, address: str, answer: TestResponse) -> dict[str, str | None]:
    """What an answer says about being kept, where that is wrong: nothing is kept but what is the same for everyone."""
    is_private = bool(role or PRIVATE.match(address) or answer.status_code >= 400)
    cache = "no-cache" if address.startswith("/media/") or not is_private else "no-store"
    found = answer.headers.get("Cache-Control")
    wrong: dict[str, str | None] = {} if found == cache else {"Cache-Control": found}
    if not is_private and ("ETag" not in answer.headers or "Set-Cookie" in answer.headers):
        wrong |= {name: answer.headers.get(name) for name in ("ETag", "Set-Cookie")}
    return wrong


def walk_twice(app: Flask, role: str, most: int) -> set[str]:
    """Go along all links twice; answers which pages were there. Nothing but the counted tables may have changed, and each answer
    has to say how it may be kept."""
    client = signed_in(app, role) if role else app.test_client(use_cookies=False)
    client.checks = False  # type: ignore[attr-defined]  # the other tests look at pages
    before, pages = state(app), set()
    for _ in range(2):
        for address, answer in crawl(client, "/panel" if role else "/", most):
            assert answer.status_code < 500, f"{role} {address}"
            assert kept_wrong(role, address, answer) == {}, f"{role} {address}"
            pages.add(route(app, urlsplit(address).path))
            answer.close()
    after = state(app)
    assert [name for name in before if before[name] != after[name]] == [], role
    return pages


@pytest.mark.parametrize("kind", ["sqlite"])
def test_looking_at_every_page_changes_nothing_and_each_says_how_it_may_be_kept(app: Flask) -> None:
    assert len(walk_twice(app, "", 1)) >= 30
    assert len(walk_twice(app, "administrator", 1)) > 80


@pytest.mark.torture
@pytest.mark.parametrize("role", ["", *ROLES])
def test_looking_at_everything_changes_nothing(app: Flask, role: str) -> None:
    walk_twice(app, role, 40)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_page_that_changed_something_would_be_found(app: Flask) -> None:
    """The walk above can fail: this address books a row."""

    @app.get("/zmienia")
    def changes() -> str:
        db.session.execute(db.metadata.tables["shortcut"].delete())
        db.session.commit()
        return "ok"

    client, before = browse(app), state(app)
    client.checks = False
    assert client.get("/zmienia").text == "ok"
    assert [name for name, rows in state(app).items() if before[name] != rows] == ["shortcut"]
