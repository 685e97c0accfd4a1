"""Certificates as staff prepare and print them; whoever does so is noted."""

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from markupsafe import Markup

from portal import clock
from portal.accounts.audit import record
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.errors import Refused
from portal.groups import certificates
from portal.groups.forms import CertificateForm
from portal.groups.models import certificate_numbered

blueprint = Blueprint("certificates", __name__, url_prefix="/zaswiadczenia")

KINDS = {"zgloszenie": "reporting", "ukonczenie": "completion"}
PAPER_LANGUAGE = "pl"


@blueprint.route("/<any(zgloszenie, ukonczenie):word>/<int:booking_id>", methods=["GET", "POST"])
@needs("groups.manage")
def prepare(word: str, booking_id: int) -> ResponseReturnValue:
    """What is recorded and what is missing; when nothing is, posting makes the paper."""
    found = certificates.facts(KINDS[word], booking_id)
    record(the_account(), "certificate_prepared", "booking", booking_id, clock.now())
    form = CertificateForm(name=found.name)
    trouble = ""
    if form.validate_on_submit():
        try:
            made = certificates.issue(
                KINDS[word], booking_id, form.name.data, by=the_account(), now=clock.now()
            )
        except Refused as refusal:
            trouble = refusal.code
        else:
            return redirect(url_for(".paper", certificate_id=made.id), 303)
    page = render_template("groups/staff/prepare.html", found=found, form=form, trouble=trouble)
    return page, 409 if trouble else form.status


@blueprint.get("/<int:certificate_id>")
@needs("groups.manage")
def paper(certificate_id: int) -> ResponseReturnValue:
    """The certificate to print, in Polish whatever the language of the panel; reading it is noted."""
    certificate = certificate_numbered(certificate_id) or abort(404)
    record(the_account(), "certificate_read", "certificate", certificate_id, clock.now())
    with force_locale(PAPER_LANGUAGE):
        paper = Markup(render_template("groups/staff/_certificate.html", certificate=certificate))  # noqa: S704
    return render_template("groups/staff/paper.html", certificate=certificate, paper=paper)
