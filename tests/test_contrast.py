"""Every pair of colours that meets on a page can be told apart, in every theme."""

import os
from pathlib import Path

import pytest

from tests.parts import contrast

ROOT = Path(__file__).parent.parent
CSS = (ROOT / "portal" / "static" / "style.css").read_text("utf-8")
TABLE = ROOT / "docs" / "contrast.md"


def test_text_and_controls_can_be_told_from_their_ground() -> None:
    colours = contrast.tokens(CSS)
    assert set(colours) == {"light", "dark", "contrast"}
    assert contrast.weak(colours) == []


def test_the_dark_theme_of_the_device_is_the_dark_theme_that_is_chosen() -> None:
    by_device = CSS.partition(":root:not([data-theme]) {")[2].partition("}")[0].split()
    chosen = CSS.partition("[data-theme=dark] {")[2].partition("}")[0].split()
    assert by_device == chosen


def test_the_documentation_shows_what_the_stylesheet_does() -> None:
    page = contrast.page(contrast.tokens(CSS))
    if os.environ.get("CONTRAST") == "keep":
        TABLE.write_text(page, "utf-8")
    assert TABLE.read_text("utf-8") == page


@pytest.mark.parametrize(
    ("token", "colour", "named"),
    [("--ink-2: #3b4d52", "--ink-2: #6b7d82", "ink-2 on"), ("--edge: #5a7176", "--edge: #b8cac8", "edge on")],
)
def test_a_pale_colour_is_refused(token: str, colour: str, named: str) -> None:
    assert token in CSS
    assert any(named in fault for fault in contrast.weak(contrast.tokens(CSS.replace(token, colour, 1))))


def test_the_ratio_is_that_of_the_guidelines() -> None:
    assert round(contrast.ratio("#000000", "#ffffff"), 2) == 21
    assert round(contrast.ratio("#767676", "#ffffff"), 2) == 4.54
