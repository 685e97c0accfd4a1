"""How a page may look: in which language, on which screen, in which theme, with text of which size."""

from dataclasses import dataclass

from playwright.sync_api import Browser, Page

from tests.parts.browser import new_page

SMALL, PHONE, TABLET, DESK = (320, 640), (360, 640), (768, 1024), (1280, 800)


@dataclass(frozen=True)
class Look:
    """`text` is as much larger as the cookie says; with the middle size come wide spacing and less motion."""

    language: str
    size: tuple[int, int]
    theme: str
    text: str

    def __str__(self) -> str:
        return f"{self.language}-{self.size[0]}-{self.theme}-A{'+' * int(self.text or 0)}"

    @property
    def cookie(self) -> str:
        """The display settings as they are kept."""
        return f"{self.theme}.{self.text}{'.wide.less' if self.text == '1' else ''}"

    def address(self, path: str) -> str:
        """The address of a page in this language, unless it names one itself."""
        is_polish = self.language == "pl" or path.startswith(("/en/", "/uk/"))
        return path if is_polish else f"/{self.language}{path}"


LOOKS = (  # each pair of two of them at least once
    Look("pl", SMALL, "light", "2"),
    Look("uk", SMALL, "contrast", ""),
    Look("en", SMALL, "dark", "1"),
    Look("uk", PHONE, "dark", "2"),
    Look("en", PHONE, "light", ""),
    Look("pl", PHONE, "contrast", "1"),
    Look("uk", TABLET, "light", "1"),
    Look("en", TABLET, "contrast", "2"),
    Look("pl", TABLET, "dark", ""),
    Look("en", DESK, "contrast", "1"),
    Look("pl", DESK, "dark", "2"),
    Look("uk", DESK, "light", ""),
)
FEW_LOOKS = tuple(LOOKS[n] for n in (0, 1, 3, 7, 9))  # each of them at least once, the narrow ones twice


def page_in(browser: Browser, address: str, look: Look) -> Page:
    """A page of the portal at `address` that looks so; close it with `page.context.close()`."""
    page = new_page(browser, address, width=look.size[0], height=look.size[1])
    page.context.add_cookies([{"name": "display", "value": look.cookie, "url": address}])
    return page
