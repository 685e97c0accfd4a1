"""Written pages as editors keep them."""

from flask import Blueprint, abort, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException

from portal import clock
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.errors import Refused
from portal.i18n import LANGUAGES
from portal.pages import actions
from portal.pages.forms import BaseForm, NewPageForm, PageForm, PublishForm
from portal.pages.models import Page, PageRevision, page_numbered, pages_to_edit, revision_numbered
from portal.writing.compare import differences
from portal.writing.staff import put_in_order

blueprint = Blueprint("pages", __name__, url_prefix="/strony")

PAGES = {"pages.show", "front.foster_care"}
RESERVED = {"panel", "static", *LANGUAGES}


@blueprint.get("")
@needs("content.edit")
def index() -> ResponseReturnValue:
    """Every page with its state."""
    return render_template("pages/staff/index.html", pages=pages_to_edit())


@blueprint.route("/nowa", methods=["GET", "POST"])
@needs("content.edit")
def new() -> ResponseReturnValue:
    """Write a new page."""
    form = NewPageForm()
    if form.validate_on_submit():
        try:
            path, code = _free(form.path.data), form.language.data
            page = actions.draft(path, form.text(), by=the_account(), now=clock.now(), language=code)
        except Refused as refusal:
            if not _explained(form, refusal):
                raise
        else:
            flash(_("The draft has been saved."))
            return _back(page.id)
    return render_template("pages/staff/edit.html", form=form, page=None), form.status


def _free(path: str) -> str:
    """The path, if it is none of the program's own. Raises `Refused("taken")`."""
    try:
        endpoint, _values = current_app.url_map.bind("").match(f"/{path}", method="GET")
    except HTTPException:
        endpoint = ""
    if endpoint not in PAGES or path.split("/")[0] in RESERVED:
        raise Refused("taken")
    return path


@blueprint.get("/<int:page_id>")
@needs("content.edit")
def show(page_id: int) -> ResponseReturnValue:
    """Preview of the newest text, its history, and what can be done with it."""
    return _show(the_page(page_id))


@blueprint.route("/<int:page_id>/edytuj", methods=["GET", "POST"])
@needs("content.edit")
def edit(page_id: int) -> ResponseReturnValue:
    """Change the text; when somebody else has saved meanwhile, show both texts."""
    page = the_page(page_id)
    form = PageForm(obj=page.latest, base_revision=page.latest.number)
    newer: PageRevision | None = None
    if form.validate_on_submit():
        try:
            base = form.base_revision.data
            actions.revise(page_id, form.text(), base, by=the_account(), now=clock.now())
            flash(_("The text has been saved."))
            return _back(page_id)
        except Refused as refusal:
            if not _explained(form, refusal):
                newer = newer_text(refusal)
                form.base_revision.data = newer.number
    template = render_template("pages/staff/edit.html", form=form, page=page, newer=newer)
    return template, Refused.status if newer else form.status


@blueprint.post("/podglad")
@blueprint.post("/<int:page_id>/podglad")
@needs("content.edit")
def preview(page_id: int | None = None) -> ResponseReturnValue:
    """The typed text as residents would see it; nothing is saved."""
    page = the_page(page_id) if page_id else None
    form = PageForm() if page else NewPageForm()
    is_tidy = put_in_order(form.body)
    return render_template("pages/staff/preview.html", form=form, page=page, is_tidy=is_tidy)


@blueprint.post("/<int:page_id>/opublikuj")
@needs("content.edit")
def publish(page_id: int) -> ResponseReturnValue:
    """Let residents read the newest text."""
    page, form = the_page(page_id), PublishForm()
    if not form.validate_on_submit():
        return _show(page, form), form.status
    try:
        base, reason = form.base_revision.data, form.reason.data or ""
        actions.publish(page_id, base, by=the_account(), now=clock.now(), reason=reason)
    except Refused as refusal:
        newer_text(refusal)
        form.base_revision.data = the_page(page_id).latest.number
        return _show(the_page(page_id), form, refusal.code), refusal.status
    flash(_("Residents can read the page now."))
    return _back(page_id)


@blueprint.post("/<int:page_id>/wycofaj")
@needs("content.edit")
def withdraw(page_id: int) -> ResponseReturnValue:
    """Take the page away from residents."""
    try:
        actions.withdraw(page_id, by=the_account(), now=clock.now())
    except Refused as refusal:
        return _show(the_page(page_id), trouble=refusal.code), refusal.status
    flash(_("The page has been withdrawn."))
    return _back(page_id)


@blueprint.route("/<int:page_id>/tekst/<int:number>", methods=["GET", "POST"])
@needs("content.edit")
def old(page_id: int, number: int) -> ResponseReturnValue:
    """One saved text; posting restores it as the newest one."""
    page = the_page(page_id)
    text = revision_numbered(page_id, number) or abort(404)
    form = BaseForm(base_revision=page.latest.number)
    trouble, status = "", form.status
    if form.validate_on_submit():
        try:
            base = form.base_revision.data
            actions.restore(page_id, number, base, by=the_account(), now=clock.now())
            flash(_("The old text has been saved as the newest one. Residents read it after you publish it."))
            return _back(page_id)
        except Refused as refusal:
            form.base_revision.data = newer_text(refusal).number
            trouble, status = refusal.code, refusal.status
    found = differences(_fields(text, page.latest))
    template = "pages/staff/old.html"
    return render_template(
        template, page=page, text=text, form=form, trouble=trouble, differences=found
    ), status


def _fields(old: PageRevision, new: PageRevision) -> list[tuple[str, str, str]]:
    return [
        (field.label.text, getattr(old, field.name), getattr(new, field.name))
        for field in PageForm(formdata=None)
        if hasattr(new, field.name)
    ]


def the_page(page_id: int) -> Page:
    """The page of this number; 404 when there is none."""
    return page_numbered(page_id) or abort(404)


def _show(page: Page, form: PublishForm | None = None, trouble: str = "") -> str:
    form = form or PublishForm(formdata=None, base_revision=page.latest.number)
    return render_template("pages/staff/show.html", page=page, text=page.latest, form=form, trouble=trouble)


def newer_text(refusal: Refused) -> PageRevision:
    """The text that somebody else has saved meanwhile; any other refusal goes on."""
    current = refusal.details.get("current")
    if not isinstance(current, PageRevision):
        raise refusal
    return current


def _explained(form: PageForm, refusal: Refused) -> bool:
    """Whether the refusal could be told beside a field."""
    if refusal.code == "taken" and isinstance(form, NewPageForm):
        form.path.errors = [_("There is a page at this address already, in this language")]
        return True
    if refusal.code == "crosses":
        form.body.errors = [
            _("A text leads to a booking that is for people whom these must not meet. Take the link out.")
        ]
        return True
    return False


def _back(page_id: int) -> ResponseReturnValue:
    return redirect(url_for(".show", page_id=page_id), 303)
