"""What staff type to sign in, to prove who they are, and of each other's accounts."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, PasswordField, RadioField
from wtforms.validators import ValidationError
from wtforms.widgets import HiddenInput

from portal.accounts.permissions import ROLE_NAMES
from portal.text import read_email
from portal.web.forms import Form, Line, VersionForm, at_most, choices, required

LONGEST_PASSWORD = 1000


class SignInForm(Form):
    """Login and password; pasting and password managers are welcome (R36)."""

    login = Line(_l("E-mail address"), validators=[required(_l("Enter your e-mail address"))])
    password = PasswordField(
        _l("Password"), validators=[required(_l("Enter your password")), at_most(LONGEST_PASSWORD)]
    )


class CodeForm(Form):
    """A code of the authenticator app, or a recovery code."""

    code = Line(_l("Code"), validators=[required(_l("Enter the code")), at_most(40)])


class ForgottenForm(Form):
    """Whose password is forgotten."""

    login = Line(_l("E-mail address"), validators=[required(_l("Enter your e-mail address")), at_most(200)])


class NewPasswordForm(Form):
    """A new password; it is shown on wish by the browser, and typed once."""

    password = PasswordField(
        _l("New password"), validators=[required(_l("Enter the new password")), at_most(LONGEST_PASSWORD)]
    )


class ConfirmedForm(Form):
    """Something for which whoever is signed in shows the password once more (S53)."""

    ends_with = ("own_password",)
    own_password = PasswordField(
        _l("Your password"), validators=[required(_l("Enter your password")), at_most(LONGEST_PASSWORD)]
    )


class ChangePasswordForm(ConfirmedForm, NewPasswordForm):
    """The old password and a new one."""

    ends_with = ("password",)


class AdoptForm(ConfirmedForm, CodeForm):
    """A code of a newly connected app."""


class InviteForm(ConfirmedForm):
    """Somebody who is to work here."""

    name = Line(_l("Person or team"), validators=[required(_l("Enter the name")), at_most(120)])
    login = Line(_l("E-mail address"), validators=[required(_l("Enter the e-mail address")), at_most(200)])
    role = RadioField(
        _l("Role"), choices=choices(ROLE_NAMES.items()), validators=[required(_l("Choose the role"))]
    )

    def validate_login(self, field: Line) -> None:
        """An address that a message can reach."""
        mailbox = read_email(field.data)
        if mailbox:
            field.data = mailbox
        else:
            raise ValidationError(_l("Enter an e-mail address, for example name@example.com"))


class PersonForm(ConfirmedForm, VersionForm):
    """Somebody's name and role, and whether they still work here."""

    name = Line(_l("Person or team"), validators=[required(_l("Enter the name")), at_most(120)])
    role = RadioField(
        _l("Role"), choices=choices(ROLE_NAMES.items()), validators=[required(_l("Choose the role"))]
    )
    is_active = BooleanField(_l("Works here and may sign in"))


class SignedForm(Form):
    """What a device has answered; a script fills it in."""

    answer = Line(widget=HiddenInput(), validators=[at_most(20_000)])


class PasskeyForm(SignedForm, ConfirmedForm):
    """A new passkey and what its owner calls it."""

    name = Line(_l("Name of the passkey"), validators=[required(_l("Enter the name")), at_most(80)])


class KeyForm(VersionForm, ConfirmedForm):
    """A change to somebody's ways of signing in."""


def values_of(account: Any) -> dict[str, Any]:
    """What a `PersonForm` shows of an account."""
    return {
        "name": account.name,
        "role": account.role,
        "is_active": account.is_active,
        "version": account.version,
    }
