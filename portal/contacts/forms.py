"""What editors type of units and help lines."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField
from wtforms.validators import ValidationError

from portal.booking.forms import read_phone
from portal.contacts.hours import spans_in, written
from portal.i18n import FULL_LENGTH, phone_text
from portal.text import read_email
from portal.web.forms import Area, Day, Line, Other, RowForm, at_most, not_in_future, required, whole

SHORTEST, LONGEST_SHORT = 3, 6
NUMBER = _l("Enter a phone number, for example 85 000 00 01 or 116 111")


class Number(Line):
    """A phone number: a short one (112, 116 111) or a subscriber's, shown as people read it."""

    def process_data(self, value: Any) -> None:
        super().process_data(phone_text(value).replace("\N{NO-BREAK SPACE}", " ") if value else "")

    @property
    def stored(self) -> str:
        """What the column keeps: a short number and one of a help line as they are written, others in E.164."""
        digits = "".join((self.data or "").split())
        is_short = SHORTEST <= len(digits) <= LONGEST_SHORT
        if digits.isdigit() and (is_short or (len(digits) == FULL_LENGTH and digits.startswith("80"))):
            return str(self.data)
        return read_phone(self.data or "") or ""

    def pre_validate(self, form: Any) -> None:
        """Somebody can be reached by it."""
        if self.data and not self.stored:
            raise ValidationError(NUMBER)


class Spans(Line):
    """When somebody answers on one day of the week."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        try:
            self.data = written(spans_in(self.data or ""))
        except ValueError:
            raise ValueError(
                _l("Write hours as 8:00–16:00, several with commas, or leave it empty")
            ) from None


def email(_form: Any, field: Any) -> None:
    """An address that can be one, if any."""
    if field.data and not read_email(field.data):
        raise ValidationError(_l("Enter an e-mail address, for example name@example.com"))


class CheckedForm(RowForm):
    """What units and help lines have in common."""

    ends_with = ("position", "checked_on")
    position = whole(_l("Place in the list"), 0, 999, 99)
    checked_on = Day(
        _l("Last checked"), validators=[required(_l("Enter the day on which you checked it")), not_in_future]
    )


def _name() -> Line:
    """A name in another language."""
    return Line(_l("Name"), validators=[at_most(120)])


class ContactForm(CheckedForm):
    """A unit of the centre."""

    name = Line(_l("Name"), validators=[required(_l("Enter a name")), at_most(120)])
    helps_with = Area(_l("What it helps with"), validators=[required(_l("Write a sentence")), at_most(500)])
    phone = Number(_l("Phone number"), validators=[at_most(30)])
    sms = Number(_l("Number for text messages"), validators=[at_most(30)])
    email = Line(_l("E-mail"), validators=[at_most(120), email])
    address = Line(_l("Address"), validators=[at_most(200)])
    office_id = Other(_l("Place of talks"))
    around_the_clock = BooleanField(_l("Answers day and night, every day"))
    monday = Spans(_l("Monday"), validators=[at_most(60)])
    tuesday = Spans(_l("Tuesday"), validators=[at_most(60)])
    wednesday = Spans(_l("Wednesday"), validators=[at_most(60)])
    thursday = Spans(_l("Thursday"), validators=[at_most(60)])
    friday = Spans(_l("Friday"), validators=[at_most(60)])
    saturday = Spans(_l("Saturday"), validators=[at_most(60)])
    sunday = Spans(_l("Sunday"), validators=[at_most(60)])
    name_uk, name_en = _name(), _name()
    helps_with_uk = Area(_l("What it helps with"), validators=[at_most(500)])
    helps_with_en = Area(_l("What it helps with"), validators=[at_most(500)])
    hours_note = Area(_l("What else to know about the hours"), validators=[at_most(300)])


class HelpLineForm(CheckedForm):
    """A number that helps anyone in Poland."""

    name = Line(_l("Name"), validators=[required(_l("Enter a name")), at_most(120)])
    number = Number(_l("Phone number"), validators=[at_most(30)])
    for_whom = Area(_l("For whom"), validators=[required(_l("Write for whom it is")), at_most(500)])
    hours = Line(_l("When"), validators=[required(_l("Write when somebody answers")), at_most(120)])
    cost = Line(_l("Cost"), validators=[required(_l("Write what a call costs")), at_most(60)])
    languages = Line(_l("Languages"), validators=[at_most(120)])
    chat = Line(_l("In writing"), validators=[at_most(200)])
    name_uk, name_en = _name(), _name()
    for_whom_uk = Area(_l("For whom"), validators=[at_most(500)])
    for_whom_en = Area(_l("For whom"), validators=[at_most(500)])
    hours_uk = Line(_l("When"), validators=[at_most(120)])
    hours_en = Line(_l("When"), validators=[at_most(120)])
    cost_uk = Line(_l("Cost"), validators=[at_most(60)])
    cost_en = Line(_l("Cost"), validators=[at_most(60)])
    languages_uk = Line(_l("Languages"), validators=[at_most(120)])
    languages_en = Line(_l("Languages"), validators=[at_most(120)])
