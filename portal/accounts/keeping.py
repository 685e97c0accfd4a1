"""Nothing typed is lost when a session runs out: a form that is sent then is kept for its owner for an hour, and after signing in its
page comes back filled (S54). Nothing is done by that: whoever typed it presses the button again."""

import json
from contextlib import suppress
from datetime import datetime
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from portal import clock
from portal.accounts.actions import owner_of
from portal.accounts.models import KeptForm, kept_for
from portal.accounts.permissions import needs
from portal.accounts.session import current_account, the_account
from portal.db import action, db, take_turns

blueprint = Blueprint("kept", __name__)

MARK = "zachowane=1"
NOT_KEPT = {"csrf_token", "password", "own_password"}
FILES = ""  # no field is called so: under it stand the names of the files
ELSEWHERE = {301, 302, 303, 403, 404}


def way_back() -> str:
    """Where signing in leads to: the page that was asked for. A form is kept and comes back with its page; a mere button waits on
    the page on which it was pressed."""
    here = _here()
    if request.method != "POST":
        return here
    if request.url_rule and "GET" not in (request.url_rule.methods or ()):
        return _marked(_page_before())
    _keep_what_was_sent(here)
    return _marked(here)


def _here() -> str:
    """The address that was asked for, in no language, without our mark."""
    asked = request.query_string.decode("latin-1").removesuffix(MARK).rstrip("&")
    return f"{request.path}?{asked}" if asked else request.path


def _marked(address: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}{MARK}"


def _page_before() -> str:
    before = urlsplit(request.referrer or "")
    path = before.path.removeprefix(request.root_path)
    if before.netloc != request.host or not path.startswith("/panel/") or not _can_be_opened(path):
        return "/panel"
    return f"{path}?{before.query}" if before.query else path


def _can_be_opened(path: str) -> bool:
    try:
        endpoint, _values = current_app.url_map.bind("").match(path, method="GET")
    except HTTPException:
        return False
    return str(endpoint).startswith("panel.")


def _keep_what_was_sent(here: str) -> None:
    token = session.get("_user_id")
    owner = owner_of(token) if token else None
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in NOT_KEPT]
    files = [(FILES, file.filename) for _, file in request.files.items(multi=True) if file.filename]
    if owner and (fields or files):
        keep(owner.id, here, [*fields, *files], clock.now())


@action
def keep(account_id: int, path: str, fields: list[tuple[str, str]], now: datetime) -> None:
    """Keep a form, sealed, in place of the one before it."""
    take_turns(KeptForm, str(account_id))
    kept = db.session.get(KeptForm, account_id) or KeptForm(account_id=account_id)
    kept.path, kept.at = path, now
    kept.fields = json.dumps(fields)
    db.session.add(kept)


@action
def let_go(account_id: int, path: str) -> None:
    """Keep a form no longer that has been sent."""
    kept = db.session.get(KeptForm, account_id)
    if kept and kept.path == path:
        db.session.delete(kept)


def put_back() -> None:
    """On the page to which signing in has led back: have its form filled with what was sent when the session had ended."""
    g.came_back = request.method != "POST" and request.query_string.endswith(MARK.encode())
    kept = kept_for(the_account().id, clock.now()) if g.came_back else None
    if kept and kept.path == _here():
        g.kept, g.typed = kept, MultiDict(json.loads(kept.fields))


def see_it_through(response: Response) -> ResponseReturnValue:
    """Show what was typed by itself where its page cannot be opened any more; keep it no longer when it has been sent."""
    if "kept" in g and response.status_code in ELSEWHERE:
        return redirect(url_for("panel.kept.show"), 303)
    account = current_account()
    if account and request.method == "POST" and response.status_code < 400:
        with suppress(DBAPIError):  # what was to be done is done
            let_go(account.id, _here())
    return response


def page_kept_for(account_id: int) -> str:
    """The page whose form is kept for the account; '' when none is."""
    kept = kept_for(account_id, clock.now())
    return _marked(kept.path) if kept else ""


@blueprint.get("/zachowane")
@needs("panel.open")
def show() -> ResponseReturnValue:
    """What was typed, by itself, to copy from; looking at it does not take it away."""
    kept = kept_for(the_account().id, clock.now())
    typed = [value for _, value in json.loads(kept.fields)] if kept else []
    return render_template("accounts/staff/kept.html", kept=kept, typed=typed)
