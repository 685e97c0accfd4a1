"""Nothing typed is lost at the end of a session (S54): every form of the staff area comes back filled after signing in again, for whoever
typed it alone, and nothing is done before the button is pressed once more."""

from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

import pytest
import time_machine
from flask import Flask
from sqlalchemy import text

from portal import clock
from portal.accounts.forgetting import forget_forms
from portal.accounts.permissions import SIGNED_OUT
from portal.db import db
from tests.browser.test_every_page import STAFF
from tests.client import Client, Page, Values, values_of
from tests.conftest import PASSWORDS, browse, only_sqlite, signed_in
from tests.parts import filled
from tests.test_crawl import state
from tests.test_staff_area import staff_rules

IDLE = 31 * 60
NOT_SAVED = "Jeszcze nic nie zapisano"
DRAFT = {
    "title": "Zapisy do programu ruszają",
    "lead": "Program zaczyna się w styczniu. Zapisy trwają do końca roku.",
    "body": "Pierwszy akapit.\n\nDrugi akapit, którego nie wolno zgubić.",
    "category": "centre",
    "valid_until": "2026-12-31",
}

# --- every form -----------------------------------------------------------------------------------------

# Mere buttons for which there is nothing here, one for scripts, and the name of a passkey, for which a portal has to have a host name.
NOT_HERE = {
    *("bookings.answer", "bookings.give_up", "bookings.told", "content.checked", "my_calendar.end"),
    *("own.remove_passkey", "pages.withdraw", "people.ask_to_reset", "people.reset", "publishing.call_off"),
    *("releases.undo", "slots.undo", "statement.discard", "statement.publish", "todo.finish", "todo.reopen"),
    *("versions.old", "writing.paste", "own.passkey"),
}
KINDS = {"date": "2027-01-05", "time": "13:45", "number": "17", "email": "inna@osoba.example"}
NEVER_KEPT = {"csrf_token", "password", "own_password"}
OF_THE_ROW = {"csrf_token", "version", "at", "token"}
MORE = ("/panel/zgloszenia/2", "/panel/strony/1/tekst/2", "/panel/moje-konto/klucz")


class Sent(NamedTuple):
    """A form of a page as somebody has filled it in, and where it goes."""

    page: str
    to: str
    endpoint: str
    values: Values
    is_button: bool


def forms_of(page: Page) -> Iterator[tuple[Element, str]]:
    """The forms of a page that change something, with each address to which one of their buttons sends them."""
    for form in page.dom.all("form"):
        if form.get("method") == "post":
            actions = [form.get("action") or "", *(b.get("formaction") for b in form.iter("button"))]
            for action in dict.fromkeys(action for action in actions if action is not None):
                to = urlsplit(urljoin(page.response.request.url, action))
                yield form, f"{to.path}?{to.query}" if to.query else to.path


def controls(form: Element) -> list[Element]:
    """What somebody can fill in."""
    fields = [c for c in form.iter() if c.tag in {"textarea", "select", "input"}]
    return [c for c in fields if c.get("type") not in {"hidden", "file"} and c.get("name") not in NEVER_KEPT]


def filled_in(form: Element) -> Values:
    """Everything otherwise than it stood."""
    values = values_of(form)
    for control in controls(form):
        name, kind, value = control.get("name", ""), control.get("type", ""), control.get("value", "")
        if control.tag == "textarea":
            values[name] = "Pierwszy <akapit> & „drugi”,\nktórego nie wolno zgubić."
        elif control.tag == "select":
            values[name] = [option.get("value", "") for option in control.iter("option")][-1]
        elif kind == "radio":
            values[name] = [value]
        elif kind == "checkbox":
            values[name] = list(set(values.get(name, [])) ^ {value})
        else:
            numeric = control.get("inputmode") == "numeric"
            values[name] = KINDS.get(kind, "17" if numeric else "Inaczej 7")
    return {name: value for name, value in values.items() if value != []}


def is_closed(app: Flask, endpoint: str) -> bool:
    """Whether it is for people who are signed in."""
    return getattr(app.view_functions[endpoint], "permission", None) != SIGNED_OUT


