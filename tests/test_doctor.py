"""`portal doctor` finds what is wrong with an installation and says how to mend it."""

import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner, Result
from sqlalchemy import make_url, select, text, update

from portal.accounts import audit
from portal.accounts.models import Account
from portal.cli import main
from portal.config import DEMO
from portal.db import db
from portal.outbox.models import Message
from tests.conftest import KEYS, Databases, make_app, only_sqlite
from tests.parts import smtp

Doctor = Callable[..., Result]

BACKUP_KEY = "backup:" + bytes(range(101, 133)).hex()


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
    (tmp_path / "backups").mkdir(mode=0o700)
    (tmp_path / "backups" / "portal-20261129T013000Z.backup").touch()
    return url


@pytest.fixture
def doctor(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Doctor:
    """Runs the command as an operator would, with some settings changed."""

    def run(**settings: str) -> Result:
        ours = DEMO | {
            "PORTAL_DATABASE_URL": place,
            "PORTAL_KEYS": KEYS,
            "PORTAL_BACKUP_KEY": BACKUP_KEY,
            "PORTAL_DATA": str(tmp_path),
            "PORTAL_MAIL_URL": f"folder:{tmp_path}/mail",
            "PORTAL_PUBLIC_URL": "https://mopr.example",
            "PORTAL_BEHIND_PROXY": "1",
        }
        for name, value in (ours | settings).items():
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


def test_what_breaks_while_it_is_looked_at_is_named_and_the_rest_is_looked_at(
    doctor: Doctor, place: str, tmp_path: Path
) -> None:
    in_the_database(place, tmp_path, "ALTER TABLE message RENAME TO letter")
    found = doctor()
    assert found.exit_code == 1
    assert "✗ worker: could not be looked at" in found.output
    assert found.output.count("✗") == 1


def test_a_mail_server_that_is_not_there_is_named_and_one_that_is_gets_no_letter(doctor: Doctor) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        found = doctor(PORTAL_MAIL_URL=f"smtp://127.0.0.1:{nobody.getsockname()[1]}")
    assert "✗ mail: the server does not let us in (ConnectionRefusedError)" in found.output
    with smtp.running() as mail:
        found = doctor(PORTAL_MAIL_URL=f"smtp://{mail.host}:{mail.port}")
        assert "✓ mail" in found.output
        assert mail.received == []


@only_sqlite
def test_settings_that_are_allowed_and_unwise_are_named(doctor: Doctor) -> None:
    assert (
        "✗ settings: PORTAL_PUBLIC_URL is not https" in doctor(PORTAL_PUBLIC_URL="http://mopr.example").output
    )
    found = doctor(PORTAL_BEHIND_PROXY="0", PORTAL_LIMITS="off")
    assert "✗ settings: PORTAL_BEHIND_PROXY is 0 although a proxy speaks https" in found.output
    assert "PORTAL_LIMITS is off, so that anybody may take every place: unset it" in found.output
    assert found.exit_code == 1


@only_sqlite
def test_a_key_that_is_gone_or_is_another_one_is_named(doctor: Doctor, place: str, tmp_path: Path) -> None:
    app = make_app(place, tmp_path)
    with app.app_context():
        db.session.scalars(select(Account).limit(1)).one().totp = "a secret of an app"
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    assert "✓ keys" in doctor().output
    other = bytes(range(50, 82)).hex()
    gone = "✗ keys: the portal has not got test, under which values are: put the key back from the safe"
    assert gone in doctor(PORTAL_KEYS=f"other:{other}").output
    another = "✗ keys: account.totp_sealed: the newest value does not open"
    assert another in doctor(PORTAL_KEYS=f"test:{other}").output


@only_sqlite
def test_that_no_backup_can_be_made_is_named(doctor: Doctor) -> None:
    assert "✗ backup: PORTAL_BACKUP_KEY_FILE is not set" in doctor(PORTAL_BACKUP_KEY="").output


@only_sqlite
def test_a_file_that_others_can_read_is_named(doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / "portal.sqlite").chmod(0o644)
    found = doctor()
    assert "others on this machine can read" in found.output
    assert f"chmod 600 {tmp_path}/portal.sqlite" in found.output


@only_sqlite
def test_a_contact_for_holes_that_is_no_longer_good_is_named(doctor: Doctor) -> None:
    assert "✓ security.txt" in doctor(PORTAL_SECURITY_UNTIL="2026-12-31").output
    assert "✗ security.txt: it was good until 2026-11-01" in doctor(PORTAL_SECURITY_UNTIL="2026-11-01").output


@only_sqlite
def test_a_damaged_file_is_named_and_nothing_breaks(doctor: Doctor, tmp_path: Path) -> None:
    file = tmp_path / "portal.sqlite"
    whole = file.read_bytes()
    file.write_bytes(whole[:20_000] + b"\xff" * 4096 + whole[24_096:])
    found = doctor()
    assert found.exit_code == 1
    assert "✗" in found.output
    assert "Traceback" not in found.output


@only_sqlite
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


@only_sqlite
def test_the_settings_of_sqlite_are_shown(doctor: Doctor) -> None:
    said = "journal_mode=WAL, synchronous=FULL, foreign_keys=ON, busy_timeout=15000, secure_delete=ON, mmap_size=0"
    assert f"✓ SQLite settings ({said})" in doctor().output


@only_sqlite
@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (
            ("DROP TRIGGER audit_entry_no_update", "UPDATE audit_entry SET subject_id = 99"),
            "✗ audit log: the chain does not hold: see `portal audit verify`",
        ),
        (
            (
                "DROP TRIGGER audit_seal_no_delete",
                "DELETE FROM audit_seal WHERE id IN (SELECT max(id) FROM audit_seal)",
            ),
            "✗ audit log: 1 entries have waited to be chained for over an hour: start `portal worker`",
        ),
        (("DELETE FROM resource_grain",), ": see `portal booking check`"),
    ],
)
def test_what_is_wrong_in_the_database_is_named(
    doctor: Doctor, place: str, tmp_path: Path, broken: tuple[str, ...], said: str
) -> None:
    in_the_database(place, tmp_path, *broken)
    found = doctor()
    assert found.exit_code == 1
    assert said in found.output


