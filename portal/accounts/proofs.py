"""What the staff pages ask of a typed password: that it is one's own, that a new one is good enough; and the picture of a secret."""

from urllib.parse import urlsplit

from flask import current_app, request, session
from flask_babel import gettext as _
from flask_babel import ngettext
from wtforms import Field

from portal import clock
from portal.accounts import actions, factors, passwords
from portal.accounts.forms import ConfirmedForm
from portal.accounts.models import Account
from portal.accounts.passkeys import Question, Site
from portal.accounts.permissions import sees_people
from portal.accounts.pictures import qr_code
from portal.accounts.session import the_account
from portal.errors import Refused

CHALLENGE = "challenge"


def is_confirmed(form: ConfirmedForm) -> bool:
    """Whether the password of whoever is signed in was shown; else the field says that it is wrong."""
    try:
        actions.confirm(the_account(), form.own_password.data or "", request.remote_addr or "", clock.now())
    except Refused as refusal:
        if refusal.code != "wrong":
            raise
        form.own_password.errors = [_("The password is wrong")]
        return False
    return True


def is_good(field: Field, account: Account) -> bool:
    """Whether the typed password is good enough; else the field says why not."""
    centre = current_app.config["CENTRE"]
    words = tuple(f"{centre.full_name} {centre.address}".replace(",", " ").split())
    found = passwords.weakness(field.data or "", account, words, has_second=has_second(account))
    if found == "short":
        number = least(account)
        field.errors = [
            ngettext(
                "Use at least %(num)d character. Several words are easy to remember.",
                "Use at least %(num)d characters. Several words are easy to remember.",
                number,
            )
        ]
    elif found:
        field.errors = [_("This password is easy to guess. Take several words that do not belong together.")]
    return not found


def has_second(account: Account) -> bool:
    """Whether a second factor is asked of the account, or will be."""
    return account.has_second_factor or (current_app.config["SECOND_FACTOR"] and sees_people(account.role))


def least(account: Account) -> int:
    """How many characters a password of this account needs."""
    return passwords.LEAST_WITH_SECOND if has_second(account) else passwords.LEAST_ALONE


def site() -> Site | None:
    """For whom passkeys are made here; None where the portal has no host name, for then browsers make none."""
    origin = urlsplit(current_app.config["PUBLIC_URL"])
    host = origin.hostname or ""
    if host.replace(".", "").isdigit() or ":" in host:
        return None
    return Site(host, current_app.config["CENTRE"].name, f"{origin.scheme}://{origin.netloc}")


def ask(question: Question | None) -> str:
    """Remember the challenge of a question and give what the browser is to be asked; '' when there is none."""
    if question is None:
        return ""
    session[CHALLENGE] = question.challenge
    return question.options


def challenge() -> str:
    """The challenge that was asked last, once."""
    return str(session.pop(CHALLENGE, ""))


def picture_of(secret: str, account: Account) -> dict[str, object]:
    """A new secret as an app and as people read it."""
    issuer = current_app.config["CENTRE"].name
    picture = qr_code(factors.address_of(secret, account, issuer))
    return {"picture": picture, "groups": factors.grouped(secret)}
