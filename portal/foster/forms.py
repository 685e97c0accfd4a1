"""What people who are interested and staff type: shape only, turned into values."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField
from wtforms.validators import AnyOf, Optional, ValidationError

from portal.booking.forms import ContactForm, NeedsForm, ReachForm
from portal.web.forms import (
    Area,
    Form,
    Line,
    Other,
    RowForm,
    VersionForm,
    Whole,
    at_most,
    choices,
    required,
    row_number,
)

INTERESTS = [
    ("unknown", _l("I do not know yet")),
    ("family", _l("Foster family beside my own work")),
    ("professional", _l("Professional foster family, also in an emergency or for special care")),
    ("home", _l("Family-type children's home")),
    ("relatives", _l("I want to care for a grandchild, a sister or a brother")),
]
TRAININGS = [("yes", _l("Yes")), ("no", _l("No")), ("unknown", _l("I do not know"))]
MEETINGS = [
    ("here", _l("At the centre")),
    ("phone", _l("By phone")),
    ("morning", _l("In the morning")),
    ("afternoon", _l("In the afternoon")),
]
STAFF_REASONS = [
    ("goes_on", _l("Goes on to the application")),
    ("not_now", _l("Not now")),
    ("no_answer", _l("Could not be reached")),
    ("elsewhere", _l("Lives elsewhere: passed on")),
    ("relatives", _l("A relative: goes through the court")),
    ("withdrawn", _l("Has withdrawn")),
]
REASON_NAMES = dict(STAFF_REASONS) | {"expired": _l("Nobody ended it in time")}
STATE_NAMES = {
    "new": _l("New"),
    "in_contact": _l("In contact"),
    "talk_booked": _l("Talk arranged"),
    "finished": _l("Finished"),
}
NAMES = {
    "interests": dict(INTERESTS),
    "trainings": dict(TRAININGS),
    "meetings": dict(MEETINGS),
    "reasons": REASON_NAMES,
    "states": STATE_NAMES,
}


class InterestForm(ReachForm, ContactForm, NeedsForm):
    """All that is asked (R69), and nothing that R70 forbids. `token` makes one form one enquiry."""

    token = Line(validators=[required(_l("Reload the page and try again")), at_most(60)])
    district = Line(_l("Town or district where you live"), validators=[at_most(120)])
    interests = SelectMultipleField(_l("What interests you?"), choices=choices(INTERESTS))
    training = RadioField(
        _l("Do you have a certificate of the training for foster parents?"),
        choices=choices(TRAININGS),
        validators=[Optional()],
    )
    meeting = SelectMultipleField(_l("How and when would you like to talk?"), choices=choices(MEETINGS))
    question = Area(_l("Your question"), validators=[at_most(500)])

    def answers(self) -> dict[str, Any]:
        """What was chosen and typed."""
        return ContactForm.answers(self) | NeedsForm.answers(self)


class TalkForm(Form):
    """A talk alone, or a meeting of several people."""

    kind = SelectField(default="talk", choices=choices([("talk", ""), ("meeting", "")]))


class TimeForm(Form):
    """A time that staff give to somebody on the phone."""

    slot = SelectField(_l("Day and hour"), coerce=row_number, validate_choice=False)


class NewWishForm(ReachForm, VersionForm):
    """Another way to reach the person from now on."""


class StepForm(VersionForm):
    """How far an open enquiry is."""

    to = SelectField(choices=choices(pair for pair in STATE_NAMES.items() if pair[0] != "finished"))


class EndForm(VersionForm):
    """How an enquiry ended."""

    reason = RadioField(
        _l("How did it end?"),
        choices=choices(STAFF_REASONS),
        validators=[required(_l("Choose how it ended"))],
    )


class NoteForm(VersionForm):
    """What colleagues should know."""

    note = Area(_l("Note for the team"), validators=[at_most(2000)])


class AssignForm(VersionForm):
    """Whose it is; nobody's when empty."""

    to = Other(_l("Who looks after it"))


LONGEST_QUESTION, LONGEST_ANSWER = at_most(200), at_most(5000)


class QuestionForm(RowForm):
    """A question and its answer; a translation has both or is left out."""

    question = Line(_l("Question"), validators=[required(_l("Write the question")), LONGEST_QUESTION])
    answer = Area(_l("Answer"), validators=[required(_l("Write the answer")), LONGEST_ANSWER])
    question_uk = Line(_l("Question in Ukrainian"), default="", validators=[LONGEST_QUESTION])
    answer_uk = Area(_l("Answer in Ukrainian"), default="", validators=[LONGEST_ANSWER])
    question_en = Line(_l("Question in English"), default="", validators=[LONGEST_QUESTION])
    answer_en = Area(_l("Answer in English"), default="", validators=[LONGEST_ANSWER])
    is_shown = BooleanField(_l("Residents read it"), default=True)

    def validate_answer_uk(self, field: Any) -> None:
        """Both or none."""
        _both_or_none(self.question_uk, field)

    def validate_answer_en(self, field: Any) -> None:
        """Both or none."""
        _both_or_none(self.question_en, field)


def _both_or_none(question: Any, answer: Any) -> None:
    if bool(question.data) != bool(answer.data):
        raise ValidationError(_l("Translate both the question and the answer, or leave both empty"))


class MoveForm(Form):
    """One place up or down."""

    places = Whole(validators=[AnyOf([-1, 1])])
