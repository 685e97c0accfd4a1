"""Booking a talk for somebody who is interested, while they are on the phone; it belongs to their enquiry."""

from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.audit import record
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.booking.actions import receipt_of
from portal.booking.models import booking_numbered
from portal.booking.weeks import times_for_staff
from portal.errors import Refused
from portal.foster.forms import TimeForm
from portal.foster.models import enquiry_numbered
from portal.foster.public import information_talk
from portal.foster.talks import book_talk
from portal.programmes.models import Service
from portal.web.forms import choices

blueprint = Blueprint("enquiry_talks", __name__, url_prefix="/zgloszenia/<int:enquiry_id>/rozmowa")

Times = dict[int, tuple[Service, str]]


@blueprint.route("", methods=["GET", "POST"])
@needs("enquiries.manage")
def book(enquiry_id: int) -> ResponseReturnValue:
    """The free times of talks and meetings; the chosen one is booked with what the person has told already, which
    the page shows: reading it is noted."""
    enquiry, now = enquiry_numbered(enquiry_id) or abort(404), clock.now()
    times, trouble = _times(now), ""
    form = TimeForm()
    form.slot.choices = choices((slot_id, words) for slot_id, (_service, words) in times.items())
    if times and form.validate_on_submit():
        service, _words = times.get(form.slot.data) or next(iter(times.values()))
        try:
            session["desk"] = book_talk(enquiry, service, form.slot.data, the_account(), now)
        except Refused as refusal:
            trouble = refusal.code
        if trouble in {"", "booked"}:  # a double click finds its own booking
            return redirect(url_for(".done", enquiry_id=enquiry_id), 303)
    record(the_account(), "enquiry_read", "enquiry", enquiry.id, now)
    page = render_template("foster/staff/talk.html", enquiry=enquiry, form=form, times=times, trouble=trouble)
    return page, 409 if trouble else form.status


def _times(now: datetime) -> Times:
    """The service and the words of each free slot, talks before meetings."""
    names = {"talk": _("Talk"), "meeting": _("Meeting of several people")}
    services = [(name, information_talk(kind)) for kind, name in names.items()]
    return {
        int(slot_id): (service, f"{name}: {words}")
        for name, service in services
        if service
        for slot_id, words in times_for_staff(service, now)
    }


@blueprint.get("/kod")
@needs("enquiries.manage")
def done(enquiry_id: int) -> ResponseReturnValue:
    """Reference and PIN to read out; gone when the next person is booked."""
    enquiry = enquiry_numbered(enquiry_id) or abort(404)
    receipt = receipt_of(session.get("desk", ""))
    if receipt is None or enquiry.talk is None or receipt.booking_id != enquiry.talk.id:
        flash(_("There is a talk ahead already. It is on the card."))
        return redirect(url_for("panel.enquiries.card", enquiry_id=enquiry_id), 303)
    booking = booking_numbered(receipt.booking_id) or abort(404)
    return render_template(
        "foster/staff/talk_booked.html", receipt=receipt, enquiry=enquiry, slot=booking.slot
    )
