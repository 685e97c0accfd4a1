"""What an editor types of a page."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.validators import Regexp

from portal.i18n import DEFAULT, LANGUAGES
from portal.media.forms import FilesForm
from portal.pages.actions import Text
from portal.web.forms import Area, Line, RevisionForm, at_most, choices, required


class PageForm(RevisionForm, FilesForm):
    """The text of a page, and files that come along."""

    title = Line(_l("Title"), validators=[required(_l("Enter a title")), at_most(200)])
    window_title = Line(_l("Discreet title"), validators=[at_most(200)])
    lead = Area(_l("Lead"), validators=[at_most(500)])
    body = Area(_l("Text"), validators=[required(_l("Write the text")), at_most(50_000)])

    easy_text = Area(_l("Easy-to-read text"), validators=[at_most(20_000)])

    def text(self) -> Text:
        """The typed values."""
        return Text(
            title=self.title.data or "",
            window_title=self.window_title.data or "",
            lead=self.lead.data or "",
            body=self.body.data or "",
            easy_text=self.easy_text.data or "",
        )


class Address(Line):
    """The path of a page, without the slashes around it."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        self.data = (self.data or "").strip("/")


class NewPageForm(PageForm):
    """A page to be; its address is chosen once."""

    language = SelectField(_l("Language"), choices=choices(LANGUAGES.items()), default=DEFAULT)
    path = Address(
        _l("Address"),
        validators=[
            required(_l("Enter an address")),
            at_most(120),
            Regexp(
                r"[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*)*$",
                message=_l("Use small letters without accents, digits, hyphens and slashes"),
            ),
        ],
    )

    @property
    def written_in(self) -> str:
        """The chosen language; the portal's own when what was sent is none."""
        return self.language.data if self.language.data in LANGUAGES else DEFAULT


class PublishForm(RevisionForm):
    """Why residents get another text."""

    reason = Line(_l("What has changed"), validators=[at_most(200)])
