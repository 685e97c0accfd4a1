"""The audit log is chained: one changed, one removed and one swapped row are seen (S60)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import DatabaseError

from portal import clock
from portal.accounts import actions
from portal.accounts.audit import (
    BEGINNING,
    MOST_NOTED,
    NOTED_WITHIN,
    SEALED_WITHIN,
    came_from,
    record,
    seal,
    verify,
)
from portal.accounts.models import Account, AuditEntry, AuditSeal, session_hashed
from portal.accounts.passkeys import Site
from portal.accounts.sessions import start_session
from portal.accounts.watch import MANY, watch
from portal.cli import main
from portal.config import DEMO
from portal.crypto import digest
from portal.db import db, revision
from portal.errors import Refused
from portal.outbox.models import Message
from tests.client import Client
from tests.conftest import KEYS, PASSWORDS, browse, signed_in
from tests.test_accounts import csrf
from tests.test_booking_pages import book as book_online
from tests.test_foster import ask as send_enquiry

Meddle = Callable[[str], None]
SEALED_AT = datetime(2026, 11, 30, 8, 15, tzinfo=UTC)


@pytest.fixture
def meddle(kind: str, context: None) -> Meddle:
    """Somebody who can write into the database past its triggers, as its owner can."""
    off = {"sqlite": "DROP TRIGGER {0}_no_{1}", "postgres": "ALTER TABLE {0} DISABLE TRIGGER {0}_append_only"}

    def change(statement: str) -> None:
        db.session.execute(text(statement))
        db.session.commit()

    for table in ("audit_entry", "audit_seal"):
        for verb in ("update", "delete"):
            change(off[kind].format(table, verb))
    return change


@pytest.fixture
def entries(by: Account) -> list[int]:
    """Six entries in the chain, after those that the demo has left."""
    seal()
    for number in range(6):
        record(by, "booking_read", "booking", number, clock.now())
    assert seal() == 6
    assert seal() == 0
    assert verify(clock.now()).holds
    return list(db.session.scalars(select(AuditEntry.id).order_by(AuditEntry.id.desc()).limit(6)))[::-1]


def test_an_entry_says_who_did_what_to_whom_when_and_from_where(by: Account) -> None:
    here = came_from.set("192.0.2.1")
    for whose in (by, None):
        record(whose, "booking_read", "booking", 7, clock.now())
    came_from.reset(here)
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(2)).all()[::-1]
    said = [(e.account_id, e.action, e.subject, e.subject_id, e.at, e.address) for e in entries]
    read = ("booking_read", "booking", 7, clock.now())
    assert said == [(by.id, *read, "192.0.2.1"), (None, *read, "")], "of residents no address is kept"


def test_a_changed_entry_is_seen(meddle: Meddle, entries: list[int]) -> None:
    meddle(f"UPDATE audit_entry SET subject_id = 99 WHERE id = {entries[2]}")  # noqa: S608
    assert verify(clock.now()).broken == [entries[2]]


def test_a_removed_entry_is_seen_with_and_without_its_link(meddle: Meddle, entries: list[int]) -> None:
    meddle(f"DELETE FROM audit_entry WHERE id = {entries[2]}")  # noqa: S608
    assert verify(clock.now()).gone == [entries[2]]
    meddle(f"DELETE FROM audit_seal WHERE entry_id = {entries[2]}")  # noqa: S608
    assert verify(clock.now()).broken == [entries[3]], "the next link does not hold on to the one before"


def test_what_was_cut_off_at_the_end_is_seen_by_who_kept_the_last_link(
    meddle: Meddle, entries: list[int], database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = verify(clock.now()).last
    for name, value in (DEMO | {"PORTAL_DATABASE_URL": database, "PORTAL_KEYS": KEYS}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PORTAL_DEMO", "1")
    command = ["audit", "verify", "--after", kept]
    db.session.rollback()
    assert CliRunner().invoke(main, command, catch_exceptions=False).exit_code == 0
    for table, column in (("audit_seal", "entry_id"), ("audit_entry", "id")):
        meddle(f"DELETE FROM {table} WHERE {column} = {entries[-1]}")  # noqa: S608
    assert verify(clock.now()).holds, "the chain alone does not know how long it was"
    db.session.rollback()
    told = CliRunner().invoke(main, command, catch_exceptions=False)
    assert told.exit_code == 1
    assert "Cut off at the end" in told.output


def test_two_swapped_entries_are_seen(meddle: Meddle, entries: list[int]) -> None:
    one, two = entries[1], entries[4]
    for old, new in ((one, -1), (two, one), (-1, two)):
        meddle(f"UPDATE audit_entry SET id = {new} WHERE id = {old}")  # noqa: S608
    assert verify(clock.now()).broken == [one, two]


def test_a_link_made_without_the_key_does_not_hold(meddle: Meddle, entries: list[int]) -> None:
    meddle(f"UPDATE audit_seal SET link = '{'a' * 64}' WHERE entry_id = {entries[2]}")  # noqa: S608
    assert verify(clock.now()).broken == [entries[2], entries[3]]


def test_what_was_never_chained_is_seen_after_an_hour(
    entries: list[int], by: Account, frozen: time_machine.Traveller
) -> None:
    record(by, "booking_read", "booking", 7, clock.now())
    assert verify(clock.now()).holds
    frozen.shift(SEALED_WITHIN + timedelta(seconds=1))
    assert len(verify(clock.now()).loose) == 1


def test_the_chain_only_grows_and_does_not_fork(entries: list[int]) -> None:
    for statement in ("DELETE FROM audit_seal", "UPDATE audit_seal SET link = 'x'"):
        with pytest.raises(DatabaseError, match="append-only"):
            db.session.execute(text(statement))
        db.session.rollback()
    db.session.add(AuditSeal(entry_id=99_999, previous=BEGINNING, link="x"))
    with pytest.raises(DatabaseError):
        db.session.commit()
    db.session.rollback()


def test_deeds_of_staff_say_from_where_and_those_of_residents_do_not(
    app: Flask, interviewer: Client, resident: Client
) -> None:
    book_online(resident)
    interviewer.get("/panel/rezerwacje/1", environ_base={"REMOTE_ADDR": "10.1.2.3"})
    browse(app).get("/")
    with app.app_context():
        read = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "booking_read")).one()
        assert read.address == "10.1.2.3"
        nobody = select(AuditEntry.address).where(AuditEntry.account_id.is_(None)).distinct()
        assert set(db.session.scalars(nobody)) <= {""}


def test_who_was_not_let_in_is_noted_with_the_account_and_the_network_alone(
    app: Flask, administrator: Client, frozen: time_machine.Traveller
) -> None:
    login, _ = PASSWORDS["editor"]
    for number in range(
        MOST_NOTED + 1
    ):  # from another address each time, so that the throttle lets them pass
        guess(app, login, f"192.0.2.{number}")
    for number in range(MOST_NOTED + 1):
        guess(app, f"nikt{number}@example.com", f"2001:db8:1:2::{number}")
    refused = [(None, 1, "192.0.2.0/24")] * MOST_NOTED + [(None, None, "2001:db8:1::/48")] * MOST_NOTED
    assert refusals(app) == refused, "no more than so many within an hour"
    log = administrator.visit("/panel/dziennik")
    assert "ktoś, kogo nie wpuszczono" in log.text
    assert [word for word in ("192.0.2.1 ", "nikt", "zgadywane") if word in log.everything] == []
    frozen.shift(NOTED_WITHIN)
    guess(app, login, "192.0.2.99")
    assert len(refusals(app)) == len(refused) + 1


def guess(app: Flask, login: str, address: str) -> None:
    """A wrong password, from this address."""
    stranger = browse(app)
    page = stranger.visit("/panel/logowanie")
    typed = {"login": login, "password": "zgadywane haslo", "csrf_token": csrf(page)}
    assert stranger.post(page.url, data=typed, environ_base={"REMOTE_ADDR": address}).status_code == 422


def refusals(app: Flask) -> list[tuple[int | None, int | None, str]]:
    """Which account each refused sign-in was for, and from where it came."""
    with app.app_context():
        entries = select(AuditEntry).where(AuditEntry.action == "sign_in_refused").order_by(AuditEntry.id)
        return [(entry.account_id, entry.subject_id, entry.address) for entry in db.session.scalars(entries)]


def test_refused_second_factors_and_confirmations_are_noted_too(
    app: Flask, context: None, by: Account, frozen: time_machine.Traveller
) -> None:
    half = session_hashed(digest(start_session(by, clock.now(), is_half=True)))
    assert half
    here = Site("localhost", "MOPR", "http://localhost")
    came_from.set("")
    for refused in (
        lambda: actions.show_code(half, "123456", clock.now()),
        lambda: actions.show_passkey(half, "{}", "x", here, clock.now()),
        lambda: actions.sign_in_by_passkey("{}", "x", here, "192.0.2.1", clock.now()),
        lambda: actions.confirm(by, "zgadywane haslo", "192.0.2.1", clock.now()),
    ):
        with pytest.raises(Refused):
            refused()
    told = AuditEntry.action, AuditEntry.subject, AuditEntry.subject_id, AuditEntry.address
    entries = select(*told).where(AuditEntry.action.endswith("_refused"))
    assert db.session.execute(entries.order_by(AuditEntry.id)).all() == [
        ("second_factor_refused", "account", by.id, ""),
        ("second_factor_refused", "account", by.id, ""),
        ("sign_in_refused", "account", None, ""),
        ("confirmation_refused", "account", by.id, ""),
    ]


def test_a_resident_gets_a_paper_that_says_who_has_read_their_data(
    app: Flask, administrator: Client, interviewer: Client, resident: Client
) -> None:
    book_online(resident)
    interviewer.visit("/panel/rezerwacje/1", environ_base={"REMOTE_ADDR": "10.9.8.7"})
    paper = administrator.visit("/panel/dziennik/booking/1")
    assert "Zespół rozmów (Osoba prowadząca)" in paper.text
    assert "odczyt" in paper.text
    assert "Żaneta" not in paper.text, "who, not what"
    assert "odczyt readers_listed" in administrator.visit("/panel/dziennik/booking/1").text
    assert "10.9.8.7" in administrator.visit("/panel/dziennik").text
    assert administrator.visit("/panel/dziennik/account/1").status == 404
    assert administrator.visit("/panel/dziennik/booking/99").status == 404
    assert interviewer.visit("/panel/dziennik/booking/1").status == 403


def test_the_paper_is_there_for_every_kind_of_person(
    app: Flask, administrator: Client, resident: Client
) -> None:
    send_enquiry(resident)
    card = administrator.visit("/panel/zgloszenia/1")
    paper = administrator.visit(card.links()["Kto czytał te dane"])
    assert (paper.url, paper.status) == ("/panel/dziennik/enquiry/1", 200)
    assert "Jak się zwracać" in administrator.visit("/panel/zgloszenia/1/rozmowa").text
    assert administrator.visit(paper.url).text.count("enquiry_read") == 2, "the name stands there, too"
    assert administrator.get("/panel/dziennik/participant/1").status_code == 404, (
        "nobody has done anything there"
    )


@pytest.mark.parametrize(
    ("deed", "subject"),
    [("participant_read", "participant"), ("person_exported", "enquiry"), ("person_erased", "enquiry")],
)
def test_whoever_opens_card_after_card_is_noticed_and_the_other_administrators_are_told(
    app: Flask, administrator: Client, by: Account, frozen: time_machine.Traveller, deed: str, subject: str
) -> None:
    for number in range(MANY):
        record(by, "booking_read", "booking", number, clock.now())
        record(by, "booking_read", "booking", number, clock.now())
        frozen.shift(1)
    assert watch(clock.now()) == 0, "fifty cards, some of them twice"
    record(by, deed, subject, 1, clock.now())  # a person of its own, whatever its number
    assert watch(clock.now()) == 1
    assert watch(clock.now()) == 0, "told once"
    kinds = db.session.scalars(select(Message.kind).where(Message.about == "account")).all()
    assert kinds == ["many_cards_read"]
    assert "w tym tygodniu bardzo dużo czytano" in administrator.visit("/panel/uzytkownicy").text
    frozen.shift(601)
    assert watch(clock.now()) == 0


def test_the_technician_sees_how_the_portal_is_and_nobody_in_it(app: Flask, resident: Client) -> None:
    book_online(resident)
    technician = signed_in(app, "technician")
    page = technician.visit(technician.visit("/panel").links()["Stan portalu"])
    with app.app_context():
        assert f"rewizja {revision()}" in page.text
        record(None, "booking_read", "booking", 1, SEALED_AT)
        seal()
        record(None, "booking_read", "booking", 1, SEALED_AT + timedelta(hours=1))
        db.session.execute(update(Message).values(due_at=clock.now() - timedelta(minutes=11)))
        db.session.commit()
    late = technician.visit("/panel/system")
    assert "Wiadomości spóźnione2" in late.text  # what confirms and what reminds
    assert "Czy proces wysyłający działa?" in late.text
    assert "zabezpieczony do30 listopada 2026 r., 9:15" in late.text
    assert technician.get("/panel/rezerwacje").status_code == 403
