"""The gate: every staff page × every role, and nothing changes without a POST from a page of ours."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from werkzeug.routing import Rule

from portal.accounts.permissions import PERMISSIONS, SIGNED_OUT
from tests.client import Client
from tests.conftest import PASSWORDS, only_sqlite, signed_in
from tests.test_booking_pages import book
from tests.test_crawl import state
from tests.test_foster import ask as send_enquiry

ROLES = ("editor", "interviewer", "foster_team", "technician", "administrator")
TABLE = Path(__file__).parent.parent / "docs" / "security" / "permissions.md"


def in_paper() -> dict[str, list[str]]:
    """What the paper says of each page and deed: its address, then "yes" or a dash for each role."""
    rows = [row.strip("| ").split(" | ") for row in TABLE.read_text("utf-8").splitlines() if row[:1] == "|"]
    return {f"panel.{name}": cells for name, *cells in rows[2:]}


MATRIX = {
    endpoint: [role for role, cell in zip(ROLES, cells, strict=True) if cell == "yes"]
    for endpoint, (_, *cells) in in_paper().items()
}
IDS = (
    "announcement_id",
    "slot_id",
    "booking_id",
    "message_id",
    "mark_id",
    "absence_id",
    "service_id",
    "office_id",
    "resource_id",
    "series_id",
    "closure_id",
    "edition_id",
    "enquiry_id",
    "question_id",
    "request_id",
    "participant_id",
    "individual_id",
    "meeting_id",
    "certificate_id",
    "account_id",
    "link_id",
    "passkey_id",
    "subject_id",
    "row_id",
    "page_id",
    "benefit_id",
    "amount_id",
    "programme_id",
    "medium_id",
    "opening_id",
    "conflict_id",
    "pair_id",
)
VALUES = dict.fromkeys(IDS, 1) | {
    "place": 1,
    "number": 1,
    "code": "pl",
    "day": "2026-12-01",
    "kind": "room",
    "word": "zgloszenie",
    "token": "0" * 64,
    "what": "jednostka",
    "part": "skrot",
    "item": "strona",
    "language": "uk",
}
OPEN = {
    *(
        f"panel.accounts.{name}"
        for name in ("sign_in", "sign_in_by_passkey", "show_code", "show_passkey", "set_up")
    ),
    *(f"panel.links.{name}" for name in ("forgotten", "sent", "follow", "new_password")),
}


def staff_rules(app: Flask) -> Iterator[Rule]:
    return (rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/panel"))


def address(app: Flask, rule: Rule) -> str:
    with app.test_request_context():
        return rule.build({name: VALUES[name] for name in rule.arguments})[1]  # type: ignore[index]


@only_sqlite
def test_the_matrix_names_every_staff_page(app: Flask) -> None:
    assert {rule.endpoint for rule in staff_rules(app)} == MATRIX.keys() | OPEN
    addresses = {(rule.endpoint, re.sub(r"<[^>]*:", "<", rule.rule)) for rule in staff_rules(app)}
    assert {(endpoint, cells[0].strip("`")) for endpoint, cells in in_paper().items()} <= addresses


@only_sqlite
def test_every_staff_view_names_a_permission(app: Flask) -> None:
    for rule in staff_rules(app):
        permission = getattr(app.view_functions[rule.endpoint], "permission", None)
        assert permission in PERMISSIONS or (permission == SIGNED_OUT and rule.endpoint in OPEN), (
            rule.endpoint
        )


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        *(("sqlite", role) for role in ROLES),
        pytest.param("postgres", "administrator", marks=pytest.mark.postgres),
    ],
)
def test_each_role_opens_its_pages_and_no_other(app: Flask, role: str) -> None:
    client = signed_in(app, role)
    for rule in staff_rules(app):
        if "GET" not in (rule.methods or set()) or rule.endpoint in OPEN:
            continue
        status = client.get(address(app, rule)).status_code
        may_open = role in MATRIX[rule.endpoint]
        assert status in ({200, 404} if may_open else {403}), f"{role} {rule.endpoint}: {status}"


@pytest.mark.parametrize("role", ROLES)
@only_sqlite
def test_no_role_posts_where_it_may_not(app: Flask, role: str) -> None:
    client = signed_in(app, role)
    token = _token(client)
    for rule in staff_rules(app):
        if (
            "POST" in (rule.methods or set())
            and rule.endpoint not in OPEN
            and role not in MATRIX[rule.endpoint]
        ):
            assert client.post(address(app, rule), data={"csrf_token": token}).status_code == 403, (
                rule.endpoint
            )


@only_sqlite
def test_strangers_are_sent_to_the_sign_in_page(app: Flask, stranger: Client) -> None:
    for rule in staff_rules(app):
        if rule.endpoint in OPEN or "GET" not in (rule.methods or set()):
            continue
        response = stranger.get(address(app, rule))
        assert response.status_code == 303
        assert response.location.startswith("/panel/logowanie?next=")


@only_sqlite
def test_no_post_passes_without_a_token_or_from_elsewhere(
    app: Flask, administrator: Client, editor: Client
) -> None:
    token, of_another = _token(administrator), _token(editor)
    before = state(app)
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or set()):
            continue
        url = address(app, rule) if rule.rule.startswith("/panel") else rule.rule.replace("<code>", "a1")
        assert administrator.post(url).status_code == 400, rule.endpoint
        for wrong in ("", of_another):
            assert administrator.post(url, data={"csrf_token": wrong}).status_code == 400, rule.endpoint
        foreign = {"Origin": "https://evil.example"}
        assert administrator.post(url, data={"csrf_token": token}, headers=foreign).status_code == 403
        cross = {"Sec-Fetch-Site": "cross-site"}
        assert administrator.post(url, data={"csrf_token": token}, headers=cross).status_code == 403
    assert state(app) == before


def _token(client: Client) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.visit("/panel").everything)
    assert found
    return found[1]


@only_sqlite
def test_a_copied_cookie_is_dead_after_signing_out(app: Flask, interviewer: Client) -> None:
    cookie = interviewer.get_cookie("portal")
    assert cookie
    thief = app.test_client()
    thief.set_cookie("portal", cookie.value)
    assert thief.get("/panel").status_code == 200
    interviewer.post("/panel/wyloguj", data={"csrf_token": _token(interviewer)})
    assert thief.get("/panel").status_code == 303


@pytest.mark.parametrize(
    ("address", "entry"),
    [
        *(
            (f"/panel/{room}", "Treść")
            for room in ("tresc", "tresc/do-sprawdzenia", "strony/1/edytuj", "menu")
        ),
        *((f"/panel/{room}", "Treść") for room in ("media", "kontakty", "swiadczenia", "programy")),
        *(("/panel/deklaracja/dane", "Treść"), ("/panel/strony/1/media", "Treść")),
        *(("/panel/uzytkownicy", "Ustawienia"), ("/panel/ustawienia/rozmowy/1", "Ustawienia")),
        *(("/panel/zgloszenia/pytania", "Zgłoszenia"), ("/panel/choroba", "Terminy")),
        *(("/panel", "Dziś"), ("/panel/zadania", "Dziś")),
        *(("/panel/zastrzezenia", "Ustawienia"), ("/panel/zastrzezenia/otwarcie", "Rezerwacje")),
        *(("/panel/zastrzezenia/booking/1", "Rezerwacje"), ("/panel/zastrzezenia/enquiry/1", "Zgłoszenia")),
        ("/panel/osoby/booking/1/kopia", "Rezerwacje"),
    ],
)
@pytest.mark.parametrize("kind", ["sqlite"])
def test_the_menu_says_where_one_is(
    administrator: Client, resident: Client, address: str, entry: str
) -> None:
    if "booking/1" in address:
        book(resident)
    if address.endswith("enquiry/1"):
        send_enquiry(resident)
    menu = administrator.visit(address).everything.partition('<nav class="menu"')[2].partition("</nav>")[0]
    assert re.findall(r'aria-current="\w+">([^<]+)', menu) == [entry]


@pytest.mark.parametrize(("role", "minutes"), [("editor", 30), ("interviewer", 15)])
@only_sqlite
def test_an_idle_session_ends(app: Flask, role: str, minutes: int, frozen: time_machine.Traveller) -> None:
    client = signed_in(app, role)
    frozen.shift(minutes * 60 - 1)
    assert client.get("/panel").status_code == 200
    frozen.shift(minutes * 60)
    assert client.get("/panel").status_code == 303


@only_sqlite
def test_nobody_works_longer_than_ten_hours_on_one_sign_in(
    app: Flask, frozen: time_machine.Traveller
) -> None:
    client = signed_in(app, "editor")
    for _ in range(30):
        frozen.shift(20 * 60)
        last = client.get("/panel").status_code
    assert last == 303


@only_sqlite
def test_wrong_pairs_get_one_answer_and_are_counted(app: Flask, stranger: Client) -> None:
    login, password = PASSWORDS["editor"]
    page = stranger.visit("/panel/logowanie")
    unknown = stranger.submit(page, login="nobody@example.com", password="x" * 20)
    wrong = stranger.submit(page, login=login, password="x" * 20)
    assert unknown.status == wrong.status == 422
    assert unknown.text.replace("nobody@example.com", login) == wrong.text
    for _ in range(9):
        stranger.submit(page, login=login, password="x" * 20)
    refused = stranger.press(page, login=login, password=password)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/ogloszenia",
        "https://[evil",
        "/panel\\@evil.example",
        "%09//evil.example",
        "/panel/%0d%0aX-A:%201",
        "/panelevil",
        "/panel@evil.example",
    ],
)
@only_sqlite
def test_sign_in_leads_only_to_staff_pages(app: Flask, stranger: Client, target: str) -> None:
    login, password = PASSWORDS["editor"]
    page = stranger.visit(f"/panel/logowanie?next={target}")
    assert stranger.press(page, login=login, password=password).location == "/panel"


@only_sqlite
def test_sign_in_leads_back_to_the_page_that_was_asked_for(app: Flask, stranger: Client) -> None:
    login, password = PASSWORDS["editor"]
    page = stranger.visit("/panel/ogloszenia")
    assert page.url == "/panel/logowanie"
    assert stranger.submit(page, login=login, password=password).url == "/panel/ogloszenia"


@only_sqlite
def test_sign_in_keeps_the_language(app: Flask, stranger: Client) -> None:
    login, password = PASSWORDS["editor"]
    page = stranger.visit("/uk/panel/ogloszenia?stan=draft")
    assert page.url.startswith("/uk/panel/logowanie")
    response = stranger.press(page, login=login, password=password)
    assert response.location == "/uk/panel/ogloszenia?stan=draft"


@pytest.mark.parametrize("language", ["", "/uk", "/en"])
@only_sqlite
def test_no_two_entries_of_the_menu_have_one_name(administrator: Client, language: str) -> None:
    menu = administrator.visit(f"{language}/panel").dom.all("nav")[0]
    names = ["".join(entry.itertext()).strip() for entry in menu.iter("a")]
    assert len(names) == len(set(names)) == 11
