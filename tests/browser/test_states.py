"""What no address alone shows: what comes after steps, a mistake in every form, and a portal without any content; each in looks
that together have every language, width, theme and size of text."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pyotp
import pytest
import time_machine
from flask import Flask, abort, request
from flask_migrate import upgrade
from playwright.sync_api import Browser, Locator, Page
from sqlalchemy import update

from portal import clock
from portal.access_requests.actions import answer
from portal.accounts import passwords, people
from portal.accounts.actions import create_account
from portal.accounts.keeping import keep
from portal.accounts.models import Account, Passkey, account_called
from portal.booking.models import Place
from portal.db import db
from portal.demo.load import ACCOUNTS
from tests.browser.conftest import serve
from tests.browser.test_booking_states import say_contact
from tests.browser.test_every_page import PUBLIC, STAFF
from tests.browser.test_proof import sign_in
from tests.conftest import NOW, PASSWORDS, Databases, make_app
from tests.parts.axe import violations
from tests.parts.filled import fill
from tests.parts.looks import FEW_LOOKS, Look, page_in
from tests.parts.measure import measured
from tests.parts.resident import Resident

pytestmark = [pytest.mark.browser, pytest.mark.torture, pytest.mark.parametrize("look", FEW_LOOKS, ids=str)]

BEHIND_STEPS = {
    *(f"booking.{name}" for name in ("needs", "contact", "check", "done", "wait")),
    *(f"booking.mine.{name}" for name in ("show", "contact", "move", "cancel")),
    *(f"foster.{name}" for name in ("received", "mine.show", "mine.contact", "mine.withdraw", "mine.erase")),
    *(f"access_requests.{name}" for name in ("received", "mine.show", "mine.withdraw")),
    *(f"panel.accounts.{name}" for name in ("sign_in", "set_up", "show_code")),
    *("panel.links.follow", "panel.links.new_password", "panel.own.remove_passkey"),
    *("panel.desk.done", "panel.enquiry_talks.done"),
}
MAY_BE_EMPTY = {  # to which addresses a form may be sent with nothing in it, and what that says
    "/ustawienia": "everything as it comes",
    "/panel/menu/baner": "no banner",
    "/panel/ogloszenia/1/media": "no files",
    "/panel/strony/1/media": "no files",
    "/panel/zgloszenia/1": "no note",
    "/panel/zgloszenia/1/kto": "nobody yet",
    "/panel/zadania": "nobody yet",
    "/panel/ogloszenia/1/tlumaczenie/uk": "no translation any more, as the page says",
    "/panel/choroba": "nobody takes over and no time is proposed; ten minutes to take it back",
    "/panel/edycje/spotkanie/4": "nobody is marked yet, and the answer counts them",
}
ERRORS = 400, 403, 404, 405, 409, 413, 429, 500, 503
EMPTY = """form => {
  for (const field of form.elements) {
    if (["hidden", "submit", "button"].includes(field.type)) continue;
    if (field.type === "checkbox" || field.type === "radio") field.checked = false;
    else field.value = "";
  }
}"""
TO_FILL = "main form[method=post]:has(input:not([type=hidden]), select, textarea)"
PASSKEY = {"credential_id": b"1", "public_key": b"1", "sign_count": 0, "name": "Mój telefon"}


class Walk:
    """Somebody on the way through pages, each of which is judged once it is seen."""

    def __init__(self, resident: Resident, app: Flask, look: Look) -> None:
        self.resident, self.look = resident, look
        self._addresses = app.url_map.bind("")
        self.seen: set[str] = set()
        self.faults: dict[str, list[str]] = {}

    def judge(self) -> None:
        """What is wrong with the page on show."""
        page = self.resident.page
        path = urlsplit(page.url).path.removeprefix(f"/{self.look.language}")
        self.seen.add(self._addresses.match(path or "/", "GET")[0])
        # What a mistake has scrolled half under the strip of help can be scrolled out.
        page.evaluate("scrollTo(0, 0)")
        said = [*measured(page), *violations(page)]
        if said:
            self.faults[f"{path} {page.title()}"] = said

    def told(self) -> str:
        """All that is wrong, a line each."""
        return "\n".join(f"{page}: {fault}" for page, faults in self.faults.items() for fault in faults)

    def go(self, path: str) -> None:
        """Open a page and judge it."""
        self.resident.open(path)
        self.judge()

    def press(self, name: str, role: str = "button") -> None:
        """Follow a button or a link, and judge what comes."""
        self.resident.press(name, role)
        self.judge()


@pytest.fixture
def walk(chromium: Browser, served: Flask, address: str, look: Look) -> Iterator[Walk]:
    """Somebody at a filled portal that looks so."""
    fill(served)
    page = page_in(chromium, address, look)
    yield Walk(Resident(page, look.language), served, look)
    page.context.close()


def test_what_comes_after_steps(walk: Walk, served: Flask, tmp_path: Path) -> None:
    for go in (book, ask_about_foster_care, ask_for_accessibility, work, sign_in_in_two_steps, wait):
        go(walk, served)
    assert not walk.faults, walk.told()
    assert walk.seen >= BEHIND_STEPS


def book(walk: Walk, app: Flask) -> None:
    """A talk, looked at afterwards and cancelled."""
    walk.go("/umow-rozmowe/a1/termin")
    walk.resident.choose(walk.resident.slot())
    walk.press("Next")
    walk.press("Next")
    say_contact(walk.resident)
    walk.judge()
    walk.press("Book this time")
    for page in ("termin", "kontakt", "zmien", "odwolaj"):
        walk.go(f"/moja-rezerwacja/{page}")
    walk.press("Yes, cancel this time")


def ask_about_foster_care(walk: Walk, app: Flask) -> None:
    """An enquiry, which is taken back and erased."""
    walk.go("/rodzicielstwo-zastepcze/zglos-zainteresowanie")
    leave_contact(walk)
    walk.press("Send")
    walk.press("Choose a time for the talk")
    for page in ("stan", "kontakt", "wycofaj"):
        walk.go(f"/moje-zgloszenie/{page}")
    walk.press("Yes, withdraw")
    walk.go("/moje-zgloszenie/usun")
    walk.press("Yes, delete everything")


def leave_contact(walk: Walk) -> None:
    walk.resident.write("How shall we address you?", "Żaneta")
    walk.resident.choose(walk.resident.field("Write me an e-mail"))
    walk.resident.write("E-mail address", "osoba@example.com")


def ask_for_accessibility(walk: Walk, app: Flask) -> None:
    """Both kinds: one is taken back, one is refused."""
    walk.go("/dostepnosc/wniosek")
    walk.resident.write("What is the barrier?", "Schody.")
    leave_contact(walk)
    walk.press("Send the application")
    walk.go("/moj-wniosek/wycofaj")
    walk.press("Yes, withdraw")
    walk.go("/dostepnosc/zadanie-cyfrowe")
    walk.resident.write("Which page or part of it does not work for you, and why?", "Tabela.")
    leave_contact(walk)
    walk.press("Send the request")
    walk.go("/moj-wniosek/stan")
    with app.app_context():
        answer(6, 1, "refused", "Tabela jest czytelna.", "", interviewer(), clock.now())
        db.session.remove()
    walk.go("/moj-wniosek/stan")


def interviewer() -> Account:
    found = account_called(PASSWORDS["interviewer"][0])
    assert found
    return found


def work(walk: Walk, app: Flask) -> None:
    """What staff see after a deed: numbers and PINs to read out, a kept form, a link that sets a password."""
    walk.go("/panel/logowanie")
    with app.app_context():
        by, now = interviewer(), clock.now()
        link = people.invite("nowa@mopr-przykladowo.example", "Nowa Osoba", "editor", by, now)
        administrator = account_called(PASSWORDS["administrator"][0])
        assert administrator
        keep(administrator.id, "/panel/strony/nowa", [("title", "Nowa strona"), ("body", "Treść.")], now)
        path = f"/panel/haslo/{link.id}/{passwords.token_of(link)}"
        db.session.remove()
    walk.go(path)
    walk.press("Go on")
    sign_in(walk.resident.page)
    walk.go("/panel")
    with app.app_context():  # from now on a password alone would not be enough
        db.session.add(Passkey(id=1, account_id=3, created_at=clock.now(), **PASSKEY))
        db.session.commit()
        db.session.remove()
    for page in ("/panel/zachowane", "/panel/moje-konto/klucz/1/usun"):
        walk.go(page)
    walk.go("/panel/rezerwacje/nowa")
    walk.resident.write("How shall we address you?", "Żaneta")
    walk.resident.choose(walk.resident.field("Do not contact me. I will keep the reference."))
    walk.press("Book this time")
    walk.go("/panel/zgloszenia/2/rozmowa")
    walk.press("Book this time")
    walk.resident.page.context.clear_cookies(name="portal")


def sign_in_in_two_steps(walk: Walk, app: Flask) -> None:
    """Where a password is not enough: an app is set up, and asked for the next time."""
    app.config["SECOND_FACTOR"] = True
    page = walk.resident.page
    for step in ("set up", "asked"):
        walk.go("/panel/logowanie")
        for field, text in zip(("#login", "#password"), PASSWORDS["interviewer"], strict=True):
            page.locator(field).fill(text)
        walk.press("Sign in")
        if step == "set up":
            secret = page.locator("code.key").inner_text().replace(" ", "")
            page.locator("#code").fill(pyotp.TOTP(secret).at(clock.now()))
            walk.press("Connect the app")
            page.context.clear_cookies(name="portal")
    app.config["SECOND_FACTOR"] = False


def wait(walk: Walk, app: Flask) -> None:
    """Nothing is free."""
    with app.app_context():
        db.session.execute(update(Place).where(Place.state == "free").values(state="blocked"))
        db.session.commit()
        db.session.remove()
    walk.go("/umow-rozmowe/a1/termin")
    walk.press("Join the waiting list", "link")
    walk.press("Next")
    walk.press("Next")
    say_contact(walk.resident)
    walk.judge()
    walk.press("Join the waiting list")
    walk.go("/moja-rezerwacja/termin")


@pytest.mark.parametrize("who", ["resident", "staff"])
def test_a_mistake_in_every_form(walk: Walk, look: Look, who: str) -> None:
    """Every form is sent empty. It is refused and says why, or is one of those in which nothing has to be filled in."""
    if who == "staff":
        sign_in(walk.resident.page)
    taken = set()
    for path in PUBLIC if who == "resident" else STAFF:
        walk.resident.page.goto(walk.look.address(path))
        for number in range(walk.resident.page.locator(TO_FILL).count()):
            walk.resident.page.goto(walk.look.address(path))
            status, to = sent_empty(walk.resident.page, walk.resident.page.locator(TO_FILL).nth(number))
            if status < 400:
                taken.add(to.removeprefix(f"/{look.language}"))
            else:
                walk.judge()
    assert not walk.faults, walk.told()
    assert taken - set(MAY_BE_EMPTY) == set()


def test_what_is_said_when_something_goes_wrong(walk: Walk, served: Flask) -> None:
    """The page of each error, for residents and for whoever is signed in."""

    @served.before_request
    def break_on_demand() -> None:
        if asked := request.args.get("error", type=int):
            abort(asked)

    page = walk.resident.page
    for path in ("/kontakt", "/panel"):
        if path == "/panel":
            sign_in(page)
        for error in ERRORS:
            answer = page.goto(walk.look.address(f"{path}?error={error}"))
            assert answer
            assert answer.status == error
            walk.judge()
    assert not walk.faults, walk.told()


def sent_empty(page: Page, form: Locator) -> tuple[int, str]:
    """How the portal answers to the form without anything in it, and to which address it was sent."""
    form.evaluate(EMPTY)
    with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
        form.locator("button:not([type=button], [formaction])").first.evaluate("button => button.click()")
    answer.value.finished()
    page.wait_for_load_state("networkidle")
    return int(answer.value.status), urlsplit(answer.value.url).path


def test_a_portal_without_content(
    chromium: Browser, databases: Databases, tmp_path: Path, look: Look
) -> None:
    """The first day of a new installation: one administrator and nothing else. Lists say that they are empty."""
    app = make_app(databases.empty("sqlite", tmp_path), tmp_path)
    with app.app_context(), time_machine.travel(NOW, tick=False):
        upgrade()
        one = next(account for account in ACCOUNTS if account.role == "administrator")
        create_account(one.login, one.name, one.role, one.password, NOW)
        db.session.remove()
    with time_machine.travel(NOW, tick=True), serve(app) as address:
        page = page_in(chromium, address, look)
        walk = Walk(Resident(page, look.language), app, look)
        for path in PUBLIC:
            walk.go(path)
        sign_in(page)
        for path in STAFF:
            walk.go(path)
        assert not walk.faults, walk.told()
        page.context.close()
    with app.app_context():
        db.engine.dispose()
