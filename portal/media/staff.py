"""Uploading, and what has been uploaded."""

from pathlib import Path
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.errors import Refused
from portal.media import actions
from portal.media.forms import DocumentForm, FileForm, FilmForm, ImageForm
from portal.media.models import STAFF_PAGE, Medium, medium_numbered, newest_media
from portal.media.storing import (
    MEBIBYTE,
    MOST_BYTES,
    Stored,
    remove_files,
    store_document,
    store_film,
    store_image,
)
from portal.web.forms import number_in
from portal.web.uploads import takes

blueprint = Blueprint("media", __name__, url_prefix="/media")

FORMS: dict[str, type[FileForm]] = {"image": ImageForm, "document": DocumentForm, "film": FilmForm}
FILES_MOST = 12 * MEBIBYTE
FILM_MOST = MOST_BYTES["film"] + FILES_MOST


@blueprint.get("")
@needs("media.edit")
def index() -> ResponseReturnValue:
    """What there is, newest first, by pages."""
    rows = newest_media(number_in(request.args.get("po")))
    next_mark = rows[STAFF_PAGE - 1].id if len(rows) > STAFF_PAGE else None
    return render_template(
        "media/staff/index.html", media=rows[:STAFF_PAGE], next_mark=next_mark, is_off=_root() is None
    )


@blueprint.route("/obraz", methods=["GET", "POST"], endpoint="image")
@needs("media.edit")
@takes(FILES_MOST)
def new_image() -> ResponseReturnValue:
    """Bring a picture."""
    return _new("image")


@blueprint.route("/dokument", methods=["GET", "POST"], endpoint="document")
@needs("media.edit")
@takes(FILES_MOST)
def new_document() -> ResponseReturnValue:
    """Bring a PDF."""
    return _new("document")


@blueprint.route("/film", methods=["GET", "POST"], endpoint="film")
@needs("media.edit")
@takes(FILM_MOST)
def new_film() -> ResponseReturnValue:
    """Bring a film."""
    return _new("film")


@blueprint.route("/<int:medium_id>", methods=["GET", "POST"])
@needs("media.edit")
def show(medium_id: int) -> ResponseReturnValue:
    """One medium as residents would see it; posting removes it for good."""
    medium = medium_numbered(medium_id)
    if medium is None or medium.removed_at:
        abort(404)
    if request.method == "POST":
        actions.remove(_root() or abort(404), medium_id, by=the_account(), now=clock.now())
        flash(_("The file has been removed from every page."))
        return redirect(url_for(".index"), 303)
    return render_template("media/staff/show.html", medium=medium)


def _root() -> Path | None:
    root: Path | None = current_app.config["MEDIA"]
    return root


def _new(kind: str) -> ResponseReturnValue:
    root = _root() or abort(404)
    form = FORMS[kind]()
    if form.validate_on_submit():
        try:
            medium = _bring(root, kind, form)
        except Refused as refusal:
            form["file"].errors = [reason(refusal)]
        else:
            flash(_("The file has been saved. You can add it to a text now."))
            return redirect(url_for(".show", medium_id=medium.id), 303)
    return render_template("media/staff/new.html", form=form, kind=kind), form.status


def _bring(root: Path, kind: str, form: Any) -> Medium:
    """Store the files first, for that takes time; then give them a row."""
    by, now = the_account(), clock.now()
    actions.refuse_too_many(by, now)
    stored = _stored(root, kind, form)
    try:
        return actions.add(stored, form.words(), by, now)
    except BaseException:
        remove_files(root, stored.name)
        raise


def _stored(root: Path, kind: str, form: Any) -> Stored:
    if kind == "image":
        return store_image(root, form.file.path)
    if kind == "document":
        return store_document(root, form.file.path)
    return store_film(root, form.file.path, form.captions.path, form.poster.path)


def reason(refusal: Refused) -> str:
    """The refusal in words."""
    sentences = {
        "too_big": _("The file is too large: at most %(most)d MB", most=refusal.details.get("most", 0)),
        "not_an_image": _(
            "This is not a JPEG, PNG or WebP picture. Save it in one of these formats and try again."
        ),
        "too_many_pixels": _("The picture has more than 40 million pixels. Make it smaller and try again."),
        "unreadable": _("The picture is damaged and cannot be read. Save it once more and try again."),
        "not_a_pdf": _("This is not a PDF. Put the text on the page itself, or save the document as PDF."),
        "active": _(
            "This PDF contains scripts, attachments or commands. Save it once more as a plain PDF (“print to PDF”)."
        ),
        "locked": _(
            "This PDF is protected or too complex to check. Save it without a password and try again."
        ),
        "not_a_film": _("This is not an MP4 or WebM film. Save it in one of these formats and try again."),
        "not_captions": _("The captions are not a WebVTT file of at most 1 MB."),
        "too_many_today": _("You have added 200 files within a day. Go on tomorrow."),
        "no_room": _("There is no room for the file on the server. Tell the administrator."),
    }
    return str(sentences[refusal.code])
