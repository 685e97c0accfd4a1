"""Nothing typed is lost when a session runs out: what was sent then is kept for its owner for an hour, and can be sent again
after signing in (S54)."""

import json
from datetime import datetime

from flask import Blueprint, render_template, request, session
from flask.typing import ResponseReturnValue

from portal import clock
from portal.accounts.actions import owner_of
from portal.accounts.models import KEPT, KeptForm
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.db import action, db

blueprint = Blueprint("kept", __name__)

NOT_KEPT = {"csrf_token", "password", "own_password", "code"}


def keep_what_was_sent() -> bool:
    """Keep the form of this request for whoever was signed in; False when nobody knows who that was."""
    token, typed = session.get("_user_id"), request.form.to_dict(flat=False)
    owner = owner_of(token) if token else None
    fields = [(name, value) for name, values in typed.items() for value in values if name not in NOT_KEPT]
    if owner is None or not fields:
        return False
    keep(owner.id, request.root_path + request.full_path.rstrip("?"), fields, clock.now())
    return True


@action
def keep(account_id: int, path: str, fields: list[tuple[str, str]], now: datetime) -> None:
    """Keep a form, sealed, in place of the one before it."""
    kept = db.session.get(KeptForm, account_id) or KeptForm(account_id=account_id)
    kept.path, kept.at = path, now
    kept.fields = json.dumps(fields)
    db.session.add(kept)


@blueprint.get("/zachowane")
@needs("panel.open")
def show() -> ResponseReturnValue:
    """What was typed, to be sent again from here; looking at it does not take it away."""
    kept = db.session.get(KeptForm, the_account().id)
    if kept is None or clock.now() - kept.at > KEPT:
        return render_template("accounts/staff/kept.html", kept=None)
    return render_template(
        "accounts/staff/kept.html", kept=kept, fields=json.loads(kept.fields), until=kept.at + KEPT
    )
