"""Foster care: from interest to the first talk, as the person and the staff live it (journey J4)."""

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from portal import clock
from portal.accounts.models import Account, AuditEntry
from portal.benefits.models import benefit_called
from portal.booking.interpreters import interpreter_to_ask_for_by
from portal.booking.outcomes import Outcome, note_outcome
from portal.cli.working import nightly
from portal.db import db
from portal.errors import Refused, TooMany
from portal.foster import actions, messages
from portal.foster.actions import Interest
from portal.foster.models import Enquiry, EnquiryPerson, QuestionVersion, enquiry_numbered
from portal.foster.talks import book_talk
from portal.outbox.actions import PostOffice, deliver_next
from portal.outbox.models import Message
from portal.programmes.models import service_called
from portal.retention import ENQUIRY
from tests import naive, races
from tests.client import Client, Page
from tests.conftest import browse, free_slots, make_app, only_sqlite, signed_in
from tests.parts import html
from tests.parts.words import FORBIDDEN, betrayed

pytestmark = pytest.mark.pages

FORM = "/rodzicielstwo-zastepcze/zglos-zainteresowanie"
INBOX = "/panel/zgloszenia"
NAME = "Żaneta Próbna"
EMAIL = {"name": NAME, "channel": "email", "email": "osoba@example.com"}
SAID = Interest(NAME, "email", "osoba@example.com", "pl", "form")


def ask(client: Client, language: str = "", **typed: Any) -> tuple[Page, str, str]:
    """The confirmation, the number and the PIN."""
    button = {"": "Wyślij zgłoszenie", "/uk": "Надіслати звернення", "/en": "Send"}[language]
    page = client.submit(client.visit(language + FORM), button, **EMAIL | typed)
    assert page.url == f"{language}{FORM}/potwierdzenie", page.text
    pin = "".join(c for c in html.text_of(page.dom.by_id["pin"]) if c.isdigit())
    return page, html.text_of(page.dom.by_id["reference"]), pin


def enquiries(app: Flask) -> list[Enquiry]:
    with app.app_context():
        found = list(db.session.scalars(select(Enquiry).order_by(Enquiry.id)))
        db.session.remove()
    return found


# --- the promise ----------------------------------------------------------------------------------------


@given(st.dates(date(2025, 1, 1), date(2035, 12, 31)), st.integers(1, 60))
@example(date(2026, 12, 23), 1)
@example(date(2026, 12, 18), 5)
def test_the_promise_counts_only_days_on_which_we_work(day: date, count: int) -> None:
    promised = clock.working_day_after(day, count)
    between = [day + timedelta(days=n) for n in range(1, (promised - day).days + 1)]
    free = {(1, 1), (1, 6), (5, 1), (5, 3), (8, 15), (11, 1), (11, 11), (12, 24), (12, 25), (12, 26)}
    worked = [d for d in between if clock.is_working_day(d)]
    assert len(worked) == count
    assert worked[-1] == promised
    assert all(d.weekday() < 5 and (d.month, d.day) not in free for d in worked)


@pytest.mark.usefixtures("context")
def test_the_promise_jumps_over_christmas_eve(frozen: time_machine.Traveller) -> None:
    for sent, answered in (
        ("2026-11-22T11:00+01:00", date(2026, 11, 27)),
        ("2026-12-18T08:00+01:00", date(2026, 12, 29)),
        ("2026-12-23T23:30+01:00", date(2027, 1, 4)),
    ):
        frozen.move_to(sent)
        enquiry = enquiry_numbered(actions.submit(replace(SAID, form_token=sent), 5, clock.now()).enquiry_id)
        assert enquiry
        assert enquiry.promised_on == answered


# --- the person -----------------------------------------------------------------------------------------


