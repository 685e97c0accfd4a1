"""Booking as a resident does it, without scripts: from the programme to the confirmation, and back out again."""

import re
from typing import Any

import pytest
import time_machine
from flask import Flask
from icalendar import Calendar
from sqlalchemy import update

from portal.booking.models import BookingPerson
from portal.db import db
from portal.outbox.models import Message
from portal.programmes.models import Service
from tests.client import Client, Page
from tests.conftest import browse, only_sqlite, signed_in
from tests.parts import html
from tests.parts.words import betrayed

pytestmark = pytest.mark.pages

PRIVATE = "Żaneta"
NUMBERS = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}|\d+|wtorek|czwartek|listopada|grudnia")
EMAIL = {"channel": "email", "email": "osoba@example.com"}


def choose(client: Client, number: int = 0) -> Page:
    """The first step, begun anew."""
    client.get("/wyjscie")
    return choose_again(client, number)


def choose_again(client: Client, number: int = 0) -> Page:
    """Choose a slot with the answers given so far."""
    page = client.visit("/umow-rozmowe/a1/termin")
    return client.submit(page, "Dalej", slot=page.radios("slot")[number])


def reach_contact(client: Client, number: int = 0, *needs: str) -> Page:
    return client.submit(choose(client, number), "Dalej", needs=list(needs))


def reach_check(client: Client, number: int = 0, **contact: str) -> Page:
    contact = contact or EMAIL
    return client.submit(reach_contact(client, number), "Dalej", name=PRIVATE, **contact)


def book(client: Client, number: int = 0, **contact: str) -> tuple[Page, str, str]:
    """The confirmation page, the reference and the PIN."""
    page = client.submit(reach_check(client, number, **contact), "Zarezerwuj termin")
    assert page.h1 == "Termin zarezerwowany"
    reference = html.text_of(page.dom.by_id["reference"])
    pin = "".join(c for c in html.text_of(page.dom.by_id["pin"]) if c.isdigit())
    return page, reference, pin


def test_from_the_programme_to_the_confirmation_in_six_pages(resident: Client) -> None:
    page = resident.visit("/programy/bez-przemocy")
    start = next(url for url in page.links().values() if url.endswith("/umow-rozmowe/a1"))
    page = resident.visit(start)
    assert "To nie jest wniosek ani podanie." in page.text
    assert "45 minut" in page.text
    page = resident.visit("/umow-rozmowe/a1/termin")
    assert page.h1 == "Wybierz termin rozmowy"
    page, reference, pin = book(resident)
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", reference)
    assert re.fullmatch(r"\d{6}", pin)
    assert resident.visit("/umow-rozmowe/a1/potwierdzenie").text == page.text


def test_mistakes_are_said_in_words_and_nothing_is_lost(resident: Client) -> None:
    page = resident.submit(resident.visit("/umow-rozmowe/a1/termin"), "Dalej")
    assert page.status == 422
    assert page.title.startswith("Błąd:")
    assert "Formularz zawiera błędy" in page.text
    assert page.text.count("Wybierz termin rozmowy") >= 2
    page = resident.submit(reach_contact(resident), "Dalej", name="")
    assert "Wybierz sposób kontaktu albo zaznacz, że zapiszesz kod" in page.text
    page = resident.submit(page, "Dalej", name=PRIVATE, channel="phone", phone="12")
    assert page.status == 422
    assert "Wpisz numer telefonu, na przykład 500 600 700" in page.text
    assert f'value="{PRIVATE}"' in page.everything
    assert 'value="12"' in page.everything


@pytest.mark.parametrize(
    "phone",
    ["500 600 700", "500-600-700", "+48 500600700", "0048500600700", "(85) 000 00 01", "+380 44 123 4567"],
)
@only_sqlite
def test_phones_are_read_as_people_write_them_and_shown_as_written(resident: Client, phone: str) -> None:
    page = reach_check(resident, channel="phone", phone=phone)
    assert page.h1 == "Sprawdź i potwierdź rezerwację"
    assert phone in page.text


