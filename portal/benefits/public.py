"""Benefits as residents read them."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from portal import clock
from portal.benefits.models import benefit_called, benefits
from portal.i18n import text_exists_in
from portal.web.reading import reading

blueprint = Blueprint("benefits", __name__, url_prefix="/swiadczenia")


@blueprint.get("")
@reading
def index() -> ResponseReturnValue:
    """Every benefit with today's amount."""
    return render_template("benefits/index.html", benefits=benefits(), today=clock.day_of(clock.now()))


@blueprint.get("/<slug>")
@reading
def show(slug: str) -> ResponseReturnValue:
    """One benefit: whom for, how much, how to apply."""
    benefit = benefit_called(slug)
    if benefit is None:
        abort(404)
    text_exists_in("pl")
    return render_template("benefits/show.html", benefit=benefit, today=clock.day_of(clock.now()))
