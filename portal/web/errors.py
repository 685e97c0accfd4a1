"""Error pages: a sentence, the search, home, and the help phone; never a trace (R16, R105)."""

import logging
from collections.abc import Sequence
from types import TracebackType
from urllib.parse import quote

from flask import Flask, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import ObjectDeletedError
from werkzeug import exceptions
from werkzeug.exceptions import HTTPException, SecurityError

from portal.crypto import Unreadable
from portal.db import db
from portal.errors import NotFound, Refused, TooMany
from portal.logs import request_number

log = logging.getLogger(__name__)

RETRY_SECONDS = "30"
SECRET = {"csrf_token", "password", "own_password", "code", "pin"}
WORTH_COPYING = 40
DATABASE_AWAY = (DBAPIError, PoolTimeout)
Trouble = tuple[type, BaseException, TracebackType] | tuple[None, None, None]


def init_app(app: Flask) -> None:
    """Answer every kind of trouble with a page."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(SecurityError, _strange_host)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(NotFound, _gone)
    app.register_error_handler(ObjectDeletedError, _gone)
    app.register_error_handler(Unreadable, _unreadable)
    for kind in DATABASE_AWAY:
        app.register_error_handler(kind, _database_away)
    for kind in (IntegrityError, DataError):
        app.register_error_handler(kind, _our_mistake)
    app.log_exception = _log_exception  # type: ignore[method-assign,assignment]


def _page(
    code: int, headers: dict[str, str] | None = None, typed: Sequence[str] = (), words: str = ""
) -> ResponseReturnValue:
    number = request_number.get() if code >= 500 else ""
    try:
        page = render_template("errors/error.html", words=words or code, number=number, typed=typed)
    except DATABASE_AWAY as error:
        if "database_away" in g:
            raise
        return _database_away(error)
    return page, code, headers or {}


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or (error.code or 500) < 400:
        return error
    if error.code == 404 and request.method in {"GET", "HEAD"} and request.path[1:].endswith("/"):
        return redirect(_without_slash(), 301)
    headers = {
        name: value
        for name, value in error.get_headers()
        if name in {"Allow", "Retry-After", "Content-Range"}
    }
    if error.code == 404 and request.method == "POST" and request.url_rule:
        return _page(404, headers, _typed(), "gone")
    return _page(error.code or 500, headers, _typed() if isinstance(error, CSRFError) else ())


def _without_slash() -> str:
    """The address asked for without the slashes that people, and other sites, put at its end; never an address elsewhere."""
    asked = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    return f"{request.root_path}/{quote(request.path.strip('/'))}{asked}"


def _typed() -> list[str]:
    """The long answers of a form without its token, or about what is gone. There is nobody, or nothing, that they could be kept
    for: they go back to whoever sent them, which only a page of ours can do (S63)."""
    answers = [(name, value) for name, values in request.form.lists() for value in values]
    return [value for name, value in answers if len(value) >= WORTH_COPYING and name not in SECRET]


def _log_exception(trouble: Trouble) -> None:
    """In place of Flask's line, which names the address."""
    log.error("unexpected", exc_info=trouble)


def _strange_host(_error: SecurityError) -> ResponseReturnValue:
    """Somebody asked for a host that is not ours: no page of ours has an address there."""
    return "400 Bad Request", 400, {"Content-Type": "text/plain"}


def _refused(error: Refused) -> ResponseReturnValue:
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, TooMany) else {}
    return _page(error.status, headers)


def _gone(_error: Exception) -> ResponseReturnValue:
    """What it is about is not there, or has gone while its page was made."""
    return _http(exceptions.NotFound())


def _unreadable(_error: Unreadable) -> ResponseReturnValue:
    """A sealed value was changed, belongs elsewhere, or its key is gone: nothing of it is shown (S67)."""
    said = {
        "title": _("What is kept here cannot be opened"),
        "message": _(
            "It was damaged, or its key is missing. Everything else works. Please phone us; if you work here, tell your administrator."
        ),
    }
    return render_template("errors/error.html", words=500, **said), 500


def _our_mistake(error: Exception) -> ResponseReturnValue:
    """The database has answered, and what we wanted to write is impossible: nothing that passes by itself."""
    log.error("unexpected", exc_info=error)
    db.session.rollback()
    return _page(500)


def _database_away(error: Exception) -> ResponseReturnValue:
    """Come again, or phone. The page asks the database nothing that it cannot do without, not even who is signed in."""
    g.database_away = True
    log.error("the database did not answer", exc_info=error)
    db.session.rollback()
    return _page(503, {"Retry-After": RETRY_SECONDS})
