"""Markdown to HTML that can do no harm: raw HTML is text, and an allow-list stands behind the renderer (S25)."""

import re
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup

from portal.text import parts_of
from portal.typography import BREAK, typography

TAGS = {
    *("p", "h2", "h3", "h4", "ul", "ol", "li", "a", "strong", "em", "blockquote", "br", "hr", "code", "pre"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES: dict[str, set[str]] = {"*": set(), "a": {"href"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto", "sms", "tel"}


def _page_headings(state: StateCore) -> None:
    """The page has its own h1: a text's headings begin at h2, end at h4, and skip no level."""
    level = 1
    for token in state.tokens:
        if token.type == "heading_open":
            level = min(max(2, int(token.tag[1])), level + 1, 4)
            token.tag = f"h{level}"
        elif token.type == "heading_close":
            token.tag = f"h{level}"


def _typography(state: StateCore) -> None:
    """Typography of a whole block, so that it sees across links and emphasis; code and addresses are left alone."""
    for children in filter(None, (block.children for block in state.tokens)):
        for token in children:
            if token.type == "softbreak":
                token.type, token.content = "text", " "
        pieces = [token.content.replace(BREAK, "") if token.type == "text" else "" for token in children]
        printed = typography(BREAK.join(pieces)).split(BREAK)
        for token, piece in zip(children, printed, strict=True):
            if token.type == "text":
                token.content = piece


def _say_where_links_lead(state: StateCore) -> None:
    """A link out of the portal, which is at `own`, ends with the name of the site, unless its words have it."""
    for block in state.tokens:
        children, opened = block.children or [], 0
        for position in range(
            len(children) - 1, -1, -1
        ):  # from the end, so that what is put in moves nothing
            if children[position].type == "link_close":
                opened = position
            elif children[position].type == "link_open":
                site = site_of(str(children[position].attrs["href"]), state.env["own"])
                if site and site not in "".join(token.content for token in children[position:opened]):
                    children.insert(opened, Token("text", "", 0, content=f" ({site})"))


def site_of(url: str, own: str) -> str:
    """The name of the site to which an address leads; '' for the portal's own, which is at `own`, and for what is no page."""
    address = parts_of(url)
    site = (address.hostname or "") if address.scheme in {"http", "https"} else ""
    return "" if site == parts_of(own).hostname else site.removeprefix("www.")


def _renderer(*, polish: bool) -> MarkdownIt:
    renderer = MarkdownIt("commonmark", {"html": False}).enable("table")
    renderer.core.ruler.push("page_headings", _page_headings)
    if polish:
        renderer.core.ruler.push("typography", _typography)
    renderer.core.ruler.push("say_where_links_lead", _say_where_links_lead)
    return renderer


POLISH, OTHER = _renderer(polish=True), _renderer(polish=False)
ENDS = tuple(".!?:;,…")
LINK = re.compile(r"\[([^\[\]]+)\]\([^)\s]{1,2000}\)")
HEADING = re.compile("^#{1,6} +", re.MULTILINE)
BLANKS = re.compile("[ \t\n]+")


@lru_cache(maxsize=1024)
def markdown(text: str, language: str = "pl", own: str = "") -> Markup:
    """The HTML of a Markdown text, safe to put on a page; Polish text as it stands in print. `own` is where the portal is: links
    to other sites say to which."""
    html = (POLISH if language == "pl" else OTHER).render(text, {"own": own})
    clean = nh3.clean(
        html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener noreferrer"
    )
    return Markup(_kept_narrow(clean))  # noqa: S704 - the one reviewed place (S24)


def _kept_narrow(clean: str) -> str:
    """Wide tables and lines of code scroll by themselves, with the keyboard too, instead of widening the page (R4)."""
    scrolled = clean.replace("<pre>", '<pre class="scroll" tabindex="0">')
    scrolled = scrolled.replace("<table>", '<div class="scroll" tabindex="0"><table>')
    return scrolled.replace("</table>", "</table></div>")


def without_marks(text: str) -> str:
    """A Markdown text for those who read it as it is: a link and a heading are their words alone."""
    return HEADING.sub("", LINK.sub(r"\1", text))


def plain(text: str, language: str = "pl") -> str:
    """The words of a Markdown text without its marks; a dot in the middle where a line ends without one."""
    renderer = POLISH if language == "pl" else OTHER
    blocks = [_words(token) for token in renderer.parse(text, {"own": ""}) if token.content]
    return " ".join(
        block if block.endswith(ENDS) else f"{block} ·" for block in blocks if block
    ).removesuffix(" ·")


def own_words(text: str) -> str:
    """What a Markdown text says outside its links and pictures."""
    said, links = [], 0
    for token in OTHER.parse(text, {"own": ""}):
        for part in [token] if token.children is None else token.children:
            links += {"link_open": 1, "link_close": -1}.get(part.type, 0)
            if not links and part.type != "image":
                said.append(part.content or " ")
    return "".join(said)


def _words(token: Token) -> str:
    """What one block says; a break of a line is a space."""
    parts = [token] if token.children is None else token.children
    said = (part.content or (" " if part.type.endswith("break") else "") for part in parts)
    return BLANKS.sub(" ", "".join(said)).strip()
