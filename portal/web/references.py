"""Words in texts that stand for facts of a register: `{telefon: sekretariat}` is the number as it is now (R38)."""

import re
from collections.abc import Callable, Collection
from typing import NamedTuple

from flask import Flask, current_app
from markupsafe import Markup

from portal.web.markdown import markdown

REFERENCE = re.compile(r"\{([^\W\d_][\w-]*): ?([a-z0-9-]+)\}")

Resolver = Callable[[str], str]
Keys = Callable[[], Collection[str]]


class Word(NamedTuple):
    """A word of references: the keys that are possible after it today, and what turns a key into Markdown."""

    possible: Keys
    resolve: Resolver


def init_app(app: Flask) -> None:
    """Let templates write `text|markdown`."""
    app.extensions["references"] = {}
    app.jinja_env.filters.update(markdown=in_html)


def add_references(app: Flask, keys: Keys, **resolvers: Resolver) -> None:
    """Teach texts these words, which may be followed by these keys; each resolver turns a key into Markdown, or into nothing
    when it knows no such key."""
    for name, resolve in resolvers.items():
        app.extensions["references"][name.replace("_", "-")] = Word(keys, resolve)


def resolved(text: str, write: Callable[[str], str] = str) -> str:
    """The text with every reference replaced by what it stands for, as `write` puts that Markdown; words that nobody knows
    stay."""
    known = _known()

    def fact(match: re.Match[str]) -> str:
        word, key = match.groups()
        return write(known[word].resolve(key)) if word in known else match[0]

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
    """A Markdown text with its references resolved, as HTML."""
    return markdown(resolved(text), language)
