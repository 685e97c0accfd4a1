"""Text pasted from Word or from another site becomes clean Markdown, and not a word is lost."""

import re
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.web.markdown import markdown
from portal.writing.from_html import text_of
from portal.writing.paste import pasted
from portal.writing.tidy import INVISIBLE, tidy
from tests.client import Client, Page, values_of
from tests.test_announcements import TEXT

SEEDS = sorted((Path(__file__).parent.parent.parent / "shared" / "seeds").glob("*.txt"))

OLD_SITE = """Pomoc dla Ciebie  rodzinaKontakt z nami   Zamknij

Zajęcia dla rodziców

Centrum zaprasza na cykl spotkań, który rozpocznie się jesienią i potrwa aż do końca zimy, także dla osób
z innych dzielnic.

Cel zajęć:

Uczymy się rozmawiać
w domu i spokojnie kończyć spory.

Zapraszamy:

 • rodziców, którzy chcą
   odpocząć;
 • dziadków;
 • opiekunów zastępczych.

Jeśli:

» masz pytania
» chcesz przyjść

Zadzwoń!

Pani Zofia Zmyślona

Edytuj
Na skróty
Zasady
Krótko o tym, jak
się zapisać."""
CLEAN = """Pomoc dla Ciebie rodzinaKontakt z nami Zamknij

## Zajęcia dla rodziców

Centrum zaprasza na cykl spotkań, który rozpocznie się jesienią i potrwa aż do końca zimy, także dla osób z innych dzielnic.

## Cel zajęć

Uczymy się rozmawiać w domu i spokojnie kończyć spory.

## Zapraszamy

- rodziców, którzy chcą odpocząć;
- dziadków;
- opiekunów zastępczych.

Jeśli:

- masz pytania
- chcesz przyjść

Zadzwoń!

Pani Zofia Zmyślona

Edytuj

Na skróty

## Zasady

Krótko o tym, jak się zapisać."""
WRAPPED = """Ten tekst złamał program pocztowy, który łamie wiersze zawsze
tak samo, po sześćdziesięciu znakach. Nowe zdanie jest nadal w
Tym samym akapicie, choć wielka litera zaczyna wiersz."""
SMALL = [
    ("•\nsamotny znak\n•\ndrugi", "- samotny znak\n- drugi"),
    ("1)\tPrzyjdź\n2)\tZłóż wniosek", "1. Przyjdź\n2. Złóż wniosek"),
    ("– pomoc prawna\n– pomoc psychologa", "- pomoc prawna\n- pomoc psychologa"),
    ("Program „Dom”\n– ciąg dalszy", "Program „Dom” – ciąg dalszy"),
    ("· pierwsza\no\tdruga", "- pierwsza\n- druga"),
    ("5. marca gramy.", "5\\. marca gramy."),
    ("2026. rok był dobry.", "2026\\. rok był dobry."),
    ("oddziaływania korekcyjno-\nedukacyjne.", "oddziaływania korekcyjno-edukacyjne."),
    ("## Nagłówek\n\n- a\n  - b\n- c\n\n> Cytat", "## Nagłówek\n\n- a\n  - b\n- c\n\n> Cytat"),
    ("[strona](https://example.org) i **ważne**", "[strona](https://example.org) i **ważne**"),
    (WRAPPED, WRAPPED.replace("\n", " ")),
]
WORD = """<html><head><title>x</title><style>p {color: red}</style></head><body><h1>Dyżur</h1>
<p class=MsoNormal>Od <b>stycznia</b> przyjmuje
<a href="https://example.org/a">prawnik</a>.<o:p></o:p></p>
<p class=MsoListParagraph><span style='mso-list:Ignore'>·<span>&nbsp;&nbsp; </span></span>pierwsza</p>
<p class=MsoListParagraph><span style='mso-list:Ignore'>·<span>&nbsp;&nbsp; </span></span>druga</p>
<ol><li>raz</li><li><p>dwa</p><ul><li>trzy</li></ul></li></ol><a href="javascript:x()">zły</a><script>alert(1)</script></body>"""


def words(text: str) -> list[str]:
    return re.findall(r"\w+", re.sub(r"(?m)^\s*o\t", "", INVISIBLE.sub("", text)))


