"""Benefits as editors keep them."""

from functools import partial

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.benefits import actions
from portal.benefits.forms import AmountForm, BenefitForm
from portal.benefits.models import Benefit, BenefitAmount, benefits_to_edit
from portal.db import db
from portal.errors import Refused
from portal.web.editing import saved
from portal.web.forms import VersionForm

blueprint = Blueprint("benefits", __name__, url_prefix="/swiadczenia")


@blueprint.get("")
@needs("content.edit")
def index() -> ResponseReturnValue:
    """Every benefit with today's amount and the next one."""
    today = clock.day_of(clock.now())
    return render_template("benefits/staff/index.html", benefits=benefits_to_edit(), today=today)


@blueprint.route("/nowe", methods=["GET", "POST"])
@needs("content.edit")
def new() -> ResponseReturnValue:
    """Add a benefit."""
    return _edit(None)


@blueprint.route("/<int:benefit_id>", methods=["GET", "POST"])
@needs("content.edit")
def edit(benefit_id: int) -> ResponseReturnValue:
    """Change a benefit; its amounts stand below."""
    return _edit(_the(benefit_id))


@blueprint.route("/<int:benefit_id>/kwoty/nowa", methods=["GET", "POST"])
@needs("content.edit")
def new_amount(benefit_id: int) -> ResponseReturnValue:
    """Enter an amount, also ahead of its time."""
    return _edit_amount(_the(benefit_id), None)


@blueprint.route("/<int:benefit_id>/kwoty/<int:amount_id>", methods=["GET", "POST"])
@needs("content.edit")
def amount(benefit_id: int, amount_id: int) -> ResponseReturnValue:
    """Change an amount."""
    return _edit_amount(_the(benefit_id), _amount(benefit_id, amount_id))


@blueprint.post("/<int:benefit_id>/kwoty/<int:amount_id>/usun")
@needs("content.edit")
def remove_amount(benefit_id: int, amount_id: int) -> ResponseReturnValue:
    """Take away an amount that was entered by mistake."""
    row, form = _amount(benefit_id, amount_id), VersionForm()
    if form.validate_on_submit():
        try:
            version = form.version.data
            actions.remove_amount(benefit_id, amount_id, version, by=the_account(), now=clock.now())
        except Refused as refusal:
            again = AmountForm(obj=row, formdata=None)
            again.show_newer(_amount(benefit_id, amount_id))
            return _amount_page(_the(benefit_id), row, again), refusal.status
        flash(_("Removed."))
    return redirect(url_for(".edit", benefit_id=benefit_id), 303)


def _edit(benefit: Benefit | None) -> ResponseReturnValue:
    form = BenefitForm(obj=benefit)
    benefit_id = benefit.id if benefit else None
    kept: list[Benefit] = []

    def save(version: int, values: dict[str, object]) -> None:
        kept.append(actions.save_benefit(benefit_id, version, values, by=the_account(), now=clock.now()))

    try:
        status = saved(form, save, benefit)
    except Refused as refusal:
        if refusal.code != "not_unique":
            raise
        form.title.errors = [_("There is something by this name already. Choose another one.")]
        status = form.status
    if status is not None:
        today = clock.day_of(clock.now())
        return render_template("benefits/staff/edit.html", form=form, benefit=benefit, today=today), status
    flash(_("Saved. Every page shows it from now on."))
    return redirect(url_for(".edit", benefit_id=kept[0].id), 303)


def _edit_amount(benefit: Benefit, row: BenefitAmount | None) -> ResponseReturnValue:
    form = AmountForm(obj=row)
    deed = {"by": the_account(), "now": clock.now()}
    save = partial(actions.save_amount, benefit.id, row.id if row else None, **deed)  # type: ignore[arg-type]
    try:
        status = saved(form, save, row)
    except Refused as refusal:
        if refusal.code not in {"overlap", "not_unique"}:
            raise
        form.valid_from.errors = [_("Another amount is valid on some of these days. End that one first.")]
        status = form.status
    if status is not None:
        return _amount_page(benefit, row, form), status
    flash(_("Saved. Pages show the amount by themselves from its first day on."))
    return redirect(url_for(".edit", benefit_id=benefit.id), 303)


def _the(benefit_id: int) -> Benefit:
    return db.session.get(Benefit, benefit_id) or abort(404)


def _amount(benefit_id: int, amount_id: int) -> BenefitAmount:
    row = db.session.get(BenefitAmount, amount_id)
    return row if row and row.benefit_id == benefit_id else abort(404)


def _amount_page(benefit: Benefit, row: BenefitAmount | None, form: AmountForm) -> str:
    return render_template("benefits/staff/amount.html", form=form, benefit=benefit, row=row)
