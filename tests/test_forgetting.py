"""Every rule of retention is run, to the row, and nothing is left of what was erased (S71, R102)."""

import csv
import re
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import time_machine
from flask import Flask
from sqlalchemy import Connection, func, make_url, select, text, update
from sqlalchemy.exc import DatabaseError

from portal import clock, forgetting
from portal.accounts.audit import record, seal, verify
from portal.accounts.forgetting import forget_accounts, forget_entries, forget_failures, forget_sessions
from portal.accounts.models import Account, AccountSession, AuditEntry, Throttle
from portal.accounts.people import change
from portal.accounts.sessions import start_session
from portal.app import create_app, migrations_folder
from portal.booking.models import BookingPerson, Place
from portal.config import read_settings
from portal.db import Base, db
from portal.doctor import findings
from portal.forgetting import ERASERS, forget, personal_tables, wipe
from portal.foster.models import EnquiryPerson
from portal.privacy.categories import CATEGORIES, columns_under
from portal.retention import ACCOUNT, AUDIT, BOOKING, ENQUIRY, MARK, QUALIFIED, RULES, SESSION, Rule
from tests.client import Client
from tests.conftest import make_app, prepare, settings_for
from tests.parts.postgres import FAST, running
from tests.parts.processes import wait_for
from tests.test_booking_pages import book
from tests.test_conflicts import booked
from tests.test_foster import ask as send_enquiry

ENDINGS = ("_sealed", "_fingerprint", "_source", "source_hash", "login")
SECOND = timedelta(seconds=1)


def test_every_rule_is_run_and_has_its_words() -> None:
    run = [MARK, *(rule for rules in ERASERS for rule in rules)]
    assert sorted(rule.name for rule in run) == sorted(rule.name for rule in RULES)
    assert set(CATEGORIES) == set(RULES)
    for rule in RULES:
        assert columns_under(rule), f"nothing lives under {rule.name}"


def test_whatever_looks_personal_has_a_rule_that_is_run() -> None:
    for table in Base.metadata.tables.values():
        for column in table.columns:
            rule = column.info.get("personal")
            if column.name.endswith(ENDINGS):
                assert isinstance(rule, Rule), f"{table.name}.{column.name} has no rule"
            assert rule is None or rule in RULES


def counted(kind: type[Base]) -> int:
    return db.session.scalar(select(func.count()).select_from(kind)) or 0


def test_the_night_erases_to_the_row_and_leaves_no_trace(
    app: Flask, kind: str, tmp_path: Path, resident: Client, stranger: Client, frozen: time_machine.Traveller
) -> None:
    book(resident, 0, channel="email", email="wczesna@example.com")
    book(stranger, 2, channel="email", email="pozna@example.com")
    send_enquiry(resident)
    with app.app_context():
        first, second = db.session.scalars(select(BookingPerson).order_by(BookingPerson.booking_id))
        talk, later = first.booking.slot, second.booking.slot
        assert talk
        assert later
        assert talk.ends_at < later.ends_at
        marks = [first.name_sealed, first.contact_sealed or "", first.contact_fingerprint or ""]
        number = first.booking_id
        ends = talk.ends_at + BOOKING.period
        db.session.remove()
        frozen.move_to(ends)
        assert forget(clock.now())["booking qualified"] == 0
        frozen.move_to(ends + SECOND)
        erased = forget(clock.now())
        assert erased["booking qualified"] == 1
        assert erased["enquiry"] == 0
        assert db.session.scalars(select(BookingPerson.booking_id)).all() == [number + 1]
        assert counted(EnquiryPerson) == 1
        assert left_of([mark.encode() for mark in marks], kind, tmp_path) == []
        frozen.move_to(clock.now() + ENQUIRY.period)
        assert forget(clock.now())["enquiry"] == 1
        assert counted(BookingPerson) == counted(EnquiryPerson) == counted(AccountSession) == 0
        db.session.remove()
        assert left_of([b"v1.test."], kind, tmp_path) == [], "not a sealed value"


def test_of_many_who_were_erased_no_byte_is_left_beside_the_few_who_stay(
    kind: str, context: None, tmp_path: Path
) -> None:
    *gone, stays = [booked(number).person for number in range(12)]
    marks = [getattr(one, name).encode() for one in gone for name in ("name_sealed", "contact_fingerprint")]
    before = files_of(kind, tmp_path)
    assert all(mark in before for mark in marks)
    for one in gone:
        db.session.delete(one)
    db.session.commit()
    wipe()
    assert left_of(marks, kind, tmp_path) == []
    assert stays
    assert stays.name_sealed.encode() in files_of(kind, tmp_path)


