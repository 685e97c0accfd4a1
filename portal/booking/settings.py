"""Places, people, rooms and closures as administrators set them up."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.booking import arrangements
from portal.booking.models import Closure, Office, Resource, Slot, offices
from portal.booking.settings_forms import KINDS, ClosureForm, OfficeForm, PersonForm, RoomForm
from portal.db import db
from portal.errors import Refused
from portal.web.forms import RowForm, VersionForm, choices

blueprint = Blueprint("premises", __name__, url_prefix="/ustawienia")

Save = Callable[..., Any]


@blueprint.route("/miejsca/nowe", methods=["GET", "POST"])
@needs("settings.manage")
def new_office() -> ResponseReturnValue:
    """Add a place."""
    return _edit(OfficeForm(), None, arrangements.save_office, "office")


@blueprint.route("/miejsca/<int:office_id>", methods=["GET", "POST"])
@needs("settings.manage")
def office(office_id: int) -> ResponseReturnValue:
    """Change a place."""
    row = db.session.get(Office, office_id) or abort(404)
    return _edit(OfficeForm(obj=row), row, arrangements.save_office, "office")


@blueprint.route("/zasoby/nowe/<kind>", methods=["GET", "POST"])
@needs("settings.manage")
def new_resource(kind: str) -> ResponseReturnValue:
    """Add an interviewer, an interpreter or a room."""
    if kind not in KINDS:
        abort(404)
    return _edit(_resource_form(kind), None, arrangements.save_resource, "resource", kind=kind)


@blueprint.route("/zasoby/<int:resource_id>", methods=["GET", "POST"])
@needs("settings.manage")
def resource(resource_id: int) -> ResponseReturnValue:
    """Change somebody or something that slots need; whoever is needed does not leave, and the slots are named."""
    row = db.session.get(Resource, resource_id) or abort(404)
    form = _resource_form(row.kind, row)
    return _edit(form, row, arrangements.save_resource, "resource", kind=row.kind)


def _resource_form(kind: str, row: Resource | None = None) -> RoomForm | PersonForm:
    if kind != "room":
        return PersonForm(obj=row)
    form = RoomForm(obj=row)
    form.office_id.choices = choices((office.id, office.name) for office in offices())
    return form


@blueprint.route("/zamkniecia/nowe", methods=["GET", "POST"])
@needs("settings.manage")
def new_closure() -> ResponseReturnValue:
    """Say on which days nobody is received."""
    return _edit_closure(None)


@blueprint.route("/zamkniecia/<int:closure_id>", methods=["GET", "POST"])
@needs("settings.manage")
def closure(closure_id: int) -> ResponseReturnValue:
    """Change a closure, and see the slots and people that lie in it."""
    return _edit_closure(db.session.get(Closure, closure_id) or abort(404))


@blueprint.post("/zamkniecia/<int:closure_id>/usun")
@needs("settings.manage")
def remove_closure(closure_id: int) -> ResponseReturnValue:
    """Receive people on these days after all."""
    form = VersionForm()
    if form.validate_on_submit():
        try:
            arrangements.remove_closure(closure_id, form.version.data, by=the_account(), now=clock.now())
        except Refused as refusal:
            row = db.session.get(Closure, closure_id) or abort(404)
            shown = _closure_form(row, formdata=None)
            shown.show_newer(row)
            return _page(shown, row, "closure", slots=_lies_in(shown)), refusal.status
        flash(_("Removed. Free slots on these days can be booked again."))
    return redirect(url_for("panel.settings.index"), 303)


def _edit_closure(row: Closure | None) -> ResponseReturnValue:
    form = _closure_form(row)
    if "look" in request.form and form.validate_on_submit():
        return _page(form, row, "closure", slots=_lies_in(form))
    slots = _lies_in(form) if row else None
    return _edit(form, row, arrangements.save_closure, "closure", slots=slots)


def _closure_form(row: Closure | None, **more: Any) -> ClosureForm:
    form = ClosureForm(obj=row, **more)
    form.office_id.choices = choices(
        [(0, _("Every place")), *((office.id, office.name) for office in offices())]
    )
    return form


def _lies_in(form: ClosureForm) -> Sequence[Slot]:
    first, last = form.first_on.data, form.last_on.data
    if not first or not last:
        return []
    return arrangements.coming_slots_in(form.office_id.stored, first, last, clock.now())


def _edit(form: RowForm, row: Any, save: Save, what: str, **more: Any) -> ResponseReturnValue:
    """Show the form or save what it holds; a refusal is told beside what was typed."""
    if not form.validate_on_submit():
        return _page(form, row, what, **more), form.status
    row_id, kind = row.id if row else None, {"kind": more["kind"]} if "kind" in more else {}
    try:
        saved = save(row_id, form.version.data, form.values() | kind, by=the_account(), now=clock.now())
    except Refused as refusal:
        return _refused(form, row_id, type(row), refusal, what, **more)
    flash(_("Saved. It holds from now on."))
    if what == "closure":
        return redirect(url_for(".closure", closure_id=saved.id), 303)
    return redirect(url_for("panel.settings.index"), 303)


def _refused(
    form: Any, row_id: int | None, table: type, refusal: Refused, what: str, **more: Any
) -> ResponseReturnValue:
    row = db.session.get(table, row_id, populate_existing=True) if row_id else None
    if refusal.code == "changed":
        form.show_newer(row)
    elif refusal.code == "not_unique":
        form.name.errors = [_("There is something by this name already. Choose another one.")]
        return _page(form, row, what, **more), form.status
    elif refusal.code == "needed":
        more["needed_in"] = arrangements.coming_slots_of(row_id or 0, clock.now())
    else:
        raise refusal
    return _page(form, row, what, **more), refusal.status


def _page(form: RowForm, row: Any, what: str, **more: Any) -> str:
    return render_template(f"booking/staff/{what}.html", form=form, row=row, **more)
