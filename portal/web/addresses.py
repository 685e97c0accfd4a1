"""What addresses may hold."""

import re

from flask import Flask, request
from flask.typing import ResponseReturnValue
from werkzeug.routing import IntegerConverter

CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class RowNumber(IntegerConverter):
    """The number of a row: never more digits than a database can look up, so that whoever types more gets a 404."""

    regex = r"[0-9]{1,9}"


def init_app(app: Flask) -> None:
    """Read `<int:…>` in addresses as the number of a row; to be called before any address is added. No text of ours holds a
    control character, no page may show one, and PostgreSQL refuses to be asked for a NUL."""
    app.url_map.converters["int"] = RowNumber
    app.before_request(_refuse_controls)


def _refuse_controls() -> ResponseReturnValue | None:
    """As nginx does: no page of ours has such an address."""
    return ("400 Bad Request", 400, {"Content-Type": "text/plain"}) if CONTROLS.search(request.path) else None
