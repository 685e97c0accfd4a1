"""The drill: all is lost, and the manual alone brings it back, without a second message and without those who were erased (S18)."""

import gzip
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, text

from portal import clock
from portal.backup.taking import remove_old
from portal.booking.actions import erase_again
from portal.booking.models import Booking
from portal.booking.telling import to_tell
from portal.cli import main
from portal.db import action, db
from portal.demo.groups import load_group
from portal.erasures import NAME as JOURNAL
from portal.erasures import note_erased
from portal.groups.actions import erase_certificate, erase_participant
from portal.groups.models import Certificate, Participant
from portal.outbox.models import RESTORED, Message
from tests.conftest import KEYS, Databases, Figure, make_app
from tests.parts import smtp
from tests.parts.processes import ROOT, TOKEN, Crowd, Portal, environment, free_port, wait_for
from tests.test_kill import bookings_of, deliver_the_rest
from tests.test_kill import mail as mail
from tests.test_races import Scene

BACKUP_KEY = "b1:" + bytes(range(60, 92)).hex()


@dataclass
class Centre:
    """A portal at work: its data on one disk, its backups on another."""

    portal: Portal
    scene: Scene
    data: Path
    backups: Path
    databases: Databases
    kind: str
    in_processes: bool = False

    def type(self, commands: str) -> str:
        """Give commands of ours as an operator does; answers what they say. All have to succeed."""
        return "".join(self._run(line.split()) for line in commands.strip().splitlines())

    def _run(self, words: list[str]) -> str:
        assert words[0] == "portal"
        environment = self.portal.environment | {"PATH": self._path}
        if not self.in_processes:
            done = CliRunner().invoke(main, words[1:], env=environment)
            assert done.exit_code == 0, done.output
            return done.output
        command = [sys.executable, "-m", *words]
        ended = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    @property
    def _path(self) -> str:
        programs = f"{self.databases.programs}:" if self.kind == "postgres" else ""
        return programs + os.environ["PATH"]

    def lose_everything(self) -> None:
        """The machine burns; a new one is bought."""
        self.portal.kill()
        shutil.rmtree(self.data)
        self.data.mkdir(mode=0o700)
        if self.kind == "postgres":
            self.databases.drop(self.kind, self.scene.url)
            self.scene.url = self.databases.empty(self.kind, self.data)
            self.portal.environment["PORTAL_DATABASE_URL"] = self.scene.url
        self.scene.app = make_app(self.scene.url, self.data)

    @property
    def newest(self) -> Path:
        return max(self.backups.glob("*.backup"))


@pytest.fixture
def centre(kind: str, databases: Databases, mail: smtp.Smtp, tmp_path: Path) -> Iterator[Centre]:
    data, backups = tmp_path / "data", tmp_path / "backups"
    data.mkdir(mode=0o700)
    scene = Scene(databases.filled(kind, data), data, room=12_000)
    ours = environment(scene.url, data, mail, PORTAL_BACKUPS=str(backups), PORTAL_BACKUP_KEY=BACKUP_KEY)
    medium = data / "media" / "abc"
    medium.mkdir(parents=True)
    (medium / "480.webp").write_bytes(os.urandom(100_000))
    with (tmp_path / "log").open("wb") as log:
        centre = Centre(Portal(ours, free_port(), log), scene, data, backups, databases, kind)
        yield centre
        centre.portal.kill()
    databases.drop(kind, scene.url)


def commands_of(heading: str) -> str:
    """The first commands under a heading of the manual."""
    manual = (ROOT / "docs" / "operation.md").read_text("utf-8")
    found = re.search(rf"### {heading}\n.*?```\n(.*?)```", manual, re.DOTALL)
    assert found, heading
    return found[1]


def erase(centre: Centre, reference: str) -> None:
    """What `portal person erase` does for one booking, and what it notes."""

    @action
    def do() -> None:
        booking = db.session.scalars(select(Booking).filter_by(reference=reference)).one()
        note_erased("booking", booking.id)
        erase_again(booking.id, clock.now())

    with inside(centre):
        do()


@contextmanager
def inside(centre: Centre) -> Iterator[None]:
    """The portal as its own commands have it."""
    app = make_app(centre.scene.url, centre.data, PORTAL_BACKUPS=str(centre.backups))
    with app.app_context():
        yield
        db.session.remove()
        db.engine.dispose()