@only_sqlite
def test_from_the_page_that_says_how_to_begin_to_a_booked_talk(
    app: Flask, resident: Client, interviewer: Client
) -> None:
    page = resident.visit("/rodzicielstwo-zastepcze/krok-po-kroku")
    assert page.links()["Wyślij zgłoszenie zainteresowania"] == FORM
    page = resident.visit(FORM)
    assert page.h1 == "Zgłoszenie zainteresowania"
    assert "To nie jest wniosek z art. 43" in page.text
    assert "nie rozpoczyna żadnego postępowania" in page.text
    assert "/prywatnosc/piecza-zastepcza" in page.links().values()
    page, _number, _pin = ask(resident)
    assert "Odpowiemy w ciągu 5 dni roboczych. To znaczy do: piątek, 27 listopada 2026 r." in page.text
    assert "Czego jeszcze nie musisz przygotowywać" in page.text
    assert resident.visit(f"{FORM}/potwierdzenie").text == page.text

    page = resident.submit(page, "Wybierz termin rozmowy")
    assert page.url == "/umow-rozmowe/b1/termin"
    page = resident.submit(page, "Dalej", slot=page.radios("slot")[0])
    assert page.h1 == "Sprawdź i potwierdź rezerwację"
    assert NAME in page.text
    assert "osoba@example.com" in page.text
    page = resident.submit(page, "Zarezerwuj termin")
    assert page.h1 == "Termin zarezerwowany"
    page = resident.visit("/moje-zgloszenie/stan")
    assert "Rozmowa jest umówiona" in page.text
    assert "Wybierz termin rozmowy" not in page.text

    page = interviewer.visit(INBOX)
    assert "Umówiona rozmowa (1)" in page.text
    assert "Nowe (0)" in page.text
    assert NAME not in page.everything
    page = interviewer.visit(f"{INBOX}/1")
    booking = next(url for url in page.links().values() if url.startswith("/panel/rezerwacje/"))
    assert NAME in interviewer.visit(booking).text


def test_a_cancelled_talk_leaves_the_enquiry_open_and_another_one_can_be_booked(
    app: Flask, resident: Client
) -> None:
    page, _number, _pin = ask(resident)
    page = resident.submit(page, "Wybierz termin rozmowy")
    page = resident.submit(page, "Dalej", slot=page.radios("slot")[0])
    resident.submit(page, "Zarezerwuj termin")
    resident.submit(resident.visit("/moja-rezerwacja/odwolaj"), "Tak, odwołaj termin")
    page = resident.visit("/moje-zgloszenie/stan")
    assert "Odpowiemy najpóźniej" in page.text
    with app.app_context():
        assert db.session.get_one(Enquiry, 1).state == "new"
    page = resident.submit(page, "Wybierz termin rozmowy")
    page = resident.submit(page, "Dalej", slot=page.radios("slot")[0])
    assert resident.submit(page, "Zarezerwuj termin").h1 == "Termin zarezerwowany"
    assert "Rozmowa jest umówiona" in resident.visit("/moje-zgloszenie/stan").text, "another booking"


@only_sqlite
def test_mistakes_are_said_in_words_and_nothing_is_lost(app: Flask, resident: Client) -> None:
    page = resident.submit(resident.visit(FORM), "Wyślij zgłoszenie", question="Czy mogę pracować?")
    assert page.status == 422
    assert page.title.startswith("Błąd:")
    assert page.text.count("Wpisz, jak mamy się do Ciebie zwracać") >= 2
    assert "Wybierz sposób kontaktu" in page.text
    assert "Czy mogę pracować?" in page.text
    page = resident.submit(page, "Wyślij zgłoszenie", **EMAIL | {"email": "nikt", "question": "a" * 501})
    assert "Wpisz adres e-mail" in page.text
    assert "500 znaków" in page.text
    page = resident.submit(page, "Wyślij zgłoszenie", **EMAIL | {"question": "krótko", "website": "x"})
    assert page.status == 422
    assert enquiries(app) == []
    page = resident.submit(page, "Wyślij zgłoszenie", website="")
    assert page.h1 == "Mamy Twoje zgłoszenie"


@only_sqlite
def test_nobody_is_asked_what_belongs_to_the_later_procedure(resident: Client) -> None:
    page = resident.visit(FORM)
    asked = {element.get("name") for tag in ("input", "textarea", "select") for element in page.dom.all(tag)}
    asked -= {"csrf_token", "q", "website", "token"}
    assert asked == {
        *("name", "channel", "email", "phone", "may", "safe_from", "safe_to", "needs", "other"),
        *("district", "interests", "training", "meeting", "question"),
    }
    assert not [i for i in page.dom.all("input") if "checked" in i.attrib], "nothing is ticked beforehand"
    assert page.radios("channel") == ["email", "sms", "phone"]


def test_a_double_click_is_one_enquiry_and_relatives_are_sent_to_the_phone(
    app: Flask, resident: Client
) -> None:
    page = resident.visit(FORM)
    assert "85 000 00 03" in page.text
    for _ in range(2):
        assert resident.press(page, "Wyślij zgłoszenie", **EMAIL, interests=["relatives"]).status_code == 303
    page = resident.visit(f"{FORM}/potwierdzenie")
    assert "Twoja droga jest krótsza i prowadzi przez sąd" in page.text
    assert len(enquiries(app)) == 1
    with app.app_context():
        assert db.session.scalar(select(func.count(Message.id))) == 1


