"""What a machine can do to a portal: the disk fills up, the database's folder is away, an upgrade is killed (S13, S14, S17). Residents read on and know whom to call; what was confirmed stays; nothing has to be mended by hand."""

import os
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
from flask_migrate import upgrade
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from portal.db import db
from tests.conftest import KEYS, Databases, Figure, make_app, only_sqlite, prepare
from tests.parts import nginx, smtp
from tests.parts.postgres import Postgres, lasting
from tests.parts.processes import ROOT, TOKEN, Crowd, Portal, environment, free_port, wait_for
from tests.test_kill import bookings_of, deliver_the_rest, somebody_books
from tests.test_kill import mail as mail
from tests.test_races import Scene

PUBLIC = ("/", "/pomoc", "/ogloszenia", "/kontakt")
ROOM = 10_000


@contextmanager
def at_work(scene: Scene, data: Path, mail: smtp.Smtp, log: Path, **more: str) -> Iterator[Portal]:
    """A portal whose processes write into a log."""
    with log.open("wb") as lines:
        portal = Portal(environment(scene.url, data, mail, **more), free_port(), lines)
        portal.start()
        try:
            yield portal
        finally:
            portal.kill()
    assert b"Traceback" not in log.read_bytes(), log


def answers(portal: Portal, *addresses: str) -> list[httpx.Response]:
    with httpx.Client(base_url=f"http://127.0.0.1:{portal.port}", timeout=60) as browser:
        return [browser.get(address) for address in addresses]


def assert_refused_politely(crowd: Crowd) -> str:
    """Whoever was refused was told what to do, and nothing else went wrong."""
    assert crowd.refused
    assert [what for what in crowd.odd if not what.endswith(" 503")] == []
    for page in crowd.refused:
        assert_says_whom_to_call(page)
    return f"{len(crowd.refused)} of {len(crowd.odd)}"


def assert_says_whom_to_call(page: httpx.Response) -> None:
    """And when to come again, and nothing of what broke."""
    assert page.status_code == 503
    assert page.headers["Retry-After"] == "30"
    assert 'href="tel:' in page.text
    assert "Traceback" not in page.text


def books_again(portal: Portal, scene: Scene, name: str) -> tuple[float, set[str]]:
    """How many seconds it takes until somebody has a place again, and what was confirmed then."""
    with Crowd(portal.port, scene.roomy, name) as crowd:
        seconds = wait_for(lambda: len(crowd.seen) >= 1, 60)
    return seconds, set(crowd.seen.values())


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 MiB, which only root can mount."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(disk)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("only root can mount a small disk")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


