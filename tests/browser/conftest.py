"""A served portal and a real Chromium."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from portal.db import db
from tests.conftest import NOW, Databases, make_app
from tests.parts import browser as parts

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of a worker; each test has contexts of its own."""
    with parts.chromium() as browser:
        yield browser


def read_whole(app: Flask, environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
    """An answer that has been read and closed: this server leaves its file open when the browser goes away in the middle of it."""
    answer = app(environ, start_response)
    try:
        return list(answer)
    finally:
        getattr(answer, "close", list)()


@contextmanager
def serve(app: Flask) -> Iterator[str]:
    """Serve the app on a free port of this machine; answers its address."""
    server = make_server("127.0.0.1", 0, partial(read_whole, app), threaded=True)
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
