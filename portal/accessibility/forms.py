"""What staff fill in of the accessibility statement, and the words that page and checker share."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectField
from wtforms.validators import Optional, ValidationError

from portal import clock
from portal.booking.forms import read_phone
from portal.text import parts_of, read_email
from portal.web.forms import Area, Day, Line, RowForm, at_most, choices, required

HEADINGS = {
    "title": _l("Accessibility statement"),
    "status": _l("Status of digital accessibility"),
    "barriers": _l("Inaccessible content"),
    "annex": _l("Non-conformity with the annex to the Act"),
    "cost": _l("Disproportionate burden"),
    "exempt": _l("Content that the Act does not cover"),
    "preparation": _l("Preparation and update of the accessibility statement"),
    "facilities": _l("Facilities, limitations and other information"),
    "shortcuts": _l("Keyboard shortcuts"),
    "contact": _l("Feedback and contact details"),
    "procedure": _l("Handling of requests and complaints about accessibility"),
    "other": _l("Other information"),
    "building": _l("Architectural accessibility"),
    "communication": _l("Accessibility of information and communication"),
}
INTERPRETER = {
    True: _l("At the centre you can use an online sign language interpreter."),
    False: _l("At the centre you cannot use an online sign language interpreter."),
}
STATUS_NAMES = {
    "full": _l("Fully conformant"),
    "partial": _l("Partially conformant"),
    "none": _l("Not conformant"),
}
BASIS_NAMES = {
    "self": _l("Self-assessment by the centre"),
    "audit": _l("Audit by somebody outside"),
    "contractor": _l("Statement of whoever built the website"),
}
KIND_NAMES = {key: HEADINGS[key] for key in ("annex", "cost", "exempt")}
LONGEST = 5000


class FactsForm(RowForm):
    """The facts, the same in every language."""

    conformity = RadioField(_l("Status of digital accessibility"), choices=choices(STATUS_NAMES.items()))
    launched_on = Day(
        _l("Date of publication of the website"), validators=[required(_l("Enter the date of publication"))]
    )
    updated_on = Day(
        _l("Date of the last significant update"),
        validators=[required(_l("Enter the date of the last significant update"))],
    )
    prepared_on = Day(
        _l("Date of preparation of the statement"),
        validators=[required(_l("Enter the date of preparation"))],
    )
    reviewed_on = Day(_l("Date of the last review of the statement"), validators=[Optional()])
    basis = RadioField(_l("What the statement is based on"), choices=choices(BASIS_NAMES.items()))
    report_url = Line(_l("Address of the report"), validators=[at_most(300)])
    contact_email = Line(_l("E-mail"), validators=[at_most(120)])
    contact_phone = Line(_l("Phone"), validators=[at_most(30)])
    online_interpreter = BooleanField(_l("At the centre people can use an online sign language interpreter"))

    def validate_updated_on(self, field: Day) -> None:
        """Not before the website was published."""
        _not_before(field, self.launched_on, _l("The update cannot come before the publication"))

    def validate_reviewed_on(self, field: Day) -> None:
        """Not before the statement was prepared."""
        _not_before(field, self.prepared_on, _l("The review cannot come before the preparation"))

    def validate_prepared_on(self, field: Day) -> None:
        """Not to come."""
        _not_before(field, None, "")

    def validate_report_url(self, field: Line) -> None:
        """A web address, if any."""
        if field.data and parts_of(field.data).scheme not in {"http", "https"}:
            raise ValidationError(_l("Enter an address that begins with https://"))

    def validate_contact_email(self, field: Line) -> None:
        """An address that can be written to."""
        if not read_email(field.data or ""):
            raise ValidationError(_l("Enter an e-mail address, for example name@example.com"))

    def validate_contact_phone(self, field: Line) -> None:
        """A number that can be phoned."""
        if not read_phone(field.data or ""):
            raise ValidationError(_l("Enter a phone number, for example 500 600 700"))


def _not_before(field: Day, first: Day | None, sentence: Any) -> None:
    if field.data and field.data > clock.day_of(clock.now()):
        raise ValidationError(_l("This day has not come yet"))
    if field.data and first and first.data and field.data < first.data:
        raise ValidationError(sentence)


class TextsForm(RowForm):
    """The texts in one language."""

    contact_name = Line(
        _l("Contact person or unit"),
        validators=[required(_l("Write who answers, for example: accessibility coordinator")), at_most(120)],
    )
    facilities = Area(
        _l("Facilities, limitations and other information"),
        validators=[required(_l("Write what helps people")), at_most(LONGEST)],
    )
    shortcuts = Area(
        _l("Keyboard shortcuts"),
        validators=[required(_l("Describe the shortcuts that only this website has")), at_most(LONGEST)],
    )
    building = Area(
        _l("Architectural accessibility"),
        validators=[required(_l("Describe entrances, lift, toilet, parking")), at_most(LONGEST)],
    )
    communication = Area(
        _l("Accessibility of information and communication"),
        validators=[required(_l("Describe how people can talk to you")), at_most(LONGEST)],
    )
    assessment = Area(_l("Analysis of the disproportionate burden"), validators=[at_most(LONGEST)])


def _told(missing: Any) -> tuple[Any, Any, Any]:
    """The three fields in which a barrier is told in one language."""
    return (
        Line(_l("What is not accessible"), validators=[required(missing), at_most(300)]),
        Line(_l("Whom it keeps out, and from what"), validators=[required(missing), at_most(500)]),
        Line(_l("What works instead"), validators=[required(missing), at_most(500)]),
    )


class BarrierForm(RowForm):
    """Something that is not accessible, told in every language."""

    kind = SelectField(_l("Why is it so?"), choices=choices(KIND_NAMES.items()))
    page = Line(
        _l("Page where it is"),
        validators=[required(_l("Enter the address of the page, for example /dostepnosc/pjm")), at_most(300)],
    )
    pl_element, pl_effect, pl_alternative = _told(_l("Write it in Polish"))
    uk_element, uk_effect, uk_alternative = _told(_l("Write it in Ukrainian"))
    en_element, en_effect, en_alternative = _told(_l("Write it in English"))

    def validate_page(self, field: Line) -> None:
        """An address of this portal, or a whole one."""
        if not field.data.startswith(("/", "https://", "http://")):
            raise ValidationError(_l("Enter the address of the page, for example /dostepnosc/pjm"))
