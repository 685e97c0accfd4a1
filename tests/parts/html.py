"""What is wrong with a page, read as a browser would read it.

assert problems(response.text) == []
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from html5lib.constants import E as PARSE_ERRORS

DATA_BLOCKS = {"application/json", "application/ld+json"}
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
UNLABELLED = {"hidden", "submit", "button", "reset", "image"}
NOT_TYPED = UNLABELLED | {"radio", "checkbox", "file"}
REFERENCES = ("aria-describedby", "aria-labelledby", "for")
VAGUE = {
    *(
        "więcej",
        "czytaj więcej",
        "zobacz więcej",
        "kliknij tutaj",
        "kliknij",
        "tutaj",
        "tu",
        "pobierz",
        "link",
    ),
    *("more", "read more", "click here", "here", "download", "більше", "докладніше", "тут", "завантажити"),
}
ADDRESSES = ("href", "src", "action", "formaction")


@dataclass(frozen=True)
class Html:
    root: Element
    parents: dict[Element, Element]
    by_id: dict[str, Element]
    parse_errors: list[str]

    def all(self, *tags: str) -> list[Element]:
        return [element for element in elements(self.root) if element.tag in tags]


@lru_cache(maxsize=8)
def parse(html: str | bytes) -> Html:
    """What a browser makes of it; the same page is read once, so nobody may change what comes back."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    text = html.decode() if isinstance(html, bytes) else html
    root: Element = parser.parse(text)
    parents = {child: parent for parent in elements(root) for child in parent}
    by_id = {element.attrib["id"]: element for element in elements(root) if "id" in element.attrib}
    return Html(root, parents, by_id, [_parse_error(*error) for error in parser.errors])


def problems(html: str | bytes) -> list[str]:
    page = parse(html)
    return [problem for check in CHECKS for problem in check(page)]


def elements(root: Element) -> Iterator[Element]:
    """The elements in document order; comments are not elements."""
    return (element for element in root.iter() if isinstance(element.tag, str))


def text_of(element: Element) -> str:
    """The text a screen reader finds inside, with the names that replace pictures."""
    return " ".join(_words(element).split())


def name_of(page: Html, element: Element) -> str:
    """The accessible name, as far as aria attributes and content give it."""
    labels = [page.by_id.get(target) for target in element.get("aria-labelledby", "").split()]
    by_reference = " ".join(text_of(label) for label in labels if label is not None)
    return by_reference or element.get("aria-label", "").strip() or text_of(element)


def _words(element: Element) -> str:
    if element.get("aria-hidden") == "true":
        return ""
    own = element.get("aria-label") or element.get("alt")
    if own:
        return own
    return (element.text or "") + "".join(_words_of_child(child) for child in element)


def _words_of_child(child: Element) -> str:
    return (_words(child) if isinstance(child.tag, str) else "") + (child.tail or "")


def _parse_error(position: tuple[int, int], code: str, data: dict[str, Any]) -> str:
    return f"HTML error in line {position[0]}, column {position[1]}: {PARSE_ERRORS[code] % data}"


def _show(element: Element) -> str:
    attributes = "".join(f' {name}="{value}"' for name, value in list(element.attrib.items())[:4])
    return f"<{element.tag}{attributes}>"


def parse_errors(page: Html) -> Iterator[str]:
    yield from page.parse_errors


def one_h1(page: Html) -> Iterator[str]:
    count = len(page.all("h1"))
    if count != 1:
        yield f"the page has {count} h1 headings, not one"


def titled(page: Html) -> Iterator[str]:
    titles = [title for title in page.all("title") if page.parents[title].tag == "head"]
    if not any(text_of(title) for title in titles):
        yield "the page has no title"


def speaks_a_language(page: Html) -> Iterator[str]:
    if not page.root.get("lang", "").strip():
        yield "the page does not say its language: <html lang> is missing"


def unique_ids(page: Html) -> Iterator[str]:
    counts = Counter(element.get("id") for element in elements(page.root) if "id" in element.attrib)
    yield from (f"id {name!r} occurs {count} times" for name, count in counts.items() if count > 1)


def labelled_fields(page: Html) -> Iterator[str]:
    labels = {label.get("for"): label for label in page.all("label") if text_of(label)}
    for field in page.all("input", "select", "textarea"):
        if field.get("type", "text").lower() in UNLABELLED:
            continue
        named = field.get("aria-label", "").strip() or field.get("aria-labelledby", "").strip()
        if not (named or field.get("id") in labels or _inside_label(page, field)):
            yield f"field without a label: {_show(field)}"


