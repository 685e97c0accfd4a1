"""One way to save a row that somebody has edited: what was typed is never lost."""

from collections.abc import Callable
from typing import Any

from portal.db import db
from portal.errors import Refused
from portal.web.forms import RowForm


def newer_text(refusal: Refused) -> Any:
    """The text that somebody else has saved meanwhile; any other refusal goes on."""
    if refusal.code != "stale":
        raise refusal
    return refusal.details["current"]


def saved(form: RowForm, save: Callable[[int, dict[str, Any]], Any], row: Any | None) -> int | None:
    """None when `save(version, values)` has kept what the form holds; otherwise the status of the page that shows it again.

    When somebody else has saved meanwhile the form tells what is saved now, and the next save is one that has seen it (409).
    """
    if not form.validate_on_submit():
        return form.status
    try:
        save(form.version.data, form.values())
    except Refused as refusal:
        if refusal.code != "changed" or row is None:
            raise
        form.show_newer(db.session.get_one(type(row), row.id, populate_existing=True))
        return refusal.status
    return None
