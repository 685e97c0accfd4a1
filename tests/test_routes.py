"""No page is forgotten: whatever answers a GET is looked at in a browser by its address, or behind steps, or is named here as
something that nobody looks at."""

from urllib.parse import urlsplit

import pytest
from flask import Flask

from tests.browser.test_every_page import PUBLIC, STAFF
from tests.browser.test_states import BEHIND_STEPS

NOT_PAGES = {
    "announcements.feed",  # Atom
    *("front.robots", "front.sitemap", "machines.health", "machines.ready", "machines.security_txt"),
    *("front.quick_exit", "booking.mine.answer"),  # only lead on
    "pages.scope",  # plain text
    *("booking.mine.calendar_file", "calendar.feed"),  # iCalendar
    "contacts.card",  # vCard
    "panel.privacy.table",  # CSV
    "media.show",  # pictures, documents, films
    "panel.own.passkey",  # a page, but only where the portal has a name: see test_passkeys
}


@pytest.mark.parametrize("kind", ["sqlite"])
def test_every_route_is_looked_at(app: Flask) -> None:
    addresses = app.url_map.bind("")
    by_address = {addresses.match(urlsplit(one).path, "GET")[0] for one in (*PUBLIC, *STAFF)}
    routes = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert routes - by_address - BEHIND_STEPS - NOT_PAGES == set(), "looked at by nobody"
    assert BEHIND_STEPS & by_address == set(), "has an address of its own"
    assert routes >= NOT_PAGES | BEHIND_STEPS, "is no more"
