"""Chromium, driven as a person would drive it.

with chromium() as browser:
    page = new_page(browser, "http://127.0.0.1:5000", width=360, theme="dark", javascript=False)
    complaints = watch(page)
    page.goto("/")
    assert complaints == []
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, sync_playwright

Theme = Literal["light", "dark", "contrast"]

QUIET = [
    "--no-sandbox",  # the tests run as root in containers
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LEFT_ON_THE_DEVICE = """async () => [
    ...Object.keys(localStorage), ...Object.keys(sessionStorage),
    ...(await indexedDB.databases()).map(one => one.name), ...(await caches.keys()),
    ...(await navigator.serviceWorker.getRegistrations()).map(one => one.scope),
]"""


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=QUIET
        )
        try:
            yield browser
        finally:
            browser.close()


def new_page(
    browser: Browser,
    base_url: str,
    *,
    width: int = 1280,
    height: int = 800,
    theme: Theme = "light",
    javascript: bool = True,
) -> Page:
    """A page in a context of its own: close it with `page.context.close()`."""
    context = browser.new_context(
        base_url=base_url,
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
        java_script_enabled=javascript,
        locale="pl-PL",
        timezone_id="Europe/Warsaw",
        reduced_motion="reduce",
    )
    if theme == "contrast":  # light and dark follow the system; yellow on black is only ever chosen
        context.add_cookies([{"name": "display", "value": "contrast.", "url": base_url}])
    context.set_default_timeout(10_000)
    return context.new_page()


def watch(page: Page, *, own: str | None = None) -> list[str]:
    """A list that grows with what the browser complains about: errors, refused content, requests elsewhere.

    `own` is how our addresses begin; without it requests are not judged.
    """
    complaints: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(f"console {message.type}: {message.text}")

    def on_error(error: Error) -> None:
        complaints.append(f"script error: {error}")

    def on_request(request: Request) -> None:
        if own and not request.url.startswith((own, "data:", "about:")):
            complaints.append(f"request elsewhere: {request.url}")

    page.on("console", on_console)
    page.on("pageerror", on_error)
    page.on("request", on_request)
    return complaints


def left_on_the_device(page: Page) -> list[str]:
    """What the browser keeps of us where people do not look: web storage, databases, caches, workers. Cookies are not among it."""
    kept: list[str] = page.evaluate(LEFT_ON_THE_DEVICE)
    return kept


def sideways_scroll(page: Page) -> int:
    """How many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
