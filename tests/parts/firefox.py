"""Firefox as Debian brings it, told what to do in the words that it understands by itself (Marionette), for what depends on the browser:
what it shows again on the way back.

with firefox(folder, javascript=False) as browser:
    browser.open("http://127.0.0.1:5000/pomoc")
    browser.click("[data-exit]")
    browser.back()
    assert "pomoc" not in browser.url
"""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from tests.parts.processes import free_port, wait_for

FIREFOX = os.environ.get("FIREFOX", "/usr/bin/firefox-esr")
PREFERENCES = {
    "app.normandy.enabled": False,
    "app.update.auto": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage": "about:blank",
    "datareporting.policy.dataSubmissionEnabled": False,
    "intl.accept_languages": "pl",
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "remote.prefs.recommended": False,  # as people have it: pages that were left are kept for the way back
    "signon.rememberSignons": False,
    "toolkit.telemetry.enabled": False,
}
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
COMPLAINTS = """
  return Services.console.getMessageArray()
    .filter(one => one instanceof Ci.nsIScriptError && !(one.flags & one.warningFlag) && one.sourceName.startsWith("http"))
    .map(one => `${one.category}: ${one.errorMessage}`);
"""


class FirefoxError(Exception):
    """What Firefox answers to what it cannot do, such as to look for an element that is not there."""


class Firefox:
    """One window."""

    def __init__(self, connection: socket.socket) -> None:
        self._stream, self._numbers = connection.makefile("rwb"), count()
        self._read()  # who it is
        self._ask("NewSession")

    def open(self, url: str) -> None:
        """Go to an address, and wait for the page."""
        self._ask("Navigate", url=url)

    def back(self) -> None:
        """Go one page back; nowhere when there is none."""
        self._ask("Back")

    @property
    def url(self) -> str:
        """The address of the page."""
        return str(self._ask("GetCurrentURL"))

    @property
    def source(self) -> str:
        """The page as it stands."""
        return str(self._ask("GetPageSource"))

    def click(self, selector: str) -> None:
        """Click the first element, and wait for the page that it leads to."""
        self._ask("ElementClick", id=self._find(selector))

    def write(self, selector: str, text: str) -> None:
        """Type into a field."""
        self._ask("ElementSendKeys", id=self._find(selector), text=text)

    def text(self, selector: str) -> str:
        """What an element says."""
        return str(self._ask("GetElementText", id=self._find(selector)))

    def values(self) -> list[str]:
        """What stands in all fields of the page."""
        fields = self._ask("FindElements", using="css selector", value="input, textarea, select")
        return [
            str(self._ask("GetElementProperty", id=field[ELEMENT], name="value")) for field in fields or []
        ]

    def cookies(self) -> list[dict[str, Any]]:
        """The cookies of this page."""
        return list(self._ask("GetCookies"))

    def run(self, script: str) -> Any:
        """What a function with this body answers in the page."""
        return self._ask("ExecuteScript", script=script, args=[])

    def complaints(self) -> list[str]:
        """The errors of pages in its console: scripts that fail, content that is refused."""
        self._command("Marionette:SetContext", value="chrome")
        said = self.run(COMPLAINTS)
        self._command("Marionette:SetContext", value="content")
        return list(said)

    def _find(self, selector: str) -> str:
        return str(self._ask("FindElement", using="css selector", value=selector)[ELEMENT])

    def _ask(self, verb: str, /, **what: Any) -> Any:
        return self._command(f"WebDriver:{verb}", **what)

    def _command(self, name: str, /, **what: Any) -> Any:
        message = json.dumps([0, next(self._numbers), name, what]).encode()
        self._stream.write(b"%d:%b" % (len(message), message))
        self._stream.flush()
        _, _, error, answer = self._read()
        if error:
            raise FirefoxError(f"{name}: {error['error']}: {error['message']}")
        return answer["value"] if isinstance(answer, dict) and "value" in answer else answer

    def _read(self) -> Any:
        size = b""
        while (byte := self._stream.read(1)) != b":":
            size += byte
        return json.loads(self._stream.read(int(size)))


@contextmanager
def firefox(folder: Path, *, javascript: bool = True) -> Iterator[Firefox]:
    """A window of a new Firefox whose profile lies in this empty folder."""
    port = free_port()
    preferences = PREFERENCES | {"marionette.port": port, "javascript.enabled": javascript}
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in preferences.items()]
    (folder / "user.js").write_text("".join(lines))
    command = [
        FIREFOX,
        "--headless",
        "--marionette",
        "--remote-allow-system-access",
        "--no-remote",
        "--profile",
        str(folder),
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        wait_for(lambda: _answers(port), 60)
        with socket.create_connection(("127.0.0.1", port), 60) as connection:
            yield Firefox(connection)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _answers(port: int) -> bool:
    with socket.socket() as visitor:
        return visitor.connect_ex(("127.0.0.1", port)) == 0
