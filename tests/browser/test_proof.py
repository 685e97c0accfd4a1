"""Room, targets and focus, measured: at 320 pixels, at 400 % zoom, with spread letters and in forced colours. A few pages each
time, every page in torture."""

from collections.abc import Callable, Sequence

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from portal.accounts.models import Account
from portal.db import db
from tests.browser.test_every_page import PUBLIC, STAFF
from tests.conftest import PASSWORDS
from tests.parts.axe import violations
from tests.parts.browser import Theme, new_page
from tests.parts.filled import fill
from tests.parts.looks import DESK, LOOKS, SMALL, Look, page_in
from tests.parts.measure import FAULTS, PAINTED, borderless, faint, lost_focus, measured

pytestmark = pytest.mark.browser

ZOOMED = (320, 256)  # 1280 × 1024 at 400 %
FEW = (
    *("/", "/pomoc", "/umow-rozmowe/a1/termin", "/dostepnosc/wniosek", "/deklaracja-dostepnosci"),
    *("/uk/ustawienia", "/programy/bez-przemocy"),
)
WEEK = "/panel/terminy?tydzien=2026-12-01"
FEW_OF_STAFF = (
    "/panel",
    WEEK,
    "/panel/deklaracja",
    "/panel/wnioski-dostepnosc/1",
    "/panel/strony/1/edytuj",
)
LONG = "Konstantynopolitańczykowianeczkówna" * 2
Judge = Callable[[Page], list[str]]


def found(page: Page, addresses: Sequence[str], *judges: Judge) -> dict[str, list[str]]:
    """What the judges say, by address."""
    faults = {}
    for address in addresses:
        page.goto(address)
        said = [fault for judge in judges for fault in judge(page)]
        if said:
            faults[address] = said
    return faults


def sign_in(page: Page) -> None:
    login, password = PASSWORDS["administrator"]
    page.goto("/panel")
    page.locator("#login").fill(login)
    page.locator("#password").fill(password)
    with page.expect_navigation(timeout=30_000):
        page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("2026")


@pytest.mark.parametrize("size", [SMALL, ZOOMED], ids=["320px", "400-percent"])
def test_a_few_pages_fit_can_be_hit_and_show_the_focus(
    chromium: Browser, address: str, size: tuple[int, int]
) -> None:
    page = new_page(chromium, address, width=size[0], height=size[1])
    assert found(page, FEW, measured, lost_focus, borderless) == {}
    page.context.close()


@pytest.mark.parametrize("size", [SMALL, ZOOMED], ids=["320px", "400-percent"])
def test_the_exit_in_the_corner_hides_no_focus(
    chromium: Browser, address: str, size: tuple[int, int]
) -> None:
    """With the largest text and wide spacing it lies over the page: whatever has the focus shows beside it (R5), and everything
    still fits."""
    page = page_in(chromium, address, Look("pl", size, "light", "2"))
    page.context.add_cookies([{"name": "display", "value": "light.2.wide", "url": address}])
    assert found(page, FEW, measured, lost_focus) == {}
    page.context.close()


@pytest.mark.parametrize(
    "theme",
    [
        "contrast",
        pytest.param("dark", marks=pytest.mark.torture),
        pytest.param("light", marks=pytest.mark.torture),
    ],
)
def test_the_mark_of_the_focus_is_seen_in_a_full_week(
    chromium: Browser, served: Flask, address: str, theme: Theme
) -> None:
    """Where neighbours are as bright as a mark could be (R5, R19)."""
    fill(served)
    page = new_page(chromium, address, theme=theme)
    sign_in(page)
    page.goto(WEEK)
    expect(page.locator(".taken a").first).to_be_visible()
    assert lost_focus(page) == []
    page.context.close()


def test_a_few_pages_of_staff_too(chromium: Browser, served: Flask, address: str) -> None:
    fill(served)
    page = new_page(chromium, address, width=SMALL[0], height=SMALL[1])
    sign_in(page)
    assert found(page, FEW_OF_STAFF, measured, lost_focus, borderless) == {}
    page.context.close()


def test_the_system_may_choose_the_colours(chromium: Browser, served: Flask, address: str) -> None:
    """Whoever has chosen the light theme here, and white on black for everything (WCAG 1.4.11)."""
    fill(served)
    page = new_page(chromium, address, theme="dark")
    page.context.add_cookies([{"name": "display", "value": "light.", "url": address}])
    page.emulate_media(forced_colors="active")
    page.goto("/umow-rozmowe/a1/termin")
    page.locator("input[name=slot]").first.evaluate("slot => { slot.checked = true }")
    assert lost_focus(page) == []
    sign_in(page)
    page.goto("/panel/statystyka")
    assert page.evaluate(PAINTED) == {"is_drawn": True, "dim": [], "marked": ["Statystyka"]}
    page.context.close()


def test_a_word_that_nothing_breaks_makes_no_page_wider(
    chromium: Browser, served: Flask, address: str
) -> None:
    fill(served)
    with served.app_context():
        db.session.execute(update(Account).values(name=LONG))
        db.session.commit()
        db.session.remove()
    page = new_page(chromium, address, width=SMALL[0], height=SMALL[1])
    sign_in(page)
    assert found(page, ("/panel/zadania", "/kontakt"), measured) == {}
    page.context.close()


@pytest.mark.torture
@pytest.mark.parametrize("size", [SMALL, ZOOMED, DESK], ids=["320px", "400-percent", "1280px"])
def test_every_page_fits_can_be_hit_and_shows_the_focus(
    chromium: Browser, served: Flask, address: str, size: tuple[int, int]
) -> None:
    fill(served)
    page = new_page(chromium, address, width=size[0], height=size[1])
    assert found(page, PUBLIC, measured, lost_focus, borderless) == {}
    sign_in(page)
    assert found(page, STAFF, measured, lost_focus, borderless) == {}
    page.context.close()


@pytest.mark.torture
@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_every_page_in_every_look(chromium: Browser, served: Flask, address: str, look: Look) -> None:
    fill(served)
    page = page_in(chromium, address, look)
    assert found(page, [look.address(one) for one in PUBLIC], measured, violations) == {}
    sign_in(page)
    assert found(page, [look.address(one) for one in STAFF], measured, violations) == {}
    page.context.close()


def test_the_measures_find_what_is_broken_on_purpose(chromium: Browser, address: str) -> None:
    page = new_page(chromium, address, width=320, height=640)
    page.goto("/kontakt")
    page.evaluate(
        """() => {
          const sheet = new CSSStyleSheet();
          sheet.replaceSync(`.menu .btn { height: 12px !important; min-height: 0 !important; overflow: hidden }
            h1 { width: 900px } .help { position: fixed !important; height: 100vh }
            :focus-visible { outline: 0 !important } .btn { border: 0 !important; appearance: none }
            h1 { color: #7c7c7c } .foot address { color: rgb(255 255 255 / .4) }`);
          document.adoptedStyleSheets = [sheet];
        }"""
    )
    faults = page.evaluate(FAULTS)
    for kind in ("too wide", "cut off", "button of 12 px"):
        assert any(kind in fault for fault in faults), (kind, faults)
    pale = " ".join(faint(page))
    assert "<h1" in pale
    assert pale.count(" to 1: <span") == 3, "the lines of the address"
    assert any("no mark" in fault for fault in lost_focus(page))
    assert borderless(page)
    page.context.close()
