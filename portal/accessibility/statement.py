"""The page of a statement in one language, and what it has to say there."""

from collections.abc import Callable

from flask import Flask, current_app, render_template
from flask_babel import force_locale

from portal import clock
from portal.accessibility.actions import Pages
from portal.accessibility.checker import Problem, Wanted, plain, problems
from portal.accessibility.forms import HEADINGS, INTERPRETER
from portal.accessibility.models import SIGN_LANGUAGE, Statement
from portal.i18n import LANGUAGES


def know_film(app: Flask, has_film: Callable[[str], bool]) -> None:
    """Let the statement know whether a page shows its film; pages are kept elsewhere."""
    app.extensions["has_film"] = has_film


def film_is_missing() -> bool:
    """Whether people who sign find no film about the centre, or one without captions or text (R117)."""
    return not current_app.extensions["has_film"](SIGN_LANGUAGE)


def page_of(facts: Statement, *, is_preview: bool = False) -> str:
    """The page in the language at work, as residents read it; a preview says that it is one."""
    return render_template(
        "accessibility/statement.html",
        facts=facts,
        site=_site(),
        headings=HEADINGS,
        interpreter=INTERPRETER[facts.online_interpreter],
        is_preview=is_preview,
    )


def pages_of(facts: Statement) -> Pages:
    """Its pages by language, each with what it has to say."""
    pages = {}
    for language in LANGUAGES:
        with force_locale(language):
            pages[language] = page_of(facts), _wanted(facts, language)
    return pages


def problems_of(facts: Statement) -> dict[str, list[Problem]]:
    """What keeps it from being published, by language."""
    return {language: problems(html, wanted) for language, (html, wanted) in pages_of(facts).items()}


def _wanted(facts: Statement, language: str) -> Wanted:
    centre = current_app.config["CENTRE"]
    return Wanted(
        language=language,
        site=_site(),
        address=plain(centre.address),
        status=facts.conformity,
        kinds=frozenset(barrier["kind"] for barrier in facts.barriers),
        interpreter=plain(str(INTERPRETER[facts.online_interpreter])),
        headings={key: plain(str(words)) for key, words in HEADINGS.items()},
        today=clock.day_of(clock.now()),
        without_film=f"/{SIGN_LANGUAGE}" if film_is_missing() else "",
    )


def _site() -> str:
    return str(current_app.config["PUBLIC_URL"]) + "/"