def test_number_and_pin_open_it_and_nothing_else_does(resident: Client, stranger: Client) -> None:
    _page, number, pin = ask(resident, training="no", channel="phone", phone="500 600 700")
    assert stranger.visit("/moje-zgloszenie/stan").url == "/moje-zgloszenie"
    for address in ("kontakt", "wycofaj", "usun"):
        assert stranger.visit(f"/moje-zgloszenie/{address}").url == "/moje-zgloszenie"
    assert stranger.visit(f"{FORM}/potwierdzenie").url == FORM
    page = stranger.visit("/moje-zgloszenie")
    wrong = stranger.submit(page, "Pokaż zgłoszenie", reference=number, pin="000000")
    assert "Nie znamy zgłoszenia z tym numerem i PIN-em" in wrong.text
    page = stranger.submit(page, "Pokaż zgłoszenie", reference=number.lower(), pin=pin)
    assert "Odpowiemy najpóźniej: piątek, 27 listopada 2026 r." in page.text
    page = stranger.submit(
        stranger.visit("/moje-zgloszenie/kontakt"), "Zapisz", channel="sms", phone="500 600 701"
    )
    assert "500 600 701" in page.text
    page = stranger.submit(stranger.visit("/moje-zgloszenie/wycofaj"), "Tak, wycofaj")
    assert "Zgłoszenie jest wycofane" in page.text
    page = stranger.submit(stranger.visit("/moje-zgloszenie/usun"), "Tak, usuń wszystko")
    assert "Twoje dane są usunięte" in page.text
    assert NAME not in page.everything
    assert resident.visit(f"{FORM}/potwierdzenie").url == FORM
    page = stranger.visit("/moje-zgloszenie")
    for _ in range(4):
        stranger.submit(page, "Pokaż zgłoszenie", reference=number, pin="000000")
    assert stranger.submit(page, "Pokaż zgłoszenie", reference=number, pin=pin).status == 429


@pytest.mark.usefixtures("context")
def test_one_place_does_not_fill_the_inbox() -> None:
    for number in range(actions.MOST_PER_SOURCE):
        actions.submit(replace(SAID, form_token=f"form-{number}", source="here"), 5, clock.now())
    with pytest.raises(TooMany):
        actions.submit(replace(SAID, form_token="one more", source="here"), 5, clock.now())
    actions.submit(replace(SAID, form_token="one more", source="there"), 5, clock.now())


# --- what residents read --------------------------------------------------------------------------------


@only_sqlite
@pytest.mark.parametrize(
    ("language", "says"), [("", "od 1 czerwca 2024"), ("/uk", "1 червня 2024"), ("/en", "1 June 2024")]
)
def test_the_page_says_everything_in_three_languages(resident: Client, language: str, says: str) -> None:
    page = resident.visit(f"{language}/rodzicielstwo-zastepcze")
    assert page.text.replace("\N{NO-BREAK SPACE}", " ").count(says) == 3
    assert page.dom.by_id["bliscy"] is not None
    assert "tel:+48850000003" in page.links().values()
    assert {
        f"{language}{address}" for address in (FORM, "/rodzicielstwo-zastepcze/sprawdz", "/umow-rozmowe/b1")
    } <= set(page.links().values())
    assert len([e for e in page.dom.all("details") if e.get("lang")]) == 0, "every answer is translated"
    for address in ("", "/formy", "/krok-po-kroku"):
        page = resident.visit(f"{language}/rodzicielstwo-zastepcze{address}")
        assert [a.get("href") for a in page.dom.all("a") if a.get("hreflang")] == [
            f"{code}/rodzicielstwo-zastepcze{address}" for code in ("", "/uk", "/en")
        ]
        main = page.dom.all("main")[0]
        assert not [e for e in main.iter() if e.get("lang") == "pl" and e.tag in {"article", "h1"}]
        own = {a.get("href", "").partition("#")[0] for a in main.iter("a")}
        strays = [url for url in own if url.startswith("/") and not url.startswith(f"{language}/")]
        assert strays == [], "nobody is led out of their language"
    steps = resident.visit(f"{language}/rodzicielstwo-zastepcze/krok-po-kroku").dom.all("ol")
    assert [len(list(ol)) for ol in steps if ol.get("class") is None] == [7]


