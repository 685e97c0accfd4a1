"""Nobody learns by the clock whether an account exists, nor whether a contact has a booking (S48)."""

import statistics
import time
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import delete

from portal.accounts.models import Throttle
from portal.db import db
from tests.client import Client
from tests.conftest import PASSWORDS, browse

SAMPLES = 15
MOST_SECONDS, MOST_SHARE = 0.030, 0.25

pytestmark = pytest.mark.parametrize("kind", ["sqlite"])


def took(app: Flask, ask: Callable[[], int]) -> tuple[float, set[int]]:
    """The median of the computing time of an answer, and the codes; what was counted before is forgotten each time."""
    times, codes = [], set()
    for _ in range(SAMPLES):
        with app.app_context():
            db.session.execute(delete(Throttle))
            db.session.commit()
        begun = time.process_time()
        codes.add(ask())
        times.append(time.process_time() - begun)
    return statistics.median(times), codes


def sending(client: Client, address: str, **typed: str) -> Callable[[], int]:
    page = client.visit(address)
    client.checks = False
    return lambda: client.press(page, **typed).status_code


@pytest.mark.parametrize(
    ("address", "typed"),
    [("/panel/logowanie", {"password": "x" * 20}), ("/panel/logowanie/zapomniane", {})],
)
def test_known_and_unknown_accounts_take_the_same_time(
    app: Flask, address: str, typed: dict[str, str]
) -> None:
    known = took(app, sending(browse(app), address, login=PASSWORDS["editor"][0], **typed))
    unknown = took(app, sending(browse(app), address, login="nikt.taki@mopr.example", **typed))
    assert known[1] == unknown[1]
    difference = abs(known[0] - unknown[0])
    assert difference <= max(MOST_SECONDS, MOST_SHARE * max(known[0], unknown[0])), (known, unknown)


def test_the_measure_finds_an_answer_that_gives_up_early(app: Flask) -> None:
    """A right password is not hashed less than a wrong one; a form without one is, and that can be seen."""
    client = browse(app)
    full = took(app, sending(client, "/panel/logowanie", login="nikt@mopr.example", password="x" * 20))
    empty = took(app, sending(client, "/panel/logowanie", login="nikt@mopr.example", password=""))
    assert full[0] - empty[0] > MOST_SECONDS / 2
