"""The page on which staff give back a batch of bookings that nobody means to keep, and put it back (S86)."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal import clock
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.booking.desk_forms import PutBackForm, ReleaseForm
from portal.booking.models import are_there
from portal.booking.releasing import booked_lately, marks, put_back, release_batch, released_lately
from portal.errors import Refused

blueprint = Blueprint("releases", __name__, url_prefix="/rezerwacje/wiele")


@blueprint.route("", methods=["GET", "POST"])
@needs("bookings.read")
def batch() -> ResponseReturnValue:
    """The bookings of the last day, those that look suspicious marked; posting releases what is marked."""
    form = ReleaseForm()
    if form.validate_on_submit():
        are_there(form.versions) or abort(404)
        released = release_batch(form.versions, by=the_account(), now=clock.now())
        left = len(form.versions) - released
        flash(
            ngettext("%(num)s booking has been released.", "%(num)s bookings have been released.", released)
        )
        if left:
            flash(
                ngettext(
                    "%(num)s booking had changed and was left as it is.",
                    "%(num)s bookings had changed and were left as they are.",
                    left,
                )
            )
        return redirect(url_for(".batch"), 303)
    return _page(form), form.status


@blueprint.post("/cofnij")
@needs("bookings.read")
def undo() -> ResponseReturnValue:
    """Put a batch back that was released a moment ago."""
    form = PutBackForm()
    if form.validate_on_submit() and form.moment:
        try:
            count = put_back(form.moment, by=the_account(), now=clock.now())
        except Refused as refusal:
            return _page(ReleaseForm(formdata=None), refusal.code), refusal.status
        flash(
            ngettext(
                "%(num)s booking is as before. Nobody has been written to.",
                "%(num)s bookings are as before. Nobody has been written to.",
                count,
            )
        )
    else:
        flash(_("Reload the page and try again"))
    return redirect(url_for(".batch"), 303)


def _page(form: ReleaseForm, trouble: str = "") -> str:
    now = clock.now()
    bookings = booked_lately(now)
    sources = dict.fromkeys(booking.source_hash for booking in bookings if booking.source_hash)
    return render_template(
        "booking/staff/releases.html",
        form=form,
        trouble=trouble,
        bookings=bookings,
        marks=marks(now),
        numbers={source: number for number, source in enumerate(sources, 1)},
        batches=released_lately(now),
        now=now,
    )
