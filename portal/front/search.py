"""What a search has found, as the page shows it: where it leads, what it is, and the words in their place."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l

from portal import clock
from portal.finding.models import MOST_HITS, Found, hits
from portal.finding.words import Piece, Term, excerpt, is_meant, marked, terms_of
from portal.i18n import address_in, language
from portal.web.markdown import plain
from portal.web.references import resolved


@dataclass(frozen=True)
class Kind:
    """How items of a table are called, and where one of them stands."""

    name: Any
    url: Callable[[str], str]


KINDS = {
    "announcement_publication": Kind(
        _l("Announcement"), lambda slug: url_for("announcements.show", slug=slug)
    ),
    "programme": Kind(_l("Programme"), lambda slug: url_for("programmes.show", slug=slug)),
    "page": Kind(_l("Page"), lambda path: url_for("pages.show", path=path)),
    "benefit": Kind(_l("Benefit"), lambda slug: url_for("benefits.show", slug=slug)),
    "contact": Kind(_l("Contact"), lambda key: url_for("contacts.index", _anchor=f"contact-{key}")),
    "help_line": Kind(_l("Help line"), lambda key: url_for("contacts.help_lines", _anchor=f"line-{key}")),
    "foster_question": Kind(
        _l("Question and answer"),
        lambda number: url_for("front.foster_care", _anchor=f"question-{number}"),
    ),
    "service": Kind(_l("Talk"), lambda code: url_for("booking.start", code=code)),
}


@dataclass(frozen=True)
class Door:
    """A page that is written in the program; `facts` are the parts of its address. Search engines are not led to what is
    somebody's own."""

    name: Any
    page: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    is_for_engines: bool = True

    @property
    def url(self) -> str:
        return url_for(self.page, **self.facts)


DOORS = (
    Door(_l("Home page"), "front.home"),
    Door(_l("Help"), "contacts.help_lines"),
    Door(_l("Book a talk"), "booking.index", is_for_engines=False),
    Door(_l("My booking"), "booking.mine.find", is_for_engines=False),
    Door(_l("Check whether it is for you"), "foster.self_check"),
    Door(_l("Say that you are interested"), "foster.interest"),
    Door(_l("Your message to us"), "foster.mine.find", is_for_engines=False),
    Door(_l("Contact"), "contacts.index"),
    Door(_l("Search"), "front.search", is_for_engines=False),
    Door(_l("Display settings"), "front.display_settings", is_for_engines=False),
    Door(_l("Everything about accessibility"), "accessibility.index"),
    Door(_l("Accessibility statement"), "accessibility.statement"),
    Door(_l("Request for digital accessibility"), "access_requests.ask", {"kind": "digital"}),
    Door(_l("Application for accessibility"), "access_requests.ask", {"kind": "access"}),
    Door(_l("Your request"), "access_requests.mine.find", is_for_engines=False),
)


@dataclass(frozen=True)
class Hit:
    """One thing found; `language` is that of its words; `day` is when an announcement was
    published."""

    kind: Any
    url: str
    title: list[Piece]
    text: list[Piece]
    language: str
    day: date | None


@dataclass(frozen=True)
class Findings:
    """The answer to a question; `has_all` is False when nothing has all of its words and these have some of them."""

    hits: list[Hit]
    has_more: bool
    has_all: bool


def findings(question: str, now: datetime) -> Findings:
    """What residents may read that has the words of the question, best first."""
    terms = terms_of(question)
    rows, has_all = hits(terms, now, clock.day_of(now))
    doors = [_door(door, terms) for door in DOORS if is_meant(str(door.name), terms)]
    items = [_hit(row, terms) for row in _each_once(rows)]
    shown = doors + (items if has_all or not doors else [])
    once = list({hit.url: hit for hit in reversed(shown)}.values())[::-1]
    return Findings(once[:MOST_HITS], len(once) > MOST_HITS, has_all or bool(doors))


def _each_once(rows: Iterable[Found]) -> Iterable[Found]:
    """Of an item that has the words in several languages the reader's own, or else the Polish one, where the best one stood."""
    once: dict[tuple[str, str], Found] = {}
    for row in rows:
        item = (row.kind, row.slug)
        if item not in once or _strangeness(row) < _strangeness(once[item]):
            once[item] = row
    return once.values()


def _strangeness(row: Found) -> tuple[bool, bool]:
    return row.language != language(), row.language != "pl"


def _door(door: Door, terms: tuple[Term, ...]) -> Hit:
    return Hit(KINDS["page"].name, door.url, marked(str(door.name), terms), [], language(), None)


def _hit(row: Found, terms: tuple[Term, ...]) -> Hit:
    kind = KINDS[row.kind]
    day = clock.day_of(row.from_at) if row.from_at else None
    text = excerpt(resolved(row.text, row.language, plain), terms)
    url = kind.url(row.slug)
    where = url if row.language == "pl" else address_in(row.language, url)
    return Hit(kind.name, where, marked(row.title, terms), text, row.language, day)
