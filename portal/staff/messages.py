"""What was written to people, and what became of it."""

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from portal.accounts.permissions import needs
from portal.crypto import Unreadable
from portal.outbox.actions import Letter, PostOffice, Unsafe, Wait
from portal.outbox.models import Message, latest

blueprint = Blueprint("messages", __name__, url_prefix="/wiadomosci")


@blueprint.get("")
@needs("messages.read")
def index() -> ResponseReturnValue:
    """The newest messages to residents, with the neutral text that each carries; whom they went to is on the booking's card.
    What goes to staff holds links that open accounts, and is read by nobody else."""
    office = current_app.extensions["post_office"]
    rows = [(message, _letter(office, message)) for message in latest(besides="account")]
    return render_template("staff/messages.html", rows=rows)


def _letter(office: PostOffice, message: Message) -> Letter | None:
    """What the message says now; nothing when it is void, waits for its hour, or its person cannot be read any more."""
    try:
        return office.render[message.about](message)
    except (Unreadable, Unsafe, Wait):
        return None
