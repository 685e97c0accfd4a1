"""`portal doctor` finds what is wrong with an installation and says how to mend it."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner, Result
from sqlalchemy import text, update

from portal.accounts import audit
from portal.cli import main
from portal.config import DEMO
from portal.db import db
from portal.outbox.models import Message
from tests.conftest import KEYS, Databases, make_app
from tests.parts import smtp

Doctor = Callable[..., Result]


@pytest.fixture
def place(kind: str, databases: Databases, tmp_path: Path, frozen: time_machine.Traveller) -> str:
    """A sound database of an installation, some days after it was filled."""
    url = databases.filled(kind, tmp_path)
    frozen.move_to("2026-11-29T10:00:00+00:00")
    app = make_app(url, tmp_path)
    with app.app_context():
        audit.seal()
        db.session.remove()
        db.engine.dispose()
    if kind == "sqlite":
        (tmp_path / "portal.sqlite").chmod(0o600)
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "portal-20261129T013000Z.backup").touch()
    return url


@pytest.fixture
def doctor(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Doctor:
    """Runs the command as an operator would, with some settings changed."""

    def run(**settings: str) -> Result:
        ours = DEMO | {"PORTAL_DATABASE_URL": place, "PORTAL_KEYS": KEYS, "PORTAL_DATA": str(tmp_path)}
        for name, value in (ours | {"PORTAL_MAIL_URL": f"folder:{tmp_path}/mail"} | settings).items():
            monkeypatch.setenv(name, value)
        return CliRunner().invoke(main, ["doctor"], catch_exceptions=False)

    return run


def in_the_database(place: str, folder: Path, *statements: object) -> None:
    app = make_app(place, folder)
    with app.app_context():
        for statement in statements:
            db.session.execute(statement if not isinstance(statement, str) else text(statement))  # type: ignore[call-overload]
        db.session.commit()
        db.session.remove()
        db.engine.dispose()


def test_a_sound_installation_is_well(doctor: Doctor) -> None:
    found = doctor()
    assert found.exit_code == 0, found.output
    assert "✗" not in found.output
    assert "✓ audit log" in found.output


def test_an_old_database_and_messages_that_nobody_delivers_are_named(
    doctor: Doctor, place: str, tmp_path: Path, frozen: time_machine.Traveller
) -> None:
    late = update(Message).values(state="queued", attempts=0, lease_until=None)
    message = (
        "INSERT INTO message (about, about_id, kind, schedule_version, channel, state, due_at, attempts, created_at) "
        "VALUES ('booking', 1, 'confirmed', 1, 'email', 'queued', '2026-11-22 10:00:00', 0, '2026-11-22 10:00:00')"
    )
    in_the_database(place, tmp_path, "UPDATE alembic_version SET version_num = '0007'", message, late)
    frozen.shift(3600)
    found = doctor()
    assert found.exit_code == 1
    assert "it is at 0007" in found.output
    assert "run `portal init`" in found.output
    assert "1 messages are late: start `portal worker`" in found.output


def test_a_mail_server_that_is_not_there_is_named_and_one_that_is_gets_no_letter(doctor: Doctor) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        found = doctor(PORTAL_MAIL_URL=f"smtp://127.0.0.1:{nobody.getsockname()[1]}")
    assert "✗ mail: the server does not let us in (ConnectionRefusedError)" in found.output
    with smtp.running() as mail:
        found = doctor(PORTAL_MAIL_URL=f"smtp://{mail.host}:{mail.port}")
        assert "✓ mail" in found.output
        assert mail.received == []


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_file_that_others_can_read_is_named(doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / "portal.sqlite").chmod(0o644)
    found = doctor()
    assert "others on this machine can read" in found.output
    assert f"chmod 600 {tmp_path}/portal.sqlite" in found.output


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_contact_for_holes_that_is_no_longer_good_is_named(doctor: Doctor) -> None:
    assert "✓ security.txt" in doctor(PORTAL_SECURITY_UNTIL="2026-12-31").output
    assert "✗ security.txt: it was good until 2026-11-01" in doctor(PORTAL_SECURITY_UNTIL="2026-11-01").output


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_damaged_file_is_named_and_nothing_breaks(doctor: Doctor, tmp_path: Path) -> None:
    file = tmp_path / "portal.sqlite"
    whole = file.read_bytes()
    file.write_bytes(whole[:20_000] + b"\xff" * 4096 + whole[24_096:])
    found = doctor()
    assert found.exit_code == 1
    assert "✗" in found.output
    assert "Traceback" not in found.output


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_backup_that_is_old_or_missing_is_named(
    doctor: Doctor, tmp_path: Path, frozen: time_machine.Traveller
) -> None:
    assert "✓ backup" in doctor().output
    frozen.shift(2 * 24 * 3600)
    assert "✗ backup: the newest is 2 days old" in doctor().output
    (tmp_path / "backups" / "portal-20261129T013000Z.backup").unlink()
    assert (
        f"✗ backup: there is none in {tmp_path}/backups: have `portal backup` run every night"
        in doctor().output
    )


@pytest.mark.parametrize("kind", ["sqlite"])
def test_the_settings_of_sqlite_are_shown(doctor: Doctor) -> None:
    said = "journal_mode=WAL, synchronous=FULL, foreign_keys=ON, busy_timeout=15000, secure_delete=ON, mmap_size=0"
    assert f"✓ SQLite settings ({said})" in doctor().output
