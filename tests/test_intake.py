"""Live "wolne terminy", or the sentence that replaces them (R26): every page that says it says the same."""

from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask
from sqlalchemy import String, cast, update

from portal.booking.models import Place
from portal.db import db
from portal.programmes.models import Edition, programme_called, service_called
from tests.client import Client
from tests.conftest import NOW, only_sqlite
from tests.test_benefits import ATOM, plain

pytestmark = [pytest.mark.pages, only_sqlite]

TODAY = NOW.date()
DAY = timedelta(days=1)
ANNOUNCEMENT = "/ogloszenia/nabor-do-programu-korekcyjno-edukacyjnego-bez-przemocy-edycja-wiosna-2027"
BOOKING = "/umow-rozmowe/a1"
PAGES = ("/programy/bez-przemocy", ANNOUNCEMENT, BOOKING)

NEXT = "Nabór jest teraz zamknięty. Następny zaczyna się: niedziela, 6 grudnia 2026 r. Zadzwoń"
CLOSED = "Nabór jest teraz zamknięty. Zadzwoń i zapytaj o następny"
NOTHING = "Nie ma teraz wolnych terminów"
FULL = "Na tę rozmowę nie można się teraz umówić"
FREE = "24 listopada 2026 r."
SENTENCES = {NEXT, CLOSED, NOTHING, FULL, FREE}

EDITIONS: dict[str, list[tuple[date | None, date]]] = {
    "none": [],
    "open": [(None, TODAY)],
    "open since today": [(TODAY, TODAY)],
    "planned": [(TODAY + 14 * DAY, TODAY + 30 * DAY)],
    "over": [(None, TODAY - DAY)],
    "over, next planned": [(None, TODAY - DAY), (TODAY + 14 * DAY, TODAY + 30 * DAY)],
    "over, next planned without its first day": [(None, TODAY - DAY), (None, TODAY + 30 * DAY)],
}
PLACES: dict[str, dict[str, Any]] = {
    "free": {"state": "free", "hold_hash": None, "hold_expires_at": None},
    "none": {"state": "blocked", "hold_hash": None, "hold_expires_at": None},
    "held": {"state": "held", "hold_hash": cast(Place.id, String), "hold_expires_at": NOW + DAY / 72},
    "released": {"state": "held", "hold_hash": cast(Place.id, String), "hold_expires_at": NOW},
}
TABLE = [
    ("none", "free", True, FREE),
    ("none", "none", True, NOTHING),
    ("none", "free", False, FULL),
    ("open", "free", True, FREE),
    ("open", "held", True, NOTHING),
    ("open", "released", True, FREE),
    ("open", "none", True, NOTHING),
    ("open", "free", False, FULL),
    ("open since today", "free", True, FREE),
    ("planned", "free", True, NEXT),
    ("planned", "none", True, NEXT),
    ("planned", "free", False, NEXT),
    ("over", "free", True, CLOSED),
    ("over", "released", True, CLOSED),
    ("over", "none", True, CLOSED),
    ("over", "none", False, CLOSED),
    ("over, next planned", "free", True, NEXT),
    ("over, next planned without its first day", "free", True, FREE),
]


def arrange(editions: str, places: str, *, is_open: bool) -> None:
    """The programme as the table says, kept."""
    programme, service = programme_called("bez-przemocy"), service_called("a1")
    assert programme
    assert service
    for edition in programme.editions:
        db.session.delete(edition)
    for first, last in EDITIONS[editions]:
        days = {"intake_from": first, "intake_until": last, "starts_on": last}
        db.session.add(Edition(programme_id=programme.id, name="x", **days))
    service.is_open = is_open
    here = Place.slot.has(service_id=service.id), Place.state != "booked"
    db.session.execute(update(Place).where(*here).values(PLACES[places]))
    db.session.commit()


def said_on(resident: Client, address: str) -> set[str]:
    text = resident.visit(address).text
    return {sentence for sentence in SENTENCES if sentence in text}


def said_in_the_feed(resident: Client) -> set[str]:
    entries = ElementTree.fromstring(resident.get("/ogloszenia.atom").data).iter(f"{ATOM}entry")  # noqa: S314 - our own
    told = {str(entry.findtext(f"{ATOM}id")): entry.findtext(f"{ATOM}content") for entry in entries}
    [content] = [content for address, content in told.items() if address.endswith(ANNOUNCEMENT)]
    return {sentence for sentence in SENTENCES if sentence in plain(content or "")}


def test_every_page_says_the_same_of_free_times_in_every_combination(app: Flask, resident: Client) -> None:
    for editions, places, is_open, expected in TABLE:
        with app.app_context():
            arrange(editions, places, is_open=is_open)
        case = editions, places, is_open
        for address in PAGES:
            assert said_on(resident, address) == {expected}, (case, address)
            way = BOOKING + ("/termin" if address == BOOKING else "")
            assert (way in resident.visit(address).links().values()) == (expected == FREE), (case, address)
        assert said_in_the_feed(resident) == ({expected} & {NEXT, CLOSED}), case
        links = resident.visit("/umow-rozmowe").text
        assert (f"Pierwszy wolny termin: wtorek, {FREE}" in links) == (expected == FREE), case
