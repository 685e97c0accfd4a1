"""One person: a copy of everything without what others said, and an erasure that leaves numbers only (S72)."""

import json
import re
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from babel.dates import format_date
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import CheckConstraint, func, select, text

from portal import clock
from portal.accounts.models import AuditEntry, account_called
from portal.booking.interpreters import InterpreterRequest
from portal.booking.models import Booking, BookingPerson, Slot
from portal.cli import main
from portal.conflicts.actions import hide
from portal.crypto import Sealed
from portal.db import Base, db
from portal.erasures import NAME, erased_since
from portal.groups.models import Attendance, Certificate, IndividualMeeting, Participant
from portal.outbox.models import Message
from portal.person import actions as person
from portal.person.paper import LEFT_OUT, NAMES, WORDS
from tests.client import Client
from tests.conftest import KEYS, PASSWORDS, Databases, Figure, browse, signed_in
from tests.test_access_requests import ask as send_request
from tests.test_booking_pages import PRIVATE, book
from tests.test_foster import ask as send_enquiry
from tests.test_keys import ROWS, fill
from tests.test_races import Scene

MAILBOX = "ewa@example.com"
OF_OTHERS = "Sąsiadka mówi, że pije"


@pytest.fixture
def portal_of_this_test(database: str, tmp_path: Path, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command works on the database of this test."""

    for name, value in {
        "PORTAL_DEMO": "1",
        "PORTAL_KEYS": KEYS,
        "PORTAL_DATABASE_URL": database,
        "PORTAL_DATA": str(tmp_path),
    }.items():
        monkeypatch.setenv(name, value)


def run(*command: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, ["person", *command], input=typed)


@pytest.mark.usefixtures("portal_of_this_test")
def test_a_copy_holds_everything_but_what_others_have_said(
    app: Flask, resident: Client, tmp_path: Path
) -> None:
    _page, reference, _pin = book(resident, 0, channel="email", email=MAILBOX)
    with app.app_context():
        one = db.session.scalars(select(BookingPerson)).one()
        one.outcome_note, one.other_need = OF_OTHERS, "winda"
        db.session.commit()
    told = run("export", str(tmp_path / "copy"), typed=f"{reference}\n")
    assert told.exit_code == 0, told.output
    files = {path.name: path for path in (tmp_path / "copy").iterdir()}
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in files.values())
    copied = json.loads(files["person.json"].read_text())
    (record,) = copied["records"]
    assert record["person"]["name"] == PRIVATE
    assert record["person"]["contact"] == MAILBOX
    assert record["messages"][0]["kind"] == "confirmed"
    assert record["held_back"] == ["outcome_note"]
    paper = files["person.txt"].read_text()
    for words in (PRIVATE, MAILBOX, reference, "winda", "Rezerwacja".upper(), "notatka"):
        assert words in paper
    assert OF_OTHERS not in paper + files["person.json"].read_text()
    assert not re.search(r"[0-9a-f]{64}|v1\.test\.", paper + json.dumps(copied)), "no hash and nothing sealed"
    assert run("export", str(tmp_path / "again"), typed="AAAA-AAAA\n").exit_code == 1


@pytest.mark.usefixtures("portal_of_this_test")
def test_every_kind_of_record_becomes_a_paper_in_the_hours_of_poland(
    app: Flask, resident: Client, tmp_path: Path
) -> None:
    book(resident, 0, channel="email", email=MAILBOX)
    send_enquiry(resident, name=PRIVATE, email=MAILBOX, question="Ile to trwa?")
    for procedure in ("digital", "access"):
        send_request(resident, procedure, name=PRIVATE, channel="email", email=MAILBOX, about="Brak napisów")
    with app.app_context():
        begins = clock.local(db.session.scalars(select(Slot.starts_at).join(Booking.slot)).one())
    told = run("export", str(tmp_path / "copy"), typed=f"{MAILBOX}\n")
    assert told.exit_code == 0, told.output
    paper = (tmp_path / "copy" / "person.txt").read_text().replace("\xa0", " ")
    copied = json.loads((tmp_path / "copy" / "person.json").read_text())
    asked = [
        (one["record"], one.get("kind")) for one in copied["records"] if one["record"] == "access_request"
    ]
    assert asked == [("access_request", "digital"), ("access_request", "access")]
    heads = ("REZERWACJA", "PYTANIE O RODZICIELSTWO ZASTĘPCZE", "WYSTĄPIENIE O DOSTĘPNOŚĆ")
    assert [paper.count(f"\n{head}\n") for head in heads] == [1, 1, 2]
    assert paper.count("Co napisano we wniosku: Brak napisów") == 2
    assert "Ile to trwa?" in paper
    assert f"Początek: {begins:%-d} " in paper
    assert f" {begins:%Y, %-H:%M}\n" in paper
    assert re.findall(r"\w+_\w+|: (?:[a-z]+ed|[a-z]+line|email)\b", paper) == [], "words and no codes"


@pytest.mark.usefixtures("portal_of_this_test")
def test_a_copy_speaks_the_language_of_the_person_and_says_when_it_all_goes(
    app: Flask, resident: Client, tmp_path: Path
) -> None:
    book(resident, 0, channel="email", email=MAILBOX)
    with app.app_context():
        one = db.session.scalars(select(BookingPerson)).one()
        one.language, day = "uk", one.booking.deleted_on
        db.session.commit()
    assert run("export", str(tmp_path / "copy"), typed=f"{MAILBOX}\n").exit_code == 0
    lines = (tmp_path / "copy" / "person.txt").read_text().replace("\xa0", " ").splitlines()
    assert lines[0] == "Копія особистих даних із порталу"
    assert day
    assert any(line.endswith(format_date(day, "d MMMM yyyy", locale="uk")) for line in lines)
    assert lines[-1].endswith("/uk/prywatnosc")


OF_A_COPY = (
    *person.KINDS.values(),
    *person.PEOPLE.values(),
    Participant,
    Attendance,
    IndividualMeeting,
    Certificate,
    InterpreterRequest,
)


@pytest.mark.parametrize("kind", OF_A_COPY, ids=lambda kind: kind.__name__)
def test_every_column_of_a_copy_has_its_words(kind: type[Base]) -> None:
    sealed = [name for name, value in vars(kind).items() if isinstance(value, Sealed)]
    assert {*sealed, *person.columns_of(kind)} - {*LEFT_OUT, *person.HELD_BACK} <= NAMES.keys()


@pytest.mark.parametrize("kind", [*OF_A_COPY, Message], ids=lambda kind: kind.__name__)
def test_every_code_of_a_copy_has_its_words(kind: type[Base]) -> None:
    checks = Base.metadata.tables[kind.__tablename__].constraints
    for check in (one for one in checks if isinstance(one, CheckConstraint)):
        if codes := re.fullmatch(r"(\w+) IN \((.+)\)", str(check.sqltext)):
            assert set(re.findall(r"'(\w+)'", codes[2])) <= WORDS[codes[1]].keys(), codes[1]


def test_whatever_is_noted_of_a_booking_has_its_words() -> None:
    source = "".join(file.read_text() for file in Path("portal/booking").glob("*.py"))
    noted = set(re.findall(r'(?:\bnote|_end_offer)\([^")]*"(\w+)"', source))
    assert {"booked", "declined", "note_changed"} <= noted <= WORDS["what"].keys()
    kinds = set(re.findall(r'(?:\btell|enqueue|_tell)\([^")]*"(\w+)"', source)) - {"booking"}
    assert {"reminder", "confirmed"} <= kinds <= WORDS["kind"].keys()


@pytest.mark.usefixtures("portal_of_this_test")
def test_two_people_behind_one_contact_are_not_mixed(
    app: Flask, resident: Client, stranger: Client, tmp_path: Path
) -> None:
    _page, first, _pin = book(resident, 0, channel="email", email=MAILBOX)
    _page, second, _pin = book(stranger, 2, channel="email", email=MAILBOX)
    both = run("export", str(tmp_path / "both"), typed=f" {MAILBOX.upper()}\n")
    assert both.exit_code == 0, "one name, one contact: one person"
    with app.app_context():
        other = db.session.scalars(select(BookingPerson).order_by(BookingPerson.booking_id.desc())).first()
        assert other
        other.name = "Zbigniew Inny"
        db.session.commit()
    refused = run("erase", "--yes", typed=f"{MAILBOX}\n")
    assert refused.exit_code == 1
    assert first in refused.output
    assert second in refused.output
    assert run("erase", "--yes", typed=f"{first}\n").exit_code == 0
    with app.app_context():
        assert [left.name for left in db.session.scalars(select(BookingPerson))] == ["Zbigniew Inny"]


@pytest.mark.usefixtures("portal_of_this_test")
def test_an_erasure_leaves_numbers_and_a_line_in_the_journal(
    app: Flask, kind: str, resident: Client, tmp_path: Path
) -> None:
    _page, reference, pin = book(resident, 0, channel="email", email=MAILBOX)
    with app.app_context():
        one = db.session.scalars(select(BookingPerson)).one()
        marks, number, begun = (
            [one.name_sealed, one.contact_sealed or "", reference],
            one.booking_id,
            clock.now(),
        )
        bookings = db.session.scalar(select(func.count()).select_from(Booking))
    assert run("erase", typed=f"{MAILBOX}\nn\n").exit_code == 1, "asked once more"
    told = run("erase", typed=f"{MAILBOX}\ny\n")
    assert told.exit_code == 0, told.output
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(BookingPerson)) == 0
        assert db.session.scalar(select(func.count()).select_from(Booking)) == bookings
        assert db.session.get_one(Booking, number).status == "cancelled_resident"
        assert set(db.session.scalars(select(Message.state).where(Message.about == "booking"))) == {
            "suppressed"
        }
        assert ("booking", number) in erased_since(begun, tmp_path / NAME)
        person.AGAIN["booking"](number, clock.now())  # once more, after a restore, does no harm
        if kind == "postgres":
            found = db.session.execute(text("SELECT reference FROM booking")).scalars().all()
            assert reference not in found
    if kind == "sqlite":
        kept = b"".join(file.read_bytes() for file in tmp_path.glob("portal.sqlite*"))
        assert [mark for mark in marks if mark.encode() in kept] == []
    page = browse(app).visit("/moja-rezerwacja")
    gone = browse(app)
    page = gone.visit("/moja-rezerwacja")
    assert gone.submit(page, "Pokaż rezerwację", reference=reference, pin=pin).status != 200


@pytest.mark.usefixtures("portal_of_this_test")
def test_an_enquiry_and_its_talk_go_together(app: Flask, resident: Client) -> None:
    _page, reference, _pin = send_enquiry(resident)
    with app.app_context():
        assert [one.kind for one in person.found(reference)] == ["enquiry"]
    assert run("erase", "--yes", typed=f"{reference.lower()}\n").exit_code == 0
    with app.app_context():
        assert person.found(reference) == []


# --- in the panel -------------------------------------------------------------------------------------

RIGHTS = {"is_checked": "y", "own_password": PASSWORDS["administrator"][1]}


@pytest.mark.pages
def test_an_administrator_hands_over_a_copy(app: Flask, resident: Client, stranger: Client) -> None:
    _page, reference, _pin = book(resident, 0, channel="email", email=MAILBOX)
    _page, other, _pin = book(stranger, 2, channel="email", email=MAILBOX)
    send_enquiry(resident, email=MAILBOX)
    administrator = signed_in(app, "administrator")
    card = administrator.visit("/panel/rezerwacje/1")
    page = administrator.visit(card.links()["Kopia danych dla osoby"])
    assert reference in page.text
    assert "Ten sam kontakt podano też tutaj" in page.text
    assert other in page.text
    for wrong in RIGHTS:
        refused = administrator.submit(page, "Przygotuj kopię", **RIGHTS | {wrong: ""})
        assert refused.status == 422
    with app.app_context():
        assert copies() == []
    got = administrator.press(page, "Przygotuj kopię", **RIGHTS)
    assert got.mimetype == "text/plain"
    assert got.headers["Content-Disposition"] == f'attachment; filename="kopia-{reference}.txt"'
    assert got.headers["Cache-Control"] == "no-store"
    assert PRIVATE in got.text
    assert other not in got.text
    page = administrator.visit("/en/panel/osoby/booking/1/kopia")
    english = administrator.press(page, "Make the copy", **RIGHTS).text
    assert english.splitlines()[-1] == got.text.splitlines()[-1], "the language is that of the person"
    assert browse(app).visit(urlsplit(english.split()[-1]).path).status == 200
    with app.app_context():
        by = account_called(PASSWORDS["administrator"][0])
        assert by
        assert copies() == [(by.id, "booking", 1)] * 2


def copies() -> list[tuple[object, ...]]:
    """Which copies were made, and by whom of staff."""
    made = select(AuditEntry.account_id, AuditEntry.subject, AuditEntry.subject_id)
    return [tuple(row) for row in db.session.execute(made.where(AuditEntry.action == "person_exported"))]


@pytest.mark.pages
def test_an_administrator_erases_whoever_asks_for_it(app: Flask, resident: Client) -> None:
    _page, reference, pin = book(resident, 0, channel="email", email=MAILBOX)
    administrator = signed_in(app, "administrator")
    card = administrator.visit("/panel/rezerwacje/1")
    page = administrator.visit(card.links()["Usuń dane osoby"])
    assert (
        administrator.submit(
            page, "Usuń na stałe", **RIGHTS | {"own_password": PASSWORDS["editor"][1]}
        ).status
        == 422
    )
    with app.app_context():
        assert db.session.get_one(Booking, 1).known_person
    done = administrator.submit(page, "Usuń na stałe", **RIGHTS)
    assert "Usunięto. Zostały tylko liczby bez nazwiska." in done.text
    with app.app_context():
        booking = db.session.get_one(Booking, 1)
        assert (booking.person, booking.status) == (None, "cancelled_resident")
    again = administrator.submit(page, "Usuń na stałe", **RIGHTS)
    assert "Usunięto. Zostały tylko liczby bez nazwiska." in again.text, "pressed twice"
    assert administrator.visit("/panel/osoby/booking/1/kopia").status == 404, "there is nobody any more"
    assert (
        not {"Kopia danych dla osoby", "Usuń dane osoby"}
        & administrator.visit("/panel/rezerwacje/1").links().keys()
    )
    gone = browse(app)
    page = gone.visit("/moja-rezerwacja")
    assert gone.submit(page, "Pokaż rezerwację", reference=reference, pin=pin).status != 200


@pytest.mark.pages
def test_nobody_copies_or_erases_what_is_hidden_from_them(app: Flask, resident: Client) -> None:
    book(resident, 0, channel="email", email=MAILBOX)
    with app.app_context():
        by = account_called(PASSWORDS["administrator"][0])
        assert by
        hide(("booking", 1), by.id, by, clock.now())
    administrator = signed_in(app, "administrator")
    for deed in ("kopia", "usuniecie"):
        for record in ("booking/1", "booking/987654", "person/1"):
            assert administrator.visit(f"/panel/osoby/{record}/{deed}").status == 404


@pytest.mark.torture
def test_one_person_is_found_copied_and_erased_among_ten_thousand(
    databases: Databases, kind: str, tmp_path: Path, figure: Figure
) -> None:
    scene = Scene(databases.filled(kind, tmp_path), tmp_path, room=10)
    fill(scene)
    with scene.app.app_context():
        begun = time.monotonic()
        records = person.found("osoba5000@example.com")
        person.copy_of(records, clock.now())
        copied = time.monotonic()
        person.erase(records, clock.now())
        erased = time.monotonic()
        db.session.remove()
        db.engine.dispose()
    assert len(records) == 1
    figure(f"S72 {kind}: one of {ROWS} people found and copied", "≤ 60 s", copied - begun)
    figure(f"S72 {kind}: one of {ROWS} people erased", "≤ 60 s", erased - copied)
