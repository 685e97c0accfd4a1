"""Staff accounts: invited by a link that works once, with a second factor, and nothing typed is lost when a session ends."""

import hashlib
import json
import re
import unicodedata
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from html import unescape
from pathlib import Path

import pyotp
import pytest
import time_machine
from click.testing import CliRunner
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from sqlalchemy import select, text, update
from werkzeug.test import TestResponse

from portal import clock
from portal.accounts import factors, passkeys, passwords, people
from portal.accounts.actions import MOST_IN_A_ROW, confirm, sign_in
from portal.accounts.models import Account, AuditEntry, account_called
from portal.cli import main
from portal.config import DEMO
from portal.db import db
from portal.errors import NotFound, Refused, TooMany
from portal.outbox.actions import deliver_next
from portal.outbox.models import Message
from tests.client import Client, Page
from tests.conftest import KEYS, PASSWORDS, browse, make_app, only_sqlite, signed_in

pytestmark = pytest.mark.pages

GOOD = "zielony rower pod mostem"
ANNA = "anna.probna@mopr-przykladowo.example"


@pytest.fixture
def strict(database: str, tmp_path: Path, frozen: time_machine.Traveller) -> Iterator[Flask]:
    """A portal that asks for a second factor, as everywhere outside the demo."""
    app = make_app(database, tmp_path, PORTAL_SECOND_FACTOR="1")
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def show_password(client: Client, role: str, then: str = "") -> Page:
    login, password = PASSWORDS[role]
    page = client.visit(f"/panel/logowanie?next={then}" if then else "/panel/logowanie")
    return client.submit(page, "Zaloguj się", login=login, password=password)


def secret_on(page: Page) -> str:
    found = re.search(r'<code class="key">([A-Z2-7 ]+)</code>', page.everything)
    assert found
    return found[1].replace(" ", "")


def code_now(secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(for_time=clock.now(), counter_offset=steps)


def set_up(client: Client, role: str) -> tuple[str, list[str]]:
    """Connect an app at the first sign-in; the secret and the recovery codes."""
    page = show_password(client, role)
    secret = secret_on(page)
    page = client.submit(page, code=code_now(secret))
    codes = re.findall(r"<li><code>([A-Z0-9-]+)</code></li>", page.everything)
    assert len(codes) == 10
    return secret, codes


# --- the second factor ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "address"),
    [
        ("editor", "/panel"),
        ("interviewer", "/panel/logowanie/drugi-skladnik"),
        ("administrator", "/panel/logowanie/drugi-skladnik"),
    ],
)
@only_sqlite
def test_whoever_sees_personal_data_sets_up_a_second_factor_first(
    strict: Flask, role: str, address: str
) -> None:
    client = browse(strict)
    assert show_password(client, role).url == address
    if role != "editor":
        assert client.visit("/panel/rezerwacje").url == "/panel/logowanie", "half of a session opens nothing"


@only_sqlite
def test_the_demo_asks_for_none_and_says_so(app: Flask, stranger: Client) -> None:
    page = stranger.visit("/panel/logowanie")
    assert "Tutaj wystarczy hasło" in page.text
    app.config["SECOND_FACTOR"] = True
    page = stranger.visit("/panel/logowanie")
    assert "wystarczy hasło" not in page.text
    assert "Wszystkie osoby i sprawy w wersji pokazowej są zmyślone." in page.text
    app.config["SECOND_FACTOR"] = False
    assert show_password(stranger, "administrator").url == "/panel"


def test_an_app_is_connected_once_and_asked_for_from_then_on(
    strict: Flask, frozen: time_machine.Traveller
) -> None:
    client = browse(strict)
    page = show_password(client, "interviewer")
    secret = secret_on(page)
    assert "<svg" in page.everything
    wrong = client.submit(page, code="000000")
    assert wrong.status == 422
    assert secret_on(wrong) == secret, "the picture stays while the page is tried again"
    page = client.submit(wrong, code=code_now(secret))
    assert page.h1 == "Kody zapasowe"
    assert client.visit("/panel/rezerwacje").status == 200

    frozen.shift(60)
    other = browse(strict)
    page = show_password(other, "interviewer", "/panel/rezerwacje")
    assert page.url == "/panel/logowanie/kod"
    page = other.submit(page, code=" ".join(code_now(secret)))
    assert page.url == "/panel/rezerwacje", "spaces do no harm, and the wanted page is not forgotten"


