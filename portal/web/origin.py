"""A form is accepted only from a page of this portal, even with a good token (S63)."""

from flask import Flask, abort, request


def init_app(app: Flask) -> None:
    """Refuse changes that another site sends."""
    app.before_request(_refuse_foreign)


def _refuse_foreign() -> None:
    if request.method != "POST":
        return
    origin = request.headers.get("Origin")
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        abort(403)
    if origin is not None and origin != f"{request.scheme}://{request.host}":
        abort(403)
