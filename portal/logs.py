"""What is written about running: one JSON object a line, without a word that anybody typed (S68, S69).

Our own messages are constants with kinds and counts filled in. Of what others log only the beginning is kept, before anything that
may have been filled in. An exception is its kind and where it happened: its message, its local variables and the request may quote people.
"""

import json
import logging
import re
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

request_number: ContextVar[str] = ContextVar("request_number", default="")

OURS = "portal"
BEGINNING = re.compile(r"[A-Za-z][A-Za-z ,-]*")


class JsonLines(logging.Formatter):
    """A record as a line of JSON; `extra={"facts": {...}}` adds to it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "says": _said(record),
            **({"request": request_number.get()} if request_number.get() else {}),
            **getattr(record, "facts", {}),
        }
        if record.exc_info and record.exc_info[0]:
            line |= {"error": record.exc_info[0].__name__, "where": _frames(record.exc_info[2])}
        return json.dumps(line, ensure_ascii=False)


def _said(record: logging.LogRecord) -> str:
    if record.name.partition(".")[0] == OURS:
        return record.getMessage()
    beginning = BEGINNING.match(str(record.msg))
    return beginning[0].strip() if beginning else ""


def _frames(trace: TracebackType | None) -> list[str]:
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]


class _Lines(logging.StreamHandler[TextIO]):
    """Tells our handler from others."""


def start(stream: TextIO) -> None:
    """Write to this stream from now on, for the whole process; also what Python itself would print of warnings and of the exception
    that ends it."""
    handler = _Lines(stream)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers = [kept for kept in root.handlers if not isinstance(kept, _Lines)] + [handler]
    logging.getLogger(OURS).setLevel(logging.INFO)
    logging.raiseExceptions = False  # a log that cannot be written quotes its record otherwise
    logging.captureWarnings(True)
    sys.excepthook = _last_word


def _last_word(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger(OURS).critical("ended by an error", exc_info=(kind, error, trace))


def answered(facts: dict[str, Any]) -> None:
    """Note that a request was answered."""
    logging.getLogger("portal.access").info("answered", extra={"facts": facts})
