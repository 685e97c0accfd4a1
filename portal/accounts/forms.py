"""What staff type to sign in."""

from flask_babel import lazy_gettext as _l
from wtforms import PasswordField

from portal.web.forms import Form, Line, required


class SignInForm(Form):
    """Login and password; pasting and password managers are welcome (R36)."""

    login = Line(_l("E-mail address"), validators=[required(_l("Enter your e-mail address"))])
    password = PasswordField(_l("Password"), validators=[required(_l("Enter your password"))])
