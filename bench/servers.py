"""gunicorn as `portal serve` starts it, and the processor time that it uses."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from portal.cli.serving import gunicorn

ROOT = Path(__file__).parent.parent
PORTAL = "portal.app:create_app()"
PATIENCE = 30
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A running server: where it listens, and the processes that work for it (a database server may be among them)."""

    port: int
    roots: tuple[int, ...]

    def cpu(self) -> float:
        """The seconds of processor time that its processes have used so far."""
        return sum(_seconds(pid) for root in self.roots for pid in _family(root))


@contextmanager
def serving(app: str, *helpers: int) -> Iterator[Server]:
    """A server of this WSGI app on a free port of 127.0.0.1; `helpers` are processes whose time counts as well."""
    port = _free_port()
    command = [app if part == PORTAL else part for part in gunicorn(port, "127.0.0.1")]
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    try:
        _wait_for(process, port)
        yield Server(port, (process.pid, *helpers))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"{process.args!r} did not start")


def _family(pid: int) -> Iterator[int]:
    """A process and all that come from it."""
    yield pid
    for child in _read(f"/proc/{pid}/task/{pid}/children").split():
        yield from _family(int(child))


def _seconds(pid: int) -> float:
    """Own time and that of children that have ended."""
    fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11:15]) / TICKS


def _read(path: str) -> str:
    """Nothing when the process has just ended."""
    try:
        return Path(path).read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
