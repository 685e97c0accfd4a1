"""Written pages as editors keep them."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from flask import Blueprint, abort, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException

from portal import clock
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.errors import Refused
from portal.i18n import LANGUAGES
from portal.media.bringing import bring_along, sent_well
from portal.media.choosing import choosing
from portal.media.storing import FILM_MOST
from portal.pages import actions
from portal.pages.forms import NewPageForm, PageForm, PublishForm
from portal.pages.models import Page, PageRevision, page_numbered, pages_to_edit, revision_numbered
from portal.web.editing import newer_text
from portal.web.uploads import takes
from portal.writing.restoring import restoring
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
@takes(FILM_MOST)
def new() -> ResponseReturnValue:
    """Write a new page."""
    form = NewPageForm()
    if sent_well(form):
        try:
            path, code = _free(form.path.data), form.language.data
            page = actions.draft(path, _text(form), by=the_account(), now=clock.now(), language=code)
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
@takes(FILM_MOST)
def edit(page_id: int) -> ResponseReturnValue:
    """Change the text; when somebody else has saved meanwhile, show both texts."""
    page = the_page(page_id)
    form = _form(page)
    newer: PageRevision | None = None
    if sent_well(form):
        try:
            base = form.base_revision.data
            actions.revise(page_id, _text(form, page.latest.media), base, by=the_account(), now=clock.now())
            flash(_("The text has been saved."))
            return _back(page_id)
        except Refused as refusal:
            if not _explained(form, refusal):
                newer = newer_text(refusal)
                form.base_revision.data = newer.number
    template = render_template("pages/staff/edit.html", form=form, page=page, newer=newer)
    return template, Refused.status if newer else form.status


@blueprint.route("/podglad", methods=["GET", "POST"])
@blueprint.route("/<int:page_id>/podglad", methods=["GET", "POST"])
@needs("content.edit")
@takes(FILM_MOST)
def preview(page_id: int | None = None) -> ResponseReturnValue:
    """The typed text as residents would see it; it is not saved."""
    page = the_page(page_id) if page_id else None
    form = _form(page) if page else NewPageForm()
    bring_along(form)
    is_tidy = put_in_order(form.body)
    return render_template("pages/staff/preview.html", form=form, page=page, is_tidy=is_tidy)


@blueprint.route("/<int:page_id>/opublikuj", methods=["GET", "POST"])
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
    restore, back = partial(actions.restore, page_id, number), url_for(".show", page_id=page_id)
    return restoring(text, page.latest, restore, back, _fields, page.language)


@blueprint.route("/<int:page_id>/media", methods=["GET", "POST"])
@needs("content.edit")
def choose_media(page_id: int) -> ResponseReturnValue:
    """Choose among what the page shows already and what was brought last."""
    latest, back = the_page(page_id).latest, url_for(".show", page_id=page_id)
    return choosing(latest, partial(actions.attach, page_id), back)


def _fields(old: PageRevision, new: PageRevision) -> list[tuple[str, str, str]]:
    return [
        (field.label.text, getattr(old, field.name), getattr(new, field.name))
        for field in PageForm(formdata=None)
        if hasattr(new, field.name)
    ]


def _text(form: PageForm, shown: Sequence[int] = ()) -> actions.Text:
    """What was typed, with the files that came along after those that the page shows."""
    return replace(form.text(), media=[*shown, *(form.brought.data or ())])


def _form(page: Page) -> PageForm:
    return PageForm(obj=page.latest, base_revision=page.latest.number)


def the_page(page_id: int) -> Page:
    """The page of this number; 404 when there is none."""
    return page_numbered(page_id) or abort(404)


def _show(page: Page, form: PublishForm | None = None, trouble: str = "") -> str:
    form = form or PublishForm(formdata=None, base_revision=page.latest.number)
    return render_template("pages/staff/show.html", page=page, text=page.latest, form=form, trouble=trouble)


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