@only_sqlite
def test_every_answer_can_be_changed_and_leads_back_to_the_check(resident: Client) -> None:
    page = reach_check(resident)
    change = next(url for name, url in page.links().items() if name.startswith("Zmień") and "#name" in url)
    page = resident.visit(change.partition("#")[0])
    assert f'value="{PRIVATE}"' in page.everything
    page = resident.submit(page, "Dalej", name="Ktoś inny")
    assert page.h1 == "Sprawdź i potwierdź rezerwację"
    assert "Ktoś inny" in page.text
    page = choose_again(resident, 3)
    assert page.h1 == "Sprawdź i potwierdź rezerwację"


def test_no_contact_at_all_is_a_complete_way(resident: Client, administrator: Client) -> None:
    book(resident, channel="none")
    assert "Nie ma jeszcze wiadomości" in administrator.visit("/panel/wiadomosci").text


@only_sqlite
def test_steps_cannot_be_skipped(resident: Client) -> None:
    assert resident.visit("/umow-rozmowe/a1/kontakt").url == "/umow-rozmowe/a1/termin"
    assert resident.visit("/umow-rozmowe/a1/sprawdz").url == "/umow-rozmowe/a1/termin"
    assert resident.visit("/umow-rozmowe/a1/potwierdzenie").url == "/umow-rozmowe/a1"
    assert resident.get("/umow-rozmowe/zz").status_code == 404


@pytest.mark.parametrize("week", ["", "?tydzien=2026-11-23"])
@pytest.mark.parametrize("slot", ["0", "-1", "999999999999", "9" * 20, "abc", "1e9", "", "1;drop", "\x00"])
@only_sqlite
def test_made_up_slots_are_refused_politely(resident: Client, slot: str, week: str) -> None:
    page = resident.visit("/umow-rozmowe/a1/termin")
    page.form("Dalej").set("action", f"/umow-rozmowe/a1/termin{week}")
    page = resident.submit(page, "Dalej", slot=slot)
    assert page.status in {409, 422}
    assert page.radios("slot")


def test_two_want_one_slot_and_the_loser_is_helped(resident: Client, app: Flask) -> None:
    other = browse(app)
    reach_check(resident, 4)
    theirs = resident.visit("/umow-rozmowe/a1/termin")
    wanted = theirs.radios("slot")[0]
    page = other.visit("/umow-rozmowe/a1/termin")
    other.submit(page, "Dalej", slot=wanted)
    lost = resident.submit(theirs, "Dalej", slot=wanted)
    assert lost.status == 409
    assert "Ten termin został właśnie zajęty. Wybierz inny." in lost.text
    assert "Twoje odpowiedzi zostały zachowane." in lost.text
    assert PRIVATE in lost.text
    assert wanted not in lost.radios("slot")
    again = resident.submit(lost, "Dalej", slot=lost.radios("slot")[0])
    assert again.h1 == "Sprawdź i potwierdź rezerwację"


def test_a_hold_that_ran_out_is_confirmed_while_there_is_room_and_lost_politely_otherwise(
    resident: Client, app: Flask, frozen: time_machine.Traveller
) -> None:
    check = reach_check(resident)
    frozen.shift(21 * 60)
    thief = browse(app)
    theirs = reach_check(thief)
    lost = resident.submit(check, "Zarezerwuj termin")
    assert lost.status == 409
    assert PRIVATE in lost.text
    frozen.shift(21 * 60)
    assert thief.submit(theirs, "Zarezerwuj termin").h1 == "Termin zarezerwowany"


def test_pressing_twice_is_one_booking(resident: Client, administrator: Client) -> None:
    check = reach_check(resident)
    first = resident.submit(check, "Zarezerwuj termin")
    second = resident.submit(check, "Zarezerwuj termin")
    assert first.text == second.text
    assert (
        len(re.findall(r'href="/panel/rezerwacje/\d+"', administrator.visit("/panel/rezerwacje").everything))
        == 1
    )


