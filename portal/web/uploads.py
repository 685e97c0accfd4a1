"""What a request may bring (S22): forms of so many fields; large files only on pages that take them and from people who are signed in,
straight to the disk on which they stay, or were so when they opened the form, so that what they typed beside a file can be kept."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any, TypeVar

from flask import Flask, Request, current_app, request, session
from flask_login import current_user
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

View = TypeVar("View", bound=Callable[..., Any])
INCOMING = "incoming"


class CountedForms(FormDataParser):
    """Counts and weighs also the fields of forms without files, of which Werkzeug takes any number of any size."""

    def parse(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str] | None = None,
    ) -> tuple[IO[bytes], MultiDict[str, str], MultiDict[str, FileStorage]]:
        """The fields and files. Raises `RequestEntityTooLarge` for more than `MAX_FORM_PARTS` of them, and for fields of more than
        `MAX_FORM_MEMORY_SIZE`, however large a form with files may be there."""
        if mimetype == "application/x-www-form-urlencoded":
            if self.max_form_memory_size is not None and (content_length or 0) > self.max_form_memory_size:
                raise RequestEntityTooLarge
            body = stream.read()  # no more than MAX_CONTENT_LENGTH
            if self.max_form_parts is not None and body.count(b"&") >= self.max_form_parts:
                raise RequestEntityTooLarge
            stream = BytesIO(body)
        return super().parse(stream, mimetype, content_length, options)


class CountingRequest(Request):
    """A request whose forms are counted, however they are sent."""

    form_data_parser_class = CountedForms


class UploadingRequest(CountingRequest):
    """Writes each file of a form into the folder where media stay, so that none is in memory, and none has to be copied."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        if current_user.is_authenticated:
            return NamedTemporaryFile(dir=current_app.config["MEDIA"] / INCOMING)
        return Nowhere()


class Nowhere(BytesIO):
    """Where the files of somebody go whose session has ended: only what they have typed is kept."""

    def write(self, data: Any) -> int:
        """Drop it."""
        return len(data)


def takes(most_bytes: int) -> Callable[[View], View]:
    """Mark a staff view whose form may be as large as this."""

    def mark(view: View) -> View:
        view.most_bytes = most_bytes  # type: ignore[attr-defined]
        return view

    return mark


def init_app(app: Flask, folder: Path | None) -> None:
    """Raise the limit where it may be raised; before anything reads the form."""
    app.config["MEDIA"] = folder
    app.request_class = CountingRequest
    if folder is None:
        return
    app.request_class = UploadingRequest
    app.before_request(_raise_limit)


def _raise_limit() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    most = getattr(view, "most_bytes", None)
    if most and request.method == "POST" and "_user_id" in session:
        (current_app.config["MEDIA"] / INCOMING).mkdir(mode=0o700, parents=True, exist_ok=True)
        request.max_content_length = most
