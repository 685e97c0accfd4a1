"""What administrators see of who works here, and what each button there does (S49, S51, S53)."""

import re
from pathlib import Path

import pyotp
import pytest
from flask import Flask

from portal import clock
from portal.accounts import factors, people
from portal.accounts.models import Account, account_called
from portal.accounts.passwords import hashed
from portal.accounts.permissions import ROLE_SAYS
from portal.db import action, db
from tests.client import Client, Page
from tests.conftest import PASSWORDS, browse, only_sqlite
from tests.test_accounts import ANNA, GOOD, invited, letters, link_in, mine

pytestmark = [only_sqlite, pytest.mark.pages]

ASK, TAKE_AWAY, SEND = "Poproś o usunięcie drugiego kroku", "Usuń drugi krok", "Wyślij link"


def number_of(app: Flask, login: str) -> int:
    with app.app_context():
        account = account_called(login)
        assert account
        return account.id


@pytest.fixture
def team(app: Flask) -> str:
    """The address of somebody's page who has a second factor."""
    number = number_of(app, PASSWORDS["interviewer"][0])
    with app.app_context():
        connect(number)
    return f"/panel/uzytkownicy/{number}"


@action
def connect(number: int) -> None:
    """Somebody connects an app."""
    secret, now = factors.new_secret(), clock.now()
    factors.adopt(db.session.get_one(Account, number), secret, pyotp.TOTP(secret).at(now), now)


@pytest.fixture
def second(app: Flask) -> Client:
    """Another administrator, who has set a password already."""
    with app.app_context():
        by = account_called(PASSWORDS["administrator"][0])
        link = people.invite("druga@mopr-przykladowo.example", "Druga", "administrator", by, clock.now())
        set_password(link.account_id)
    client = browse(app)
    page = client.visit("/panel/logowanie")
    assert client.press(page, login="druga@mopr-przykladowo.example", password=GOOD).status_code == 303
    return client


@action
def set_password(number: int) -> None:
    """Somebody sets the password to which they were invited."""
    db.session.get_one(Account, number).password_hash = hashed(GOOD)


def line_of(client: Client, name: str) -> list[str]:
    """What stands beside somebody's name in the list."""
    page = client.visit("/panel/uzytkownicy")
    for row in page.dom.all("tbody")[0].iter("tr"):
        cells = [" ".join("".join(cell.itertext()).split()) for cell in row]
        if cells[0] == name:
            return cells[1:]
    raise AssertionError(f"{name} is not in the list")


def typed(page: Page, field: str) -> str:
    return next(one.get("value", "") for one in page.dom.all("input") if one.get("name") == field)


# --- the list


def test_the_list_says_role_state_and_second_step_of_everybody(
    app: Flask, administrator: Client, second: Client, team: str
) -> None:
    invited(administrator, "technician")
    login = PASSWORDS["editor"][0]
    page = administrator.visit(f"/panel/uzytkownicy/{number_of(app, login)}")
    form = mine(
        name="Redakcja", role="editor", version=typed(page, "version"), csrf_token=typed(page, "csrf_token")
    )
    assert administrator.post(page.url, data=form).status_code == 303, "without the tick"
    page = administrator.visit(team)
    administrator.submit(page, ASK, **mine())
    assert line_of(administrator, "Anna Próbna") == [ANNA, "Administrator techniczny", "zaproszona", "brak"]
    assert line_of(administrator, "Redakcja") == [login, "Redaktor", "już tu nie pracuje", "brak"]
    assert line_of(administrator, "Zespół rozmów")[2:] == ["pracuje tutaj", "do usunięcia"]
    assert line_of(administrator, "Zespół pieczy")[2:] == ["pracuje tutaj", "brak"]
    second.submit(second.visit(team), TAKE_AWAY, **mine(own_password=GOOD))
    with app.app_context():
        connect(number_of(app, PASSWORDS["interviewer"][0]))
    assert line_of(administrator, "Zespół rozmów")[3] == "ustawiony"