def test_reference_and_pin_show_and_cancel_the_booking(resident: Client, app: Flask) -> None:
    _, reference, pin = book(resident)
    phone = browse(app)
    page = phone.submit(phone.visit("/moja-rezerwacja"), "Pokaż rezerwację", reference=reference, pin=pin)
    assert "wtorek, 24 listopada 2026 r." in page.text
    ask = phone.visit("/moja-rezerwacja/odwolaj")
    assert "wtorek, 24 listopada 2026 r." in phone.visit("/moja-rezerwacja/termin").text
    done = phone.submit(ask, "Tak, odwołaj termin")
    assert "Termin odwołany" in done.text
    free = browse(app).visit("/umow-rozmowe/a1/termin")
    assert "24 listopada" in free.text


def test_every_wrong_pair_gets_the_same_answer(resident: Client) -> None:
    _, reference, pin = book(resident)
    find = resident.visit("/moja-rezerwacja")
    wrong_pin = resident.submit(
        find, "Pokaż rezerwację", reference=reference, pin="000000" if pin != "000000" else "1"
    )
    unknown = resident.submit(find, "Pokaż rezerwację", reference="0000-0000", pin=pin)
    assert wrong_pin.status == unknown.status == 422
    assert wrong_pin.text == unknown.text
    assert resident.visit("/moja-rezerwacja/termin").url == "/moja-rezerwacja"


@only_sqlite
def test_without_proof_nothing_of_a_booking_is_shown(resident: Client, stranger: Client) -> None:
    assert stranger.visit("/moja-rezerwacja/termin").url == "/moja-rezerwacja"
    assert stranger.visit("/moja-rezerwacja/odwolaj").url == "/moja-rezerwacja"


@only_sqlite
def test_a_shared_phone_forgets_the_booking(resident: Client) -> None:
    page, *_ = book(resident)
    resident.submit(page, "Ukryj rezerwację")
    assert resident.visit("/umow-rozmowe/a1/potwierdzenie").url == "/umow-rozmowe/a1"


@only_sqlite
def test_no_page_of_the_flow_betrays_what_it_is_about(resident: Client) -> None:
    pages = [resident.visit("/umow-rozmowe/a1"), resident.visit("/umow-rozmowe/a1/termin")]
    pages += [choose(resident), reach_contact(resident)]
    pages += [reach_check(resident), book(resident)[0], resident.visit("/moja-rezerwacja")]
    for page in pages:
        seen = f"{page.title}\n{page.text}\n{page.url}".lower()
        assert betrayed(seen) == [], page.url
        assert page.response.headers["X-Robots-Tag"] == "noindex"
        assert page.response.headers["Cache-Control"] == "no-store"


@only_sqlite
def test_nothing_personal_is_ever_in_an_address_or_a_title(resident: Client) -> None:
    for page in (choose(resident), reach_check(resident), book(resident)[0]):
        assert PRIVATE.lower() not in (page.url + page.title).lower()
        assert "osoba" not in page.url


@only_sqlite
def test_the_cookie_can_be_read_by_nobody(resident: Client) -> None:
    reach_check(resident)
    cookie = resident.get_cookie("portal")
    assert cookie
    assert cookie.value.startswith("v1.test.")
    assert len(cookie.value) < 1024
    resident.set_cookie("portal", cookie.value[:-4] + "AAAA")
    assert resident.visit("/umow-rozmowe/a1/sprawdz").url == "/umow-rozmowe/a1/termin"


def test_staff_see_the_booking_by_initials_and_opening_it_is_noted(
    resident: Client, interviewer: Client
) -> None:
    book(resident, channel="none")
    listed = interviewer.visit("/panel/rezerwacje")
    assert PRIVATE not in listed.everything
    assert "Ż." in listed.text
    address = re.search(r'href="(/panel/rezerwacje/\d+)"', listed.everything)
    assert address
    card = interviewer.visit(address[1])
    assert PRIVATE in card.text
    assert "NIE kontaktować się" in card.text


def test_a_week_without_room_and_a_kind_without_slots_help_on(
    resident: Client, frozen: time_machine.Traveller
) -> None:
    frozen.shift(70 * 24 * 3600)
    page = resident.visit("/umow-rozmowe/a1/termin")
    assert page.status == 200
    assert "Nie ma teraz wolnych terminów" in page.text
    assert "85 000 00 01" in page.text
    assert "85 000 00 02" in page.text


