"""Tables as files for a spreadsheet that no cell of can start a formula (S28)."""

import csv
import io
from collections.abc import Iterable, Sequence

TYPE = "text/csv; charset=utf-8"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")


def spreadsheet(rows: Iterable[Sequence[object]]) -> bytes:
    """The rows as CSV that Polish Excel opens: UTF-8 with a mark of the byte order, semicolons, CRLF."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(
        [_cell(cell) for cell in row] for row in rows
    )
    return text.getvalue().encode("utf-8-sig")


def _cell(cell: object) -> str:
    """A text that begins like a formula gets an apostrophe first (ASVS 1.2.10)."""
    text = str(cell)
    return f"'{text}" if text.startswith(FORMULA) else text
