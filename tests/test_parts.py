"""The checks of the tests: a good page passes, and each kind of bad page is named."""

import pytest

from tests.conftest import meets
from tests.parts import html, typography

GOOD = """<!doctype html>
<html lang="pl">
<head><meta charset="utf-8"><title>Pomoc – MOPR</title><link rel="stylesheet" href="/static/portal.css"></head>
<body>
<nav aria-label="Menu"><a href="#main">Do treści</a></nav>
<main id="main">
<h1>Pomoc w&nbsp;kryzysie</h1>
<h2>Napisz do nas</h2>
<div class="errors"><a href="#name">Wpisz imię</a> <a href="#ok">Zgódź się</a></div>
<form method="post">
<input type="hidden" name="csrf_token" value="x">
<label for="name">Imię</label><input id="name" name="name" autocomplete="name" aria-describedby="hint"><p id="hint">Wystarczy imię.</p>
<label><input type="checkbox" id="ok" name="ok"> Zgoda</label>
<button>Wyślij</button>
</form>
<img src="/static/a.png" alt="">
</main>
<nav aria-labelledby="more"><h2 id="more">Więcej</h2><a href="/"><img src="/static/b.png" alt="Start"></a></nav>
<script src="/static/htmx.js" defer></script>
</body>
</html>"""

HTML_MISTAKES = [
    ("</main>", "</div></main>", "HTML error in line"),
    ("<h2>Napisz do nas</h2>", "<h1>Napisz do nas</h1>", "2 h1 headings"),
    ("<h1>Pomoc w&nbsp;kryzysie</h1>", "", "0 h1 headings"),
    ("Pomoc – MOPR", "", "no title"),
    (' lang="pl"', "", "does not say its language"),
    ('id="hint"', 'id="name"', "id 'name' occurs 2 times"),
    ('<label for="name">Imię</label>', "", "field without a label"),
    (" Zgoda", "", "field without a label"),
    (' autocomplete="name"', "", "field without autocomplete"),
    ('<script src="/static/htmx.js" defer>', "<script>go()", "inline script"),
    ('<link rel="stylesheet" href="/static/portal.css">', "<style>p {}</style>", "inline style element"),
    ("<h2>", '<h2 style="color: red">', "style attribute"),
    ("<button>", '<button onclick="go()">', "inline handler onclick"),
    ("<button>", '<button hx-on:click="go()">', "inline handler hx-on:click"),
    ('href="/"', 'href="javascript:go()"', "javascript: address"),
    ('name="csrf_token"', 'name="token"', "POST form without csrf_token"),
    ("<h2>Napisz do nas</h2>", "<h3>Napisz do nas</h3>", "skips a level after h1"),
    ("Napisz do nas", "", "empty heading"),
    ('alt="Start"', 'alt=""', "link without a name"),
    ("Wyślij", "", "button without a name"),
    ('alt="Start"', 'alt="Więcej…"', "a link says only 'Więcej…'"),
    ('aria-describedby="hint"', 'aria-describedby="gone"', "names the missing id 'gone'"),
    ('for="name"', 'for="gone"', "names the missing id 'gone'"),
    ('href="#main"', 'href="#gone"', "link to the missing id 'gone'"),
    (' alt=""', "", "picture without alt"),
    (
        '<a href="#name">Wpisz imię</a> <a href="#ok">',
        '<a href="#ok">Z</a> <a href="#name">',
        "another order",
    ),
    (' aria-label="Menu"', "", "of several nav elements have no name"),
    ('aria-label="Menu"', 'aria-label="Więcej"', "share the name 'Więcej'"),
]


def test_a_good_page_has_no_problems() -> None:
    assert html.problems(GOOD) == []
    assert html.problems(GOOD.encode()) == []


@pytest.mark.parametrize(("right", "wrong", "named"), HTML_MISTAKES)
def test_each_mistake_is_named(right: str, wrong: str, named: str) -> None:
    assert right in GOOD
    assert any(named in problem for problem in html.problems(GOOD.replace(right, wrong)))


@pytest.mark.parametrize(
    "text",
    [
        "Pomoc w\u00a0kryzysie i\u00a0po nim",
        "<code>a b</code> <pre>i w</pre> <textarea>z a</textarea>",
        '<span lang="en">a talk</span>',
        "pkt a<br>Dalej",
        "<p>lit. a </p><p>Dalej</p>",
        "e-mail i\u00a0telefon",
        "nr 2 a\u202fdalej",
    ],
)
def test_text_that_breaks_well(text: str) -> None:
    assert typography.problems(f'<html lang="pl"><body>{text}</body></html>') == []


@pytest.mark.parametrize(
    "text",
    [
        "Pomoc w kryzysie",
        "Z nami",
        "matka i\n  ojciec",
        "w <strong>środę</strong>",
        "<em>o </em>godzinie",
        "i <code>x</code>",
    ],
)
def test_an_orphan_is_found(text: str) -> None:
    assert len(typography.problems(f'<html lang="pl"><body><p>{text}</p></body></html>')) == 1


def test_a_page_in_another_language_is_not_judged_but_for_two_dots() -> None:
    assert typography.problems('<html lang="uk"><body>а a b, 2 січня 2027 р.</body></html>') == []
    assert len(typography.problems('<html lang="uk"><body>2 січня 2027 р..</body></html>')) == 1


@pytest.mark.parametrize(
    ("required", "measured", "outcome", "is_met"),
    [
        ("≤ 10 s", "10.0", "passed", True),
        ("≤ 10 s", "12.4", "passed", False),
        ("≤ 5 s", "0.4 of 3", "failed", False),
        ("all", "5 of 5", "passed", True),
        ("0", "3", "failed", False),
    ],
)
def test_a_figure_beyond_what_is_required_is_called_so(
    required: str, measured: str, outcome: str, is_met: bool
) -> None:
    assert meets(required, measured, outcome) is is_met