@only_sqlite
def test_the_whole_flow_works_in_ukrainian_and_english(resident: Client) -> None:
    for prefix, button, done in (("/en", "Next", "Time booked"), ("/uk", "Далі", None)):
        page = resident.visit(f"{prefix}/umow-rozmowe/a1/termin")
        page = resident.submit(page, button, slot=page.radios("slot")[0])
        assert page.url == f"{prefix}/umow-rozmowe/a1/potrzeby"
        page = resident.submit(page, button)
        assert f'lang="{prefix[1:]}"' in page.everything
        page = resident.submit(page, button, name="Оксана", channel="none")
        page = resident.submit(page, "Book this time" if done else "Забронювати цей час")
        assert done is None or page.h1 == done
        resident.get("/wyjscie")
        resident.delete_cookie("portal")


def test_a_person_whose_key_is_gone_breaks_no_page(
    resident: Client, administrator: Client, app: Flask
) -> None:
    book(resident)
    with app.app_context():
        db.session.execute(
            update(BookingPerson).values(name_sealed="v1.gone.AAAA", contact_sealed="v1.gone.AAAA")
        )
        db.session.commit()
    assert resident.visit("/umow-rozmowe/a1/potwierdzenie").status == 200
    listed = administrator.visit("/panel/rezerwacje")
    assert "nie do odczytania" in listed.text
    address = re.search(r'href="(/panel/rezerwacje/\d+)"', listed.everything)
    assert address
    assert "nie można ich już odczytać" in administrator.visit(address[1]).text
    assert administrator.visit("/panel/wiadomosci").status == 200


def test_a_booking_is_moved_and_the_old_time_is_free_again(resident: Client, app: Flask) -> None:
    _, reference, pin = book(resident)
    page = resident.submit(
        resident.visit("/moja-rezerwacja"), "Pokaż rezerwację", reference=reference, pin=pin
    )
    assert page.links()["Zapisz termin w kalendarzu (ICS, 1 kB)"] == "/moja-rezerwacja/termin.ics"
    before = resident.get("/moja-rezerwacja/termin.ics")
    assert len(before.get_data()) <= 1024
    page = resident.visit(page.links()["Zmień termin"])
    assert page.h1 == "Wybierz inny termin"
    assert "Teraz masz:" in page.text
    nothing = resident.submit(page, "Zmień na ten termin")
    assert (nothing.status, nothing.title.startswith("Błąd:")) == (422, True)
    moved = resident.submit(page, "Zmień na ten termin", slot=page.radios("slot")[2])
    assert "Termin został zmieniony." in moved.text
    assert "Termin został zmieniony." not in resident.visit("/moja-rezerwacja/termin").text
    after = resident.get("/moja-rezerwacja/termin.ics")
    assert before.mimetype == after.mimetype == "text/calendar"
    assert after.headers["Cache-Control"] == "no-store"
    old, new = (_entry(found.get_data()) for found in (before, after))
    assert old["UID"] == new["UID"]
    assert int(new["SEQUENCE"]) > int(old["SEQUENCE"])
    assert new["DTSTART"] > old["DTSTART"]
    assert new["SUMMARY"] == "Termin"
    entry = after.get_data(as_text=True)
    assert betrayed(entry) == []
    assert "mopr" not in entry.casefold()
    assert "przykład" not in entry.casefold()


def _entry(file: bytes) -> dict[str, str]:
    """The first event of a calendar file, as written."""
    event: Any = Calendar.from_ical(file).walk("VEVENT")[0]
    return {name: event[name].to_ical().decode() for name in ("UID", "SEQUENCE", "DTSTART", "SUMMARY")}


