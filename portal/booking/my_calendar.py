"""One's own slots in the calendar of a phone: the page where staff make and end the secret address, and the address."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal import clock
from portal.accounts.permissions import needs
from portal.accounts.proofs import is_confirmed
from portal.accounts.session import the_account
from portal.booking import feeds
from portal.booking.calendar import feed_file
from portal.booking.desk_forms import FeedForm
from portal.booking.models import interviewers
from portal.web.forms import ConfirmForm, choices

blueprint = Blueprint("my_calendar", __name__, url_prefix="/kalendarz")
public = Blueprint("calendar", __name__, url_prefix="/kalendarz")


@blueprint.route("", methods=["GET", "POST"])
@needs("slots.manage")
def show() -> ResponseReturnValue:
    """Whether there is an address, and a new one; it is shown once."""
    form = FeedForm()
    form.resource_id.choices = choices((person.id, person.name) for person in interviewers())
    if form.validate_on_submit() and is_confirmed(form):
        session["calendar"] = feeds.make(form.resource_id.data, the_account(), clock.now())
        return redirect(url_for(".show"), 303)
    token = session.pop("calendar", "")
    address = current_app.config["PUBLIC_URL"] + url_for("calendar.feed", token=token) if token else ""
    feed = feeds.feed_of(the_account())
    page = render_template("booking/staff/my_calendar.html", form=form, feed=feed, address=address)
    return page, form.status


@blueprint.post("/koniec")
@needs("slots.manage")
def end() -> ResponseReturnValue:
    """End the address; whoever has it reads nothing any more."""
    if ConfirmForm().validate_on_submit():
        feeds.end(the_account(), clock.now())
        flash(_("The address has been ended. Calendars that used it show nothing new."))
    return redirect(url_for(".show"), 303)


@public.get("/<token>.ics")
def feed(token: str) -> ResponseReturnValue:
    """The slots behind a secret address, for calendars that sign in nowhere: hours, office, how many are expected."""
    now = clock.now()
    resource = feeds.opened_by(token, request.remote_addr or "", now)
    slots = [(slot, _title(slot.expected)) for slot in feeds.coming(resource.id, now)]
    headers = {"Content-Type": "text/calendar; charset=utf-8", "X-Robots-Tag": "noindex"}
    return feed_file(slots, _("Slots"), now), 200, headers


def _title(expected: int) -> str:
    """Neutral words: the calendar may be shared, and the phone may lie on a table (S75)."""
    people = ngettext("Slot (%(num)d person)", "Slot (%(num)d people)", expected)
    return str(people if expected else _("Slot (free)"))
