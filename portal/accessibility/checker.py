"""Whether a page is a statement in the structure of the technical conditions, version 2.0 (R109-R112), read as a validator
reads it: from its HTML alone."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser

from portal.typography import JOINER

ORDER = (
    *(
        "deklaracja",
        "wstep",
        "podmiot",
        "zakres",
        "url",
        "data-publikacja",
        "data-aktualizacja",
        "status",
        "ocena",
    ),
    *("data-sporzadzenie", "data-przeglad", "kontakt", "osoba", "email", "telefon", "procedura"),
    *("architektura", "architektura-url", "komunikacja"),
)
MANDATORY = (
    *("wstep", "podmiot", "zakres", "url", "data-publikacja", "data-aktualizacja", "status"),
    *("data-sporzadzenie", "kontakt", "email", "telefon", "procedura", "architektura", "komunikacja"),
)
HEADINGS = (
    *(("title", 1), ("status", 2), ("barriers", 2), ("annex", 3), ("cost", 3), ("exempt", 3)),
    *(("preparation", 2), ("facilities", 2), ("shortcuts", 2), ("contact", 2), ("procedure", 2)),
    *(("other", 2), ("building", 3), ("communication", 3)),
)
DATES = ("data-publikacja", "data-aktualizacja", "data-sporzadzenie", "data-przeglad")
ORDERED_DATES = (("data-publikacja", "data-aktualizacja"), ("data-sporzadzenie", "data-przeglad"))
LINKS = {"email": "mailto:", "telefon": "tel:"}
VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "use", "wbr"}
STATUS_WORDS = {"full": "w pełni zgodna", "partial": "częściowo zgodna", "none": "niezgodna"}
THE_ACT = re.compile("ustaw[aąy] z dnia 4 kwietnia 2019 r")
TWO_STOPS = re.compile(r"[rр]\.\.")  # after a year, in Polish or Ukrainian
COMMISSIONER = "brpo.gov.pl"


@dataclass(frozen=True)
class Wanted:
    """What the page has to say. `headings` by the keys of `HEADINGS`, in the page's language; `kinds` of barriers that there
    are; `interpreter` the sentence whether an online interpreter can be used; `without_film` the page that should show a film in
    sign language and does not."""

    language: str
    site: str
    address: str
    status: str
    kinds: frozenset[str]
    interpreter: str
    headings: Mapping[str, str]
    today: date
    without_film: str = ""


@dataclass(frozen=True)
class Problem:
    """Something that a validator would refuse: a code, and the id or heading that it is about."""

    code: str
    about: str = ""


@dataclass(eq=False)
class Element:
    """An element inside `<main>` and all the words in it."""

    tag: str
    attributes: dict[str, str]
    parents: tuple["Element", ...]
    words: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What follows `a11y-` in its id; '' when it has no such id."""
        found = self.attributes.get("id", "")
        return found.removeprefix("a11y-") if found.startswith("a11y-") else ""

    @property
    def text(self) -> str:
        """Its words with plain spaces."""
        return plain("".join(self.words))


def plain(words: str) -> str:
    """With plain spaces and without what only holds a line together."""
    return " ".join(words.replace(JOINER, "").split())