def all_forms(app: Flask, client: Client) -> Iterator[Sent]:
    """One form for each view that takes any."""
    seen = set()
    for address in (*STAFF, *MORE):
        page = client.visit(address)
        for form, to in forms_of(page):
            if not to.startswith("/panel"):
                continue
            endpoint = app.url_map.bind("").match(urlsplit(to).path, "POST")[0]
            sent = Sent(address, to, endpoint, filled_in(form), not controls(form))
            if is_closed(app, endpoint) and (endpoint, sent.is_button) not in seen:
                seen.add((endpoint, sent.is_button))
                yield sent


def told(form: Values, names: Iterable[str]) -> Values:
    """What a form says: what was sent, and whatever else is not empty; several answers in no order."""
    values = {
        name: value for name, value in form.items() if (value or name in names) and name not in OF_THE_ROW
    }
    return {name: sorted(value) if isinstance(value, list) else value for name, value in values.items()}


def is_there(page: Page, sent: Sent) -> bool:
    """Whether the page shows the form that was sent, as it was filled in; its version is that of now."""
    forms = [form for form, to in forms_of(page) if urlsplit(to).path == urlsplit(sent.to).path]
    kept = told(sent.values, sent.values)
    return bool(forms) if sent.is_button else kept in [told(values_of(form), kept) for form in forms]


@only_sqlite
def test_every_form_comes_back_as_it_was_filled_in(app: Flask, frozen: time_machine.Traveller) -> None:
    filled.fill(app)
    client = signed_in(app, "administrator")
    page = client.visit("/panel/strony/1/edytuj")
    client.submit(page, "Zapisz", title="Inny tytuł")
    sent_ones, before, lost = list(all_forms(app, client)), state(app), []
    for sent in sent_ones:
        frozen.shift(IDLE)
        headers = {"Referer": f"http://localhost{sent.page}"}
        late = client.post(sent.to, data=sent.values, headers=headers)
        frozen.shift(-IDLE)
        assert late.location.startswith("/panel/logowanie?next="), sent
        again = client.visit(late.location)
        if again.status != 200 or NOT_SAVED not in again.text or not is_there(again, sent):
            lost.append((sent, again.url, again.status))
    assert not lost
    now = state(app)
    assert {table for table in now if now[table] != before[table]} == {"kept_form"}, "nothing was done"
    never = {r.endpoint for r in staff_rules(app) if "POST" in (r.methods or ())} - {
        s.endpoint for s in sent_ones
    }
    assert {name.removeprefix("panel.") for name in never if is_closed(app, name)} <= NOT_HERE


# --- for whom, for how long, and what then ---------------------------------------------------------------


def interrupted(client: Client, frozen: time_machine.Traveller, minutes: int = 31, **more: Any) -> Page:
    """The page on which somebody has to sign in who wrote for so long."""
    page = client.visit("/panel/ogloszenia/nowe")
    frozen.shift(minutes * 60)
    page = client.submit(page, "Zapisz", **DRAFT, **more)
    assert page.url == "/panel/logowanie"
    return page


def sign_in(client: Client, page: Page, role: str) -> Page:
    login, password = PASSWORDS[role]
    return client.submit(page, login=login, password=password)


def kept_rows(app: Flask) -> list[Any]:
    with app.app_context():
        return list(db.session.execute(text("SELECT * FROM kept_form")).all())


def count(app: Flask, table: str) -> Any:
    with app.app_context():
        return db.session.execute(text(f"SELECT count(*) FROM {table}")).scalar()  # noqa: S608


