"""The database: migrations equal models, personal columns have a rule, what must only grow only grows."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import upgrade
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DatabaseError

from portal.accessibility.models import statement
from portal.announcements.models import published
from portal.benefits.models import benefits
from portal.crypto import Sealed, keyring
from portal.db import Base, db
from portal.finding.models import is_modelled
from portal.foster.models import Enquiry, EnquiryPerson
from portal.front.models import menu_items
from portal.pages.models import page_at
from portal.retention import Rule
from tests.conftest import Databases, make_app


def test_an_empty_database_upgraded_equals_the_models(
    kind: str, databases: Databases, tmp_path: Path
) -> None:
    app = make_app(databases.empty(kind, tmp_path), tmp_path)
    with app.app_context():
        upgrade()
        with db.engine.connect() as connection:
            migrations = MigrationContext.configure(
                connection, opts={"compare_type": True, "include_name": is_modelled}
            )
            differences = compare_metadata(migrations, db.metadata)
        db.engine.dispose()
    assert [d for d in differences if not _is_version_table(d)] == []


def _is_version_table(difference: object) -> bool:
    return "alembic_version" in str(difference)


def test_every_sealed_column_says_how_long_it_lives() -> None:
    sealed = [
        (str(mapper.local_table), value.column)
        for mapper in Base.registry.mappers
        for value in vars(mapper.class_).values()
        if isinstance(value, Sealed)
    ]
    assert sealed
    for table, column in sealed:
        assert isinstance(Base.metadata.tables[table].columns[column].info.get("personal"), Rule)


@pytest.mark.parametrize(
    "table", ["audit_entry", "announcement_revision", "foster_question_version", "page_revision"]
)
@pytest.mark.parametrize("verb", ["DELETE FROM {}", "UPDATE {} SET account_id = NULL"])
def test_what_must_only_grow_only_grows(context: None, table: str, verb: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"):
        db.session.execute(text(verb.format(table)))


def test_every_constraint_has_a_name() -> None:
    for table in Base.metadata.tables.values():
        assert all(constraint.name for constraint in table.constraints), table.name


def test_a_room_of_before_belongs_to_the_first_office_afterwards(
    kind: str, databases: Databases, tmp_path: Path
) -> None:
    """Migration 0009 asks every room for an office; a database that has rooms is carried over all the same."""
    app = make_app(databases.empty(kind, tmp_path), tmp_path)
    with app.app_context():
        upgrade(revision="0008")
        office = "(id, name, address, directions, phone, around_the_clock) VALUES (7, 'Dom', 'ul. Nowa 1', '', '1', false)"
        room = "(id, kind, name, skills, is_active) VALUES (3, 'room', 'Sala', '', true)"
        with db.engine.begin() as connection:
            connection.execute(text(f"INSERT INTO office {office}"))
            connection.execute(text(f"INSERT INTO resource {room}"))
        upgrade()
        with db.engine.connect() as connection:
            kept = connection.execute(text("SELECT kind, name, office_id FROM resource")).all()
        db.engine.dispose()
    assert [tuple(row) for row in kept] == [("room", "Sala", 7)]


def test_a_statement_of_before_is_the_polish_one_afterwards(
    kind: str, databases: Databases, tmp_path: Path
) -> None:
    """Migration 0016 keeps every text of a statement, each line of the list as a barrier."""
    app = make_app(databases.empty(kind, tmp_path), tmp_path)
    with app.app_context():
        upgrade(revision="0015")
        columns = "id, status, published_on, updated_on, prepared_on, basis, barriers, facilities, shortcuts, contact_name, contact_email, contact_phone, building, communication, sign_language"
        days = "'2026-01-02', '2026-02-03', '2026-03-04'"
        texts = "'x', '- Film. Nie ma.\n- Mapa.', 'f', 's', 'Kto', 'a@b.example', '112', 'b', 'Tłumacz online', 'p'"
        row = f"({columns}) VALUES (4, 'partial', {days}, {texts})"
        with db.engine.begin() as connection:
            connection.execute(text(f"INSERT INTO accessibility_statement {row}"))
        upgrade()
        kept = statement()
        assert kept
        db.session.remove()
        db.engine.dispose()
    assert (kept.number, kept.conformity, kept.reviewed_on, kept.online_interpreter) == (
        1,
        "partial",
        None,
        True,
    )
    assert (kept.launched_on, kept.updated_on, kept.prepared_on) == (
        date(2026, 1, 2),
        date(2026, 2, 3),
        date(2026, 3, 4),
    )
    assert kept.told_in("uk", "contact_name") == ("Kto", "pl")
    assert [row["pl_element"] for row in kept.barriers] == ["Film. Nie ma.", "Mapa."]


def test_hours_in_words_become_hours_by_day_and_no_line_is_lost(
    kind: str, databases: Databases, tmp_path: Path
) -> None:
    """Migration 0017 reads hours as the portal wrote them; what it does not understand stays as a note."""
    app = make_app(databases.empty(kind, tmp_path), tmp_path)
    with app.app_context():
        upgrade(revision="0016")
        columns = "(id, key, position, name, phone, sms, email, helps_with, hours, around_the_clock, address, checked_on)"
        hours = "poniedziałek: 8:00–17:00\npiątek: 7:30–14:00\nw wakacje krócej"
        row = f"VALUES (1, 'a', 0, 'A', '', '', '', '', '{hours}', false, '', '2026-11-01')"
        with db.engine.begin() as connection:
            connection.execute(text(f"INSERT INTO contact {columns} {row}"))
        upgrade()
        with db.engine.connect() as connection:
            kept = connection.execute(
                text("SELECT monday, tuesday, friday, hours_note, version FROM contact")
            ).one()
        db.engine.dispose()
    assert tuple(kept) == ("8:00–17:00", "", "7:30–14:00", "w wakacje krócej", 1)


def test_what_residents_read_before_publications_they_read_afterwards(
    kind: str, databases: Databases, tmp_path: Path
) -> None:
    """Migration 0018 makes publications of what was published, and closes those that were withdrawn."""
    app = make_app(databases.empty(kind, tmp_path), tmp_path)
    with app.app_context():
        upgrade(revision="0017")
        moments = ("2026-01-01 10:00:00", "2026-02-02 10:00:00", "2026-03-03 10:00:00")
        columns = "id, announcement_id, number, title, lead, body, category, valid_until, folded, created_at"
        with db.engine.begin() as connection:
            for number in (1, 2, 3):
                slug = f"(id, slug, created_at) VALUES ({number}, 'a{number}', '{moments[0]}')"
                connection.execute(text(f"INSERT INTO announcement {slug}"))
                words = f"({columns}) VALUES ({number}, {number}, 1, 'T', 'L', 'B', 'centre', '2027-01-01', 't', '{moments[0]}')"
                connection.execute(text(f"INSERT INTO announcement_revision {words}"))
            publish = "UPDATE announcement SET published_id = id, published_at = "
            connection.execute(text(f"{publish} '{moments[0]}', updated_at = '{moments[1]}' WHERE id = 2"))
            connection.execute(text(f"{publish} '{moments[0]}', withdrawn_at = '{moments[2]}' WHERE id = 3"))
        upgrade()
        now = datetime(2026, 3, 1, tzinfo=UTC)
        assert [read_at(f"a{number}", now) for number in (1, 2, 3)] == [None, moments[1], moments[0]]
        later = datetime(2026, 4, 1, tzinfo=UTC)
        assert [read_at(f"a{number}", later) for number in (1, 2, 3)] == [None, moments[1], None]
        db.session.remove()
        db.engine.dispose()


def read_at(slug: str, now: datetime) -> str | None:
    """Since when residents read what they read at this moment."""
    read = published(slug, now)
    return f"{read.public_from:%Y-%m-%d %H:%M:%S}" if read else None


def test_a_page_of_before_is_read_afterwards_as_its_first_revision(
    kind: str, databases: Databases, tmp_path: Path
) -> None:
    """Migration 0021 gives every page a revision that residents read, and the portal its menu."""
    app = make_app(databases.empty(kind, tmp_path), tmp_path)
    with app.app_context():
        upgrade(revision="0020")
        row = "VALUES (7, 'strona', 'pl', 'Strona', '', 'Lead', 'Tekst', 'strona', '2026-11-01')"
        columns = "(id, path, language, title, window_title, lead, body, folded, updated_on)"
        with db.engine.begin() as connection:
            connection.execute(text(f"INSERT INTO page {columns} {row}"))
        upgrade()
        page = page_at("strona")
        assert page
        assert page.read
        assert (page.read.title, page.read.body, page.state) == ("Strona", "Tekst", "published")
        assert page.changes == [(datetime(2026, 11, 1, 8, tzinfo=UTC), "")]
        assert [item.path for item in menu_items()][:2] == ["/pomoc", "/ogloszenia"]
        db.session.remove()
        db.engine.dispose()


def test_the_amount_of_a_benefit_of_before_is_its_first_one_afterwards(
    kind: str, databases: Databases, tmp_path: Path
) -> None:
    """Migration 0025 keeps how much, from when until when, and the source."""
    app = make_app(databases.empty(kind, tmp_path), tmp_path)
    with app.app_context():
        upgrade(revision="0024")
        columns = "(id, slug, position, title, summary, body, amount, unit, valid_from, valid_to, source)"
        facts = "'b', 1, 'B', '', 'x', 215.84, 'raz', '2019-11-01', NULL, 'Ustawa'"
        nothing = "'c', 2, 'C', '', 'x', NULL, '', NULL, NULL, 'Ustawa'"
        with db.engine.begin() as connection:
            for row in (f"VALUES (5, {facts})", f"VALUES (6, {nothing})"):
                connection.execute(text(f"INSERT INTO benefit {columns} {row}"))
        upgrade()
        found = {each.slug: each for each in benefits()}
        amount = found["b"].amount_on(date(2026, 1, 1))
        assert amount
        assert (amount.amount, amount.valid_to, amount.source) == (Decimal("215.84"), None, "Ustawa")
        assert found["c"].amounts == []
        db.session.remove()
        db.engine.dispose()


def test_contacts_of_before_are_found_by_a_key_of_their_own_in_each_table(
    kind: str, databases: Databases, tmp_path: Path
) -> None:
    """Migration 0045 makes the fingerprints of enquiries anew; what cannot be read does not stop it."""
    app = make_app(databases.empty(kind, tmp_path), tmp_path)
    contact, moment = "+48512345678", datetime(2026, 11, 1, 10, tzinfo=UTC)
    with app.app_context():
        upgrade(revision="0044")
        sealed = keyring().seal(contact, "enquiry_person|contact_sealed|1")  # the second row cannot read it
        before = keyring().fingerprint(contact, "booking_person.contact")
        with db.engine.begin() as connection:
            for number in (1, 2):
                codes = {"reference": f"R{number}", "form_hash": f"f{number}", "pin_hash": "p"}
                times = {"promised_on": moment.date(), "created_at": moment, "touched_at": moment}
                enquiry = insert(Enquiry).values(id=number, **codes, **times)
                wishes = {"channel": "sms", "name_sealed": "x", "contact_sealed": sealed}
                person = insert(EnquiryPerson).values(enquiry_id=number, **wishes)
                connection.execute(enquiry)
                connection.execute(person.values(contact_fingerprint=before))
        upgrade()
        known = select(EnquiryPerson.enquiry_id)
        assert db.session.scalars(known.where(EnquiryPerson.has_contact(contact))).all() == [1]
        assert db.session.scalars(known.where(EnquiryPerson.contact_fingerprint == before)).all() == [2]
        db.session.remove()
        db.engine.dispose()