@pytest.mark.parametrize("address", ["/panel/uzytkownicy/nowa", "/panel/uzytkownicy/1"])
def test_each_role_has_a_sentence_that_says_what_it_may(administrator: Client, address: str) -> None:
    page = administrator.visit(address)
    assert page.radios("role") == list(ROLE_SAYS)
    for sentence in (
        "Pisze ogłoszenia i strony. Nie widzi danych osobowych mieszkańców.",
        "Widzi dane osobowe; każde spojrzenie jest odnotowane.",
        "Nie widzi danych osobowych.",
        "o co mieszkańcy proszą w sprawie swoich danych.",
    ):
        assert sentence in page.text, sentence


# --- one person


def test_a_person_is_shown_and_nothing_is_said_to_be_wrong(administrator: Client, team: str) -> None:
    page = administrator.visit(team)
    assert (page.h1, typed(page, "name")) == ("Zespół rozmów", "Zespół rozmów")
    assert PASSWORDS["interviewer"][0] in page.text
    assert "Link do nowego hasła trafia na adres podany wyżej, nigdy do Ciebie." in page.text
    for words in ("Nic nie zostało", "Błąd", "hasła jeszcze nie ma"):
        assert words not in page.text + page.title, words
    for number in (0, 99_999):
        assert administrator.visit(f"/panel/uzytkownicy/{number}").status == 404


def test_whoever_is_invited_has_a_link_on_the_page_until_there_is_another(
    app: Flask, administrator: Client, tmp_path: Path
) -> None:
    page = invited(administrator)
    assert "Zaproszono. Link wysłaliśmy e-mailem." in page.text
    assert "Zaproszenie wysłane, hasła jeszcze nie ma" in page.text
    (first,) = re.findall(r'<code class="key">(.+?)</code>', page.everything)
    assert first == f"http://127.0.0.1:8000{link_in(letters(app, tmp_path)[-1])}"
    assert "Nowe zaproszenie unieważnia poprzednie." in page.text
    again = administrator.submit(page, SEND, **mine())
    assert again.url == page.url
    assert "Link wysłaliśmy e-mailem." in again.text
    (other,) = re.findall(r'<code class="key">(.+?)</code>', again.everything)
    assert other != first
    assert link_in(letters(app, tmp_path)[-1]) in other


def test_the_link_begins_with_the_address_of_the_portal_wherever_it_is_mounted(
    app: Flask, administrator: Client
) -> None:
    page = invited(administrator)
    app.config["PUBLIC_URL"] = "https://mopr.example/portal"
    below = administrator.get(page.url, environ_overrides={"SCRIPT_NAME": "/portal"})
    (address,) = re.findall(r'<code class="key">(.+?)</code>', below.get_data(as_text=True))
    assert re.fullmatch(r"https://mopr\.example/portal/panel/haslo/\d+/[0-9a-f]{64}", address)


def test_a_change_that_comes_too_late_shows_how_it_is_and_can_be_saved_then(
    app: Flask, administrator: Client, team: str
) -> None:
    page = administrator.visit(team)
    assert (
        "Zapisano. Obowiązuje od teraz." in administrator.submit(page, "Zapisz", **mine(name="Rozmowy")).text
    )
    late = administrator.submit(page, "Zapisz", **mine(name="Zespół talk"))
    assert (late.status, late.h1) == (409, "Rozmowy")
    assert "Ktoś zmienił to konto po otwarciu tej strony." in late.text
    assert typed(late, "name") == "Zespół talk"
    assert administrator.submit(late, "Zapisz", **mine()).h1 == "Zespół talk"


def test_a_refusal_that_is_no_race_leaves_the_version_as_it_was(app: Flask, administrator: Client) -> None:
    me = f"/panel/uzytkownicy/{number_of(app, PASSWORDS['administrator'][0])}"
    page = administrator.visit(me)
    refused = administrator.submit(page, "Zapisz", **mine(role="editor"))
    assert refused.status == 409
    assert typed(refused, "version") == typed(page, "version")
    assert "Najpierw zrób administratorem kogoś innego." in refused.text


