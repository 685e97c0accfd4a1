"""Words in texts that stand for something kept elsewhere: `{telefon: sekretariat}` is the number as it is now (R38), `{plik: 12}`
the picture, film or document of that number."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from flask import Flask, current_app
from flask_babel import force_locale
from markupsafe import Markup

from portal.web.markdown import markdown, site_of

REFERENCE = re.compile(r"\{([^\W\d_][\w-]*): ?([a-z0-9-]+)\}")
FILE = re.compile(r"(?<!`)\{plik:(?: |\N{NO-BREAK SPACE}|&nbsp;)?(\d{1,9})\}")
FILE_ALONE = re.compile(rf"<p>{FILE.pattern}</p>")

Resolver = Callable[[str], str]
Keys = Callable[[], Collection[str]]


class Word(NamedTuple):
    """A word of references: the keys that are possible after it today, and what turns a key into Markdown."""

    possible: Keys
    resolve: Resolver


class Figure(NamedTuple):
    """A file as a text shows it: within a line, or as a block of its own."""

    html: Markup
    is_block: bool


Figures = Callable[[Sequence[int]], Mapping[int, Figure]]


def init_app(app: Flask) -> None:
    """Let templates write `text|markdown`, and ask to which site an address leads."""
    app.extensions["references"] = {}
    app.extensions["figures"] = lambda _numbers: {}
    app.jinja_env.filters.update(markdown=in_html, elsewhere=elsewhere)
    app.jinja_env.globals.update(files_in=files_in)


def show_files(app: Flask, numbers: Keys, figures: Figures) -> None:
    """Teach texts to show files; `numbers` are those that are there, `figures` gives them. Where there are only words, a file is
    none."""
    add_references(app, numbers, plik=lambda _key: "")
    app.extensions["figures"] = figures


def files_in(text: str) -> list[int]:
    """The numbers of the files that a text shows, in their order."""
    return list(dict.fromkeys(int(number) for number in FILE.findall(text)))


def elsewhere(url: str) -> str:
    """` (gov.pl)` after the words of a link to that site, nothing after those of one within the portal."""
    site = site_of(url, current_app.config["PUBLIC_URL"])
    return f" ({site})" if site else ""


def add_references(app: Flask, keys: Keys, **resolvers: Resolver) -> None:
    """Teach texts these words, which may be followed by these keys; each resolver turns a key into Markdown, or into nothing
    when it knows no such key."""
    for name, resolve in resolvers.items():
        app.extensions["references"][name.replace("_", "-")] = Word(keys, resolve)


def resolved(text: str, language: str, write: Callable[[str], str] = str, but: str = "") -> str:
    """The text with every reference but those of one word replaced by what it stands for, told in the language of the text, as
    `write` puts that Markdown; words that nobody knows stay."""
    known = _known()

    def fact(match: re.Match[str]) -> str:
        word, key = match.groups()
        return write(known[word].resolve(key)) if word in known and word != but else match[0]

    with force_locale(language):
        return REFERENCE.sub(fact, text)


def unknown_in(text: str) -> list[str]:
    """The references whose word or key nobody knows: residents read something else there, or braces."""
    known = _known()
    return [
        match[0]
        for match in REFERENCE.finditer(text)
        if match[1] not in known or match[2] not in known[match[1]].possible()
    ]


def _known() -> dict[str, Word]:
    words: dict[str, Word] = current_app.extensions["references"]
    return words


def in_html(text: str, language: str = "pl") -> Markup:
    """A Markdown text with its references resolved, as HTML, all of it in the language of the text; a file that is no longer there
    leaves nothing behind."""
    own, numbers = current_app.config["PUBLIC_URL"], files_in(text)
    if not numbers:
        return markdown(resolved(text, language), language, own)
    with force_locale(language):
        figures: Mapping[int, Figure] = current_app.extensions["figures"](numbers)
    placed = FILE.sub(lambda match: _placed(figures.get(int(match[1])), match[0]), text)
    html = str(markdown(resolved(placed, language, but="plik"), language, own))
    html = FILE_ALONE.sub(lambda match: figures[int(match[1])].html, html)
    return Markup(FILE.sub(lambda match: _in_line(figures[int(match[1])]), html))  # noqa: S704 - cleaned, and of our own templates


def _placed(figure: Figure | None, reference: str) -> str:
    """The reference where what it stands for can stand; nothing for a file that is not there."""
    if figure is None:
        return ""
    return f"\n\n{reference}\n\n" if figure.is_block else reference


def _in_line(figure: Figure) -> str:
    """A block has no place within a line, such as one of code."""
    return "" if figure.is_block else str(figure.html)
