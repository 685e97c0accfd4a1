"""Benefits as residents read them."""

from babel.numbers import format_currency
from flask import Blueprint, Flask, abort, render_template
from flask.typing import ResponseReturnValue

from portal import clock
from portal.benefits.models import all_amounts, benefit_called, benefits
from portal.i18n import text_exists_in
from portal.web.reading import reading
from portal.web.references import add_references

blueprint = Blueprint("benefits", __name__, url_prefix="/swiadczenia")


def init_app(app: Flask) -> None:
    """Let texts name amounts by reference: `{kwota: becikowe}` is the amount of today."""
    add_references(app, all_amounts, kwota=_amount)
    app.register_blueprint(blueprint)


def _amount(slug: str) -> str:
    """Today's amount in Polish as the texts are; the honest sentence when none is valid (R31)."""
    today = clock.day_of(clock.now())
    for first, last, amount in all_amounts().get(slug, ()):
        if first <= today and (last is None or today <= last):
            whole = amount == amount.to_integral()
            return format_currency(
                amount, "PLN", "#,##0 ¤" if whole else None, "pl", currency_digits=not whole
            )
    return "(kwota jest aktualizowana)"


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
