"""Bringing files from a form: on a page of their own, or along with the text that shows them."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from flask import current_app
from flask_babel import gettext as _

from portal import clock
from portal.accounts.models import Account
from portal.accounts.session import the_account
from portal.errors import Refused
from portal.media import actions
from portal.media.content import type_of
from portal.media.forms import FilesForm
from portal.media.models import Medium
from portal.media.storing import Stored, remove_files, store_document, store_film, store_image
from portal.web.forms import Form


class Files(NamedTuple):
    """What somebody has sent of one medium."""

    kind: str
    file: Path
    captions: Path | None = None
    poster: Path | None = None

    def store(self, root: Path) -> Stored:
        """Check it and put it into its place. Raises `Refused`."""
        if self.kind == "film":
            return store_film(root, self.file, self.captions, self.poster)
        return (store_image if self.kind == "image" else store_document)(root, self.file)


def bring(root: Path, files: Files, words: Mapping[str, object], by: Account, now: datetime) -> Medium:
    """Store the files first, for that takes time; then give them a row. Raises `Refused`."""
    actions.refuse_too_many(by, now)
    stored = files.store(root)
    name = ""
    try:
        medium = actions.add(stored, words, by, now)
        name = medium.name
    finally:
        if name != stored.name:
            remove_files(root, stored.name)
    return medium


def sent_well(form: FilesForm) -> bool:
    """Whether somebody has sent the form of a text, and without a mistake. The files that came with it are kept in either case
    (see `bring_along`)."""
    if not form.is_submitted():
        return False
    form.validate()
    bring_along(form)
    return not form.errors


def bring_along(form: FilesForm) -> None:
    """Keep the film, called as the text is, and the picture or PDF that came with it: the form names them from then on. What is
    refused is said beside it, and it alone has to be chosen again."""
    root = current_app.config["MEDIA"]
    for field, files, words in _sent(form) if root else []:
        try:
            medium = bring(root, files, words, the_account(), clock.now())
        except Refused as refusal:
            blame(form, field, refusal)
        else:
            form.brought.add(medium)
            form.forget(field)


def blame(form: Form, field: str, refusal: Refused) -> None:
    """Say beside the file why it was refused, or beside what belongs to it when that was the reason."""
    if refusal.code == "not_captions":
        field = "captions"
    elif "poster" in form and refusal.code in {"not_an_image", "too_many_pixels", "unreadable"}:
        field = "poster"
    form[field].errors = [reason(refusal)]


def _sent(form: FilesForm) -> list[tuple[str, Files, dict[str, object]]]:
    """The fields in which there is a file with all that it needs, with the file and what is said of it."""
    sent: list[tuple[str, Files, dict[str, object]]] = []
    if form.film.path:
        title = form["title"].data or _("Film")
        files = Files("film", form.film.path, form.captions.path)
        sent.append(("film", files, {"title": title[:200], "is_pjm": form.is_pjm.data}))
    path, said = form.attachment.path, (form.attachment_title.data or "")[:200]
    if path and said:
        is_image = type_of(path).startswith("image/")
        files = Files("image" if is_image else "document", path)
        sent.append(("attachment", files, {"title": said} | ({"alt": said} if is_image else {})))
    return sent


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
            "This PDF is protected, or packed in a way that cannot be checked. Save it once more without a password (“print to PDF”)."
        ),
        "not_a_film": _("This is not an MP4 or WebM film. Save it in one of these formats and try again."),
        "not_captions": _("The captions are not a WebVTT file of at most 1 MB."),
        "too_many_today": _("You have added 200 files within a day. Go on tomorrow."),
        "no_room": _("There is no room for the file on the server. Tell the administrator."),
    }
    return str(sentences[refusal.code])
