"""The register: one place for every number, who answers at this moment, and nobody's change is lost."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from portal import clock
from portal.accounts.models import last_audit_entries
from portal.booking.models import Closure
from portal.contacts.hours import Opening, Span, opening_at, spans_in, written
from portal.db import db
from tests.client import Client, Page
from tests.conftest import browse, make_app, only_sqlite, signed_in
from tests.parts import html

pytestmark = pytest.mark.pages

REGISTER = "/panel/kontakty"
WARSAW = ZoneInfo("Europe/Warsaw")
OFFICE_WEEK = [spans_in("8:00–17:00"), *[spans_in("7:30–15:30")] * 3, spans_in("7:30–14:00"), [], []]


def at(wall: str) -> datetime:
    """The moment at which clocks in Poland show this."""
    return datetime.fromisoformat(wall).replace(tzinfo=WARSAW).astimezone(UTC)


def opening(moment: datetime, week: list[list[Span]], *closed: str) -> Opening:
    days = {date.fromisoformat(day) for day in closed}
    return opening_at(moment, week, lambda day: day in days or clock.is_public_holiday(day))


@pytest.mark.parametrize(
    ("wall", "is_open", "until"),
    [
        ("2026-11-23 07:59", False, "2026-11-23 08:00"),
        ("2026-11-23 08:00", True, "2026-11-23 17:00"),
        ("2026-11-23 17:00", False, "2026-11-24 07:30"),
        ("2026-11-27 14:00", False, "2026-11-30 08:00"),  # over the weekend
        ("2026-12-23 15:30", False, "2026-12-28 08:00"),  # over 24, 25, 26 December and a Sunday
        ("2026-12-24 10:00", False, "2026-12-28 08:00"),
        ("2027-03-29 10:00", False, "2027-03-30 07:30"),  # Easter Monday, the day after clocks have changed
    ],
)
def test_office_hours_know_weekends_holidays_and_clock_changes(wall: str, is_open: bool, until: str) -> None:
    assert opening(at(wall), OFFICE_WEEK) == Opening(is_open, at(until))


def test_a_closed_day_is_skipped() -> None:
    assert opening(at("2026-11-23 10:00"), OFFICE_WEEK, "2026-11-23") == Opening(
        False, at("2026-11-24 07:30")
    )


NIGHTS = [spans_in("22:00–6:00")] * 7


@pytest.mark.parametrize(
    ("wall", "is_open", "until"),
    [
        ("2026-11-23 23:30", True, "2026-11-24 06:00"),
        ("2026-11-24 00:30", True, "2026-11-24 06:00"),
        ("2026-11-24 06:00", False, "2026-11-24 22:00"),
        (
            "2026-11-11 02:00",
            True,
            "2026-11-11 06:00",
        ),  # the night before a holiday belongs to the day before
        ("2026-11-11 22:30", False, "2026-11-12 22:00"),
        ("2027-03-28 03:30", True, "2027-03-28 06:00"),  # 2:00 became 3:00
    ],
)
def test_a_night_lasts_over_midnight(wall: str, is_open: bool, until: str) -> None:
    assert opening(at(wall), NIGHTS) == Opening(is_open, at(until))


def test_a_night_in_which_an_hour_repeats_is_an_hour_longer() -> None:
    moment = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 2:30 for the second time
    assert opening(moment, [spans_in("22:00–2:45")] * 7) == Opening(
        True, datetime(2026, 10, 25, 1, 45, tzinfo=UTC)
    )


def test_what_touches_is_one_and_nothing_is_never_open() -> None:
    days_and_nights = [spans_in("0:00–24:00")] * 4 + [[]] * 3
    assert opening(at("2026-11-23 10:00"), days_and_nights) == Opening(True, at("2026-11-27 00:00"))
    assert opening(at("2026-11-23 10:00"), [[]] * 7) == Opening(False)


@pytest.mark.parametrize(
    "typed", ["8-16", "8:00", "25:00–26:00", "8:00–8:00", "8:60–9:00", "8:00–12:00, 11:00–13:00", "rano"]
)
def test_hours_that_nobody_can_read_are_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        spans_in(typed)


MINUTES = st.integers(0, 1439)


@settings(max_examples=60)
@given(st.lists(MINUTES, min_size=2, max_size=8, unique=True))
def test_written_hours_are_read_again(minutes: list[int]) -> None:
    edges = sorted(minutes)[: len(minutes) // 2 * 2]
    spans = [Span(*pair) for pair in zip(edges[::2], edges[1::2], strict=True)]
    assert spans_in(written(spans)) == spans


def unit(staff: Client, name: str) -> Page:
    return staff.visit(staff.visit(REGISTER).links()[name])


def test_one_number_changed_changes_every_page(editor: Client, resident: Client) -> None:
    """R38, J6: header, footer, texts, programmes, benefits, in the next answer."""
    places = (
        "/",
        "/poradnik-interesanta",
        "/programy/bez-przemocy",
        "/swiadczenia/becikowe",
        "/kontakt",
        "/umow-rozmowe",
    )
    for address in places:
        assert "tel:+48850000001" in resident.visit(address).links().values(), address
    page = editor.submit(unit(editor, "Sekretariat i punkt informacyjny"), "Zapisz", phone="85 000 00 77")
    assert "Zapisano." in page.text
    for address in places:
        links = resident.visit(address).links().values()
        assert "tel:+48850000077" in links, address
        assert "tel:+48850000001" not in set(links) - {"tel:+48850000077"} or address == "/kontakt", address


def test_the_number_for_text_messages_begins_one_wherever_it_stands(editor: Client, resident: Client) -> None:
    """A deaf person presses it instead of copying it (R10, R82), also in the statement, which has no number of its own (R38)."""
    places = ("/pomoc", "/kontakt", "/dostepnosc/pjm", "/uk/dostepnosc/tlumacz", "/en/deklaracja-dostepnosci")
    for address in places:
        assert "sms:+48500000001" in resident.visit(address).links().values(), address
    page = unit(editor, "SMS dla osób głuchych")
    editor.submit(page, "Zapisz", sms="500 000 077")
    editor.submit(unit(editor, "Koordynator dostępności"), "Zapisz", sms="500 000 077")
    for address in places:
        links = resident.visit(address).links().values()
        assert "sms:+48500000077" in links, address
        assert "sms:+48500000001" not in links, address


def test_who_answers_now_stands_in_words(resident: Client, frozen: time_machine.Traveller) -> None:
    frozen.move_to(at("2026-11-24 15:00"))
    text = resident.visit("/kontakt").text
    assert "Sekretariat i punkt informacyjny Teraz czynne do 15:30" in text
    assert "Dyżur kryzysowy Teraz czynne dzień i noc" in text
    frozen.move_to(at("2026-11-24 15:30"))
    assert "punkt informacyjny Teraz nieczynne jutro czynne od 7:30" in resident.visit("/kontakt").text
    frozen.move_to(at("2026-12-24 09:00"))
    text = resident.visit("/kontakt").text
    assert (
        "Dziś nieczynne święto: Wigilia Bożego Narodzenia; znów czynne: poniedziałek, 28 grudnia 2026 r., od 8:00"
        in text
    )
    assert "Dyżur kryzysowy Teraz czynne dzień i noc" in text
    assert "понеділок: 8:00–17:00" in resident.visit("/uk/kontakt").text


@only_sqlite
def test_a_holiday_is_named_with_the_day_of_reopening(
    resident: Client, frozen: time_machine.Traveller
) -> None:
    frozen.move_to(at("2026-11-11 12:00"))
    for prefix, said in (
        ("", "Dziś nieczynne święto: Narodowe Święto Niepodległości; jutro czynne od 7:30"),
        ("/uk", "Сьогодні зачинено свято: День незалежності; завтра відчинено з 7:30"),
        ("/en", "Closed today public holiday: National Independence Day; open tomorrow from 7:30"),
    ):
        assert said in resident.visit(f"{prefix}/kontakt").text
    frozen.move_to(at("2026-11-14 12:00"))
    assert "Dziś nieczynne" not in resident.visit("/kontakt").text, "a Saturday is no exception"


def test_a_closure_of_its_place_closes_the_unit(
    app: Flask, editor: Client, resident: Client, frozen: time_machine.Traveller
) -> None:
    with app.app_context():
        db.session.add(
            Closure(office_id=1, first_on=date(2026, 11, 24), last_on=date(2026, 11, 25), reason="remont")
        )
        db.session.commit()
    editor.submit(unit(editor, "Sekretariat i punkt informacyjny"), "Zapisz", office_id="1")
    frozen.move_to(at("2026-11-24 10:00"))
    text = resident.visit("/kontakt").text
    assert (
        "punkt informacyjny Dziś nieczynne w tym dniu mamy zamknięte; znów czynne: czwartek, 26 listopada 2026 r., od 7:30"
        in text
    )
    assert "pieczy zastępczej Teraz czynne do 15:30" in text


def test_short_numbers_have_no_country_code(editor: Client, resident: Client) -> None:
    new = editor.visit(REGISTER + "/jednostka/nowe")
    editor.submit(new, "Zapisz", name="Straż miejska", helps_with="Porządek.", phone="986")
    links = resident.visit("/kontakt").links().values()
    assert "tel:986" in links
    assert "tel:+48850000001" in links
    help_lines = resident.visit("/pomoc")
    assert "tel:800120002" in help_lines.links().values()
    assert "800 12 12 12" in help_lines.text, "in the rhythm that people remember"
    for number in ("800 70 2222", "+380 44 123 4567"):
        line = editor.visit(REGISTER + "/linia/nowe")
        facts = {"for_whom": "dla dorosłych", "hours": "całodobowo", "cost": "bezpłatny"}
        editor.submit(line, "Zapisz", name=f"Linia {number}", number=number, **facts)
    help_lines = resident.visit("/pomoc")
    for number, link in (("800 70 2222", "tel:800702222"), ("+380 44 123 4567", "tel:+380441234567")):
        assert help_lines.links()[number] == link


def test_a_unit_fits_into_a_phone(resident: Client) -> None:
    answer = resident.get("/kontakt/sekretariat.vcf")
    card = answer.get_data().replace(b"\r\n ", b"").decode().replace("\N{NO-BREAK SPACE}", " ").split("\r\n")
    assert answer.mimetype == "text/vcard"
    assert card[:3] == [
        "BEGIN:VCARD",
        "VERSION:3.0",
        "FN:Sekretariat i punkt informacyjny – Miejski Ośrodek Pomocy Rodzinie",
    ]
    assert "TEL;TYPE=WORK,VOICE:+48850000001" in card
    assert "ADR;TYPE=WORK:;;ul. Przykładowa 7\\, 00-000 Przykładowo;;;;" in card
    assert all(len(line) <= 75 for line in answer.get_data().split(b"\r\n"))
    crisis = resident.get("/kontakt/interwencja.vcf").get_data(as_text=True)
    assert "kryzys" not in crisis.casefold(), "whoever looks at the phone must not learn it"
    assert resident.get("/kontakt/nic.vcf").status_code == 404


def test_the_second_of_two_sees_what_the_first_has_saved(app: Flask, editor: Client) -> None:
    colleague = signed_in(app, "administrator")
    mine, theirs = (unit(staff, "Dyżur kryzysowy") for staff in (editor, colleague))
    colleague.submit(theirs, "Zapisz", phone="85 000 00 55")
    page = editor.submit(mine, "Zapisz", phone="85 000 00 66")
    assert page.status == 409
    assert "Numer telefonu85 000 00 55" in page.text
    assert 'value="85 000 00 66"' in page.everything
    assert "Zapisano." in editor.submit(page, "Zapisz").text


def test_mistakes_stand_beside_the_fields(editor: Client) -> None:
    page = unit(editor, "Sekretariat i punkt informacyjny")
    wrong = editor.submit(
        page, "Zapisz", phone="12", tuesday="8-16", email="nikt", name="", checked_on="2026-12-24"
    )
    assert wrong.status == 422
    for told in (
        "Wpisz numer telefonu, na przykład 85 000 00 01",
        "Wpisz godziny tak",
        "Wpisz adres e-mail",
        "Wpisz nazwę",
        "Wpisz dzień, który nie jest w przyszłości",
    ):
        assert told in wrong.text
    assert 'value="8-16"' in wrong.everything


def test_what_nobody_has_checked_is_marked_until_somebody_does(app: Flask, editor: Client) -> None:
    page = editor.visit(REGISTER)
    assert page.text.count("do sprawdzenia") == 1
    form = next(f for f in page.dom.all("form") if "Inspektor" in "".join(f.itertext()))
    values = {i.get("name", ""): i.get("value", "") for i in form.iter("input")}
    editor.post(form.get("action", ""), data=values)
    assert "do sprawdzenia" not in editor.visit(REGISTER).text
    with app.app_context():
        assert last_audit_entries(1)[0].action == "contact_checked"


def test_what_stands_on_every_page_stays_and_the_rest_may_go(editor: Client, resident: Client) -> None:
    kept = editor.submit(unit(editor, "Dyżur kryzysowy"), "Usuń")
    assert kept.status == 409
    assert "Jej telefon jest na każdej stronie." in kept.text
    editor.submit(unit(editor, "Organizator rodzinnej pieczy zastępczej"), "Usuń")
    assert "Organizator rodzinnej" not in resident.visit("/kontakt").text
    assert "tel:+48850000001" in resident.visit("/rodzicielstwo-zastepcze").links().values()
    editor.submit(unit(editor, "Telefon Rzecznika Praw Dziecka"), "Usuń")
    assert "Telefon Rzecznika" not in resident.visit("/pomoc").text


@pytest.mark.parametrize("prefix", ["/uk", "/en"])
def test_help_lines_and_units_are_in_the_language_of_the_page(resident: Client, prefix: str) -> None:
    """R132; the names of streets and apps stay."""
    for address in ("/pomoc", "/kontakt"):
        page = resident.visit(prefix + address)
        polish = [html.text_of(e) for e in page.dom.all("h2", "h3", "p") if e.get("lang") == "pl"]
        assert polish == [], address


def test_a_text_without_translation_is_the_polish_one_and_says_so(editor: Client, resident: Client) -> None:
    editor.submit(editor.visit("/panel/kontakty/linia/1"), "Zapisz", name_uk="")
    page = resident.visit("/uk/pomoc")
    assert '<h3 lang="pl">Numer alarmowy</h3>' in page.everything
    assert "Номер екстреної допомоги" not in page.dom.all("main")[0].itertext()


@only_sqlite
def test_where_official_letters_go_and_when_the_director_receives(
    database: str, tmp_path: Path, resident: Client
) -> None:
    """R108: the address for e-Doręczenia, or the way to it while the centre has named none, and hours for complaints."""
    page = resident.visit("/kontakt")
    assert "Nasz adres do e-Doręczeń: AE:PL-00000-00000-ABCDE-00" in page.text
    assert "Skargi i wnioski – dyrektor" in page.text
    nobody_said = browse(make_app(database, tmp_path, PORTAL_E_DELIVERY="")).visit("/kontakt")
    assert "AE:PL-" not in nobody_said.text
    assert "jest w Biuletynie Informacji Publicznej" in nobody_said.text
