"""What gunicorn notes, its own troubles and, when asked with `--access-logfile`, each answer, in the lines of `portal.logs`;
and what it answers by itself, to whom the portal is never asked about."""

import sys
from contextlib import suppress
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from gunicorn.glogging import Logger
from gunicorn.http.errors import (
    ExpectationFailed,
    InvalidResponseHeader,
    InvalidResponseHeaderName,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
    UnsupportedTransferCoding,
)
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import ThreadWorker

from portal import logs
from portal.web.headers import strict_headers
from portal.web.numbers import ROUTE

UNREADABLE = {  # the first that fits
    InvalidResponseHeader: HTTPStatus.INTERNAL_SERVER_ERROR,
    InvalidResponseHeaderName: HTTPStatus.INTERNAL_SERVER_ERROR,
    LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
    ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
    ParseException: HTTPStatus.BAD_REQUEST,
    Exception: HTTPStatus.INTERNAL_SERVER_ERROR,
}
KNOWN_METHODS = {"GET", "HEAD", "POST", "OPTIONS"}


class ServerLog(Logger):
    """Names the route of an answer instead of its address: an address may hold a token or a name, a route never does."""

    def setup(self, cfg: Any) -> None:
        """Take gunicorn's handlers away; what it says goes where all goes."""
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            log.handlers, log.propagate = [], True
        logs.start(sys.stdout)

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta) -> None:
        """One answer."""
        if not self.access_log_enabled:
            return
        method = environ["REQUEST_METHOD"]
        logs.answered(
            {
                "method": method if method in KNOWN_METHODS else "other",
                "route": environ.get(ROUTE, ""),
                "status": int(str(resp.status).split(maxsplit=1)[0]),
                "bytes": resp.sent,
                "ms": request_time // timedelta(milliseconds=1),
            }
        )


class Worker(ThreadWorker):
    """Answers what cannot be read, and therefore never reaches the portal, with the same headers as all else (S34). gunicorn's
    own answer has none of them, quotes what was sent, and notes from where."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """In place of gunicorn's page and its line in the log."""
        status = next(status for kind, status in UNREADABLE.items() if isinstance(exc, kind))
        if status == HTTPStatus.INTERNAL_SERVER_ERROR:
            self.log.error("a request was not answered", exc_info=exc)
        else:
            self.log.warning("a request could not be read")
        with suppress(OSError):
            write_nonblock(client, _answer(status, secure=self.wsgi.config["SECURE"]))


def _answer(status: HTTPStatus, *, secure: bool) -> bytes:
    said = f"{status.value} {status.phrase}"
    headers = strict_headers(secure=secure) | {
        "Cache-Control": "no-store",
        "Connection": "close",
        "Content-Type": "text/plain",
        "Content-Length": str(len(said)),
    }
    lines = [f"HTTP/1.1 {said}", *(f"{name}: {value}" for name, value in headers.items()), "", said]
    return "\r\n".join(lines).encode("ascii")
