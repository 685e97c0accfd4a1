"""What residents and staff type: shape only, turned into values."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import phonenumbers
from flask import current_app
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField
from wtforms.validators import NumberRange, Optional, ValidationError

from portal import clock
from portal.booking.absences import Arrangement
from portal.booking.changing_series import Change, Hours
from portal.booking.models import TASKS, Slot
from portal.booking.offering import Terms
from portal.booking.outcomes import Outcome
from portal.booking.people import ContactRules, Reachable
from portal.booking.series import Plan, Rhythm, Span
from portal.i18n import LANGUAGES
from portal.web.forms import Area, Day, Days, Form, Hour, Line, Other, Whole, at_most, choices, required

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
SLOT_SEEN = re.compile(r"\b(\d{1,9})\.(\d{1,9})\.(\d{1,4})\b")
LONGEST_ABSENCE = timedelta(days=28)
ROW_AND_VERSION = re.compile(r"(\d{1,9})\.(\d{1,9})")


def read_phone(typed: str) -> str | None:
    """The number in E.164, however it was typed (R49); None when nobody could be reached by it."""
    try:
        number = phonenumbers.parse(typed, "PL")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def read_email(typed: str) -> str | None:
    """The address in lower case; None when it cannot be one."""
    name, at, domain = typed.strip().partition("@")
    odd = not (name and at and "." in domain.strip(".")) or any(
        c.isspace() or c in ',;<>@"' for c in name + domain
    )
    return None if odd or domain.startswith(".") or domain.endswith(".") else f"{name}@{domain}".lower()


class SlotForm(Form):
    """The chosen slot."""

    slot = Whole(validators=[required(_l("Choose the time of the talk"))])


NEEDS = [
    ("pjm", _l("Polish Sign Language interpreter (PJM)")),
    ("sjm", _l("Signed Polish interpreter (SJM)")),
    ("skogn", _l("Interpreter-guide for deafblind people (SKOGN)")),
    ("loop", _l("Induction loop")),
    ("etr", _l("Easy-to-read text")),
    ("large_print", _l("Large print")),
    ("companion", _l("I will come with a person who helps me")),
    ("wheelchair", _l("I will come in a wheelchair")),
    ("uk", _l("Talk in Ukrainian")),
    ("en", _l("Talk in English")),
    ("ru", _l("Talk in Russian")),
]
NEED_NAMES = dict(NEEDS)
WAITING_LIST = "0"
MAY = [
    ("leave_message", _l("You may leave a voice message")),
    ("say_who", _l("You may say where you are calling from")),
]
WAYS = [
    ("email", _l("Write me an e-mail")),
    ("sms", _l("Send me a text message (SMS)")),
    ("phone", _l("Phone me if something changes")),
    ("none", _l("Do not contact me. I will keep the reference.")),
]
FIELDS = {"email": "email", "sms": "phone", "phone": "phone"}
ANY_HOUR = [("", _l("At any hour")), *((f"{hour:02}:00", f"{hour}:00") for hour in range(7, 22))]


class NeedsForm(Form):
    """What the person needs for the talk (R62)."""

    needs = SelectMultipleField(_l("What do you need for the talk?"), choices=choices(NEEDS))
    other = Line(_l("Something else"), validators=[at_most(200)])

    def answers(self) -> dict[str, Any]:
        """What was chosen."""
        return {"needs": self.needs.data or [], "other": self.other.data or ""}


class NameForm(Form):
    """How to address the person."""

    name = Line(
        _l("How shall we address you?"),
        validators=[required(_l("Write how we shall address you")), at_most(200)],
    )


class WaysForm(Form):
    """One way to reach the person and what we may do there, or none (R46, R61)."""

    offered = WAYS
    channel = RadioField(
        _l("How can we reach you safely?"),
        choices=choices(WAYS),
        validators=[required(_l("Choose how we can reach you, or say that you will keep the reference"))],
    )
    email = Line(_l("E-mail address"), validators=[at_most(200)])
    phone = Line(_l("Phone number"), validators=[at_most(40)])
    may = SelectMultipleField(_l("When we phone"), choices=choices(MAY))
    safe_from = SelectField(_l("From what hour is it safe?"), choices=choices(ANY_HOUR), default="")
    safe_to = SelectField(_l("Until what hour?"), choices=choices(ANY_HOUR), default="")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        has_sms = current_app.config["SMS"]
        self.channel.choices = choices(way for way in self.offered if has_sms or way[0] != "sms")

    def validate_email(self, field: Line) -> None:
        """Needed, and well formed, when that is the chosen way."""
        if self.channel.data == "email" and not read_email(field.data or ""):
            raise ValidationError(_l("Enter an e-mail address, for example name@example.com"))

    def validate_phone(self, field: Line) -> None:
        """Needed, and well formed, when that is the chosen way."""
        if FIELDS.get(self.channel.data) == "phone" and not read_phone(field.data or ""):
            raise ValidationError(_l("Enter a phone number, for example 500 600 700"))

    def validate_safe_to(self, field: SelectField) -> None:
        """Hours have a beginning and a later end."""
        if self.channel.data == "none":
            return
        if bool(self.safe_from.data) != bool(field.data):
            raise ValidationError(_l("Choose both hours, or leave both at any hour"))
        if field.data and field.data <= self.safe_from.data:
            raise ValidationError(_l("The end must follow the beginning"))

    def answers(self) -> dict[str, Any]:
        """What was typed, as it was typed; only the chosen way is kept, and what we may do on it."""
        channel = self.channel.data
        contact = self[FIELDS[channel]].data or "" if channel in FIELDS else ""
        is_reached = channel != "none"
        return {
            "channel": channel,
            "contact": contact,
            "may": (self.may.data or []) if channel == "phone" else [],
            "safe_from": self.safe_from.data if is_reached else "",
            "safe_to": self.safe_to.data if is_reached else "",
        }


class ContactForm(NameForm, WaysForm):
    """How to address the person and how to reach them. `website` is for machines: people neither see nor reach it."""

    website = Line(_l("Leave this field empty"))

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Whoever fills in what nobody sees is asked once more; the field is empty then."""
        is_fine = super().validate(*args, **kwargs)
        if not self.website.data:
            return bool(is_fine)
        self.website.data = ""
        self.form_errors.append(
            _l("A machine seems to have filled in this form. Send it again if you are a person.")
        )
        return False

    def answers(self) -> dict[str, Any]:
        """What was typed, as it was typed."""
        return super().answers() | {"name": self.name.data}


