"""Accessibility information as residents read it."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from portal.accessibility.models import Statement, statement
from portal.accessibility.statement import page_of
from portal.web.reading import reading

blueprint = Blueprint("accessibility", __name__)


@blueprint.get("/dostepnosc")
@reading
def index() -> ResponseReturnValue:
    """Everything about accessibility, in one list (R116)."""
    return render_template("accessibility/index.html", facts=_facts())


@blueprint.get("/deklaracja-dostepnosci", endpoint="statement")
@reading
def show_statement() -> ResponseReturnValue:
    """The accessibility statement in the structure of the technical conditions, version 2.0 (R109-R112)."""
    return page_of(_facts())


def _facts() -> Statement:
    facts = statement()
    return facts or abort(404)
