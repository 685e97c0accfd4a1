"""What administrators type of a service."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField
from wtforms.validators import Regexp, ValidationError

from portal.programmes.discretion import betrayed
from portal.web.forms import Area, Line, Other, RowForm, Whole, at_most, choices, required, whole

HOURS = 24
SIDES = [
    ("", _l("Does not matter here")),
    ("a", _l("For people who use violence")),
    ("b", _l("For people who suffer violence")),
]


def neutral(_form: Any, field: Any) -> None:
    """Nothing that residents see of a booking says what the talk is about (R55)."""
    found = betrayed(field.data or "")
    if found:
        raise ValidationError(
            _l("This would say what the talk is about: %(words)s. Use neutral words.", words=", ".join(found))
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
