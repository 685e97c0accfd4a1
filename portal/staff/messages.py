"""What was written to people, and what became of it."""

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from portal.accounts.permissions import needs
from portal.outbox.models import latest

blueprint = Blueprint("messages", __name__, url_prefix="/wiadomosci")


@blueprint.get("")
@needs("messages.read")
def index() -> ResponseReturnValue:
    """The newest messages, with the neutral text that each carries; whom they went to is on the booking's card."""
    office = current_app.extensions["post_office"]
    rows = [(message, office.render[message.about](message)) for message in latest()]
    return render_template("staff/messages.html", rows=rows)
