"""The editor's desk: marking, pasting, and publishing without a manual."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.conftest import PASSWORDS
from tests.parts.browser import new_page, watch
from tests.test_tidy import CLEAN, OLD_SITE

pytestmark = pytest.mark.browser

PASTE = """(area, [text, html]) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    if (html) clipboardData.setData("text/html", html);
    area.focus();
    area.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


def paste(area: Locator, text: str, html: str = "") -> None:
    """As Ctrl+V would, with this on the clipboard."""
    area.evaluate(PASTE, [text, html])


@pytest.fixture
def desk(chromium: Browser, address: str) -> Iterator[Page]:
    page = new_page(chromium, address)
    complaints = watch(page, own=address)
    page.goto("/panel/logowanie")
    login, password = PASSWORDS["editor"]
    page.get_by_label("Adres e-mail").fill(login)
    page.get_by_label("Hasło").fill(password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Dziś")
    page.goto("/panel/ogloszenia/nowe")
    yield page
    assert complaints == []
    page.context.close()


def test_four_buttons_mark_what_is_selected(desk: Page) -> None:
    area = desk.get_by_label("Treść", exact=True)
    area.fill("Kiedy\nw środy\nw piątki\nzobacz regulamin")

    def mark(first: int, last: int, button: str) -> None:
        area.evaluate(f"area => {{ area.focus(); area.setSelectionRange({first}, {last}) }}")
        desk.get_by_role("button", name=button, exact=True).click()

    mark(2, 2, "Nagłówek")
    expect(area).to_have_value("## Kiedy\nw środy\nw piątki\nzobacz regulamin")
    mark(10, 20, "Lista")
    expect(area).to_have_value("## Kiedy\n- w środy\n- w piątki\nzobacz regulamin")
    mark(37, 46, "Link")
    desk.keyboard.type("/regulamin")
    expect(area).to_have_value("## Kiedy\n- w środy\n- w piątki\nzobacz [regulamin](/regulamin)")
    mark(13, 18, "Wyróżnienie")
    expect(area).to_have_value("## Kiedy\n- w **środy**\n- w piątki\nzobacz [regulamin](/regulamin)")
    mark(2, 2, "Nagłówek")
    expect(area).to_have_value("Kiedy\n- w **środy**\n- w piątki\nzobacz [regulamin](/regulamin)")
    desk.keyboard.press("Control+z")
    expect(area).to_have_value("## Kiedy\n- w **środy**\n- w piątki\nzobacz [regulamin](/regulamin)")


def test_a_pasted_page_comes_in_order_and_can_be_taken_back(desk: Page) -> None:
    area = desk.get_by_label("Treść", exact=True)
    paste(area, OLD_SITE)
    expect(area).to_have_value(CLEAN)
    expect(desk.get_by_text("Wklejony tekst został uporządkowany")).to_be_visible()
    expect(desk.locator("#preview").get_by_role("heading", name="Cel zajęć")).to_be_visible()
    desk.keyboard.press("Control+z")
    expect(area).to_have_value("")
    html = "<h1>Dyżur</h1><ul><li>środa</li><li>piątek</li></ul>"
    paste(area, "Dyżur\nśroda\npiątek", html)
    expect(area).to_have_value("## Dyżur\n\n- środa\n- piątek")
