"""A button pressed twice makes one thing, and nobody ends at an error for it."""

import io
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.accounts.factors import RECOVERY_CODES
from portal.accounts.models import Account, RecoveryCode
from portal.benefits.models import Benefit, BenefitAmount
from portal.booking.models import Closure, Office, Resource
from portal.contacts.models import Contact, HelpLine
from portal.db import db
from portal.demo.load import ACCOUNTS
from portal.foster.models import Question
from portal.front.models import MenuItem
from portal.media.models import Medium
from portal.pages.models import Page as WrittenPage
from portal.programmes.models import Edition, Programme, Service
from tests import naive, races
from tests.conftest import Databases, make_app, only_sqlite, signed_in
from tests.parts import files
from tests.test_benefits import ANSWERS, NEXT
from tests.test_pages import NEW as PAGE
from tests.test_settings import NEW_SERVICE

ROUNDS = 8
PRESSES = ("invite", "codes", "password", "keep")
FORMS: dict[str, tuple[type, dict[str, Any]]] = {
    "zgloszenia/pytania/nowe": (Question, {"question": "Czy mogę?", "answer": "Tak."}),
    "kontakty/jednostka/nowe": (
        Contact,
        {"name": "Świetlica", "helps_with": "Zajęcia.", "phone": "85 000 00 09"},
    ),
    "kontakty/linia/nowe": (
        HelpLine,
        {
            "name": "Telefon",
            "phone": "116 123",
            "for_whom": "Dla dorosłych",
            "hours": "zawsze",
            "cost": "bezpłatnie",
        },
    ),
    "swiadczenia/nowe": (Benefit, {"title": "Zasiłek nowy", "summary": "Dla rodzin.", "body": "Treść."}),
    "swiadczenia/1/kwoty/nowa": (BenefitAmount, NEXT),
    "programy/nowy": (Programme, {"title": "Nowy program", "summary": "Krótko.", **ANSWERS}),
    "media/obraz": (Medium, {"title": "Wejście", "alt": "Drzwi", "file": files.picture()}),
    "media/dokument": (Medium, {"title": "Wniosek", "file": files.pdf()}),
    "media/film": (Medium, {"title": "Film", "file": files.WEBM, "captions": files.CAPTIONS}),
    "strony/nowa": (WrittenPage, {**PAGE, "film": files.WEBM}),
    "menu/pozycja/nowe": (MenuItem, {"label": "Kontakt", "path": "/kontakt"}),
    "edycje/nowa": (Edition, {"name": "lato", "starts_on": "2027-06-15", "intake_until": "2027-06-01"}),
    "ustawienia/rozmowy/nowa": (Service, NEW_SERVICE),
    "ustawienia/miejsca/nowe": (Office, {"name": "Filia", "address": "ul. Inna 2", "phone": "85 000 00 09"}),
    "ustawienia/zasoby/nowe/room": (Resource, {"name": "Pokój 9"}),
    "ustawienia/zamkniecia/nowe": (
        Closure,
        {"first_on": "2027-05-04", "last_on": "2027-05-05", "reason": "Remont"},
    ),
}


def sent(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same files can be sent a second time."""
    return {
        name: (io.BytesIO(value), "a") if isinstance(value, bytes) else value
        for name, value in values.items()
    }


@only_sqlite
@pytest.mark.pages
@pytest.mark.parametrize("address", FORMS)
def test_a_second_press_makes_nothing_more(app: Flask, tmp_path: Path, address: str) -> None:
    kind, typed = FORMS[address]

    def number() -> int:
        with app.app_context():
            return db.session.scalar(select(func.count()).select_from(kind)) or 0

    staff, before = signed_in(app, "administrator"), number()
    page = staff.visit(f"/panel/{address}")
    twice = [staff.press(page, "", **sent(typed)) for _ in range(2)]
    assert [answer.status_code for answer in twice] == [303, 303]
    assert twice[0].location == twice[1].location
    assert number() == before + 1
    assert len(list(tmp_path.glob("media/*/film.webm"))) <= 1


def test_two_presses_at_the_same_moment_make_one(databases: Databases, tmp_path: Path) -> None:
    """On PostgreSQL; on SQLite writers take turns anyway."""
    assert rows_after(races.add_question, databases, tmp_path) == {1: ROUNDS}


def test_a_second_press_about_an_account_breaks_nothing_and_makes_nothing_more(
    databases: Databases, tmp_path: Path
) -> None:
    """Somebody is invited, has other recovery codes or another password, or has a form kept whose session has ended."""
    url = databases.filled("postgres", tmp_path)
    numbers = range(1, len(ACCOUNTS) + 1)
    rounds = [
        {"deed": deed, "login": f"nowa{n}@osrodek.example", "of": n} for n in numbers for deed in PRESSES
    ]
    answers = races.race(races.in_rounds, 2, url, tmp_path, one=races.press_about_accounts, rounds=rounds)
    assert answers[0] == answers[1], "both are led to the same page"
    with make_app(url, tmp_path).app_context():
        assert db.session.scalar(select(func.count()).where(Account.login.like("nowa%"))) == len(ACCOUNTS)
        assert db.session.scalar(select(func.count()).select_from(RecoveryCode)) == RECOVERY_CODES
        db.session.remove()
        db.engine.dispose()
    databases.drop("postgres", url)


@pytest.mark.torture
def test_the_naive_twin_makes_two(databases: Databases, tmp_path: Path) -> None:
    assert rows_after(naive.add_question, databases, tmp_path)[2], "the race is too tame to prove anything"


def rows_after(runner: races.Runner, databases: Databases, folder: Path) -> Counter[int]:
    """How many questions there were after each round in which two have added the same one."""
    url = databases.filled("postgres", folder)
    rounds = [{"question": f"Pytanie {n}", "answer": "Tak."} for n in range(ROUNDS)]
    races.race(races.in_rounds, 2, url, folder, one=runner, rounds=rounds)
    with make_app(url, folder).app_context():
        asked = Counter(db.session.scalars(select(Question.question).where(Question.answer == "Tak.")))
        db.session.remove()
        db.engine.dispose()
    databases.drop("postgres", url)
    return Counter(asked.values())