def opens(port: int, reference: str, pin: str) -> bool:
    """Whether somebody who has number and PIN sees the booking."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", follow_redirects=True, timeout=20) as browser:
        token = TOKEN.search(browser.get("/moja-rezerwacja").text)
        assert token
        typed = {"csrf_token": token[1], "reference": reference, "pin": pin}
        page = browser.post("/moja-rezerwacja", data=typed)
        return page.status_code == 200 and reference in page.text


def betrays(file: Path, *canaries: str) -> list[str]:
    """Canaries that stand in a file as they are, or in what gzip makes of it."""
    raw = file.read_bytes()
    with suppress(gzip.BadGzipFile, EOFError):
        raw += gzip.decompress(raw)
    forms = {c: (c.encode(), c.encode("utf-16-le"), c.encode().hex().encode()) for c in canaries}
    return [canary for canary, found in forms.items() if any(form in raw for form in found)]


@pytest.mark.parametrize(
    ("kind", "bookings"),
    [
        ("sqlite", 0),
        pytest.param("sqlite", 10_000, marks=pytest.mark.torture),
        pytest.param("postgres", 10_000, marks=[pytest.mark.torture, pytest.mark.postgres]),
    ],
)
def test_all_is_lost_and_the_manual_brings_it_back(
    centre: Centre, mail: smtp.Smtp, bookings: int, figure: Figure
) -> None:
    portal, scene = centre.portal, centre.scene
    centre.in_processes = bookings > 0
    scene.book(bookings)
    portal.start("serve")
    with Crowd(portal.port, scene.roomy, "wczesna") as early:
        wait_for(lambda: len(early.seen) >= 5)
        known = dict(early.seen)
        begun = len(early.seen)
        seconds = timed(lambda: centre.type("portal backup"))
        assert early.odd == []
        wait_for(lambda: len(early.seen) > begun)
    figure(f"S18 backup under load, {centre.kind}, {bookings} bookings", "no wait, 0 odd", seconds)
    file = centre.newest
    assert file.stat().st_mode & 0o777 == 0o600
    assert betrays(file, "@example.com", *known.values()) == []
    assert "Whole: 2 files" in centre.type("portal backup --verify")

    portal.start("worker")
    deliver_the_rest(scene)
    erased = known.popitem()[1]
    erase(centre, erased)
    sent = len(mail.received)
    assert sent >= len(early.seen)
    centre.lose_everything()

    lines = re.sub(r"/srv/portal-backups/\S+", str(file), commands_of("Restore"))
    said: list[str] = []
    seconds = timed(lambda: said.append(centre.type(lines)))
    figure(f"S18 restore by the manual, {centre.kind}, {bookings} bookings", "≤ 1800 s", seconds)
    assert "1 people were erased again" in said[0]
    assert set(known.values()) <= bookings_of(scene)
    assert (centre.data / "media/abc/480.webp").stat().st_size == 100_000
    portal.start()
    assert all(opens(portal.port, reference, early.pins[mailbox]) for mailbox, reference in known.items())
    assert_erased_and_held_back(centre, erased)
    with Crowd(portal.port, scene.roomy, "pozna") as late:
        wait_for(lambda: len(late.seen) >= 3)
    wait_for(lambda: late.seen.keys() <= {letter.recipients[0] for letter in mail.received})
    received = Counter(letter.recipients[0] for letter in mail.received)
    assert max(received.values()) == 1, "nobody got a second one"
    assert max(Counter(letter.message["Message-ID"] for letter in mail.received).values()) == 1
    figure(f"S18 sent twice, erased ones back, {centre.kind}", "0, 0", "0, 0")


def timed(do: Callable[[], object]) -> float:
    begun = time.monotonic()
    do()
    return time.monotonic() - begun


def assert_erased_and_held_back(centre: Centre, erased: str) -> None:
    with centre.scene.app.app_context():
        booking = db.session.scalars(select(Booking).filter_by(reference=erased)).one()
        assert booking.person is None
        assert booking.status == "cancelled_resident"
        waiting = select(func.count()).where(Message.state == "suppressed", Message.problem == RESTORED)
        assert (db.session.scalar(waiting) or 0) >= 4
        assert {message.problem for _booking, message in to_tell(clock.now())} == {RESTORED}
        if centre.kind == "sqlite":
            assert db.session.scalar(text("PRAGMA integrity_check")) == "ok"
        db.session.remove()
    centre.scene.rest()


@pytest.mark.parametrize("kind", ["sqlite"])
def test_names_of_a_group_that_were_erased_since_stay_erased(centre: Centre) -> None:
    with inside(centre):
        load_group(clock.now())
        gone, kept, *_others = db.session.scalars(select(Participant).order_by(Participant.id))
        paper = certificate_of(gone)
    centre.type("portal backup")
    with inside(centre):
        erase_participant(gone.id)
        erase_certificate(paper.id)
    centre.lose_everything()
    assert "2 people were erased again" in centre.type(f"portal restore {centre.newest}")
    with inside(centre):
        names = {person.id: person.name for person in db.session.scalars(select(Participant))}
        assert names[gone.id] is None
        assert names[kept.id]
        assert db.session.get_one(Certificate, paper.id).name is None


def certificate_of(person: Participant) -> Certificate:
    """The certificate of somebody's first talk, printed today."""
    today, now = clock.day_of(clock.now()), clock.now()
    paper = Certificate(kind="reporting", booking_id=person.booking_id, first_on=today, last_on=today)
    paper.minutes, paper.issued_at, paper.account_id = 0, now, 1
    db.session.add(paper)
    db.session.flush()
    paper.name = person.name
    db.session.commit()
    return paper


