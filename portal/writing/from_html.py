"""What a clipboard holds as HTML (from Word, from a browser), as text with the marks of Markdown.

Only the structure is taken over: headings, paragraphs, lists, links. Everything else falls away, scripts and
styles with their contents.
"""

import re
from html.parser import HTMLParser

HEADINGS = {f"h{level}": "#" * max(level, 2) for level in range(1, 7)}
BLOCKS = {
    *(
        "address",
        "article",
        "aside",
        "blockquote",
        "caption",
        "div",
        "dd",
        "dl",
        "dt",
        "figure",
        "footer",
        "form",
        "header",
    ),
    *("hr", "main", "nav", "p", "pre", "section", "table", "tr"),
}
DROPPED = {"script", "style", "head", "title", "template", "noscript", "svg", "math", "xml"}
DEEPEST = 5  # levels of lists within lists
LINK = re.compile(r"(?:https?://|mailto:|sms:|tel:|/)[^\s<>()\[\]\"]+\Z")


class Reader(HTMLParser):
    """Writes text while it reads."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._dropped: list[str] = []
        self._lists: list[int | None] = []  # the next number of each open list; None for one with bullets
        self._link: tuple[str, int] | None = None  # there is none within another

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a block, an item, a link."""
        if tag in DROPPED:
            self._dropped.append(tag)
        elif tag in HEADINGS:
            self.parts.append(f"\n\n{HEADINGS[tag]} ")
        elif tag in {"ul", "ol"}:
            self.parts.append("\n" if self._lists else "\n\n")
            self._lists.append(1 if tag == "ol" else None)
        elif tag == "li":
            self.parts.append(f"\n{self._sign()} ")
        elif tag == "a":
            self._link = dict(attrs).get("href") or "", len(self.parts)
        elif tag in BLOCKS and not self._lists:
            self.parts.append("\n\n")
        elif tag in {"br", "td", "th"}:
            self.parts.append("\n" if tag == "br" and not self._lists else " ")

    def handle_endtag(self, tag: str) -> None:
        """End it."""
        if self._dropped and tag == self._dropped[-1]:
            self._dropped.pop()
        elif tag in {"ul", "ol"} and self._lists:
            self._lists.pop()
            self.parts.append("\n" if self._lists else "\n\n")
        elif tag == "a" and self._link:
            self._end_link(*self._link)
            self._link = None
        elif tag in HEADINGS or (tag in BLOCKS and not self._lists):
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        """Words; their line breaks are only spaces."""
        if not self._dropped:
            self.parts.append(re.sub(r"[^\S\xa0]+", " ", data))

    def _sign(self) -> str:
        depth = "   " * min(max(len(self._lists) - 1, 0), DEEPEST)
        number = self._lists[-1] if self._lists else None
        if number is None:
            return f"{depth}-"
        self._lists[-1] = number + 1
        return f"{depth}{number}."

    def _end_link(self, url: str, begun: int) -> None:
        words = " ".join("".join(self.parts[begun:]).split())
        if words and LINK.match(url) and "[" not in words and "]" not in words and words != url:
            self.parts[begun:] = [f"[{words}]({url})"]


def text_of(html: str) -> str:
    """The text of a piece of HTML, with headings, lists and links as Markdown writes them."""
    reader, end = Reader(), html.rfind(">") + 1
    reader.feed(
        html[:end].replace("<![", "<! [")
    )  # Word's conditions; the parser fails at what only begins like one
    reader.close()
    reader.handle_data(
        html[end:]
    )  # no tag can begin in it; the parser would look for its end at every "<" anew (S33)
    lines = (line.rstrip() for line in "".join(reader.parts).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(re.sub(r"(?<=\S) {2,}", " ", line) for line in lines)).strip()
