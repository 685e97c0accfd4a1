"""Forms: fields that hand over clean text, and one way to show a form again."""

import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, time
from typing import Any

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext as _nl
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, StringField, TextAreaField, TimeField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.validators import InputRequired, Length

LARGEST = 2**31 - 1
EARLIEST, LATEST = 2000, 2100


def clean(text: str) -> str:
    """Text without control characters (new lines stay), composed, without spaces around it."""
    kept = "".join(
        c for c in text.replace("\r\n", "\n") if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"}
    )
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


class OurWords:
    """Has WTForms speak through our catalogues."""

    gettext = staticmethod(gettext)
    ngettext = staticmethod(ngettext)


class Form(FlaskForm):
    """The base of every form; it posts to the address that shows it."""

    class Meta(FlaskForm.Meta):
        """What WTForms asks of a form."""

        def get_translations(self, form: Any) -> OurWords:
            """The catalogues of the portal."""
            return OurWords()

    @property
    def status(self) -> int:
        """The HTTP status of the page that shows this form: 422 after a mistake."""
        return 422 if self.errors else 200


class Line(StringField):
    """One line of text."""

    data: Any

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = clean(" ".join(valuelist[0].split())) if valuelist else None


class Area(TextAreaField):
    """Several lines of text."""

    data: Any

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = clean(valuelist[0]) if valuelist else None


class Whole(IntegerField):
    """A whole number that a database can hold."""

    data: Any

    def process_formdata(self, valuelist: list[Any]) -> None:
        with in_our_words(_l("Enter a whole number")):
            super().process_formdata(valuelist)
            if self.data is not None and abs(self.data) > LARGEST:
                raise ValueError


class Day(DateField):
    """A day."""

    data: Any

    def process_formdata(self, valuelist: list[Any]) -> None:
        with in_our_words(_l("Enter a date, for example 2026-12-01")):
            super().process_formdata(valuelist)


class Hour(TimeField):
    """A time of day."""

    data: Any

    def process_formdata(self, valuelist: list[Any]) -> None:
        with in_our_words(_l("Enter a time, for example 15:30")):
            super().process_formdata(valuelist)


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


def required(message: Any) -> InputRequired:
    """The field must be filled in; the message says how."""
    return InputRequired(message=message)


def at_most(length: int) -> Length:
    """The text may have this many characters."""
    return Length(max=length, message=_l("Use at most %(max)d characters", max=length))


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
