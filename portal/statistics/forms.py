"""What staff type to take the statistics away."""

from flask_babel import lazy_gettext as _l
from wtforms import PasswordField

from portal.web.forms import Form, required


class ExportForm(Form):
    """The password once more, before numbers leave the portal (S28)."""

    password = PasswordField(_l("Your password"), validators=[required(_l("Enter your password"))])
