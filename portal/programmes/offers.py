"""Programmes as editors keep them."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.db import db
from portal.errors import Refused
from portal.programmes import actions
from portal.programmes.forms import ProgrammeForm
from portal.programmes.models import Programme, all_programmes
from portal.web.editing import saved

blueprint = Blueprint("programmes", __name__, url_prefix="/programy")


@blueprint.get("")
@needs("content.edit")
def index() -> ResponseReturnValue:
    """Every programme."""
    return render_template("programmes/staff/index.html", programmes=all_programmes())


@blueprint.route("/nowy", methods=["GET", "POST"])
@needs("content.edit")
def new() -> ResponseReturnValue:
    """Add a programme."""
    return _edit(None)


@blueprint.route("/<int:programme_id>", methods=["GET", "POST"])
@needs("content.edit")
def edit(programme_id: int) -> ResponseReturnValue:
    """Change a programme; when somebody else has saved meanwhile, say what is saved now."""
    return _edit(db.session.get(Programme, programme_id) or abort(404))


def _edit(programme: Programme | None) -> ResponseReturnValue:
    form = ProgrammeForm(obj=programme)
    programme_id = programme.id if programme else None

    def save(version: int, values: dict[str, object]) -> None:
        actions.save_programme(programme_id, version, values, by=the_account(), now=clock.now())

    try:
        status = saved(form, save, programme)
    except Refused as refusal:
        _explain(form, refusal)
        status = form.status
    if status is not None:
        return render_template("programmes/staff/programme.html", form=form, programme=programme), status
    flash(_("Saved. Every page shows it from now on."))
    return redirect(url_for(".index"), 303)


def _explain(form: ProgrammeForm, refusal: Refused) -> None:
    if refusal.code == "not_unique":
        form.title.errors = [_("There is something by this name already. Choose another one.")]
    elif refusal.code == "crosses":
        form.form_errors = [
            _("A text leads to a booking that is for people whom these must not meet. Take the link out.")
        ]
    else:
        raise refusal
