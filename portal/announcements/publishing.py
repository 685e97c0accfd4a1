"""When residents read an announcement, and at which address."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.announcements import actions
from portal.announcements.forms import AddressForm, PublishForm
from portal.announcements.models import Announcement
from portal.announcements.staff import show_page, the_announcement
from portal.errors import Refused

blueprint = Blueprint("publishing", __name__, url_prefix="/ogloszenia")


@blueprint.route("/<int:announcement_id>/opublikuj", methods=["GET", "POST"])
@needs("announcements.edit")
def publish(announcement_id: int) -> ResponseReturnValue:
    """Let residents read the newest text, at once or at a set time."""
    announcement = the_announcement(announcement_id)
    form = _form(announcement)
    if not form.validate_on_submit():
        return _page(announcement, form), form.status
    try:
        actions.publish(
            announcement_id,
            form.base_revision.data,
            by=the_account(),
            now=clock.now(),
            at=form.at,
            reason=form.reason.data or "",
        )
    except Refused as refusal:
        return _refused(announcement, form, refusal)
    flash(_said(announcement, form))
    return _back(announcement_id)


def _said(announcement: Announcement, form: PublishForm) -> str:
    if form.at:
        return str(_("Residents will read the announcement from the time you set."))
    if announcement.latest.valid_until < clock.day_of(clock.now()):
        return str(_("Its last day is over, so residents find it in the archive."))
    return str(_("Residents can read the announcement now."))


def _form(announcement: Announcement) -> PublishForm:
    form = PublishForm(base_revision=announcement.latest.number)
    form.asks_reason = announcement.read_at(clock.now()) is not None
    return form


def _page(announcement: Announcement, form: PublishForm, trouble: str = "") -> str:
    template = "announcements/staff/publish.html"
    return render_template(template, announcement=announcement, form=form, trouble=trouble, now=clock.now())


def _refused(announcement: Announcement, form: PublishForm, refusal: Refused) -> ResponseReturnValue:
    sentences = {
        "past": _("This time is over. Choose a later one, or none to publish at once."),
        "too_late": _("By then its last day is over. Choose an earlier time, or change the last day."),
    }
    if refusal.code in sentences:
        form.day.errors = [sentences[refusal.code]]
        return _page(announcement, form), 422
    form.base_revision.data = announcement.latest.number
    return _page(announcement, form, refusal.code), refusal.status


@blueprint.post("/<int:announcement_id>/nie-publikuj")
@needs("announcements.edit")
def call_off(announcement_id: int) -> ResponseReturnValue:
    """Take back the publication that is still to come."""
    announcement = the_announcement(announcement_id)
    try:
        actions.call_off(announcement_id, by=the_account(), now=clock.now())
    except Refused as refusal:
        return show_page(announcement, refusal.code), refusal.status
    flash(_("The planned publication has been called off."))
    return _back(announcement_id)


@blueprint.post("/<int:announcement_id>/wycofaj")
@needs("announcements.edit")
def withdraw(announcement_id: int) -> ResponseReturnValue:
    """Take the announcement away from residents."""
    announcement = the_announcement(announcement_id)
    try:
        actions.withdraw(announcement_id, by=the_account(), now=clock.now())
    except Refused as refusal:
        return show_page(announcement, refusal.code), refusal.status
    flash(_("The announcement has been withdrawn."))
    return _back(announcement_id)


@blueprint.route("/<int:announcement_id>/adres", methods=["GET", "POST"])
@needs("announcements.edit")
def address(announcement_id: int) -> ResponseReturnValue:
    """Change the address; the old one leads to the new one for good."""
    announcement = the_announcement(announcement_id)
    form = AddressForm(obj=announcement)
    if form.validate_on_submit():
        try:
            actions.move(announcement_id, form.slug.data, by=the_account(), now=clock.now())
            flash(_("The announcement has its new address."))
            return _back(announcement_id)
        except Refused as refusal:
            if refusal.code != "taken":
                raise
            form.slug.errors = [_("This address is taken, or was once. Choose another one.")]
    page = render_template("announcements/staff/address.html", announcement=announcement, form=form)
    return page, form.status


def _back(announcement_id: int) -> ResponseReturnValue:
    return redirect(url_for("panel.announcements.show", announcement_id=announcement_id), 303)