def says_what_may_be_remembered(page: Html) -> Iterator[str]:
    """S84: what is typed is kept by the browser only where that was decided."""
    for field in page.all("input", "textarea"):
        is_typed = field.get("type", "text").lower() not in NOT_TYPED and "readonly" not in field.attrib
        if is_typed and not field.get("autocomplete"):
            yield f"field without autocomplete: {_show(field)}"


def _inside_label(page: Html, field: Element) -> bool:
    parent = page.parents.get(field)
    while parent is not None and parent.tag != "label":
        parent = page.parents.get(parent)
    return parent is not None and bool(text_of(parent))


def nothing_inline(page: Html) -> Iterator[str]:
    for element in elements(page.root):
        if element.tag == "style":
            yield "inline style element"
        if element.tag == "script" and "src" not in element.attrib and element.get("type") not in DATA_BLOCKS:
            yield "inline script"
        for name, value in element.attrib.items():
            yield from _inline_attribute(element, name.lower(), value)


def _inline_attribute(element: Element, name: str, value: str) -> Iterator[str]:
    if name == "style":
        yield f"style attribute: {_show(element)}"
    if name.startswith(("on", "hx-on", "data-hx-on")):
        yield f"inline handler {name}: {_show(element)}"
    if name in ADDRESSES and value.strip().lower().startswith("javascript:"):
        yield f"javascript: address: {_show(element)}"


def protected_forms(page: Html) -> Iterator[str]:
    for form in page.all("form"):
        if form.get("method", "get").lower() == "post" and not _has_csrf_token(form):
            yield f"POST form without csrf_token: {_show(form)}"


def _has_csrf_token(form: Element) -> bool:
    return any(field.get("name") == "csrf_token" and field.get("value") for field in form.iter("input"))


def ordered_headings(page: Html) -> Iterator[str]:
    level = 1
    for heading in page.all(*HEADINGS):
        own = int(str(heading.tag)[1])
        if not text_of(heading):
            yield f"empty heading: {_show(heading)}"
        if own > level + 1:
            yield f"heading h{own} {text_of(heading)!r} skips a level after h{level}"
        level = own


def named_controls(page: Html) -> Iterator[str]:
    for element in page.all("a", "button"):
        if (element.tag == "button" or "href" in element.attrib) and not name_of(page, element):
            yield f"{'link' if element.tag == 'a' else 'button'} without a name: {_show(element)}"


def telling_links(page: Html) -> Iterator[str]:
    """Links are read in a list too, where "more" says nothing (R12)."""
    for link in page.all("a"):
        name = name_of(page, link)
        if name.casefold().strip(" .…›»") in VAGUE:
            yield f"a link says only {name!r}"


def existing_targets(page: Html) -> Iterator[str]:
    for element in elements(page.root):
        for attribute in REFERENCES:
            for target in element.get(attribute, "").split():
                if target not in page.by_id:
                    yield f"{attribute} names the missing id {target!r}: {_show(element)}"
        if element.tag == "a" and _fragment(element) not in {"", "top", *page.by_id}:
            yield f"link to the missing id {_fragment(element)!r}: {_show(element)}"


def _fragment(link: Element) -> str:
    address = link.get("href", "")
    return address[1:] if address.startswith("#") else ""


def mistakes_in_order(page: Html) -> Iterator[str]:
    """The list of mistakes leads through the page from its beginning to its end."""
    for summary in (one for one in page.all("div") if one.get("class") == "errors"):
        named = [_fragment(link) for link in summary.iter("a") if _fragment(link) in page.by_id]
        if named != sorted(named, key=list(page.by_id).index):
            yield f"mistakes are listed in another order than their fields: {named}"


def described_pictures(page: Html) -> Iterator[str]:
    yield from (
        f"picture without alt: {_show(image)}" for image in page.all("img") if "alt" not in image.attrib
    )


def distinct_navigations(page: Html) -> Iterator[str]:
    navigations = page.all("nav")
    if len(navigations) < 2:
        return
    names = Counter(_given_name(page, navigation) for navigation in navigations)
    for name, count in names.items():
        if not name:
            yield f"{count} of several nav elements have no name"
        elif count > 1:
            yield f"{count} nav elements share the name {name!r}"


def _given_name(page: Html, element: Element) -> str:
    given = "aria-label" in element.attrib or "aria-labelledby" in element.attrib
    return name_of(page, element) if given else ""


CHECKS: list[Callable[[Html], Iterator[str]]] = [
    parse_errors,
    one_h1,
    titled,
    speaks_a_language,
    unique_ids,
    labelled_fields,
    says_what_may_be_remembered,
    nothing_inline,
    protected_forms,
    ordered_headings,
    named_controls,
    telling_links,
    existing_targets,
    described_pictures,
    mistakes_in_order,
    distinct_navigations,
]
