"""Markdown to HTML that can do no harm: raw HTML is text, and an allow-list stands behind the renderer (S25)."""

from functools import lru_cache
from itertools import zip_longest

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markupsafe import Markup

from portal.text import typography

TAGS = {
    *("p", "h2", "h3", "h4", "ul", "ol", "li", "a", "strong", "em", "blockquote", "br", "hr", "code", "pre"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
SCHEMES = {"http", "https", "mailto", "tel"}


def _page_headings(state: StateCore) -> None:
    """The page has its own h1: a text's headings begin at h2, end at h4, and skip no level."""
    level = 1
    for token in state.tokens:
        if token.type == "heading_open":
            level = min(max(2, int(token.tag[1])), level + 1, 4)
            token.tag = f"h{level}"
        elif token.type == "heading_close":
            token.tag = f"h{level}"


def _hard_spaces(state: StateCore) -> None:
    """Also at the end of a piece that a link or an emphasis follows: the line must not end there either."""
    for block in state.tokens:
        children = block.children or []
        for token, following in zip_longest(children, children[1:]):
            if token.type == "text":
                more = "x" if following and following.type.endswith("_open") else ""
                token.content = typography(token.content + more).removesuffix(more)


def _renderer() -> MarkdownIt:
    renderer = MarkdownIt("commonmark", {"html": False}).enable("table")
    renderer.core.ruler.push("page_headings", _page_headings)
    renderer.core.ruler.push("hard_spaces", _hard_spaces)
    return renderer


RENDERER = _renderer()


@lru_cache(maxsize=1024)
def markdown(text: str) -> Markup:
    """The HTML of a Markdown text, safe to put on a page."""
    html = RENDERER.render(text)
    clean = nh3.clean(
        html, tags=TAGS, attributes={"a": {"href"}}, url_schemes=SCHEMES, link_rel="noopener noreferrer"
    )
    return Markup(clean)  # noqa: S704 - the one reviewed place (S24)