@pytest.mark.postgres
def test_the_log_of_postgres_goes_with_the_night_once_its_server_was_told_so(
    tmp_path: Path, frozen: time_machine.Traveller, caplog: pytest.LogCaptureFixture
) -> None:
    """What `portal doctor` advises is enough for a user who is no administrator of the server."""
    with running(uuid4().hex, FAST) as server:
        url = make_url(server.new_database())
        ours = url.set(username="opieka").render_as_string()
        with psycopg.connect(server.server.get_uri(url.database), autocommit=True) as chief:
            chief.execute("CREATE ROLE opieka LOGIN")
            chief.execute(f"ALTER DATABASE {url.database} OWNER TO opieka")
            prepare(ours, tmp_path)
            with make_app(ours, tmp_path).app_context():
                *gone, stays = [db.session.get_one(BookingPerson, booked(number).id) for number in range(3)]
                marks = [one.name_sealed.encode() for one in gone]
                for one in gone:
                    db.session.delete(one)
                db.session.commit()
                wipe()
                assert (
                    "the log of the database is left for the next night: InsufficientPrivilege" in caplog.text
                )
                assert left_in(marks, server.server.pgdata / "pg_wal") == marks
                for said in re.findall(r"`(.+)`", advice(ours, tmp_path))[0].split("; "):
                    chief.execute(said)
                wait_for(lambda: not advice(ours, tmp_path))
                caplog.clear()
                wipe()
                assert not caplog.records
                assert left_in(marks, server.server.pgdata) == []
                assert left_in([stays.name_sealed.encode()], server.server.pgdata) != []
                db.engine.dispose()


def advice(url: str, folder: Path) -> str:
    """What `portal doctor` says of the log."""
    db.session.rollback()
    return dict(findings(settings_for(url, folder), migrations_folder()))["log of PostgreSQL"]


def left_in(marks: list[bytes], folder: Path) -> list[bytes]:
    found = contents(file for file in folder.rglob("*") if file.is_file())
    return [mark for mark in marks if mark in found]


def left_of(marks: list[bytes], kind: str, folder: Path) -> list[bytes]:
    """What is still on the disk. Whoever opens a session on the same PostgreSQL, as other tests do, holds the rows of a moment ago
    for that moment: then it takes another night. On SQLite one has to do."""
    for _night in range(10 if kind == "postgres" else 1):
        found = files_of(kind, folder)
        left = [mark for mark in marks if mark in found]
        if not left:
            break
        wipe()
    return left


def files_of(kind: str, folder: Path) -> bytes:
    """What the database has on the disk; the log of PostgreSQL is that of the whole server (docs/operation.md)."""
    if kind == "sqlite":
        return contents(folder.glob("portal.sqlite*"))
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CHECKPOINT"))
        ours = "SELECT current_setting('data_directory'), oid FROM pg_database WHERE datname = current_database()"
        data, oid = connection.execute(text(ours)).one()
    return contents((Path(data) / "base" / str(oid)).iterdir())


def contents(files: Iterable[Path]) -> bytes:
    """What is in these files, as far as they are still there."""
    found = bytearray()
    for file in files:
        with suppress(FileNotFoundError):
            found += file.read_bytes()
    return bytes(found)


@contextmanager
def somebody_reads(by: Account) -> Iterator[Connection]:
    """A connection that looks at everybody, as a backup does, since before the last change."""
    with db.engine.connect() as reader:
        reader.execute(select(func.count()).select_from(BookingPerson))
        start_session(by, clock.now())
        yield reader


def test_what_somebody_reads_is_tried_again_and_left_for_the_next_night(
    kind: str, by: Account, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "TRIES", 2)
    with somebody_reads(by) as reader:
        wipe()
        assert [record.getMessage() for record in caplog.records] == [
            {
                "sqlite": "the log of the database is left for the next night: somebody was using it",
                "postgres": "booking_person is left for the next night: LockNotAvailable",
            }[kind]
        ]
        caplog.clear()
        monkeypatch.setattr(time, "sleep", lambda _seconds: reader.rollback())
        wipe()
    assert not caplog.records, "the second try comes when they are gone"


