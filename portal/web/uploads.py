"""Large files: only on pages that take them and from people who are signed in, straight to the disk on which they stay (S22)."""

from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any, TypeVar

from flask import Flask, Request, current_app, request
from flask_login import current_user

View = TypeVar("View", bound=Callable[..., Any])
INCOMING = "incoming"


class UploadingRequest(Request):
    """Writes each file of a form into the folder where media stay, so that none is in memory, and none has to be copied."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return NamedTemporaryFile(dir=current_app.config["MEDIA"] / INCOMING)


def takes(most_bytes: int) -> Callable[[View], View]:
    """Mark a staff view whose form may be as large as this."""

    def mark(view: View) -> View:
        view.most_bytes = most_bytes  # type: ignore[attr-defined]
        return view

    return mark


def init_app(app: Flask, folder: Path | None) -> None:
    """Raise the limit where it may be raised; before anything reads the form."""
    app.config["MEDIA"] = folder
    if folder is None:
        return
    app.request_class = UploadingRequest
    app.before_request(_raise_limit)


def _raise_limit() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    most = getattr(view, "most_bytes", None)
    if most and request.method == "POST" and current_user.is_authenticated:
        (current_app.config["MEDIA"] / INCOMING).mkdir(mode=0o700, parents=True, exist_ok=True)
        request.max_content_length = most
