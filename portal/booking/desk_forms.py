"""What staff type of bookings, tasks and outcomes."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField
from wtforms.validators import ValidationError

from portal.accounts.forms import ConfirmedForm
from portal.booking.absences import Arrangement
from portal.booking.forms import WAITING_LIST, NameForm, NeedsForm, WaysForm
from portal.booking.models import TASKS, Booking
from portal.booking.outcomes import Outcome
from portal.booking.tasks import Task
from portal.i18n import LANGUAGES
from portal.web.forms import (
    Area,
    Day,
    Form,
    Line,
    VersionForm,
    Whole,
    at_most,
    choices,
    required,
    row_number,
)

SLOT_SEEN = re.compile(r"\b(\d{1,9})\.(\d{1,9})\.(\d{1,4})\b")
LONGEST_ABSENCE = timedelta(days=28)
ROW_AND_VERSION = re.compile(r"(\d{1,9})\.(\d{1,9})")


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


class FeedForm(ConfirmedForm):
    """Whose slots a calendar shall show; the password once more, because they leave the portal for good (S53)."""

    resource_id = SelectField(_l("Whose slots?"), coerce=row_number)


class ReleaseForm(Form):
    """The bookings that are marked, each as it was read: its row and its version."""

    marked = SelectMultipleField(
        choices=[], validate_choice=False, validators=[required(_l("Mark at least one booking"))]
    )

    def is_marked(self, booking: Booking, is_suspicious: object) -> bool:
        """Whether the booking is marked: as somebody has left it, or because it looks suspicious."""
        marked = self.marked.data
        return bool(is_suspicious) if marked is None else f"{booking.id}.{booking.version}" in marked

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

    def chosen_for(self, task: Task) -> str:
        """Who does a task, as the form shows it: who was chosen when it is this one, else who does it already."""
        if (self.kind.data, self.booking.data) == (task.kind, task.booking.id):
            return str(self.to.data)
        return str(task.assignee.id) if task.assignee else ""

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
