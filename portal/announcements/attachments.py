"""Pictures, files and films of an announcement. They belong to its revision: another choice is another revision."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectMultipleField

from portal import clock
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.announcements import actions
from portal.announcements.forms import BaseForm
from portal.announcements.models import Announcement
from portal.announcements.staff import newer_text, the_announcement
from portal.errors import Refused
from portal.media.models import Medium, media_numbered, newest_media
from portal.typography import typography
from portal.web.forms import choices

blueprint = Blueprint("attachments", __name__, url_prefix="/ogloszenia")


class MediaForm(BaseForm):
    """Which media a text shows."""

    media = SelectMultipleField(_l("What the announcement shows"), coerce=int)


@blueprint.route("/<int:announcement_id>/media", methods=["GET", "POST"])
@needs("announcements.edit")
def choose(announcement_id: int) -> ResponseReturnValue:
    """Choose among what the announcement shows already and what was brought last."""
    announcement = the_announcement(announcement_id)
    latest = announcement.latest
    form = MediaForm(media=latest.media, base_revision=latest.number)
    offered = _offered(announcement)
    form.media.choices = choices((medium.id, typography(medium.title)) for medium in offered)
    newer = None
    if form.validate_on_submit():
        try:
            base = form.base_revision.data
            actions.attach(announcement_id, form.media.data or (), base, by=the_account(), now=clock.now())
            flash(_("The choice has been saved. Residents see it after you publish it."))
            return redirect(url_for("panel.announcements.show", announcement_id=announcement_id), 303)
        except Refused as refusal:
            newer = newer_text(refusal)
            form.base_revision.data = newer.number
    page = render_template(
        "announcements/staff/media.html", announcement=announcement, form=form, media=offered, newer=newer
    )
    return page, Refused.status if newer else form.status


def _offered(announcement: Announcement) -> list[Medium]:
    shown = media_numbered(announcement.latest.media)
    return [*shown, *(medium for medium in newest_media() if medium not in shown)]