def test_nobody_waits_for_a_night_that_waits_for_somebody(
    app: Flask, kind: str, by: Account, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever books at three in the morning, while a backup reads for minutes (S18): the database itself would let them wait as long
    as the night does, and is told here to give up before that."""
    monkeypatch.setattr(forgetting, "TRIES", 3)
    give_up = {"sqlite": "PRAGMA busy_timeout = 5000", "postgres": "SET lock_timeout = 2500"}[kind]
    night = threading.Thread(target=_wipe_in, args=(app,))
    written = 0
    with somebody_reads(by), db.engine.connect().execution_options(writing=True) as writer:
        writer.exec_driver_sql(give_up)
        writer.commit()
        night.start()
        while night.is_alive():
            writer.execute(update(BookingPerson).values(language=BookingPerson.language))
            writer.commit()
            written += 1
        writer.invalidate()
    assert written
    assert "is left for the next night" in caplog.text, "it has waited all that time"


def _wipe_in(app: Flask) -> None:
    with app.app_context():
        wipe()


def test_sources_sessions_and_failures_last_a_day(
    app: Flask, resident: Client, by: Account, frozen: time_machine.Traveller
) -> None:
    page = resident.visit("/umow-rozmowe/a1/termin")
    resident.submit(page, "Dalej", slot=page.radios("slot")[0])
    start_session(by, clock.now())
    db.session.add(Throttle(key_hash="x", started_at=clock.now(), failures=1))
    db.session.commit()
    frozen.shift(SESSION.period)
    assert forget_failures(clock.now()) == forget_sessions(clock.now()) == 0
    frozen.shift(timedelta(hours=10, seconds=1))
    assert forget_failures(clock.now()) == 1
    assert forget_sessions(clock.now()) == 1
    forget(clock.now())
    assert db.session.scalar(select(func.count()).where(Place.hold_source.is_not(None))) == 0


def test_the_audit_log_is_cut_off_at_its_beginning_and_still_holds(
    kind: str, by: Account, frozen: time_machine.Traveller
) -> None:
    frozen.shift(timedelta(days=10))  # the demo has entries of days to come
    record(by, "booking_read", "booking", 1, clock.now())
    seal()
    frozen.shift(AUDIT.period)
    assert forget_entries(clock.now()) > 0
    assert db.session.scalars(select(AuditEntry.subject_id)).all() == [1], "as old as the rule, not older"
    frozen.shift(SECOND)
    assert forget_entries(clock.now()) == 0, "the chain keeps an end to hold on to"
    record(by, "booking_read", "booking", 2, clock.now())
    seal()
    assert forget_entries(clock.now()) == 1
    assert db.session.scalars(select(AuditEntry.subject_id)).all() == [2]
    assert verify(clock.now()).holds
    assert verify(clock.now()).length == 1
    record(by, "booking_read", "booking", 3, clock.now())
    seal()
    assert verify(clock.now()).holds
    frozen.shift(2 * AUDIT.period)
    assert forget_entries(clock.now()) == 1, "also when nobody has done anything for years"
    assert db.session.scalars(select(AuditEntry.subject_id)).all() == [3]
    assert verify(clock.now()).holds
    with pytest.raises(DatabaseError, match="append-only"):
        db.session.execute(text("DELETE FROM audit_entry"))
    db.session.rollback()


def test_a_cut_that_is_not_ours_is_seen(by: Account) -> None:
    for number in range(3):
        record(by, "booking_read", "booking", number, clock.now())
    seal()
    last = db.session.execute(text("SELECT entry_id, link FROM audit_seal ORDER BY id DESC")).all()[1]
    values = f"1, '2026-11-01 10:00:00', {last.entry_id}, '{last.link}', '{'0' * 64}'"
    db.session.execute(text(f"INSERT INTO audit_cut (id, at, entry_id, link, proof) VALUES ({values})"))  # noqa: S608
    db.session.execute(text(f"DELETE FROM audit_entry WHERE id <= {last.entry_id}"))  # noqa: S608
    db.session.execute(text(f"DELETE FROM audit_seal WHERE entry_id <= {last.entry_id}"))  # noqa: S608
    db.session.commit()
    assert not verify(clock.now()).holds


def test_an_account_is_named_as_long_as_the_log_names_it(by: Account, frozen: time_machine.Traveller) -> None:
    number = by.id
    administrator = db.session.scalars(select(Account).where(Account.role == "administrator")).one()
    change(number, by.version, by.name, by.role, False, administrator, clock.now())
    frozen.shift(ACCOUNT.period)
    assert forget_accounts(clock.now()) == 0
    frozen.shift(SECOND)
    assert forget_accounts(clock.now()) == 1
    assert forget_accounts(clock.now()) == 0
    db.session.expire_all()
    gone = db.session.get_one(Account, number)
    assert (gone.name, gone.login, gone.password_hash) == ("", f"#{number}", "")


def test_wiping_knows_its_tables() -> None:
    assert {"booking_person", "enquiry_person", "account", "audit_entry"} <= {
        t.name for t in personal_tables()
    }
    assert QUALIFIED.years == 1


@pytest.mark.parametrize("kind", ["sqlite"])
def test_notices_say_the_periods_of_the_rules(resident: Client) -> None:
    said = {
        "/prywatnosc": [
            "rezerwacje: 90 dni od",
            "grupie – 1 rok od",
            "programie: 5 lat od",
            "zdarzeń: 2 lata",
            "PIN-u: 1 dzień",
        ],
        "/uk/prywatnosc": ["розмову: 90 днів після", "PIN-коду: 1 день"],
        "/en/prywatnosc": ["bookings: 90 days after", "PIN: 1 day"],
        "/prywatnosc/rezerwacje": [
            "trzymamy 90 dni od zakończenia rozmowy",
            "przyszła rezerwacja, trzymamy 1 dzień",
        ],
        "/uk/prywatnosc/rezerwacje": ["зберігаємо 90 днів після", "зберігаємо їх 1 рік від"],
        "/en/prywatnosc/rezerwacje": ["for 90 days after the end", "opened a booking is kept for 2 years"],
        "/prywatnosc/piecza-zastepcza": ["Dane trzymamy 1 rok od zakończenia kontaktu"],
    }
    for address, sentences in said.items():
        for sentence in sentences:
            assert sentence in resident.visit(address).text, address


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("language", ["", "/uk", "/en"])
def test_the_notice_beside_each_form_leads_to_a_clause_in_the_language_of_the_form(
    resident: Client, language: str
) -> None:
    forms = ["/rodzicielstwo-zastepcze/zglos-zainteresowanie", "/dostepnosc/wniosek"]
    forms += ["/dostepnosc/zadanie-cyfrowe", "/moja-rezerwacja", "/moj-wniosek", "/moje-zgloszenie"]
    linked = {place for form in forms for place in resident.visit(language + form).links().values()}
    clauses = {place for place in linked if "/prywatnosc" in place or "/pliki-cookie" in place}
    assert clauses >= {f"{language}/{place}" for place in ("prywatnosc", "prywatnosc/piecza-zastepcza")}
    for place in (*sorted(clauses), f"{language}/prywatnosc/rezerwacje"):
        assert place.startswith(f"{language}/p")
        assert [heading.get("lang") for heading in resident.visit(place).dom.all("h1")] == [None], place


@pytest.mark.parametrize("kind", ["sqlite"])
def test_the_periods_of_the_centre_s_own_schedule_are_said_and_kept(
    resident: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.retention._CHOSEN", {})
    own = {"PORTAL_DEMO": "1", "PORTAL_DATA": str(tmp_path), "PORTAL_RETENTION": "booking=60, audit=1096"}
    create_app(read_settings(own | {"PORTAL_KEYS": "test:" + bytes(range(7, 39)).hex()}))
    assert (BOOKING.days, ENQUIRY.days, AUDIT.years, ACCOUNT.years) == (60, ENQUIRY.shipped, 3, 3)
    assert "rezerwacje: 60 dni od" in resident.visit("/prywatnosc").text
    assert "dziennik zdarzeń: 3 lata" in resident.visit("/prywatnosc").text


@pytest.mark.parametrize("kind", ["sqlite"])
def test_whoever_booked_reads_how_to_get_a_copy_or_an_earlier_end(resident: Client) -> None:
    _, reference, pin = book(resident)
    page = resident.visit("/moja-rezerwacja")
    page = resident.submit(page, "Pokaż rezerwację", reference=reference, pin=pin)
    assert "Po kopię swoich danych lub ich wcześniejsze usunięcie" in page.text
    assert "/prywatnosc/rezerwacje" in page.links().values()


@pytest.mark.parametrize("kind", ["sqlite"])
def test_the_data_protection_officer_gets_one_page_and_a_table(administrator: Client) -> None:
    page = administrator.visit(administrator.visit("/panel/ustawienia").links()["Dane osobowe w portalu"])
    parts = (
        "90 dni",
        "2 lata",
        "booking_person.name_sealed",
        "booking_person.safe_from",
        "art. 6 ust. 1 lit. e RODO",
    )
    for part in (*parts, "conflict.subject_id", "booking_pair.first_id", "opening.account_id"):
        assert part in page.text
    table = administrator.get(page.links()["To samo jako tabela do arkusza (CSV)"])
    lines = list(csv.reader(table.get_data(as_text=True).splitlines(), delimiter=";"))
    assert len(lines) == len(RULES) + 1
    assert all(len(line) == 6 for line in lines)
