"""Polish text as it stands in print: hard spaces, quotes, dashes (R124–R126)."""

import re
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.typography import BREAK, JOINER, NBSP, typography
from portal.web.markdown import markdown

PRINTED = [
    ("a w domu i z rodziną", "a~w~domu i~z~rodziną"),
    ("5 marca 2026 r. o 16:30", "5~marca 2026~r. o~16:30"),
    ("ul. Przykładowa 7, 15-950 Miasto", "ul.~Przykładowa 7, 15-^950 Miasto"),
    ("w godz. 16:30-17:15", "w~godz.~16:30–^17:15"),
    ("od 16:30 – 17:15", "od 16:30–^17:15"),
    ("2 988,00 zł, tel. 85 000 00 01, pkt 3", "2~988,00~zł, tel.~85~000~00~01, pkt~3"),
    ("grupa 5-15 osób, 3 - 4 tygodnie", "grupa 5–^15~osób, 3–^4~tygodnie"),
    ("1 rok od 1 dnia, najwyżej 500 znaków", "1~rok od 1~dnia, najwyżej 500~znaków"),
    ("dnia 2026-12-01, tel. 85-000-00-01", "dnia 2026-12-01, tel.~85-000-00-01"),
    ("program korekcyjno – edukacyjny", "program korekcyjno-edukacyjny"),
    ("Ubrał się na sportowo – czyli wygodnie", "Ubrał się na sportowo – czyli wygodnie"),
    ("pomoc - także w nocy — działa", "pomoc – także w~nocy – działa"),
    ('procedura "Niebieskie Karty"', "procedura „Niebieskie Karty”"),
    ('powiedział: "czytam "Lalkę" w domu"', "powiedział: „czytam »Lalkę« w~domu”"),
    ('rozdział „o "czymś" innym”', "rozdział „o~»czymś« innym”"),
    ("program „ Niebieska Karta” – kontynuacja", "program „Niebieska Karta” – kontynuacja"),
    ('ekran 15" i "', 'ekran 15" i~"'),
]


@pytest.mark.parametrize(("typed", "printed"), PRINTED)
def test_text_in_print(typed: str, printed: str) -> None:
    assert typography(typed) == printed.replace("~", NBSP).replace("^", JOINER)


PIECES = st.sampled_from(
    [
        *'"„”»«-–—.,:() ',
        "\n",
        BREAK,
        "a",
        "w ",
        "korekcyjno",
        "edukacyjny",
        "5",
        "15",
        "osób",
        "16:30",
        "marca",
        "zł",
        "ul.",
    ]
)


@settings(max_examples=60)
@given(st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=40))
def test_printing_twice_changes_nothing_and_no_word_is_lost(text: str) -> None:
    once = typography(text)
    assert typography(once) == once
    assert once.count(BREAK) == text.count(BREAK)
    letters = [re.sub(r"[^\w]", "", each) for each in (text, once)]
    assert letters[0] == letters[1]


def test_only_text_is_printed_never_code_or_addresses() -> None:
    body = '`a w b "c"` [i "ta" strona](https://example.org/a-b?q="1-2%20osób") w **domu** "*tak*"\n\n    i w kodzie'
    html = unescape(markdown(body)).replace(NBSP, "~")
    assert '<code>a w b "c"</code>' in html
    assert 'href="https://example.org/a-b?q=%221-2%20os%C3%B3b%22"' in html
    assert "i~„ta” strona" in html
    assert "w~<strong>domu</strong> „<em>tak</em>”" in html
    assert "i w kodzie" in html


def test_a_line_of_markdown_is_no_line_in_print() -> None:
    assert f"w{NBSP}domu" in unescape(markdown("w\ndomu"))


def test_other_languages_keep_their_own_quotes() -> None:
    assert unescape(markdown('A "talk" a day', "en")) == '<p>A "talk" a day</p>\n'


def test_what_is_wide_scrolls_by_itself() -> None:
    html = markdown("| a | b |\n|---|---|\n| 1 | 2 |\n\n```\n<table><pre>\n```")
    assert '<div class="scroll" tabindex="0"><table>' in html
    assert "</table></div>" in html
    assert '<pre class="scroll" tabindex="0"><code>&lt;table&gt;&lt;pre&gt;' in html
