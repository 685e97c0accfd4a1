"""Display settings, and what editors type of the frame of every page."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectField
from wtforms.validators import Optional, ValidationError

from portal import clock
from portal.front.destinations import destinations_now
from portal.front.models import LEADS
from portal.media.models import pictures_with_words
from portal.web.display import CHOICES, Display
from portal.web.forms import Area, Day, Form, Line, RowForm, at_most, choices, required, row_number, whole


class DisplayForm(Form):
    """How pages shall look."""

    theme = RadioField(
        _l("Colours"),
        choices=choices(
            [
                ("", _l("As on my device")),
                ("light", _l("Light")),
                ("dark", _l("Dark")),
                ("contrast", _l("Yellow on black")),
            ]
        ),
    )
    size = RadioField(
        _l("Text size"),
        choices=choices([("", _l("A – normal")), ("1", _l("A+ – large")), ("2", _l("A++ – largest"))]),
    )
    spacing = RadioField(
        _l("Space between letters, words and lines"),
        choices=choices([("", _l("Normal")), ("wide", _l("Wide"))]),
    )
    motion = RadioField(
        _l("Motion"), choices=choices([("", _l("As on my device")), ("less", _l("Nothing moves"))])
    )

    @property
    def display(self) -> Display:
        """What was chosen."""
        return Display(**{name: self[name].data for name in CHOICES})


def leads_somewhere(_form: Any, field: Any) -> None:
    """An address of this portal at which there is a page, or a safe one elsewhere."""
    if field.data and not LEADS.match(field.data):
        raise ValidationError(
            _l("Write an address of this portal such as /kontakt, or a whole one such as https://www.gov.pl/")
        )
    if field.data.startswith("/") and not destinations_now(clock.now()).leads(field.data):
        raise ValidationError(_l("There is no page at this address, or it is not published yet"))


def path_field() -> Line:
    """Where something leads."""
    validators = [required(_l("Write where it leads")), at_most(200), leads_somewhere]
    return Line(_l("Where it leads"), validators=validators)


class MenuItemForm(RowForm):
    """An entry of the main menu."""

    label = Line(_l("Words"), validators=[required(_l("Write what it says")), at_most(40)])
    label_uk = Line(_l("Words in Ukrainian"), validators=[at_most(40)])
    label_en = Line(_l("Words in English"), validators=[at_most(40)])
    path = path_field()
    position = whole(_l("Place in the list"), 0, 999, 99)


class ShortcutForm(RowForm):
    """A shortcut of the home page."""

    label = Line(_l("Words"), validators=[required(_l("Write what it says")), at_most(120)])
    description = Line(_l("Description"), validators=[required(_l("Write a sentence")), at_most(300)])
    path = path_field()
    position = whole(_l("Place in the list"), 0, 999, 99)


class LogoForm(RowForm):
    """A logo of the home page; only a picture with words can be one, for the words are those of the link (R12, R24)."""

    label = Line(_l("Name"), validators=[required(_l("Write whose logo it is")), at_most(120)])
    medium_id = SelectField(_l("Picture"), coerce=row_number)
    path = path_field()
    position = whole(_l("Place in the list"), 0, 999, 99)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pictures = pictures_with_words()
        self.medium_id.choices = choices((one.id, f"{one.title} ({one.alt})") for one in pictures)


class BannerForm(RowForm):
    """The urgent banner."""

    is_shown = BooleanField(_l("Show it on every page"))
    text = Area(_l("Text"), validators=[at_most(300)])
    text_uk = Area(_l("Text in Ukrainian"), validators=[at_most(300)])
    text_en = Area(_l("Text in English"), validators=[at_most(300)])
    until = Day(_l("Last day"), validators=[Optional()])

    def validate_text(self, field: Area) -> None:
        """Nobody shows nothing."""
        if self.is_shown.data and not field.data:
            raise ValidationError(_l("Write what is urgent"))

    def validate_until(self, field: Day) -> None:
        """Nobody shows what is over."""
        if self.is_shown.data and field.data and field.data < clock.day_of(clock.now()):
            raise ValidationError(_l("This day is over. Enter a later one, or none"))
