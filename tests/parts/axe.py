"""What axe-core finds on the page that a browser shows: WCAG 2.2 to AA, and contrast to AAA.

assert violations(page) == []
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, Route

from tests.parts.measure import faint

OPTIONS = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "rules": {"color-contrast-enhanced": {"enabled": True}},
}
BUT_CONTRAST = OPTIONS | {"rules": {"color-contrast": {"enabled": False}}}


def in_every_theme(page: Page) -> list[str]:
    """What breaks a rule, and what is faint in the light theme, in the dark one, or in yellow on black."""
    problems = violations(page, BUT_CONTRAST)
    for theme in ("light", "dark", "contrast"):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        problems += [f"{theme}: {fault}" for fault in faint(page)]
    page.evaluate("delete document.documentElement.dataset.theme")
    return problems


def violations(page: Page, options: dict[str, Any] = OPTIONS) -> list[str]:
    """One line for each element that breaks a rule; `BUT_CONTRAST` leaves to `measure.faint` what takes axe longest."""
    with _scripted(page) as readable:
        if readable.evaluate("typeof axe === 'undefined'"):
            readable.evaluate(Axe().axe_script)
        run = "options => axe.run(document, options).then(result => result.violations)"
        found: list[dict[str, Any]] = readable.evaluate(run, options)
    return [_line(violation, node) for violation in found for node in violation["nodes"]]


@contextmanager
def _scripted(page: Page) -> Iterator[Page]:
    """Axe itself needs JavaScript: a page without it is judged as a copy in which only axe may run."""
    if page.evaluate("matchMedia('(scripting: enabled)').matches"):
        yield page
        return
    context = _twin_of(page)
    try:
        yield _copy(page, context.new_page())
    finally:
        context.close()


def _twin_of(page: Page) -> BrowserContext:
    assert page.context.browser is not None
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    return page.context.browser.new_context(
        viewport=page.viewport_size,
        color_scheme="dark" if dark else "light",
        storage_state=page.context.storage_state(),
    )


def _copy(page: Page, copy: Page) -> Page:
    address = page.url.partition("#")[0]
    html = page.content().replace("<noscript>", "").replace("</noscript>", "")

    def answer(route: Route) -> None:
        headers = {"Content-Security-Policy": "script-src 'none'"}
        route.fulfill(body=html, content_type="text/html; charset=utf-8", headers=headers)

    copy.route(lambda url: url == address, answer)
    copy.goto(address)
    return copy


def _line(violation: dict[str, Any], node: dict[str, Any]) -> str:
    checks = node["any"] + node["all"] + node["none"]
    why = "; ".join(check["message"] for check in checks) or violation["help"]
    where = " ".join(str(part) for part in node["target"])
    return f"{violation['id']} ({violation['impact']}): {where}: {why}: {node['html'][:200]}"
