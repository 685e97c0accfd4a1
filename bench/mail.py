"""The message worker, beside a mail server that takes everything and beside one that never answers."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.servers import PATIENCE, ROOT


@contextmanager
def delivering(mail_url: str) -> Iterator[None]:
    """A worker that hands the portal's messages to this address; it is not waited for at the end."""
    command = [sys.executable, "-m", "portal", "worker"]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PORTAL_MAIL_URL": mail_url})
    try:
        yield
    finally:
        process.send_signal(signal.SIGKILL)  # it may hang in the middle of a letter
        process.wait(PATIENCE)


def willing(folder: Path) -> str:
    """Where every letter is taken at once: a folder."""
    (folder / "mail").mkdir(exist_ok=True)
    return f"folder:{folder / 'mail'}"


@contextmanager
def silent() -> Iterator[str]:
    """A mail server that lets everybody in and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        yield f"smtp://127.0.0.1:{server.getsockname()[1]}"