class _Reader(HTMLParser):
    """Collects the elements of `<main>` in their order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self._open and tag != "main":
            return
        element = Element(tag, {name: value or "" for name, value in attrs}, tuple(self._open))
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        tags = [element.tag for element in self._open]
        if tag in tags:
            del self._open[len(tags) - 1 - tags[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.words.append(data)


class _Page:
    """A page as the checks ask for it."""

    def __init__(self, html: str, wanted: Wanted) -> None:
        self.wanted = wanted
        self.elements = _Reader(html).elements
        self.named = [element for element in self.elements if element.name]
        self.by_name = {element.name: element for element in reversed(self.named)}
        self.headings = [element for element in self.elements if re.fullmatch("h[1-6]", element.tag)]

    def text(self, name: str) -> str:
        """The words of the element with this id, '' when it is missing."""
        element = self.by_name.get(name)
        return element.text if element else ""

    def barriers(self) -> Iterator[tuple[Element, list[Element]]]:
        """The headings of the lists of barriers, each with what stands below it."""
        listed = {self.wanted.headings[kind] for kind in self.wanted.kinds}
        yield from ((heading, self.under(heading)) for heading in self.headings if heading.text in listed)

    def under(self, heading: Element) -> list[Element]:
        """The elements from a heading to the next one."""
        after = self.elements[self.elements.index(heading) + 1 :]
        ends = [n for n, element in enumerate(after) if element in self.headings]
        return after[: ends[0]] if ends else after


def problems(html: str, wanted: Wanted) -> list[Problem]:
    """All that would make a validator refuse the page; none when it is as it has to be."""
    page = _Page(html, wanted)
    return [problem for check in CHECKS for problem in check(page)]


def _ids(page: _Page) -> Iterator[Problem]:
    """Each mandatory id is there, each id once, none unknown, all in their order."""
    names = [element.name for element in page.named]
    yield from (Problem("missing", f"a11y-{name}") for name in MANDATORY if name not in names)
    yield from (Problem("twice", f"a11y-{name}") for name in sorted(set(names)) if names.count(name) > 1)
    yield from (Problem("unknown", f"a11y-{name}") for name in names if name not in ORDER)
    known = [ORDER.index(name) for name in names if name in ORDER]
    if known != sorted(known):
        yield Problem("order")
    yield from (Problem("empty", f"a11y-{e.name}") for e in page.named if not e.text)


def _headings(page: _Page) -> Iterator[Problem]:
    """The headings are those of the conditions, in their order and at their levels."""
    kinds = page.wanted.kinds
    left_out = {"annex", "cost", "exempt"} - kinds | ({"barriers"} if page.wanted.status == "full" else set())
    due = [(page.wanted.headings[key], f"h{level}") for key, level in HEADINGS if key not in left_out]
    found = [(heading.text, heading.tag) for heading in page.headings]
    yield from (Problem("no_heading", text) for text, tag in due if (text, tag) not in found)
    yield from (Problem("odd_heading", text) for text, tag in found if (text, tag) not in due)
    common = [heading for heading in found if heading in due]
    if common != [heading for heading in due if heading in common]:
        yield Problem("heading_order")


def _sections(page: _Page) -> Iterator[Problem]:
    """Nothing stands empty: a heading has words below it, or a heading of the next level."""
    for heading, following in zip(page.headings, [*page.headings[1:], None], strict=True):
        has_part = following is not None and following.tag > heading.tag
        if not has_part and not any(element.text for element in page.under(heading)):
            yield Problem("empty_section", heading.text)


def _status(page: _Page) -> Iterator[Problem]:
    """The status sentence is the one that was chosen, and barriers are listed exactly when it speaks of them."""
    wanted = page.wanted
    if wanted.language == "pl":
        said = page.text("status")
        if STATUS_WORDS[wanted.status] not in said or not THE_ACT.search(said):
            yield Problem("status")
    if (wanted.status == "full") != (not wanted.kinds):
        yield Problem("barriers")
    if ("cost" in wanted.kinds) != ("ocena" in page.by_name):
        yield Problem("assessment")
    for heading, below in page.barriers():
        if not any(element.tag == "li" for element in below):
            yield Problem("no_list", heading.text)


def _film(page: _Page) -> Iterator[Problem]:
    """The page that should show a film in sign language and does not is among the barriers (R117)."""
    missing = page.wanted.without_film
    links = [element.attributes.get("href", "") for _heading, below in page.barriers() for element in below]
    if missing and not any(link.endswith(missing) for link in links):
        yield Problem("film", missing)


def _dates(page: _Page) -> Iterator[Problem]:
    """Dates are marked as dates, lie in the past, and follow each other."""
    days = {name: _day(page.by_name[name]) for name in DATES if name in page.by_name}
    yield from (Problem("date", f"a11y-{name}") for name, day in days.items() if day is None)
    yield from (
        Problem("future", f"a11y-{name}") for name, day in days.items() if day and day > page.wanted.today
    )
    for first, second in ORDERED_DATES:
        earlier, later = days.get(first), days.get(second)
        if earlier and later and earlier > later:
            yield Problem("date_order", f"a11y-{second}")
    yield from (Problem("full_stop", f"a11y-{e.name}") for e in page.named if TWO_STOPS.search(e.text))


def _day(element: Element) -> date | None:
    """The day that the element marks, if it does and its words say the same year."""
    try:
        day = date.fromisoformat(element.attributes.get("datetime", ""))
    except ValueError:
        return None
    return day if element.tag == "time" and str(day.year) in element.text else None


def _introduction(page: _Page) -> Iterator[Problem]:
    """The fixed sentence holds the body, the kind and the address of the site."""
    intro = page.by_name.get("wstep")
    for name in ("podmiot", "zakres", "url"):
        element = page.by_name.get(name)
        if element and intro not in element.parents:
            yield Problem("outside", f"a11y-{name}")
    address = page.by_name.get("url")
    if address and (address.tag, address.attributes.get("href")) != ("a", page.wanted.site):
        yield Problem("address", "a11y-url")
    if page.wanted.language == "pl" and intro and not THE_ACT.search(intro.text):
        yield Problem("act", "a11y-wstep")


def _contact(page: _Page) -> Iterator[Problem]:
    """Mail and phone can be used as links."""
    for name, scheme in LINKS.items():
        element = page.by_name.get(name)
        href = element.attributes.get("href", "") if element else scheme + "x"
        if not href.startswith(scheme) or href == scheme:
            yield Problem("link", f"a11y-{name}")


def _procedure(page: _Page) -> Iterator[Problem]:
    """The procedure names its times and the Commissioner for Human Rights."""
    said = page.text("procedura")
    if not re.search(r"\b7\b", said) or not re.search(r"\b2\b", said):
        yield Problem("times", "a11y-procedura")
    if page.wanted.language == "pl" and not ("7 dni" in said and "2 miesi" in said):
        yield Problem("times", "a11y-procedura")
    links = [element.attributes.get("href", "") for element in page.elements if element.tag == "a"]
    if not any(COMMISSIONER in link for link in links):
        yield Problem("commissioner", "a11y-procedura")


def _ways(page: _Page) -> Iterator[Problem]:
    """The building has its address, and whether an online interpreter can be used is said."""
    if page.wanted.address not in page.text("architektura"):
        yield Problem("building", "a11y-architektura")
    if page.wanted.interpreter not in page.text("komunikacja"):
        yield Problem("interpreter", "a11y-komunikacja")


def _translation(page: _Page) -> Iterator[Problem]:
    """Each language version is in that language (R115)."""
    for element in page.elements:
        own = element.attributes.get("lang", page.wanted.language)
        if element.tag in {"section", "li"} and own != page.wanted.language:
            yield Problem("translation", element.text[:60])


CHECKS = (
    *(_ids, _headings, _sections, _status, _dates, _introduction, _contact, _procedure, _ways),
    *(_translation, _film),
)
