"""What staff type of slots: one, a series, and changes to both."""

from datetime import date, datetime, time, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, SelectMultipleField
from wtforms.validators import NumberRange, ValidationError

from portal import clock
from portal.booking.changing_series import Change, Hours
from portal.booking.models import Slot
from portal.booking.offering import Terms
from portal.booking.series import Plan, Rhythm, Span
from portal.web.forms import (
    Day,
    Days,
    Form,
    Hour,
    Line,
    OneOrNone,
    Other,
    VersionForm,
    Whole,
    at_most,
    choices,
    required,
    row_number,
)

A_DAY = 24 * 60
WEEKDAYS = [
    ("0", _l("Monday")),
    ("1", _l("Tuesday")),
    ("2", _l("Wednesday")),
    ("3", _l("Thursday")),
    ("4", _l("Friday")),
    ("5", _l("Saturday")),
    ("6", _l("Sunday")),
]
FACILITIES = [
    ("", _l("None")),
    ("induction_loop", _l("Induction loop")),
    ("online_interpreter", _l("Online, with a sign language interpreter")),
]


class CallOffForm(VersionForm):
    """A slot to be called off, as it was read at this version, and how many people that affects."""

    affected = Whole(validators=[required(_l("Reload the page and try again"))])


class ExtraPlaceForm(VersionForm):
    """One more place than the slot was offered with."""

    reason = Line(
        _l("Why one more place?"),
        validators=[required(_l("Write why one more place is needed")), at_most(200)],
    )


def five_minutes(_form: Form, field: Any) -> None:
    """Slots begin and last whole five minutes."""
    minute = field.data.minute if hasattr(field.data, "minute") else field.data
    if minute is not None and minute % 5:
        raise ValidationError(_l("Use steps of five minutes"))


class OfferForm(Form):
    """The fields of one slot and of a series in the order of the page, which is the order of their errors."""

    day = Day(_l("Day"), validators=[required(_l("Enter the day"))])
    weekdays = SelectMultipleField(
        _l("Days of the week"),
        choices=choices(WEEKDAYS),
        validators=[required(_l("Choose at least one day"))],
    )
    first_on = Day(_l("First day"), validators=[required(_l("Enter the first day"))])
    last_on = Day(_l("Last day"), validators=[required(_l("Enter the last day"))])
    left_out = Days(_l("Days left out"), validators=[at_most(2000)])
    from_time = Hour(_l("From"), validators=[required(_l("Enter the time, for example 15:00")), five_minutes])
    which_hour = OneOrNone(
        _l("This hour comes twice that night. Which one?"),
        choices=choices([("0", _l("The first, in summer time")), ("1", _l("The second, in winter time"))]),
    )
    to_time = Hour(_l("To"), validators=[required(_l("Enter the time, for example 18:00")), five_minutes])
    minutes = Whole(
        _l("Length in minutes"),
        default=45,
        validators=[
            required(_l("Enter the length")),
            NumberRange(5, 480, _l("Enter 5 to 480 minutes")),
            five_minutes,
        ],
    )
    break_minutes = Whole(
        _l("Break in minutes"),
        default=15,
        validators=[
            required(_l("Enter the break, 0 for none")),
            NumberRange(0, 240, _l("Enter 0 to 240 minutes")),
            five_minutes,
        ],
    )
    service_id = SelectField(_l("What for"), coerce=row_number)
    lead_id = SelectField(_l("Interviewer"), coerce=row_number)
    office_id = SelectField(_l("Place"), coerce=row_number)
    room_id = Other(_l("Room"))
    interpreter_id = Other(_l("Interpreter"))
    capacity = Whole(
        _l("Places"),
        default=1,
        validators=[
            required(_l("Enter the number of places")),
            NumberRange(1, 50, _l("Enter a number from 1 to 50")),
        ],
    )
    facility = SelectField(_l("Facilities"), choices=choices(FACILITIES))
    on_holidays = BooleanField(_l("Also on public holidays"))
    near_is_fine = BooleanField(_l("I know this and open the slots all the same"))

    def validate_to_time(self, field: Hour) -> None:
        """A day runs forwards, until midnight at most."""
        if self.from_time.data and time() < field.data <= self.from_time.data:
            raise ValidationError(_l("The end must follow the beginning"))

    def spans(self, plan: Plan) -> list[Span]:
        """The planned times that are wanted: all."""
        return plan.spans

    def terms(self) -> Terms:
        """The typed values."""
        return Terms(
            self.service_id.data,
            self.office_id.data,
            self.lead_id.data,
            self.capacity.data,
            self.facility.data,
            self.room_id.stored,
            self.interpreter_id.stored,
        )