def test_a_code_works_once_and_two_clocks_may_differ_by_half_a_minute(
    strict: Flask, frozen: time_machine.Traveller
) -> None:
    secret, _codes = set_up(browse(strict), "interviewer")
    frozen.shift(300)
    for steps, address in (
        (-1, "/panel"),
        (-1, "/panel/logowanie/kod"),
        (1, "/panel"),
        (0, "/panel/logowanie/kod"),
    ):
        client = browse(strict)
        page = client.submit(show_password(client, "interviewer"), code=code_now(secret, steps))
        assert page.url == address, steps
    client = browse(strict)
    for steps in (-2, 2):
        page = client.submit(show_password(client, "interviewer"), code=code_now(secret, steps))
        assert page.status == 422


def test_after_five_wrong_codes_nobody_tries_for_a_quarter_of_an_hour(
    strict: Flask, frozen: time_machine.Traveller
) -> None:
    secret, codes = set_up(browse(strict), "interviewer")
    frozen.shift(60)
    client = browse(strict)
    page = show_password(client, "interviewer")
    for _ in range(5):
        assert client.submit(page, code="123456").status == 422
    assert client.press(page, code=code_now(secret)).status_code == 429
    other = browse(strict)
    assert other.press(show_password(other, "interviewer"), code=codes[0]).status_code == 429
    frozen.shift(15 * 60)
    page = show_password(client, "interviewer")
    assert client.submit(page, code=code_now(secret)).url == "/panel"


def test_a_recovery_code_lets_in_once_and_new_ones_end_the_old(
    strict: Flask, frozen: time_machine.Traveller
) -> None:
    _secret, codes = set_up(browse(strict), "interviewer")
    frozen.shift(60)
    client = browse(strict)
    page = show_password(client, "interviewer")
    assert client.submit(page, code=codes[3].lower().replace("-", " ")).url == "/panel"
    other = browse(strict)
    assert other.submit(show_password(other, "interviewer"), code=codes[3]).status == 422
    assert "9 kodów zapasowych" in client.visit("/panel/moje-konto").text
    page = client.submit(client.visit("/panel/moje-konto/kody"), own_password=PASSWORDS["interviewer"][1])
    assert page.h1 == "Kody zapasowe"
    assert other.submit(show_password(other, "interviewer"), code=codes[4]).status == 422
    with strict.app_context():
        seen = str(db.session.execute(text("SELECT * FROM recovery_code")).all())
        assert codes[4].replace("-", "") not in seen
        assert _secret not in str(db.session.execute(text("SELECT * FROM account")).all())


@only_sqlite
def test_half_of_a_session_ends_after_ten_minutes(strict: Flask, frozen: time_machine.Traveller) -> None:
    secret, _codes = set_up(browse(strict), "interviewer")
    client = browse(strict)
    page = show_password(client, "interviewer")
    frozen.shift(601)
    assert client.submit(page, code=code_now(secret)).url == "/panel/logowanie"


@only_sqlite
def test_an_editor_may_connect_an_app_too(strict: Flask, frozen: time_machine.Traveller) -> None:
    client = browse(strict)
    show_password(client, "editor")
    page = client.visit("/panel/moje-konto/aplikacja")
    secret = secret_on(page)
    wrong = client.submit(page, code=code_now(secret), own_password="not mine, not mine")
    assert wrong.status == 422
    page = client.submit(wrong, code=code_now(secret), own_password=PASSWORDS["editor"][1])
    assert page.h1 == "Kody zapasowe"
    assert show_password(browse(strict), "editor").url == "/panel/logowanie/kod"


# --- passwords -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("kot na płocie", "short"),
        ("passwordpassword", "guessable"),
        ("123456789012345", "guessable"),
        ("qwertyuiopasdfg", "guessable"),
        ("1q2w3e4r5t6y7u8i9o", "guessable"),
        ("NeverSayMyPassword", "guessable"),
        ("Przykladowo2026!", "guessable"),
        ("anna.probna2026", "guessable"),
        ("mojehasłomojehasło", "guessable"),
        (GOOD, ""),
        ("ź" * 7 + GOOD, ""),
        ("a9$" * 50 + GOOD, ""),
    ],
)
@only_sqlite
def test_short_and_guessable_passwords_are_refused(app: Flask, password: str, why: str) -> None:
    account = Account(login=ANNA, name="Anna Próbna")
    words = ("Miejski", "Ośrodek", "w", "Przykładowie", "Przykładowo")
    assert passwords.weakness(password, account, words, has_second=False) == why


