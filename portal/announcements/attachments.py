"""Pictures, files and films of an announcement. They belong to its revision: another choice is another revision."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.announcements import actions
from portal.announcements.staff import newer_text, the_announcement
from portal.errors import Refused
from portal.media.choosing import choice

blueprint = Blueprint("attachments", __name__, url_prefix="/ogloszenia")


@blueprint.route("/<int:announcement_id>/media", methods=["GET", "POST"])
@needs("announcements.edit")
def choose(announcement_id: int) -> ResponseReturnValue:
    """Choose among what the announcement shows already and what was brought last."""
    latest = the_announcement(announcement_id).latest
    form, offered = choice(latest.media, latest.number)
    back, newer = url_for("panel.announcements.show", announcement_id=announcement_id), None
    if form.validate_on_submit():
        try:
            chosen, base = form.media.data or (), form.base_revision.data
            actions.attach(announcement_id, chosen, base, by=the_account(), now=clock.now())
            flash(_("The choice has been saved. Residents see it after you publish it."))
            return redirect(back, 303)
        except Refused as refusal:
            newer = newer_text(refusal)
            form.base_revision.data = newer.number
    page = render_template(
        "media/staff/choose.html", title=latest.title, back=back, form=form, media=offered, newer=newer
    )
    return page, Refused.status if newer else form.status