def test_who_loses_the_race_for_another_time_keeps_the_old_one(resident: Client, app: Flask) -> None:
    book(resident)
    page = resident.visit("/moja-rezerwacja/zmien")
    wanted = page.radios("slot")[0]
    thief = browse(app)
    thief.submit(thief.visit("/umow-rozmowe/a1/termin"), "Dalej", slot=wanted)
    lost = resident.submit(page, "Zmień na ten termin", slot=wanted)
    assert lost.status == 409
    assert "Twój dotychczasowy termin nadal jest Twój." in lost.text
    assert wanted not in lost.radios("slot")


def test_a_change_that_somebody_else_made_meanwhile_is_shown(resident: Client) -> None:
    book(resident)
    stale = resident.visit("/moja-rezerwacja/zmien")
    again = resident.visit("/moja-rezerwacja/odwolaj")
    resident.submit(stale, "Zmień na ten termin", slot=stale.radios("slot")[1])
    lost = resident.submit(stale, "Zmień na ten termin", slot=stale.radios("slot")[2])
    assert lost.status == 409
    assert "tymczasem się zmieniła" in lost.text
    assert resident.submit(again, "Tak, odwołaj termin").status == 409


def test_shortly_before_the_talk_the_phone_changes_it(
    resident: Client, frozen: time_machine.Traveller
) -> None:
    _, reference, pin = book(resident)
    frozen.shift(29 * 3600)
    proof = resident.visit("/moja-rezerwacja")
    page = resident.submit(proof, "Pokaż rezerwację", reference=reference, pin=pin)
    assert "za mało czasu" in page.text
    assert resident.visit("/moja-rezerwacja/zmien").url == "/moja-rezerwacja/termin"


@pytest.mark.parametrize("address", ["zmien", "kontakt", "termin.ics", "odwolaj", "termin"])
@only_sqlite
def test_nothing_opens_without_proof(stranger: Client, address: str) -> None:
    assert stranger.visit(f"/moja-rezerwacja/{address}").url == "/moja-rezerwacja"


def test_needs_may_be_left_out_and_are_shown_again(resident: Client) -> None:
    page = reach_contact(resident, 3, "loop", "pjm")
    page = resident.submit(page, "Dalej", name=PRIVATE, channel="none")
    assert "Pętla indukcyjna" in page.text
    page = resident.visit(page.links()["Zmień potrzeby"])
    page = resident.submit(page, "Dalej", needs=[], other="")
    assert page.h1 == "Sprawdź i potwierdź rezerwację"
    assert "Pętla indukcyjna" not in page.text
    assert "Nie podano" in page.text


@only_sqlite
def test_an_interpreter_is_certain_from_the_third_working_day(resident: Client) -> None:
    note = "tylko tłumacza online"
    early = choose(resident)
    assert note in early.text
    late = choose(resident, 3)
    assert note not in late.text
    resident.submit(late, "Dalej", needs=["pjm"])
    week = resident.visit("/umow-rozmowe/a1/termin?tydzien=2026-11-23")
    assert week.text.count("Na ten termin możemy zapewnić tylko tłumacza online.") == 2, (
        "one of the three is held"
    )


def test_an_interpreter_request_is_answered_and_the_resident_reads_it(
    resident: Client, interviewer: Client, app: Flask
) -> None:
    page = resident.submit(reach_contact(resident, 3, "pjm"), "Dalej", name=PRIVATE, **EMAIL)
    page = resident.submit(page, "Zarezerwuj termin")
    assert "Prosisz o tłumacza." in page.text
    today = interviewer.visit("/panel")
    assert PRIVATE not in today.everything
    address = re.search(r'href="(/panel/rezerwacje/\d+/tlumacz)"', today.everything)
    assert address
    answer = interviewer.visit(address[1])
    missing = interviewer.submit(answer, "Zapisz odpowiedź", state="not_possible")
    assert missing.status == 422
    assert "Napisz, dlaczego to niemożliwe" in missing.text
    card = interviewer.submit(
        answer,
        "Zapisz odpowiedź",
        state="not_possible",
        reason="Tłumacz jest chory.",
        alternative="10 grudnia",
    )
    assert "Tłumacz jest chory." in card.text
    assert interviewer.submit(answer, "Zapisz odpowiedź", state="arranged").status == 409
    mine = resident.visit("/moja-rezerwacja/termin")
    assert "Tłumacz jest chory." in mine.text
    assert "10 grudnia" in mine.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Nic nie czeka." in interviewer.visit("/panel").text
    page = resident.visit("/moja-rezerwacja/zmien")
    page = resident.submit(page, "Zmień na ten termin", slot=page.radios("slot")[-1])
    assert "Prosisz o tłumacza." in page.text, "it was answered for the old time only"
    assert address[1] in interviewer.visit("/panel").everything


