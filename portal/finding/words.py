"""Words as a search compares them, and the piece of a text that shows why it was found."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from portal.text import fold

WORD = re.compile(r"[^\W_]+")
JOINT = re.compile(r"(?<![^\W_])[^\W_]+(?:[-\u2011][^\W_]+)+")
MOST_WORDS = 8
LENGTH, BEFORE = 220, 60
MOST_PLACES = 200
SHORT, LONG = 5, 7


@dataclass(frozen=True)
class Term:
    """One word of a question: as it was typed, folded, and what its other forms begin with."""

    word: str
    stem: str


@dataclass(frozen=True)
class Piece:
    """A part of a text; marked when it is a word that was looked for."""

    text: str
    is_marked: bool = False


def words_of(text: str) -> str:
    """The folded words of a text, a space between: what the database indexes. No other character gets there. Words with a hyphen
    are there as one too, for many write "edoręczenia"."""
    folded = fold(text)
    joined = ("".join(WORD.findall(joint)) for joint in JOINT.findall(folded))
    return " ".join((*WORD.findall(folded), *joined))


def terms_of(question: str) -> tuple[Term, ...]:
    """The words of a question, each once, at most eight; single letters count only when there is nothing else."""
    words = list(dict.fromkeys(WORD.findall(fold(question))))
    telling = [word for word in words if len(word) > 1 or word.isdigit()]
    return tuple(Term(word, _stem(word)) for word in (telling or words)[:MOST_WORDS])


def _stem(word: str) -> str:
    """Without the ending that Polish and Ukrainian change: "swiadczenia" and "swiadczenie" begin alike."""
    if not word.isalpha() or len(word) < SHORT:
        return word
    return word[:-2] if len(word) >= LONG else word[:-1]


def is_meant(text: str, terms: Sequence[Term]) -> bool:
    """Whether a short text, such as a name, has every word of the question or another form of it."""
    words = words_of(text).split()
    return bool(terms) and all(any(word.startswith(term.stem) for word in words) for term in terms)


def marked(text: str, terms: Sequence[Term]) -> list[Piece]:
    """The whole text with the words of the question marked."""
    return list(_pieces(text, 0, len(text), _places(text, terms)))


def excerpt(text: str, terms: Sequence[Term]) -> list[Piece]:
    """About two lines of the text, from where most words of the question stand together; its beginning when none does."""
    places = _places(text, terms)
    begin = _beginning(text, _densest(text, places))
    end = _ending(text, begin + LENGTH)
    pieces = list(_pieces(text, begin, end, places))
    return [Piece("… ")] * (begin > 0) + pieces + [Piece(" …")] * (end < len(text))


def _places(text: str, terms: Sequence[Term]) -> list[tuple[int, int]]:
    """From where to where words stand that begin as one of the terms; folding keeps every letter in its place."""
    stems = "|".join(re.escape(term.stem) for term in terms)
    found = re.finditer(rf"(?<![^\W_])(?:{stems})[^\W_]*", fold(text)) if stems else ()
    return [match.span() for match in found]


def _densest(text: str, places: Sequence[tuple[int, int]]) -> int:
    """Where the window begins that holds most different words."""
    starts = [begin for begin, _end in places[:MOST_PLACES]]
    folded = fold(text)

    def variety(start: int) -> int:
        inside = (
            folded[begin:end]
            for begin, end in places[:MOST_PLACES]
            if start <= begin < start + LENGTH - BEFORE
        )
        return len({word[:4] for word in inside})

    return max(starts, key=variety, default=0)


def _beginning(text: str, place: int) -> int:
    """The beginning of a word some characters before the place."""
    if place <= BEFORE:
        return 0
    space = text.find(" ", place - BEFORE, place)
    return space + 1 if space >= 0 else place


def _ending(text: str, place: int) -> int:
    """The end of a word before the place."""
    if place >= len(text):
        return len(text)
    space = text.rfind(" ", place - BEFORE, place)
    return space if space >= 0 else place


def _pieces(text: str, begin: int, end: int, places: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    for first, last in places:
        if begin <= first and last <= end:
            if begin < first:
                yield Piece(text[begin:first])
            yield Piece(text[first:last], is_marked=True)
            begin = last
    if begin < end:
        yield Piece(text[begin:end])
