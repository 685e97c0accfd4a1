"""Pages on which staff say who must not see whom, who must not meet whom, and open a hidden card in an emergency."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.forms import ConfirmedForm
from portal.accounts.models import colleagues
from portal.accounts.permissions import PERMISSIONS, needs
from portal.accounts.proofs import is_confirmed
from portal.accounts.session import may, the_account
from portal.booking import pairs
from portal.booking.codes import read_reference
from portal.booking.models import booking_by_reference, booking_numbered
from portal.conflicts import actions
from portal.conflicts.forms import REASON_NAMES, ApartForm, HideForm, OpenForm
from portal.conflicts.models import (
    Record,
    all_conflicts,
    conflict_numbered,
    conflicts_about,
    is_there,
    openings,
)
from portal.errors import NotFound, Refused
from portal.web.forms import ConfirmForm, choices

blueprint = Blueprint("conflicts", __name__, url_prefix="/zastrzezenia")

CARDS = {
    "booking": ("panel.bookings.card", "booking_id"),
    "enquiry": ("panel.enquiries.card", "enquiry_id"),
    "access_request": ("panel.access_requests.card", "request_id"),
}


def card_url(kind: str, subject_id: int) -> str:
    """Where the card of a record is."""
    endpoint, name = CARDS[kind]
    values: dict[str, Any] = {name: subject_id}
    return url_for(endpoint, **values)


def list_url(kind: str) -> str:
    """Where the records of a kind are listed."""
    return url_for(CARDS[kind][0].replace(".card", ".index"))


@blueprint.get("")
@needs("accounts.manage")
def index() -> ResponseReturnValue:
    """What was opened in an emergency, and every mark there is."""
    return render_template(
        "conflicts/staff/index.html",
        openings=openings(),
        conflicts=all_conflicts(),
        card_url=card_url,
        reason_names=REASON_NAMES,
    )


@blueprint.post("/otwarcia/<int:opening_id>")
@needs("accounts.manage")
def see(opening_id: int) -> ResponseReturnValue:
    """A second person has seen what was opened."""
    if ConfirmForm().validate_on_submit():
        actions.see(opening_id, by=the_account(), now=clock.now())
        flash(_("Noted: you have seen it."))
    return redirect(url_for(".index"), 303)


@blueprint.route("/<int:conflict_id>/zdjecie", methods=["GET", "POST"])
@needs("accounts.manage")
def lift(conflict_id: int) -> ResponseReturnValue:
    """Let somebody see a card again; the password is asked once more (S53)."""
    mark = conflict_numbered(conflict_id) or abort(404)
    form = ConfirmedForm()
    if form.validate_on_submit() and is_confirmed(form):
        actions.lift(conflict_id, by=the_account(), now=clock.now())
        flash(_("The card can be seen again."))
        return redirect(url_for(".index"), 303)
    return render_template("conflicts/staff/lift.html", mark=mark, form=form), form.status


@blueprint.route("/<kind>/<int:subject_id>", methods=["GET", "POST"])
@needs("conflicts.set")
def about(kind: str, subject_id: int) -> ResponseReturnValue:
    """From whom a card is hidden; posting hides it from one more, after the password once more (S53)."""
    of = _known(kind, subject_id)
    form = _hide_form(kind)
    if not (form.validate_on_submit() and is_confirmed(form)):
        return _about(of, form), form.status
    try:
        actions.hide(of, int(form.account.data), by=the_account(), now=clock.now())
    except Refused:
        form.account.errors = [_("Nobody else would be left who may see this card")]
        return _about(of, form), 422
    if form.account.data == str(the_account().id):
        flash(_("From now on this card does not exist for you."))
        return redirect(url_for("panel.dashboard.today"), 303)
    flash(_("From now on this card does not exist for them."))
    return redirect(url_for(".about", kind=kind, subject_id=subject_id), 303)


@blueprint.route("/osobno/<int:booking_id>", methods=["GET", "POST"])
@needs("bookings.read")
def keep_apart(booking_id: int) -> ResponseReturnValue:
    """Say that this person and another one must not come on the same day."""
    of, form = _known("booking", booking_id), ApartForm()
    if not form.validate_on_submit():
        return _about(of, _hide_form("booking"), form), form.status
    other = booking_by_reference(read_reference(form.reference.data))
    try:
        pairs.keep_apart(booking_id, other.id if other else 0, by=the_account(), now=clock.now())
    except NotFound:
        form.reference.errors = [_("There is no such reference")]
    except Refused:
        form.reference.errors = [_("This is the reference of the same booking")]
    else:
        flash(_("Noted. If they come on the same day, it stands on the first page."))
        return redirect(url_for(".about", kind="booking", subject_id=booking_id), 303)
    return _about(of, _hide_form("booking"), form), 422


@blueprint.post("/osobno/<int:booking_id>/<int:pair_id>/koniec")
@needs("bookings.read")
def let_meet(booking_id: int, pair_id: int) -> ResponseReturnValue:
    """Take back that these two must not meet."""
    booking = booking_numbered(booking_id) or abort(404)
    if pair_id not in {pair.id for pair in pairs.pairs_of(booking)}:
        abort(404)
    if ConfirmForm().validate_on_submit():
        pairs.let_meet(pair_id, by=the_account(), now=clock.now())
        flash(_("Taken back."))
    return redirect(url_for(".about", kind="booking", subject_id=booking_id), 303)


@blueprint.route("/otwarcie", methods=["GET", "POST"])
@needs("conflicts.set")
def open_up() -> ResponseReturnValue:
    """Open a hidden card by its reference, with a reason; an administrator is told at once."""
    form = OpenForm()
    if form.validate_on_submit() and is_confirmed(form):
        try:
            of, was_hidden = actions.open_up(
                form.reference.data, form.reason.data, by=the_account(), now=clock.now()
            )
        except NotFound:
            form.reference.errors = [_("There is no such reference")]
        except Refused:
            form.reference.errors = [
                _("There is no administrator besides you who could be told. Ask a colleague to look.")
            ]
        else:
            if was_hidden:
                flash(_("You see this card for half an hour. The administrators are being told."))
            return redirect(card_url(*of), 303)
    return render_template("conflicts/staff/open.html", form=form), form.status


def _known(kind: str, subject_id: int) -> Record:
    """The record, if there is one and the role may read it; what is hidden is stopped at the gate."""
    if kind not in CARDS or not may(actions.READING[kind]) or not is_there(kind, subject_id):
        abort(404)
    return kind, subject_id


def _hide_form(kind: str) -> HideForm:
    form = HideForm()
    able = colleagues(PERMISSIONS[actions.READING[kind]])
    form.account.choices = choices([("", _("Choose")), *((str(one.id), one.name) for one in able)])
    return form


def _about(of: Record, form: HideForm, apart: ApartForm | None = None) -> str:
    kind, number = of
    booking = booking_numbered(number) if kind == "booking" else None
    return render_template(
        "conflicts/staff/about.html",
        kind=kind,
        subject_id=number,
        back=card_url(kind, number),
        stands_under=list_url(kind),
        conflicts=conflicts_about(kind, number),
        form=form,
        booking=booking,
        pairs=pairs.pairs_of(booking) if booking else [],
        apart=apart or (ApartForm(formdata=None) if booking else None),
    )
