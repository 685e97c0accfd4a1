"""Polish typography reaches every text that residents read: each piece of text is as the one filter leaves it (R124-R126)."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

import pytest

from portal.typography import typography
from tests.client import Client
from tests.parts.typography import SKIPPED
from tests.test_web import PAGES

MORE = (
    "/ogloszenia/nabor-do-programu-korekcyjno-edukacyjnego-bez-przemocy-edycja-wiosna-2027",
    "/ogloszenia/nabor-do-edycji-wiosna-2024-programu-korekcyjno-edukacyjnego",
    "/nie-ma-takiej-strony",
)


@pytest.fixture
def kind() -> str:
    """No text depends on the database."""
    return "sqlite"


def polish_texts(element: Element, language: str = "pl") -> Iterator[str]:
    """Each piece of Polish text on the page."""
    if not isinstance(element.tag, str):
        return
    language = element.get("lang", language)
    if element.tag in SKIPPED:
        return
    pieces = [element.text, *(child.tail for child in element)]
    if language == "pl":
        yield from (piece for piece in pieces if piece and piece.strip())
    for child in element:
        yield from polish_texts(child, language)


@pytest.mark.parametrize("prefix", ["", "/uk", "/en"])
def test_every_piece_of_polish_is_as_the_filter_leaves_it(resident: Client, prefix: str) -> None:
    raw = {}
    for address in (*PAGES, *MORE):
        page = resident.visit(prefix + address)
        start = "pl" if prefix == "" else prefix.strip("/")
        texts = polish_texts(page.dom.root, start)
        found = [" ".join(text.split(" ")) for text in texts if typography(text) != text]
        if found:
            raw[prefix + address] = found
    assert raw == {}, "\n".join(f"{a}: {t}" for a, ts in raw.items() for t in ts)
