"""Forms: fields that hand over clean text, and one way to show a form again."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date, datetime, time
from typing import Any

from flask import g, request, session
from flask_babel import get_translations, gettext
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext as _nl
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.validators import InputRequired, Length, NumberRange, StopValidation, ValidationError
from wtforms.widgets import HiddenInput

from portal import clock

LARGEST = 2**31 - 1
EARLIEST, LATEST = 2000, 2100
DIRECTIONS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # would turn the rest of a page around
INVISIBLE = str.maketrans("", "", "\u00ad\u200b\u2060\ufeff" + DIRECTIONS)  # come along when text is copied


def clean(text: str) -> str:
    """Text without control characters (new lines stay) and invisible ones, composed, without spaces around it."""
    plain = text.replace("\r\n", "\n").translate(INVISIBLE)
    kept = "".join(c for c in plain if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})
    return unicodedata.normalize("NFC", kept).strip()


THEIR_WORDS = (  # what WTForms says by itself when somebody sends what no page of ours offers
    _l("Not a valid choice."),
    _l("Invalid Choice: could not coerce."),
    _l("Invalid choice(s): one or more data inputs could not be coerced."),
    _nl(
        "'%(value)s' is not a valid choice for this field.",
        "'%(value)s' are not valid choices for this field.",
        1,
    ),
)


class Required(InputRequired):
    """The field must hold something: spaces are nothing, and what could not be read is judged no further."""

    def __call__(self, form: Any, field: Any) -> None:
        if field.data == "":
            field.errors[:] = []
            raise StopValidation(self.message or "")
        super().__call__(form, field)
        if field.errors:
            raise StopValidation


def required(message: Any) -> Required:
    """The field must be filled in; the message says how."""
    return Required(message=message)


class OurWords:
    """Has WTForms speak through our catalogues; it fills in the values by itself."""

    gettext = staticmethod(gettext)

    @staticmethod
    def ngettext(one: str, many: str, count: int) -> str:
        """The sentence for this number, with its gaps."""
        return str(get_translations().ungettext(one, many, count))


class Form(FlaskForm):
    """The base of every form; it posts to the address that shows it.

    Its fields have the order of the page, in which the list of mistakes names them: as they are declared, those of base classes
    first, and in the end those that `ends_with` names.
    """

    ends_with: tuple[str, ...] = ()

    class Meta(FlaskForm.Meta):
        """What WTForms asks of a form."""

        def render_field(self, field: Any, render_kw: dict[str, Any]) -> Any:
            """The token also says when a session begins with this page, for `portal.js` (S82)."""
            begins = {"data-new": ""} if field.name == self.csrf_field_name and session.new else {}
            return super().render_field(field, render_kw | begins)

        def get_translations(self, form: Any) -> OurWords:
            """The catalogues of the portal."""
            return OurWords()

    def __init__(self, *sent: Any, **more: Any) -> None:
        """Filled with what was sent, or, on a page that comes back after signing in, with what was sent before (S54)."""
        if not sent and g.get("typed"):
            more.setdefault("formdata", g.typed)
        super().__init__(*sent, **more)
        for name in self.ends_with:
            self._fields[name] = self._fields.pop(name)

    @property
    def status(self) -> int:
        """The HTTP status of the page that shows this form: 422 after a mistake."""
        return 422 if self.errors else 200


class Line(StringField):
    """One line of text; a form that leaves it out says nothing."""

    data: Any

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = clean(" ".join(valuelist[0].split())) if valuelist else ""


class Area(TextAreaField):
    """Several lines of text; a form that leaves them out says nothing."""

    data: Any

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = clean(valuelist[0]) if valuelist else ""


class Whole(IntegerField):
    """A whole number that a database can hold."""

    data: Any

    def process_formdata(self, valuelist: list[Any]) -> None:
        with in_our_words(_l("Enter a whole number")):
            super().process_formdata(valuelist)
            if self.data is not None and abs(self.data) > LARGEST:
                self.data = None
                raise ValueError


class Day(DateField):
    """A day from which one can count on and back in every calendar of ours."""

    data: Any

    def process_formdata(self, valuelist: list[Any]) -> None:
        with in_our_words(_l("Enter a date, for example 2026-12-01")):
            super().process_formdata(valuelist)
            if self.data and not EARLIEST <= self.data.year < LATEST:
                self.data = None
                raise ValueError


class Days(Area):
    """Several days, typed one after the other: 2026-12-31 or 31.12.2026, with commas, spaces or new lines between."""

    days: tuple[date, ...] = ()

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        typed = re.split(r"[\s,;]+", self.data or "")
        self.days = tuple(_day(word) for word in typed if word)


def _day(word: str) -> date:
    for pattern in ("%Y-%m-%d", "%d.%m.%Y"):
        with suppress(ValueError):
            return datetime.strptime(word, pattern).date()  # noqa: DTZ007 – a day has no zone
    raise ValueError(
        gettext("%(word)s is not a date. Write for example 2026-12-31 or 31.12.2026.", word=word)
    )


class Hour(TimeField):
    """A time of day."""

    data: Any

    def process_formdata(self, valuelist: list[Any]) -> None:
        with in_our_words(_l("Enter a time, for example 15:30")):
            super().process_formdata(valuelist)


class Codes(SelectMultipleField):
    """Several of some codes; a column keeps them as words of one text."""

    data: Any

    def process_data(self, value: Any) -> None:
        super().process_data((value or "").split())

    @property
    def stored(self) -> str:
        """What the column keeps."""
        return " ".join(self.data or [])


class Other(SelectField):
    """Another row by its number; 0 stands for none."""

    data: Any

    def __init__(self, label: Any, **bound: Any) -> None:
        super().__init__(label, coerce=row_number, **bound)

    def process_data(self, value: Any) -> None:
        super().process_data(value or 0)

    @property
    def stored(self) -> int | None:
        """What the column keeps."""
        return self.data or None


class OneOrNone(RadioField):
    """One of some answers; none is an answer too, unless the form finds one missing."""

    def pre_validate(self, form: Any) -> None:
        if self.data:
            super().pre_validate(form)


def typed() -> Mapping[str, str]:
    """The fields that were sent, for a page that has as many as there are rows; or were sent before signing in again (S54)."""
    return g.get("typed") or request.form


class ConfirmForm(Form):
    """A button that needs nothing but a page of ours."""


class VersionForm(Form):
    """A change to something that was read at this version."""

    version = Whole(validators=[required(_l("Reload the page and try again"))])


class RevisionForm(Form):
    """A change to the text that was read as this number."""

    base_revision = Whole(
        widget=HiddenInput(), default=0, validators=[required(_l("Reload the page and try again"))]
    )


class RowForm(Form):
    """The row of a table as it was read at `version`: each field is called as its column."""

    version = Whole(
        widget=HiddenInput(), default=0, validators=[required(_l("Reload the page and try again"))]
    )
    is_stale = False
    newer: tuple[tuple[Any, str], ...] = ()

    def values(self) -> dict[str, Any]:
        """What to keep, by column."""
        return {field.name: getattr(field, "stored", field.data) for field in self._columns()}

    def show_newer(self, row: Any) -> None:
        """Somebody else has saved meanwhile: tell what is saved now where it differs from what was typed, and let the next
        save be one that has seen it."""
        now = type(self)(formdata=None, obj=row)
        pairs = [(field, now[field.name].data) for field in self._columns()]
        self.newer = tuple(
            (field.label.text, in_words(field, data)) for field, data in pairs if field.data != data
        )
        self.version.data, self.is_stale = row.version, True

    def _columns(self) -> list[Any]:
        return [field for field in self if field.name not in {"version", "csrf_token"}]


def in_words(field: Any, data: Any) -> str:
    """What a field holds, as people read it."""
    if isinstance(field, BooleanField):
        return str(gettext("yes") if data else gettext("no"))
    labels = {choice.value: choice.label for choice in getattr(field, "choices", None) or []}
    chosen = data if isinstance(data, list) else [data]
    return ", ".join(str(labels.get(value, value)) for value in chosen) or str(gettext("none"))


@contextmanager
def in_our_words(sentence: Any) -> Iterator[None]:
    """Say it in a sentence of our own catalogue when a value cannot be read."""
    try:
        yield
    except ValueError:
        raise ValueError(sentence) from None


def choices(pairs: Iterable[tuple[Any, Any]]) -> list[Any]:
    """Options of a select, radio or checkbox field, from pairs of value and label."""
    return [SelectChoice(value, label) for value, label in pairs]


def not_in_future(_form: Any, field: Any) -> None:
    """What is recorded has happened."""
    if field.data and field.data > clock.day_of(clock.now()):
        raise ValidationError(_l("Enter a day that is not in the future"))


class AtMost(Length):
    """The text may not be longer. The browser is not told, for it would cut off what is pasted without a word."""

    def __init__(self, length: int) -> None:
        super().__init__(max=length, message=_l("Use at most %(max)d characters", max=length))
        self.field_flags = {}


def at_most(length: int) -> AtMost:
    """The text may have this many characters."""
    return AtMost(length)


def between(least: int, most: int) -> NumberRange:
    """The number lies between these two, both included."""
    return NumberRange(least, most, _l("Enter a number from %(least)d to %(most)d", least=least, most=most))


def whole(label: Any, least: int, most: int, default: int, *more: Any) -> Whole:
    """A field for a whole number between two others."""
    return Whole(
        label, default=default, validators=[required(_l("Enter a number")), between(least, most), *more]
    )


def date_in(text: str | None) -> date | None:
    """The day that part of an address names, if any; it has a day before and after it in every calendar of ours."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if EARLIEST <= day.year <= LATEST else None


def time_in(text: str | None) -> time | None:
    """The time of day that part of an address names, if any."""
    try:
        return time.fromisoformat(text or "").replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        return None


def number_in(text: str | None) -> int | None:
    """The number of a row that part of an address names, if any."""
    return int(text) if text and re.fullmatch(r"[0-9]{1,9}", text) else None


def row_number(value: str | int) -> int:
    """The number of a row that a choice names, whether or not it is offered; no database is asked for one that it cannot hold.
    Raises `ValueError`."""
    number = number_in(str(value))
    if number is None:
        raise ValueError
    return number
