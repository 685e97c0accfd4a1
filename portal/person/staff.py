"""Pages on which administrators hand somebody a copy of what is kept about them, or erase it, when the person asks (R104)."""

from collections.abc import Sequence

from flask import Blueprint, abort, flash, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.permissions import needs
from portal.accounts.proofs import is_confirmed
from portal.accounts.session import the_account
from portal.conflicts.staff import card_url, list_url
from portal.person import actions
from portal.person.forms import RightsForm
from portal.person.paper import NAMES, text_of

blueprint = Blueprint("person", __name__, url_prefix="/osoby")


@blueprint.route("/<kind>/<int:subject_id>/kopia", methods=["GET", "POST"])
@needs("person.rights")
def copy(kind: str, subject_id: int) -> ResponseReturnValue:
    """A copy of everything as one text, after the password once more (S53); that it was made is noted."""
    records, form = actions.belonging_to(kind, subject_id) or abort(404), RightsForm()
    if actions.is_erased(records[0]):
        abort(404)
    if form.validate_on_submit() and is_confirmed(form):
        facts = actions.copy_of(records, clock.now(), by=the_account())
        name = f'attachment; filename="kopia-{records[0].reference}.txt"'
        return text_of(facts), 200, {"Content-Type": "text/plain; charset=utf-8", "Content-Disposition": name}
    return _page("copy", records, form)


@blueprint.route("/<kind>/<int:subject_id>/usuniecie", methods=["GET", "POST"])
@needs("person.rights")
def erase(kind: str, subject_id: int) -> ResponseReturnValue:
    """Erase the person for good, after the password once more (S53); a second press finds it done."""
    records, form = actions.belonging_to(kind, subject_id) or abort(404), RightsForm()
    if not actions.is_erased(records[0]):
        if not (form.validate_on_submit() and is_confirmed(form)):
            return _page("erase", records, form)
        actions.erase(records, clock.now(), by=the_account())
    flash(_("Erased. Only numbers without a name are left."))
    return redirect(list_url(kind), 303)


def _page(what: str, records: Sequence[actions.Record], form: RightsForm) -> ResponseReturnValue:
    page = render_template(
        f"person/staff/{what}.html",
        records=records,
        others=actions.with_same_contact(records),
        kind_names=NAMES,
        card_url=card_url,
        back=card_url(records[0].kind, records[0].row_id),
        stands_under=list_url(records[0].kind),
        form=form,
    )
    return page, form.status