def test_twelve_characters_are_enough_beside_a_second_factor() -> None:
    account = Account(login=ANNA, name="Anna Próbna")
    assert passwords.weakness("xK9 vbm2 Lq7", account, (), has_second=True) == ""
    assert passwords.weakness("xK9 vbm2 Lq7", account, (), has_second=False) == "short"


def test_long_passwords_are_not_cut_and_unicode_is_read_as_it_is_meant(context: None) -> None:
    account = Account(login=ANNA, name="Anna", is_active=True, password_hash=passwords.hashed("x" * 80 + "ą"))
    assert passwords.fits(account, "x" * 80 + unicodedata.normalize("NFD", "ą"))
    assert not passwords.fits(account, "x" * 80 + "a")


def test_after_a_hundred_wrong_passwords_only_a_new_one_helps(app: Flask, context: None) -> None:
    login, password = PASSWORDS["editor"]
    db.session.execute(update(Account).values(failures=MOST_IN_A_ROW - 1))
    db.session.commit()
    with pytest.raises(Refused, match="wrong"):
        sign_in(login, "x" * 20, "10.0.0.1", clock.now(), asks_second=False)
    with pytest.raises(Refused, match="wrong"):
        sign_in(login, password, "10.0.0.2", clock.now(), asks_second=False)
    account = account_called(login)
    assert account
    link = passwords.send_link(account, "reset", clock.now())
    passwords.set_password(link.id, passwords.token_of(link), GOOD, clock.now())
    assert sign_in(login, GOOD, "10.0.0.2", clock.now(), asks_second=False)


def test_many_wrong_passwords_at_once_are_counted_as_if_they_came_one_by_one(app: Flask) -> None:
    """The first two may come at once, and nobody gets one try more by hurrying (S47)."""

    def guess(_number: int) -> str:
        with app.app_context():
            try:
                sign_in(PASSWORDS["editor"][0], "x" * 20, "10.0.0.1", clock.now(), asks_second=False)
            except Refused as refusal:
                return refusal.code
            finally:
                db.session.remove()
        return "let in"

    with ThreadPoolExecutor(16) as pool:
        assert Counter(pool.map(guess, range(24))) == {"wrong": 10, "too_many": 14}


@only_sqlite
def test_right_passwords_are_never_too_many(app: Flask, context: None) -> None:
    login, password = PASSWORDS["editor"]
    for _ in range(12):
        assert sign_in(login, password, "10.0.0.1", clock.now(), asks_second=False)


