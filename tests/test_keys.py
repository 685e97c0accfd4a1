"""Keys are made, rotated and retired while the portal is in use, and a damaged value betrays nobody (S65-S67, S70)."""

import os
import stat
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import time_machine
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, insert, select, text, update

from portal import clock, keys
from portal.accounts import audit
from portal.accounts.factors import accept, renew_recovery_codes
from portal.accounts.models import Account
from portal.booking import actions
from portal.booking.models import Booking, BookingPerson
from portal.booking.tasks import alike
from portal.cli import main
from portal.config import keys_in
from portal.crypto import LASTING, Keyring, keyring
from portal.db import db
from portal.errors import Refused
from portal.programmes.models import Service
from portal.retention import HEIRLOOM
from tests.client import Client
from tests.conftest import KEYS, PASSWORDS, Databases, Figure, browse, free_slots, make_app, only_sqlite
from tests.parts import html, smtp
from tests.parts.busy import Busy
from tests.parts.processes import Crowd, Portal, free_port
from tests.test_booking_pages import book
from tests.test_kill import somebody_books
from tests.test_races import Scene

OLD, NEW = KEYS.split(":")[0], "k2"
SECRET = bytes(range(40, 72))
MAILBOX = "ewa@example.com"
ROWS = 10_000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of keys, as an operator keeps it."""
    path = tmp_path / "keys"
    path.touch(mode=0o600)
    path.write_text(KEYS)
    return path


def start(url: str, folder: Path, file: Path) -> Flask:
    return make_app(url, folder, PORTAL_KEYS="", PORTAL_KEYS_FILE=str(file))


@pytest.fixture
def app(database: str, tmp_path: Path, file: Path, frozen: object) -> Iterator[Flask]:
    app = start(database, tmp_path, file)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def find(browser: Client, reference: str, pin: str) -> str:
    page = browser.visit("/moja-rezerwacja")
    return browser.submit(page, "Pokaż rezerwację", reference=reference, pin=pin).text


def test_a_key_is_made_rotated_and_retired_and_everything_opens(
    database: str,
    app: Flask,
    file: Path,
    tmp_path: Path,
    resident: Client,
    stranger: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    by_mail = {"channel": "email", "email": MAILBOX}
    opened = resident.visit("/umow-rozmowe/a1/termin")  # a form that lies open while the key changes
    _page, reference, pin = book(stranger, 0, **by_mail)
    book(stranger, 2)
    with app.app_context():
        account = db.session.scalars(select(Account)).first()
        assert account
        code = renew_recovery_codes(account, clock.now())[0]
        audit.seal()
        keys.add(file, NEW, SECRET)
        assert keyring().ids == [NEW, OLD], "the running portal has noticed"
    assert resident.submit(opened, "Dalej", slot=opened.radios("slot")[-1]).status == 200
    second = book(stranger, 1, **by_mail)
    assert "Termin jest potwierdzony" in find(browse(app), reference, pin)
    with app.app_context():
        held = keys.holdings()
        assert held[NEW] > 0 < held[OLD]
        first = db.session.scalars(select(Booking).where(Booking.reference == reference)).one()
        assert [one.reference for one in alike(first, clock.now())] == [second[1]], "found across both keys"
        with pytest.raises(Refused, match="in_use"):
            keys.retire(OLD, file)
        with pytest.raises(Refused, match="present"):
            keys.retire(NEW, file)
        with monkeypatch.context() as slowly:
            slowly.setattr(keys, "AT_ONCE", 1)
            keys._renew_some(BookingPerson, None)  # as far as somebody came who was interrupted
        assert 0 < keys.holdings()[OLD] < held[OLD]
        changed, unreadable = keys.rotate()
        assert changed
        assert not unreadable
        assert keys.rotate() == (0, 0)
        assert keys.holdings()[OLD] == 0
        keys.retire(OLD, file)
        assert keyring().ids == [NEW]
    assert "test:" not in file.read_text()
    again = start(database, tmp_path, file)
    assert "Termin jest potwierdzony" in find(browse(again), reference, pin)
    assert "Termin jest potwierdzony" in find(browse(again), second[1], second[2])
    with again.app_context():
        assert audit.verify(clock.now()).holds
        account = db.session.get_one(Account, account.id)
        assert accept(account, code, clock.now())
        (mine, _other) = BookingPerson.fingerprints_of(MAILBOX), None
        kept = db.session.scalars(
            select(BookingPerson.contact_fingerprint).where(BookingPerson.channel == "email")
        )
        assert mine[0] in set(kept)
        for person in db.session.scalars(select(BookingPerson)):
            assert person.is_readable
        db.session.remove()
        db.engine.dispose()


def test_the_commands_say_what_they_do_and_never_a_key(
    database: str, app: Flask, file: Path, tmp_path: Path, resident: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    book(resident)
    for name, value in {
        "PORTAL_DEMO": "1",
        "PORTAL_KEYS_FILE": str(file),
        "PORTAL_DATABASE_URL": database,
        "PORTAL_DATA": str(tmp_path),
    }.items():
        monkeypatch.setenv(name, value)
    said = run("list")
    made = run("make", str(file))
    name = made.split()[0]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert OLD in run("list")
    refused = CliRunner().invoke(main, ["keys", "retire", OLD])
    assert refused.exit_code == 1
    assert "portal keys rotate" in refused.output
    said += run("rotate") + run("list") + run("retire", OLD) + run("list")
    assert "sealed anew" in said
    assert name in said
    assert file.read_text().startswith(f"{name}:")
    secrets = [line.split(":")[1] for line in file.read_text().split()] + [KEYS.split(":")[1]]
    assert not any(secret in said + made for secret in secrets)
    printed = run("make")
    assert len(printed.strip().split(":")[1]) == 64


def run(*command: str) -> str:
    told = CliRunner().invoke(main, ["keys", *command], catch_exceptions=False)
    assert told.exit_code == 0, told.output
    return told.output


def test_a_file_that_became_odd_changes_nothing(file: Path) -> None:
    ring = Keyring({OLD: bytes.fromhex(KEYS.split(":")[1])}, file)
    sealed = ring.seal("Ewa", "t|c|1")
    file.write_text("nonsense")
    assert ring.open(sealed, "t|c|1") == "Ewa"


# --- the file -------------------------------------------------------------------------------------------

ODD_FILES = {
    "nonsense": "64 hexadecimal digits",
    f"{OLD}:1234": "64 hexadecimal digits",
    f"{OLD}:{'00' * 32}": "random",
    f"{KEYS}\n{OLD}:{SECRET.hex()}\n": "one name",
    "\n": "is not set",
    "klucz:ą": "cannot be read",
}


def refused(*command: str) -> str:
    told = CliRunner().invoke(main, ["keys", *command])
    assert told.exit_code == 1
    assert isinstance(told.exception, SystemExit), told.exception
    return told.output.removeprefix("Error: ").strip()


@pytest.mark.parametrize("odd", ODD_FILES)
def test_an_odd_file_takes_no_key_and_stays_as_it_was(file: Path, odd: str) -> None:
    file.write_text(odd)
    said = refused("make", str(file))
    assert f"{file} is as it was: " in said
    assert ODD_FILES[odd] in said
    assert file.read_text() == odd
    assert list(file.parent.iterdir()) == [file]


def test_a_file_that_others_may_read_and_a_folder_that_is_not_there_take_no_key(file: Path) -> None:
    file.chmod(0o640)
    assert refused("make", str(file)).endswith(f"{file} can be read by others; its mode must be 0600")
    nowhere = file.parent / "nowhere" / "keys"
    assert refused("make", str(nowhere)).startswith(f"{nowhere} is as it was: ")
    assert file.read_text() == KEYS


def test_a_file_is_replaced_at_once_and_belongs_to_whom_it_did(file: Path, frozen: object) -> None:
    left_over = file.with_name("keys.new")  # of a run that was killed
    left_over.write_text("half a k")
    left_over.chmod(0o644)
    if os.geteuid() == 0:
        os.chown(file, 1234, 2345)
    before = file.stat()
    run("make", str(file))
    after = file.stat()
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)
    assert stat.S_IMODE(after.st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]
    new, old = file.read_text().splitlines()
    assert old == KEYS
    assert new.startswith("k20261122100000:")
    said = refused("make", str(file))
    assert said == f"{file} is as it was: k20261122100000 is in it already"
    assert file.read_text().splitlines() == [new, old]


def test_the_first_key_makes_the_file(tmp_path: Path) -> None:
    file = tmp_path / "first"
    name = run("make", str(file)).split()[0]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(keys_in(file)) == [name]


@only_sqlite
def test_one_key_is_retired_and_the_others_stay(app: Flask, file: Path, tmp_path: Path) -> None:
    with app.app_context():
        keys.add(file, NEW, SECRET)
        keys.add(file, "k3", bytes(range(80, 112)))
        with pytest.raises(Refused, match="known"):
            keys.add(file, NEW, bytes(32))
        for name, why in (("nobody", "unknown"), ("k3", "present")):
            with pytest.raises(Refused) as refusal:
                keys.retire(name, file)
            assert refusal.value.code == why
        keys.rotate()
        keys.retire(NEW, file)
        assert keys_in(file) == {"k3": bytes(range(80, 112)), OLD: bytes.fromhex(KEYS.split(":")[1])}
        assert keyring().ids == ["k3", OLD]


@pytest.mark.parametrize("kind", ["sqlite"])
def test_each_refusal_to_retire_says_what_to_do(
    database: str, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"DEMO": "1", "KEYS": KEYS, "DATABASE_URL": database, "DATA": str(tmp_path)}.items():
        monkeypatch.setenv(f"PORTAL_{name}", value)
    assert "the keys are in PORTAL_KEYS" in refused("retire", "other")
    monkeypatch.setenv("PORTAL_KEYS_FILE", str(file))
    assert refused("retire", "other") == "there is no key of this name"
    assert refused("retire", OLD) == "this key seals; make another one first"


# --- what is under which key ----------------------------------------------------------------------------


@pytest.fixture
def booked(context: None, service: Service) -> list[int]:
    """Three bookings with a name and a contact."""
    return [
        actions.book(
            actions.Wish(
                service.id, slot, "Anna Nowak", "email", MAILBOX, "pl", f"form{slot}", f"hold{slot}"
            ),
            clock.now(),
        ).booking_id
        for slot in free_slots()[:3]
    ]


def sealed_names() -> dict[int, str]:
    db.session.expire_all()
    return {person.booking_id: person.name_sealed for person in db.session.scalars(select(BookingPerson))}


def put(booking_id: int, **values: str) -> None:
    db.session.execute(update(BookingPerson).where(BookingPerson.booking_id == booking_id).values(**values))
    db.session.commit()


@only_sqlite
def test_what_is_under_no_key_of_ours_is_counted_too(booked: list[int]) -> None:
    before = keys.holdings()
    gone = sealed_names()[booked[0]].replace(f".{OLD}.", ".gone.")
    put(booked[0], name_sealed=gone, contact_sealed=gone)
    put(booked[1], name_sealed="v1.nonsense")
    put(booked[2], name_sealed="nonsense")
    assert keys.holdings() == {OLD: before[OLD] - 4, "gone": 2, "?": 2}


@only_sqlite
def test_a_column_is_closed_when_its_newest_value_does_not_open(booked: list[int]) -> None:
    assert keys.closed_columns() == []
    put(booked[0], name_sealed="nonsense")
    assert keys.closed_columns() == [], "not every row is gone through"
    put(booked[2], name_sealed="nonsense", contact_sealed="nonsense")
    assert keys.closed_columns() == ["booking_person.contact_sealed", "booking_person.name_sealed"]


@only_sqlite
def test_rotating_counts_rows_goes_on_by_small_steps_and_leaves_what_it_cannot_open(
    booked: list[int], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.rotate()
    old = sealed_names()
    keys.add(file, NEW, SECRET)
    assert keys.rotate()[0] >= len(booked)
    new = sealed_names()
    assert not set(old.values()) & set(new.values())
    monkeypatch.setattr(keys, "AT_ONCE", 1)
    for one in booked[:2]:
        put(one, name_sealed=old[one])
    assert keys.rotate() == (2, 0)
    put(booked[0], name_sealed="nonsense")
    put(booked[1], name_sealed=old[booked[1]])
    assert keys.rotate() == (1, 1)
    assert sealed_names()[booked[0]] == "nonsense"
    assert sealed_names()[booked[2]] == new[booked[2]], "what is under the present key is not written again"


@only_sqlite
def test_what_is_written_under_the_old_key_meanwhile_is_found_by_the_next_round(
    booked: list[int], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one, *_others), old = booked, sealed_names()
    keys.add(file, NEW, SECRET)
    late = [one, one]

    def somebody_writes(_seconds: float) -> None:
        if late and keys.holdings()[OLD] == 0:
            put(late.pop(), name_sealed=old[one])

    monkeypatch.setattr("portal.keys.time.sleep", somebody_writes)
    keys.rotate()
    assert not late
    assert keys.holdings()[OLD] == 0


@only_sqlite
def test_what_can_be_found_is_found_by_the_present_key_alone(booked: list[int], file: Path) -> None:
    keys.add(file, NEW, SECRET)
    mine, earlier = BookingPerson.fingerprints_of(MAILBOX)
    keys.rotate()
    kept = select(BookingPerson.contact_fingerprint).where(BookingPerson.booking_id.in_(booked))
    assert set(db.session.scalars(kept)) == {mine}
    put(booked[0], contact_fingerprint=earlier)
    assert keys.rotate() == (1, 0), "a row of which only the fingerprint is old"
    assert set(db.session.scalars(kept)) == {mine}


@only_sqlite
def test_a_form_sent_again_after_a_new_key_shows_the_pin_that_it_has_shown(
    booked: list[int], file: Path
) -> None:
    form = f"form{db.session.get_one(Booking, booked[0]).slot_id}"
    shown = actions.receipt_of(form)
    assert shown
    keys.add(file, NEW, SECRET)
    assert actions.receipt_of(form) == shown


@only_sqlite
def test_what_a_key_leaves_behind_opens_hashes_for_five_years_and_not_longer(
    booked: list[int], file: Path, frozen: time_machine.Traveller
) -> None:
    kept = keyring().fingerprint("1234", "booking.pin_hash")
    keys.add(file, NEW, SECRET)
    keys.rotate()
    keys.retire(OLD, file)
    now = clock.now()
    assert keyring().fits(kept, "1234", "booking.pin_hash")
    assert not keyring().fits(kept, "1234", "recovery_code"), "each for its own purpose"
    assert len(keys.heirlooms("booking.pin_hash")) == 1
    assert keys.heirlooms("pin_hash") == []
    assert keys.forget(now + HEIRLOOM.period) == 0
    assert keys.forget(now + HEIRLOOM.period + timedelta(seconds=1)) == len(LASTING)
    assert keys.heirlooms("booking.pin_hash") == []


# --- what somebody meddled with (S67) -------------------------------------------------------------------


def _flip(sealed: str) -> str:
    return sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]


Damage = Callable[[BookingPerson, BookingPerson], dict[str, str | None]]
DAMAGES: dict[str, Damage] = {
    "of another row": lambda mine, other: {"name_sealed": other.name_sealed},
    "of another column": lambda mine, other: {"name_sealed": mine.contact_sealed},
    "one bit": lambda mine, other: {"name_sealed": _flip(mine.name_sealed)},
    "one bit of the contact": lambda mine, other: {"contact_sealed": _flip(mine.contact_sealed or "")},
    "an unknown key": lambda mine, other: {"name_sealed": mine.name_sealed.replace(f".{OLD}.", ".gone.")},
}


@pytest.mark.parametrize("what", DAMAGES)
@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_damaged_value_is_said_in_words_and_shows_nobody_else(
    app: Flask, interviewer: Client, resident: Client, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    for number in (0, 1):
        book(resident, number, channel="email", email=f"osoba{number}@example.com")
    with app.app_context():
        mine, other = db.session.scalars(select(BookingPerson).order_by(BookingPerson.booking_id))
        other.name = "Zofia Druga"
        db.session.commit()
        damage, number = DAMAGES[what](mine, other), mine.booking_id
        db.session.execute(update(BookingPerson).where(BookingPerson.booking_id == number).values(**damage))
        db.session.commit()
    card = interviewer.visit(f"/panel/rezerwacje/{number}")
    assert card.status == 200
    assert "nie można" in card.text
    assert f"cannot be opened: booking_person|{next(iter(damage))}|{number}" in caplog.text
    for page in ("/panel", "/panel/rezerwacje", "/panel/zadania", "/panel/wiadomosci"):
        found = interviewer.visit(page)
        assert found.status == 200, page
    assert "Zofia" not in card.text
    assert "Z.D." in interviewer.visit("/panel/rezerwacje").text


def test_what_has_no_words_of_its_own_is_an_error_page(
    app: Flask, interviewer: Client, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> str:
        return BookingPerson(booking_id=7, name_sealed="v1.test.AAAA").name

    app.view_functions["front.home"] = broken
    app.config["PROPAGATE_EXCEPTIONS"] = False
    page = interviewer.visit("/")
    assert page.status == 500
    assert "nie można otworzyć" in page.h1
    assert "booking_person|name_sealed|7" in caplog.text


# --- under load -----------------------------------------------------------------------------------------


@pytest.mark.torture
def test_ten_thousand_rows_are_rotated_under_load_without_a_failed_request(
    databases: Databases, kind: str, tmp_path: Path, file: Path, figure: Figure
) -> None:
    scene = Scene(databases.filled(kind, tmp_path), tmp_path, room=5000)
    fill(scene)
    with smtp.running() as mail:
        port = free_port()
        environment = {
            "PORTAL_DEMO": "1",
            "PORTAL_DATA": str(tmp_path),
            "PORTAL_KEYS_FILE": str(file),
            "PORTAL_DATABASE_URL": scene.url,
            "PORTAL_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "PORTAL_LIMITS": "off",
            "PORTAL_MAIL_URL": f"smtp://{mail.host}:{mail.port}",
        }
        portal = Portal(os.environ | environment, port)
        portal.start()
        try:
            with Reader(port) as reader, Crowd(port, scene.roomy) as crowd:
                somebody_books(crowd)
                took = rotate_and_retire(start(scene.url, tmp_path, file), file)
                somebody_books(crowd)
        finally:
            portal.kill()
    assert crowd.odd == []
    assert reader.odd == []
    again = start(scene.url, tmp_path, file)
    with again.app_context():
        for person in db.session.scalars(select(BookingPerson).execution_options(yield_per=500)):
            assert person.is_readable
        assert list(keys.holdings()) == [NEW]
        assert audit.verify(clock.now()).broken == []
        db.session.remove()
        db.engine.dispose()
    figure(f"S70 {kind}: seconds to rotate {ROWS} rows under load", "no downtime", took)
    figure(f"S70 {kind}: booked, pages read meanwhile", "none failed", f"{len(crowd.seen)}, {reader.pages}")


def fill(scene: Scene) -> None:
    """Ten thousand bookings with their people."""
    with scene.app.app_context():
        service = db.session.scalars(select(Booking.service_id)).first() or 1
        first = (db.session.scalar(select(func.max(Booking.id))) or 0) + 1
        numbers = range(first, first + ROWS)
        fact = {
            "pin_hash": "0" * 64,
            "service_id": service,
            "status": "cancelled_resident",
            "created_at": clock.now(),
        }
        db.session.execute(
            insert(Booking),
            [
                {"id": n, "reference": f"{n:09}", "form_hash": f"{n:064}", "ended_at": clock.now(), **fact}
                for n in numbers
            ],
        )
        if db.engine.dialect.name == "postgresql":
            db.session.execute(text("SELECT setval('booking_id_seq', (SELECT max(id) FROM booking))"))
        db.session.execute(insert(BookingPerson), [row_of(n) for n in numbers])
        db.session.commit()
    scene.rest()


def row_of(number: int) -> dict[str, object]:
    person = BookingPerson(booking_id=number, channel="email", language="pl")
    person.name, person.contact = f"Osoba {number}", f"osoba{number}@example.com"
    person.note_fingerprint()
    kept = ("booking_id", "channel", "language", "name_sealed", "contact_sealed", "contact_fingerprint")
    return {name: getattr(person, name) for name in kept}


def rotate_and_retire(app: Flask, file: Path) -> float:
    with app.app_context():
        keys.add(file, NEW, SECRET)
        begun = time.monotonic()
        changed, unreadable = keys.rotate()
        took = time.monotonic() - begun
        assert changed >= ROWS
        assert not unreadable
        for _try in range(20):
            try:
                keys.retire(OLD, file)
                break
            except Refused:  # a request that began before has written meanwhile
                keys.rotate()
        assert keyring().ids == [NEW]
        db.session.remove()
        db.engine.dispose()
    return took


class Reader(Busy):
    """Staff who read lists and cards all the time."""

    def __init__(self, port: int) -> None:
        super().__init__(1)
        self._address = f"http://127.0.0.1:{port}"
        self.odd: list[str] = []
        self.pages = 0

    def _go_on(self) -> None:
        with httpx.Client(base_url=self._address, follow_redirects=True, timeout=20) as browser:
            page = browser.get("/panel/logowanie")
            token = html.parse(page.content).all("input")
            csrf = next(i.get("value", "") for i in token if i.get("name") == "csrf_token")
            login, password = PASSWORDS["interviewer"]
            browser.post("/panel/logowanie", data={"csrf_token": csrf, "login": login, "password": password})
            number = 0
            while not self._stop.is_set():
                number += 1
                for path in ("/panel/rezerwacje", f"/panel/rezerwacje/{number * 37 % ROWS + 200}"):
                    answer = browser.get(path)
                    self.pages += 1
                    if answer.status_code != 200 or "nie można" in answer.text:
                        self.odd.append(f"{path}: {answer.status_code}")
