"""The files themselves: by a name that cannot be guessed, as what they are, and unable to do anything (S26)."""

import re
from collections.abc import Callable, Sequence

from flask import Blueprint, Flask, abort, current_app, render_template, request, send_file
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from portal.accounts.session import may
from portal.media.models import (
    Medium,
    Uses,
    is_withheld,
    media_numbered,
    medium_called,
    numbers_there,
)
from portal.text import slug_of
from portal.web.reading import file_of_its_own
from portal.web.references import Figure, show_files

blueprint = Blueprint("media", __name__)

ONE_RANGE = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))")
HARMLESS = "sandbox; default-src 'none'"


def init_app(app: Flask) -> None:
    """Let templates ask for media by their numbers, and texts show them."""
    app.extensions["media_uses"] = []
    show_files(app, numbers_there, _figures)
    app.jinja_env.globals.update(media_numbered=media_numbered)
    app.register_blueprint(blueprint)


def used_by(app: Flask, uses: Callable[[], Uses]) -> None:
    """Have files be seen by residents only while they read a text that shows them, as far as these texts go."""
    app.extensions["media_uses"].append(uses)


def _figures(numbers: Sequence[int]) -> dict[int, Figure]:
    """Those that are there: pictures and films as blocks, documents as links within a line."""
    return {
        medium.id: Figure(
            Markup(render_template("media/figure.html", medium=medium).strip()),  # noqa: S704 - our template
            medium.kind != "document",
        )
        for medium in media_numbered(numbers)
    }


@blueprint.get("/media/<name>/<file>")
@file_of_its_own
def show(name: str, file: str) -> ResponseReturnValue:
    """One file of a medium; a part of it when the browser asks for a range. Documents are saved, never opened here."""
    root = current_app.config["MEDIA"] or abort(404)
    medium = medium_called(name) or abort(404)
    if is_withheld(medium, [uses() for uses in current_app.extensions["media_uses"]]) and not may(
        "media.edit"
    ):
        abort(404)
    mime = medium.files.get(file) or abort(404)
    path = root / medium.name / file
    if not path.is_file():
        abort(404)
    _read_range(path.stat().st_size)
    response = send_file(
        path,
        mimetype=mime,
        conditional=True,
        as_attachment=medium.kind == "document",
        download_name=_called(medium, file),
    )
    response.headers["Content-Security-Policy"] = HARMLESS
    return response


def _read_range(size: int) -> None:
    """Send the whole file where the header is nonsense, asks for several parts, or for more of the end than there is (RFC 9110,
    14.1 and 14.2); only what begins after the end is refused."""
    asked = ONE_RANGE.fullmatch(request.headers.get("Range", ""))
    first, last, end = asked.groups() if asked else (None, None, None)
    is_backwards = bool(first and last) and int(last or 0) < int(first or 0)
    if asked is None or is_backwards or (end and int(end) >= size):
        request.environ.pop("HTTP_RANGE", None)


def _called(medium: Medium, file: str) -> str:
    return f"{slug_of(medium.title)}.{file.rpartition('.')[2]}"
