"""What an editor, or whoever has stolen an editor's account, stores does nothing where it is read (S25)."""

import ast
import re
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest

from portal.web.markdown import SCHEMES, TAGS, markdown
from tests.client import Client
from tests.parts import html
from tests.parts.hostile import HOSTILE
from tests.test_announcements import TEXT, write

SCHEME = re.compile(r"[\s\x00-\x1f]*([a-zA-Z][\w+.-]*):")
ATTRIBUTES = {"a": {"href", "rel", "hreflang", "class"}, "article": {"lang", "class"}, "ol": {"start"}}
SCROLLER = {"class": "scroll", "tabindex": "0"}  # what is wide scrolls by itself


def live(element: Element) -> list[str]:
    """What of an article is more than text: other elements, other attributes, addresses that lead to no page."""
    found = []
    for each in element.iter():
        tag = str(each.tag)
        if tag in {"div", "pre"} and each.attrib == SCROLLER:
            continue
        odd = set(each.attrib) - ATTRIBUTES.get(tag, set())
        scheme = SCHEME.match(each.get("href", ""))
        if tag not in TAGS | {"article"} or odd or (scheme and scheme[1].lower() not in SCHEMES):
            found.append(f"<{tag} {each.attrib}>")
    return found


def test_there_are_enough_of_them() -> None:
    assert len(set(HOSTILE)) >= 150


@pytest.mark.parametrize("language", ["pl", "uk"])
def test_markdown_makes_text_of_each(language: str) -> None:
    for text in HOSTILE:
        page = html.parse(f"<!doctype html><article>{markdown(text, language)}</article>".encode())
        assert live(page.all("article")[0]) == [], text


@pytest.mark.parametrize("kind", ["sqlite"])
def test_all_fields_take_each_and_their_pages_stay_sound(editor: Client, resident: Client) -> None:
    """The client itself refuses inline handlers, scripts, styles and addresses that run."""
    body = "\n\n".join(HOSTILE)
    page = write(
        editor, title=HOSTILE[0], lead=HOSTILE[28], body=body, easy_text=body[:19_000], author=HOSTILE[3]
    )
    assert page.status == 200
    public = editor.submit(page, "Opublikuj teraz").links()["Zobacz stronę publiczną"]
    page = editor.submit(editor.visit(page.url + "/edytuj"), "Zapisz", lead=TEXT["lead"])
    editor.visit(page.url + "/porownaj")
    editor.submit(editor.visit(page.url + "/opublikuj"), "Opublikuj", reason=HOSTILE[24])
    for address in (public, f"{public}/latwy-tekst"):
        seen = resident.visit(address)
        assert live(seen.dom.all("article")[0]) == []
        assert HOSTILE[0] in seen.text


TYPED = "<b/onclick=window.ran=1>"


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_mistake_that_says_what_was_typed_says_it_as_text(interviewer: Client) -> None:
    page = interviewer.visit("/panel/terminy/seria")
    page = interviewer.submit(page, left_out=TYPED)
    assert page.status == 422
    assert f"{TYPED} to nie data." in page.text
    assert "<b/" not in page.everything


def test_words_that_wait_for_their_language_carry_nothing_typed() -> None:
    """Templates take a lazy text for one that is safe, with whatever was put into it: only numbers and days may be."""
    carried = set()
    for file in (Path(__file__).parent.parent / "portal").rglob("*.py"):
        for call in (
            node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call)
        ):
            if isinstance(call.func, ast.Name) and call.func.id in {"_l", "_nl"}:
                carried |= {keyword.arg for keyword in call.keywords}
    assert carried == {"least", "most", "max", "day", "whole"}