@pytest.mark.torture
def test_a_full_disk_refuses_bookings_and_nothing_else(
    small_disk: Path, databases: Databases, mail: smtp.Smtp, tmp_path: Path, figure: Figure
) -> None:
    scene = Scene(databases.filled("sqlite", small_disk), small_disk, room=ROOM)
    with at_work(scene, small_disk, mail, tmp_path / "log") as portal:
        with Crowd(portal.port, scene.roomy, "przed") as crowd:
            wait_for(lambda: len(crowd.seen) >= 5, 60)
            fill_up(small_disk / "filler")
            wait_for(lambda: len(crowd.refused) > 5, 60)
            read = answers(portal, *PUBLIC * 5)
        refused = assert_refused_politely(crowd)
        assert {page.status_code for page in read} == {200}
        (small_disk / "filler").unlink()
        seconds, later = books_again(portal, scene, "po")
        with closing(sqlite3.connect(small_disk / "portal.sqlite")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert set(crowd.seen.values()) | later <= bookings_of(scene)
    figure("S14 disk full: bookings refused with 503 and a phone number", "all", refused)
    figure("S14 disk full: public pages", "200", f"{len(read)} × 200")
    figure("S14 seconds from room to a booking, no restart", "no restart", seconds)


def fill_up(filler: Path) -> None:
    """Write until the disk is full."""
    try:
        with filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
    except OSError:
        return


@pytest.mark.torture
def test_a_database_file_that_is_away_is_waited_for(
    databases: Databases, mail: smtp.Smtp, tmp_path: Path, figure: Figure
) -> None:
    data, away = tmp_path / "data", tmp_path / "away"
    data.mkdir()
    scene = Scene(databases.filled("sqlite", data), data, room=ROOM)
    with at_work(scene, data, mail, tmp_path / "log") as portal:
        _seconds, before = books_again(portal, scene, "przed")
        data.rename(away)
        with Crowd(portal.port, scene.roomy, "bez") as crowd:
            wait_for(lambda: len(crowd.refused) > 5, 60)
            unread = [page for page in answers(portal, *PUBLIC) if page.status_code != 200]
        for page in unread:  # those that no connection was left for
            assert_says_whom_to_call(page)
        refused = assert_refused_politely(crowd)
        away.rename(data)
        seconds, later = books_again(portal, scene, "po")
    assert before | later <= bookings_of(scene)
    figure("S13 SQLite file away: bookings refused with 503 and a phone number", "all", refused)
    figure("S13 SQLite file away and back: seconds to a booking, no restart", "≤ 5 s", seconds)


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    """A server of this test's own, which it may stop."""
    with lasting() as server:
        yield server


@pytest.mark.parametrize("crashes", [1, pytest.param(20, marks=pytest.mark.torture)])
@pytest.mark.postgres
def test_a_postgres_that_crashes_under_load_loses_nothing_and_is_waited_for(
    postgres: Postgres, mail: smtp.Smtp, tmp_path: Path, crashes: int, figure: Figure
) -> None:
    url, back = postgres.new_database(), []
    prepare(url, tmp_path)
    scene = Scene(url, tmp_path, room=ROOM)
    with at_work(scene, tmp_path, mail, tmp_path / "log") as portal:
        with Crowd(portal.port, scene.roomy) as crowd:
            for _ in range(crashes):
                somebody_books(crowd)
                postgres.stop()
                before = len(crowd.refused)
                wait_for(lambda: len(crowd.refused) > before)  # noqa: B023 - used at once
                postgres.start()
                back.append(somebody_books(crowd))
        refused = assert_refused_politely(crowd)
        assert portal.is_alive()
        deliver_the_rest(scene)
    assert set(crowd.seen.values()) <= bookings_of(scene)
    assert len(set(crowd.seen.values())) == len(crowd.seen)
    assert scene.violations() == {}
    received = Counter(letter.recipients[0] for letter in mail.received)
    assert crowd.seen.keys() <= received.keys(), "everybody was told"
    assert sum(number > 1 for number in received.values()) <= crashes
    figure("S13 PostgreSQL crashes: answers that were 503 and a phone number, not booked", "all", refused)
    figure(f"S13 slowest booking after {crashes} crashes, of {len(crowd.seen)}", "≤ 5 s", max(back))


@pytest.mark.torture
def test_a_database_that_takes_no_writing_is_read_and_refuses_bookings(
    kind: str, small_disk: Path, databases: Databases, mail: smtp.Smtp, tmp_path: Path, figure: Figure
) -> None:
    scene = Scene(databases.filled(kind, small_disk), small_disk, room=ROOM)
    with at_work(scene, small_disk, mail, tmp_path / "log") as portal:
        _seconds, before = books_again(portal, scene, "przed")
        portal.kill()  # an open file would go on taking what is written
        take_no_writing(scene, small_disk)
        portal.start()
        with Crowd(portal.port, scene.roomy, "bez") as crowd:
            wait_for(lambda: len(crowd.refused) > 5, 60)
            read = answers(portal, *PUBLIC, "/umow-rozmowe/a1/termin", "/ready", "/health")
            assert {page.status_code for page in read} == {200}
        refused = assert_refused_politely(crowd)
        assert 'lang="uk"' in choose_in_ukrainian(portal, scene)
        take_writing_again(scene, small_disk)
        seconds, later = books_again(portal, scene, "po")
        assert portal.is_alive()
        deliver_the_rest(scene)
    assert before | later <= bookings_of(scene)
    assert crowd.seen == {}
    figure(f"S13 {kind} read-only: bookings refused with 503 and a phone number", "all", refused)
    figure(f"S13 {kind} writable again: seconds to a booking, no restart", "≤ 5 s", seconds)


def take_no_writing(scene: Scene, disk: Path) -> None:
    """As a disk does that the system has put out of harm's way, or a server that is no longer the first one."""
    if scene.url.startswith("sqlite"):
        command = ["mount", "-o", "remount,ro", str(disk)]
        wait_for(
            lambda: subprocess.run(command, capture_output=True).returncode == 0
        )  # whoever was killed is gone
    else:
        alter(scene, "SET default_transaction_read_only = on")


def take_writing_again(scene: Scene, disk: Path) -> None:
    """Connections that were made meanwhile stay as they are."""
    if scene.url.startswith("sqlite"):
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    else:
        alter(scene, "RESET default_transaction_read_only")


def alter(scene: Scene, how: str) -> None:
    """Change the database; only new connections are other ones."""
    address = scene.url.replace("+psycopg", "")
    with psycopg.connect(
        address, options="-c default_transaction_read_only=off", autocommit=True
    ) as connection:
        connection.execute(f"ALTER DATABASE {connection.info.dbname} {how}")


def choose_in_ukrainian(portal: Portal, scene: Scene) -> str:
    """The page that somebody reads who chooses a time and is refused."""
    address = "/uk/umow-rozmowe/a1/termin"
    with httpx.Client(base_url=f"http://127.0.0.1:{portal.port}", timeout=60) as browser:
        token = TOKEN.search(browser.get(address).text)
        assert token
        refused = browser.post(address, data={"csrf_token": token[1], "slot": str(scene.roomy)})
    assert refused.status_code == 503
    return refused.text


@pytest.mark.torture
def test_a_reload_loses_no_request(
    kind: str, databases: Databases, mail: smtp.Smtp, tmp_path: Path, figure: Figure
) -> None:
    scene = Scene(databases.filled(kind, tmp_path), tmp_path, room=ROOM)
    with at_work(scene, tmp_path, mail, tmp_path / "log") as portal, Crowd(portal.port, scene.roomy) as crowd:
        reload_under_load(portal, crowd, 20)
    nothing_is_lost(crowd, scene)
    figure(f"S20 {kind}: requests lost in 20 reloads, {len(crowd.seen)} bookings", "0", len(crowd.lost))


@only_sqlite
@pytest.mark.parametrize("reloads", [2, pytest.param(20, marks=pytest.mark.torture)])
def test_a_reload_behind_nginx_loses_no_request(
    kind: str, databases: Databases, mail: smtp.Smtp, tmp_path: Path, reloads: int, figure: Figure
) -> None:
    scene, port = Scene(databases.filled(kind, tmp_path), tmp_path, room=ROOM), free_port()
    address = {"PORTAL_PUBLIC_URL": f"https://127.0.0.1:{port}", "PORTAL_BEHIND_PROXY": "1"}
    with (
        at_work(scene, tmp_path, mail, tmp_path / "log", **address) as portal,
        nginx.running(port, portal.port, tmp_path / "nginx", limited=False) as front,
        Crowd(portal.port, scene.roomy, base_url=front.address, verify=front.trust(), timeout=60) as crowd,
    ):
        reload_under_load(portal, crowd, reloads)
    nothing_is_lost(crowd, scene)
    figure(f"S20 nginx: requests lost in {reloads} reloads, {len(crowd.seen)} bookings", "0", len(crowd.lost))


def reload_under_load(portal: Portal, crowd: Crowd, reloads: int) -> None:
    """Between two of them, somebody books."""
    for _ in range(reloads):
        somebody_books(crowd)
        portal.reload()
    somebody_books(crowd)


def nothing_is_lost(crowd: Crowd, scene: Scene) -> None:
    """Every request was answered as ever, and every booking that was seen is there."""
    assert crowd.odd == []
    assert crowd.lost == []
    assert set(crowd.seen.values()) <= bookings_of(scene)


@pytest.mark.torture
def test_an_upgrade_that_is_killed_goes_on_and_loses_no_row(
    kind: str, databases: Databases, tmp_path: Path, figure: Figure
) -> None:
    url, bookings = databases.empty(kind, tmp_path), 10_000
    fill_old_database(url, tmp_path, bookings)
    environment = os.environ | {
        "PORTAL_DEMO": "1",
        "PORTAL_DATA": str(tmp_path),
        "PORTAL_KEYS": KEYS,
        "PORTAL_DATABASE_URL": url,
    }
    command, reached = [sys.executable, "-m", "portal", "init"], []
    for kills in range(5):
        process = subprocess.Popen(
            command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        at = revision_of(url)
        wait_for(lambda: revision_of(url) > at or process.poll() is not None, 60)  # noqa: B023 - used at once
        time.sleep(kills * 0.05)
        process.kill()
        process.wait()
        reached.append(revision_of(url))
    begun = time.monotonic()
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    seconds = time.monotonic() - begun
    assert done.returncode == 0, done.stderr
    app = make_app(url, tmp_path)
    with app.app_context():
        left = [
            db.session.scalar(text(f"SELECT count(*) FROM {table}"))  # noqa: S608
            for table in ("booking", "booking_person", "message")
        ]
        db.session.remove()
        db.engine.dispose()
    figure(f"S17 {kind}: killed at migrations {' '.join(reached)}; the last run took", "≤ 60 s", seconds)
    figure(f"S17 {kind}: rows left of {bookings} bookings, people, messages", "all", " ".join(map(str, left)))
    assert left == [bookings] * 3
    assert len(set(reached)) > 1, "it was killed in the middle"


def revision_of(url: str) -> str:
    """The migration at which a database is; whoever asks is soon gone again."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return str(connection.scalar(text("SELECT version_num FROM alembic_version")))


def fill_old_database(url: str, folder: Path, bookings: int) -> None:
    """A database of an earlier release (migration 0015) with so many bookings on the waiting list, each with person and message."""
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {bookings})"  # noqa: S608
    service = (
        "INSERT INTO service (id, code, public_name, neutral_name, intro, minutes, notice_hours, horizon_days, hold_minutes, is_open) "
        "VALUES (1, 'a1', 'Rozmowa', 'Termin', '', 45, 2, 42, 30, true)"
    )
    rows = (
        (
            "booking (id, reference, form_hash, pin_hash, service_id, status, origin, version, schedule_version, created_at)",
            "i, substr('00000000' || i, length('00000000' || i) - 7), 'f' || i, 'p', 1, 'waiting', 'online', 1, 1, '2026-11-01 10:00:00'",
        ),
        ("booking_person (booking_id, name_sealed, channel, language)", "i, 'v1.test.x', 'none', 'pl'"),
        (
            "message (id, about, about_id, kind, schedule_version, channel, state, due_at, attempts, created_at)",
            "i, 'booking', i, 'waiting', 1, 'email', 'sent', '2026-11-01 10:00:00', 1, '2026-11-01 10:00:00'",
        ),
    )
    app = make_app(url, folder)
    with app.app_context():
        upgrade(revision="0015")
        with db.engine.begin() as connection:
            connection.execute(text(service))
            for into, values in rows:
                connection.execute(text(f"{numbers} INSERT INTO {into} SELECT {values} FROM n"))  # noqa: S608
        db.session.remove()
        db.engine.dispose()
