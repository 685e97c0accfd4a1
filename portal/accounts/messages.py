"""What we write to staff about their accounts, in Polish: links that work once, and what has changed about signing in."""

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from portal import clock
from portal.accounts.models import LINKS, Account, AccountLink
from portal.accounts.passwords import token_of
from portal.db import db
from portal.outbox.actions import Letter
from portal.outbox.models import Message


def render(message: Message) -> Letter | None:
    """The letter; None when its link does not work any more or the account has ended."""
    account = db.session.get(Account, message.about_id, populate_existing=True)
    if account is None or not account.is_active:
        return None
    site = current_app.config["PUBLIC_URL"]
    link = _link(message.schedule_version, site) if message.kind in LINKS else ""
    if link is None:
        return None
    with force_locale("pl"):
        template = current_app.jinja_env.get_template(f"accounts/messages/{message.kind}.txt")
        text = template.render(link=link, site=site)
        return Letter(message.letter_id, account.login, _subject(message.kind), text)


def _subject(kind: str) -> str:
    subjects = {
        "invitation": _("Invitation to the staff panel"),
        "reset": _("New password for the staff panel"),
        "password_changed": _("Your password has changed"),
        "factors_changed": _("The way you sign in has changed"),
        "many_cards_read": _("Somebody reads very much in the staff panel"),
        "hidden_opened": _("Somebody has opened a hidden card in the staff panel"),
    }
    return str(subjects[kind])


def _link(link_id: int, site: str) -> str | None:
    link = db.session.get(AccountLink, link_id, populate_existing=True)
    if link is None or not link.works(clock.now()):
        return None
    return f"{site}/panel/haslo/{link.id}/{token_of(link)}"