@only_sqlite
def test_one_address_tries_two_hundred_accounts_and_no_more(
    app: Flask, context: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then nothing is hashed any more, and whoever has failed elsewhere, or not at all, comes in (S89)."""
    hashed = list[str]()

    def watched(account: Account | None, password: str) -> bool:
        hashed.append(password)
        return password == PASSWORDS["editor"][1]

    monkeypatch.setattr(passwords, "fits", watched)
    for number in range(200):
        with pytest.raises(Refused, match="wrong"):
            sign_in(f"ktos{number}@example.com", "x" * 20, "10.0.0.1", clock.now(), asks_second=False)
    with pytest.raises(TooMany):
        sign_in("jeszcze@example.com", "x" * 20, "10.0.0.1", clock.now(), asks_second=False)
    assert len(hashed) == 200
    assert sign_in(*PASSWORDS["editor"], "10.0.0.2", clock.now(), asks_second=False)


@only_sqlite
def test_a_rush_hashes_two_passwords_at_once_and_no_more(
    app: Flask, context: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each hash takes 46 MiB (S46)."""
    account = account_called(PASSWORDS["editor"][0])
    real, at_work, most = passwords.HASHER, [], []

    class Watched:
        def verify(self, *pair: str) -> bool:
            at_work.append(1)
            most.append(len(at_work))
            try:
                return real.verify(*pair)
            finally:
                at_work.pop()

    monkeypatch.setattr(passwords, "HASHER", Watched())
    with ThreadPoolExecutor(8) as pool:
        assert not any(pool.map(lambda _: passwords.fits(account, "x" * 20), range(16)))
    assert max(most) == 2


# --- links that work once --------------------------------------------------------------------------------


def letters(app: Flask, folder: Path) -> list[str]:
    with app.app_context():
        while deliver_next(app.extensions["post_office"], clock.now()):
            pass
    files = sorted((folder / "mail").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    return [message_from_bytes(path.read_bytes(), policy=policy.default).get_content() for path in files]


def follow(client: Client, address: str) -> Page:
    """The page on which a password is typed, by a link."""
    return client.submit(client.visit(address))


def link_in(letter: str) -> str:
    found = re.search(r"http://127\.0\.0\.1:8000(/panel/haslo/\d+/[0-9a-f]{64})\s", letter)
    assert found, letter
    return found[1]


def test_a_forgotten_password_is_set_anew_with_a_link_that_works_once(
    app: Flask, stranger: Client, tmp_path: Path, frozen: time_machine.Traveller
) -> None:
    login, old = PASSWORDS["interviewer"]
    working = signed_in(app, "interviewer")
    page = stranger.submit(stranger.visit("/panel/logowanie/zapomniane"), login=login.upper())
    (letter,) = letters(app, tmp_path)
    address = link_in(letter)
    for _ in range(3):
        page = stranger.visit(address)
        assert page.h1 == "Ustaw hasło", "looking does not use it up"
        assert login not in page.everything, "whoever scans mail sees nobody's name"
    assert stranger.visit("/panel/haslo").status == 410, "looking is not following"
    page = stranger.submit(page)
    assert page.url == "/panel/haslo", "the token is out of the address before anything is typed"
    weak = stranger.submit(page, password="przykladowo 2026")
    assert (weak.status, weak.url) == (422, "/panel/haslo")
    page = stranger.submit(weak, password=GOOD)
    assert page.url == "/panel/logowanie", "nobody is let in by a link alone"
    assert [stranger.visit(over).status for over in (address, "/panel/haslo")] == [410, 410]
    assert stranger.post("/panel/haslo", data={"password": GOOD, "csrf_token": csrf(page)}).status_code == 410
    assert working.get("/panel").status_code == 303, "every session has ended"
    assert stranger.submit(page, login=login, password=old).status == 422
    assert stranger.submit(page, login=login, password=GOOD).url == "/panel"
    assert "zostało właśnie zmienione" in letters(app, tmp_path)[-1]


@only_sqlite
def test_the_answer_is_the_same_for_an_unknown_address(app: Flask, stranger: Client, tmp_path: Path) -> None:
    pages = [
        stranger.submit(stranger.visit("/panel/logowanie/zapomniane"), login=login)
        for login in (PASSWORDS["editor"][0], "nikt@example.com")
    ]
    assert pages[0].text == pages[1].text
    assert len(letters(app, tmp_path)) == 1
    stranger.submit(stranger.visit("/panel/logowanie/zapomniane"), login=PASSWORDS["editor"][0])
    assert len(letters(app, tmp_path)) == 1, "asking again at once sends nothing more"


def test_a_link_ends_with_time_with_a_newer_one_and_with_a_changed_letter(
    app: Flask, context: None, frozen: time_machine.Traveller
) -> None:
    account = account_called(PASSWORDS["editor"][0])
    assert account
    first = passwords.send_link(account, "reset", clock.now())
    second = passwords.send_link(account, "reset", clock.now())
    token = passwords.token_of(second)
    assert passwords.link_with(first.id, passwords.token_of(first), clock.now()) is None
    assert (
        passwords.link_with(second.id, token[:-1] + ("0" if token[-1] != "0" else "1"), clock.now()) is None
    )
    assert passwords.link_with(second.id, token, clock.now())
    frozen.shift(30 * 60)
    assert passwords.link_with(second.id, token, clock.now()) is None
    with pytest.raises(NotFound):
        passwords.set_password(second.id, token, GOOD, clock.now())
    assert token not in str(db.session.execute(text("SELECT * FROM account_link")).all())


@only_sqlite
def test_messages_about_accounts_are_shown_to_nobody(app: Flask, administrator: Client) -> None:
    with app.app_context():
        account = account_called(PASSWORDS["editor"][0])
        assert account
        link = passwords.send_link(account, "reset", clock.now())
        token = passwords.token_of(link)
    page = administrator.visit("/panel/wiadomosci")
    assert token not in page.everything
    assert "/panel/haslo/" not in page.everything


def test_the_first_administrator_comes_by_the_command_line(
    database: str, tmp_path: Path, frozen: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (DEMO | {"PORTAL_MAIL_URL": f"folder:{tmp_path}/mail"}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PORTAL_DATABASE_URL", database)
    monkeypatch.setenv("PORTAL_KEYS", KEYS)
    told = CliRunner().invoke(main, ["create-admin", ANNA], catch_exceptions=False)
    assert told.exit_code == 0, told.output
    again = CliRunner().invoke(main, ["create-admin", ANNA])
    assert again.exit_code == 1
    app = make_app(database, tmp_path, PORTAL_SECOND_FACTOR="1")
    client = browse(app)
    page = client.submit(follow(client, link_in(told.output)), password="xK9 vbm2 Lq7")
    page = client.submit(page, login=ANNA, password="xK9 vbm2 Lq7")
    assert page.url == "/panel/logowanie/drugi-skladnik"
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


# --- people and roles -----------------------------------------------------------------------------------


def mine(**typed: str) -> dict[str, str]:
    return {"own_password": PASSWORDS["administrator"][1], **typed}


def invited(administrator: Client, role: str = "administrator") -> Page:
    page = administrator.visit("/panel/uzytkownicy/nowa")
    return administrator.submit(page, **mine(name="Anna Próbna", login=ANNA, role=role))


def test_somebody_is_invited_and_sets_a_password_of_their_own(
    app: Flask, administrator: Client, stranger: Client, tmp_path: Path
) -> None:
    page = administrator.visit("/panel/uzytkownicy/nowa")
    assert "Widzi dane osobowe; każde spojrzenie jest odnotowane." in page.text, "what each role may do"
    refused = administrator.submit(page, name="Anna", login=ANNA, role="editor", own_password="x" * 20)
    assert refused.status == 422
    page = administrator.submit(refused, **mine(role="editor"))
    assert link_in(letters(app, tmp_path)[-1]) in page.text.replace("http://127.0.0.1:8000", " "), (
        "to hand over"
    )
    assert (
        administrator.submit(
            administrator.visit("/panel/uzytkownicy/nowa"), **mine(name="A", login=ANNA, role="editor")
        ).status
        == 422
    )
    page = stranger.submit(follow(stranger, link_in(letters(app, tmp_path)[-1])), password=GOOD)
    assert stranger.submit(page, login=ANNA, password=GOOD).url == "/panel"
    assert "zaproszona" not in administrator.visit("/panel/uzytkownicy").text


def test_another_role_or_leaving_ends_every_session(app: Flask, administrator: Client) -> None:
    with app.app_context():
        editor, interviewer = (account_called(PASSWORDS[role][0]) for role in ("editor", "interviewer"))
        assert editor
        assert interviewer
        ids = editor.id, interviewer.id
    clients = signed_in(app, "editor"), signed_in(app, "interviewer")
    page = administrator.visit(f"/panel/uzytkownicy/{ids[0]}")
    administrator.submit(page, "Zapisz", **mine(role="interviewer"))
    page = administrator.visit(f"/panel/uzytkownicy/{ids[1]}")
    leaves = mine(name="Zespół", role="interviewer", version="1", csrf_token=csrf(page))  # without the tick
    administrator.post(page.url, data=leaves)
    assert [client.get("/panel").status_code for client in clients] == [303, 303]
    login, password = PASSWORDS["interviewer"]
    again = browse(app)
    assert again.submit(again.visit("/panel/logowanie"), login=login, password=password).status == 422


def csrf(page: Page) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.everything)
    assert found
    return found[1]


def test_an_administrator_signs_somebody_out_everywhere(
    app: Flask, administrator: Client, frozen: time_machine.Traveller
) -> None:
    lost, other = signed_in(app, "interviewer"), signed_in(app, "editor")
    page = administrator.visit("/panel/uzytkownicy")
    page = administrator.visit(page.links()["Zespół rozmów"])
    refused = administrator.submit(page, "Wyloguj wszędzie", own_password="zgaduję")
    assert refused.status == 422
    assert refused.everything.count('aria-invalid="true"') == 1, "only where it was typed"
    assert lost.visit("/panel").url == "/panel"
    page = administrator.submit(page, "Wyloguj wszędzie", own_password=PASSWORDS["administrator"][1])
    assert "Wylogowano na wszystkich urządzeniach" in page.text
    assert lost.visit("/panel").url == "/panel/logowanie"
    assert other.visit("/panel").url == "/panel"
    with app.app_context():
        deed = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert deed
        assert (deed.action, deed.subject) == ("signed_out_everywhere", "account")


def test_the_last_administrator_stays(app: Flask, administrator: Client) -> None:
    invited(administrator)  # has no password yet, so could not let anybody in
    with app.app_context():
        me = account_called(PASSWORDS["administrator"][0])
        assert me
        my_id = me.id
    page = administrator.submit(
        administrator.visit(f"/panel/uzytkownicy/{my_id}"), "Zapisz", **mine(role="editor")
    )
    assert page.status == 409
    assert "Najpierw zrób administratorem kogoś innego." in page.text
    assert administrator.visit("/panel/uzytkownicy").status == 200


def test_two_who_change_one_account_at_once(app: Flask, administrator: Client) -> None:
    page = administrator.visit("/panel/uzytkownicy/1")
    administrator.submit(page, "Zapisz", **mine(name="Ktoś inny"))
    late = administrator.submit(page, "Zapisz", **mine(name="Jeszcze ktoś"))
    assert late.status == 409
    assert "Jeszcze ktoś" in late.everything, "what was typed is kept"
    with app.app_context():
        assert db.session.get_one(Account, 1).name == "Ktoś inny"


def test_it_takes_two_administrators_to_take_a_second_factor_away(
    context: None, frozen: time_machine.Traveller
) -> None:
    now = clock.now()
    one = account_called(PASSWORDS["administrator"][0])
    loser = account_called(PASSWORDS["interviewer"][0])
    assert one
    assert loser
    two = people.invite(ANNA, "Anna", "administrator", one, now).account
    secret = factors.new_secret()
    factors.adopt(loser, secret, code_now(secret), now)
    with pytest.raises(Refused, match="same_person"):
        people.reset_factor(loser.id, loser.version, two, now)
    people.ask_to_reset_factor(loser.id, loser.version, one, now)
    with pytest.raises(Refused, match="same_person"):
        people.reset_factor(loser.id, loser.version, one, now)
    assert loser.has_second_factor
    people.reset_factor(loser.id, loser.version, two, now)
    db.session.expire_all()
    assert not loser.has_second_factor
    deeds = db.session.scalars(select(AuditEntry.action).where(AuditEntry.subject_id == loser.id))
    assert {"second_factor_reset_asked", "second_factor_taken_away"} <= set(deeds)


def test_the_password_is_asked_for_once_more_and_not_for_ever(context: None) -> None:
    me = account_called(PASSWORDS["administrator"][0])
    assert me
    for _ in range(10):
        with pytest.raises(Refused, match="wrong"):
            confirm(me, "x" * 20, "10.0.0.1", clock.now())
    with pytest.raises(TooMany):
        confirm(me, PASSWORDS["administrator"][1], "10.0.0.1", clock.now())


# --- one's own account ----------------------------------------------------------------------------------


def test_a_new_password_signs_out_every_other_browser(app: Flask, editor: Client) -> None:
    elsewhere = signed_in(app, "editor")
    old = PASSWORDS["editor"][1]
    page = editor.visit("/panel/moje-konto/haslo")
    assert editor.submit(page, own_password="x" * 20, password=GOOD).status == 422
    assert editor.submit(page, own_password=old, password="krótkie").status == 422
    copied = copy_of(app, editor)
    assert copied.get("/panel").status_code == 200
    assert editor.submit(page, own_password=old, password=GOOD).url == "/panel/moje-konto"
    assert editor.get("/panel").status_code == 200
    assert [other.get("/panel").status_code for other in (elsewhere, copied)] == [303, 303]


def copy_of(app: Flask, client: Client) -> Client:
    """Another browser with the cookie of this one."""
    cookie = client.get_cookie("portal")
    assert cookie
    other = browse(app)
    other.set_cookie("portal", cookie.value)
    return other


@only_sqlite
def test_a_working_day_is_no_longer_for_a_new_password(
    app: Flask, editor: Client, frozen: time_machine.Traveller
) -> None:
    for half_hours in range(20):
        page = editor.visit("/panel/moje-konto")
        assert page.url == "/panel/moje-konto", half_hours
        editor.submit(page, "Wyloguj wszędzie indziej")
        frozen.shift(30 * 60 - 1)
    frozen.shift(20)
    assert editor.get("/panel").status_code == 303, "ten hours are over"


@only_sqlite
def test_signing_out_everywhere_else(
    app: Flask, editor: Client, interviewer: Client, frozen: time_machine.Traveller
) -> None:
    """What is listed before are the other browsers of this account, and no colleague's."""
    assert "Żadna inna przeglądarka" in editor.visit("/panel/moje-konto").text
    elsewhere = signed_in(app, "editor")
    frozen.shift(120)
    elsewhere.visit("/panel")
    page = editor.visit("/panel/moje-konto")
    assert page.text.count("ostatnio używana o 11:02") == 1
    copied = copy_of(app, editor)
    assert "wylogowana" in editor.submit(page, "Wyloguj wszędzie indziej").text
    statuses = [client.get("/panel").status_code for client in (editor, elsewhere, copied)]
    assert statuses == [200, 303, 303]
    assert "Żadna inna przeglądarka" in editor.visit("/panel/moje-konto").text


# --- passkeys (tests/browser/test_passkeys.py has a device) -----------------------------------------------

ODD_ANSWERS = (
    "",
    "x",
    "[]",
    "null",
    "{}",
    '{"rawId": 7}',
    '{"rawId": "AAAA"}',
    '{"rawId": "AAAA", "response": {}}',
)


@pytest.fixture
def named(database: str, tmp_path: Path, frozen: time_machine.Traveller) -> Iterator[Flask]:
    """A portal under a name, for which passkeys are made."""
    app = make_app(database, tmp_path, PORTAL_PUBLIC_URL=HERE.origin)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize("answer", ODD_ANSWERS)
@only_sqlite
def test_what_no_device_has_answered_lets_nobody_in(named: Flask, answer: str) -> None:
    stranger, editor = browse(named), signed_in(named, "editor")
    page = stranger.visit("/panel/logowanie")
    sent = {"csrf_token": csrf(page), "answer": answer}
    assert stranger.post("/panel/logowanie/klucz", data=sent).location == "/panel/logowanie"
    assert stranger.visit("/panel/rezerwacje").url == "/panel/logowanie"
    page = editor.visit("/panel/moje-konto/klucz")
    made = {
        "csrf_token": csrf(page),
        "answer": answer,
        "name": "Klucz",
        "own_password": PASSWORDS["editor"][1],
    }
    response = editor.post("/panel/moje-konto/klucz", data=made)
    assert response.status_code == 422
    assert "Klucz dostępu nie powstał" in response.get_data(as_text=True).replace("\xa0", " ")


HERE = passkeys.Site("localhost", "MOPR", "http://localhost:8000")


def encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


class Device:
    """A phone that keeps its passkeys elsewhere too, and therefore does not count its answers. `key` is the public half that it
    claims, in COSE."""

    def __init__(self, name: bytes = b"phone", key: bytes | None = None) -> None:
        self._name, self._secret = name, ec.generate_private_key(ec.SECP256R1())
        point = self._secret.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (point.x, point.y))
        self._key = (
            b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20" + x + b"\x22\x58\x20" + y if key is None else key
        )

    def make(self, challenge: str) -> str:
        """A new passkey."""
        facts = self._facts(0x45) + bytes(16) + len(self._name).to_bytes(2, "big") + self._name + self._key
        attested = b"\xa3cfmtdnonegattStmt\xa0hauthData\x58" + bytes([len(facts)]) + facts
        return self._answer("create", challenge, attestationObject=attested)

    def sign(self, challenge: str) -> str:
        """That it is here, with its owner."""
        facts, client = self._facts(0x05), self._client("get", challenge)
        signature = self._secret.sign(facts + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer("get", challenge, authenticatorData=facts, signature=signature)

    def _facts(self, flags: int) -> bytes:
        return hashlib.sha256(HERE.host.encode()).digest() + bytes([flags]) + bytes(4)

    def _client(self, what: str, challenge: str) -> bytes:
        said = {"type": f"webauthn.{what}", "challenge": challenge, "origin": HERE.origin}
        return json.dumps(said).encode()

    def _answer(self, what: str, challenge: str, **parts: bytes) -> str:
        response = {"clientDataJSON": self._client(what, challenge)} | parts
        sent = {name: encoded(value) for name, value in response.items()}
        name = encoded(self._name)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": sent})


@pytest.fixture
def people_with_passkeys(context: None) -> tuple[Account, Account]:
    """An editor and an interviewer."""
    editor, interviewer = (account_called(PASSWORDS[role][0]) for role in ("editor", "interviewer"))
    assert editor
    assert interviewer
    return editor, interviewer


@pytest.mark.parametrize("key", [b"\xa0", b"\xa2\x01\x02\x03\x26", b"\x80", b"\x05", b"\xa1\x01\xf6"])
@only_sqlite
def test_a_key_that_is_none_is_refused(people_with_passkeys: tuple[Account, Account], key: bytes) -> None:
    asked = encoded(b"asked")
    with pytest.raises(Refused, match="wrong"):
        passkeys.add(people_with_passkeys[0], "Klucz", Device(key=key).make(asked), asked, HERE, clock.now())


def test_an_answer_of_a_device_is_taken_once(people_with_passkeys: tuple[Account, Account]) -> None:
    """Also from a copied browser, which still holds the question, and of a device that does not count its answers."""
    (owner, other), now, phone = people_with_passkeys, clock.now(), Device()
    one, two, three = (encoded(word) for word in (b"one", b"two", b"three"))
    assert len(passkeys.add(owner, "Telefon", phone.make(one), one, HERE, now)) == 10
    with pytest.raises(Refused, match="wrong"):
        passkeys.add(owner, "Inny", Device(b"another").make(one), one, HERE, now)
    with pytest.raises(Refused, match="wrong"):
        passkeys.add(other, "Cudzy", phone.make(two), two, HERE, now)
    answer = phone.sign(three)
    assert passkeys.owner_by(answer, three, HERE, now).id == owner.id
    with pytest.raises(Refused, match="wrong"):
        passkeys.owner_by(answer, three, HERE, now)
    with pytest.raises(Refused, match="wrong"):
        passkeys.owner_by(phone.sign(""), "", HERE, now)


def with_passkey(app: Flask, role: str) -> Device:
    """The device of somebody who has a passkey and no app."""
    phone, asked = Device(), encoded(b"asked")
    with app.app_context():
        owner = account_called(PASSWORDS[role][0])
        assert owner
        passkeys.add(owner, "Telefon", phone.make(asked), asked, HERE, clock.now())
    return phone


def answered(
    client: Client, page: Page, answer: str, address: str = "/panel/logowanie/klucz"
) -> TestResponse:
    return client.post(address, data={"csrf_token": csrf(page), "answer": answer})


@only_sqlite
def test_refused_passkeys_keep_no_colleague_at_the_same_address_out(named: Flask) -> None:
    stranger, colleague, phone = browse(named), browse(named), with_passkey(named, "editor")
    for _ in range(12):
        assert answered(stranger, stranger.visit("/panel/logowanie"), "{}").status_code == 303
    page = colleague.visit("/panel/logowanie")
    (asked,) = re.findall(r'data-options="([^"]+)"', page.everything)
    challenge = json.loads(unescape(asked))["challenge"]
    assert answered(colleague, page, phone.sign(challenge)).location == "/panel"


@only_sqlite
def test_whoever_is_refused_with_passkeys_five_times_at_the_second_step_is_told_to_wait(named: Flask) -> None:
    client, step = browse(named), "/panel/logowanie/kod/klucz"
    with_passkey(named, "editor")
    page = show_password(client, "editor")
    assert [answered(client, page, "{}", step).status_code for _ in range(5)] == [303] * 5
    refused = answered(client, page, "{}", step)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 15 * 60 + 1


@only_sqlite
def test_whoever_has_a_passkey_and_no_app_reads_of_the_passkey(named: Flask) -> None:
    client = signed_in(named, "editor")
    with_passkey(named, "editor")
    page = client.visit("/panel/moje-konto")
    assert "prosimy jeszcze o jeden z Twoich kluczy dostępu. Zostało 10 kodów zapasowych." in page.text
    assert "wystarcza hasło" not in page.text
    page = client.visit(page.links()["Nowe kody zapasowe"])
    page = client.submit(page, own_password=PASSWORDS["editor"][1])
    code = re.findall(r"<li><code>([A-Z0-9-]+)</code></li>", page.everything)[0]
    other = browse(named)
    page = show_password(other, "editor")
    assert "Jeden z Twoich kodów zapasowych." in page.text
    first = next(page.dom.all("main")[0].iter("form"))
    assert first.get("data-passkey") == "get", "what one has stands before what is for a bad day"
    assert other.submit(page, "Zaloguj się", code=code).url == "/panel"


def test_the_owner_is_told_whenever_the_way_to_sign_in_changes(
    app: Flask, people_with_passkeys: tuple[Account, Account], tmp_path: Path
) -> None:
    """An app, codes, a passkey that comes or goes, and all taken away: a letter each, and to nobody else (ASVS 5.0, 6.3.7)."""
    (owner, _other), now, secret, asked = (
        people_with_passkeys,
        clock.now(),
        factors.new_secret(),
        encoded(b"asked"),
    )
    factors.adopt(owner, secret, code_now(secret), now)
    factors.renew_recovery_codes(owner, now)
    passkeys.add(owner, "Telefon", Device().make(asked), asked, HERE, now)
    passkeys.remove(owner, owner.passkeys[0].id, now)
    factors.take_away(owner, None, now)
    told = db.session.scalars(select(Message.about_id).where(Message.kind == "factors_changed")).all()
    assert told == [owner.id] * 5
    assert sum("właśnie zmieniono aplikację" in text for text in letters(app, tmp_path)) == 5


@only_sqlite
def test_where_the_portal_has_only_a_number_nobody_is_offered_a_passkey(app: Flask, editor: Client) -> None:
    assert "Klucze dostępu" not in editor.visit("/panel/moje-konto").text
    assert editor.visit("/panel/moje-konto/klucz").status == 404
