"""Polish text: hard spaces, and forms that ignore diacritics."""

import re
import unicodedata

NBSP = "\N{NO-BREAK SPACE}"
JOINER = "\N{WORD JOINER}"

BEFORE = re.compile(r"(?<![\w’'-])((?:[aiouwzAIOUWZ]|ul\.|pl\.|art\.|ust\.|pkt|nr|poz\.|godz\.|Dz\.)) (?=\S)")
AFTER = re.compile(
    r"(?<=\d) (?=(?:r\.|zł|%|godz\.|min|minut\w*|godzin\w*|lat\w*|dni|osób|osoby|miesi\w+|spotka\w+|MB|kB)(?!\w))"
)
MONTHS = "stycznia|lutego|marca|kwietnia|maja|czerwca|lipca|sierpnia|września|października|listopada|grudnia"
DAY_MONTH = re.compile(rf"(?<=\d) (?=(?:{MONTHS})\b)")
POSTAL_CODE = re.compile(r"(?<=\b\d\d-)(?=\d{3}\b)")
THOUSANDS = re.compile(r"(?<=\d) (?=\d{3}(?!\d))|(?<=\d\d) (?=\d\d(?!\d))")


def typography(text: str) -> str:
    """Polish hard spaces (R124, R125): after one-letter words and abbreviations, inside dates, amounts and numbers.

    A postal code stays on one line. For text, never for markup; running it twice changes nothing.
    """
    for pattern in (DAY_MONTH, AFTER, THOUSANDS):
        text = pattern.sub(NBSP, text)
    text = POSTAL_CODE.sub(JOINER, text)
    return BEFORE.sub(rf"\1{NBSP}", BEFORE.sub(rf"\1{NBSP}", text))


UKRAINIAN = dict(
    zip(
        "абвгґдезиіїйклмнопрстуфхєжцчшщюя",
        [
            "a",
            "b",
            "v",
            "h",
            "g",
            "d",
            "e",
            "z",
            "y",
            "i",
            "i",
            "i",
            "k",
            "l",
            "m",
            "n",
            "o",
            "p",
            "r",
            "s",
            "t",
            "u",
            "f",
            "kh",
            "ie",
            "zh",
            "ts",
            "ch",
            "sh",
            "shch",
            "iu",
            "ia",
        ],
        strict=True,
    )
) | {"ь": "", "’": "'"}
SMS_LENGTH = 160
NOT_IN_GSM = set("^{}\\[]~|`")


def gsm(text: str) -> str:
    """Text for one SMS: only characters of the basic GSM 7-bit alphabet that are also ASCII, at most 160 of them.

    Diacritics go, Ukrainian is written in Latin letters (resolution 55 of 27 January 2010, simplified).
    """
    latin = "".join(_latin(c) for c in text.replace("–", "-").replace("ł", "l").replace("Ł", "L"))
    latin = " ".join(latin.split())
    plain = unicodedata.normalize("NFKD", latin).encode("ascii", "ignore").decode()
    return " ".join("".join(c for c in plain if c.isprintable() and c not in NOT_IN_GSM).split())[:SMS_LENGTH]


def _latin(char: str) -> str:
    written = UKRAINIAN.get(char.lower(), char)
    return written.capitalize() if char != char.lower() else written


def fold(text: str) -> str:
    """Lower case without diacritics, `ł` included: what a search compares."""
    decomposed = unicodedata.normalize("NFD", text.casefold().replace("ł", "l"))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def slug_of(title: str) -> str:
    """The last part of an address: folded words joined by hyphens, at most 80 characters."""
    words = re.findall(r"[a-z0-9]+", fold(title))
    slug = "-".join(words)[:80]
    return slug.strip("-") or "ogloszenie"
