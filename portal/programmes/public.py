"""Programmes as residents read them."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from portal import clock
from portal.i18n import text_exists_in
from portal.programmes.models import programme_called, shown_programmes
from portal.web.reading import reading

blueprint = Blueprint("programmes", __name__, url_prefix="/programy")


@blueprint.get("")
@reading
def index() -> ResponseReturnValue:
    """Every programme."""
    return render_template("programmes/index.html", programmes=shown_programmes())


@blueprint.get("/<slug>")
@reading
def show(slug: str) -> ResponseReturnValue:
    """One programme, its answers in the order of R27."""
    programme = programme_called(slug)
    if programme is None:
        abort(404)
    text_exists_in("pl")
    today = clock.day_of(clock.now())
    return render_template("programmes/show.html", programme=programme, today=today)
