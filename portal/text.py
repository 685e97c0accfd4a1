"""Forms of a text: without diacritics, for one SMS, as part of an address, as an address of a mailbox."""

import re
import unicodedata
from urllib.parse import SplitResult, urlsplit

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
MAILBOX = re.compile(
    r"(?P<name>[\w!#$%&'*+/=^`{|}~-]+(?:\.[\w!#$%&'*+/=^`{|}~-]+)*)@(?P<host>[^@]+)", re.ASCII
)
HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]*[a-z][a-z0-9-]*")
LONGEST_NAME, LONGEST_MAILBOX = 64, 254


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


class _Folded(dict[int, str]):
    """Each letter in lower case without its diacritics; made as letters come."""

    def __missing__(self, code: int) -> str:
        decomposed = unicodedata.normalize("NFD", chr(code).casefold().replace("ł", "l"))
        plain = "".join(c for c in decomposed if not unicodedata.combining(c))
        self[code] = plain if len(plain) == 1 else chr(code)
        return self[code]


_FOLDED = _Folded()


def fold(text: str) -> str:
    """Lower case without diacritics, `ł` included: what a search compares. Letter for letter: a composed text keeps its
    length, so that a place in the one is a place in the other."""
    return composed(text).translate(_FOLDED)


def composed(text: str) -> str:
    """The text with each letter and its marks as one character, where Unicode has one."""
    return unicodedata.normalize("NFC", text)


def parts_of(address: str) -> SplitResult:
    """The parts of a web address that somebody typed; none at all of one that nobody could open."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def read_email(typed: str) -> str | None:
    """The mailbox that was typed, in lower case and with its host as the network spells it; None when it is not the plain
    spelling of exactly one. An address may also have comments, groups, quotes and encoded words, which would let one mailbox
    be written in any number of ways (S29, S85)."""
    typed = typed.strip()
    found = MAILBOX.fullmatch(typed) if len(typed) <= LONGEST_MAILBOX else None
    if not found or len(found["name"]) > LONGEST_NAME:
        return None
    try:
        host = found["host"].encode("idna").decode().lower()
    except UnicodeError:
        return None
    mailbox = f"{found['name']}@{host}".lower()
    return mailbox if HOST.fullmatch(host) and len(mailbox) <= LONGEST_MAILBOX else None


def slug_of(title: str) -> str:
    """The last part of an address: folded words joined by hyphens, at most 80 characters."""
    words = re.findall(r"[a-z0-9]+", fold(title))
    slug = "-".join(words)[:80]
    return slug.strip("-") or "ogloszenie"


class Told:
    """What is written in Polish, and in other languages where somebody has translated it: `name_uk` beside `name`."""

    def told_in(self, language: str, name: str) -> tuple[str, str]:
        """A text, and the language in which it is: Polish where the wanted one has none."""
        own: str = getattr(self, f"{name}_{language}", "")
        return (own, language) if own else (getattr(self, name), "pl")
