"""Written pages as residents read them."""

from collections.abc import Sequence

from flask import Blueprint, Flask, Response, abort, make_response, render_template
from flask.typing import ResponseReturnValue

from portal.i18n import language, text_exists_in
from portal.media.models import Medium, media_numbered
from portal.media.public import used_by
from portal.pages.models import Page, Trail, media_at, media_of, media_used, page_at, trail_of
from portal.web.markdown import without_marks
from portal.web.reading import reading
from portal.web.references import resolved

blueprint = Blueprint("pages", __name__)


def init_app(app: Flask) -> None:
    """Show pages at every address that is nobody else's, and have them say which media they show."""
    used_by(app, media_used)
    app.register_blueprint(blueprint)


@blueprint.get("/dostepnosc/zakres-dzialalnosci.txt")
@reading
def scope() -> ResponseReturnValue:
    """What the centre does, as a plain text file: one of the three forms that art. 6 of the act of 19 July 2019 on accessibility asks
    for (R120). It is made of the page beside it."""
    page, _trail = page_here("dostepnosc/zakres-dzialalnosci")
    text = page.read or abort(404)
    words = without_marks(resolved(f"{text.title}\n\n{text.lead}\n\n{text.body}\n", page.language))
    return Response(words, mimetype="text/plain")


@blueprint.get("/<path:path>")
@reading
def show(path: str) -> ResponseReturnValue:
    """The page at this address, in the reader's language where it is written in it."""
    page, trail = page_here(path)
    response = make_response(
        render_template("pages/show.html", page=page, above=trail.above, media=shown(page))
    )
    if page.is_discreet:
        response.cache_control.no_store = True
    return response


def shown(page: Page) -> Sequence[Medium]:
    """Pictures, files and films of the page."""
    return media_numbered(media_of(page))


def has_film(path: str) -> bool:
    """Whether a film in sign language is shown there with captions and a text, as R117 wants it."""
    films = [medium for medium in media_numbered(media_at(path)) if medium.is_pjm]
    return any(film.has_captions and film.transcript for film in films)


def page_here(path: str) -> tuple[Page, Trail]:
    """The page at this address for the request under way, whose language switch then knows its languages; else 404."""
    page, trail = page_at(path, language()) or abort(404), trail_of(path, language())
    text_exists_in(*trail.languages)
    return page, trail
