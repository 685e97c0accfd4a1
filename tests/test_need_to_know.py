"""Who needs no personal data meets none (S58), and no form takes more than it shows (S57)."""

import logging
from collections import Counter
from email import message_from_bytes, policy
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from portal import clock
from portal.accounts.models import Account
from portal.benefits.models import BenefitAmount
from portal.booking.pairs import Pair
from portal.db import db
from portal.groups.models import IndividualMeeting
from portal.outbox.actions import deliver_next
from portal.outbox.models import Message
from tests.client import Client, Page, values_of
from tests.conftest import browse, signed_in
from tests.parts.filled import fill
from tests.test_access_requests import ask as ask_for_access
from tests.test_booking_pages import PRIVATE, book
from tests.test_crawl import crawl, state
from tests.test_foster import ask as send_enquiry

pytestmark = pytest.mark.parametrize("kind", ["sqlite"])

PEOPLE = (PRIVATE, "Bożydar Łękawski", "Świętosława Gżegżółka")
MAILS = ("zegota@example.com", "bozydar@example.com", "swietoslawa@example.com")
MORE = {
    **dict.fromkeys(("status", "state", "result", "kind", "origin", "channel_of_place", "slug"), "kanarek"),
    **dict.fromkeys(("user_id", "account_id", "booking_id", "capacity", "id", "priority", "moves"), "54321"),
    **dict.fromkeys(("created_at", "ended_at", "published_at", "issued_at"), "1999-12-31"),
    **dict.fromkeys(("is_admin", "is_content", "is_extra"), "on"),
    "role": "administrator",
    "pin_hash": "kanarek",
    "password_hash": "kanarek",  # pragma: allowlist secret
}
TRACES = ("kanarek", "54321", "1999-12-31", "1999, 12, 31")


@pytest.fixture
def known(app: Flask) -> list[str]:
    """What the portal knows of three residents: names, contacts, references."""
    _, booked, _ = book(browse(app), channel="email", email=MAILS[0])
    _, asked, _ = send_enquiry(browse(app), name=PEOPLE[1], email=MAILS[1])
    _, wished, _ = ask_for_access(browse(app), name=PEOPLE[2], email=MAILS[2])
    words = [word for name in PEOPLE for word in name.split()]
    return [*words, *MAILS, booked, asked, wished]


def met(client: Client, start: str, marks: list[str]) -> set[str]:
    """Which of the marks stand on a page that a link leads to."""
    found = set()
    for _, answer in crawl(client, start, 2):
        text = answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""
        found |= {mark for mark in marks if mark in text}
    return found


def test_editors_and_technicians_meet_no_resident_anywhere(
    app: Flask, known: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        for role in ("editor", "technician"):
            client = signed_in(app, role)
            assert met(client, "/panel", known) == set(), role
            for mark in known:
                text = client.get("/szukaj", query_string={"q": mark}).get_data(as_text=True)
                assert not [other for other in known if other != mark and other in text]
    assert [mark for mark in known if mark in caplog.text] == []
    assert set(known[:6:2]) | set(MAILS) <= met(signed_in(app, "administrator"), "/panel", known), (
        "the same walk meets them where they may be met"
    )
    with app.app_context():
        while deliver_next(app.extensions["post_office"], clock.now()):
            pass
        staff = set(db.session.scalars(select(Account.login)))
    letters = [
        message_from_bytes(file.read_bytes(), policy=policy.default) for file in (tmp_path / "mail").iterdir()
    ]
    assert {letter["To"] for letter in letters} >= set(MAILS)
    assert not [letter for letter in letters if letter["To"] in staff]


def roles(app: Flask) -> Counter[tuple[str, str]]:
    with app.app_context():
        return Counter((account.login, account.role) for account in db.session.scalars(select(Account)))


@pytest.mark.parametrize(
    "role",
    [
        "",
        "administrator",
        *(pytest.param(role, marks=pytest.mark.torture) for role in ("editor", "interviewer")),
    ],
)
def test_no_form_takes_more_than_it_shows(app: Flask, known: list[str], role: str) -> None:
    client = signed_in(app, role) if role else browse(app)
    client.checks = False
    before, sent = roles(app), set()
    for address, answer in crawl(client, "/panel" if role else "/", 1):
        if answer.status_code != 200 or answer.mimetype != "text/html":
            continue
        page = Page(answer, urlsplit(address).path)
        for form in page.dom.all("main")[0].iter("form"):
            to = form.get("action") or page.url
            if form.get("method") != "post" or to in sent:
                continue
            sent.add(to)
            shown = values_of(form)
            taken = client.post(to, data=MORE | shown)
            assert taken.status_code < 500, to
    assert len(sent) > (3 if not role else 10)
    assert roles(app) == before
    rows = "\n".join(row for table in state(app).values() for row in table)
    assert [trace for trace in TRACES if trace in rows] == []


def test_what_belongs_to_another_one_is_not_there(app: Flask) -> None:
    """S56: an id further on in an address has to belong to the one before it."""
    fill(app)
    book(browse(app), channel="email", email=MAILS[0])
    with app.app_context():
        amount = db.session.scalars(select(BenefitAmount).where(BenefitAmount.benefit_id != 1)).first()
        message = db.session.scalars(select(Message).where(Message.about == "booking")).first()
        pair = db.session.scalars(select(Pair)).first()
        held = db.session.scalars(select(IndividualMeeting)).first()
        assert amount
        assert message
        assert pair
        assert held
        theirs = {
            f"/panel/swiadczenia/1/kwoty/{amount.id}": 404,
            f"/panel/swiadczenia/1/kwoty/{amount.id}/usun": 404,
            f"/panel/rezerwacje/{message.about_id - 1}/powiedziane/{message.id}": 404,
            f"/panel/zastrzezenia/osobno/1/{pair.id}/koniec": 404,
            f"/panel/edycje/osoba/{held.participant_id + 1}/indywidualne/{held.id}": 409,
        }
    client = signed_in(app, "administrator")
    token = values_of(client.visit("/panel/moje-konto/haslo").form())["csrf_token"]
    before = state(app)
    for address, status in theirs.items():
        answer = client.post(address, data={"csrf_token": token, "version": 1})
        assert answer.status_code == status, address
    assert state(app) == before
