"""What residents type, and how anybody may be reached: shape only, turned into values."""

from datetime import time
from typing import Any

import phonenumbers
from flask import current_app
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField, SelectMultipleField
from wtforms.validators import ValidationError

from portal.booking.people import ContactRules, Reachable
from portal.text import read_email
from portal.web.forms import Form, Line, VersionForm, Whole, at_most, choices, required


def read_phone(typed: str) -> str | None:
    """The number in E.164, however it was typed (R49); None when nobody could be reached by it."""
    try:
        number = phonenumbers.parse(typed, "PL")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


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
REACH = [
    *WAYS[:2],
    ("phone", _l("Phone me")),
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


class ReachForm(WaysForm):
    """One way to reach the person; there has to be one, for we promise an answer."""

    offered = REACH
    channel = RadioField(
        _l("How can we reach you safely?"),
        choices=choices(REACH),
        validators=[required(_l("Choose how we can reach you"))],
    )


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


class ProofForm(Form):
    """Reference and PIN."""

    reference = Line(
        _l("Booking reference"),
        validators=[required(_l("Enter the reference, for example K7QM-2F9X")), at_most(40)],
    )
    pin = Line(_l("PIN"), validators=[required(_l("Enter the six digits of the PIN")), at_most(40)])


class NumberForm(Form):
    """Number and PIN."""

    reference = Line(
        _l("Number"), validators=[required(_l("Enter the number, for example K7QM-2F9X")), at_most(40)]
    )
    pin = Line(_l("PIN"), validators=[required(_l("Enter the six digits of the PIN")), at_most(40)])


class AnswerForm(VersionForm):
    """Yes or no to a place on offer, as it was read at this version."""

    answer = RadioField(choices=choices([("yes", ""), ("no", "")]))


class WishesForm(WaysForm, VersionForm):
    """Another way to reach the person of a booking that was read at this version."""


class MoveForm(SlotForm, VersionForm):
    """Another slot for a booking that was read at this version."""
