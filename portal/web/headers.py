"""The same strict headers on every answer, also on those that Flask never sees (S34, S35)."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "media-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "object-src 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
    "X-Frame-Options": "DENY",
}
HTTPS_ONLY = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
METHODS = {"GET", "HEAD", "POST", "OPTIONS"}


class StrictHeaders:
    """Adds the headers, and refuses methods that no page of the portal knows (S32)."""

    def __init__(self, app: "WSGIApplication", *, secure: bool) -> None:
        self._app = app
        self._headers = HEADERS | (HTTPS_ONLY if secure else {})

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            kept = [(name, value) for name, value in headers if name not in self._headers]
            return start_response(status, kept + list(self._headers.items()), *rest)

        if environ["REQUEST_METHOD"] not in METHODS:
            start("405 Method Not Allowed", [("Allow", "GET, HEAD, POST, OPTIONS"), ("Content-Length", "0")])
            return []
        return self._app(environ, start)
