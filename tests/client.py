"""A client that refuses bad pages and handles links and forms as a browser without scripts does."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.typography import JOINER
from tests.parts import html, typography

Values = dict[str, Any]


@dataclass
class Page:
    """What a person sees of an answer."""

    response: TestResponse
    url: str
    dom: html.Html = field(init=False)

    def __post_init__(self) -> None:
        self.dom = html.parse(self.response.get_data())

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def h1(self) -> str:
        return html.text_of(self.dom.all("h1")[0])

    @property
    def title(self) -> str:
        return html.text_of(self.dom.all("title")[0])

    @property
    def text(self) -> str:
        """The words of <main>, hard spaces as plain ones, without what only holds a line together."""
        return " ".join("".join(self.dom.all("main")[0].itertext()).replace(JOINER, "").split())

    @property
    def everything(self) -> str:
        return self.response.get_data(as_text=True)

    def links(self) -> dict[str, str]:
        """Address by name, for the whole page."""
        named = ((html.name_of(self.dom, a), a.get("href", "")) for a in self.dom.all("a"))
        return {name.replace("\N{NO-BREAK SPACE}", " "): url for name, url in named}

    def form(self, button: str = "") -> Element:
        """The POST form in <main> that has this button, or the only one."""
        main = self.dom.all("main")[0]
        forms = [f for f in main.iter("form") if f.get("method") == "post"]
        fitting = [f for f in forms if not button or button in _buttons(f)]
        seen = f"{self.status} {self.url} {self.h1!r}: {[_buttons(f) for f in forms]}"
        assert len(fitting) == 1, f"{len(fitting)} forms with {button!r} on {seen}"
        return fitting[0]

    def radios(self, name: str) -> list[str]:
        return [
            i.get("value", "")
            for i in self.dom.all("input")
            if i.get("type") == "radio" and i.get("name") == name
        ]


def _buttons(form: Element) -> list[str]:
    return [_name(button) for button in form.iter("button")]


def _name(button: Element) -> str:
    return html.text_of(button).replace("\N{NO-BREAK SPACE}", " ")


def values_of(form: Element) -> Values:
    """What a browser would send if nothing were touched."""
    values: Values = {}
    for element in form.iter():
        name = element.get("name")
        if not name or element.tag not in {"input", "select", "textarea"}:
            continue
        if element.tag == "textarea":
            values[name] = (element.text or "").removeprefix("\n")
        elif element.tag == "select":
            chosen = [o for o in element.iter("option") if "selected" in o.attrib] or list(
                element.iter("option")
            )[:1]
            values[name] = chosen[0].get("value", "") if chosen else ""
        elif element.get("type") not in {"radio", "checkbox"}:
            values[name] = element.get("value", "")
        elif "checked" in element.attrib:
            values.setdefault(name, []).append(element.get("value", "on"))
    return values


class Client(FlaskClient):
    """Every HTML answer is checked; `visit` and `submit` give pages."""

    checks = True

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response = super().open(*args, **kwargs)
        if (
            self.checks
            and response.mimetype == "text/html"
            and response.status_code not in {301, 302, 303, 308}
        ):
            found = html.problems(response.get_data()) + typography.problems(response.get_data())
            assert not found, f"{response.request.path}: {found}"
        return response

    def visit(self, url: str, **kwargs: Any) -> Page:
        """Follow an address and its redirects."""
        response = self.get(url, follow_redirects=True, **kwargs)
        return Page(response, response.request.path)

    def submit(self, page: Page, button: str = "", /, **typed: Any) -> Page:
        """Fill in the page's form and press the button; redirects are followed."""
        response = self.press(page, button, **typed)
        if response.status_code in {301, 302, 303}:
            return self.visit(response.location)
        return Page(response, response.request.path)

    def press(self, page: Page, button: str = "", /, **typed: Any) -> TestResponse:
        """The same without following redirects."""
        form = page.form(button)
        data = values_of(form) | typed
        pressed = next((b for b in form.iter("button") if button and _name(b) == button), form)
        data |= {pressed.get("name", ""): pressed.get("value", "")} if pressed.get("name") else {}
        action = pressed.get("formaction") or form.get("action") or ""
        address = urlsplit(urljoin(page.response.request.url, action))
        return self.post(f"{address.path}?{address.query}" if address.query else address.path, data=data)
