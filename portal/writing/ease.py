"""How hard a Polish text is to read.

The figure is the FOG index (Gunning) as it is used for Polish: 0.4 × (words in a sentence + per cent of long words), a long word
having four syllables or more in it. It comes close to the years of school that a first reading takes: 7 is the end of primary
school as it once was, 12 a secondary school, 16 a degree. It knows nothing of meaning; it shows where sentences and words are long.
"""

import re
from dataclasses import dataclass

VOWEL = re.compile(r"i(?![aąeęoóu])|[aąeęoóuy]", re.IGNORECASE)  # an i before another vowel only softens
WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
SHORTENED = re.compile(
    r"\b(dr|mgr|prof|im|św|ul|al|pl|os|np|nr|tel|art|ust|poz|lit|str|godz|Dz|ww|zob|por|ok|tys)\.(?=\s)"
    r"|\b(r|m|in|tj|tzn|itd|itp|U|\d+)\.(?=\s+[^A-ZĄĆĘŁŃÓŚŹŻ])"
)
SENTENCE_END = re.compile(r"(?<=[.!?…])[”\")]*\s+")
LONG_WORD = 4
ENOUGH_WORDS = 30


@dataclass(frozen=True)
class Ease:
    """What was counted; `figure` is FOG-PL."""

    words: int
    sentences: int
    long_words: int

    @property
    def figure(self) -> float:
        """0.4 × (words in a sentence + per cent of long words)."""
        return 0.4 * (self.words / self.sentences + 100 * self.long_words / self.words)

    @property
    def level(self) -> str:
        """`easy`, `fair`, `hard` or `very_hard`."""
        return (
            "easy"
            if self.figure < 9
            else "fair"
            if self.figure < 12
            else "hard"
            if self.figure < 15
            else "very_hard"
        )


def ease_of(text: str) -> Ease | None:
    """How hard plain text is to read, a sentence or an item of a list on each line at least; None when there is too little."""
    counted = [WORD.findall(sentence) for sentence in sentences(text)]
    counted = [words for words in counted if words]
    words = [word for sentence in counted for word in sentence]
    if len(words) < ENOUGH_WORDS:
        return None
    return Ease(len(words), len(counted), sum(syllables(word) >= LONG_WORD for word in words))


def sentences(text: str) -> list[str]:
    """The sentences of plain text; a line ends one too, the dot of an abbreviation does not."""
    whole = SHORTENED.sub(lambda short: short[0].replace(".", "\N{ONE DOT LEADER}"), text)
    parts = (part.strip() for line in whole.splitlines() for part in SENTENCE_END.split(line))
    return [part.replace("\N{ONE DOT LEADER}", ".") for part in parts if part]


def syllables(word: str) -> int:
    """The syllables of a Polish word."""
    return len(VOWEL.findall(word))
