"""Choosing what a text shows, the same for every kind of text."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectMultipleField

from portal import clock
from portal.accounts.session import the_account
from portal.errors import Refused
from portal.media.models import Medium, media_numbered, newest_media
from portal.typography import typography
from portal.web.editing import newer_text
from portal.web.forms import RevisionForm, choices, row_number


class ChoiceForm(RevisionForm):
    """Which media a text shows."""

    media = SelectMultipleField(_l("What the page shows"), coerce=row_number)


def choosing(latest: Any, attach: Callable[..., Any], back: str) -> ResponseReturnValue:
    """The page on which somebody chooses among what the newest text shows already and what was brought last; they belong to it,
    so another choice is saved as another text, by `attach(media, base_revision, by=, now=)`."""
    form, offered = _choice(latest)
    newer = None
    if form.validate_on_submit():
        try:
            attach(form.media.data or (), form.base_revision.data, by=the_account(), now=clock.now())
        except Refused as refusal:
            newer = newer_text(refusal)
            form.base_revision.data = newer.number
        else:
            flash(_("The choice has been saved. Residents see it after you publish it."))
            return redirect(back, 303)
    page = render_template(
        "media/staff/choose.html", title=latest.title, back=back, form=form, media=offered, newer=newer
    )
    return page, Refused.status if newer else form.status


def _choice(latest: Any) -> tuple[ChoiceForm, list[Medium]]:
    first = media_numbered(latest.media)
    offered = [*first, *(medium for medium in newest_media() if medium not in first)]
    form = ChoiceForm(media=list(latest.media), base_revision=latest.number)
    form.media.choices = choices((medium.id, typography(medium.title)) for medium in offered)
    return form, offered