@only_sqlite
def test_amounts_follow_their_data(app: Flask, resident: Client) -> None:
    with app.app_context():
        benefit = benefit_called("piecza-spokrewniona")
        assert benefit
        benefit.amounts[0].amount, benefit.amounts[0].valid_from = Decimal(1111), date(2026, 6, 1)
        db.session.commit()
    page = resident.visit("/rodzicielstwo-zastepcze")
    assert "1 111,00 zł, od 1 czerwca 2026 r." in page.text
    assert "1 002" not in page.text
    with app.app_context():
        benefit = benefit_called("piecza-spokrewniona")
        assert benefit
        benefit.amounts[0].valid_to = date(2026, 11, 21)
        db.session.commit()
    page = resident.visit("/rodzicielstwo-zastepcze")
    assert "1 111" not in page.text
    assert "Kwota jest aktualizowana" in page.text


@only_sqlite
@pytest.mark.parametrize("language", ["", "/uk", "/en"])
def test_the_self_check_keeps_and_sends_nothing_and_refuses_nobody(resident: Client, language: str) -> None:
    page = resident.visit(f"{language}/rodzicielstwo-zastepcze/sprawdz")
    assert "Set-Cookie" not in page.response.headers
    main = page.dom.all("main")[0]
    sent = [e for tag in ("form", "input", "button", "script") for e in main.iter(tag)]
    assert sent == [], "there is nothing with which an answer could be sent"
    assert not [a for a in main.iter("a") if "?" in a.get("href", "")]
    assert len(list(main.iter("details"))) >= 14
    for refusal in ("nie kwalifik", "не підход", "not qualif", "not eligible", "nie możesz zostać"):
        assert refusal not in page.text.casefold()
    ending = {"": "porozmawiaj z nami", "/uk": "поговоріть із нами", "/en": "talk to us"}[language]
    assert ending in page.text.casefold()


@only_sqlite
def test_editors_keep_the_questions(app: Flask, resident: Client, editor: Client) -> None:
    there = "/panel/zgloszenia/pytania"
    page = editor.visit(f"{there}/nowe")
    page = editor.submit(page, "Zapisz", question="Czy pies przeszkadza?", answer="Nie.", answer_uk="Ні.")
    assert page.status == 422
    assert "Przetłumacz pytanie i odpowiedź" in page.text
    page = editor.submit(page, "Zapisz", question_uk="Чи заважає собака?")
    assert page.url == there
    assert "Czy pies przeszkadza?" in resident.visit("/rodzicielstwo-zastepcze").text
    assert "Чи заважає собака?" in resident.visit("/uk/rodzicielstwo-zastepcze").text
    (asked,) = [
        e for e in resident.visit("/en/rodzicielstwo-zastepcze").dom.all("details") if e.get("lang") == "pl"
    ]
    assert "Czy pies przeszkadza?" in html.text_of(asked)

    found = resident.visit("/szukaj?q=pies+przeszkadza").links()
    assert found["Czy pies przeszkadza?"].startswith("/rodzicielstwo-zastepcze#question-")

    def in_order() -> list[str]:
        page = resident.visit("/rodzicielstwo-zastepcze")
        return [html.text_of(summary) for summary in page.dom.all("summary")]

    before = in_order()
    editor.submit(page, "Wyżej: Czy pies przeszkadza?", places="-1")
    assert in_order() == [*before[:-2], before[-1], before[-2]]
    for _ in range(9):
        editor.submit(page, "Wyżej: Czy pies przeszkadza?", places="-1")
    assert in_order() == [before[-1], *before[:-1]]

    number = page.links()["Czy pies przeszkadza?"]
    stale = editor.visit(number)
    page = editor.submit(editor.visit(number), "Zapisz", answer="Nie, jeśli lubi dzieci.")
    conflict = editor.submit(stale, "Zapisz", answer="Moja odpowiedź")
    assert conflict.status == 409
    assert "Nie, jeśli lubi dzieci." in conflict.text
    assert "Moja odpowiedź" in conflict.text
    page = editor.visit(number)
    page = editor.submit(editor.visit(page.links()["Wstaw ten tekst do formularza: nr 1"]), "Zapisz")
    assert page.url == there
    page = editor.submit(editor.visit(number), "Zapisz", is_shown=[])
    assert "Mieszkańcy tego nie widzą" in page.text
    assert before[-1] not in in_order()
    assert "Czy pies przeszkadza?" not in resident.visit("/szukaj?q=pies+przeszkadza").links()
    with app.app_context():
        kept = db.session.scalars(
            select(QuestionVersion.answer).order_by(QuestionVersion.id.desc()).limit(4)
        ).all()
        noted = db.session.scalars(select(AuditEntry.action).where(AuditEntry.subject == "question")).all()
        db.session.remove()
    assert kept == ["Nie.", "Nie.", "Nie, jeśli lubi dzieci.", "Nie."]
    assert noted[-15:].count("question_moved") == 10
    assert noted[-15:].count("question_saved") >= 4


