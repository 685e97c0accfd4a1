"""Forms about who must not see whom."""

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField

from portal.accounts.forms import ConfirmedForm
from portal.web.forms import Form, Line, at_most, choices, required

REASON_NAMES = {
    "danger": _l("Somebody’s life or health is in danger"),
    "here_now": _l("The person is here or on the phone, and nobody else is on duty"),
    "asked_by_law": _l("A court, the police or a prosecutor asks and it cannot wait"),
    "other": _l("Something else; I will explain it to the administrator today"),
}
LONGEST_REFERENCE = 40


class HideForm(ConfirmedForm):
    """From whom a record is to be hidden."""

    account = SelectField(
        _l("Hide it from"), validators=[required(_l("Choose from whom it is to be hidden"))]
    )


class ApartForm(Form):
    """Whom a person must not meet, by the reference of their booking."""

    reference = Line(
        _l("Booking reference of the other person"),
        validators=[required(_l("Enter the reference, for example K7QM-2F9X")), at_most(LONGEST_REFERENCE)],
    )


class OpenForm(ConfirmedForm):
    """Which hidden card is needed, and why."""

    reference = Line(
        _l("Reference"),
        validators=[required(_l("Enter the reference, for example K7QM-2F9X")), at_most(LONGEST_REFERENCE)],
    )
    reason = RadioField(
        _l("Why it cannot wait"),
        choices=choices(REASON_NAMES.items()),
        validators=[required(_l("Choose why it cannot wait"))],
    )
