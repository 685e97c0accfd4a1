"""Two hundred people at one moment, at the real server: three get the three places, the others a page that helps (S1)."""

import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from tests.conftest import Figure
from tests.parts.processes import REFERENCE, TOKEN, Portal
from tests.test_kill import mail as mail
from tests.test_kill import portal as portal
from tests.test_kill import scene as scene
from tests.test_races import Scene

PEOPLE, PLACES, RUNS = 200, 3, 10
SLOW = 3
RADIO = re.compile(r'<input type="radio"[^>]* name="slot"')

pytestmark = pytest.mark.torture


class Person:
    """A browser in which everything is answered but the time that all want."""

    def __init__(self, address: str, number: int, roomy: int) -> None:
        self.name = f"Osoba numer {number}"
        self._browser = httpx.Client(base_url=address, follow_redirects=True, timeout=60)
        page = self._browser.get("/umow-rozmowe/a1/termin")
        for typed in ({"slot": str(roomy)}, {}, {"name": self.name, "channel": "none"}):
            page = self._send(page, typed)
        self._page = self._browser.get("/umow-rozmowe/a1/termin")

    def _send(self, page: httpx.Response, typed: dict[str, str]) -> httpx.Response:
        token = TOKEN.search(page.text)
        assert token, page.url
        return self._browser.post(page.url.path, data={"csrf_token": token[1], **typed})

    def want(self, slot: int, start: threading.Barrier) -> tuple[list[float], httpx.Response]:
        """Change to this slot and confirm; answers how long each page took, and the last one."""
        start.wait(60)
        page, took = self._page, []
        for typed in ({"slot": str(slot)}, {}):
            begun = time.monotonic()
            page = self._send(page, typed)
            took.append(time.monotonic() - begun)
            if page.status_code == 409:
                break
        return took, page

    def leave(self) -> None:
        self._browser.close()


@contextmanager
def people(address: str, roomy: int, first: int) -> Iterator[list[Person]]:
    with ThreadPoolExecutor(8) as pool:
        crowd = list(pool.map(lambda n: Person(address, n, roomy), range(first, first + PEOPLE)))
    try:
        yield crowd
    finally:
        for person in crowd:
            person.leave()


def test_two_hundred_people_want_three_places(
    kind: str, portal: Portal, scene: Scene, figure: Figure
) -> None:
    address, slots, slowest = f"http://127.0.0.1:{portal.port}", scene.more(RUNS, PLACES), []
    for run, slot in enumerate(slots):
        with people(address, scene.roomy, run * PEOPLE) as crowd, ThreadPoolExecutor(PEOPLE) as pool:
            start = threading.Barrier(PEOPLE)
            answers = list(pool.map(lambda person: person.want(slot, start), crowd))  # noqa: B023 - used at once
        assert Counter(page.status_code for _took, page in answers) == {200: PLACES, 409: PEOPLE - PLACES}
        references = {REFERENCE.search(page.text) for _took, page in answers if page.status_code == 200}
        assert None not in references
        assert len(references) == PLACES
        assert all(RADIO.search(page.text) for _took, page in answers if page.status_code == 409), (
            "other times"
        )
        assert scene.booked(slot) == (PLACES, PLACES)
        slowest.append(sorted(max(took) for took, _page in answers)[int(PEOPLE * 0.95)])
    assert scene.violations() == {}
    figure(f"S1 {kind}: slowest p95 of a page in {RUNS} runs of {PEOPLE} people", f"≤ {SLOW} s", max(slowest))
