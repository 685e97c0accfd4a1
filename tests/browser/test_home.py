"""The home page answers within the first screen of a small phone: am I in danger, can I book, what is new, where do I call; also
below an urgent message of three lines."""

import pytest
from flask import Flask
from playwright.sync_api import Browser

from portal import clock
from portal.accounts.models import account_called
from portal.db import db
from portal.front.actions import save_banner
from tests.conftest import PASSWORDS
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


URGENT = {
    "is_shown": True,
    "text": "Dziś od 10:00 do 14:00 nie działają nasze telefony. W nagłej sprawie dzwoń pod [112](tel:112).",
    "text_uk": "Сьогодні з 10:00 не працюють наші телефони. У невідкладній справі телефонуйте 112.",
    "text_en": "From 10:00 to 14:00 today our phones do not work. In an emergency phone 112, please.",
}


@pytest.mark.parametrize("is_urgent", [False, True], ids=["", "urgent"])
def test_one_screen_answers(chromium: Browser, served: Flask, address: str, is_urgent: bool) -> None:
    if is_urgent:
        show_urgent(served)
    page = new_page(chromium, address, width=WIDTH, height=HEIGHT)
    for language in ("", "uk", "en"):
        page.goto(f"/{language}")
        assert page.locator(".urgent").count() == is_urgent
        for answer, selector in ANSWERS.items():
            box = page.locator(selector).first.bounding_box()
            assert box, answer
            assert box["height"] > 0
            assert box["y"] >= 0
            assert box["y"] + min(box["height"], 24) <= HEIGHT, (
                f"{language}: {answer} is not on the first screen"
            )
            assert box["x"] + box["width"] <= WIDTH, answer
    page.context.close()


def show_urgent(app: Flask) -> None:
    """An editor says on every page what is urgent."""
    with app.app_context():
        by = account_called(PASSWORDS["editor"][0])
        assert by
        save_banner(1, URGENT, by, clock.now())
        db.session.remove()