# --- what we write --------------------------------------------------------------------------------------


def test_messages_are_neutral_in_the_language_of_the_person(app: Flask) -> None:
    contacts = {"email": "osoba@example.com", "sms": "+48500600700"}
    with app.test_request_context():
        for language, channel in product(FORBIDDEN, contacts):
            wish = replace(SAID, channel=channel, contact=contacts[channel], language=language)
            receipt = actions.submit(replace(wish, form_token=language + channel), 5, clock.now())
            message = db.session.scalars(select(Message).order_by(Message.id.desc())).first()
            assert message
            letter = messages.render(message)
            assert letter
            said = f"{letter.subject}\n{letter.text}".replace("\N{NO-BREAK SPACE}", " ")
            assert betrayed(said, language) == []
            assert receipt.reference in said
            assert "27" in said, "the day of the promise"
            assert not [secret for secret in (receipt.pin, NAME) if secret in said]
            assert channel == "email" or len(said) <= 71, "one text message"


@only_sqlite
def test_the_pages_of_ones_own_enquiry_are_neutral(resident: Client) -> None:
    ask(resident, "/uk")
    for language, address in product(FORBIDDEN, ("", "/stan", "/kontakt", "/wycofaj", "/usun")):
        prefix = "" if language == "pl" else f"/{language}"
        page = resident.visit(f"{prefix}/moje-zgloszenie{address}")
        own_words = page.title.split(" – Miejski")[0]
        assert betrayed(f"{own_words} {page.h1} {page.text}", language) == [], page.url


def test_one_contact_is_written_to_once_an_hour(app: Flask, frozen: time_machine.Traveller) -> None:
    office: PostOffice = app.extensions["post_office"]

    def sent() -> int:
        while deliver_next(office, clock.now()):
            pass
        query = select(func.count(Message.id)).where(Message.state == "sent")
        return db.session.scalar(query) or 0

    with app.app_context():
        for number in range(8):
            actions.submit(replace(SAID, form_token=f"form-{number}"), 5, clock.now())
        assert sent() == 1
        frozen.shift(timedelta(hours=1, minutes=1))
        assert sent() == 2
        for _ in range(10):
            frozen.shift(timedelta(hours=1, minutes=1))
            sent()
        assert sent() == 5
        db.session.remove()


# --- the staff ------------------------------------------------------------------------------------------


def test_staff_move_it_through_its_states_in_one_click_each(
    app: Flask, resident: Client, interviewer: Client
) -> None:
    ask(resident, question="Czy mogę dalej pracować?")
    page = interviewer.visit("/panel")
    assert "1 zgłoszenie czeka na pierwszą odpowiedź" in page.text
    page = interviewer.visit(INBOX)
    assert "Nowe (1)" in page.text
    assert "Ż.P." in page.text
    assert NAME not in page.everything
    assert "osoba@example.com" not in page.everything
    page = interviewer.submit(page, f"Biorę: Ż.P., {enquiries(app)[0].reference}", to="2")
    assert "Zespół rozmów" in page.text
    page = interviewer.submit(
        page, f"Jesteśmy w kontakcie: Ż.P., {enquiries(app)[0].reference}", to="in_contact"
    )
    assert "W kontakcie (1)" in page.text
    page = interviewer.visit(f"{INBOX}/1")
    assert "Czy mogę dalej pracować?" in page.text
    page = interviewer.submit(page, "Zapisz notatkę", note="Oddzwonić w piątek.")
    assert "Oddzwonić w piątek." in page.text
    page = interviewer.submit(page, "Zakończ zgłoszenie")
    assert page.status == 422
    assert "Wybierz, jak się skończyło" in page.text
    page = interviewer.submit(page, "Zakończ zgłoszenie", reason="not_now")
    assert "Nie teraz" in page.text
    assert "Ż.P." in interviewer.visit(f"{INBOX}?stan=zakonczone").text
    page = interviewer.submit(page, "Wróć do zgłoszenia", to="in_contact")
    assert "W kontakcie" in page.text
    with app.app_context():
        done = list(db.session.scalars(select(AuditEntry.action).where(AuditEntry.subject == "enquiry")))
        db.session.remove()
    assert [what for what in done if what != "enquiry_read"] == [
        *("enquiry_submitted", "enquiry_assigned", "enquiry_in_contact", "enquiry_note_changed"),
        *("enquiry_finished", "enquiry_in_contact"),
    ]
    assert done.count("enquiry_read") >= 4