class DeskForm(NameForm, NeedsForm, WaysForm):
    """A booking for somebody on the phone or at the desk; `token` makes one form one booking."""

    token = Line(validators=[required(_l("Reload the page and try again")), at_most(60)])
    origin = RadioField(
        _l("Where is the person?"),
        choices=choices(
            [
                ("phone", _l("On the phone")),
                ("desk", _l("At the desk")),
                ("walk_in", _l("At the desk, for a talk right now")),
            ]
        ),
        default="phone",
    )
    slot = SelectField(_l("Slot"), validators=[required(_l("Choose the time of the talk"))])
    language = SelectField(_l("Language of the messages"), choices=choices(LANGUAGES.items()))

    def answers(self) -> dict[str, Any]:
        """What was chosen and typed, as both pages of a resident give it."""
        return NeedsForm.answers(self) | WaysForm.answers(self)

    @property
    def slot_id(self) -> int | None:
        """The chosen slot; None for the waiting list."""
        return None if self.slot.data == WAITING_LIST else int(self.slot.data)


def contact_rules(answers: dict[str, Any]) -> ContactRules:
    """What the answers of a `WaysForm` allow."""
    may = answers.get("may", [])
    return ContactRules(
        may_leave_message="leave_message" in may,
        may_say_who="say_who" in may,
        safe_from=_hour(answers.get("safe_from")),
        safe_to=_hour(answers.get("safe_to")),
    )


def contact_answers(person: Reachable) -> dict[str, Any]:
    """What a `WaysForm` shows of a person: the other way round."""
    hours = {"safe_from": person.safe_from, "safe_to": person.safe_to}
    may = {"leave_message": person.may_leave_message, "say_who": person.may_say_who}
    return {
        "channel": person.channel,
        FIELDS.get(person.channel, ""): person.contact,
        "contact": person.contact,
        "may": [name for name, allowed in may.items() if allowed],
        **{name: f"{hour:%H:%M}" if hour else "" for name, hour in hours.items()},
    }


def _hour(text: str | None) -> time | None:
    return time.fromisoformat(text) if text else None


def normalised(channel: str, typed: str) -> str | None:
    """The contact as it is stored and compared."""
    return {"email": read_email, "phone": read_phone}.get(FIELDS.get(channel, ""), lambda _typed: None)(typed)


class ConfirmForm(Form):
    """A button that needs nothing but a page of ours."""


