"""Somebody at the portal who reads it in a language, by pointer or by keyboard alone.

Sentences are named by their English originals and looked for in the words of the catalogue; `%(…)s` may be anything.

with arrives(chromium, address, "uk", keys=True) as resident:
    resident.open("/umow-rozmowe/a1")
    resident.press("Next", "link")
    resident.sees("Choose the time of the talk")
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from babel.support import Translations
from playwright.sync_api import Browser, Locator, Page, expect

from portal.i18n import translations_folder
from tests.parts.axe import violations
from tests.parts.browser import new_page, sideways_scroll, watch

PHONE = 360, 640
MOST_TABS = 90
PLACEHOLDER = re.compile(r"%\\\(\w+\\\)[sd]")
ANSWERED = re.compile(r"status of 4(09|22|29|00)")
HAS_FOCUS = "target => document.activeElement === target"
IS_AHEAD = "target => document.activeElement === document.body && target.closest('main') !== null"
FOCUS = """wanted => {
  const focus = document.activeElement, drawn = focus.matches(".slot input") ? focus.nextElementSibling : focus;
  const box = drawn.getClientRects()[0], style = getComputedStyle(drawn), name = focus.outerHTML.slice(0, 160);
  const bare = style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2;
  const covered = [box.top + 3, box.top + Math.min(box.height, 60) - 3].some(y => {
    const top = document.elementFromPoint(box.left + box.width / 2, y);
    return !top || !(focus.contains(top) || drawn.contains(top));
  });
  return { there: focus === wanted, fault: bare ? "no mark on " + name : covered ? "hidden: " + name : "" };
}"""


def say(message: str, language: str) -> str:
    """The message in this language, with plain spaces; the messages themselves are English."""
    if language == "en":
        return message
    said = str(Translations.load(translations_folder(), [language]).gettext(message))
    assert said != message or message.isupper(), f"{message!r} is not translated"
    return " ".join(said.split())


class Resident:
    """Somebody with a pointer."""

    def __init__(self, page: Page, language: str = "pl", *, scripts: bool = True) -> None:
        self.page, self.language, self.scripts = page, language, scripts

    def open(self, path: str) -> None:
        """Go to an address of the portal, in the language of this person."""
        self.page.goto(path if self.language == "pl" else f"/{self.language}{path}")

    def find(self, name: str, role: str = "button") -> Locator:
        """The first control with this name."""
        said = say(name, self.language)
        return self.page.get_by_role(role, name=said, exact=True).first  # type: ignore[arg-type]

    def field(self, label: str) -> Locator:
        """The field with this label, which may go on to say that it is optional."""
        return self.page.get_by_label(say(label, self.language)).first

    def sees(self, *messages: str) -> None:
        """Each of these sentences stands on the page."""
        for message in messages:
            words = PLACEHOLDER.sub(".+", re.escape(say(message, self.language))).replace(r"\ ", r"\s+")
            expect(self.page.get_by_text(re.compile(words)).first).to_be_visible()

    def press(self, name: str, role: str = "button") -> None:
        """Press a button, or follow a link, to the next page."""
        self.leave_by(self.find(name, role))

    def leave_by(self, control: Locator) -> None:
        """Press what leads to the next page, and wait for that."""
        with self.page.expect_navigation():
            self.activate(control)

    def activate(self, control: Locator) -> None:
        """Press what has been found."""
        control.click()

    def write(self, label: str, text: str) -> None:
        """Fill in a field."""
        self.field(label).fill(text)

    def choose(self, option: Locator) -> None:
        """Choose one of several radios, or tick a box."""
        option.check()

    def slot(self, number: int = 0) -> Locator:
        """One of the free times on show."""
        return self.page.locator("input[name=slot]").nth(number)

    def fits(self) -> None:
        """The page has one heading of the first level and is no wider than the phone."""
        expect(self.page.get_by_role("heading", level=1)).to_have_count(1)
        wide = sideways_scroll(self.page)
        assert not wide, f"{wide} px too wide"

    def check(self, judge: Callable[[Page], list[str]] = violations) -> None:
        """The page fits and is accessible; without scripts it is the same page, so it is judged only with them, and from
        its top, where the help strip covers nothing."""
        self.fits()
        self.page.evaluate("scrollTo(0, 0)")
        problems = judge(self.page) if self.scripts else []
        assert not problems, problems


class KeyboardUser(Resident):
    """Somebody without a pointer, who always sees where they are. `presses` counts their keys, the letters of texts too."""

    presses = 0

    def tap(self, key: str) -> None:
        """Press one key."""
        self.presses += 1
        self.page.keyboard.press(key)

    def activate(self, control: Locator) -> None:
        self.go_to(control)
        self.tap("Enter")

    def leave_by(self, control: Locator) -> None:
        """To skip the head on the way is a navigation too, so it is over before the one that counts begins."""
        self.go_to(control)
        with self.page.expect_navigation():
            self.tap("Enter")

    def write(self, label: str, text: str) -> None:
        self.go_to(self.field(label))
        self.presses += len(text)
        self.page.keyboard.type(text)

    def choose(self, option: Locator) -> None:
        """Tab leads to the first radio of a group, arrows to the others."""
        self.go_to(
            self.page.locator(f"[name={option.get_attribute('name')}]").first if _is_radio(option) else option
        )
        for _ in range(MOST_TABS):
            if self._focus_is_on(option):
                return self.tap("Space") if not option.is_checked() else None
            self.tap("ArrowDown")
        raise AssertionError(f"{option} cannot be reached with arrows")

    def go_to(self, target: Locator) -> None:
        """Press Tab until the target has the focus; nowhere on the way may the focus be unseen. On a new page skip its head."""
        if target.evaluate(HAS_FOCUS):
            return
        if target.evaluate(IS_AHEAD):
            self._skip()
        for _ in range(MOST_TABS):
            self.tap("Tab")
            if self._focus_is_on(target):
                return
        raise AssertionError(f"{target} cannot be reached by keyboard")

    def _skip(self) -> None:
        self.tap("Tab")
        assert self._focus_is_on(self.find("Skip to main content", "link"))
        self.tap("Enter")
        expect(self.page.locator("main")).to_be_focused()

    def _focus_is_on(self, target: Locator) -> bool:
        seen = target.evaluate(FOCUS)
        assert not seen["fault"], seen["fault"]
        return bool(seen["there"])


def _is_radio(option: Locator) -> bool:
    return option.get_attribute("type") == "radio"


@contextmanager
def arrives(
    browser: Browser, address: str, language: str = "pl", *, keys: bool = False, javascript: bool = True
) -> Iterator[Resident]:
    """Somebody with a phone of their own."""
    with a_page(browser, address, PHONE, javascript=javascript) as page:
        yield (KeyboardUser if keys else Resident)(page, language, scripts=javascript)


@contextmanager
def a_page(browser: Browser, address: str, size: tuple[int, int], *, javascript: bool) -> Iterator[Page]:
    """A page of this width and height in a browser of its own, which never complains."""
    width, height = size
    page = new_page(browser, address, width=width, height=height, javascript=javascript)
    complaints = watch(page, own=address)
    yield page
    unexpected = [line for line in complaints if not ANSWERED.search(line)]
    assert not unexpected, unexpected
    page.context.close()
