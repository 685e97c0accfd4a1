"""Words in texts that stand for facts of a register: `{telefon: sekretariat}` is the number as it is now (R38)."""

import re
from collections.abc import Callable

from flask import Flask, current_app
from markupsafe import Markup

from portal.web.markdown import markdown

REFERENCE = re.compile(r"\{([^\W\d_][\w-]*): ?([a-z0-9-]+)\}")

Resolver = Callable[[str], str]


def init_app(app: Flask) -> None:
    """Let templates write `text|markdown`."""
    app.extensions["references"] = {}
    app.jinja_env.filters.update(markdown=in_html)


def add_references(app: Flask, **resolvers: Resolver) -> None:
    """Teach texts these words; each resolver turns a key into Markdown, or into nothing when it knows no such key."""
    app.extensions["references"].update({name.replace("_", "-"): how for name, how in resolvers.items()})


def resolved(text: str, write: Callable[[str], str] = str) -> str:
    """The text with every reference replaced by what it stands for, as `write` puts that Markdown; words that nobody knows
    stay."""
    known: dict[str, Resolver] = current_app.extensions["references"]

    def fact(match: re.Match[str]) -> str:
        word, key = match.groups()
        return write(known[word](key)) if word in known else match[0]

    return REFERENCE.sub(fact, text)


def in_html(text: str, language: str = "pl") -> Markup:
    """A Markdown text with its references resolved, as HTML."""
    return markdown(resolved(text), language)
