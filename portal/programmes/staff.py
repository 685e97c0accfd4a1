"""Services as administrators set them up."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.db import db
from portal.errors import Refused
from portal.programmes import actions
from portal.programmes.forms import NewServiceForm, ServiceForm
from portal.programmes.models import Service, all_programmes
from portal.web.forms import choices

blueprint = Blueprint("services", __name__, url_prefix="/ustawienia/rozmowy")


@blueprint.route("/nowa", methods=["GET", "POST"])
@needs("settings.manage")
def new() -> ResponseReturnValue:
    """Add a service."""
    return _edit(NewServiceForm(), None)


@blueprint.route("/<int:service_id>", methods=["GET", "POST"])
@needs("settings.manage")
def edit(service_id: int) -> ResponseReturnValue:
    """Change a service; when somebody else has saved meanwhile, say what is saved now."""
    service = db.session.get(Service, service_id) or abort(404)
    return _edit(ServiceForm(obj=service), service)


def _edit(form: NewServiceForm, service: Service | None) -> ResponseReturnValue:
    form.programme_id.choices = choices(
        [(0, _("None")), *((programme.id, programme.title) for programme in all_programmes())]
    )
    if not form.validate_on_submit():
        return _page(form, service), form.status
    try:
        row_id = service.id if service else None
        actions.save_service(row_id, form.version.data, form.values(), by=the_account(), now=clock.now())
    except Refused as refusal:
        if refusal.code == "changed":
            form.show_newer(db.session.get_one(Service, row_id, populate_existing=True))
            return _page(form, service), refusal.status
        if refusal.code != "not_unique":
            raise
        form["code"].errors = [_("Another kind of talk has this code already")]
        return _page(form, service), form.status
    flash(_("Saved. It holds from now on."))
    return redirect(url_for("panel.settings.index"), 303)


def _page(form: NewServiceForm, service: Service | None) -> str:
    return render_template("programmes/staff/service.html", form=form, service=service)