# --- the buttons


def test_a_button_needs_ones_own_password(
    app: Flask, administrator: Client, team: str, tmp_path: Path
) -> None:
    page = administrator.visit(team)
    for wrong, says in (("", "Wpisz hasło"), ("nie moje", "Hasło jest nieprawidłowe")):
        refused = administrator.submit(page, SEND, own_password=wrong)
        assert refused.status == 422
        assert refused.h1 == "Zespół rozmów"
        assert "Nic nie zostało zmienione" in refused.text
        assert says in refused.text
        assert typed(refused, "name") == "Zespół rozmów", "the form above is as it was"
        assert refused.radios("role")
    assert not (tmp_path / "mail").exists() or letters(app, tmp_path) == []
    done = administrator.submit(refused, SEND, **mine())
    assert (done.url, done.status) == (team, 200)
    assert "Link wysłaliśmy e-mailem." in done.text
    assert "hasła jeszcze nie ma" not in done.text, "whoever has a password is not invited"
    assert link_in(letters(app, tmp_path)[-1])


def test_a_button_of_an_old_page_does_nothing_and_the_next_one_works(
    app: Flask, administrator: Client, team: str
) -> None:
    page = administrator.visit(team)
    administrator.submit(page, "Zapisz", **mine(name="Rozmowy"))
    late = administrator.submit(page, ASK, **mine())
    assert (late.status, late.h1, typed(late, "name")) == (409, "Rozmowy", "Rozmowy")
    assert "Nic nie zostało zapisane" in late.text
    assert "Ktoś zmienił to konto po otwarciu tej strony." in late.text
    assert "Zapisano. Inny administrator musi się zgodzić" in administrator.submit(late, ASK, **mine()).text


def test_one_asks_and_another_takes_the_second_step_away(
    app: Flask, administrator: Client, second: Client, team: str
) -> None:
    asked = administrator.submit(administrator.visit(team), ASK, **mine())
    assert "Zapisano. Inny administrator musi się zgodzić na tej stronie." in asked.text
    assert "Twoja prośba jest zapisana." in asked.text
    assert TAKE_AWAY not in asked.text, "whoever has asked does not agree"
    early = administrator.post(
        f"{team}/drugi-skladnik/zgoda",
        data=mine(version=typed(asked, "version"), csrf_token=typed(asked, "csrf_token")),
    )
    assert early.status_code == 409
    assert "Nikt nie zgadza się we własnej sprawie." in early.get_data(as_text=True).replace("\xa0", " ")
    page = second.visit(team)
    assert ASK not in page.text
    done = second.submit(page, TAKE_AWAY, **mine(own_password=GOOD))
    assert "Drugi krok usunięty. Przy następnym logowaniu ta osoba ustawi nowy." in done.text
    assert "Drugi krok logowania" not in done.text, "there is none any more"


def test_nobody_takes_their_own_second_step_away(app: Flask, administrator: Client) -> None:
    number = number_of(app, PASSWORDS["administrator"][0])
    with app.app_context():
        connect(number)
    page = administrator.visit(f"/panel/uzytkownicy/{number}")
    assert page.status == 200
    assert ASK not in page.text


def test_whoever_has_left_gets_no_link(app: Flask, administrator: Client, team: str) -> None:
    open_page = administrator.visit(team)
    left = mine(name="Zespół", role="interviewer", version=typed(open_page, "version"))
    administrator.post(team, data=left | {"csrf_token": typed(open_page, "csrf_token")})
    page = administrator.visit(team)
    assert SEND not in page.text
    sent = mine(version=typed(page, "version"), csrf_token=typed(page, "csrf_token"))
    refused = administrator.post(f"{team}/link", data=sent)
    assert refused.status_code == 409
    assert "Ta osoba już tu nie pracuje" in refused.get_data(as_text=True).replace("\xa0", " ")
