"""Databases, apps and people for the tests.

Each test has a database of its own, copied from one that was migrated and filled with the demo content: SQLite and
PostgreSQL in turn. The clock stands still on a Sunday morning in November 2026.
"""

import gc
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import hypothesis
import pytest
import time_machine
from flask import Flask
from flask_migrate import upgrade
from jinja2 import FileSystemBytecodeCache

from portal import clock
from portal.accounts.models import Account, account_called
from portal.app import create_app
from portal.booking.openings import open_slots
from portal.config import DEMO, Settings, read_settings
from portal.db import db
from portal.demo.load import ACCOUNTS, load
from portal.programmes.models import Service, service_called
from tests.client import Client
from tests.parts import postgres

hypothesis.settings.register_profile(
    "portal", deadline=None
)  # two cores are shared with a browser and a database
hypothesis.settings.load_profile("portal")
gc.set_threshold(
    50_000, 10, 10
)  # every test makes an app: looking through all of them took a seventh of the time

TEMPLATES = FileSystemBytecodeCache()
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
KEYS = "test:" + bytes(range(7, 39)).hex()
PASSWORDS = {account.role: (account.login, account.password) for account in ACCOUNTS}
BOTH = ("sqlite", "postgres")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave what reads pages on PostgreSQL to torture; what that could answer differently is asked by tests of
    actions and queries."""
    for item in items:
        if item.get_closest_marker("pages") and item.get_closest_marker("postgres"):
            item.add_marker(pytest.mark.torture)


# For tests of what the databases cannot do differently.
only_sqlite = pytest.mark.parametrize("kind", ["sqlite"])


def settings_for(url: str, folder: Path, **more: str) -> Settings:
    """The demo's settings with this database and keys of the tests."""
    return read_settings(
        DEMO
        | {"PORTAL_DEMO": "1", "PORTAL_DATA": str(folder), "PORTAL_KEYS": KEYS, "PORTAL_DATABASE_URL": url}
        | more
    )


def make_app(url: str, folder: Path, **more: str) -> Flask:
    """A portal for tests; templates are compiled once for all of them."""
    app = create_app(settings_for(url, folder, **more))
    app.jinja_env.bytecode_cache = TEMPLATES
    app.test_client_class = Client
    return app


def prepare(url: str, folder: Path) -> None:
    """Migrate an empty database and fill it."""
    app = make_app(url, folder)
    with app.app_context(), time_machine.travel(NOW, tick=False):
        upgrade()
        load(NOW)
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="session")
def server(testrun_uid: str) -> Iterator[postgres.Postgres]:
    """The PostgreSQL server of this run."""
    with postgres.running(testrun_uid) as running:
        yield running


Figure = Callable[[str, str, object], None]


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Figure:
    """Notes what was measured, for the table at the end of the run: `figure("S18 restore", "≤ 1800 s", seconds)`."""

    def note(name: str, required: str, measured: object) -> None:
        said = f"{measured:.1f}" if isinstance(measured, float) else str(measured)
        record_property("figure", [name, required, said])

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The figures that were measured, a line each, with what is required of them and whether that is met. A machine that is busy
    fails no test, but is told."""
    reports = [
        report for outcome in ("passed", "failed") for report in terminalreporter.stats.get(outcome, [])
    ]
    rows = [
        (*value, report.outcome)
        for report in reports
        for name, value in report.user_properties
        if name == "figure"
    ]
    if rows:
        terminalreporter.section("figures")
        for name, required, measured, outcome in rows:
            is_met = meets(required, measured, outcome)
            line = f"{name:<72} {required:<18} {measured:<18} {'met' if is_met else 'NOT MET'}"
            terminalreporter.write_line(line, red=not is_met)


def meets(required: str, measured: str, outcome: str) -> bool:
    """Whether a figure is within its bound, such as `≤ 10 s`; what is no number has been asserted by its test."""
    if required.startswith("≤ ") and outcome == "passed":
        return float(measured.split()[0]) <= float(required.split()[1])
    return outcome == "passed"


class Databases:
    """Makes filled databases by copying one of each kind."""

    def __init__(self, folder: Path, request: pytest.FixtureRequest) -> None:
        self._folder = folder
        self._request = request
        self._templates: dict[str, str] = {}

    @property
    def _server(self) -> postgres.Postgres:
        server: postgres.Postgres = self._request.getfixturevalue("server")
        return server

    @property
    def programs(self) -> Path:
        """The folder of PostgreSQL's own programs."""
        return self._server.programs

    def empty(self, kind: str, folder: Path) -> str:
        """The address of a database without tables."""
        return f"sqlite:///{folder}/empty.sqlite" if kind == "sqlite" else self._server.new_database()

    def filled(self, kind: str, folder: Path) -> str:
        """The address of a database with the demo content."""
        if kind not in self._templates:
            self._templates[kind] = self.empty(kind, self._folder)
            prepare(self._templates[kind], self._folder)
        if kind == "postgres":
            return self._server.new_database(like=self._templates[kind])
        shutil.copy(self._folder / "empty.sqlite", folder / "portal.sqlite")
        return f"sqlite:///{folder}/portal.sqlite"

    def drop(self, kind: str, url: str) -> None:
        """Give the space back."""
        if kind == "postgres":
            self._server.drop_database(url)


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Databases:
    """Where tests get their databases from."""
    return Databases(tmp_path_factory.mktemp("templates"), request)


