"""The portal as real processes, and people who book in it as they would, one talk after another.

with Crowd(portal.port, slot_id) as crowd:
    portal.kill()
    portal.start()
assert crowd.odd == []
"""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

import httpx

from tests.conftest import KEYS
from tests.parts.busy import Busy
from tests.parts.smtp import Smtp

ROOT = Path(__file__).parent.parent.parent
CLIENTS = 4
TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')
PIN = re.compile(r'id="pin"[^>]*>([^<]+)<')
REFERENCE = re.compile(r'id="reference">([^<]+)<wbr>([^<]+)<')


def environment(url: str, data: Path, mail: Smtp, **more: str) -> dict[str, str]:
    """What the processes of a portal with the demo's settings are told, nobody being limited."""
    ours = {
        "PORTAL_DEMO": "1",
        "PORTAL_DATA": str(data),
        "PORTAL_KEYS": KEYS,
        "PORTAL_DATABASE_URL": url,
        "PORTAL_LIMITS": "off",
        "PORTAL_MAIL_URL": f"smtp://{mail.host}:{mail.port}",
    }
    return os.environ | ours | more


@dataclass
class Portal:
    """Web and worker as real processes that can be killed together."""

    environment: dict[str, str]
    port: int
    log: BinaryIO | None = None
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *verbs: str) -> float:
        """Start both, or what is named; answers how many seconds passed until the first page."""
        begun = time.monotonic()
        for verb in verbs or ("serve", "worker"):
            command = [
                sys.executable,
                "-m",
                "portal",
                verb,
                *(["--port", str(self.port)] * (verb == "serve")),
            ]
            self.processes.append(
                subprocess.Popen(
                    command,
                    cwd=ROOT,
                    env=self.environment,
                    stdout=self.log,
                    stderr=self.log,
                    start_new_session=True,
                )
            )
        while time.monotonic() - begun < 60:
            try:
                httpx.get(f"http://127.0.0.1:{self.port}/pomoc", timeout=5)
            except httpx.HTTPError:
                time.sleep(0.05)
            else:
                return time.monotonic() - begun
        raise AssertionError("the portal does not start")

    def is_alive(self) -> bool:
        """Whether none of its processes has ended."""
        return all(process.poll() is None for process in self.processes)

    def reload(self) -> None:
        """Have gunicorn replace its workers (SIGHUP); answers when all of them are new."""
        master = self.processes[0].pid
        old = children_of(master)
        os.kill(master, signal.SIGHUP)
        wait_for(lambda: len(children_of(master)) >= len(old) and not old & children_of(master))

    def kill(self) -> None:
        for process in self.processes:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.processes.clear()


class Crowd(Busy):
    """So many people at once who book, one talk after another, and remember the references that they have seen; `browser` is
    what their browsers are told in place of the portal's own port."""

    def __init__(
        self, port: int, slot_id: int, name: str = "osoba", people: int = CLIENTS, **browser: Any
    ) -> None:
        super().__init__(people)
        ours: dict[str, Any] = {
            "base_url": f"http://127.0.0.1:{port}",
            "follow_redirects": True,
            "timeout": 20,
        }
        self._browser, self._slot, self._name = ours | browser, slot_id, name
        self._numbers = count()
        self.seen: dict[str, str] = {}
        self.pins: dict[str, str] = {}
        self.odd: list[str] = []
        self.lost: list[str] = []
        self.refused: list[httpx.Response] = []

    def _go_on(self) -> None:
        while not self._stop.is_set():
            mailbox = f"{self._name}{next(self._numbers)}@example.com"
            try:
                self.book(mailbox)
            except httpx.HTTPError as error:  # killed under our hands: whether it was booked is not known
                self.lost.append(repr(error))
                time.sleep(0.05)
            except AssertionError as error:
                self.odd.append(str(error))

    def book(self, mailbox: str) -> None:
        """One booking, whose confirmation gives the reference and the PIN."""
        with httpx.Client(**self._browser) as browser:
            page = browser.get("/umow-rozmowe/a1/termin")
            for typed in (
                {"slot": str(self._slot)},
                {},
                {"name": "Ktoś", "channel": "email", "email": mailbox},
                {},
            ):
                self._look_at(page)
                token = TOKEN.search(page.text)
                assert token, page.url
                page = browser.post(
                    page.url.path, data={"csrf_token": token[1], **typed}, headers={"Referer": str(page.url)}
                )
            self._look_at(page)
            found, pin = REFERENCE.search(page.text), PIN.search(page.text)
            assert found, f"{page.url} {page.status_code}"
            assert pin
            self.pins[mailbox] = "".join(c for c in pin[1] if c.isdigit())
            self.seen[mailbox] = found[1] + found[2]

    def _look_at(self, page: httpx.Response) -> None:
        if page.status_code == 503:
            self.refused.append(page)
        assert page.status_code == 200, f"{page.url} {page.status_code}"


def processes_of(portal: Portal) -> set[str]:
    """All that belong to a portal: those that were started, and what they have started."""
    return {str(process.pid) for process in portal.processes} | {
        child for process in portal.processes for child in children_of(process.pid)
    }


def children_of(process: int) -> set[str]:
    """The processes that this one has started and that are there."""
    return set(Path(f"/proc/{process}/task/{process}/children").read_text().split())


def wait_for(what: Callable[[], bool], seconds: float = 60) -> float:
    """Wait until it is so; answers how many seconds that took."""
    begun = time.monotonic()
    while not what():
        assert time.monotonic() - begun < seconds, what
        time.sleep(0.1)
    return time.monotonic() - begun


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