@only_sqlite
def test_safe_contact_is_told_to_staff_in_words(resident: Client, interviewer: Client) -> None:
    page = reach_contact(resident)
    wrong = resident.submit(
        page, "Dalej", name=PRIVATE, channel="phone", phone="500600700", safe_from="15:00"
    )
    assert wrong.status == 422
    assert "Wybierz obie godziny" in wrong.text
    check = resident.submit(wrong, "Dalej", may=["say_who"], safe_to="18:00")
    assert "od 15:00 do 18:00" in check.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "NIE zostawiamy wiadomości głosowej." in check.text
    resident.submit(check, "Zarezerwuj termin")
    card = the_card(interviewer)
    assert "NIE zostawiać wiadomości." in card.text
    assert "Można powiedzieć, skąd dzwonimy." in card.text
    assert "Tylko w tych godzinach: od 15:00 do 18:00" in card.text.replace("\N{NO-BREAK SPACE}", " ")


def test_the_wish_can_be_changed_afterwards(resident: Client, interviewer: Client) -> None:
    book(resident)
    page = resident.visit(resident.visit("/moja-rezerwacja/termin").links()["Zmień sposób kontaktu"])
    assert 'value="osoba@example.com"' in page.everything
    assert resident.submit(page, "Zapisz", email="").status == 422
    again = resident.submit(page, "Zapisz", channel="none", email="")
    assert "Od teraz kontaktujemy się z Tobą w wybrany sposób." in again.text
    card = the_card(interviewer)
    assert "NIE kontaktować się" in card.text
    assert "osoba@example.com" not in card.everything
    stale = resident.submit(page, "Zapisz", channel="phone", phone="500600700")
    assert stale.status == 409


def the_card(staff: Client) -> Page:
    address = re.search(r'href="(/panel/rezerwacje/\d+)"', staff.visit("/panel/rezerwacje").everything)
    assert address
    return staff.visit(address[1])


@only_sqlite
def test_a_service_that_takes_no_bookings_says_so_and_names_the_phone(app: Flask, resident: Client) -> None:
    with app.app_context():
        db.session.execute(update(Service).where(Service.code == "a1").values(is_open=False))
        db.session.commit()
    for step in ("", "/termin", "/kontakt", "/sprawdz", "/lista"):
        page = resident.visit(f"/umow-rozmowe/a1{step}")
        assert (page.status, page.url) == (200, "/umow-rozmowe/a1")
        assert "Na tę rozmowę nie można się teraz umówić" in page.text
        assert "85 000 00 01" in page.text
    assert resident.visit("/umow-rozmowe/zz").status == 404


def test_a_late_cancellation_is_allowed_and_marked(
    app: Flask, resident: Client, frozen: time_machine.Traveller
) -> None:
    _, reference, pin = book(resident, channel="none")
    frozen.move_to("2026-11-24T10:00:00+01:00")
    page = resident.submit(
        resident.visit("/moja-rezerwacja"), "Pokaż rezerwację", reference=reference, pin=pin
    )
    assert "zostało za mało czasu" in page.text
    page = resident.submit(resident.visit(page.links()["Odwołaj termin"]), "Tak, odwołaj termin")
    assert page.h1 == "Termin odwołany"
    assert "Odwołana późno przez mieszkańca" in signed_in(app, "interviewer").visit("/panel/rezerwacje").text


