"""What gunicorn notes: its own troubles and, when asked with `--access-logfile`, each answer, in the lines of `portal.logs`."""

import sys
from datetime import timedelta
from typing import Any

from gunicorn.glogging import Logger

from portal import logs
from portal.web.numbers import ROUTE

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