class FeedForm(Form):
    """Whose slots a calendar shall show."""

    resource_id = SelectField(_l("Whose slots?"), coerce=int)


class ProofForm(Form):
    """Reference and PIN."""

    reference = Line(
        _l("Booking reference"),
        validators=[required(_l("Enter the reference, for example K7QM-2F9X")), at_most(40)],
    )
    pin = Line(_l("PIN"), validators=[required(_l("Enter the six digits of the PIN")), at_most(40)])


class VersionForm(Form):
    """A change to something that was read at this version."""

    version = Whole(validators=[required(_l("Reload the page and try again"))])


class CallOffForm(VersionForm):
    """A slot to be called off, as it was read at this version, and how many people that affects."""

    affected = Whole(validators=[required(_l("Reload the page and try again"))])


class ExtraPlaceForm(VersionForm):
    """One more place than the slot was offered with."""

    reason = Line(
        _l("Why one more place?"),
        validators=[required(_l("Write why one more place is needed")), at_most(200)],
    )


class ReleaseForm(Form):
    """The bookings that are marked, each as it was read: its row and its version."""

    marked = SelectMultipleField(
        choices=[], validate_choice=False, validators=[required(_l("Mark at least one booking"))]
    )

    @property
    def versions(self) -> dict[int, int]:
        """The version at which each marked booking was read; what no page of ours sent is left out."""
        pairs = [ROW_AND_VERSION.fullmatch(value) for value in self.marked.data or []]
        return {int(pair[1]): int(pair[2]) for pair in pairs if pair}


class DaysForm(Form):
    """Who cannot come, and on which days; asked in the address."""

    class Meta(Form.Meta):
        """It changes nothing."""

        csrf = False

    osoba = SelectField(_l("Who cannot come?"), validators=[required(_l("Choose who cannot come"))])
    od = Day(_l("First day"), validators=[required(_l("Enter the first day"))])
    do = Day(_l("Last day"), validators=[required(_l("Enter the last day"))])

    def validate_do(self, field: Any) -> None:
        """The days are in order, and not so many that nobody could look through them."""
        if self.od.data and field.data < self.od.data:
            raise ValidationError(_l("The last day is before the first one"))
        if self.od.data and field.data - self.od.data > LONGEST_ABSENCE:
            raise ValidationError(_l("Enter four weeks at most; later days in a second step"))


class ArrangementForm(Form):
    """Who takes over which slot, and what is proposed to whom: fields named `slot-1` and `booking-2`, as many as there are."""

    seen = Line(validators=[required(_l("Reload the page and try again"))])

    def arrangement(self, sent: Mapping[str, str]) -> Arrangement:
        """What was decided; what no page of ours sent is left out."""
        return Arrangement(
            seen={
                int(slot): (int(version), int(count))
                for slot, version, count in SLOT_SEEN.findall(self.seen.data)
            },
            stand_ins=_numbered("slot", sent),
            proposals=_numbered("booking", sent),
        )


def _numbered(name: str, sent: Mapping[str, str]) -> dict[int, int]:
    """The fields `name-1`, `name-2` … that hold a number."""
    pairs = ((re.fullmatch(rf"{name}-(\d{{1,9}})", key), sent[key]) for key in sent)
    return {int(key[1]): int(value) for key, value in pairs if key and re.fullmatch(r"\d{1,9}", value)}


class TaskForm(VersionForm):
    """A task of a booking as it was read at this version of its schedule, and to whom it goes; '' gives it back."""

    kind = RadioField(choices=choices((kind, "") for kind in TASKS))
    booking = Whole(validators=[required(_l("Reload the page and try again"))])
    to = SelectField(_l("Who does it"), default="")

    @property
    def key(self) -> tuple[str, int, int]:
        """The task."""
        return self.kind.data, self.booking.data, self.version.data

    @property
    def to_id(self) -> int | None:
        """The account that does it."""
        return int(self.to.data) if self.to.data else None


class PutBackForm(Form):
    """A batch, by the moment at which it was released."""

    at = Line(validators=[required(_l("Reload the page and try again"))])

    @property
    def moment(self) -> datetime | None:
        """That moment, in UTC."""
        try:
            moment = datetime.fromisoformat(self.at.data)
        except ValueError:
            return None
        return moment.astimezone(UTC) if moment.tzinfo else None


class AnswerForm(VersionForm):
    """Yes or no to a place on offer, as it was read at this version."""

    answer = RadioField(choices=choices([("yes", ""), ("no", "")]))


class WishesForm(WaysForm, VersionForm):
    """Another way to reach the person of a booking that was read at this version."""


