"""What addresses may hold."""

from flask import Flask
from werkzeug.routing import IntegerConverter


class RowNumber(IntegerConverter):
    """The number of a row: never more digits than a database can look up, so that whoever types more gets a 404."""

    regex = r"[0-9]{1,9}"


def init_app(app: Flask) -> None:
    """Read `<int:…>` in addresses as the number of a row; to be called before any address is added."""
    app.url_map.converters["int"] = RowNumber
