"""The home page answers within the first screen of a small phone: am I in danger, can I book, what is new, where do I call."""

import pytest
from playwright.sync_api import Browser

from tests.parts.browser import new_page

pytestmark = pytest.mark.browser
WIDTH, HEIGHT = 360, 640
ANSWERS = {
    "danger": "a[href='tel:112']",
    "help at any hour": ".help a[href='tel:+48850000002']",
    "a talk": "a.btn[href$='/umow-rozmowe']",
    "what is new": "main a[href*='/ogloszenia/']",
    "the office": "main a[href='tel:+48850000001']",
    "the way out": "[data-exit]",
}


@pytest.mark.parametrize("language", ["", "uk", "en"])
def test_one_screen_answers(chromium: Browser, address: str, language: str) -> None:
    page = new_page(chromium, address, width=WIDTH, height=HEIGHT)
    page.goto(f"/{language}")
    for answer, selector in ANSWERS.items():
        box = page.locator(selector).first.bounding_box()
        assert box, answer
        assert box["height"] > 0
        assert box["y"] >= 0
        assert box["y"] + min(box["height"], 24) <= HEIGHT, f"{answer} is not on the first screen"
        assert box["x"] + box["width"] <= WIDTH, answer
    page.context.close()
