"""What the editor's page asks for while somebody writes."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from portal.accounts.permissions import needs
from portal.web.forms import Area, clean
from portal.writing.paste import pasted
from portal.writing.tidy import tidy

blueprint = Blueprint("writing", __name__, url_prefix="/pisanie")


@blueprint.post("/wklejone")
@needs("content.edit")
def paste() -> ResponseReturnValue:
    """The pasted text as Markdown, in plain text. Nothing is kept."""
    text, html = (clean(request.form.get(name, "")) for name in ("text", "html"))
    return pasted(text, html), 200, {"Content-Type": "text/plain; charset=utf-8"}


def put_in_order(field: Area) -> bool:
    """Tidy the typed text when the button asks for it; whether it did."""
    if "tidy" not in request.form:
        return False
    field.data = tidy(field.data or "")
    return True
