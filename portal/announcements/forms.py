"""What an editor types."""

from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.widgets import HiddenInput

from portal.announcements.actions import Draft
from portal.web.forms import Area, Day, Form, Line, Whole, at_most, choices, required

CATEGORY_NAMES = {
    "programmes": _l("Programmes"),
    "foster_care": _l("Foster care"),
    "benefits": _l("Benefits"),
    "centre": _l("The centre"),
}


class AnnouncementForm(Form):
    """An announcement's text and the facts that go with it."""

    title = Line(_l("Title"), validators=[required(_l("Enter a title")), at_most(200)])
    lead = Area(_l("Lead"), validators=[required(_l("Write one or two sentences")), at_most(500)])
    body = Area(_l("Text"), validators=[required(_l("Write the text")), at_most(50_000)])
    category = SelectField(_l("Category"), choices=choices(CATEGORY_NAMES.items()))
    programme_id = SelectField(_l("Programme"), coerce=int)
    valid_until = Day(_l("Valid until"), validators=[required(_l("Enter the last day on which it is valid"))])
    base_revision = Whole(
        widget=HiddenInput(), default=0, validators=[required(_l("Reload the page and try again"))]
    )

    def draft(self) -> Draft:
        """The typed values."""
        return Draft(
            title=self.title.data or "",
            lead=self.lead.data or "",
            body=self.body.data or "",
            category=self.category.data,
            programme_id=self.programme_id.data or None,
            valid_until=self.valid_until.data,
        )