@only_sqlite
def test_a_calendar_names_the_talk_only_where_the_service_may_be_named(app: Flask, resident: Client) -> None:
    book(resident)

    def summary() -> str:
        file = resident.get("/moja-rezerwacja/termin.ics")
        return str(Calendar.from_ical(file.get_data()).walk("VEVENT")[0]["SUMMARY"])

    assert summary() == "Termin"
    with app.app_context():
        db.session.execute(update(Service).values(is_discreet=False))
        db.session.commit()
    assert summary() == "Rozmowa"


def test_while_mail_is_down_the_booking_says_that_no_message_comes(
    app: Flask, resident: Client, interviewer: Client, frozen: time_machine.Traveller
) -> None:
    assert "wiadomości nie wychodzą" not in book(resident)[0].text
    with app.app_context():
        db.session.execute(update(Message).values(problem="smtp 451"))
        db.session.commit()
    frozen.shift(3 * 60)
    page, *_code = book(browse(app), 1)
    assert "W tej chwili nasze wiadomości nie wychodzą" in page.text
    assert "Wiadomości nie wychodzą" in interviewer.visit("/panel").text
    frozen.shift(3600)
    assert "wiadomość nie została doręczona" in signed_in(app, "interviewer").visit("/panel").text


def test_a_known_contact_gets_the_same_answers_as_an_unknown_one(app: Flask) -> None:
    """No oracle (I14): nothing on any page says whether this contact has a booking already."""

    def answers(number: int, email: str) -> list[str]:
        client = browse(app)
        check = reach_check(client, number, channel="email", email=email)
        done = client.submit(check, "Zarezerwuj termin")
        mine = client.visit("/moja-rezerwacja/termin")
        return [NUMBERS.sub("#", page.text) for page in (check, done, mine)]

    answers(0, "znana@example.com")
    known, unknown = answers(1, "znana@example.com"), answers(1, "obca_@example.com")
    assert known == [text.replace("obca_", "znana") for text in unknown]


@only_sqlite
def test_search_engines_stay_out_of_the_flow(resident: Client) -> None:
    forms = (
        "/dostepnosc/wniosek",
        "/dostepnosc/zadanie-cyfrowe",
        "/rodzicielstwo-zastepcze/zglos-zainteresowanie",
    )
    mine = ("/moja-rezerwacja", "/moje-zgloszenie", "/moj-wniosek")
    for url in ("/umow-rozmowe/a1", "/umow-rozmowe/a1/termin", *mine, *forms):
        page = resident.visit(url)
        assert page.response.headers["X-Robots-Tag"] == "noindex"
        assert [m.get("content") for m in page.dom.all("meta") if m.get("name") == "robots"] == ["noindex"]


def test_a_form_that_lies_open_for_hours_loses_nothing_typed_and_shows_nothing_old(
    resident: Client, frozen: time_machine.Traveller
) -> None:
    page = reach_contact(resident, 0, "loop")
    frozen.shift(8 * 3600)
    page = resident.submit(page, "Dalej", name=PRIVATE, **EMAIL)
    assert "To, co właśnie zostało wpisane, zachowaliśmy." in page.text
    page = resident.submit(page, "Dalej", slot=page.radios("slot")[0])
    assert page.h1 == "Sprawdź i potwierdź rezerwację"
    assert PRIVATE in page.text
    assert "Pętla indukcyjna" not in page.text, "what was answered long ago is forgotten"
    frozen.shift(3601)
    assert PRIVATE not in resident.visit("/umow-rozmowe/a1/sprawdz").everything


def test_a_move_that_came_too_late_says_so(resident: Client, frozen: time_machine.Traveller) -> None:
    _, reference, pin = book(resident, channel="none")
    frozen.move_to("2026-11-23T14:30:00+01:00")
    page = resident.visit("/moja-rezerwacja/termin")
    assert "po godzinie bezczynności ukrywamy te dane" in page.text
    resident.submit(page, "Pokaż rezerwację", reference=reference, pin=pin)
    page = resident.visit("/moja-rezerwacja/zmien")
    frozen.shift(45 * 60)
    late = resident.submit(page, "Zmień na ten termin", slot=page.radios("slot")[1])
    assert late.status == 409
    assert "zostało za mało czasu" in late.text
