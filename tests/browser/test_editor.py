"""The editor's desk: marking, pasting, and publishing without a manual."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import time_machine
from playwright.sync_api import Browser, Locator, Page, expect

from tests.conftest import PASSWORDS
from tests.parts.browser import new_page, watch
from tests.parts.files import CAPTIONS, WEBM, pdf
from tests.parts.staff_desk import Staff, at_the_desk
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


MOST_PRESSES = 40
TITLE, LEAD = "Dyżur prawnika", "Prawnik przyjmuje w środy."
RULES = "Regulamin dyżuru"
BODY = "## Kiedy\n\nW środy od 9:00."


@pytest.fixture(params=[pytest.param(True, id="scripts"), pytest.param(False, id="plain")])
def editor(request: pytest.FixtureRequest, chromium: Browser, address: str) -> Iterator[Staff]:
    """An editor with ten minutes and a keyboard, with scripts and without."""
    with at_the_desk(chromium, address, "editor", javascript=request.param) as staff:
        yield staff


def test_a_new_announcement_with_a_film_its_captions_and_a_file_takes_few_keys(
    editor: Staff, tmp_path: Path
) -> None:
    """Its texts beside, and the paths that the system's own window asks for."""
    (tmp_path / "film.webm").write_bytes(WEBM)
    (tmp_path / "napisy.vtt").write_bytes(CAPTIONS)
    (tmp_path / "regulamin.pdf").write_bytes(pdf())
    before = editor.presses
    editor.press("New announcement", "link")
    editor.write("Title", TITLE)
    editor.write("Lead", LEAD)
    editor.write("Text", BODY)
    editor.write_date("Valid until", date(2027, 1, 31))
    editor.choose_file("Film (MP4 or WebM)", tmp_path / "film.webm")
    editor.choose_file("Captions of the film (WebVTT)", tmp_path / "napisy.vtt")
    editor.choose_file("Picture or PDF", tmp_path / "regulamin.pdf")
    editor.write("What the picture shows, or what the PDF is", RULES)
    editor.check()
    editor.enter()
    editor.sees("The draft has been saved.", "Advice")
    editor.press("Publish now")
    editor.sees("Residents can read the announcement now.")
    used = editor.presses - before - len(TITLE + LEAD + BODY + RULES)
    assert used < MOST_PRESSES, used
    editor.check()
    editor.press("See the public page", "link")
    expect(editor.page.locator("video track")).to_have_count(1)
    expect(editor.page.get_by_role("link", name=f"{RULES} (PDF")).to_be_visible()


def test_j6_a_text_is_corrected_advised_on_published_and_expires(editor: Staff) -> None:
    page = editor.page
    editor.open("/panel/ogloszenia/1/edytuj")
    page.get_by_label("Treść", exact=True).fill(
        "## Kiedy\n\nPomoc dla ofiar przemocy w rodzinie, zobacz [tutaj](/pomoc)."
    )
    page.get_by_label("Obowiązuje do").fill("2026-12-31")
    if not editor.scripts:
        editor.press("Preview")
    expect(page.locator("#preview").get_by_text("nie mówi, dokąd prowadzi")).to_be_visible()
    editor.check()
    editor.press("Save")
    editor.reads("przemocy domowej", "To tylko rady")
    editor.press("Publish the newest text…", "link")
    editor.is_refused(422, "Publish")
    editor.write("What has changed, and why", "Poprawiono adres pomocy")
    editor.press("Publish")
    editor.press("See the public page", "link")
    editor.reads("Poprawiono adres pomocy", "Obowiązuje do 31 grudnia 2026 r.")
    editor.check()
    with time_machine.travel("2027-01-01T12:00:00+01:00", tick=True):
        page.reload()
        editor.reads("To ogłoszenie jest archiwalne.")


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
