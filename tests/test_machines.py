"""What machines ask is answered in a word, and betrays nothing (S74, S90)."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from portal.db import db
from tests.client import Client
from tests.conftest import make_app
from tests.test_web import queries


@pytest.fixture
def elsewhere(database: str, tmp_path: Path) -> Iterator[Flask]:
    """A portal that names somebody of its own."""
    app = make_app(
        database, tmp_path, PORTAL_SECURITY_CONTACT="dziury@mopr.example", PORTAL_SECURITY_UNTIL="2027-05-31"
    )
    yield app
    with app.app_context():
        db.engine.dispose()


def test_a_portal_that_is_well_says_ok_and_no_more(app: Flask, resident: Client, interviewer: Client) -> None:
    for client in (resident, interviewer):
        for address in ("/health", "/ready"):
            answer = client.get(address)
            assert (answer.status_code, answer.data) == (200, b"ok\n")
            assert answer.headers["Cache-Control"] == "no-store"
            assert "Set-Cookie" not in answer.headers
    assert queries(app, resident, "/health") == 0
    assert queries(app, resident, "/ready") == 1


def test_without_its_tables_it_lives_and_is_not_ready(app: Flask, resident: Client) -> None:
    with app.app_context():
        db.session.execute(text("ALTER TABLE content_version RENAME TO gone"))
        db.session.commit()
        answer = resident.get("/ready")
        assert (answer.status_code, answer.data) == (503, b"not ok\n")
        assert resident.get("/health").status_code == 200
        db.session.execute(text("DELETE FROM gone"))
        db.session.execute(text("ALTER TABLE gone RENAME TO content_version"))
        db.session.commit()
    assert resident.get("/ready").status_code == 503


def fields(answer: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in answer.splitlines())


@pytest.mark.parametrize("kind", ["sqlite"])
def test_whoever_finds_a_hole_reads_whom_to_tell(resident: Client, elsewhere: Flask) -> None:
    address = "/.well-known/security.txt"
    said = fields(resident.get(address).text)
    assert said["Canonical"] == f"http://127.0.0.1:8000{address}"
    assert said["Contact"] == "http://127.0.0.1:8000/kontakt"
    assert resident.visit("/kontakt").status == 200
    days = (datetime.fromisoformat(said["Expires"]) - datetime.fromisoformat("2026-11-22T00:00:00Z")).days
    assert 150 < days < 365
    said = fields(elsewhere.test_client().get(address).text)
    assert said["Contact"] == "mailto:dziury@mopr.example"
    assert said["Expires"] == "2027-05-31T00:00:00Z"


@pytest.mark.parametrize("kind", ["sqlite"])
def test_search_engines_are_not_told_of_them(resident: Client) -> None:
    assert not any(name in resident.get("/sitemap.xml").text for name in ("health", "ready", "well-known"))
