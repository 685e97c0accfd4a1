"""Announcements as editors write them."""

from dataclasses import replace

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.announcements import actions
from portal.announcements.forms import CATEGORY_NAMES, AnnouncementForm
from portal.announcements.models import (
    STAFF_PAGE,
    TRANSLATED,
    Announcement,
    Revision,
    announcement_numbered,
    announcements_to_edit,
)
from portal.errors import Refused
from portal.media.bringing import bring_along, sent_well
from portal.media.storing import FILM_MOST
from portal.programmes.models import all_programmes
from portal.web.editing import newer_text
from portal.web.forms import choices, clean, number_in
from portal.web.uploads import takes
from portal.writing.staff import put_in_order

blueprint = Blueprint("announcements", __name__, url_prefix="/ogloszenia")

LONGEST_QUESTION = 100


@blueprint.get("")
@needs("announcements.edit")
def index() -> ResponseReturnValue:
    """Every announcement with its state, newest first, by pages; words in the address look for some of them."""
    words = clean(request.args.get("q", ""))[:LONGEST_QUESTION]
    now = clock.now()
    rows = announcements_to_edit(words, number_in(request.args.get("po")))
    return render_template(
        "announcements/staff/index.html",
        announcements=rows[:STAFF_PAGE],
        next_mark=rows[STAFF_PAGE - 1].id if len(rows) > STAFF_PAGE else None,
        words=words,
        now=now,
        today=clock.day_of(now),
    )


@blueprint.route("/nowe", methods=["GET", "POST"])
@needs("announcements.edit")
@takes(FILM_MOST)
def new() -> ResponseReturnValue:
    """Write a new announcement."""
    form = _form()
    text = _written(form)
    if text:
        announcement = actions.draft(text, by=the_account(), now=clock.now())
        flash(_("The draft has been saved."))
        return redirect(url_for(".show", announcement_id=announcement.id), 303)
    return render_template("announcements/staff/edit.html", form=form, announcement=None), form.status


@blueprint.get("/<int:announcement_id>")
@needs("announcements.edit")
def show(announcement_id: int) -> ResponseReturnValue:
    """Preview of the newest text, its history, and what can be done with it."""
    return show_page(the_announcement(announcement_id))


def show_page(announcement: Announcement, trouble: str = "") -> str:
    """The page of an announcement; `trouble` says why a deed was refused."""
    now = clock.now()
    return render_template(
        "announcements/staff/show.html",
        announcement=announcement,
        text=announcement.latest,
        category=CATEGORY_NAMES[announcement.latest.category],
        translated=TRANSLATED,
        trouble=trouble,
        now=now,
        today=clock.day_of(now),
    )


@blueprint.route("/<int:announcement_id>/edytuj", methods=["GET", "POST"])
@needs("announcements.edit")
@takes(FILM_MOST)
def edit(announcement_id: int) -> ResponseReturnValue:
    """Change the text; when somebody else has saved meanwhile, show both texts."""
    announcement = the_announcement(announcement_id)
    form = _form(announcement.latest)
    newer: Revision | None = None
    text = _written(form)
    if text:
        try:
            base = form.base_revision.data
            actions.revise(announcement_id, text, base, by=the_account(), now=clock.now())
            flash(_("The text has been saved."))
            return redirect(url_for(".show", announcement_id=announcement_id), 303)
        except Refused as refusal:
            newer = newer_text(refusal)
            form.base_revision.data = newer.number
    page = render_template(
        "announcements/staff/edit.html",
        form=form,
        announcement=announcement,
        newer=newer,
        categories=CATEGORY_NAMES,
    )
    return page, Refused.status if newer else form.status


@blueprint.route("/podglad", methods=["GET", "POST"])
@blueprint.route("/<int:announcement_id>/podglad", methods=["GET", "POST"])
@needs("announcements.edit")
@takes(FILM_MOST)
def preview(announcement_id: int | None = None) -> ResponseReturnValue:
    """The typed text as residents would see it, put in order first when that is asked for; it is not saved."""
    announcement = the_announcement(announcement_id) if announcement_id else None
    form = _form(announcement.latest if announcement else None)
    bring_along(form)
    is_tidy = put_in_order(form.body)
    return render_template(
        "announcements/staff/preview.html", form=form, announcement=announcement, is_tidy=is_tidy
    )


def the_announcement(announcement_id: int) -> Announcement:
    """The announcement of this number; 404 when there is none."""
    return announcement_numbered(announcement_id) or abort(404)


def _written(form: AnnouncementForm) -> actions.Draft | None:
    """What was typed, with the files that came along; None when something is wrong, or nothing was sent."""
    return replace(form.draft(), media=form.brought.data or ()) if sent_well(form) else None


def _form(text: Revision | None = None) -> AnnouncementForm:
    form = AnnouncementForm(obj=text, base_revision=text.number if text else 0)
    programmes = [(programme.id, programme.title) for programme in all_programmes()]
    form.programme_id.choices = choices([(0, _("None")), *programmes])
    return form
