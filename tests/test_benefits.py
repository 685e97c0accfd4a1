"""Benefits with amounts over time, programmes as facts kept once: edited by staff, true by the day."""

import re
from datetime import date
from xml.etree import ElementTree

import pytest
import time_machine
from flask import Flask

from portal.accounts.models import last_audit_entries
from portal.db import db
from portal.pages.models import page_at
from portal.programmes.models import programme_called
from portal.typography import JOINER
from tests.client import Client, Page
from tests.conftest import signed_in
from tests.parts.words import betrayed
from tests.test_web import queries

pytestmark = pytest.mark.pages

BENEFITS, PROGRAMMES = "/panel/swiadczenia", "/panel/programy"
CARE = "/swiadczenia/swiadczenie-pielegnacyjne"
ATOM = "{http://www.w3.org/2005/Atom}"
QUESTIONS = "for_whom what where_when cost how_to_join what_next place_access contact legal_basis"
ANSWERS = dict.fromkeys(QUESTIONS.split(), "Tekst.")
NEXT = {"amount": "3 500,50 zł", "valid_from": "2027-01-01", "source": "Obwieszczenie na 2027 r."}


def benefit(staff: Client, name: str) -> Page:
    return staff.visit(staff.visit(BENEFITS).links()[name])


def programme(staff: Client, name: str = "Bez przemocy – program korekcyjno-edukacyjny") -> Page:
    return staff.visit(staff.visit(PROGRAMMES).links()[name])


def new_amount(staff: Client, name: str, **facts: str) -> Page:
    page = benefit(staff, name)
    return staff.submit(staff.visit(page.links()["Nowa kwota"]), "Zapisz", **facts)


def test_next_years_amount_is_entered_ahead_and_comes_by_itself(
    editor: Client, resident: Client, frozen: time_machine.Traveller
) -> None:
    """R31: each day shows its amount, and a day between them shows none."""
    assert "Zapisano." in new_amount(editor, "Świadczenie pielęgnacyjne", **NEXT).text
    today = resident.visit(CARE).text
    assert "3 386,00 zł miesięcznie" in today
    assert "Od 1 stycznia 2027 r.:3 500,50 zł" in today
    assert "3 500,50" not in resident.visit("/swiadczenia").text
    assert "zmieniono kwotę" in today, "the list of changes says which change it was"
    assert "zmieniono tekst" not in today
    frozen.move_to("2027-01-01T00:00:01+01:00")
    assert "3 500,50 zł miesięcznie" in resident.visit(CARE).text
    assert "Obwieszczenie na 2027 r." in resident.visit(CARE).text
    assert "3 386" not in resident.visit("/swiadczenia").text


def test_outside_its_days_no_amount_is_shown(resident: Client, frozen: time_machine.Traveller) -> None:
    frozen.move_to("2027-01-01T00:00:01+01:00")
    assert "Kwota jest aktualizowana" in resident.visit(CARE).text
    assert "3 386" not in resident.visit(CARE).text


def test_an_open_end_closes_when_the_next_one_begins_and_no_two_are_valid(editor: Client) -> None:
    facts = {"amount": "230", "valid_from": "2027-05-01", "source": "Ustawa"}
    page = new_amount(editor, "Zasiłek pielęgnacyjny", **facts)
    assert "30 kwietnia 2027 r." in page.text
    wrong = new_amount(editor, "Zasiłek pielęgnacyjny", **facts | {"valid_from": "2020-01-01"})
    assert wrong.status == 422
    assert "W części tych dni obowiązuje inna kwota" in wrong.text
    for typed in ("dużo", "-5", "0", "3,141"):
        wrong = new_amount(editor, "Becikowe", **facts | {"amount": typed})
        assert "Wpisz kwotę, na przykład 3386 lub 215,84" in wrong.text, typed
        assert f'value="{typed}"' in wrong.everything


def test_texts_name_amounts_by_reference(editor: Client, resident: Client) -> None:
    page = benefit(editor, "Becikowe")
    editor.submit(page, "Zapisz", body="Dostaniesz {kwota: becikowe}.", reason="Prostszy tekst")
    text = resident.visit("/swiadczenia/becikowe").text
    assert "Dostaniesz 1 000 zł." in text
    assert "22 listopada 2026 r.: Prostszy tekst" in text, "the public list of changes (R30)"
    new_amount(editor, "Becikowe", amount="1200", valid_from="2027-02-01", source="Ustawa")
    assert "22 listopada 2026 r.: zmieniono kwotę" in resident.visit("/swiadczenia/becikowe").text
    editor.submit(benefit(editor, "Becikowe"), "Zapisz", is_shown=[])
    assert resident.get("/swiadczenia/becikowe").status_code == 404
    assert "Becikowe" not in resident.visit("/swiadczenia").text


