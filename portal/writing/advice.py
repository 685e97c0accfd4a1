"""Advice on a text while it is written (R37). It never blocks: R23 and R24 do that.

Each piece of advice has a code (its sentence stands in `writing/_advice.html`), the words it is about, and what to write instead.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from portal.typography import ADJECTIVE, FIRST_PARTS, MONTHS
from portal.web.markdown import own_words
from portal.writing.ease import WORD, Ease, ease_of, sentences

MOST_OF_A_KIND = 5
LONG_SENTENCE = 25
MOST_SENTENCES_IN_LEAD = 2
SHOUTED_WORDS = 3


@dataclass(frozen=True)
class Written:
    """What somebody writes; `has_film` is None where a film cannot be added."""

    title: str
    lead: str
    body: str
    easy_text: str = ""
    has_film: bool | None = None


@dataclass(frozen=True)
class Known:
    """What the portal knows: the day, the numbers of its register by their digits with what a text writes for each, and which
    references of a text stand for nothing."""

    today: date
    phones: Mapping[str, str] = field(default_factory=dict)
    unknown_in: Callable[[str], Iterable[str]] = lambda _text: ()


@dataclass(frozen=True)
class Advice:
    """One piece of advice."""

    code: str
    quote: str = ""
    better: str = ""


# Terms of law that have changed, by how they begin; the Act speaks of "przemoc domowa" since 22 June 2023 (R128).
TERMS = (
    (r"os[oó]b\w* stosując\w+ przemoc w rodzinie", "osoba stosująca przemoc domową"),
    (r"os[oó]b\w* dotknięt\w+ przemocą(?: w rodzinie)?", "osoba doznająca przemocy domowej"),
    (r"(?<!stosując\w przemoc )(?<!dotknięt\w )przemoc w rodzinie", "przemoc domowa"),
    (r"przemocy w rodzinie", "przemocy domowej"),
    (r"przemocą w rodzinie", "przemocą domową"),
    (r"ofiar\w* przemocy", "osoba doznająca przemocy domowej"),
    (r"spraw(?:ca|cy|cę|cą|ców|com|cami|cach)\b(?: przemocy)?", "osoba stosująca przemoc domową"),
    (r"niebiesk\w+ kart(?:a|ę|ą)\b", "„Niebieskie Karty”"),
    (r"opiek\w+ społeczn\w+", "pomoc społeczna"),
    (r"upośledz\w+", "z niepełnosprawnością intelektualną"),
    (r"głuchoniem\w+", "głuchy"),
    (r"inwalid\w+", "z niepełnosprawnością"),
    (r"petent\w*", "mieszkaniec"),
)
DATED = re.compile("|".join(f"(?P<t{n}>\\b{pattern})" for n, (pattern, _) in enumerate(TERMS)), re.IGNORECASE)
VAGUE = re.compile(
    r"(?:tutaj|tu|klik\w*(?: tu\w*)?|(?:czytaj |zobacz |dowiedz się )?więcej|zobacz|sprawdź|pobierz|link|strona|plik|here)\W*",
    re.IGNORECASE,
)
LINK = re.compile(r"(?<!!)\[([^\[\]]*)\]\(\s*<?([^)\s>]{0,2000})")
ANY_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^)\n]{0,2000}\)")
PICTURE = re.compile(r"!\[\s*\]\(")
HEADING = re.compile(r"(?m)^ {0,3}(#{1,6})\s+(.+?)\s*#*$")
REFERENCE = re.compile(r"\{[^{}\n]*\}")
NO_WORDS = re.compile(REFERENCE.pattern + r"|<[^<>]*>|(?:https?://|www\.)\S*")
PHONE = re.compile(
    r"(?<![\w.,/-])(?:\+?48[ -]?)?(?:\d(?:[ -]?\d){8}|(?:1|8)\d{2}(?: \d{3})(?: \d{3})?|\d{3})(?![\w/]|[ -]?\d|,\d)"
)
SHORT_NUMBER = re.compile(r"112|99\d|98\d")
AMOUNT = re.compile(r"\d[\d  \u202f.]{0,20}(?:,\d{2})?[  ]?(?:zł|złotych|PLN)\b")
ACT = re.compile(
    r"(?:dnia|(?:ustaw|rozporządz|obwieszcz|uchwa|zarządz|konwencj)\w*(?: \S+){0,4} z) $", re.IGNORECASE
)
NUMERIC_DAY = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b|\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b")
NAMED_DAY = re.compile(rf"\b(\d{{1,2}}) ({MONTHS}) (\d{{4}})\b")
NAMED_MONTH = re.compile(
    r"\b(stycz|lut|mar[cz]|kwie|maj|czerw|lip|sierp|wrze|paźdz|listop|grud)\w* (\d{4})(?= ?r|\b)",
    re.IGNORECASE,
)
MONTH_STEMS = (
    "stycz",
    "lut",
    "mar",
    "kwie",
    "maj",
    "czerw",
    "lip",
    "sierp",
    "wrze",
    "paźdz",
    "listop",
    "grud",
)
# No word is longer than this; without the bounds a text without spaces would take minutes (S33). For the same reason what
# begins at a line's beginning never reads on into the next line, and no link begins within the words of another.
GLUED = re.compile(r"\b[^\W\d_]{0,30}[a-ząćęłńóśźż]{3,30}[A-ZĄĆĘŁŃÓŚŹŻ][a-ząćęłńóśźż]{1,30}\b")
BRANDS = {"WhatsApp", "OneDrive", "PowerPoint", "LibreOffice", "OpenOffice", "LinkedIn", "SharePoint"}
LEFTOVER = re.compile(
    r"(?im)^[ \t\xa0#*-]*(edytuj|zamknij(?: zamknij)?|na skróty|zobacz także|sprawdź również|drukuj|wstecz|powrót|czytaj więcej|"
    r"udostępnij|strona główna|menu|zaloguj|banery\S*)\s*$|(plików cookies?)"
)
SHOUTED = re.compile(r"\b[A-ZĄĆĘŁŃÓŚŹŻ]{3,}(?:\W+[A-ZĄĆĘŁŃÓŚŹŻ]{2,}){2,}\b|\b[A-ZĄĆĘŁŃÓŚŹŻ]{9,}\b")
COMPOUND = re.compile(
    rf"\b(?:{FIRST_PARTS}) [-–—] {ADJECTIVE}|\b(?:{FIRST_PARTS})[–—]{ADJECTIVE}", re.IGNORECASE
)
UNTIDY = re.compile(r"(?m)^[^\S\n]*[•·»›▪●○]\s")
TAG = re.compile(r"<[a-z][a-z0-9]*(?: [^<>\n]*)?/?>", re.IGNORECASE)


def advise(text: Written, known: Known) -> list[Advice]:
    """What could be better, the most important first; of each kind at most five."""
    whole = f"{text.title}\n{text.lead}\n{text.body}"
    plain = plain_text(text.body)
    found = (
        _dated_terms(whole),
        _past_dates(whole, known.today),
        _amounts(whole),
        _phones(whole, known.phones),
        (Advice("unknown_reference", reference) for reference in known.unknown_in(whole)),
        (Advice("untidy") for _ in UNTIDY.finditer(text.body)),
        _all("glued", GLUED, plain, but=BRANDS),
        _all("leftover", LEFTOVER, text.body),
        _all("tag", TAG, text.body),
        _links(text.body),
        (Advice("no_alt") for _ in PICTURE.finditer(text.body)),
        _headings(text.body),
        _capitals(text.title, plain),
        _long_sentences(f"{text.lead}\n{plain}"),
        _lead(text.lead),
        _print(whole),
        _versions(text),
    )
    return [advice for kind in found for advice in _first(kind)]


def ease(text: Written) -> Ease | None:
    """How hard the lead and the body are to read."""
    return ease_of(f"{text.lead}\n{plain_text(text.body)}")


def has_words(body: str) -> bool:
    """Whether a text says anything itself, beside its pictures, links, addresses and tags (R23)."""
    return bool(re.search(r"[^\W\d_]{2}", NO_WORDS.sub("", own_words(body))))


def plain_text(body: str) -> str:
    """The words of a Markdown text as people read them, a paragraph or an item on each line."""
    unlinked = ANY_LINK.sub(r"\1", body)
    unmarked = re.sub(r"(?m)^[^\S\n]*(?:#{1,6}|[-*+>]|\d+[.)])\s+", "\n", unlinked)
    paragraphs = (
        " ".join(part.split()) for part in re.split(r"\n\s*\n|\n(?=\n)", re.sub(r"[*_`]{1,3}", "", unmarked))
    )
    return "\n".join(part for part in paragraphs if part)


def _first(kind: Iterable[Advice]) -> list[Advice]:
    return list(dict.fromkeys(kind))[:MOST_OF_A_KIND]


def _all(code: str, pattern: re.Pattern[str], text: str, but: Iterable[str] = ()) -> Iterator[Advice]:
    for match in pattern.finditer(text):
        quote = next((group for group in match.groups() if group), match[0]).strip()
        if quote not in but:
            yield Advice(code, quote)


def _dated_terms(text: str) -> Iterator[Advice]:
    for match in DATED.finditer(" ".join(text.split())):
        yield Advice("dated", match[0], TERMS[int(str(match.lastgroup)[1:])][1])


def _past_dates(text: str, today: date) -> Iterator[Advice]:
    plain = " ".join(text.split())
    for quote, last in _days(plain):
        if last < today and not ACT.search(plain[: plain.index(quote)]):
            yield Advice("past", quote)


def _days(text: str) -> Iterator[tuple[str, date]]:
    """The days that are named, and the last days of months."""
    months = MONTHS.split("|")
    for match in NUMERIC_DAY.finditer(text):
        year, month, day = match.groups()[:3] if match[1] else match.groups()[:2:-1]
        yield from _day(match[0], year, month, day)
    for match in NAMED_DAY.finditer(text):
        yield from _day(match[0], match[3], months.index(match[2]) + 1, match[1])
    for match in NAMED_MONTH.finditer(NAMED_DAY.sub("", text)):
        month = next(n for n, stem in enumerate(MONTH_STEMS, 1) if match[1].lower().startswith(stem))
        yield from _day(match[0], match[2], month, 28)


def _day(quote: str, year: str, month: str | int, day: str | int) -> Iterator[tuple[str, date]]:
    try:
        yield quote, date(int(year), int(month), int(day))
    except ValueError:
        return


def _amounts(text: str) -> Iterator[Advice]:
    return _all("amount", AMOUNT, REFERENCE.sub("", text))


def _phones(text: str, known: Mapping[str, str]) -> Iterator[Advice]:
    for match in PHONE.finditer(AMOUNT.sub("", REFERENCE.sub("", text))):
        digits = re.sub(r"\D", "", match[0])
        digits = digits.removeprefix("48") if len(digits) == 11 else digits
        if len(digits) < 6 and not SHORT_NUMBER.fullmatch(digits):
            continue
        if digits not in known and not SHORT_NUMBER.fullmatch(digits):
            yield Advice("unknown_phone", match[0])
        elif known.get(digits):
            yield Advice("typed_phone", match[0], known[digits])


def _links(body: str) -> Iterator[Advice]:
    for match in LINK.finditer(body):
        words = match[1].strip()
        if not words or VAGUE.fullmatch(words):
            yield Advice("vague", words or match[2])
        elif re.match(r"(?:https?://|www\.)\S+$", words):
            yield Advice("bare_address", words)


def _headings(body: str) -> Iterator[Advice]:
    levels = [(max(len(match[1]), 2), match[2]) for match in HEADING.finditer(body)]
    for (before, _), (level, words) in pairwise([(1, ""), *levels]):
        if level > before + 1:
            yield Advice("skipped", words)


def _capitals(title: str, plain: str) -> Iterator[Advice]:
    letters = [c for c in title if c.isalpha()]
    if len(letters) > SHOUTED_WORDS * 3 and sum(c.isupper() for c in letters) > 0.6 * len(letters):
        yield Advice("capitals", title)
    yield from _all("capitals", SHOUTED, plain)


def _long_sentences(plain: str) -> Iterator[Advice]:
    for sentence in sentences(plain):
        words = WORD.findall(sentence)
        if len(words) > LONG_SENTENCE:
            yield Advice("long", f"{' '.join(sentence.split()[:6])}…", str(len(words)))


def _lead(lead: str) -> Iterator[Advice]:
    if len(sentences(lead)) > MOST_SENTENCES_IN_LEAD:
        yield Advice("long_lead")


def _print(text: str) -> Iterator[Advice]:
    yield from _all("compound", COMPOUND, text)
    if '"' in text:
        yield Advice("quotes")


def _versions(text: Written) -> Iterator[Advice]:
    if text.has_film is False:
        yield Advice("no_film")
    if not text.easy_text:
        yield Advice("no_easy_text")