@only_sqlite
def test_a_clock_that_is_behind_is_named(doctor: Doctor, frozen: time_machine.Traveller) -> None:
    frozen.move_to("2026-11-01T10:00:00+00:00")
    assert "✗ clock: it is behind: something was noted at 2026-11-" in doctor().output


@only_sqlite
def test_folders_that_others_look_into_are_named(doctor: Doctor, tmp_path: Path) -> None:
    assert "✓ folders" in doctor().output
    (tmp_path / "backups").chmod(0o755)
    assert (
        f"✗ folders: others on this machine can look into them: run `chmod 700 {tmp_path}/backups`"
        in doctor().output
    )


@only_sqlite
def test_a_disk_with_little_room_is_named(
    doctor: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.doctor.LEAST_FREE", 2**60)
    assert re.search(rf"✗ disk: only \d+ MB are free in {tmp_path}: make room", doctor().output)


@only_sqlite
def test_connections_without_our_settings_are_named(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.db._prepare_sqlite", lambda *_connection: None)
    assert "foreign_keys is 0, not ON" in doctor().output


@only_sqlite
@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"PORTAL_KEYS": "test:abc"}, "each key must read name:64 hexadecimal digits"),
        (
            {"PORTAL_PUBLIC_URL": "mopr.example"},
            "PORTAL_PUBLIC_URL must be a web address such as https://mopr.example",
        ),
    ],
)
def test_settings_that_are_odd_are_named_before_anything_else(
    doctor: Doctor, settings: dict[str, str], said: str
) -> None:
    found = doctor(**settings)
    assert found.exit_code == 1
    assert said in found.output


@pytest.mark.parametrize("kind", [pytest.param("postgres", marks=pytest.mark.postgres)])
def test_a_database_that_can_only_be_read_is_named(doctor: Doctor, place: str, tmp_path: Path) -> None:
    name = make_url(place).database
    in_the_database(place, tmp_path, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    assert "✗ database can be written: it can only be read (ReadOnlySqlTransaction)" in doctor().output
