"""The contrast of the colours that meet on pages, computed from the tokens of the stylesheet (WCAG 2.2, relative luminance).

assert weak(tokens(css)) == []
"""

import re
from collections.abc import Iterator

THEMES = {"light": ":root {", "dark": "[data-theme=dark] {", "contrast": "[data-theme=contrast] {"}
TEXT, CONTROL = 7.0, 3.0
PAIRS = (  # front, the grounds it stands on, least ratio
    ("ink", ("paper", "ground", "mist", "honey-soft", "berry-soft", "leaf-soft"), TEXT),
    ("ink-2", ("paper", "ground", "mist"), TEXT),
    ("spruce", ("paper", "ground", "mist"), TEXT),
    ("spruce-2", ("paper", "ground", "mist"), TEXT),
    ("on-spruce", ("spruce", "spruce-2"), TEXT),
    ("on-honey", ("honey",), TEXT),
    ("berry", ("paper", "berry-soft"), TEXT),
    ("leaf", ("paper", "leaf-soft"), TEXT),
    ("on-night", ("night",), TEXT),
    ("edge", ("paper", "ground", "mist"), CONTROL),
)
Tokens = dict[str, dict[str, str]]


def tokens(css: str) -> Tokens:
    """The colours by theme and name; a theme that leaves one out takes it from the light one."""
    found: Tokens = {}
    for theme, opening in THEMES.items():
        block = css.partition(opening)[2].partition("}")[0]
        own = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
        found[theme] = found.get("light", {}) | own
    return found


def ratio(front: str, ground: str) -> float:
    """From 1 (the same) to 21 (black and white)."""
    lighter, darker = sorted((_luminance(front), _luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def rows(colours: Tokens) -> Iterator[tuple[str, str, float, dict[str, float]]]:
    """Front, ground, least ratio, and the ratio in each theme."""
    for front, grounds, least in PAIRS:
        for ground in grounds:
            by_theme = {theme: ratio(named[front], named[ground]) for theme, named in colours.items()}
            yield front, ground, least, by_theme


def weak(colours: Tokens) -> list[str]:
    """The pairs that are below what they need."""
    return [
        f"{front} on {ground} in {theme}: {found:.2f} of {least:g}"
        for front, ground, least, by_theme in rows(colours)
        for theme, found in by_theme.items()
        if found < least
    ]


def page(colours: Tokens) -> str:
    """The table as the documentation shows it."""
    lines = [
        "# Contrast",
        "",
        "Computed from the tokens of `portal/static/style.css` by `tests/test_contrast.py`, which fails when text falls below 7:1 or the",
        "border of a control below 3:1, and when this page no longer says what the stylesheet does. To write it anew:",
        "`CONTRAST=keep ./run test tests/test_contrast.py`.",
        "",
        "The mark of the focus is ink, white on the strip of help and in the foot, in yellow on black white, and on-spruce inside a taken",
        "slot; `tests/browser/test_proof.py` measures it at each stop of Tab against what it is drawn on (3:1). No control is ever disabled.",
        "",
        "| front | ground | needs | light | dark | yellow on black |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {front} | {ground} | {least:g} | "
        + " | ".join(f"{found:.1f}" for found in by_theme.values())
        + " |"
        for front, ground, least, by_theme in rows(colours)
    ]
    return "\n".join(lines) + "\n"
