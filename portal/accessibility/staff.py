"""The accessibility statement as staff keep it: fields only, checked before it is published (R113)."""

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from portal import clock
from portal.accessibility import actions
from portal.accessibility.forms import (
    BASIS_NAMES,
    KIND_NAMES,
    STATUS_NAMES,
    BarrierForm,
    FactsForm,
    TextsForm,
)
from portal.accessibility.models import (
    SIGN_LANGUAGE,
    TEXTS,
    Statement,
    changed_since_review,
    newest_statement,
    review_of,
    statement,
    statement_numbered,
    versions,
)
from portal.accessibility.statement import film_is_missing, page_of, pages_of, problems_of
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.errors import Refused
from portal.i18n import LANGUAGES
from portal.web.forms import RowForm, VersionForm

blueprint = Blueprint("statement", __name__, url_prefix="/deklaracja")


@blueprint.get("")
@needs("statement.edit")
def index() -> ResponseReturnValue:
    """What is in force, what is being prepared, what is wrong with it, and what there was before."""
    return _index()


def _index(trouble: str = "") -> str:
    newest, known = _newest(), versions()
    in_force = statement()
    today = clock.day_of(clock.now())
    return render_template(
        "accessibility/staff/index.html",
        newest=newest,
        in_force=in_force,
        problems=problems_of(newest),
        review=review_of(in_force.last_review_on, today) if in_force else "",
        changed_on=changed_since_review(known),
        has_needless_barrier=not film_is_missing() and newest.names_page(SIGN_LANGUAGE),
        versions=known,
        trouble=trouble,
        kinds=KIND_NAMES,
        statuses=STATUS_NAMES,
        bases=BASIS_NAMES,
        all_languages=LANGUAGES,
    )


@blueprint.get("/wersja/<int:number>/<code>")
@needs("statement.edit")
def show(number: int, code: str) -> ResponseReturnValue:
    """One version in one language, as residents read it or would read it."""
    facts = statement_numbered(number)
    if facts is None or code not in LANGUAGES:
        abort(404)
    with force_locale(code):
        return page_of(facts, is_preview=True)


@blueprint.route("/dane", methods=["GET", "POST"])
@needs("statement.edit")
def facts() -> ResponseReturnValue:
    """Dates, status, contact: the same in every language."""
    form = FactsForm(obj=_newest())
    return _edit(form, "facts", lambda newest: newest, form.values)


@blueprint.route("/teksty/<code>", methods=["GET", "POST"])
@needs("statement.edit")
def texts(code: str) -> ResponseReturnValue:
    """The texts in one language."""
    if code not in LANGUAGES:
        abort(404)

    def row(newest: Statement) -> SimpleNamespace:
        empty = dict.fromkeys(TEXTS, "")
        return SimpleNamespace(version=newest.version, **empty | newest.texts.get(code, {}))

    newest = _newest()
    form = TextsForm(obj=row(newest))
    return _edit(form, "texts", row, lambda: {"texts": newest.texts | {code: form.values()}}, code=code)


@blueprint.route("/bariery/nowa", methods=["GET", "POST"], defaults={"place": 0})
@blueprint.route("/bariery/<int:place>", methods=["GET", "POST"])
@needs("statement.edit")
def barrier(place: int) -> ResponseReturnValue:
    """Something that is not accessible, by its place in the list; a new one goes to the end."""
    newest = _newest()

    def row(newest: Statement) -> SimpleNamespace:
        known = newest.barriers[place - 1] if 0 < place <= len(newest.barriers) else {}
        return SimpleNamespace(version=newest.version, **known)

    def values() -> dict[str, Any]:
        before, after = newest.barriers[: place - 1], newest.barriers[place:]
        told = [*before, form.values(), *after] if place else [*newest.barriers, form.values()]
        return {"barriers": told}

    if place > len(newest.barriers):
        abort(404)
    form = BarrierForm(obj=row(newest))
    return _edit(form, "barrier", row, values, place=place)


def _edit(
    form: RowForm,
    what: str,
    row: Callable[[Statement], object],
    values: Callable[[], Mapping[str, Any]],
    **more: Any,
) -> ResponseReturnValue:
    """Show a form or keep it; `row` gives what the form shows of a version, `values` what it changes."""
    if not form.validate_on_submit():
        return _form(form, what, **more), form.status
    try:
        actions.revise(form.version.data, values(), by=the_account(), now=clock.now())
    except Refused as refusal:
        if refusal.code != "changed":
            raise
        form.show_newer(row(_newest()))
        return _form(form, what, **more), refusal.status
    flash(_("Saved in the draft. Publish it when all is right."))
    return redirect(url_for(".index"), 303)


def _form(form: RowForm, what: str, **more: Any) -> str:
    return render_template(
        f"accessibility/staff/{what}.html", form=form, all_languages=LANGUAGES, newest=_newest(), **more
    )


@blueprint.post("/bariery/<int:place>/usun")
@needs("statement.edit")
def remove_barrier(place: int) -> ResponseReturnValue:
    """It is accessible now, or never was a barrier."""
    barriers = _newest().barriers
    if not 0 < place <= len(barriers):
        abort(404)
    return _change({"barriers": barriers[: place - 1] + barriers[place:]}, _("Taken out of the draft."))


@blueprint.post("/przeglad")
@needs("statement.edit")
def review() -> ResponseReturnValue:
    """Somebody has looked today: everything is still so."""
    today = clock.day_of(clock.now())
    return _change({"reviewed_on": today}, _("Today's review is in the draft. Publish it now."))


def _change(values: Mapping[str, Any], done: str) -> ResponseReturnValue:
    return _do(lambda version: actions.revise(version, values, by=the_account(), now=clock.now()), done)


@blueprint.post("/opublikuj")
@needs("statement.edit")
def publish() -> ResponseReturnValue:
    """Have residents read the draft, if it is as the technical conditions want it."""
    pages = pages_of(_newest())
    return _do(
        lambda version: actions.publish(version, pages, by=the_account(), now=clock.now()),
        _("The statement is published."),
    )


@blueprint.post("/odrzuc")
@needs("statement.edit")
def discard() -> ResponseReturnValue:
    """Throw the draft away; what is in force stays."""
    return _do(
        lambda version: actions.discard(version, by=the_account(), now=clock.now()),
        _("The draft has been thrown away."),
    )


def _do(deed: Callable[[int], object], done: str) -> ResponseReturnValue:
    form = VersionForm()
    if not form.validate_on_submit():
        return _index("changed"), form.status
    try:
        deed(form.version.data)
    except Refused as refusal:
        return _index(refusal.code), refusal.status
    flash(done)
    return redirect(url_for(".index"), 303)


def _newest() -> Statement:
    return newest_statement() or abort(404)
