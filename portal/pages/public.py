"""Written pages as residents read them."""

from flask import Blueprint, abort, make_response, render_template
from flask.typing import ResponseReturnValue

from portal.i18n import text_exists_in
from portal.pages.models import page_at, pages_above
from portal.web.reading import reading

blueprint = Blueprint("pages", __name__)


@blueprint.get("/<path:path>")
@reading
def show(path: str) -> ResponseReturnValue:
    """The page at this address."""
    page = page_at(path)
    if page is None:
        abort(404)
    text_exists_in("pl")
    response = make_response(render_template("pages/show.html", page=page, above=pages_above(path)))
    if page.is_discreet:
        response.cache_control.no_store = True
    return response
