"""Choosing what a text shows, the same for every kind of text."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from wtforms import SelectMultipleField
from wtforms.widgets import HiddenInput

from portal.media.models import Medium, media_numbered, newest_media
from portal.typography import typography
from portal.web.forms import Form, Whole, choices, required


class ChoiceForm(Form):
    """Which media a text that was read as this number shows."""

    base_revision = Whole(
        widget=HiddenInput(), default=0, validators=[required(_l("Reload the page and try again"))]
    )
    media = SelectMultipleField(_l("What the page shows"), coerce=int)


def choice(shown: Sequence[int], number: int) -> tuple[ChoiceForm, list[Medium]]:
    """The form over what text no. `number` shows already and what was brought last, and these media."""
    first = media_numbered(shown)
    offered = [*first, *(medium for medium in newest_media() if medium not in first)]
    form = ChoiceForm(media=list(shown), base_revision=number)
    form.media.choices = choices((medium.id, typography(medium.title)) for medium in offered)
    return form, offered
