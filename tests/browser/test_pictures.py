"""Pictures of ten key pages, on a phone and on a desk, in each theme, for the documentation.

To take them anew: PICTURES=keep ./run test -m torture tests/browser/test_pictures.py
"""

import base64
import os
import re
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from portal import clock
from portal.demo.access_requests import load_access_requests
from tests.browser.test_proof import sign_in
from tests.parts.browser import new_page

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {
    "home": ("/", "The home page answers on one screen: am I in danger, can I book, whom do I call"),
    "help": ("/pomoc", "Help"),
    "programme": ("/programy/bez-przemocy", "A programme"),
    "slots": ("/umow-rozmowe/a1/termin", "Choosing the time of a talk"),
    "foster": ("/rodzicielstwo-zastepcze", "Foster care"),
    "contact": ("/kontakt", "Contact"),
    "request": ("/dostepnosc/wniosek", "Applying for accessibility"),
    "statement": ("/deklaracja-dostepnosci", "The accessibility statement"),
    "today": ("/panel", "Today, as staff see it"),
    "requests": ("/panel/wnioski-dostepnosc", "Requests for accessibility with the time that is left"),
}
SIZES = {360: (960, 1.0), 1280: (800, 0.6)}  # width: height, and the scale at which it is kept
THEMES = ("light", "dark", "contrast")
QUALITY = 55
MOST_BYTES = 2_000_000


def names() -> list[str]:
    """What each picture is called."""
    return [f"{name}-{width}-{theme}.webp" for name in PAGES for width in SIZES for theme in THEMES]


def take(page: Page, width: int) -> bytes:
    """What the window shows, as small as it may be."""
    height, scale = SIZES[width]
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": scale}
    session = page.context.new_cdp_session(page)
    shot = session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY, "clip": clip})
    return base64.b64decode(shot["data"])


def shown() -> str:
    """The page of the documentation."""
    lines = [
        "# Pictures",
        "",
        "Ten key pages at 360 and 1280 pixels, in the light theme, the dark one and in yellow on black. They are taken by",
        "`PICTURES=keep ./run test -m torture tests/browser/test_pictures.py`, which also writes this page.",
    ]
    for name, (address, title) in PAGES.items():
        lines += ["", f"## {title}", "", f"`{address}`"]
        for width in SIZES:
            pictures = (
                f"![{title}, {width} pixels, {theme}](pictures/{name}-{width}-{theme}.webp)"
                for theme in THEMES
            )
            lines += ["", " ".join(pictures)]
    return "\n".join(lines) + "\n"


def test_the_documentation_shows_every_picture_and_none_is_missing() -> None:
    page = (DOCS / "pictures.md").read_text("utf-8")
    assert re.findall(r"\(pictures/([^)]+)\)", page) == names()
    kept = {file.name: file.stat().st_size for file in (DOCS / "pictures").iterdir()}
    assert set(names()) == set(kept)
    assert sum(kept.values()) < MOST_BYTES


@pytest.mark.torture
@pytest.mark.browser
def test_pictures_can_be_taken(chromium: Browser, served: Flask, address: str, tmp_path: Path) -> None:
    with served.app_context():
        load_access_requests(clock.now())
    keep = os.environ.get("PICTURES") == "keep"
    folder = DOCS / "pictures" if keep else tmp_path
    for width, (height, _scale) in SIZES.items():
        for theme in THEMES:
            page = new_page(chromium, address, width=width, height=height)
            page.context.add_cookies([{"name": "display", "value": theme, "url": address}])
            for name, (path, _title) in PAGES.items():
                if path == "/panel":
                    sign_in(page)
                page.goto(path)
                (folder / f"{name}-{width}-{theme}.webp").write_bytes(take(page, width))
            page.context.close()
    if keep:
        (DOCS / "pictures.md").write_text(shown(), "utf-8")
    assert sum((folder / name).stat().st_size for name in names()) < MOST_BYTES
