"""What editors keep besides announcements, with a way to each."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.accounts.permissions import needs

blueprint = Blueprint("content", __name__, url_prefix="/tresc")


@blueprint.get("")
@needs("content.edit")
def index() -> ResponseReturnValue:
    """Everything that can be edited."""
    return render_template("staff/content.html")