def test_nobody_is_led_to_a_page_that_they_may_not_open(app: Flask, resident: Client) -> None:
    page, _number, _pin = ask(resident)
    page = resident.submit(page, "Wybierz termin rozmowy")
    resident.submit(resident.submit(page, "Dalej", slot=page.radios("slot")[0]), "Zarezerwuj termin")
    team = signed_in(app, "foster_team")
    for page in (team.visit("/panel"), team.visit(INBOX), team.visit(f"{INBOX}/1")):
        for name, address in page.links().items():
            if address.startswith("/panel"):
                assert team.get(address).status_code != 403, f"{page.url}: {name}"
    assert "Zarezerwowany termin:" in page.text


def test_a_card_that_lay_open_changes_nothing(app: Flask, resident: Client, interviewer: Client) -> None:
    ask(resident)
    stale = interviewer.visit(f"{INBOX}/1")
    resident.submit(resident.visit("/moje-zgloszenie/wycofaj"), "Tak, wycofaj")
    for button, typed in (
        (f"Jesteśmy w kontakcie: Ż.P., {enquiries(app)[0].reference}", {"to": "in_contact"}),
        ("Zapisz notatkę", {"note": "Nowa notatka"}),
        ("Zakończ zgłoszenie", {"reason": "not_now"}),
        ("Zapisz", {"to": "2"}),
    ):
        page = interviewer.submit(stale, button, **typed)
        assert page.status == 409, button
        assert "Ktoś zmienił zgłoszenie" in page.text
    assert "Nowa notatka" in interviewer.submit(stale, "Zapisz notatkę", note="Nowa notatka").text
    assert enquiries(app)[0].reason == "withdrawn"
    page = interviewer.visit(f"{INBOX}/1")
    assert "Ta osoba wycofała zgłoszenie." in page.text
    assert "osoba@example.com" not in page.text, "nobody contacts who has withdrawn"


@only_sqlite
def test_overdue_is_said_in_words(app: Flask, resident: Client, frozen: time_machine.Traveller) -> None:
    ask(resident)
    frozen.move_to("2026-11-27T23:59+01:00")
    staff = signed_in(app, "interviewer")
    assert "odpowiedź dziś" in staff.visit(INBOX).text
    frozen.shift(timedelta(minutes=1))
    assert "po terminie: odpowiedź była na 27 listopada 2026 r." in staff.visit(INBOX).text
    assert "1 po terminie" in staff.visit("/panel").text
    team = signed_in(app, "foster_team").visit("/panel")
    assert "1 zgłoszenie czeka na pierwszą odpowiedź" in team.text
    assert "1 po terminie" in team.text


@pytest.mark.usefixtures("context")
def test_an_enquiry_is_only_given_to_who_may_handle_it(by: Account) -> None:
    actions.submit(SAID, 5, clock.now())
    with pytest.raises(Refused, match="not_here"):
        actions.assign(1, 1, 1, by, clock.now())  # the editor
    actions.assign(1, 1, by.id, by, clock.now())


@only_sqlite
def test_staff_book_a_talk_that_belongs_to_the_enquiry(app: Flask, resident: Client) -> None:
    _page, number, _pin = ask(resident, needs=["large_print"], safe_from="16:00", safe_to="18:00")
    staff = signed_in(app, "foster_team")
    page = staff.visit(INBOX)
    assert "od 16:00 do 18:00" in page.text
    page = staff.visit(staff.visit(f"{INBOX}/1").links()["Zarezerwuj termin dla tej osoby"])
    assert "Duży druk" in page.text
    stale, other = page, signed_in(app, "interviewer")
    elsewhere = other.visit(page.url)
    page = staff.submit(page, "Zarezerwuj termin")
    assert page.h1 == "Termin zarezerwowany"
    assert html.text_of(page.dom.by_id["reference"]) != number
    assert staff.submit(stale, "Zarezerwuj termin").text == page.text, "the same page sent twice"
    later = other.submit(elsewhere, "Zarezerwuj termin")
    assert later.url == f"{INBOX}/1"
    assert "Rozmowa jest już umówiona" in later.text
    page = staff.visit(INBOX)
    assert "Umówiona rozmowa (1)" in page.text
    card = staff.visit(f"{INBOX}/1")
    assert "Zarezerwowany termin:" in card.text
    assert not [url for url in card.links().values() if "/rezerwacje" in url], "no way to what is not theirs"
    assert "Rozmowa jest umówiona" in resident.visit("/moje-zgloszenie/stan").text
    with app.app_context():
        enquiry = enquiry_numbered(1)
        assert enquiry
        assert enquiry.talk
        assert enquiry.talk.person
        assert (enquiry.talk.person.name, enquiry.talk.person.need_codes) == (NAME, ["large_print"])
        db.session.remove()


