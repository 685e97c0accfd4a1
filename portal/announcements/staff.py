"""Announcements as editors write them."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.announcements import actions
from portal.announcements.forms import CATEGORY_NAMES, AnnouncementForm
from portal.announcements.models import Announcement, Revision, all_announcements, announcement_numbered
from portal.errors import Refused
from portal.programmes.models import all_programmes
from portal.web.forms import choices

blueprint = Blueprint("announcements", __name__, url_prefix="/ogloszenia")


@blueprint.get("")
@needs("announcements.edit")
def index() -> ResponseReturnValue:
    """Every announcement with its state."""
    today = clock.day_of(clock.now())
    return render_template("announcements/staff/index.html", announcements=all_announcements(), today=today)


@blueprint.route("/nowe", methods=["GET", "POST"])
@needs("announcements.edit")
def new() -> ResponseReturnValue:
    """Write a new announcement."""
    form = _form()
    if form.validate_on_submit():
        announcement = actions.draft(form.draft(), by=the_account(), now=clock.now())
        flash(_("The draft has been saved."))
        return redirect(url_for(".show", announcement_id=announcement.id), 303)
    return render_template("announcements/staff/edit.html", form=form, announcement=None), form.status


@blueprint.get("/<int:announcement_id>")
@needs("announcements.edit")
def show(announcement_id: int) -> ResponseReturnValue:
    """Preview of the newest text, its history, and what can be done with it."""
    announcement = _the(announcement_id)
    text = announcement.latest
    return render_template(
        "announcements/staff/show.html",
        announcement=announcement,
        text=text,
        category=CATEGORY_NAMES[text.category],
        today=clock.day_of(clock.now()),
    )


@blueprint.route("/<int:announcement_id>/edytuj", methods=["GET", "POST"])
@needs("announcements.edit")
def edit(announcement_id: int) -> ResponseReturnValue:
    """Change the text; when somebody else has saved meanwhile, show both texts."""
    announcement = _the(announcement_id)
    form = _form(announcement.latest)
    newer: Revision | None = None
    status = 200
    if form.validate_on_submit():
        try:
            base = form.base_revision.data
            actions.revise(announcement_id, form.draft(), base, by=the_account(), now=clock.now())
            flash(_("The text has been saved."))
            return redirect(url_for(".show", announcement_id=announcement_id), 303)
        except Refused as refusal:
            newer, status = _newer(refusal), refusal.status
            form.base_revision.data = newer.number
    return render_template(
        "announcements/staff/edit.html", form=form, announcement=announcement, newer=newer
    ), status if newer else form.status


@blueprint.post("/podglad")
@blueprint.post("/<int:announcement_id>/podglad")
@needs("announcements.edit")
def preview(announcement_id: int | None = None) -> ResponseReturnValue:
    """The typed text as residents would see it; nothing is saved."""
    announcement = _the(announcement_id) if announcement_id else None
    return render_template("announcements/staff/preview.html", form=_form(), announcement=announcement)


@blueprint.post("/<int:announcement_id>/opublikuj")
@needs("announcements.edit")
def publish(announcement_id: int) -> ResponseReturnValue:
    """Let residents read the newest text."""
    actions.publish(announcement_id, by=the_account(), now=clock.now())
    flash(_("Residents can read the announcement now."))
    return redirect(url_for(".show", announcement_id=announcement_id), 303)


@blueprint.post("/<int:announcement_id>/wycofaj")
@needs("announcements.edit")
def withdraw(announcement_id: int) -> ResponseReturnValue:
    """Take the announcement away from residents."""
    actions.withdraw(announcement_id, by=the_account(), now=clock.now())
    flash(_("The announcement has been withdrawn."))
    return redirect(url_for(".show", announcement_id=announcement_id), 303)


def _the(announcement_id: int) -> Announcement:
    announcement = announcement_numbered(announcement_id)
    return announcement or abort(404)


def _form(text: Revision | None = None) -> AnnouncementForm:
    form = AnnouncementForm(obj=text, base_revision=text.number if text else 0)
    programmes = [(programme.id, programme.title) for programme in all_programmes()]
    form.programme_id.choices = choices([(0, _("None")), *programmes])
    return form


def _newer(refusal: Refused) -> Revision:
    current = refusal.details.get("current")
    if not isinstance(current, Revision):
        raise refusal
    return current
