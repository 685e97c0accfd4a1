"""Polish typography: a line must not end with a one-letter word, so no ordinary space follows one; the dot of `r.` after a year
ends its sentence too, as does that of the Ukrainian `р.`.

assert problems(response.text) == []
"""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from tests.parts.html import parse

ORPHAN = re.compile(r"(?<![\w.@/'’–-])[aiouwz][ \t\n]+(?=\S)", re.IGNORECASE)
TWO_DOTS = re.compile(r"\d\s*[rр]\.\.(?!\.)")
SKIPPED = {"pre", "code", "kbd", "samp", "script", "style", "textarea", "option", "title", "template", "svg"}
INLINE = {
    *("a", "abbr", "b", "bdi", "bdo", "cite", "dfn", "del", "em", "i", "ins", "label", "mark", "q", "s"),
    *("small", "span", "strong", "sub", "sup", "time", "u", "var"),
}
BREAK = "\x1e"  # a block begins or ends here, and so does a line
OBJECT = "\ufffc"  # something stands here that is not text to judge


def problems(html: str | bytes) -> list[str]:
    root = parse(html).root
    polish, ukrainian = ("".join(_read(root, code, "pl")).split(BREAK) for code in ("pl", "uk"))
    return [
        *(problem for line in polish for problem in _orphans(line)),
        *(problem for line in polish + ukrainian for problem in _two_dots(line)),
    ]


def _two_dots(line: str) -> Iterator[str]:
    for match in TWO_DOTS.finditer(line):
        yield f"two dots after a year: …{' '.join(line[max(match.start() - 40, 0) : match.end()].split())}…"


def _orphans(line: str) -> Iterator[str]:
    for match in ORPHAN.finditer(line):
        around = line[max(match.start() - 20, 0) : match.end() + 20]
        yield f"ordinary space after {match[0].strip()!r}: …{' '.join(around.split())}…"


def _read(element: Element, wanted: str, language: str) -> Iterator[str]:
    """The text of the element in one language, with marks where blocks begin and end."""
    if not isinstance(element.tag, str):
        return
    language = element.get("lang", language)
    if element.tag in SKIPPED or not language.startswith(wanted):
        yield OBJECT
        return
    edge = "" if element.tag in INLINE else BREAK
    yield edge + (element.text or "")
    for child in element:
        yield from _read(child, wanted, language)
        yield child.tail or ""
    yield edge