def test_a_time_of_a_number_that_no_table_can_hold_is_refused_in_words(app: Flask, resident: Client) -> None:
    """No page of ours sends it; PostgreSQL was asked for it all the same, and broke."""
    ask(resident)
    staff = signed_in(app, "foster_team")
    page = staff.visit(f"{INBOX}/1/rozmowa")
    for number in ("9" * 20, str(2**31), "-1", "x"):
        answer = staff.submit(page, "Zarezerwuj termin", slot=number)
        assert answer.status == 422, number
        assert "Wybierz jedną z podanych możliwości" in answer.text


@only_sqlite
def test_whoever_is_interested_asks_for_a_call_in_safe_hours(
    app: Flask, resident: Client, frozen: time_machine.Traveller
) -> None:
    page, _number, _pin = ask(resident)
    page = resident.visit(page.links()["Poproś o telefon"])
    assert [i.get("value") for i in page.dom.all("input") if "checked" in i.attrib] == ["phone"]
    page = resident.submit(page, "Zapisz", phone="500 600 700", safe_from="16:00", safe_to="18:00")
    assert "Zadzwonimy do Ciebie: od 16:00 do 18:00" in page.text
    for hour, is_now in ((15, False), (16, True), (18, False)):
        frozen.move_to(f"2026-11-23T{hour}:00+01:00")
        (row,) = [
            tr
            for tr in signed_in(app, "foster_team").visit(INBOX).dom.all("tr")
            if "Ż.P." in html.text_of(tr)
        ]
        assert "Telefon, od 16:00 do 18:00" in html.text_of(row)
        assert ("teraz" in html.text_of(row)) is is_now
        assert "500 600 700" not in html.text_of(row)


@only_sqlite
def test_a_meeting_says_that_there_is_room_and_until_when_to_ask_for_an_interpreter(
    app: Flask, resident: Client, frozen: time_machine.Traveller
) -> None:
    page = resident.visit("/rodzicielstwo-zastepcze")
    told = page.text
    assert "czwartek, 14 stycznia 2027 r., 17:00–18:30" in told
    assert (
        "Są wolne miejsca. O tłumacza języka migowego (PJM) poproś wcześniej. Ostatni dzień: poniedziałek, 11 stycznia"
        in page.text
    )
    page, _number, _pin = ask(resident)
    page = resident.submit(page, "Przyjdź na spotkanie w grupie", kind="meeting")
    assert page.url == "/umow-rozmowe/b2/termin"
    page = resident.submit(page, "Dalej", slot=page.radios("slot")[0])
    assert NAME in page.text
    assert resident.submit(page, "Zarezerwuj termin").h1 == "Termin zarezerwowany"
    assert "Rozmowa jest umówiona" in resident.visit("/moje-zgloszenie/stan").text
    assert (
        browse(app).visit("/rodzicielstwo-zastepcze").text == told
    )  # nobody learns that somebody has booked
    frozen.move_to("2027-01-12T10:00+01:00")
    page = resident.visit("/rodzicielstwo-zastepcze")
    assert "poproś wcześniej" not in page.text
    assert "możemy zapewnić tylko tłumacza online" in page.text


def test_after_a_meeting_a_talk_can_be_booked(
    app: Flask, by: Account, frozen: time_machine.Traveller
) -> None:
    actions.submit(SAID, 5, clock.now())
    enquiry, meeting, talk = enquiry_numbered(1), service_called("b2"), service_called("b1")
    assert enquiry
    assert meeting
    assert talk
    book_talk(enquiry, meeting, free_slots("b2")[0], by, clock.now())
    with pytest.raises(Refused, match="booked"):
        book_talk(enquiry, talk, free_slots("b1")[0], by, clock.now())
    enquiry = enquiry_numbered(1)
    assert enquiry
    assert enquiry.talk
    assert enquiry.talk.slot
    frozen.move_to(enquiry.talk.slot.ends_at + timedelta(minutes=5))
    note_outcome(enquiry.talk.id, enquiry.talk.version, Outcome("attended"), by, clock.now())
    book_talk(enquiry, talk, free_slots("b1")[0], by, clock.now())
    fresh = enquiry_numbered(1)
    assert fresh
    assert fresh.talk
    assert fresh.talk.service.code == "b1"


