"""How long pages may be kept. Nothing is kept by default; reading pages are kept until something they show has changed.

A reading page is the same for everyone who has no session. Its strong ETag is made from the version of the content, not
from its body: a browser that has the page already costs no rendering, and each worker remembers the pages it rendered.
"""

import gzip
import hashlib
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, request

from portal import clock
from portal.freshness import content_version
from portal.web.display import display_of

View = TypeVar("View", bound=Callable[..., Any])
Remembered = tuple[bytes, list[tuple[str, str]]]
WORTH_COMPRESSING = 1000
MOST_PAGES = 500


def reading(view: View) -> View:
    """Mark a page that holds nothing personal and is the same for everyone without a session."""
    view.is_reading = True  # type: ignore[attr-defined]
    return view


def file_of_its_own(view: View) -> View:
    """Mark a view that sends a file with an ETag of its own; browsers ask each time whether they may use theirs."""
    view.is_file = True  # type: ignore[attr-defined]
    return view


def changes_by_itself() -> None:
    """Say that the page under way shows what changes without its content changing, such as free slots."""
    g.changes_by_itself = True


def init_app(app: Flask) -> None:
    """Answer from memory where that is right, and say on every answer how it may be kept (S38)."""
    pages: dict[str, Remembered] = {}

    @app.before_request
    def answer_from_memory() -> Response | None:
        if not _is_for_everyone():
            return None
        g.etag = _etag()
        if g.etag in request.if_none_match:
            return Response(status=304)
        body, headers = pages.get(g.etag, (b"", []))
        return Response(body, headers=headers) if body else None

    app.after_request(_let_files_be_kept)  # what is registered first comes last

    @app.after_request
    def finish(response: Response) -> Response:
        private = "etag" not in g or response.status_code >= 400 or response.cache_control.no_store
        response.headers["Cache-Control"] = "no-store" if private else "no-cache"
        if private:
            return response
        response.vary.update(["Cookie", "Accept-Encoding"])
        if response.status_code == 200 and "ETag" not in response.headers:
            _compress(response)
            _remember(response, pages)
            response.make_conditional(request)
        elif response.status_code == 304:
            response.set_etag(g.etag)
        return response


def _let_files_be_kept(response: Response) -> Response:
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "is_file", False) and response.status_code < 400:
        response.headers["Cache-Control"] = "no-cache"
    return response


def _is_for_everyone() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    has_session = current_app.session_interface.get_cookie_name(current_app) in request.cookies
    return getattr(view, "is_reading", False) and request.method in {"GET", "HEAD"} and not has_session


def _etag() -> str:
    """One for each state of the content, day, address, display setting, encoding, and release of the portal."""
    facts = (
        content_version(),
        clock.day_of(clock.now()),
        request.root_path + request.full_path,
        display_of(request),
        bool(request.accept_encodings["gzip"]),
        current_app.config["RELEASE"],
    )
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]


def _remember(response: Response, pages: dict[str, Remembered]) -> None:
    """Give the page its ETag; keep its bytes unless its address carries a question of the visitor's own."""
    if "changes_by_itself" in g:
        response.add_etag()
        return
    response.set_etag(g.etag)
    if not request.query_string:
        if len(pages) >= MOST_PAGES:
            pages.clear()
        pages[g.etag] = (response.get_data(), list(response.headers.items()))


def _compress(response: Response) -> None:
    """Only pages without secrets are compressed here, so that their length betrays nothing."""
    body = response.get_data()
    if len(body) < WORTH_COMPRESSING or not request.accept_encodings["gzip"]:
        return
    response.set_data(gzip.compress(body, compresslevel=6, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