class MoveForm(SlotForm, VersionForm):
    """Another slot for a booking that was read at this version."""


class ChangeForm(VersionForm):
    """Another time for somebody, at the centre's wish or at theirs."""

    slot = SelectField(_l("New time"), default="")
    agreed = RadioField(
        _l("Does the person know?"),
        choices=choices(
            [
                ("yes", _l("Yes, we have just agreed on it: book the new time at once")),
                ("no", _l("No: keep the new time for them and ask them")),
            ]
        ),
        validators=[required(_l("Choose whether the person has agreed"))],
    )

    def validate_slot(self, field: SelectField) -> None:
        """What was agreed has a time."""
        if self.agreed.data == "yes" and not field.data:
            raise ValidationError(_l("Choose the time on which you have agreed"))

    @property
    def slot_id(self) -> int | None:
        """The chosen slot, if any."""
        return int(self.slot.data) if self.slot.data else None


class IdentityForm(Form):
    """Staff have made sure who asks."""

    is_checked = BooleanField(
        _l("I have checked who this person is"),
        validators=[required(_l("Check first who the person is"))],
    )


RESULT_NAMES = {
    "": _l("Not decided yet"),
    "qualified": _l("Qualified"),
    "not_qualified": _l("Not qualified"),
    "more_needed": _l("Another talk is needed"),
    "sent_elsewhere": _l("Sent elsewhere"),
}
CORRECTION_NAMES = {
    "mistake": _l("It was noted by mistake"),
    "came_late": _l("The person came later"),
    "new_facts": _l("We have learnt something new"),
    "other": _l("Another reason"),
}


class OutcomeForm(VersionForm):
    """Whether the person came, and what the talk led to."""

    outcome = RadioField(
        _l("Outcome"),
        choices=choices([("attended", _l("Came")), ("no_show", _l("Did not come"))]),
        validators=[required(_l("Choose whether the person came"))],
    )
    result = SelectField(_l("Result of the talk"), choices=choices(RESULT_NAMES.items()), default="")
    note = Area(_l("Note on the talk"), validators=[at_most(500)])
    reason = SelectField(
        _l("Why do you correct it?"),
        choices=choices([("", _l("Choose the reason")), *CORRECTION_NAMES.items()]),
        default="",
    )

    def validate_result(self, field: SelectField) -> None:
        """Only a talk that took place led to something."""
        if self.outcome.data == "no_show" and field.data:
            raise ValidationError(_l("Who did not come has no result. Choose “Not decided yet”."))

    def value(self) -> Outcome:
        """The typed values."""
        return Outcome(
            self.outcome.data, self.result.data or None, self.note.data or "", self.reason.data or None
        )


def five_minutes(_form: Form, field: Any) -> None:
    """Slots begin and last whole five minutes."""
    minute = field.data.minute if hasattr(field.data, "minute") else field.data
    if minute is not None and minute % 5:
        raise ValidationError(_l("Use steps of five minutes"))


class InterpreterForm(Form):
    """What became of the request for an interpreter."""

    state = RadioField(
        _l("Answer"),
        choices=choices(
            [("arranged", _l("The interpreter will come")), ("not_possible", _l("Not possible"))]
        ),
        validators=[required(_l("Choose the answer"))],
    )
    interpreter = SelectField(_l("Who comes"), default="")
    reason = Area(_l("Why it is not possible"), validators=[at_most(500)])
    alternative = Area(_l("Another date or form of talking"), validators=[at_most(500)])

    @property
    def resource_id(self) -> int | None:
        """The interpreter of our calendar, if it is one of them."""
        return int(self.interpreter.data) if self.interpreter.data else None

    def validate_reason(self, field: Area) -> None:
        """The law wants the reason."""
        if self.state.data == "not_possible" and not field.data:
            raise ValidationError(_l("Write why it is not possible"))

    def validate_alternative(self, field: Area) -> None:
        """The law wants another date or form."""
        if self.state.data == "not_possible" and not field.data:
            raise ValidationError(_l("Write what other date or form of talking you propose"))


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
    which_hour = RadioField(
        _l("This hour comes twice that night. Which one?"),
        choices=choices([("0", _l("The first, in summer time")), ("1", _l("The second, in winter time"))]),
        validators=[Optional()],
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
    service_id = SelectField(_l("What for"), coerce=int)
    lead_id = SelectField(_l("Interviewer"), coerce=int)
    office_id = SelectField(_l("Place"), coerce=int)
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
