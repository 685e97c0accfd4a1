"""Bringing files from a form: on a page of their own, or along with the text that shows them."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from flask_babel import gettext as _

from portal.accounts.models import Account
from portal.errors import Refused
from portal.media import actions
from portal.media.content import type_of
from portal.media.forms import FilesForm
from portal.media.models import Medium
from portal.media.storing import Stored, remove_files, store_document, store_film, store_image


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
    try:
        return actions.add(stored, words, by, now)
    except BaseException:
        remove_files(root, stored.name)
        raise


def bring_along(
    root: Path | None, form: FilesForm, title: str, by: Account, now: datetime
) -> list[int] | None:
    """The numbers of the film, called as the text is, and of the picture or PDF that came with a text; None when one of them is
    refused, which is then said beside it, and neither is kept."""
    brought: list[Medium] = []
    if root is None:
        return []
    for field, files, words in _sent(form, title):
        try:
            brought.append(bring(root, files, words, by, now))
        except Refused as refusal:
            form[field].errors = [reason(refusal)]
            for medium in brought:
                actions.remove(root, medium.id, by, now)
            return None
    return [medium.id for medium in brought]


def _sent(form: FilesForm, title: str) -> list[tuple[str, Files, dict[str, object]]]:
    """The fields in which there is a file, with the file and what is said of it."""
    sent: list[tuple[str, Files, dict[str, object]]] = []
    if form.film.path:
        sent.append(("film", Files("film", form.film.path), {"title": title, "is_pjm": form.is_pjm.data}))
    if path := form.attachment.path:
        said = form.attachment_title.data
        if type_of(path).startswith("image/"):
            sent.append(("attachment", Files("image", path), {"title": said[:200], "alt": said}))
        else:
            sent.append(("attachment", Files("document", path), {"title": said}))
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
