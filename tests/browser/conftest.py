"""A served portal and a real Chromium."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from portal.db import db
from tests.conftest import NOW, Databases, make_app
from tests.parts import browser as parts


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of a worker; each test has contexts of its own."""
    with parts.chromium() as browser:
        yield browser


@contextmanager
def serve(app: Flask) -> Iterator[str]:
    """Serve the app on a free port of this machine; answers its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def served(databases: Databases, tmp_path: Path) -> Iterator[Flask]:
    """A portal with its own SQLite database, whose clock begins on the Sunday of the tests and runs."""
    app = make_app(databases.filled("sqlite", tmp_path), tmp_path)
    with time_machine.travel(NOW, tick=True):
        yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def address(served: Flask) -> Iterator[str]:
    """Where the portal is served."""
    with serve(served) as url:
        yield url