def test_a_new_benefit_and_a_mistaken_amount(app: Flask, editor: Client, resident: Client) -> None:
    facts = {"title": "Zasiłek okresowy", "summary": "Gdy dochód jest za niski.", "body": "Zadzwoń."}
    page = editor.submit(editor.visit(BENEFITS + "/nowe"), "Zapisz", **facts)
    assert "Kwota zależy od Twojej sytuacji" in resident.visit("/swiadczenia/zasilek-okresowy").text
    other = facts | {"summary": "Gdy dochodu nie ma."}
    twin = editor.submit(editor.visit(BENEFITS + "/nowe"), "Zapisz", **other)
    assert "Ta nazwa jest już zajęta." in twin.text
    new_amount(editor, "Zasiłek okresowy", amount="500", valid_from="2026-01-01", source="Pomyłka")
    page = editor.visit(page.url)
    amount = editor.visit(page.links()["1 stycznia 2026 r."])
    assert "Pomyłka" not in editor.submit(amount, "Usuń").text
    with app.app_context():
        assert last_audit_entries(1)[0].action == "benefit_amount_removed"


def test_the_second_of_two_sees_what_the_first_has_saved(app: Flask, editor: Client) -> None:
    colleague = signed_in(app, "editor")
    for find, button, field, words in (
        (lambda staff: benefit(staff, "Becikowe"), "Zapisz", "unit", "raz"),
        (programme, "Zapisz", "cost", "Bezpłatnie dla każdego."),
    ):
        mine, theirs = find(editor), find(colleague)
        colleague.submit(theirs, button, **{field: words})
        page = editor.submit(mine, button, summary="Inne zdanie.")
        assert page.status == 409
        assert words in page.text
        assert "Inne zdanie." in page.everything
        assert "Zapisano." in editor.submit(page, button).text


def test_facts_of_a_programme_are_kept_once(app: Flask, editor: Client, resident: Client) -> None:
    """R27: the page, the announcement, the group and the certificate take them from one place."""
    page = programme(editor)
    editor.submit(
        page, "Zapisz", meetings="20", group_max="9", required_percent="80", reason="Dłuższa edycja"
    )
    announcement = "/ogloszenia/nabor-do-programu-korekcyjno-edukacyjnego-bez-przemocy-edycja-wiosna-2027"
    for address in ("/programy/bez-przemocy", announcement):
        text = resident.visit(address).text
        assert "20 × 3 godziny = 60 godzin łącznie" in text, address
        assert "5–9 osób" in text, address
        assert "26 lutego 2027 r." in text, address
    assert "Dłuższa edycja" in resident.visit("/programy/bez-przemocy").text
    with app.app_context():
        kept = programme_called("bez-przemocy")
        assert kept
        assert kept.required_minutes == 60 * 60 * 80 // 100


def test_the_announcement_stops_offering_talks_when_the_intake_is_over(app: Flask, resident: Client) -> None:
    """R26: the sentence with the phone takes the place of the button, on the programme and on what is said about it."""
    with app.app_context():
        kept = programme_called("bez-przemocy")
        assert kept
        kept.editions[0].intake_until = date(2026, 11, 21)
        db.session.commit()
    announcement = "/ogloszenia/nabor-do-programu-korekcyjno-edukacyjnego-bez-przemocy-edycja-wiosna-2027"
    for address in ("/programy/bez-przemocy", announcement):
        page = resident.visit(address)
        assert "Nabór jest teraz zamknięty" in page.text, address
        assert not any("/umow-rozmowe/a1" in url for url in page.links().values()), address


