"""What administrators type of places, people, rooms and closures."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField
from wtforms.validators import ValidationError

from portal.booking.forms import read_phone
from portal.i18n import phone_text
from portal.web.forms import Area, Codes, Day, Line, Other, RowForm, at_most, choices, required

ACCESS = [
    ("step_free", _l("Step-free entrance")),
    ("lift", _l("Lift")),
    ("toilet", _l("Accessible toilet")),
    ("loop", _l("Induction loop")),
    ("parking", _l("Parking place for people with disabilities")),
]
ACCESS_NAMES = dict(ACCESS)
SKILLS = [
    ("pjm", _l("Polish Sign Language (PJM)")),
    ("sjm", _l("Signed Polish (SJM)")),
    ("skogn", _l("Communication with deafblind people (SKOGN)")),
    ("uk", _l("Ukrainian")),
    ("en", _l("English")),
    ("ru", _l("Russian")),
]
SKILL_NAMES = dict(SKILLS)
KINDS = {
    "interviewer": _l("Interviewer"),
    "room": _l("Room"),
    "interpreter": _l("Interpreter"),
}


class Phone(Line):
    """A phone number, kept in E.164 and shown as people read it."""

    def process_data(self, value: Any) -> None:
        super().process_data(phone_text(value).replace("\N{NO-BREAK SPACE}", " ") if value else "")

    @property
    def stored(self) -> str:
        """What the column keeps."""
        return read_phone(self.data or "") or ""


class OfficeForm(RowForm):
    """A place where talks happen."""

    name = Line(_l("Name"), validators=[required(_l("Enter a name")), at_most(120)])
    address = Line(_l("Address"), validators=[required(_l("Enter the address")), at_most(200)])
    directions = Area(_l("How to find the way"), validators=[at_most(500)])
    phone = Phone(_l("Phone number"), validators=[required(_l("Enter the phone number")), at_most(30)])
    access = Codes(_l("What makes it easy to come"), choices=choices(ACCESS))
    around_the_clock = BooleanField(_l("Never closes"))

    def validate_phone(self, field: Phone) -> None:
        """Somebody can be reached by it."""
        if not field.stored:
            raise ValidationError(_l("Enter a phone number, for example 500 600 700"))


class RoomForm(RowForm):
    """A room of an office."""

    name = Line(_l("Name"), validators=[required(_l("Enter a name")), at_most(120)])
    office_id = Other(_l("Place"))
    is_active = BooleanField(_l("In use"), default=True)


class PersonForm(RowForm):
    """An interviewer or an interpreter."""

    name = Line(_l("Name"), validators=[required(_l("Enter a name")), at_most(120)])
    skills = Codes(_l("Languages"), choices=choices(SKILLS))
    is_active = BooleanField(_l("At work"), default=True)


class ClosureForm(RowForm):
    """Days on which nobody is received."""

    office_id = Other(_l("Place"))
    first_on = Day(_l("First day"), validators=[required(_l("Enter the first day"))])
    last_on = Day(_l("Last day"), validators=[required(_l("Enter the last day"))])
    reason = Line(_l("Reason"), validators=[required(_l("Write the reason in a few words")), at_most(200)])

    def validate_last_on(self, field: Day) -> None:
        """Days run forwards."""
        if self.first_on.data and field.data < self.first_on.data:
            raise ValidationError(_l("The last day must not come before the first"))
