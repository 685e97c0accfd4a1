"""J5 of the requirements: somebody enters the room. The page is covered at once and gone from the way back, with scripts and without,
and nothing that was typed comes back (R83–R86, S82, S83)."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from flask import Flask
from playwright.sync_api import Browser, Error, Page, Route, expect

from tests.browser.test_proof import sign_in
from tests.parts.browser import new_page
from tests.parts.resident import KeyboardUser

pytestmark = pytest.mark.browser
SITE = "/kontakt"  # stands for the weather
PAGE = "/pomoc/przemoc"
TELL_WHEN_COVERED = """() => new MutationObserver(
  () => console.log(getComputedStyle(document.querySelector("main")).visibility, document.title)
).observe(document.documentElement, { attributes: true })"""
both = pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no-scripts"])


@pytest.fixture
def page(chromium: Browser, served: Flask, address: str, javascript: bool) -> Iterator[Page]:
    """A phone at a portal whose quick exit leads to a page of its own, for there is no network here."""
    served.config["QUICK_EXIT_URL"] = address + SITE
    page = new_page(chromium, address, width=360, height=640, javascript=javascript)
    yield page
    page.context.close()


@both
def test_it_is_the_second_stop_and_leaves_no_way_back(page: Page, javascript: bool) -> None:
    page.goto("/")
    page.goto(PAGE)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Szybkie wyjście")).to_be_focused()
    page.keyboard.press("Enter")
    is_over(page)
    if javascript:
        page.go_back()
        assert PAGE not in page.url


@pytest.mark.parametrize("javascript", [True])
def test_shift_three_times_covers_the_page_before_anything_answers(page: Page) -> None:
    held: list[Route] = []
    page.route("**/wyjscie", lambda route: held.append(route))
    seen: list[str] = []
    page.on("console", lambda message: seen.append(message.text))
    page.goto("/")
    page.goto(PAGE)
    page.keyboard.press("Shift")
    expect(page.locator("#exit-status")).to_have_text("Naciśnij Shift jeszcze 2 razy, aby opuścić tę stronę.")
    page.keyboard.press("Shift")
    expect(page.locator("#exit-status")).to_have_text("Naciśnij Shift jeszcze raz, aby opuścić tę stronę.")
    page.evaluate(TELL_WHEN_COVERED)
    page.keyboard.press("Shift")
    for _ in range(600):
        if seen and held:
            break
        page.wait_for_timeout(50)
    assert seen == ["hidden …"]
    held[0].continue_()
    is_over(page)
    page.go_back()
    assert PAGE not in page.url


@pytest.mark.parametrize("javascript", [True])
def test_capital_letters_are_only_letters(page: Page) -> None:
    page.goto("/dostepnosc/wniosek")
    page.locator("#about").focus()
    for letter in "ABCDE":
        page.keyboard.press(f"Shift+{letter}")
    expect(page.locator("#about")).to_have_value("ABCDE")
    expect(page.locator("main")).to_be_visible()
    page.keyboard.press("Shift")
    expect(page.locator("#exit-status")).to_have_text("")


@pytest.mark.parametrize("javascript", [True])
def test_shift_alone_leaves_from_a_field_too(page: Page) -> None:
    page.goto("/dostepnosc/wniosek")
    page.locator("#about").fill("Nie mogę wejść")
    for _ in range(3):
        page.keyboard.press("Shift")
    is_over(page)
    page.go_back()
    assert "Nie mogę" not in shown_and_typed(page)


@pytest.mark.parametrize("javascript", [True])
def test_three_presses_in_more_than_five_seconds_are_only_presses(page: Page) -> None:
    page.clock.install()
    page.goto(PAGE)
    for _ in range(3):
        page.keyboard.press("Shift")
        page.clock.run_for(2600)
    expect(page.locator("main")).to_be_visible()
    assert PAGE in page.url


@both
def test_on_paper_there_is_no_exit(page: Page) -> None:
    page.goto(PAGE)
    page.emulate_media(media="print")
    expect(page.locator("[data-exit]")).to_be_hidden()
    expect(page.locator("main")).to_be_visible()


IN_VIEW = """() => {
  const exit = document.querySelector("[data-exit]"), box = exit.getBoundingClientRect();
  const corners = [.1, .5, .9].flatMap(x => [.1, .5, .9].map(y => [box.left + x * box.width, box.top + y * box.height]));
  const covered = corners.filter(([x, y]) => !exit.contains(document.elementFromPoint(x, y)));
  return [Math.min(box.width, box.height), covered.length];
}"""


@pytest.mark.parametrize("javascript", [False])
@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_it_can_always_be_hit(page: Page, address: str, width: int) -> None:
    """In every theme, size and language, wherever the page is scrolled to: 44 pixels at least, and nothing over it (R83)."""
    page.set_viewport_size({"width": width, "height": 640})
    for prefix, look in (("", "light."), ("/uk", "dark.2.wide"), ("/en", "contrast.2.wide"), ("", ".1")):
        page.context.add_cookies([{"name": "display", "value": look, "url": address}])
        page.goto(prefix + PAGE)
        for part in (0, 0.5, 1):
            page.evaluate("part => scrollTo(0, part * document.documentElement.scrollHeight)", part)
            size, covered = page.evaluate(IN_VIEW)
            assert size >= 44, (prefix, look, size)
            assert covered == 0, (prefix, look, part)


@both
def test_what_was_typed_never_comes_back(page: Page, javascript: bool) -> None:
    resident = KeyboardUser(page, scripts=javascript)
    resident.open("/umow-rozmowe/a1/termin")
    resident.choose(resident.slot())
    resident.press("Next")
    resident.press("Next")
    resident.write("How shall we address you?", "Żaneta")
    resident.press("Next")  # no way of contact yet: the name is kept, with a mistake
    expect(resident.field("How shall we address you?")).to_have_value("Żaneta")
    page.locator("[data-exit]").press("Enter")
    is_over(page)
    for _ in range(5):
        with suppress(Error):  # a form that was sent is not asked for again
            page.go_back()
        assert "Żaneta" not in shown_and_typed(page), page.url


@pytest.mark.parametrize("javascript", [True])
@pytest.mark.parametrize("leaves", [True, False])
def test_what_was_typed_and_not_sent_stays_only_until_one_leaves(page: Page, leaves: bool) -> None:
    """A browser fills in a form again on the way back; not any more when the session in which it was typed is over."""
    page.goto("/dostepnosc/wniosek")
    page.locator("#name").fill("Żaneta")
    page.goto(PAGE)
    if leaves:
        page.locator("[data-exit]").press("Enter")
        is_over(page)
    page.go_back()
    page.wait_for_url("**/dostepnosc/wniosek")
    expect(page.locator("#name")).to_have_value("" if leaves else "Żaneta")


@both
def test_after_signing_out_back_shows_nothing_of_the_panel(page: Page) -> None:
    """S83: neither from the cache of pages that were left, nor asked for anew."""
    sign_in(page)
    page.goto("/panel/rezerwacje")
    page.get_by_role("button", name="Wyloguj się").click()
    page.wait_for_url("**/panel/logowanie*")
    for _ in range(3):
        page.go_back()
        expect(page.get_by_role("heading", level=1)).to_have_text("Logowanie pracowników")


def shown_and_typed(page: Page, tries: int = 20) -> str:
    """The page and what stands in its fields, also when the way back leads on to another page meanwhile."""
    try:
        page.wait_for_load_state()
        values = page.locator("input").evaluate_all("fields => fields.map(field => field.value)")
        return page.content() + "".join(values)
    except Error:  # it is being replaced
        if tries == 1:
            raise
        page.wait_for_timeout(100)
        return shown_and_typed(page, tries - 1)


def is_over(page: Page) -> None:
    """Somewhere else, and without the session."""
    page.wait_for_url(f"**{SITE}", wait_until="commit")
    expect(page.get_by_role("heading", level=1)).to_have_text("Kontakt")
    assert page.context.cookies() == []
