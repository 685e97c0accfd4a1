"""What administrators type of a service, and editors of a programme."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField
from wtforms.validators import Regexp, ValidationError

from portal.i18n import DEFAULT, LANGUAGES
from portal.programmes.discretion import betrayed
from portal.web.forms import Area, Line, Other, RowForm, Whole, at_most, choices, required, whole

HOURS = 24
SIDES = [
    ("", _l("Does not matter here")),
    ("a", _l("For people who use violence")),
    ("b", _l("For people who suffer violence")),
]


def neutral(_form: Any, field: Any) -> None:
    """Nothing that residents see of a booking says what the talk is about (R55), in the language that the field's name ends with."""
    _name, _line, language = field.name.rpartition("_")
    found = betrayed(field.data or "", language if language in LANGUAGES else DEFAULT)
    if found:
        raise ValidationError(
            _("This would say what the talk is about: %(words)s. Use neutral words.", words=", ".join(found))
        )


class NewServiceForm(RowForm):
    """A service to be; its code is chosen once."""

    code = Line(
        _l("Code in the address"),
        validators=[
            required(_l("Enter a code")),
            Regexp(
                r"[a-z0-9-]{1,20}$",
                message=_l("Use up to 20 small letters without accents, digits and hyphens"),
            ),
            neutral,
        ],
    )
    public_name = Line(_l("Name"), validators=[required(_l("Enter a name")), at_most(120), neutral])
    neutral_name = Line(
        _l("Name in messages"), validators=[required(_l("Enter a neutral name")), at_most(60), neutral]
    )
    intro = Area(
        _l("What awaits people"),
        validators=[required(_l("Write one or two sentences")), at_most(2000), neutral],
    )
    public_name_uk = Line(_l("Name"), validators=[at_most(120), neutral])
    intro_uk = Area(_l("What awaits people"), validators=[at_most(2000), neutral])
    public_name_en = Line(_l("Name"), validators=[at_most(120), neutral])
    intro_en = Area(_l("What awaits people"), validators=[at_most(2000), neutral])
    programme_id = Other(_l("Programme"))
    minutes = whole(_l("Length in minutes"), 5, 480, 45)
    is_open = BooleanField(_l("Residents can book"), default=True)
    notice_hours = whole(_l("Notice in hours"), 0, 720, 24)
    horizon_days = whole(_l("How many days ahead"), 1, 366, 42)
    hold_minutes = whole(_l("Minutes for the form"), 20, 240, 20)
    most_moves = whole(_l("How often people may change the time"), 0, 20, 3)
    move_until_hours = whole(_l("Hours before the talk until which they may"), 0, 720, 24)
    reminder_hours = whole(_l("Reminder, hours before the talk"), 0, 720, 24)
    has_waiting_list = BooleanField(_l("Waiting list"), default=True)
    offer_hours = whole(_l("Hours to answer an offer"), 2, 240, 24)
    phone_percent = whole(_l("Places kept for the phone, per cent"), 0, 100, 0)
    walk_in_percent = whole(_l("Places kept for people who walk in, per cent"), 0, 100, 0)
    is_discreet = BooleanField(_l("Especially discreet"), default=True)
    keeps_apart = RadioField(_l("Who must not meet"), choices=choices(SIDES), default="")

    def validate_minutes(self, field: Whole) -> None:
        """Slots last whole five minutes."""
        if field.data % 5:
            raise ValidationError(_l("Use steps of five minutes"))

    def validate_horizon_days(self, field: Whole) -> None:
        """There is a time that is neither too near nor too far."""
        if field.data * HOURS <= (self.notice_hours.data or 0):
            raise ValidationError(_l("Nobody could ever book: enter more days than the notice takes"))

    def validate_walk_in_percent(self, field: Whole) -> None:
        """Both shares are parts of the same places."""
        if (self.phone_percent.data or 0) + field.data > 100:
            raise ValidationError(_l("Both shares together are at most 100 per cent"))


class ServiceForm(NewServiceForm):
    """A service that exists. Its code stands in addresses that people have written down, so it stays."""

    code = None  # type: ignore[assignment]  # how WTForms leaves out a field of the base


def answer(label: Any) -> Area:
    """One of the questions that every programme answers (R27)."""
    return Area(label, validators=[required(_l("Write the text")), at_most(10_000)])


class ProgrammeForm(RowForm):
    """A programme: its facts, each once, and the answers in the order in which residents read them."""

    title = Line(_l("Name"), validators=[required(_l("Enter a name")), at_most(200)])
    summary = Area(_l("In a sentence or two"), validators=[required(_l("Write a sentence")), at_most(500)])
    meetings = whole(_l("Group meetings"), 1, 500, 15)
    hours_per_meeting = whole(_l("Hours of one meeting"), 1, 24, 3)
    individual_meetings = whole(_l("Meetings in private, at least"), 0, 100, 1)
    group_min = whole(_l("Smallest group"), 1, 500, 5)
    group_max = whole(_l("Largest group"), 1, 500, 15)
    required_percent = whole(_l("What completes it, per cent of the hours"), 1, 100, 100)
    state_budget_funded = BooleanField(_l("Financed from the state budget"))
    for_whom = answer(_l("For whom"))
    what = answer(_l("What it is"))
    where_when = answer(_l("Where and when"))
    cost = answer(_l("Cost"))
    how_to_join = answer(_l("How to join, step by step"))
    what_next = answer(_l("What happens next"))
    place_access = answer(_l("Accessibility of the place"))
    contact = answer(_l("Contact"))
    legal_basis = answer(_l("Legal basis"))
    is_shown = BooleanField(_l("Residents can read it"), default=True)
    reason = Line(_l("What has changed"), validators=[at_most(200)])

    def validate_group_max(self, field: Whole) -> None:
        """A group is not smaller than its smallest."""
        if field.data < (self.group_min.data or 0):
            raise ValidationError(_l("The largest group must not be smaller than the smallest"))
