"""Enquiries in every state, for the demo only; nobody of this name exists."""

import random
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from portal.accounts.models import account_called
from portal.booking.people import ContactRules
from portal.db import db
from portal.demo.load import ACCOUNTS
from portal.foster.actions import Interest, assign, keep_note, step, submit
from portal.foster.models import Enquiry

DAY, LONG_AGO = timedelta(days=1), timedelta(days=75)
FIRST_NAMES = ("Anna", "Bogdan", "Celina", "Damian", "Ewa", "Filip", "Grażyna", "Hubert", "Irena", "Jan")
LAST_NAMES = ("Przykład", "Próba", "Wzór", "Test", "Zmyślna")  # of nobody
ANSWER_DAYS, FEW, MOVED_ON = 5, 10, 0.7


def load_enquiries(now: datetime) -> None:
    """Bring them, once: an overdue one, a new one, one in contact, one that has ended."""
    host = account_called(ACCOUNTS[1].login)
    if host is None or db.session.scalar(select(Enquiry.id).limit(1)):
        return
    _sent("Anna Przykładowa", now - 12 * DAY, interests=("family",), question="Czy mogę dalej pracować?")
    _sent("Bogdan Próbny", now - DAY, interests=("unknown",), training="no", meeting=("afternoon",))
    in_contact = _sent("Celina Wzorcowa", now - 6 * DAY, interests=("professional",), training="yes")
    step(in_contact, 1, "in_contact", host, now - 4 * DAY)
    assign(in_contact, 2, host.id, host, now - 4 * DAY)
    keep_note(in_contact, 3, "Oddzwonić po 16. Pyta o szkolenie.", host, now - 3 * DAY)
    ended = _sent("Damian Testowy", now - 30 * DAY, interests=("relatives",))
    step(ended, 1, "finished", host, now - 25 * DAY, "relatives")


def load_enquiries_of_the_year(now: datetime) -> None:
    """Bring those of the months before, so that the demo has something to count. The dice are loaded."""
    host = account_called(ACCOUNTS[1].login)
    if host is None or (db.session.scalar(select(func.count(Enquiry.id))) or 0) > FEW:
        return
    dice = random.Random(2026)  # noqa: S311 - nothing secret is drawn
    for number in range(70):
        then = now - dice.randint(45, 320) * DAY
        name = f"{dice.choice(FIRST_NAMES)} {dice.choice(LAST_NAMES)}"
        one, waited = _sent(name, then, form=f"demo-{number}"), dice.choice((1, 1, 2, 3, 4, 9))
        step(one, 1, "in_contact", host, then + waited * DAY)
        is_old = then < now - LONG_AGO
        if is_old or dice.random() < MOVED_ON:
            step(one, 2, "talk_booked", host, then + 12 * DAY)
        if is_old:
            step(
                one,
                3,
                "finished",
                host,
                then + 40 * DAY,
                dice.choice(("goes_on", "goes_on", "not_now", "elsewhere")),
            )


def _sent(name: str, then: datetime, form: str = "", **told: Any) -> int:
    interest = Interest(
        name,
        "phone",
        "+48500600700",
        "pl",
        form or f"demo-{name}",
        ContactRules(may_leave_message=True),
        **told,
    )
    return submit(interest, ANSWER_DAYS, then).enquiry_id