@given(st.dates(date(2025, 1, 1), date(2035, 12, 31)))
@settings(max_examples=60)
@example(date(2027, 1, 14))
@example(date(2026, 12, 28))
def test_the_last_day_to_ask_for_an_interpreter_is_the_rule_read_backwards(day: date) -> None:
    last = interpreter_to_ask_for_by(day)
    assert clock.working_day_after(last, 3) <= day < clock.working_day_after(last + timedelta(days=1), 3)


# --- the end --------------------------------------------------------------------------------------------


def test_people_are_erased_in_the_night_that_was_shown(
    app: Flask, by: Account, frozen: time_machine.Traveller
) -> None:
    sent = clock.now()
    for number in range(2):
        actions.submit(replace(SAID, form_token=f"form-{number}"), 5, sent)
    frozen.shift(timedelta(days=10))
    actions.step(1, 1, "finished", by, clock.now(), "not_now")
    ended, forgotten = enquiry_numbered(1), enquiry_numbered(2)
    assert ended
    assert forgotten
    assert forgotten.deleted_on == clock.day_of(sent) + timedelta(days=ENQUIRY.days)
    assert ended.deleted_on == forgotten.deleted_on + timedelta(days=10)
    for number, day in ((2, forgotten.deleted_on), (1, ended.deleted_on)):
        frozen.move_to(clock.day_start(day) - timedelta(hours=1))
        nightly(clock.now())
        assert db.session.get(EnquiryPerson, number), "not a night too early"
        frozen.move_to(clock.day_start(day) + timedelta(hours=4))
        nightly(clock.now())
        assert db.session.get(EnquiryPerson, number) is None
    rows = db.session.execute(select(Enquiry.status, Enquiry.reason).order_by(Enquiry.id)).all()
    assert [tuple(row) for row in rows] == [("finished", "not_now"), ("finished", "expired")]


@pytest.mark.usefixtures("context")
def test_nothing_readable_lies_in_the_database() -> None:
    secret = {"question": "tajne pytanie", "district": "tajne osiedle", "interests": ("home",)}
    actions.submit(replace(SAID, **secret), 5, clock.now())  # type: ignore[arg-type]
    row = db.session.execute(select(EnquiryPerson.__table__)).one()
    assert not re.search("Żaneta|osoba@|tajne|home", repr(tuple(row)))


def test_two_browsers_that_go_on_to_a_talk_make_one_booking(app: Flask, resident: Client) -> None:
    page, number, pin = ask(resident)
    other = browse(app)
    there = other.submit(other.visit("/moje-zgloszenie"), "Pokaż zgłoszenie", reference=number, pin=pin)
    at = [
        (client, client.submit(p, "Wybierz termin rozmowy"))
        for client, p in ((resident, page), (other, there))
    ]
    at = [(client, client.submit(p, "Dalej", slot=p.radios("slot")[0])) for client, p in at]
    references = {
        html.text_of(client.submit(p, "Zarezerwuj termin").dom.by_id["reference"]) for client, p in at
    }
    assert len(references) == 1


# --- at the same moment ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "runner",
    [races.send_one_enquiry, pytest.param(naive.send_one_enquiry, marks=pytest.mark.torture)],
    ids=["ours", "naive"],
)
def test_one_form_sent_by_many_processes_is_one_enquiry(
    database: str, tmp_path: Path, runner: races.Runner
) -> None:
    """Real processes; the obvious code, which only looks before it writes, keeps more than one."""
    told = races.race(runner, 6, database, tmp_path, form="f" * 64)
    app = make_app(database, tmp_path)
    with app.app_context():
        kept = db.session.scalar(select(func.count(Enquiry.id)))
        messages_waiting = db.session.scalar(select(func.count(Message.id)))
        db.session.remove()
        db.engine.dispose()
    if runner is races.send_one_enquiry:
        assert (len(set(told)), kept, messages_waiting) == (1, 1, 1)
    else:
        assert kept
        assert kept > 1
