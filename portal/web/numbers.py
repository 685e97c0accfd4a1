"""A number for each request, the same in the lines of the log and on the error page, and the route by which it is known there."""

import re
import secrets
from typing import TYPE_CHECKING

from flask import Flask, request

from portal.logs import request_number

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

ROUTE = "portal.route"
GIVEN = re.compile(r"[0-9a-f]{32}")
DIGITS = 8


class Numbered:
    """Gives each request its number: the beginning of the one that the proxy in front gave it, or a random one."""

    def __init__(self, app: "WSGIApplication", *, behind_proxy: bool) -> None:
        self._app = app
        self._behind_proxy = behind_proxy

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        given = environ.get("HTTP_X_REQUEST_ID", "") if self._behind_proxy else ""
        request_number.set(given[:DIGITS] if GIVEN.fullmatch(given) else secrets.token_hex(DIGITS // 2))
        return self._app(environ, start_response)


def init_app(app: Flask) -> None:
    """Note the route of each request where the server finds it."""
    app.before_request(_note_route)


def _note_route() -> None:
    request.environ[ROUTE] = request.url_rule.rule if request.url_rule else "none"