class SingleForm(OfferForm):
    """One slot."""

    # None is how WTForms leaves out a field of the base
    weekdays = first_on = last_on = left_out = to_time = break_minutes = None  # type: ignore[assignment]

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether all is well; in the hour that October repeats also which of the two is meant."""
        is_well: bool = super().validate(extra_validators)
        if is_well and len(self._moments()) > 1 and not self.which_hour.data:
            self.which_hour.errors = [_l("Clocks go back that night. Choose the first or the second.")]
            return False
        return is_well

    def spans(self, plan: Plan) -> list[Span]:
        """The planned time; of two that clocks show alike the chosen one."""
        return self._typed() if plan.spans else []

    def _typed(self) -> list[Span]:
        """The typed time; none in the hour that March skips."""
        moments, length = self._moments(), timedelta(minutes=self.minutes.data)
        chosen = moments[int(self.which_hour.data) :][:1] if len(moments) > 1 else moments
        return [Span(starts_at, starts_at + length) for starts_at in chosen]

    def _moments(self) -> list[datetime]:
        """When clocks in Poland show the typed day and hour: once as a rule, never or twice when they change."""
        return clock.at_local(datetime.combine(self.day.data, self.from_time.data))

    def rhythm(self) -> Rhythm:
        """The slot as a rhythm of one day, just long enough for it."""
        starts, length = (
            datetime.combine(self.day.data, self.from_time.data),
            timedelta(minutes=self.minutes.data),
        )
        real_ends = [clock.local(moment + length).replace(tzinfo=None) for moment in clock.at_local(starts)]
        ends = max([starts + length, *real_ends])  # later than it seems in the night of March
        only = frozenset({starts.weekday()})
        return Rhythm(
            only, starts.date(), starts.date(), starts.time(), ends.time(), self.minutes.data, A_DAY
        )


class SlotChangeForm(SingleForm):
    """Another time, place, person or room for one slot, as it was read at this version, and how many people that affects."""

    service_id = capacity = None  # type: ignore[assignment]
    version = Whole(validators=[required(_l("Reload the page and try again"))])
    affected = Whole(validators=[required(_l("Reload the page and try again"))])

    def terms(self) -> Terms:
        """The typed values; what the slot is for and how many places it has stay as they are."""
        needed = self.room_id.stored, self.interpreter_id.stored
        return Terms(0, self.office_id.data, self.lead_id.data, 0, self.facility.data, *needed)

    def span(self, slot: Slot, plan: Plan) -> Span | None:
        """The slot's own time when it is not changed, else the planned one; None when there is none."""
        own = Span(slot.starts_at, slot.ends_at)
        return own if own in self._typed() else next(iter(self.spans(plan)), None)


def which_hour(slot: Slot) -> str:
    """Whether a slot begins in the first ("0") or the second ("1") of two hours that look alike; "" in any other."""
    moments = clock.at_local(clock.local(slot.starts_at).replace(tzinfo=None))
    return str(moments.index(slot.starts_at)) if len(moments) > 1 else ""


class CapacityForm(VersionForm):
    """How many places a slot has."""

    places = Whole(
        _l("Places"),
        validators=[
            required(_l("Enter the number of places")),
            NumberRange(1, 50, _l("Enter a number from 1 to 50")),
        ],
    )


class SeriesForm(OfferForm):
    """Slots that repeat every week."""

    day = which_hour = None  # type: ignore[assignment]

    def validate_last_on(self, field: Day) -> None:
        """A series runs forwards, and for a year at most."""
        first: date | None = self.first_on.data
        if first and not 0 <= (field.data - first).days <= 366:
            raise ValidationError(_l("The last day must follow the first, within a year"))

    def validate_left_out(self, field: Days) -> None:
        """Only days of the series can be left out of it: anything else is a slip of the pen."""
        first, last = self.first_on.data, self.last_on.data
        odd = [day for day in field.days if first and last and not first <= day <= last]
        if odd:
            raise ValidationError(
                _l("Not between the first and the last day: %(day)s", day=odd[0].isoformat())
            )

    def rhythm(self) -> Rhythm:
        """The typed values."""
        return Rhythm(
            weekdays=frozenset(int(day) for day in self.weekdays.data or []),
            first_on=self.first_on.data,
            last_on=self.last_on.data,
            from_time=self.from_time.data,
            to_time=self.to_time.data,
            minutes=self.minutes.data,
            break_minutes=self.break_minutes.data,
            left_out=frozenset(self.left_out.days),
        )


class SeriesChangeForm(OfferForm, VersionForm):
    """What the free slots of a series, as it was read at this version, are to be like from a day on."""

    day = which_hour = weekdays = last_on = left_out = service_id = office_id = facility = on_holidays = None  # type: ignore[assignment]

    def change(self) -> Change:
        """The typed values."""
        hours = Hours(self.from_time.data, self.to_time.data, self.minutes.data, self.break_minutes.data)
        needed = self.lead_id.data, self.room_id.stored, self.interpreter_id.stored
        return Change(self.first_on.data, hours, *needed, self.capacity.data)


class SeriesEndForm(VersionForm):
    """The first day without free slots of a series, as it was read at this version."""

    first_on = Day(_l("First day without slots"), validators=[required(_l("Enter the first day"))])