def test_a_closed_intake_says_when_the_next_one_begins(
    app: Flask, resident: Client, frozen: time_machine.Traveller
) -> None:
    """R26: staff know the day, so residents do."""
    frozen.move_to("2027-03-09T12:00:00+01:00")
    interviewer = signed_in(app, "interviewer")
    page = resident.visit("/programy/bez-przemocy")
    assert "Nabór jest teraz zamknięty. Zadzwoń" in page.text
    days = {"name": "lato", "starts_on": "2027-06-15", "intake_until": "2027-06-01"}
    form = interviewer.visit("/panel/edycje/nowa")
    late = interviewer.submit(form, "Zapisz edycję", **days, intake_from="2027-06-02")
    assert late.status == 422
    assert "Nabór nie może zacząć się po swoim ostatnim dniu" in late.text
    assert "Pierwszy dzień naboru" in interviewer.submit(late, "Zapisz edycję", intake_from="2027-04-12").text
    page = resident.visit("/programy/bez-przemocy")
    assert "Następny zaczyna się: poniedziałek, 12 kwietnia 2027 r." in page.text
    assert "Nabór od: 12 kwietnia 2027 r." in page.text
    frozen.move_to("2027-04-12T00:00:01+02:00")
    page = resident.visit("/programy/bez-przemocy")
    assert "Nabór jest teraz zamknięty" not in page.text
    assert "Nabór od:" not in page.text


def test_the_first_page_of_a_booking_and_the_feed_say_the_same_facts(
    app: Flask, editor: Client, resident: Client
) -> None:
    """Kept once (R27); the booking names no programme and leads to none (R55)."""
    editor.submit(programme(editor), "Zapisz", meetings="20", group_max="9", reason="Dłuższa edycja")
    page = resident.visit("/umow-rozmowe/a1")
    entries = ElementTree.fromstring(resident.get("/ogloszenia.atom").data).iter(f"{ATOM}entry")  # noqa: S314 - our own
    told = {str(entry.findtext(f"{ATOM}title")): entry.findtext(f"{ATOM}content") for entry in entries}
    [feed] = [plain(text) for text in told.values() if text]
    for said in (page.text, feed):
        assert "20 × 3 godziny = 60 godzin łącznie" in said
        assert "5–9 osób" in said
        assert "Nabór do: 26 lutego 2027 r." in said
    assert not betrayed(page.text)
    assert not re.search("/programy/.", page.everything)
    assert queries(app, resident, "/umow-rozmowe/a1") <= 4
    assert queries(app, resident, "/ogloszenia.atom") <= 3
    page = resident.visit("/umow-rozmowe/b1")
    assert "Spotkania grupowe" not in page.text


def plain(html: str) -> str:
    return " ".join(re.sub("<[^>]+>", "", html).replace(JOINER, "").split())


@pytest.mark.parametrize(("code", "refused"), [("d1", True), ("b1", False)])
def test_no_text_leads_one_side_to_the_booking_of_the_other(
    app: Flask, editor: Client, code: str, refused: bool
) -> None:
    """R89, both ways: from the programme of those who use violence, and from the pages of those who suffer it."""
    page = editor.submit(programme(editor), "Zapisz", contact=f"[Umów się](/umow-rozmowe/{code})")
    assert page.status == (422 if refused else 200)
    assert ("z którymi czytelnicy tej strony nie mogą się spotkać" in page.text) is refused
    other = "a1" if refused else "b1"
    with app.app_context():
        row = page_at("pomoc/przemoc")
        assert row
        shown = editor.visit(f"/panel/strony/{row.id}")
    saved = editor.submit(
        editor.visit(shown.links()["Edytuj"]), "Zapisz", body=f"[Rozmowa](/umow-rozmowe/{other})"
    )
    assert saved.status == (422 if refused else 200)


def test_a_new_programme_is_shown_when_it_is_ready(editor: Client, resident: Client) -> None:
    facts = {"title": "Szkoła dla rodziców", "summary": "Dziesięć spotkań.", "is_shown": []} | ANSWERS
    page = editor.submit(editor.visit(PROGRAMMES + "/nowy"), "Zapisz", **facts)
    assert "Szkoła dla rodziców nie pokazujemy" in page.text
    assert resident.get("/programy/szkola-dla-rodzicow").status_code == 404
    wrong = editor.submit(
        programme(editor, "Szkoła dla rodziców"), "Zapisz", group_min="9", group_max="3", cost=""
    )
    assert wrong.status == 422
    assert "Największa grupa nie może być mniejsza" in wrong.text
    editor.submit(programme(editor, "Szkoła dla rodziców"), "Zapisz", is_shown="y")
    assert "Dziesięć spotkań." in resident.visit("/programy/szkola-dla-rodzicow").text
