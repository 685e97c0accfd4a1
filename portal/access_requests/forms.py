"""What people who ask and staff type: shape only, turned into values."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField
from wtforms.validators import ValidationError

from portal.booking.forms import ContactForm, ReachForm
from portal.i18n import DEFAULT, LANGUAGES
from portal.web.forms import Area, Day, Line, VersionForm, at_most, choices, required

LONGEST = 2000
OUTCOMES = [
    ("fulfilled", _l("It is accessible now")),
    ("alternative", _l("It cannot be made accessible; we offer another way")),
    ("refused", _l("Refused")),
]
STATE_NAMES = {
    "new": _l("Waits for an answer"),
    "extended": _l("Takes longer, with notice"),
    "fulfilled": _l("Made accessible"),
    "alternative": _l("Another way offered"),
    "refused": _l("Refused"),
    "withdrawn": _l("Withdrawn by the person"),
    "expired": _l("Nobody ended it in time"),
}
KIND_NAMES = {"digital": _l("Digital accessibility"), "access": _l("Building or contact")}
NAMES = {"states": STATE_NAMES, "kinds": KIND_NAMES}


class _AskForm(ReachForm, ContactForm):
    """Whom we answer, and how (art. 18 and 30 of the acts ask for no more). `token` makes one form one request."""

    ends_with = ("name", "channel", "email", "phone", "may", "safe_from", "safe_to")
    channel = RadioField(
        _l("How can we reach you safely?"),
        validators=[required(_l("Choose how we can reach you: without it we cannot answer"))],
    )
    token = Line(validators=[required(_l("Reload the page and try again")), at_most(60)])


class DigitalForm(_AskForm):
    """A request for digital accessibility."""

    about = Area(
        _l("Which page or part of it does not work for you, and why?"),
        validators=[required(_l("Write which page or part of it does not work for you")), at_most(LONGEST)],
    )
    wish = Area(_l("Do you want the information in another form?"), validators=[at_most(LONGEST)])


class AccessForm(_AskForm):
    """An application for accessibility of the building or of contact."""

    about = Area(
        _l("What is the barrier?"), validators=[required(_l("Write what the barrier is")), at_most(LONGEST)]
    )
    wish = Area(_l("Which solution would you prefer?"), validators=[at_most(LONGEST)])


ASKING = {"digital": DigitalForm, "access": AccessForm}


def _written_in() -> SelectField:
    """In which language staff write what the person reads."""
    return SelectField(_l("Language in which you write"), choices=choices(LANGUAGES.items()), default=DEFAULT)


class ExtendForm(VersionForm):
    """It takes longer."""

    until = Day(_l("New last day for the answer"), validators=[required(_l("Enter the new last day"))])
    reason = Area(
        _l("Why it takes longer"),
        validators=[required(_l("Write why it takes longer; the person reads it")), at_most(LONGEST)],
    )
    reason_language = _written_in()


class ReplyForm(VersionForm):
    """The answer."""

    outcome = RadioField(
        _l("What is the answer?"),
        choices=choices(OUTCOMES),
        validators=[required(_l("Choose the answer"))],
    )
    words = Area(
        _l("What was done, or the reasons"),
        validators=[
            required(_l("Write what was done or the reasons; the person reads it")),
            at_most(LONGEST),
        ],
    )
    instead = Area(_l("What we offer instead"), validators=[at_most(LONGEST)])
    words_language = _written_in()

    def validate_instead(self, field: Any) -> None:
        """Whoever cannot make it accessible offers another way (art. 18 and art. 7 of the acts)."""
        if self.outcome.data == "alternative" and not field.data:
            raise ValidationError(_l("Write in which other way the person gets it"))
