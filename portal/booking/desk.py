"""Booking for somebody on the phone or at the desk: the resident's questions on one page, answered by staff."""

import secrets
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.booking import actions
from portal.booking.desk_forms import DeskForm
from portal.booking.forms import WAITING_LIST, contact_rules, normalised
from portal.booking.models import booking_numbered
from portal.booking.weeks import times_for_staff
from portal.errors import Refused
from portal.programmes.models import Service, all_services
from portal.web.forms import choices

blueprint = Blueprint("desk", __name__, url_prefix="/rezerwacje/nowa")


@blueprint.route("", methods=["GET", "POST"])
@needs("bookings.read")
def book() -> ResponseReturnValue:
    """Everything on one page, in the order in which a talk on the phone goes."""
    services = all_services()
    asked = request.args.get("usluga")
    service = next((service for service in services if service.code == asked), next(iter(services), None))
    if service is None:
        return render_template("booking/staff/book.html", services=services, service=None)
    form = DeskForm(token=secrets.token_urlsafe(24), slot=request.args.get("termin"))
    if actions.receipt_of(form.token.data or ""):
        return _read_out(form)  # the same form once more: its slot is no longer among the choices
    form.slot.choices = _times(service, clock.now())
    if form.slot.data and form.slot.choices and not form.is_submitted():
        _ask_for_a_time(form, service)
    trouble = ""
    if form.validate_on_submit():
        try:
            actions.book(_wish(service, form), clock.now(), by=the_account())
        except Refused as refusal:
            trouble = refusal.code
            _ask_for_a_time(form, service)
        else:
            return _read_out(form)
    is_gone = _say_if_gone(form, service)
    page = render_template(
        "booking/staff/book.html", services=services, service=service, form=form, trouble=trouble
    )
    return page, 409 if trouble or is_gone else form.status


def _say_if_gone(form: DeskForm, service: Service) -> bool:
    """Whether the chosen time is no longer among those that staff may give; says so beside it."""
    is_gone = bool(form.slot.errors and form.slot.data)
    if is_gone:
        form.slot.errors = [_("This slot has just been taken. Choose another one.")]
        _ask_for_a_time(form, service)
    return is_gone


def _ask_for_a_time(form: DeskForm, service: Service) -> None:
    """Offer what is free now; the first on the list must not take the place of the time that was wanted."""
    times = _times(service, clock.now())
    form.slot.choices = times
    if form.slot.data not in {time.value for time in times}:
        form.slot.choices = [*choices([("", _("Choose the time of the talk"))]), *times]
        form.slot.data = ""


def _read_out(form: DeskForm) -> ResponseReturnValue:
    session["desk"] = form.token.data
    return redirect(url_for(".done"), 303)


def _times(service: Service, now: datetime) -> list[Any]:
    """The times that staff may give; where there are none, the waiting list."""
    times = times_for_staff(service, now)
    if not times and service.has_waiting_list:
        times = [(WAITING_LIST, _("Waiting list"))]
    return choices(times)


def _wish(service: Service, form: DeskForm) -> actions.Wish:
    answers = form.answers()
    return actions.Wish(
        service_id=service.id,
        slot_id=form.slot_id,
        name=form.name.data,
        channel=answers["channel"],
        contact=normalised(answers["channel"], answers["contact"]),
        rules=contact_rules(answers),
        needs=tuple(answers["needs"]),
        other_need=answers["other"],
        language=form.language.data,
        form_token=form.token.data,
        hold_token=form.token.data,
        origin=form.origin.data,
    )


@blueprint.get("/kod")
@needs("bookings.read")
def done() -> ResponseReturnValue:
    """Reference and PIN to read out or print; gone when the next person is booked."""
    receipt = actions.receipt_of(session.get("desk", "")) or abort(404)
    booking = booking_numbered(receipt.booking_id) or abort(404)
    return render_template("booking/staff/booked.html", receipt=receipt, booking=booking, slot=booking.slot)
