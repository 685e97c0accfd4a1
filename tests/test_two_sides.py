"""Whoever suffers violence is never led to what is for those who use it, nor the other way round (R89): every page of either side, in
each language, with all that stands beside its text."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from portal.announcements.models import Announcement
from portal.db import db
from portal.programmes.models import Programme, Service
from tests.client import Client, Page
from tests.test_addresses import in_each_language
from tests.test_help_pages import HELP

THE_OTHER = {"a": "b", "b": "a"}
NOWHERE = "/nie-ma-takiej-strony"


@pytest.fixture
def kind() -> str:
    """No link depends on the database."""
    return "sqlite"


@pytest.fixture
def sides(app: Flask) -> dict[str, set[str]]:
    """The addresses of either side: its bookings, its programmes and what is announced of them, and the pages of help."""
    found: dict[str, set[str]] = {"a": set(), "b": set(HELP)}
    with app.app_context():
        for service in db.session.scalars(select(Service).where(Service.keeps_apart != "")):
            found[service.keeps_apart] |= {f"/umow-rozmowe/{service.code}", *addresses_of(service.programme)}
        db.session.remove()
    return found


def addresses_of(programme: Programme | None) -> set[str]:
    if not programme:
        return set()
    announced = [
        f"/ogloszenia/{one.slug}"
        for one in db.session.scalars(select(Announcement).where(Announcement.published_at.is_not(None)))
        if one.latest.programme_id == programme.id
    ]
    return {f"/programy/{programme.slug}", *announced}


def leads_to(page: Page) -> set[str]:
    """Where the links and forms of its content lead, without their language; the menu and the foot are the same everywhere."""
    main = page.dom.all("main")[0]
    found = [element.get("href") or element.get("action") or "" for element in main.iter()]
    return {re.sub(r"^/(uk|en)(?=/)", "", url).partition("?")[0].partition("#")[0] for url in found}


def is_under(address: str, roots: set[str]) -> bool:
    return any(address == root or address.startswith(f"{root}/") for root in roots)


@in_each_language
def test_no_page_of_one_side_leads_to_the_other(
    resident: Client, sides: dict[str, set[str]], prefix: str, language: str
) -> None:
    assert all(len(addresses) > 1 for addresses in sides.values()), "both sides are there"
    for side, addresses in sides.items():
        others = sides[THE_OTHER[side]] - set(HELP)  # the way to help is open to everybody
        for address in sorted(addresses):
            page = resident.visit(prefix + address)
            assert page.status == 200, address
            assert [url for url in leads_to(page) if is_under(url, others)] == [], address


@in_each_language
def test_a_page_that_is_not_there_leads_to_neither(
    resident: Client, sides: dict[str, set[str]], prefix: str, language: str
) -> None:
    page = resident.visit(prefix + NOWHERE)
    assert page.status == 404
    assert [url for url in leads_to(page) if is_under(url, sides["a"])] == []


@in_each_language
@pytest.mark.parametrize("address", ["/mapa-strony", "/szukaj?q=przemoc"])
def test_where_everything_is_listed_no_booking_is_named_and_help_is_there(
    resident: Client, sides: dict[str, set[str]], prefix: str, language: str, address: str
) -> None:
    found = leads_to(resident.visit(prefix + address))
    assert [url for url in found if re.match(r"/umow-rozmowe/\w", url)] == [], (
        "no way past the page that says for whom"
    )
    assert is_under("/pomoc", found)