@pytest.mark.parametrize("minutes", [31, 8 * 60])
def test_a_form_comes_back_and_is_saved_only_when_it_is_sent_again(
    app: Flask, editor: Client, frozen: time_machine.Traveller, minutes: int
) -> None:
    before = count(app, "announcement")
    page = interrupted(editor, frozen, minutes)
    assert "akapit" not in str(kept_rows(app)), "it is sealed"
    page = sign_in(editor, page, "editor")
    assert page.url == "/panel/ogloszenia/nowe"
    assert NOT_SAVED in page.text
    assert "autofocus" not in page.everything, "it would scroll past the sentence"
    assert DRAFT.items() <= values_of(page.form("Zapisz")).items()
    assert count(app, "announcement") == before
    assert DRAFT.items() <= values_of(editor.visit(page.response.request.full_path).form("Zapisz")).items()
    page = editor.submit(page, "Zapisz")
    assert DRAFT["title"] in page.text
    assert (count(app, "announcement"), kept_rows(app)) == (before + 1, [])


@only_sqlite
def test_it_comes_back_however_somebody_signs_in(
    app: Flask, editor: Client, frozen: time_machine.Traveller
) -> None:
    interrupted(editor, frozen)
    elsewhere = browse(app)
    page = sign_in(elsewhere, elsewhere.visit("/uk/panel/logowanie"), "editor")
    assert (page.response.request.path, page.title[:9]) == (
        "/uk/panel/ogloszenia/nowe",
        "Нове оголошення"[:9],
    )
    assert DRAFT["body"] in page.everything


def test_nobody_else_sees_it_and_it_ends_after_an_hour(
    app: Flask, editor: Client, frozen: time_machine.Traveller
) -> None:
    page = sign_in(editor, interrupted(editor, frozen), "administrator")
    assert (page.url, DRAFT["title"] in page.everything) == ("/panel/ogloszenia/nowe", False)
    assert DRAFT["title"] not in editor.visit("/panel/zachowane").everything
    frozen.shift(3601)
    client = signed_in(app, "editor")
    for address in ("/panel/zachowane", "/panel/ogloszenia/nowe?zachowane=1"):
        assert DRAFT["title"] not in client.visit(address).everything
    with app.app_context():
        assert forget_forms(clock.now()) == 1


@only_sqlite
def test_a_stranger_and_a_signed_out_browser_leave_nothing(app: Flask, editor: Client) -> None:
    page = editor.visit("/panel/ogloszenia/nowe")
    editor.post("/panel/wyloguj", data={"csrf_token": values_of(page.form("Zapisz"))["csrf_token"]})
    editor.submit(page, "Zapisz", **DRAFT)
    assert kept_rows(app) == []


@only_sqlite
def test_files_are_named_that_have_to_be_chosen_again(
    app: Flask, editor: Client, frozen: time_machine.Traveller
) -> None:
    page = sign_in(
        editor, interrupted(editor, frozen, attachment=(BytesIO(b"%PDF-1.7"), "plakat.pdf")), "editor"
    )
    assert "Haseł i plików nie przechowujemy. Wybierz jeszcze raz: plakat.pdf." in page.text


@only_sqlite
def test_what_has_no_page_any_more_is_shown_to_be_copied(
    app: Flask, editor: Client, frozen: time_machine.Traveller
) -> None:
    page = editor.visit("/panel/kontakty/linia/1")
    frozen.shift(IDLE)
    page = editor.submit(page, "Zapisz", name="Linia, o której mowa")
    with app.app_context():
        db.session.execute(text("DELETE FROM help_line WHERE id = 1"))
        db.session.commit()
    page = sign_in(editor, page, "editor")
    assert page.url == "/panel/zachowane"
    assert "Linia, o której mowa" in page.text


@only_sqlite
def test_other_forms_that_lie_open_can_be_sent_by_the_same_person_alone(
    app: Flask, editor: Client, frozen: time_machine.Traveller
) -> None:
    other = editor.visit("/panel/kontakty/linia/1")
    sign_in(editor, interrupted(editor, frozen), "editor")
    assert editor.submit(other, "Zapisz", name="Linia z drugiej karty").status == 200
    assert "Linia z drugiej karty" in editor.visit("/panel/kontakty").text
    frozen.shift(IDLE)
    sign_in(editor, editor.visit("/panel/logowanie"), "administrator")
    assert editor.press(other, "Zapisz", name="Linia cudza").status_code == 400
