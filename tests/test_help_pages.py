"""Help and safety in three languages: discreet, without a cookie, and never a way from those who suffer to the programmes of those
who use violence, or back (R83, R87-R90, R93, R94)."""

import re

import pytest

from tests.client import Client
from tests.parts import html

HELP = ("/pomoc", "/pomoc/przemoc", "/pomoc/kryzys", "/pomoc/dla-dzieci", "/pomoc/bezpieczne-korzystanie")
LANGUAGES = ("", "/uk", "/en")
TELLING = re.compile("przemoc|krzywd|насильств|кривд|violen|abuse|кри[зс]|kryzys|crisis", re.IGNORECASE)
PROGRAMMES = re.compile(r"/(programy|umow-rozmowe/a1|ogloszenia/nabor)")
EXIT = {"": "Szybkie wyjście", "/uk": "Швидкий вихід", "/en": "Quick exit"}

pytestmark = pytest.mark.parametrize("kind", ["sqlite"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_is_written_in_the_language_and_leads_nowhere_else(resident: Client, language: str) -> None:
    for address in HELP:
        page = resident.visit(language + address)
        assert page.status == 200
        assert page.response.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in page.response.headers
        assert not TELLING.search(page.title.rpartition(" – ")[0]), page.title
        assert not [m for m in page.dom.all("meta") if TELLING.search(m.get("content", ""))]
        main = page.dom.all("main")[0]
        inside = [a.get("href", "") for a in main.iter("a")]
        assert [url for url in inside if PROGRAMMES.search(url)] == [], "R89"
        own = [
            url for url in inside if url.startswith("/") and not url.startswith((f"{language}/", "/static"))
        ]
        assert own == [], "nobody is led out of their language"
        if address != "/pomoc":
            assert not [e for e in main.iter() if e.tag in {"article", "h1"} and e.get("lang")], address


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_exit_is_first_after_the_skip_link_and_works_without_scripts(
    resident: Client, language: str
) -> None:
    for address in HELP:
        page = resident.visit(language + address)
        first, second, *_others = page.dom.all("a")
        assert (first.get("class"), html.text_of(second)) == ("skip", EXIT[language])
        answer = resident.get(second.get("href"))
        assert answer.status_code == 303
        assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
        assert not answer.location.startswith("/")


@pytest.mark.parametrize(
    ("language", "forms"), [("", "formularz"), ("/uk", "форм"), ("/en", "form")], ids=["pl", "uk", "en"]
)
def test_the_blue_cards_procedure_is_told_step_by_step(resident: Client, language: str, forms: str) -> None:
    page = resident.visit(f"{language}/pomoc/przemoc")
    (steps, *_more) = [ol for ol in page.dom.all("ol") if len(list(ol)) == 8]
    said = "".join(steps.itertext())
    assert all(re.search(rf"{forms}\w* {letter}\b", said.casefold()) for letter in "abcd"), said
    assert "tel:800120002" in page.links().values()


@pytest.mark.parametrize("language", LANGUAGES)
def test_programmes_lead_those_who_suffer_to_help_and_offer_them_no_booking(
    resident: Client, language: str
) -> None:
    page = resident.visit(f"{language}/programy/bez-przemocy")
    assert f"{language}/pomoc" in {url.removesuffix("/przemoc") for url in page.links().values()}
    first = " ".join(page.text.split()[:60])
    assert "dla osób, które stosują" in first


@pytest.mark.parametrize(
    ("language", "day"),
    [("", "środa, 25 listopada"), ("/uk", "середа, 25 листопада"), ("/en", "Wednesday, 25 November")],
)
def test_the_interpreter_page_counts_from_today(resident: Client, language: str, day: str) -> None:
    page = resident.visit(f"{language}/dostepnosc/tlumacz")
    assert day in page.text.replace("\N{NO-BREAK SPACE}", " ")
    assert all(
        word in page.text
        for word in ("PJM", "SJM", "SKOGN", "16", "osoba przybrana" if language else "osobą przybraną")
    )
    assert f"{language}/dostepnosc/wniosek" in page.links().values()


def test_what_we_do_is_there_as_a_text_file(resident: Client) -> None:
    for language, says in (("", "Czym się zajmujemy"), ("/uk", "Чим ми займаємося"), ("/en", "What we do")):
        answer = resident.get(f"{language}/dostepnosc/zakres-dzialalnosci.txt")
        assert answer.mimetype == "text/plain"
        words = answer.get_data(as_text=True)
        assert words.startswith(f"{says}\n\n")
        assert "85\N{NO-BREAK SPACE}000\N{NO-BREAK SPACE}00\N{NO-BREAK SPACE}01" in words
        assert not re.search(r"\]\(|<|\{|^#", words, re.MULTILINE), (
            "no marks of links, headings, tags or references"
        )
        assert 1000 < len(words.encode()) <= 2048, "the link to it says 2 kB"
