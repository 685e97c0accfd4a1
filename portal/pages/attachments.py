"""Pictures, files and films of a page. They belong to its revision: another choice is another revision."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.errors import Refused
from portal.media.choosing import choice
from portal.pages import actions
from portal.pages.staff import newer_text, the_page

blueprint = Blueprint("page_media", __name__, url_prefix="/strony")


@blueprint.route("/<int:page_id>/media", methods=["GET", "POST"])
@needs("content.edit")
def choose(page_id: int) -> ResponseReturnValue:
    """Choose among what the page shows already and what was brought last."""
    latest = the_page(page_id).latest
    form, offered = choice(latest.media, latest.number)
    back, newer = url_for("panel.pages.show", page_id=page_id), None
    if form.validate_on_submit():
        try:
            chosen, base = form.media.data or (), form.base_revision.data
            actions.attach(page_id, chosen, base, by=the_account(), now=clock.now())
            flash(_("The choice has been saved. Residents see it after you publish it."))
            return redirect(back, 303)
        except Refused as refusal:
            newer = newer_text(refusal)
            form.base_revision.data = newer.number
    page = render_template(
        "media/staff/choose.html", title=latest.title, back=back, form=form, media=offered, newer=newer
    )
    return page, Refused.status if newer else form.status
