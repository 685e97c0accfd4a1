"""Requests for accessibility in every state, for the demo only; nobody of this name exists."""

from datetime import datetime, timedelta

from sqlalchemy import select

from portal import clock
from portal.access_requests.actions import Asked, answer, extend, submit
from portal.access_requests.models import AccessRequest
from portal.accounts.models import account_called
from portal.db import db
from portal.demo.load import ACCOUNTS

DAY = timedelta(days=1)


def load_access_requests(now: datetime) -> None:
    """Bring them, once: a late one, a new one, one that takes longer, one that has been answered."""
    host = account_called(ACCOUNTS[1].login)
    if host is None or db.session.scalar(select(AccessRequest.id).limit(1)):
        return
    _asked(
        "digital", "Ewa Przykładowa", "Nie mogę odczytać tabeli z telefonami na stronie Pomoc.", now - 9 * DAY
    )
    _asked("access", "Filip Próbny", "Drzwi do pokoju 12 są za ciężkie.", now - 2 * DAY)
    longer = _asked(
        "access", "Gabriela Wzorcowa", "Brak oznaczeń w alfabecie Braille’a na piętrze.", now - 12 * DAY
    )
    until = clock.day_of(now) + 30 * DAY
    extend(longer, 1, until, "Czekamy na wykonanie tabliczek.", host, now - 3 * DAY)
    done = _asked(
        "digital", "Henryk Testowy", "Formularz nie mieści się na ekranie telefonu.", now - 20 * DAY
    )
    answer(
        done,
        1,
        "fulfilled",
        "Formularz mieści się już na ekranie o szerokości 320 pikseli.",
        "",
        host,
        now - 15 * DAY,
    )


def _asked(kind: str, name: str, about: str, then: datetime) -> int:
    asked = Asked(kind, name, "phone", "+48500600700", about, "", "pl", f"demo-{name}")
    return submit(asked, then).request_id
