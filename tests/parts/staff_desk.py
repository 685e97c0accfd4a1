"""Somebody of the centre at a screen of theirs, without a pointer.

with at_the_desk(chromium, address, "interviewer", javascript=False) as staff:
    staff.press("New booking", "link")
    staff.pick(staff.field("Slot"), "wtorek, 1 grudnia 2026 r., 16:30")
    staff.is_refused(409, "Book this time")
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from playwright.sync_api import Browser, Locator, expect

from tests.conftest import PASSWORDS
from tests.parts.resident import KeyboardUser, a_page, say

DESK = 1280, 800


class Staff(KeyboardUser):
    """Somebody with an account, a keyboard and little time."""

    def sign_in(self, role: str) -> None:
        """Open the panel as somebody with this role."""
        login, password = PASSWORDS[role]
        self.open("/panel")
        self.field("E-mail address").fill(login)
        self.field("Password").fill(password)
        self.enter()

    def enter(self) -> None:
        """Press Enter where the focus is and wait for the page it leads to."""
        with self.page.expect_navigation():
            self.tap("Enter")

    def follow(self, path: str) -> None:
        """Go to the link in the page that leads there."""
        self.leave_by(self.page.locator(f"main a[href$='{path}']:visible").first)

    def do(self, name: str) -> None:
        """Press the button whose name, in Polish, has these words; they tell it from those of other rows."""
        self.leave_by(self.page.locator("main button", has_text=name))

    def is_refused(self, status: int, name: str) -> None:
        """Press a button, to be told why not: the page says so first, and the focus is there."""
        with self.page.expect_response(lambda answer: answer.request.method == "POST") as answer:
            self.press(name)
        assert answer.value.status == status
        if self.scripts:
            expect(self.page.locator(".errors")).to_be_focused()
        expect(self.page).to_have_title(re.compile(f"^{say('Error:', self.language)}"))
        self.check()

    def reads(self, *sentences: str) -> None:
        """These words, in Polish, stand on the page."""
        for sentence in sentences:
            expect(self.page.get_by_text(sentence).first).to_be_visible()

    def pick(self, select: Locator, option: str) -> None:
        """Arrows lead to the first option that begins with these words."""
        self.go_to(select)
        begins = [
            " ".join(words.split()).startswith(option) for words in select.locator("option").all_inner_texts()
        ]
        assert True in begins, f"{option!r} is not offered"
        steps = begins.index(True) - select.evaluate("select => select.selectedIndex")
        for _step in range(abs(steps)):
            self.tap("ArrowDown" if steps > 0 else "ArrowUp")
        assert select.evaluate("select => select.selectedIndex") == begins.index(True)

    def write_over(self, label: str, text: str) -> None:
        """Write instead of what stands in the field: Tab has selected it."""
        self.write(label, text)
        expect(self.field(label)).to_have_value(text)

    def choose_file(self, label: str, path: Path) -> None:
        """Open the system's own window by Enter, write where the file lies, and Enter again; that path is no text of the page."""
        self.go_to(self.field(label))
        with self.page.expect_file_chooser() as chooser:
            self.tap("Enter")
        chooser.value.set_files(path)
        self.presses += 1

    def write_date(self, label: str, day: date) -> None:
        """Type a day into a field of dates, in the order in which this Chromium, which speaks English, asks for it."""
        self.write(label, f"{day:%m%d%Y}")
        expect(self.field(label)).to_have_value(day.isoformat())


@contextmanager
def at_the_desk(
    browser: Browser, address: str, role: str = "interviewer", language: str = "pl", *, javascript: bool
) -> Iterator[Staff]:
    """Somebody who has just signed in and sees the first page."""
    with a_page(browser, address, DESK, javascript=javascript) as page:
        page.on("filechooser", lambda _window: None)  # who first listens at the key may be late
        staff = Staff(page, language, scripts=javascript)
        staff.sign_in(role)
        yield staff
