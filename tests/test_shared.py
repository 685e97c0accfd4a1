"""What a shared link shows and what search engines read of a page: true, in its language, and nothing that betrays."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

import pytest
import time_machine

from tests.client import Client, Page
from tests.parts.html import text_of
from tests.parts.words import betrayed

pytestmark = pytest.mark.parametrize("kind", ["sqlite"])

INTAKE = "/ogloszenia/nabor-do-programu-korekcyjno-edukacyjnego-bez-przemocy-edycja-wiosna-2027"


@pytest.mark.parametrize("prefix", ["", "/uk", "/en"])
def test_a_shared_link_shows_what_the_window_shows(resident: Client, prefix: str) -> None:
    told = {}
    for path in ("/ogloszenia", INTAKE, "/programy/bez-przemocy", "/swiadczenia/becikowe", "/kontakt"):
        page = resident.visit(f"{prefix}{path}")
        shared = said_when_shared(page)
        assert " ".join(shared["og:title"].split()) == " ".join(page.title.split())
        assert shared["og:url"] == f"http://127.0.0.1:8000{prefix}{path}"
        picture = shared["og:image"].removeprefix("http://127.0.0.1:8000")
        with resident.get(picture) as answer:
            assert answer.content_type == "image/png"
        told[path] = shared.get("og:description")
    assert told["/ogloszenia"] is told["/kontakt"] is None
    assert len(set(told.values())) == 4, "each item has words of its own"


@pytest.mark.parametrize("prefix", ["", "/uk", "/en"])
def test_a_shared_link_betrays_nothing(resident: Client, prefix: str) -> None:
    """S81, R93: of pages about help the neutral title alone, of bookings nothing."""
    for path in ("/pomoc", "/pomoc/przemoc", "/pomoc/kryzys", "/pomoc/bezpieczne-korzystanie"):
        shared = said_when_shared(resident.visit(f"{prefix}{path}"))
        assert "og:description" not in shared, path
        assert not betrayed(" ".join(value for name, value in shared.items() if name != "og:url")), path
        assert "/static/share." in shared["og:image"]
    for path in ("/umow-rozmowe", "/umow-rozmowe/a1", "/moja-rezerwacja"):
        page = resident.visit(f"{prefix}{path}")
        assert said_when_shared(page) == {}
        assert "itemtype" not in page.everything


def said_when_shared(page: Page) -> dict[str, str]:
    named = [meta for meta in page.dom.all("meta") if "property" in meta.attrib]
    return {meta.get("property", ""): meta.get("content", "") for meta in named}


@pytest.mark.parametrize("prefix", ["", "/uk", "/en"])
def test_search_engines_read_what_a_programme_is_and_when_it_begins(
    resident: Client, prefix: str, frozen: time_machine.Traveller
) -> None:
    """schema.org where it is true: a service of the centre, and the run whose first day is known and still to come."""
    page = resident.visit(f"{prefix}/programy/bez-przemocy")
    [service], [event] = (things(page, kind) for kind in ("GovernmentService", "Event"))
    assert service["name"] == page.h1.replace("\N{NO-BREAK SPACE}", " ")
    assert event["name"] == "Bez przemocy – program korekcyjno-edukacyjny, wiosna 2027"
    assert event["startDate"] == "2027-03-09"
    assert event["organizer"] == service["provider"] == "Miejski Ośrodek Pomocy Rodzinie w Przykładowie"
    assert things(resident.visit(f"{prefix}{INTAKE}"), "Event") == [event]
    frozen.move_to("2027-02-27T12:00:00+01:00")
    assert things(resident.visit(f"{prefix}/programy/bez-przemocy"), "Event") == []


def things(page: Page, kind: str) -> list[dict[str, str]]:
    """The things of a kind in the page's microdata; of a thing within a thing, its name."""
    found = [one for one in page.dom.root.iter() if one.get("itemtype") == f"https://schema.org/{kind}"]
    return [{name: " ".join(value.split()) for name, value in _facts(thing)} for thing in found]


def _facts(thing: Element) -> Iterator[tuple[str, str]]:
    for part in thing:
        if "itemscope" in part.attrib:
            yield part.get("itemprop", ""), dict(_facts(part))["name"]
        elif "itemprop" in part.attrib:
            yield part.get("itemprop", ""), part.get("content") or text_of(part)
        if "itemscope" not in part.attrib:
            yield from _facts(part)
