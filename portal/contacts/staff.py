"""The register of contacts and help lines as editors keep it."""

from functools import partial
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.booking.models import offices
from portal.contacts import actions
from portal.contacts.forms import ContactForm, HelpLineForm
from portal.contacts.models import Contact, HelpLine, contacts, help_lines
from portal.db import db
from portal.errors import Refused
from portal.web.editing import saved
from portal.web.forms import VersionForm, choices

blueprint = Blueprint("register", __name__, url_prefix="/kontakty")

Kept = Contact | HelpLine
KINDS: dict[str, type[Kept]] = {"jednostka": Contact, "linia": HelpLine}


@blueprint.get("")
@needs("content.edit")
def index() -> ResponseReturnValue:
    """Every unit and help line, and when it was last checked."""
    return render_template(
        "contacts/staff/index.html",
        contacts=contacts(),
        lines=help_lines(),
        today=clock.day_of(clock.now()),
    )


@blueprint.route("/<what>/nowe", methods=["GET", "POST"])
@needs("content.edit")
def new(what: str) -> ResponseReturnValue:
    """Add a unit or a help line."""
    return _edit(what, None)


@blueprint.route("/<what>/<int:row_id>", methods=["GET", "POST"])
@needs("content.edit")
def edit(what: str, row_id: int) -> ResponseReturnValue:
    """Change a unit or a help line; when somebody else has saved meanwhile, say what is saved now."""
    return _edit(what, _the(what, row_id))


@blueprint.post("/<what>/<int:row_id>/sprawdzono")
@needs("content.edit")
def checked(what: str, row_id: int) -> ResponseReturnValue:
    """It is still right, in one click."""
    row, form = _the(what, row_id), VersionForm()
    if form.validate_on_submit():
        try:
            actions.checked(_kind(what), row.id, form.version.data, by=the_account(), now=clock.now())
        except Refused as refusal:
            if refusal.code != "changed":
                raise
            flash(_("Somebody has changed it meanwhile. Look at it again."))
        else:
            flash(_("Noted: checked today."))
    return redirect(url_for(".index"), 303)


@blueprint.post("/<what>/<int:row_id>/usun")
@needs("content.edit")
def remove(what: str, row_id: int) -> ResponseReturnValue:
    """Take it off every page."""
    row, form = _the(what, row_id), VersionForm()
    if not form.validate_on_submit():
        return redirect(url_for(".edit", what=what, row_id=row_id), 303)
    try:
        actions.remove(_kind(what), row.id, form.version.data, by=the_account(), now=clock.now())
    except Refused as refusal:
        newest = _the(what, row_id)
        again = _form(what, newest, formdata=None)
        if refusal.code == "changed":
            again.show_newer(newest)
        return _page(what, again, newest, trouble=refusal.code), refusal.status
    flash(_("Removed."))
    return redirect(url_for(".index"), 303)


def _edit(what: str, row: Kept | None) -> ResponseReturnValue:
    form = _form(what, row)
    save = partial(actions.save, _kind(what), row.id if row else None, by=the_account(), now=clock.now())
    status = saved(form, save, row)
    if status is not None:
        return _page(what, form, row), status
    flash(_("Saved. Every page shows it from now on."))
    return redirect(url_for(".index"), 303)


def _kind(what: str) -> type[Kept]:
    return KINDS.get(what) or abort(404)


def _the(what: str, row_id: int) -> Kept:
    return db.session.get(_kind(what), row_id) or abort(404)


def _form(what: str, row: Kept | None, **more: Any) -> ContactForm | HelpLineForm:
    start = {} if row else {"checked_on": clock.day_of(clock.now())}
    if _kind(what) is HelpLine:
        return HelpLineForm(obj=row, **start, **more)
    form = ContactForm(obj=row, **start, **more)
    form.office_id.choices = choices([(0, _("None")), *((office.id, office.name) for office in offices())])
    return form


def _page(what: str, form: ContactForm | HelpLineForm, row: Kept | None, trouble: str = "") -> str:
    template = {"jednostka": "unit", "linia": "line"}[what]
    return render_template(f"contacts/staff/{template}.html", form=form, row=row, what=what, trouble=trouble)
