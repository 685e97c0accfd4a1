"""The log says what happened and never what anybody typed, whatever breaks (S68, S69)."""

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from flask import Flask
from sqlalchemy import text

from portal.db import db
from portal.logs import JsonLines
from tests.client import Client
from tests.conftest import KEYS, Databases, make_app
from tests.parts.processes import ROOT, TOKEN, Portal, free_port

CANARY = "Żaneta Kanarek"
CANARIES = (CANARY, "kanarek", "Kanarek", "512345678", "TAJNE", "0123456789abcdef" * 2, "127.0.0.1")
NUMBER = re.compile(r"[0-9a-f]{8}")

pytestmark = pytest.mark.parametrize("kind", ["sqlite"])


@pytest.fixture
def portal(databases: Databases, tmp_path: Path, kind: str) -> Iterator[Portal]:
    """Web and worker as processes that write their log into a file."""
    with (tmp_path / "log").open("wb") as log:
        port, url = free_port(), databases.filled(kind, tmp_path)
        ours = {
            "PORTAL_DEMO": "1",
            "PORTAL_DATA": str(tmp_path),
            "PORTAL_KEYS": KEYS,
            "PORTAL_DATABASE_URL": url,
        }
        running = Portal(os.environ | ours | {"PORTAL_PUBLIC_URL": f"http://127.0.0.1:{port}"}, port, log=log)
        running.start()
        yield running
        running.kill()


def break_tables(url: str, folder: Path) -> None:
    """From now on one page meets a missing table, another one a value that its error quotes."""
    app = make_app(url, folder)
    with app.app_context():
        db.session.execute(text("UPDATE slot SET ends_at = :canary"), {"canary": CANARY})
        db.session.execute(text("ALTER TABLE enquiry RENAME TO gone"))
        db.session.commit()
        db.session.remove()
        db.engine.dispose()


def lines_of(folder: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (folder / "log").read_text().splitlines()]


def test_fifty_errors_betray_nobody_and_each_is_found_by_its_number(portal: Portal, tmp_path: Path) -> None:
    headers = {"User-Agent": "kanarek", "Referer": "https://kanarek.example/TAJNE"}
    with httpx.Client(base_url=f"http://127.0.0.1:{portal.port}", headers=headers, timeout=20) as browser:
        token = TOKEN.search(browser.get("/moje-zgloszenie").text)
        assert token
        break_tables(portal.environment["PORTAL_DATABASE_URL"], tmp_path)
        typed = {"csrf_token": token[1], "reference": "TAJN-E000", "pin": "512345678", "name": CANARY}
        away = [browser.post(f"/moje-zgloszenie?q={CANARY}", data=typed) for _ in range(25)]
        broken = [browser.get(f"/umow-rozmowe/a1/termin?imie={CANARY}&t=TAJNE") for _ in range(25)]
        browser.get(f"/panel/haslo/1/{'0123456789abcdef' * 2}")
        browser.get("/kalendarz/" + "0123456789abcdef" * 2 + ".ics")
        browser.get(f"/{CANARY}/512345678")
    assert {answer.status_code for answer in away} == {503}
    assert {answer.status_code for answer in broken} == {500}
    lines, written = lines_of(tmp_path), (tmp_path / "log").read_text()
    assert [canary for canary in CANARIES if canary in written] == []
    troubles = [line for line in lines if line["level"] == "error"]
    for answer in (*away, *broken):
        shown = NUMBER.search(answer.text.partition("ten numer:")[2])
        assert shown
        assert [line["says"] for line in troubles if line["request"] == shown[0]], answer.status_code
    assert {line["error"] for line in troubles if line["says"] == "unexpected"} == {"ValueError"}
    routes = {line.get("route") for line in lines}
    assert {"/panel/haslo/<int:link_id>/<token>", "/kalendarz/<token>.ics", "/moje-zgloszenie"} <= routes


def test_a_plain_formatter_would_have_told_everything(kind: str) -> None:
    """The canaries above can be found: this is how the same error looks elsewhere."""
    try:
        raise ValueError(CANARY)
    except ValueError:
        record = logging.LogRecord("other", logging.ERROR, "", 1, "for %s", (CANARY,), sys.exc_info())
    assert CANARY in logging.Formatter().format(record)
    line = JsonLines().format(record)
    assert CANARY not in line
    assert json.loads(line)["says"] == "for"
    assert json.loads(line)["error"] == "ValueError"


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("Invalid request from ip=192.0.2.7: 'GET /?imie=Kanarek'", "Invalid request from ip"),
        ("Error handling request %s", "Error handling request"),
        ("/srv/x.py:12: DeprecationWarning: kanarek@example.com", ""),
    ],
)
def test_of_what_others_say_only_the_beginning_is_kept(kind: str, message: str, kept: str) -> None:
    record = logging.LogRecord("gunicorn.error", logging.WARNING, "", 1, message, ("kanarek",), None)
    assert json.loads(JsonLines().format(record))["says"] == kept


def test_a_command_that_breaks_says_where_and_no_more(database: str, tmp_path: Path) -> None:
    ours = {
        "PORTAL_DEMO": "1",
        "PORTAL_DATA": str(tmp_path),
        "PORTAL_KEYS": KEYS,
        "PORTAL_DATABASE_URL": database,
    }
    command = [sys.executable, "-m", "portal", "export-content", "/dev/null/kanarek"]
    ended = subprocess.run(
        command, cwd=ROOT, env=os.environ | ours, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    line = json.loads(ended.stderr.splitlines()[-1])
    assert (line["level"], line["says"]) == ("critical", "ended by an error")
    assert "kanarek" not in ended.stderr


def test_the_number_of_the_proxy_is_taken_only_from_a_proxy(
    app: Flask, resident: Client, database: str, tmp_path: Path
) -> None:
    given = {"X-Request-Id": "abcdef01" * 4}
    behind = make_app(database, tmp_path, PORTAL_BEHIND_PROXY="1")
    for portal in (app, behind):
        with portal.app_context():
            db.session.execute(text("UPDATE slot SET ends_at = 'x'"))
            db.session.commit()
    address = "/umow-rozmowe/a1/termin"
    assert "abcdef01" in behind.test_client().get(address, headers=given).text
    assert "abcdef01" not in behind.test_client().get(address, headers={"X-Request-Id": "abcdef01"}).text
    assert "abcdef01" not in resident.get(address, headers=given).text
    with behind.app_context():
        db.engine.dispose()
