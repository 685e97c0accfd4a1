"""Polish typography (R124–R126): where a line must not break, which quotes and dashes stand in print.

For text, never for markup. `BREAK` may stand for what is not text (a tag, a piece of code), so that a rule sees across it.
Running it twice changes nothing.
"""

import re

NBSP = "\N{NO-BREAK SPACE}"
JOINER = "\N{WORD JOINER}"
BREAK = "\ue000"

MONTHS = "stycznia|lutego|marca|kwietnia|maja|czerwca|lipca|sierpnia|września|października|listopada|grudnia"
COUNTED = r"r\.|zł|%|godz\.|min|minut\w*|godzin\w*|lat\w*|dni|osób|osoby|osobami|rok|roku|dzień|dnia|miesi\w+|tygodni\w*|znak\w+|sekund\w*|spotka\w+|razy|pkt|MB|kB"
FIRST_PARTS = (
    "administracyjno|cywilno|edukacyjno|finansowo|informacyjno|karno|korekcyjno|kulturalno|leczniczo|materialno|medyczno"
    "|opiekuńczo|oświatowo|pedagogiczno|pomocowo|prawno|profilaktyczno|psychologiczno|rodzinno|sanitarno|społeczno|sportowo"
    "|szkoleniowo|techniczno|terapeutyczno|wspierająco|wychowawczo|zdrowotno"
)
ADJECTIVE = r"[a-ząćęłńóśźż]{2,}[nkwc](?:y|i|a|e|i?ego|i?ej|i?emu|ym|im|ych|ich|ymi|imi|ą)(?!\w)"

DASHES = (
    (re.compile(rf"\b({FIRST_PARTS}) ?[-–—] ?(?={ADJECTIVE})", re.IGNORECASE), r"\1-"),
    (re.compile(r"(?<=\d:\d\d) ?[-–—] ?(?=\d{1,2}:\d\d)"), f"–{JOINER}"),
    (
        re.compile(rf"(?<![\w.,/–-])(\d{{1,3}}) ?[-–—] ?(?=\d{{1,4}}[ {NBSP}](?:{COUNTED})(?!\w))"),
        rf"\1–{JOINER}",
    ),
    (re.compile(r"(?<=\d)–(?=\d)"), f"–{JOINER}"),
    (re.compile(rf"(?<=[^\s{BREAK}]) [-—] (?=\S)"), " – "),
)
LOOSE_QUOTE = re.compile(rf"(?<=„)[ {NBSP}]+(?=\w)")
HARD_SPACES = (
    re.compile(rf"(?<=\d) (?=(?:{MONTHS})\b)"),
    re.compile(rf"(?<=\d) (?=(?:{COUNTED})(?!\w))"),
    re.compile(r"(?<=\d) (?=\d{3}(?!\d))|(?<=\d\d) (?=\d\d(?!\d))"),
)
POSTAL_CODE = re.compile(r"(?<=\b\d\d-)(?=\d{3}(?![\w-]))")
BEFORE = re.compile(
    r"(?<![\w’'-])((?:[aiouwzAIOUWZ]|ul\.|Ul\.|pl\.|al\.|os\.|art\.|ust\.|lit\.|pkt|nr|poz\.|godz\.|tel\.|str\.|§|Dz\.)"
    rf"{BREAK}*) (?=\S)"
)
OPENING, CLOSING = "„»", "”«"


def typography(text: str) -> str:
    """The text as it stands in print: hard spaces after one-letter words and abbreviations and inside dates, amounts and numbers
    (R124, R125); „quotes” with »these« inside, an en dash with spaces and in ranges, a hyphen in compounds (R126)."""
    text = LOOSE_QUOTE.sub("", text)
    for pattern, instead in DASHES:
        text = pattern.sub(instead, text)
    for pattern in HARD_SPACES:
        text = pattern.sub(NBSP, text)
    text = POSTAL_CODE.sub(JOINER, text)
    text = BEFORE.sub(rf"\1{NBSP}", BEFORE.sub(rf"\1{NBSP}", text))
    return _quotes(text) if '"' in text else text


def _quotes(text: str) -> str:
    """Straight quotes in pairs; one that is alone stays, it may be inches."""
    signs, begun, depth = list(text), [], 0
    for at, sign in enumerate(text):
        if sign in "„»":
            begun.append(-1)
        elif sign in "”«" and begun:
            begun.pop()
        elif sign == '"' and _opens(text[:at]):
            begun.append(at)
        elif sign == '"' and begun:
            depth = len(begun)
            opened = begun.pop()
            if opened >= 0:
                inner = depth % 2 == 0
                signs[opened], signs[at] = OPENING[inner], CLOSING[inner]
    return "".join(signs)


def _opens(before: str) -> bool:
    """Whether a quote after this text begins something."""
    last = before.rstrip(BREAK)[-1:]
    return not last or last.isspace() or last in "([{„»/–—"
