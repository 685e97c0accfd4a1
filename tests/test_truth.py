"""What may no longer be true is listed for editors, and disappears when it is mended (R38, item 9)."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event

from portal import clock
from portal.benefits.models import benefit_called
from portal.db import db
from portal.pages.models import page_at
from portal.staff.truth import doubts
from tests.client import Client, Page
from tests.conftest import signed_in

pytestmark = pytest.mark.pages

TO_CHECK = "/panel/tresc/do-sprawdzenia"


def edit_page(editor: Client, path: str, **text: str) -> Page:
    with editor.application.app_context():
        page = page_at(path)
        assert page
        page_id = page.id
    saved = editor.submit(editor.visit(f"/panel/strony/{page_id}/edytuj"), "Zapisz", **text)
    return editor.submit(saved, "Opublikuj najnowszy tekst")


def test_the_demo_has_one_stale_contact_and_nothing_broken(app: Flask, editor: Client) -> None:
    """Every link and reference in the demo leads somewhere."""
    with app.test_request_context():
        found = doubts(clock.now())
    assert [(doubt.what, doubt.name) for doubt in found if doubt.what != "ends"] == [
        ("unchecked", "Inspektor ochrony danych")
    ]
    assert "Inspektor ochrony danych" in editor.visit(TO_CHECK).text
    assert "do sprawdzenia" in editor.visit("/panel").text


def test_each_text_is_read_once(app: Flask) -> None:
    asked: list[str] = []
    with app.test_request_context():
        event.listen(db.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
        doubts(clock.now())
    assert sum("page_revision.body" in each for each in asked) == 1
    assert sum("announcement_revision.body" in each for each in asked) == 1
    assert len([each for each in asked if each.startswith("SELECT")]) <= 19


def test_links_and_references_that_lead_nowhere_are_named_until_they_are_mended(editor: Client) -> None:
    body = (
        "[Jest](/kontakt) [też](/uk/pomoc/przemoc) [plik](/kontakt/sekretariat.vcf) [dalej](https://gov.pl) "
        "[nie ma](/nie-ma) [i tu](/swiadczenia/brak#a) [rozmowa](/umow-rozmowe/zz) {telefon: nikt} {kwota: nic} "
        "{telefon: sekretariat} {telefonn: sekretariat} {tlumacz: dzis} {tlumacz: jutro}"
    )
    edit_page(editor, "e-uslugi", body=body)
    text = editor.visit(TO_CHECK).text
    references = ("{telefon: nikt}", "{kwota: nic}", "{telefonn: sekretariat}", "{tlumacz: jutro}")
    for wrong in ("/nie-ma", "/swiadczenia/brak#a", "/umow-rozmowe/zz", *references):
        assert wrong in text, wrong
    assert text.count("E-usługi") == 7, "what leads somewhere is not named"
    edit_page(editor, "e-uslugi", body="[Jest](/kontakt)", easy_text="[Nie ma](/tez-nie-ma)")
    assert "/tez-nie-ma" in editor.visit(TO_CHECK).text
    edit_page(editor, "e-uslugi", easy_text="")
    assert "E-usługi" not in editor.visit(TO_CHECK).text


def test_a_typed_amount_is_named_once_a_new_one_has_come(
    app: Flask, editor: Client, frozen: time_machine.Traveller
) -> None:
    edit_page(editor, "e-uslugi", body="Dostaniesz 3 386 zł albo 1 000,00 zł, nie 13 386 zł.")
    assert "3386 zł" not in editor.visit(TO_CHECK).text.replace("\N{NO-BREAK SPACE}", " ")
    with app.app_context():
        benefit = benefit_called("swiadczenie-pielegnacyjne")
        assert benefit
        assert benefit.amounts[0].amount == Decimal(3386)
        number = benefit.id
    new = editor.visit(f"/panel/swiadczenia/{number}/kwoty/nowa")
    editor.submit(new, "Zapisz", amount="3500", valid_from="2027-01-01", source="Obwieszczenie")
    frozen.move_to("2027-01-02T09:00:00+01:00")
    with app.test_request_context():
        found = [(doubt.name, doubt.detail) for doubt in doubts(clock.now()) if doubt.what == "overtaken"]
    assert ("E-usługi", "3386 zł") in found
    assert all(amount == "3386 zł" for _, amount in found)


def test_what_ends_soon_or_has_no_amount_is_named(app: Flask, frozen: time_machine.Traveller) -> None:
    frozen.move_to("2026-12-20T09:00:00+01:00")
    with app.test_request_context():
        first = {(doubt.what, doubt.name) for doubt in doubts(clock.now())}
    frozen.move_to("2027-01-01T09:00:00+01:00")
    with app.test_request_context():
        then = {(doubt.what, doubt.name) for doubt in doubts(clock.now())}
    assert ("amount_ends", "Świadczenie pielęgnacyjne") in first
    assert ("no_amount", "Świadczenie pielęgnacyjne") in then
    assert any(what == "ends" for what, _ in first)


def test_after_180_days_a_page_asks_to_be_looked_at(
    app: Flask, editor: Client, frozen: time_machine.Traveller
) -> None:
    with app.app_context():
        page = page_at("sygnalisci")
        assert page
        assert page.changed_at
        stale_on = clock.day_of(page.changed_at) + timedelta(days=181)
    frozen.move_to(f"{stale_on.isoformat()}T09:00:00+02:00")
    staff = signed_in(app, "editor")
    seen = staff.visit(TO_CHECK)
    form = next(
        f for f in seen.dom.all("form") if "Sygnaliści" in "".join(f.itertext()) and f.get("method") == "post"
    )
    values = {i.get("name", ""): i.get("value", "") for i in form.iter("input")}
    assert staff.post(form.get("action", ""), data=values).status_code == 303
    with app.app_context():
        page = page_at("sygnalisci")
        assert page
        assert page.checked_on == stale_on
    assert not any("Sygnaliści" in "".join(f.itertext()) for f in staff.visit(TO_CHECK).dom.all("form"))
