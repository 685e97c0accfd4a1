"""Advice for the pages on which staff write, with what the portal knows today."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from flask import Flask, current_app

from portal import clock
from portal.web.references import unknown_in
from portal.writing.advice import Advice, Known, Written, advise, ease
from portal.writing.ease import Ease

Phones = Callable[[], Mapping[str, str]]


class Opinion(NamedTuple):
    """Advice on a text, and how hard it is to read."""

    advice: list[Advice]
    ease: Ease | None


def init_app(app: Flask) -> None:
    """Let templates ask for an opinion on a text."""
    app.extensions["known_phones"] = dict
    app.jinja_env.globals.update(opinion_on=opinion_on)


def know_phones(app: Flask, phones: Phones) -> None:
    """Tell which numbers stand in a register: by their digits, what a text writes instead of the number, or nothing."""
    app.extensions["known_phones"] = phones


def opinion_on(
    title: str, lead: str, body: str, easy_text: str = "", has_film: bool | None = None, language: str = "pl"
) -> Opinion:
    """What could be better in a Polish text; on others there is no opinion."""
    if language != "pl" or not body:
        return Opinion([], None)
    text = Written(title, lead, body, easy_text, has_film)
    known = Known(clock.day_of(clock.now()), current_app.extensions["known_phones"](), unknown_in)
    return Opinion(advise(text, known), ease(text))
