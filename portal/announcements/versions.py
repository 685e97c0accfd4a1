"""Old texts of an announcement, what it shows, and its texts in other languages."""

from collections.abc import Iterator
from functools import partial

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.announcements import actions
from portal.announcements.forms import CATEGORY_NAMES, TranslationForm
from portal.announcements.models import TRANSLATED, Revision, revision_numbered
from portal.announcements.staff import the_announcement
from portal.errors import Refused
from portal.i18n import LANGUAGES
from portal.media.choosing import choosing
from portal.web.editing import newer_text
from portal.web.forms import number_in
from portal.writing.compare import differences
from portal.writing.restoring import restoring

blueprint = Blueprint("versions", __name__, url_prefix="/ogloszenia")


@blueprint.route("/<int:announcement_id>/tekst/<int:number>", methods=["GET", "POST"])
@needs("announcements.edit")
def old(announcement_id: int, number: int) -> ResponseReturnValue:
    """One saved text; posting restores it as the newest one."""
    announcement = the_announcement(announcement_id)
    text = revision_numbered(announcement_id, number) or abort(404)
    restore, back = partial(actions.restore, announcement_id, number), _address(announcement_id)
    return restoring(text, announcement.latest, restore, back, _fields)


@blueprint.route("/<int:announcement_id>/media", methods=["GET", "POST"])
@needs("announcements.edit")
def choose_media(announcement_id: int) -> ResponseReturnValue:
    """Choose among what the announcement shows already and what was brought last."""
    latest = the_announcement(announcement_id).latest
    return choosing(latest, partial(actions.attach, announcement_id), _address(announcement_id))


@blueprint.get("/<int:announcement_id>/porownaj")
@needs("announcements.edit")
def compare(announcement_id: int) -> ResponseReturnValue:
    """Two texts side by side; by default the one that residents read, or else the one before, beside the newest."""
    announcement = the_announcement(announcement_id)
    read = announcement.read_at(clock.now())
    latest = announcement.latest
    before = read.revision if read and read.revision_id != latest.id else announcement.revisions[-2:][0]
    old, new = (
        revision_numbered(announcement_id, number_in(request.args.get(name)) or usual.number) or abort(404)
        for name, usual in (("stary", before), ("nowy", latest))
    )
    return render_template(
        "announcements/staff/compare.html",
        announcement=announcement,
        old=old,
        new=new,
        differences=differences(_fields(old, new)),
    )


def _fields(old: Revision, new: Revision) -> Iterator[tuple[str, str, str]]:
    """Label, old and new text of everything that a revision holds."""
    for name, label in (
        ("title", _("Title")),
        ("lead", _("Lead")),
        ("body", _("Text")),
        ("easy_text", _("Easy-to-read text")),
    ):
        yield label, getattr(old, name), getattr(new, name)
    facts = [
        (
            str(CATEGORY_NAMES[text.category]),
            text.programme.title if text.programme else _("None"),
            text.valid_from.isoformat() if text.valid_from else "",
            text.valid_until.isoformat(),
            text.author,
        )
        for text in (old, new)
    ]
    labels = (
        _("Category"),
        _("Programme"),
        _("Valid from"),
        _("Valid until"),
        _("Who answers for the content"),
    )
    yield from zip(labels, *facts, strict=True)
    for code in TRANSLATED:
        yield LANGUAGES[code], _translated(old, code), _translated(new, code)


def _translated(text: Revision, code: str) -> str:
    words = text.translation(code)
    return f"{words.title}\n{words.lead}\n{words.body}" if words else ""


@blueprint.route("/<int:announcement_id>/tlumaczenie/<language>", methods=["GET", "POST"])
@needs("announcements.edit")
def translation(announcement_id: int, language: str) -> ResponseReturnValue:
    """The text in another language, written beside the Polish one."""
    announcement = the_announcement(announcement_id)
    if language not in TRANSLATED:
        abort(404)
    latest = announcement.latest
    form = TranslationForm(obj=latest.translation(language), base_revision=latest.number)
    newer: Revision | None = None
    if form.validate_on_submit():
        try:
            words, base = form.words(language), form.base_revision.data
            actions.translate(announcement_id, words, base, by=the_account(), now=clock.now())
            flash(_("The translation has been saved. Residents read it after you publish it."))
            return redirect(_address(announcement_id), 303)
        except Refused as refusal:
            newer = newer_text(refusal)
            form.base_revision.data = newer.number
    page = render_template(
        "announcements/staff/translation.html",
        announcement=announcement,
        text=newer or latest,
        form=form,
        newer=newer,
        code=language,
        name=LANGUAGES[language],
    )
    return page, Refused.status if newer else form.status


def _address(announcement_id: int) -> str:
    return url_for("panel.announcements.show", announcement_id=announcement_id)
