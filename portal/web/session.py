"""One opaque cookie, set only when something has to be remembered: JSON, packed small and sealed with AES-256-GCM.

It holds the answers of a form under way and, for staff, a random token whose row in the database can be ended.
Nothing of it can be read or changed outside, nothing is left on the server when a resident walks away (S37, S82).
"""

import json
import zlib
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SessionInterface, SessionMixin

from portal import clock
from portal.crypto import Unreadable, keyring

LIFETIME_SECONDS = 3600
FORM_SECONDS = 12 * 3600
FORM_KEY = "csrf_token"
WHOSE_KEY = (
    "_user_id"  # of Flask-Login; its session has ended by then, but what was typed finds its owner (S54)
)
REFRESH_AFTER_SECONDS = 300
STAMP = "_at"
PURPOSE = "session"


class SealedSessions(SessionInterface):
    """Keeps the session in the visitor's browser for an hour after the last request. What it holds is forgotten then; only
    a form that lies open may still be sent, so that nothing typed is lost (S64)."""

    session_class = SecureCookieSession

    def __init__(self, *, secure: bool) -> None:
        self._secure = secure
        self._name = "__Host-portal" if secure else "portal"

    def get_cookie_name(self, app: Flask) -> str:
        """The cookie's name; on https it is bound to the host by its name."""
        return self._name

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        """The session of this request; an empty one when the cookie is old, foreign or absent."""
        sealed = request.cookies.get(self._name)
        if not sealed:
            return _new()
        try:
            data: dict[str, Any] = json.loads(zlib.decompress(keyring().open_bytes(sealed, PURPOSE)))
        except (Unreadable, ValueError, zlib.error):
            return _new()
        age = clock.now().timestamp() - data.get(STAMP, 0)
        if age <= LIFETIME_SECONDS:
            return SecureCookieSession(data)
        left = {key: data[key] for key in (FORM_KEY, WHOSE_KEY) if key in data}
        return SecureCookieSession(left if age <= FORM_SECONDS else {})

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Seal what has changed; forget an emptied session."""
        if session.accessed:
            response.vary.add("Cookie")
        if not set(session) - {STAMP}:
            if session.modified:
                response.delete_cookie(
                    self._name, path="/", secure=self._secure, httponly=True, samesite="Lax"
                )
            return
        now = clock.now().timestamp()
        if session.modified or now - session.get(STAMP, 0) > REFRESH_AFTER_SECONDS:
            session[STAMP] = int(now)
            kept = json.dumps(dict(session), separators=(",", ":"), ensure_ascii=False)
            sealed = keyring().seal_bytes(zlib.compress(kept.encode(), 9), PURPOSE)
            response.set_cookie(
                self._name, sealed, path="/", secure=self._secure, httponly=True, samesite="Lax"
            )


def _new() -> SecureCookieSession:
    """A session that begins with this request: whatever a browser still has of a form belonged to one that is over."""
    session = SecureCookieSession()
    session.new = True
    return session
