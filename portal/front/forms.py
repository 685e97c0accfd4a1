"""Display settings."""

from flask_babel import lazy_gettext as _l
from wtforms import RadioField

from portal.web.forms import Form, choices


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
