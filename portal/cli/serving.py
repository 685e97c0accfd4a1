"""Answering visitors. Nothing of the portal is loaded here: gunicorn does that, and would do it a second time."""

import os
import sys

import click

from portal.cli.settings import the_settings

WORKERS = "2"
KEEP_ALIVE = "75"  # seconds: longer than a proxy, so that none is closed under a request
THREADS = "4"


@click.group()
def room() -> None:
    """The commands of this file."""


@room.command()
@click.option("--port", default=8000, show_default=True)
@click.option("--bind", default="127.0.0.1", show_default=True)
def serve(port: int, bind: str) -> None:
    """Serve the portal with gunicorn, and note each answer."""
    the_settings()  # what is odd is said here in a sentence; the log of gunicorn would only say that something is
    os.execv(sys.executable, [*gunicorn(port, bind), "--access-logfile", "-"])


def gunicorn(port: int, bind: str) -> list[str]:
    """The command that answers visitors on this port."""
    return [
        *(sys.executable, "-m", "gunicorn", "portal.app:create_app()", "--bind", f"{bind}:{port}"),
        *(
            "--workers",
            os.environ.get("WEB_CONCURRENCY", WORKERS),
            "--worker-class",
            "portal.server.Worker",
            "--threads",
            THREADS,
        ),
        *(
            "--keep-alive",
            KEEP_ALIVE,
            "--no-control-socket",
            "--limit-request-line",
            "4094",
            "--log-level",
            "warning",
            "--logger-class",
            "portal.server.ServerLog",
            "--preload",
        ),
        *("--forwarded-allow-ips", "127.0.0.1"),
    ]
