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
POLICY = "Content-Security-Policy"
HEADERS = {
    POLICY: CONTENT_SECURITY_POLICY,
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


def strict_headers(*, secure: bool) -> dict[str, str]:
    """What every answer carries, on https or not."""
    return HEADERS | (HTTPS_ONLY if secure else {})


class StrictHeaders:
    """Adds the headers, and refuses methods that no page of the portal knows (S32)."""

    def __init__(self, app: "WSGIApplication", *, secure: bool) -> None:
        self._app = app
        self._headers = strict_headers(secure=secure)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            own = dict(headers).get(POLICY, "")
            policy = (
                [(POLICY, own)] if own.startswith("sandbox;") else []
            )  # a file may be held tighter than a page
            kept = [(name, value) for name, value in headers if name not in self._headers]
            given = list((self._headers | dict(policy)).items())
            return start_response(status, kept + given, *rest)

        if environ["REQUEST_METHOD"] not in METHODS:
            start(
                "405 Method Not Allowed",
                [
                    ("Allow", "GET, HEAD, POST, OPTIONS"),
                    ("Cache-Control", "no-store"),
                    ("Content-Length", "0"),
                ],
            )
            return []
        return self._app(environ, start)
