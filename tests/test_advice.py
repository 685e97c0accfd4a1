"""Advice while writing (R37): each kind is found, good texts get none, and nothing is blocked."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.finding.words import words_of
from portal.typography import typography
from portal.web.markdown import markdown, without_marks
from portal.writing.advice import Known, Written, advise, ease, has_words, plain_text
from portal.writing.compare import side_by_side
from portal.writing.ease import ease_of, sentences, syllables
from portal.writing.from_html import text_of
from portal.writing.tidy import tidy
from tests.client import Client, Page, values_of
from tests.test_announcements import TEXT
from tests.test_tidy import CLEAN

KNOWN = Known(date(2026, 11, 22), {"850000001": "{telefon: sekretariat}", "116111": ""})
GOOD = Written(
    "Dyżur prawnika",
    "Prawnik przyjmuje w środy. Porada jest bezpłatna.",
    """## Kiedy

W środy do 31 stycznia 2027 r., w godz. 9:00–12:00. Sala nr 105, ul. Przykładowa 7, 15-950 Przykładowo.

### Jak się zapisać

- Zadzwoń: {telefon: sekretariat}. Możesz też zadzwonić pod 112 lub 116 111.
- Przeczytaj [regulamin porad](/regulamin). Podstawa: ustawa z dnia 5 sierpnia 2015 r. (Dz. U. z 2024 r. poz. 1534).
- MOPR pomaga też w inny sposób.""",
    easy_text="Prawnik pomaga.",
    has_film=True,
)
CASES = [
    ("osoby stosujące przemoc w rodzinie", "dated", "osoba stosująca przemoc domową"),
    ("dla osób dotkniętych przemocą w rodzinie", "dated", "osoba doznająca przemocy domowej"),
    ("skutki przemocy w rodzinie", "dated", "przemocy domowej"),
    ("pomoc sprawcom", "dated", "osoba stosująca przemoc domową"),
    ("ofiara przemocy", "dated", "osoba doznająca przemocy domowej"),
    ("Nabór trwa do 5 marca 2026 r.", "past", ""),
    ("Nabór trwa do 5.03.2026.", "past", ""),
    ("Ruszamy w marcu 2022 r.", "past", ""),
    ("Dostaniesz 3 386,00 zł.", "amount", ""),
    ("Zadzwoń: 85 123 45 67.", "unknown_phone", ""),
    ("Zadzwoń: +48 85-000-00-01.", "typed_phone", "{telefon: sekretariat}"),
    ("Oto:\n\n• raz\n• dwa", "untidy", ""),
    ("Oto menuKontakt tutaj.", "glued", ""),
    ("Tekst.\n\nEdytuj", "leftover", ""),
    ("Tekst <strong>ważny</strong>.", "tag", ""),
    ("Zobacz [tutaj](/x).", "vague", ""),
    ("Zobacz [czytaj więcej…](/x).", "vague", ""),
    ("Zobacz [https://example.org/x](https://example.org/x).", "bare_address", ""),
    ("Obraz: ![](/x.jpg)", "no_alt", ""),
    ("### Za głęboko\n\nTekst.", "skipped", ""),
    ("To jest BARDZO WAŻNE DLA wszystkich.", "capitals", ""),
    (" ".join(["słowo"] * 30) + ".", "long", "30"),
    ("Program korekcyjno – edukacyjny.", "compound", ""),
    ('Procedura "Niebieskie Karty".', "quotes", ""),
]


def codes(text: Written) -> set[str]:
    return {one.code for one in advise(text, KNOWN)}


def test_a_good_text_gets_no_advice() -> None:
    assert advise(GOOD, KNOWN) == []
    figure = ease(GOOD)
    assert figure
    assert figure.level == "easy"


@pytest.mark.parametrize(("words", "code", "better"), CASES)
def test_each_kind_is_found_alone(words: str, code: str, better: str) -> None:
    found = advise(replace(GOOD, body=words), KNOWN)
    assert [(one.code, one.better) for one in found] == [(code, better)], found


def test_titles_leads_and_missing_versions_are_looked_at_too() -> None:
    assert codes(replace(GOOD, title="NABÓR DO GRUPY")) == {"capitals"}
    assert codes(replace(GOOD, lead="Raz. Dwa. Trzy.")) == {"long_lead"}
    assert codes(replace(GOOD, easy_text="", has_film=False)) == {"no_easy_text", "no_film"}
    assert codes(replace(GOOD, has_film=None)) == set()


def test_of_each_kind_five_are_enough() -> None:
    body = "\n\n".join(f"Zadzwoń: 85 123 45 {n}." for n in range(10, 20))
    assert len(advise(replace(GOOD, body=body), KNOWN)) == 5


def test_what_is_counted_of_a_text() -> None:
    assert [syllables(word) for word in ("dom", "dziecko", "miasto", "Ukraina", "niepełnosprawność")] == [
        1,
        2,
        2,
        4,
        5,
    ]
    assert sentences("Był dr. Nowak z ul. krótkiej, w 2026 r. przyszedł. Potem poszedł! Tak?") == [
        "Był dr. Nowak z ul. krótkiej, w 2026 r. przyszedł.",
        "Potem poszedł!",
        "Tak?",
    ]
    counted = ease_of("Kot ma dom. " * 10)
    assert counted
    assert (counted.words, counted.sentences, counted.long_words, round(counted.figure, 1)) == (
        30,
        10,
        0,
        1.2,
    )
    assert ease_of("Za mało słów.") is None
    assert plain_text("## Raz\n\n- dwa [trzy](/x)\n- **cztery**") == "Raz\ndwa trzy\ncztery"


@settings(max_examples=60)
@given(st.text(max_size=80) | st.text(alphabet='aAĄ 019.,:-–()[]{}<>#*!"\n/', max_size=80))
def test_no_text_is_too_strange_to_advise_on(body: str) -> None:
    advise(Written(body, body, body), KNOWN)
    ease(Written(body, body, body * 20))


@pytest.mark.parametrize("kind", ["sqlite"])
def test_advice_is_shown_while_writing_and_after_saving_and_blocks_nothing(editor: Client) -> None:
    page = editor.visit("/panel/ogloszenia/nowe")
    editor.checks = False  # the text is as it should not be
    body = f"{CLEAN}\n\nZadzwoń: 85 123 45 67, 85 000 00 01, {{telefon: nikt}}. Przemoc w rodzinie trwa, zobacz [tutaj](/x). Kwota: 5 zł."
    seen = editor.submit(page, "Zapisz", **TEXT | {"body": body, "title": "NABÓR DO GRUPY"})
    assert seen.status == 200
    for said in (
        "Rady",
        "przemoc domowa",
        "{telefon: sekretariat}",
        "{telefon: nikt}: Nie ma niczego o tej nazwie",
        "nie mówi, dokąd prowadzi",
        "Wielkie litery",
        "(FOG)",
    ):
        assert said in seen.text, said
    editor.submit(seen, "Opublikuj teraz")
    form = values_of(editor.visit(seen.url + "/edytuj").form("Zapisz"))
    preview = Page(editor.post(seen.url + "/podglad", data=form), seen.url)
    assert "NABÓR DO GRUPY: Wielkie litery" in preview.text


ENDLESS = [
    *(
        "ą",
        "aaaB",
        "Ą",
        "1 ",
        "AAA ",
        "# ",
        "{",
        "[",
        "![",
        "[a](",
        "\n",
        "\r\n",
        "  \n",
        "\n-",
        "\n#",
        "a\n",
        "x-\n",
    ),
    *(
        "a\n\n",
        "- a\n",
        "<ul><li>",
        "<ol><li>a",
        '<a href="/x">a',
        "<b>",
        "<blockquote>",
        "> ",
        "1. ",
        "<a ",
        "<![",
        "</",
        "<!--",
        '<a b="',
        "`",
        "*",
        "_",
        "„",
        "http://",
        "a@",
        "ul. ",
        "a - ",
    ),
]
READERS: dict[str, Callable[[str], object]] = {
    "advise": lambda text: advise(Written("Tytuł", "Wstęp", text), KNOWN),
    "ease": lambda text: ease(Written("Tytuł", "Wstęp", text)),
    "tidy": tidy,
    "text_of": text_of,
    "typography": typography,
    "markdown": markdown,
    "without_marks": without_marks,
    "side_by_side": lambda text: side_by_side(text, f"x {text[::-1]}"),
    "words_of": words_of,
}


@pytest.mark.parametrize("reader", READERS)
def test_a_text_without_an_end_is_read_quickly(reader: str) -> None:
    """Whoever pastes one word of many thousand letters, or as many empty lines, waits no longer than others (S33): what reads
    each part only once needs a tenth of what is allowed here, what reads all of it for each part many times as much."""
    slow, length = {}, 5_000 if reader in {"markdown", "side_by_side"} else 25_000
    for piece in ENDLESS:
        begun = time.process_time()
        READERS[reader]("a" + piece * (length // len(piece)) + "\nb>")
        took = time.process_time() - begun
        if took > 1:
            slow[piece] = round(took, 1)
    assert slow == {}


def test_what_only_begins_like_a_condition_of_word_is_no_fault() -> None:
    words = ["Raz", "dwa", "trzy", "<!["]
    assert text_of("<p>Raz <![if x]>dwa<![endif]> <![<![></p> trzy <![").split() == words


@pytest.mark.parametrize(
    "body",
    [
        *(
            "{plik: 1}",
            "![Plakat](/media/a/b.webp)",
            "![Plakat][1]\n\n[1]: /media/a/b.webp",
            "# {plik: 1}\n\n---",
        ),
        *(
            "[Regulamin](/media/a/b.pdf)",
            "[Regulamin][1]\n\n[1]: /media/a/b.pdf",
            "<https://a.example/plakat>",
        ),
        *(
            "<img src=plakat.png>",
            "https://a.example/plakat",
            "www.plakat.example",
            "&nbsp;",
            "&#8203;",
            "1. 2. 3.",
        ),
    ],
)
def test_a_text_of_nothing_but_pictures_links_and_marks_has_no_words(body: str) -> None:
    """R23."""
    assert not has_words(body)
    assert has_words(f"{body}\n\nPrzyjdź.")
