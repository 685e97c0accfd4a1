"""Requests for accessibility: two procedures with their clocks, as the person and the staff live them (journey J7)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from portal import clock
from portal.access_requests import actions, messages
from portal.access_requests.actions import Asked
from portal.access_requests.deadlines import complain_by, due_on, longest_on
from portal.access_requests.models import KINDS, AccessRequest, AccessRequestPerson, request_numbered
from portal.accounts.models import Account, AuditEntry
from portal.cli.working import nightly
from portal.db import db
from portal.errors import Refused, TooMany
from portal.outbox.models import Message
from portal.retention import ACCESS_REQUEST
from tests.client import Client, Page
from tests.parts import html
from tests.parts.words import FORBIDDEN, betrayed

ADDRESSES = {"digital": "/dostepnosc/zadanie-cyfrowe", "access": "/dostepnosc/wniosek"}
BUTTONS = {"digital": "Wyślij żądanie", "access": "Wyślij wniosek"}
LIST = "/panel/wnioski-dostepnosc"
NAME = "Żaneta Próbna"
TYPED = {"name": NAME, "channel": "email", "email": "osoba@example.com", "about": "Tabela na stronie Pomoc."}
SAID = Asked("access", NAME, "email", "osoba@example.com", "Za ciężkie drzwi.", "", "pl", "form")


@pytest.fixture
def kind() -> str:
    """Both databases are asked where their rules matter: see `test_the_database_refuses`."""
    return "sqlite"


def ask(client: Client, procedure: str = "digital", **typed: Any) -> tuple[Page, str, str]:
    """The confirmation, the number and the PIN."""
    page = client.submit(client.visit(ADDRESSES[procedure]), BUTTONS[procedure], **TYPED | typed)
    assert page.url == f"{ADDRESSES[procedure]}/potwierdzenie", page.text
    pin = "".join(c for c in html.text_of(page.dom.by_id["pin"]) if c.isdigit())
    return page, html.text_of(page.dom.by_id["reference"]), pin


# --- the clocks -----------------------------------------------------------------------------------------


@given(st.dates(date(2020, 1, 1), date(2100, 1, 1)), st.integers(0, 30))
@example(date(2026, 12, 31), 2)
@example(date(2027, 12, 31), 2)
@example(date(2028, 1, 29), 1)
@settings(max_examples=60)
def test_months_end_on_the_same_date_or_the_last_of_a_month(day: date, count: int) -> None:
    end = clock.months_after(day, count)
    assert (end.year * 12 + end.month) - (day.year * 12 + day.month) == count
    assert end.day == day.day or (end.day < day.day and (end + timedelta(days=1)).day == 1)


@given(st.sampled_from(KINDS), st.dates(date(2024, 1, 1), date(2090, 1, 1)))
@settings(max_examples=60)
def test_each_procedure_keeps_its_own_clock(kind: str, day: date) -> None:
    assert due_on(kind, day) - day == timedelta(days={"digital": 7, "access": 14}[kind])
    assert day < due_on(kind, day) < longest_on(kind, day) == clock.months_after(day, 2)
    last = complain_by(kind, day)
    assert (
        last is None if kind == "digital" else last and clock.is_working_day(last) and (last - day).days >= 30
    )


@pytest.mark.parametrize(
    ("refused", "last"),
    [
        (date(2026, 11, 22), date(2026, 12, 22)),  # a Tuesday
        (date(2026, 11, 24), date(2026, 12, 28)),  # Christmas Eve, Christmas, a Sunday
        (date(2026, 12, 7), date(2027, 1, 7)),  # Epiphany
        (
            date(2027, 2, 28),
            date(2027, 3, 30),
        ),  # over the spring change of clocks; the 29th would be Easter Monday
        (date(2027, 2, 27), date(2027, 3, 30)),  # Easter Monday itself
        (date(2027, 4, 1), date(2027, 5, 4)),  # a Saturday that is 1 May, a Sunday, 3 May
        (date(2028, 1, 30), date(2028, 2, 29)),  # a leap day
        (date(2027, 4, 27), date(2027, 5, 28)),  # Corpus Christi
    ],
)
def test_a_complaint_may_wait_for_the_next_working_day(refused: date, last: date) -> None:
    """Art. 57 § 4 of the code of administrative procedure, for the person; our own days are not made longer by it."""
    assert complain_by("access", refused) == last


@pytest.mark.usefixtures("context")
@pytest.mark.parametrize(
    ("sent", "digital", "access", "longest"),
    [
        ("2026-11-22T23:59+01:00", date(2026, 11, 29), date(2026, 12, 6), date(2027, 1, 22)),
        ("2026-12-17T12:00+01:00", date(2026, 12, 24), date(2026, 12, 31), date(2027, 2, 17)),  # a holiday
        ("2026-12-31T00:01+01:00", date(2027, 1, 7), date(2027, 1, 14), date(2027, 2, 28)),
        ("2027-03-28T01:59+01:00", date(2027, 4, 4), date(2027, 4, 11), date(2027, 5, 28)),  # before 3:00
        ("2027-07-01T00:30+02:00", date(2027, 7, 8), date(2027, 7, 15), date(2027, 9, 1)),
        (
            "2027-10-31T02:30+01:00",
            date(2027, 11, 7),
            date(2027, 11, 14),
            date(2027, 12, 31),
        ),  # once more 2:30
        ("2027-12-31T23:59+01:00", date(2028, 1, 7), date(2028, 1, 14), date(2028, 2, 29)),
        ("2028-02-29T08:00+01:00", date(2028, 3, 7), date(2028, 3, 14), date(2028, 4, 29)),
    ],
)
def test_the_day_is_that_of_clocks_in_poland(
    frozen: time_machine.Traveller, sent: str, digital: date, access: date, longest: date
) -> None:
    frozen.move_to(sent)
    for procedure, due in (("digital", digital), ("access", access)):
        receipt = actions.submit(replace(SAID, kind=procedure, form_token=procedure), clock.now())
        row = request_numbered(receipt.request_id)
        assert row
        assert (row.due_on, row.longest_on) == (due, longest)


# --- the person -----------------------------------------------------------------------------------------


def test_the_page_of_accessibility_leads_to_both_and_each_says_its_days(resident: Client) -> None:
    links = resident.visit("/dostepnosc").links()
    assert links["Żądanie zapewnienia dostępności cyfrowej"] == ADDRESSES["digital"]
    assert links["Wniosek o zapewnienie dostępności"] == ADDRESSES["access"]
    page, _number, _pin = ask(resident)
    assert "Odpowiemy najpóźniej: niedziela, 29 listopada 2026 r." in page.text
    assert "piątek, 22 stycznia 2027 r." in page.text
    assert "Rzecznik Praw Obywatelskich (bip.brpo.gov.pl)" in page.links()
    assert resident.visit(f"{ADDRESSES['digital']}/potwierdzenie").text == page.text
    assert resident.visit(f"{ADDRESSES['access']}/potwierdzenie").url == ADDRESSES["access"]
    page, _number, _pin = ask(resident, "access")
    assert "Odpowiemy najpóźniej: niedziela, 6 grudnia 2026 r." in page.text
    assert "w ciągu 30 dni złożyć skargę do Prezesa Zarządu PFRON" in page.text
    assert "nagranie w Polskim Języku Migowym" in resident.visit(ADDRESSES["access"]).text


@pytest.mark.parametrize("procedure", KINDS)
def test_only_what_is_needed_is_asked_and_mistakes_are_said(
    app: Flask, resident: Client, procedure: str
) -> None:
    page = resident.visit(ADDRESSES[procedure])
    asked = {element.get("name") for tag in ("input", "textarea", "select") for element in page.dom.all(tag)}
    assert asked - {"csrf_token", "q", "website", "token"} == {
        *("about", "wish", "name", "channel", "email", "phone", "may", "safe_from", "safe_to")
    }
    page = resident.submit(page, BUTTONS[procedure], wish="Przez telefon")
    assert page.status == 422
    assert page.title.startswith("Błąd:")
    assert page.text.count("bez niego nie możemy odpowiedzieć") == 2
    assert "Przez telefon" in page.text
    page = resident.submit(page, BUTTONS[procedure], **TYPED | {"about": "x" * 2001})
    assert "2000" in page.text
    page = resident.submit(page, BUTTONS[procedure], about="krótko", website="robot")
    assert page.status == 422
    with app.app_context():
        assert db.session.scalar(select(func.count(AccessRequest.id))) == 0
        db.session.remove()


def test_a_double_click_is_one_request(app: Flask, resident: Client) -> None:
    page = resident.visit(ADDRESSES["access"])
    for _ in range(2):
        assert resident.press(page, BUTTONS["access"], **TYPED).status_code == 303
    with app.app_context():
        assert db.session.scalar(select(func.count(AccessRequest.id))) == 1
        assert db.session.scalar(select(func.count(Message.id))) == 1
        db.session.remove()


def test_number_and_pin_open_it_and_nothing_else_does(resident: Client, stranger: Client) -> None:
    _page, number, pin = ask(resident)
    assert stranger.visit("/moj-wniosek/stan").url == "/moj-wniosek"
    assert stranger.visit("/moj-wniosek/wycofaj").url == "/moj-wniosek"
    page = stranger.visit("/moj-wniosek")
    wrong = stranger.submit(page, "Pokaż zgłoszenie", reference=number, pin="000000")
    assert "Nie znamy wniosku z tym numerem i PIN-em" in wrong.text
    page = stranger.submit(page, "Pokaż zgłoszenie", reference=number.lower(), pin=pin)
    assert "Tabela na stronie Pomoc." in page.text
    page = stranger.submit(stranger.visit("/moj-wniosek/wycofaj"), "Tak, wycofaj")
    assert "Nie będziemy się już kontaktować" in page.text
    assert stranger.submit(page, "Zamknij").url == "/"
    assert stranger.visit("/moj-wniosek/stan").url == "/moj-wniosek"


@pytest.mark.usefixtures("context")
def test_one_place_does_not_fill_the_list() -> None:
    for number in range(actions.MOST_PER_SOURCE):
        actions.submit(replace(SAID, form_token=f"form-{number}", source="here"), clock.now())
    with pytest.raises(TooMany):
        actions.submit(replace(SAID, form_token="one more", source="here"), clock.now())


# --- the staff ------------------------------------------------------------------------------------------


def test_staff_see_what_is_due_in_words_answer_it_and_the_person_reads_it(
    app: Flask, frozen: time_machine.Traveller, resident: Client, interviewer: Client
) -> None:
    ask(resident)
    page = interviewer.visit("/panel")
    assert "1 wniosek czeka na odpowiedź" in page.text
    page = interviewer.visit(LIST)
    assert "zostało 7 dni" in page.text
    assert "Ż.P." in page.text
    assert NAME not in page.everything
    page = interviewer.visit(f"{LIST}/1")
    assert "Tabela na stronie Pomoc." in page.text
    page = interviewer.submit(page, "Wyślij odpowiedź", outcome="alternative", words="Tabela jest obrazem.")
    assert page.status == 422
    assert "Napisz, jaki dostęp alternatywny proponujesz" in page.text
    assert "Tabela jest obrazem." in page.text
    page = interviewer.submit(page, "Wyślij odpowiedź", instead="Podamy numery przez telefon.")
    assert "Odpowiedź została zapisana." in page.text
    mine = resident.visit("/moj-wniosek/stan")
    assert "Tabela jest obrazem." in mine.text
    assert "Podamy numery przez telefon." in mine.text
    assert "Ż.P." in interviewer.visit(f"{LIST}?stan=zakonczone").text
    with app.app_context():
        done = list(
            db.session.scalars(select(AuditEntry.action).where(AuditEntry.subject == "access_request"))
        )
        db.session.remove()
    assert [what for what in done if what != "access_request_read"] == [
        *("access_request_submitted", "access_request_alternative"),
    ]
    assert done.count("access_request_read") == 3


def test_what_is_written_is_marked_with_its_language(resident: Client, interviewer: Client) -> None:
    """Nobody hears Polish read as if it were Ukrainian, or the other way round."""
    address = f"/uk{ADDRESSES['access']}"
    resident.submit(resident.visit(address), "Надіслати заяву", **TYPED | {"about": "Важкі двері."})
    page = interviewer.visit(f"{LIST}/1")
    assert '<dd class="as-typed" lang="uk">Важкі двері.</dd>' in page.everything
    page = interviewer.submit(page, "Zawiadom osobę", until="2027-01-22", reason="Czekamy na zawiasy.")
    assert '<p class="as-typed" lang="pl">Czekamy na zawiasy.</p>' in _mine(resident, "/uk")
    said = {"outcome": "fulfilled", "words": "Двері вже легкі.", "words_language": "uk"}
    page = interviewer.submit(page, "Wyślij odpowiedź", **said)
    assert '<dd class="as-typed" lang="uk">Двері вже легкі.</dd>' in page.everything
    assert '<p class="as-typed">Двері вже легкі.</p>' in _mine(resident, "/uk")
    assert '<p class="as-typed" lang="uk">Двері вже легкі.</p>' in _mine(resident)


def _mine(client: Client, prefix: str = "") -> str:
    return client.visit(f"{prefix}/moj-wniosek/stan").everything


def test_longer_only_with_reasons_and_never_longer_than_the_law(
    resident: Client, interviewer: Client
) -> None:
    ask(resident, "access")
    page = interviewer.visit(f"{LIST}/1")
    page = interviewer.submit(page, "Zawiadom osobę", until="2027-01-23")
    assert page.status == 422
    assert "Napisz, dlaczego potrzeba więcej czasu" in page.text
    page = interviewer.submit(page, "Zawiadom osobę", until="2027-01-23", reason="Czekamy na tabliczki.")
    assert page.status == 409
    assert "Najpóźniej: 22 stycznia 2027 r." in page.text
    assert "Czekamy na tabliczki." in page.text
    page = interviewer.submit(page, "Zawiadom osobę", until="2026-12-06")
    assert page.status == 409
    page = interviewer.submit(page, "Zawiadom osobę", until="2027-01-22")
    assert page.status == 200
    assert "Zawiadom osobę" not in page.text
    mine = resident.visit("/moj-wniosek/stan")
    assert "piątek, 22 stycznia 2027 r." in mine.text
    assert "Czekamy na tabliczki." in mine.text


def test_lateness_is_said_to_both_sides_with_the_day_for_a_complaint(
    app: Flask, frozen: time_machine.Traveller, resident: Client, interviewer: Client
) -> None:
    _page, number, pin = ask(resident, "access")
    frozen.shift(timedelta(days=15))
    page = resident.submit(resident.visit("/moj-wniosek"), "Pokaż zgłoszenie", reference=number, pin=pin)
    assert "Spóźniamy się" in page.text
    assert "Ostatni dzień na skargę: wtorek, 5 stycznia 2027 r." in page.text
    with app.app_context():
        row = request_numbered(1)
        assert row
        assert row.days_left(clock.day_of(clock.now())) == -1
        db.session.remove()


def test_a_refusal_says_until_when_to_complain(by: Account) -> None:
    row = request_numbered(actions.submit(SAID, clock.now()).request_id)
    assert row
    row = actions.answer(row.id, 1, "refused", "Nie nasz budynek.", "", by, clock.now())
    assert row.complain_by(date(2026, 11, 22)) == date(2026, 12, 22)
    digital = actions.submit(replace(SAID, kind="digital", form_token="d"), clock.now())
    row = actions.answer(digital.request_id, 1, "refused", "Nie nasza strona.", "", by, clock.now())
    assert row.complain_by(date(2026, 11, 22)) is None


def test_a_card_that_lay_open_changes_nothing(resident: Client, interviewer: Client) -> None:
    ask(resident)
    stale = interviewer.visit(f"{LIST}/1")
    resident.submit(resident.visit("/moj-wniosek/wycofaj"), "Tak, wycofaj")
    page = interviewer.submit(stale, "Wyślij odpowiedź", outcome="fulfilled", words="Gotowe.")
    assert page.status == 409
    assert "ktoś inny zmienił wniosek" in page.text
    assert "NIE kontaktować się" in page.text


# --- what we write --------------------------------------------------------------------------------------


def test_messages_are_neutral_in_the_language_of_the_person(app: Flask, by: Account) -> None:
    contacts = {"email": "osoba@example.com", "sms": "+48500600700"}
    with app.test_request_context():
        for language in FORBIDDEN:
            for channel, contact in contacts.items():
                wish = replace(SAID, channel=channel, contact=contact, language=language)
                receipt = actions.submit(replace(wish, form_token=language + channel), clock.now())
                steps = (
                    lambda: None,
                    lambda r=receipt: actions.extend(
                        r.request_id, 1, date(2027, 1, 2), "Tabliczki", by, clock.now()
                    ),
                    lambda r=receipt: actions.answer(
                        r.request_id, 2, "fulfilled", "Zrobione", "", by, clock.now()
                    ),
                )
                for step in steps:
                    step()
                    message = db.session.scalars(select(Message).order_by(Message.id.desc())).first()
                    assert message
                    letter = messages.render(message)
                    assert letter, message.kind
                    said = f"{letter.subject}\n{letter.text}".replace("\N{NO-BREAK SPACE}", " ")
                    assert betrayed(said, language) == []
                    assert receipt.reference in said
                    secrets = (receipt.pin, NAME, "Tabliczki", "drzwi", "dostępno", "доступн", "accessib")
                    assert not [secret for secret in secrets if secret in said]
                    assert channel == "email" or len(letter.text) <= 80


def test_what_is_no_longer_so_is_not_said(context: None) -> None:
    receipt = actions.submit(SAID, clock.now())
    message = db.session.scalars(select(Message)).one()
    actions.withdraw(receipt.request_id, 1, clock.now())
    assert messages.render(message) is None


# --- the night ------------------------------------------------------------------------------------------


def test_the_night_erases_the_person_and_keeps_the_number(context: None, by: Account) -> None:
    ended = actions.submit(SAID, clock.now()).request_id
    actions.answer(ended, 1, "fulfilled", "Zrobione.", "", by, clock.now())
    forgotten = actions.submit(replace(SAID, form_token="other"), clock.now()).request_id
    row = request_numbered(ended)
    assert row
    day = timedelta(days=1)
    nightly(clock.now() + ACCESS_REQUEST.days * day - day)
    assert db.session.scalar(select(func.count(AccessRequestPerson.request_id))) == 2
    nightly(clock.now() + ACCESS_REQUEST.days * day)
    assert db.session.scalar(select(func.count(AccessRequestPerson.request_id))) == 0
    rows = [request_numbered(one) for one in (ended, forgotten)]
    assert [one and (one.status, one.known_person) for one in rows] == [
        ("fulfilled", None),
        ("expired", None),
    ]


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_the_database_refuses_what_the_law_does(context: None, by: Account, kind: str) -> None:
    receipt = actions.submit(SAID, clock.now())
    for until, code in ((date(2027, 1, 23), "too_late"), (date(2026, 12, 6), "too_early")):
        with pytest.raises(Refused, match=code):
            actions.extend(receipt.request_id, 1, until, "Powód", by, clock.now())
    actions.extend(receipt.request_id, 1, date(2027, 1, 22), "Powód", by, clock.now())
    with pytest.raises(Refused, match="extended"):
        actions.extend(receipt.request_id, 2, date(2027, 1, 22), "Powód", by, clock.now())
    with pytest.raises(Refused, match="no_way"):
        actions.answer(receipt.request_id, 2, "alternative", "Nie da się.", "", by, clock.now())
    person = db.session.get_one(AccessRequestPerson, receipt.request_id)
    assert "drzwi" not in person.about_sealed
    assert person.about == "Za ciężkie drzwi."
