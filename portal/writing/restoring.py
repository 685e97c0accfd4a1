"""Going back to a saved text, the same for every kind of text."""

from collections.abc import Callable, Iterable
from typing import Any

from flask import flash, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.session import the_account
from portal.errors import Refused
from portal.web.editing import newer_text
from portal.web.forms import RevisionForm
from portal.writing.compare import differences

Fields = Callable[[Any, Any], Iterable[tuple[str, str, str]]]


def restoring(
    text: Any, latest: Any, restore: Callable[..., Any], back: str, fields: Fields, code: str = "pl"
) -> ResponseReturnValue:
    """The page of a saved text beside the newest one, by what `fields(old, new)` tells of both; posting saves it once more, by
    `restore(base_revision, by=, now=)`."""
    form, trouble = RevisionForm(base_revision=latest.number), ""
    if form.validate_on_submit():
        try:
            restore(form.base_revision.data, by=the_account(), now=clock.now())
        except Refused as refusal:
            latest, trouble = newer_text(refusal), refusal.code
            form.base_revision.data = latest.number
        else:
            flash(_("The old text has been saved as the newest one. Residents read it after you publish it."))
            return redirect(back, 303)
    found = differences(fields(text, latest))
    told = {"text": text, "latest": latest, "form": form, "trouble": trouble, "differences": found}
    page = render_template("writing/old.html", back=back, code=code, **told)
    return page, Refused.status if trouble else form.status
