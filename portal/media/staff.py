"""Uploading, and what has been uploaded."""

from collections.abc import Callable
from functools import partial
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
from portal.media.bringing import Files, blame, bring
from portal.media.forms import (
    DocumentForm,
    DocumentWordsForm,
    FileForm,
    FilmForm,
    FilmWordsForm,
    ImageForm,
    ImageWordsForm,
)
from portal.media.models import STAFF_PAGE, Medium, medium_numbered, newest_media
from portal.media.storing import FILES_MOST, FILM_MOST, store_beside
from portal.web.editing import saved
from portal.web.forms import number_in
from portal.web.uploads import takes

blueprint = Blueprint("media", __name__, url_prefix="/media")

FORMS: dict[str, type[FileForm]] = {"image": ImageForm, "document": DocumentForm, "film": FilmForm}
WORDS: dict[str, type[DocumentWordsForm | ImageWordsForm | FilmWordsForm]] = {
    "image": ImageWordsForm,
    "document": DocumentWordsForm,
    "film": FilmWordsForm,
}


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
    medium = _the(medium_id)
    if request.method == "POST":
        actions.remove(_root() or abort(404), medium_id, by=the_account(), now=clock.now())
        flash(_("The file has been removed from every page."))
        return redirect(url_for(".index"), 303)
    return render_template("media/staff/show.html", medium=medium)


@blueprint.route("/<int:medium_id>/slowa", methods=["GET", "POST"])
@needs("media.edit")
@takes(FILES_MOST)
def words(medium_id: int) -> ResponseReturnValue:
    """Correct what is said of a medium: its name, what a picture shows, what is said in a film."""
    medium = _the(medium_id)
    form = WORDS[medium.kind](obj=medium)
    try:
        status = saved(form, _changing(medium, form), medium)
    except Refused as refusal:
        if medium.kind != "film":
            raise
        blame(form, "captions", refusal)
        status = 422
    if status is not None:
        return render_template("media/staff/words.html", form=form, medium=medium), status
    flash(_("Saved. Every page that shows it says so from now on."))
    return redirect(url_for(".show", medium_id=medium_id), 303)


def _changing(medium: Medium, form: Any) -> Callable[[int, dict[str, Any]], Medium]:
    """How the words are saved, with the captions and the picture of a film that came along."""
    files = {name: form[name].path for name in ("captions", "poster") if name in form}
    bring = partial(store_beside, _root() or abort(404), **files) if any(files.values()) else None
    there = {f"has_{name}": True for name, path in files.items() if path}

    def save(version: int, words: dict[str, Any]) -> Medium:
        said = words | there
        return actions.change_words(medium.id, version, said, by=the_account(), now=clock.now(), bring=bring)

    return save


def _the(medium_id: int) -> Medium:
    medium = medium_numbered(medium_id)
    return abort(404) if medium is None or medium.removed_at else medium


def _root() -> Path | None:
    root: Path | None = current_app.config["MEDIA"]
    return root


def _new(kind: str) -> ResponseReturnValue:
    root = _root() or abort(404)
    form = FORMS[kind]()
    if form.validate_on_submit():
        try:
            medium = bring(root, _files(kind, form), form.words(), the_account(), clock.now())
        except Refused as refusal:
            blame(form, "file", refusal)
        else:
            flash(_("The file has been saved. You can add it to a text now."))
            return redirect(url_for(".show", medium_id=medium.id), 303)
    return render_template("media/staff/new.html", form=form, kind=kind), form.status


def _files(kind: str, form: Any) -> Files:
    more = (form.captions.path, form.poster.path) if kind == "film" else ()
    return Files(kind, form.file.path, *more)