@pytest.fixture(params=[pytest.param("sqlite"), pytest.param("postgres", marks=pytest.mark.postgres)])
def kind(request: pytest.FixtureRequest) -> str:
    """The kind of database."""
    return str(request.param)


@pytest.fixture
def frozen() -> Iterator[time_machine.Traveller]:
    """The clock of the tests; `frozen.shift(seconds)` moves it."""
    with time_machine.travel(NOW, tick=False) as coordinates:
        yield coordinates


@pytest.fixture
def database(kind: str, databases: Databases, tmp_path: Path) -> Iterator[str]:
    """The address of this test's own database."""
    url = databases.filled(kind, tmp_path)
    yield url
    databases.drop(kind, url)


@pytest.fixture
def app(database: str, tmp_path: Path, frozen: time_machine.Traveller) -> Iterator[Flask]:
    """A portal of this test's own."""
    app = make_app(database, tmp_path)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def context(app: Flask) -> Iterator[None]:
    """An app context for tests that call actions and models directly."""
    with app.app_context():
        yield
        db.session.remove()


@pytest.fixture
def service(context: None) -> Service:
    """The first kind of talk of the demo."""
    service = service_called("a1")
    assert service
    return service


@pytest.fixture
def by(context: None) -> Account:
    """Whoever offers slots and holds talks."""
    account = account_called(ACCOUNTS[1].login)
    assert account
    return account


def free_slots(code: str = "a1") -> list[int]:
    """The free slots of the next six weeks, by time."""
    service = service_called(code)
    assert service is not None
    today = clock.day_of(clock.now())
    return [
        slot.id for slot in open_slots(service, clock.now(), first=today, last=today + timedelta(days=60))
    ]


def browse(app: Flask) -> Client:
    """A fresh browser."""
    client = app.test_client()
    assert isinstance(client, Client)
    return client


@pytest.fixture
def resident(app: Flask) -> Client:
    """Somebody with a browser and no account."""
    return browse(app)


@pytest.fixture
def stranger(app: Flask) -> Client:
    """Somebody else with a browser and no account."""
    return browse(app)


def signed_in(app: Flask, role: str) -> Client:
    """A staff member of this role, through the sign-in page; the first page is not looked at yet."""
    client = browse(app)
    login, password = PASSWORDS[role]
    answer = client.press(client.visit("/panel/logowanie"), "Zaloguj się", login=login, password=password)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return client


@pytest.fixture
def editor(app: Flask) -> Client:
    """Somebody who writes announcements."""
    return signed_in(app, "editor")


@pytest.fixture
def interviewer(app: Flask) -> Client:
    """Somebody who offers slots and holds talks."""
    return signed_in(app, "interviewer")


@pytest.fixture
def administrator(app: Flask) -> Client:
    """Somebody who may do all of it."""
    return signed_in(app, "administrator")