@pytest.mark.parametrize("kind", ["sqlite"])
def test_what_cannot_be_restored_is_refused_in_words_and_changes_nothing(
    centre: Centre, tmp_path: Path
) -> None:
    centre.type("portal backup")
    file, journal = centre.newest, centre.backups / JOURNAL
    before = bookings_of(centre.scene)

    def refused(sentence: str, *arguments: str, **settings: str) -> None:
        environment = centre.portal.environment | settings
        done = CliRunner().invoke(main, ["restore", *(arguments or [str(file)])], env=environment)
        assert done.exit_code == 1
        assert sentence in done.output
        assert "Traceback" not in done.output
        assert not (centre.data / "restore.part").exists()

    refused("the database is not empty")
    refused("must be another one than those of PORTAL_KEYS", PORTAL_BACKUP_KEY=KEYS)
    refused("PORTAL_BACKUP_KEY_FILE is not set", PORTAL_BACKUP_KEY="")
    refused(
        "which PORTAL_BACKUP_KEY_FILE does not hold", PORTAL_BACKUP_KEY="b2:" + bytes(range(60, 92)).hex()
    )
    refused("the key is not the one", PORTAL_BACKUP_KEY="b1:" + bytes(range(50, 82)).hex())
    refused("are not those of this portal", PORTAL_KEYS="test:" + bytes(range(90, 122)).hex())
    cut = centre.backups / "cut"
    cut.write_bytes(file.read_bytes()[:-1])
    refused("damaged or cut off", str(cut))
    journal.unlink()
    refused(f"{journal} is missing")
    assert bookings_of(centre.scene) == before


@pytest.mark.parametrize("kind", [pytest.param("postgres", marks=pytest.mark.postgres)])
def test_a_postgres_database_is_dumped_and_filled_again(centre: Centre) -> None:
    centre.scene.book(3)
    before = bookings_of(centre.scene)
    centre.type("portal backup\nportal backup --verify")
    centre.lose_everything()
    (centre.data / "restore.part").mkdir()
    done = CliRunner().invoke(main, ["worker"], env=centre.portal.environment)
    assert "a restore was broken off" in done.output
    centre.type(f"portal restore {centre.newest}")
    assert bookings_of(centre.scene) == before
    centre.scene.book(1)
    centre.scene.rest()
    centre.type(f"portal restore --replace {centre.newest}")
    assert bookings_of(centre.scene) == before
    done = CliRunner().invoke(main, ["backup"], env=centre.portal.environment | {"PATH": str(centre.data)})
    assert "pg_dump was not found: install the package postgresql-client" in done.output


@pytest.mark.parametrize("kind", ["sqlite"])
def test_old_backups_go_but_never_the_newest(centre: Centre) -> None:
    centre.backups.mkdir()
    names = ("portal-20260101T000000Z.backup", "portal-20260102T000000Z.backup", "portal-mine.backup")
    for name in names:
        (centre.backups / name).touch()
    remove_old(centre.backups, clock.now())
    assert sorted(file.name for file in centre.backups.iterdir()) == list(names[1:])
    centre.type("portal backup")
    assert not (centre.backups / names[1]).exists()
    assert (centre.backups / names[2]).exists()


def test_where_there_is_no_portal_nothing_is_written_that_looks_like_a_backup(centre: Centre) -> None:
    """The disk with the database is not mounted, or a setting leads elsewhere: the newest backup must not be of nothing."""
    centre.lose_everything()
    done = CliRunner().invoke(main, ["backup"], env=centre.portal.environment | {"PATH": centre._path})
    assert done.exit_code == 1
    assert "there is no portal in this database" in done.output
    assert not list(centre.backups.glob("*"))


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_damaged_database_is_not_backed_up_over_good_ones(centre: Centre) -> None:
    centre.type("portal backup")
    good = centre.newest
    place = centre.data / "portal.sqlite"
    whole = place.read_bytes()
    place.write_bytes(whole[:20_000] + b"\xff" * 8192 + whole[28_192:])
    done = CliRunner().invoke(
        main, ["backup", str(centre.backups / "second.backup")], env=centre.portal.environment
    )
    assert done.exit_code == 1
    assert sorted(centre.backups.glob("*.backup")) == [good]
    assert not list(centre.backups.glob(".*"))
