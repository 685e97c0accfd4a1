"""What editors type of benefits."""

from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField
from wtforms.validators import Optional, ValidationError

from portal.web.forms import Area, Day, Line, RowForm, at_most, required, whole

MOST = Decimal("99999999.99")


class Money(Line):
    """An amount in złoty, typed as people write it: 3386, 3 386,00 zł."""

    def process_data(self, value: Any) -> None:
        super().process_data(f"{value:.2f}".replace(".", ",") if value is not None else "")

    @property
    def stored(self) -> Decimal:
        """What the column keeps."""
        return Decimal("".join((self.data or "").lower().removesuffix("zł").split()).replace(",", "."))

    def pre_validate(self, form: Any) -> None:
        """It is money."""
        try:
            is_money = 0 < self.stored <= MOST and self.stored == round(self.stored, 2)
        except ArithmeticError:
            is_money = False
        if self.data and not is_money:
            raise ValidationError(_l("Enter an amount, for example 3386 or 215,84"))


class BenefitForm(RowForm):
    """A benefit in words."""

    title = Line(_l("Name"), validators=[required(_l("Enter a name")), at_most(200)])
    summary = Area(_l("For whom, in a sentence"), validators=[required(_l("Write a sentence")), at_most(300)])
    unit = Line(_l("How often it is paid"), validators=[at_most(60)])
    body = Area(_l("Text"), validators=[required(_l("Write the text")), at_most(50_000)])
    source = Area(_l("Legal basis"), validators=[at_most(500)])
    position = whole(_l("Place in the list"), 0, 999, 99)
    is_shown = BooleanField(_l("Residents can read it"), default=True)
    reason = Line(_l("What has changed"), validators=[at_most(200)])


class AmountForm(RowForm):
    """How much a benefit is, from when until when."""

    amount = Money(_l("Amount in złoty"), validators=[required(_l("Enter the amount"))])
    valid_from = Day(_l("First day"), validators=[required(_l("Enter the first day"))])
    valid_to = Day(_l("Last day"), validators=[Optional()])
    source = Area(
        _l("Source"), validators=[required(_l("Write where the amount is announced")), at_most(500)]
    )

    def validate_valid_to(self, field: Day) -> None:
        """Days run forwards."""
        if self.valid_from.data and field.data and field.data < self.valid_from.data:
            raise ValidationError(_l("The last day must not come before the first"))
