"""What staff type of groups: shape only, turned into values."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, RadioField, SelectField, SelectMultipleField
from wtforms.validators import NumberRange, Optional, ValidationError

from portal.booking.slot_forms import WEEKDAYS, five_minutes
from portal.groups.actions import EditionTerms
from portal.groups.meetings import Mark
from portal.groups.models import Attendance
from portal.groups.planning import Weekly
from portal.web.forms import (
    Day,
    Hour,
    Line,
    OneOrNone,
    VersionForm,
    Whole,
    at_most,
    choices,
    not_in_future,
    required,
    row_number,
)

REASON_NAMES = {
    "own_wish": _l("Own wish"),
    "rules": _l("Did not keep the rules of the group"),
    "absence": _l("Stopped coming"),
    "treatment": _l("Treatment or therapy first"),
    "moved_away": _l("Moved away"),
    "other": _l("Another reason"),
}
STATE_NAMES = {"present": _l("Present"), "absent": _l("Absent"), "excused": _l("Excused")}


class EditionForm(VersionForm):
    """An edition as residents read of it."""

    programme_id = SelectField(_l("Programme"), coerce=row_number)
    name = Line(_l("Name of the edition"), validators=[required(_l("Enter the name")), at_most(120)])
    starts_on = Day(_l("Beginning"), validators=[required(_l("Enter the day on which it begins"))])
    intake_from = Day(_l("First day of intake"), validators=[Optional()])
    intake_until = Day(_l("Last day of intake"), validators=[required(_l("Enter the last day of intake"))])

    def validate_intake_until(self, field: Day) -> None:
        """Intake ends before the beginning, or on its day."""
        if self.starts_on.data and field.data > self.starts_on.data:
            raise ValidationError(_l("Intake must not end after the beginning"))

    def validate_intake_from(self, field: Day) -> None:
        """Intake begins before it ends, or on its last day."""
        if field.data and self.intake_until.data and field.data > self.intake_until.data:
            raise ValidationError(_l("Intake must not begin after its last day"))

    def terms(self) -> EditionTerms:
        """The typed values."""
        days = self.starts_on.data, self.intake_until.data, self.intake_from.data
        return EditionTerms(self.name.data, *days)


class RevisionForm(EditionForm):
    """Another name or other days for an edition; it stays in its programme."""

    programme_id = None  # type: ignore[assignment]


class TakeInForm(VersionForm):
    """Whom to take into the group."""

    people = SelectMultipleField(
        _l("People to take in"),
        coerce=row_number,
        validate_choice=False,  # somebody may be in a group by now: the action says so
        validators=[required(_l("Choose at least one person"))],
    )
    joined_on = Day(_l("In the group since"), validators=[required(_l("Enter the day")), not_in_future])


class PlaceForm(VersionForm):
    """An hour and a place of meetings."""

    at = Hour(_l("Hour"), validators=[required(_l("Enter the time, for example 16:30")), five_minutes])
    office_id = SelectField(_l("Place"), coerce=row_number)


class PlanForm(PlaceForm):
    """When a group meets, every week."""

    first_on = Day(_l("From which day"), validators=[required(_l("Enter the first day"))])
    weekday = SelectField(_l("Day of the week"), choices=choices(WEEKDAYS))

    def weekly(self, minutes: int) -> Weekly:
        """The typed values, for meetings of this length."""
        return Weekly(self.first_on.data, int(self.weekday.data), self.at.data, minutes)


class MoveMeetingForm(PlaceForm):
    """Another time or place for one meeting."""

    day = Day(_l("Day"), validators=[required(_l("Enter the day"))])

    def wall(self) -> datetime:
        """The typed time as clocks in Poland show it."""
        return datetime.combine(self.day.data, self.at.data)


class LeaveForm(VersionForm):
    """Why and since when somebody is no longer in the group."""

    left_on = Day(_l("Last day in the group"), validators=[required(_l("Enter the day")), not_in_future])
    reason = RadioField(
        _l("Reason"),
        choices=choices(REASON_NAMES.items()),
        validators=[required(_l("Choose the reason"))],
    )


class NameForm(VersionForm):
    """First name and surname."""

    name = Line(
        _l("First name and surname"),
        validators=[required(_l("Enter the first name and the surname")), at_most(120)],
    )


class CertificateForm(NameForm):
    """The name that goes on paper."""

    version = None  # type: ignore[assignment]
    is_checked = BooleanField(
        _l("I have checked the name on a document"),
        validators=[required(_l("Check the name on a document first"))],
    )


class IndividualForm(VersionForm):
    """A meeting in private that took place."""

    held_on = Day(_l("Day"), validators=[required(_l("Enter the day")), not_in_future])
    minutes = Whole(
        _l("Length in minutes"),
        default=60,
        validators=[required(_l("Enter the length")), NumberRange(5, 480, _l("Enter 5 to 480 minutes"))],
    )


class SheetForm(VersionForm):
    """The attendance of one meeting; `sheet_form` adds two fields for each person."""

    def fields_of(self, participant_id: int) -> tuple[Field, Field]:
        """The mark of a person and their minutes."""
        return self[f"mark_{participant_id}"], self[f"minutes_{participant_id}"]

    def marks(self) -> dict[int, Mark]:
        """What was chosen, by participant; who has no mark is left out."""
        ids = [int(name.removeprefix("mark_")) for name in self._fields if name.startswith("mark_")]
        chosen = {number: self.fields_of(number) for number in ids}
        return {
            number: Mark(mark.data, minutes.data) for number, (mark, minutes) in chosen.items() if mark.data
        }

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """Minutes belong to somebody who was present."""
        is_valid: bool = super().validate(extra_validators)
        for name, field in self._fields.items():
            if name.startswith("mark_"):
                minutes = self[name.replace("mark_", "minutes_")]
                if minutes.data is not None and field.data != "present" and not minutes.errors:
                    minutes.errors = [_l("Minutes are only for somebody who was present")]
                    is_valid = False
        return is_valid


def sheet_form(ids: Sequence[int], marks: Mapping[int, Attendance], whole: int, **kwargs: Any) -> SheetForm:
    """A sheet for these participants; `whole` is the length of the meeting in minutes. Somebody's minutes show only when
    they were not there all the time."""
    fields: dict[str, Field] = {}
    for number in ids:
        mark = marks.get(number)
        part = mark.minutes if mark and 0 < mark.minutes < whole else None
        fields[f"mark_{number}"] = OneOrNone(
            _l("Attendance"), choices=choices(STATE_NAMES.items()), default=mark.state if mark else None
        )
        in_range = NumberRange(1, whole, _l("Enter 1 to %(whole)d minutes", whole=whole))
        fields[f"minutes_{number}"] = Whole(_l("Minutes"), validators=[Optional(), in_range], default=part)
    form: SheetForm = type("Sheet", (SheetForm,), fields)(**kwargs)
    return form


def first_day(starts_on: date, planned: Sequence[date]) -> date:
    """From which day a plan goes on: the beginning, or the day after the last planned one."""
    return max([starts_on, *(date.fromordinal(day.toordinal() + 1) for day in planned)])