def read(text: str) -> list[str]:
    """The words that a reader of the page meets."""
    return words(unescape(re.sub(r"<[^>]*>", " ", markdown(text))))


def test_a_page_of_an_old_site_becomes_headings_lists_and_paragraphs() -> None:
    assert tidy(OLD_SITE) == CLEAN
    assert tidy(CLEAN) == CLEAN
    assert words(CLEAN) == words(OLD_SITE) == read(CLEAN)


@pytest.mark.parametrize(("pasted", "clean"), SMALL)
def test_small_things(pasted: str, clean: str) -> None:
    assert tidy(pasted) == clean
    assert tidy(clean) == clean


@pytest.mark.skipif(not SEEDS, reason="the pages of real centres are not here")
@pytest.mark.parametrize("seed", SEEDS, ids=[seed.stem for seed in SEEDS])
def test_the_page_of_a_real_centre_loses_no_word(seed: Path) -> None:
    page = seed.read_text("utf-8")
    clean = tidy(page)
    assert words(clean) == words(page) == read(clean)
    assert tidy(clean) == clean
    assert clean.count("\n## ") >= 2
    bullets = len(re.findall(r"(?m)^\s*[•»]", page))
    assert len(re.findall(r"(?m)^- ", clean)) == bullets
    assert not re.search(r"[•»]|[a-ząćęłńóśźż,]\n(?!-)\w", clean)


LINES = st.one_of(
    st.sampled_from([line for line in OLD_SITE.splitlines() if line]),
    st.sampled_from(
        [
            "",
            "Cel:",
            "– myślnik",
            "1. raz",
            "2) dwa",
            "12. maja",
            "# x",
            "> cytat",
            "| a | b |",
            "[a]: b",
            "a) b",
        ]
    ),
    st.text(alphabet="aąBĆ 1.,:;–-•»\t*_#>|()[]", max_size=20),
)


@settings(max_examples=60)
@given(st.lists(LINES, max_size=8).map("\n".join))
def test_no_word_is_lost_whatever_is_pasted_and_tidying_twice_changes_nothing(pasted: str) -> None:
    clean = tidy(pasted)
    assert words(clean) == words(pasted)
    assert tidy(clean) == clean


def test_the_clipboard_of_word_becomes_the_same_markdown() -> None:
    clean = tidy(text_of(WORD))
    assert clean == (
        "## Dyżur\n\nOd stycznia przyjmuje [prawnik](https://example.org/a).\n\n- pierwsza\n- druga\n1. raz\n2. dwa\n"
        "   - trzy\n\nzły"
    )


def test_html_that_says_other_words_than_the_plain_text_is_not_used() -> None:
    assert pasted("Raz\n\nDwa trzy.", "<h2>Raz</h2><p>Dwa trzy.</p>") == "## Raz\n\nDwa trzy."
    assert pasted("Raz\nDwa", "<p>Raz</p><p hidden>i coś jeszcze</p>") == "Raz\n\nDwa"


@pytest.mark.parametrize("kind", ["sqlite"])
def test_an_editor_puts_a_pasted_text_in_order_without_scripts(editor: Client) -> None:
    page = editor.visit("/panel/ogloszenia/nowe")
    form = values_of(page.form("Zapisz")) | TEXT | {"body": OLD_SITE, "tidy": "y"}
    answer = editor.post("/panel/ogloszenia/podglad", data=form)
    seen = Page(answer, "/panel/ogloszenia/podglad")
    assert "Tekst został uporządkowany" in seen.text
    assert values_of(seen.form("Zapisz"))["body"] == CLEAN
    saved = editor.submit(seen, "Zapisz")
    assert "Cel zajęć" in saved.text


@pytest.mark.parametrize("kind", ["sqlite"])
def test_what_the_clipboard_holds_comes_back_as_plain_text(editor: Client) -> None:
    token = values_of(editor.visit("/panel/ogloszenia/nowe").form("Zapisz"))["csrf_token"]
    answer = editor.post(
        "/panel/pisanie/wklejone", data={"csrf_token": token, "text": "» <b>a</b>\n» b", "html": ""}
    )
    assert (answer.mimetype, answer.get_data(as_text=True)) == ("text/plain", "- <b>a</b>\n- b")
