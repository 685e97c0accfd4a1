"""What an editor types."""

import re
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.validators import Optional, ValidationError

from portal import clock
from portal.announcements.actions import Draft, Words
from portal.media.forms import FilesForm
from portal.web.forms import Area, Day, Form, Hour, Line, RevisionForm, at_most, choices, required, row_number

CATEGORY_NAMES = {
    "programmes": _l("Programmes"),
    "foster_care": _l("Foster care"),
    "benefits": _l("Benefits"),
    "centre": _l("The centre"),
}
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class AnnouncementForm(RevisionForm, FilesForm):
    """An announcement's text and the facts that go with it."""

    title = Line(_l("Title"), validators=[required(_l("Enter a title")), at_most(200)])
    lead = Area(_l("Lead"), validators=[required(_l("Write one or two sentences")), at_most(500)])
    body = Area(_l("Text"), validators=[required(_l("Write the text")), at_most(50_000)])
    easy_text = Area(_l("Easy-to-read text"), validators=[at_most(20_000)])
    category = SelectField(_l("Category"), choices=choices(CATEGORY_NAMES.items()))
    programme_id = SelectField(_l("Programme"), coerce=row_number)
    valid_from = Day(_l("Valid from"), validators=[Optional()])
    valid_until = Day(_l("Valid until"), validators=[required(_l("Enter the last day on which it is valid"))])
    author = Line(_l("Who answers for the content"), validators=[at_most(120)])

    def validate_valid_from(self, field: Day) -> None:
        """It begins before it ends."""
        if field.data and self.valid_until.data and field.data > self.valid_until.data:
            raise ValidationError(_("The first day comes after the last one"))

    def draft(self) -> Draft:
        """The typed values."""
        return Draft(
            title=self.title.data or "",
            lead=self.lead.data or "",
            body=self.body.data or "",
            easy_text=self.easy_text.data or "",
            category=self.category.data,
            programme_id=self.programme_id.data or None,
            valid_from=self.valid_from.data,
            valid_until=self.valid_until.data,
            author=self.author.data or "",
        )


class TranslationForm(RevisionForm):
    """The same text in another language; an empty title takes the translation away."""

    title = Line(_l("Title"), validators=[at_most(200)])
    lead = Area(_l("Lead"), validators=[at_most(500)])
    body = Area(_l("Text"), validators=[at_most(50_000)])

    def validate_body(self, field: Area) -> None:
        """A translation is whole or not there."""
        given = [bool(each.data) for each in (self.title, self.lead, field)]
        if any(given) and not all(given):
            raise ValidationError(_("Write the title, the lead and the text, or leave all three empty"))

    def words(self, language: str) -> Words:
        """The typed values."""
        return Words(language, self.title.data or "", self.lead.data or "", self.body.data or "")


class PublishForm(RevisionForm):
    """When residents shall read the newest text, and why it has changed. No day means at once."""

    day = Day(_l("Day"), validators=[Optional()])
    hour = Hour(_l("Hour"), validators=[Optional()])
    reason = Line(_l("What has changed, and why"), validators=[at_most(200)])
    asks_reason = False

    @property
    def at(self) -> datetime | None:
        """The moment, when one was given; the earlier one where clocks are put back."""
        if not (self.day.data and self.hour.data):
            return None
        return clock.at_local(datetime.combine(self.day.data, self.hour.data))[0]

    def validate_day(self, _field: Day) -> None:
        """A day has an hour."""
        if not self.hour.raw_data or not self.hour.raw_data[0]:
            raise ValidationError(_("Enter the hour too, or neither day nor hour to publish at once"))

    def validate_hour(self, field: Hour) -> None:
        """An hour has a day, and the day has that hour."""
        if not self.day.raw_data or not self.day.raw_data[0]:
            raise ValidationError(_("Enter the day too, or neither day nor hour to publish at once"))
        wall = field.data and self.day.data and datetime.combine(self.day.data, field.data)
        if wall and not clock.at_local(wall):
            raise ValidationError(_("That night the clocks skip this hour. Choose another one."))

    def validate_reason(self, field: Line) -> None:
        """Residents read why a text that they knew has changed (R30)."""
        if self.asks_reason and not field.data:
            raise ValidationError(_("Write in a few words what has changed; residents will read it"))


class AddressForm(Form):
    """The last part of an announcement's address."""

    slug = Line(_l("Address"), validators=[required(_l("Enter an address")), at_most(100)])

    def validate_slug(self, field: Line) -> None:
        """Small letters, digits and hyphens, so that it can be read out."""
        if not SLUG.fullmatch(field.data):
            raise ValidationError(
                _("Use only small letters without diacritics, digits, and hyphens between words")
            )
