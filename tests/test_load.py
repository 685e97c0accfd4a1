"""Load that goes on: hours of ordinary use (S19), people who send a letter a second (S33), a flood of sign-ins (S89)."""

import os
import socket
import ssl
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx
import pytest

from tests.conftest import Databases, Figure, only_sqlite
from tests.parts import nginx, smtp
from tests.parts.busy import Busy
from tests.parts.processes import TOKEN, Crowd, Portal, environment, free_port, processes_of
from tests.test_kill import mail as mail
from tests.test_races import Scene

READING = (
    "/",
    "/pomoc",
    "/pomoc/przemoc",
    "/ogloszenia",
    "/kontakt",
    "/uk/",
    "/en/pomoc",
    "/szukaj?q=rodzina",
)
FLOOD = 300  # seconds
SOAK = int(os.environ.get("SOAK_MINUTES", "20"))  # S19 asks for 120


@dataclass(frozen=True)
class Answer:
    """When it was asked for, how long it took (in seconds), and its status, 0 when there was none."""

    at: float
    took: float
    status: int


@pytest.fixture
def scene(kind: str, databases: Databases, tmp_path: Path) -> Scene:
    return Scene(databases.filled(kind, tmp_path), tmp_path, room=20_000)


@pytest.fixture
def portal(scene: Scene, mail: smtp.Smtp, tmp_path: Path) -> Iterator[Portal]:
    """As many workers as the requirements measure with."""
    ours = environment(scene.url, tmp_path, mail, WEB_CONCURRENCY="4")
    running = Portal(ours, free_port())
    running.start()
    yield running
    running.kill()


def steady(rate: float, seconds: float, ask: Callable[[int], int]) -> list[Answer]:
    """Ask so many times a second, whether or not the answers before have come."""
    begun, answers = time.monotonic(), list[Answer]()

    def once(number: int) -> None:
        at = time.monotonic()
        try:
            status = ask(number)
        except httpx.HTTPError:
            status = 0
        answers.append(Answer(at - begun, time.monotonic() - at, status))

    with ThreadPoolExecutor(200) as people:
        for number in range(int(rate * seconds)):
            time.sleep(max(0, begun + number / rate - time.monotonic()))
            people.submit(once, number)
    return answers


def p95(answers: list[Answer]) -> float:
    """The time within which nineteen of twenty were answered, in seconds."""
    return quantiles([answer.took for answer in answers], n=20)[-1]


def memory(portal: Portal) -> float:
    """What all its processes take together, shared pages counted once (PSS), in MiB."""
    return sum(_kilobytes(process) for process in processes_of(portal)) / 1024


def _kilobytes(process: str) -> int:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def open_files(portal: Portal) -> int:
    """How many files and connections its processes have open."""
    return sum(len(list(Path(f"/proc/{process}/fd").iterdir())) for process in processes_of(portal))


def address_of(portal: Portal) -> str:
    return f"http://127.0.0.1:{portal.port}"


@contextmanager
def reader(address: str, **more: Any) -> Iterator[Callable[[int], int]]:
    """Somebody who reads one page after another."""
    with httpx.Client(base_url=address, timeout=60, **more) as browser:
        yield lambda number: browser.get(READING[number % len(READING)]).status_code


@pytest.mark.torture
@only_sqlite
def test_whoever_signs_in_in_a_flood_keeps_nobody_from_reading(portal: Portal, figure: Figure) -> None:
    """Fifty wrong passwords a second for five minutes, each for another account, so that none is refused before it is hashed."""
    with signing_in(portal) as guess, reader(address_of(portal)) as read_on, ThreadPoolExecutor(1) as beside:
        reading = beside.submit(steady, 5, FLOOD, read_on)
        flood = steady(50, FLOOD, guess)
        read = reading.result()
    statuses, most = Counter(answer.status for answer in flood), memory(portal)
    figure(f"S89 a flood of {len(flood)} sign-ins: statuses", "422, 429 or 503", dict(statuses))
    figure("S89 95 of 100 pages read meanwhile within, seconds", "≤ 1 s", p95(read))
    figure("S89 memory of all processes, MiB", "≤ 1024", most)
    assert statuses.keys() <= {422, 429, 503}
    assert {answer.status for answer in read} == {200}
    assert most < 1024


@contextmanager
def signing_in(portal: Portal) -> Iterator[Callable[[int], int]]:
    """Somebody who tries one account after another."""
    with httpx.Client(
        base_url=address_of(portal), timeout=120, limits=httpx.Limits(max_connections=None)
    ) as browser:
        token = TOKEN.search(browser.get("/panel/logowanie").text)
        assert token
        typed = {"csrf_token": token[1], "password": "x" * 20}
        yield (
            lambda number: (
                browser.post(
                    "/panel/logowanie", data=typed | {"login": f"ktos{number}@example.com"}
                ).status_code
            )
        )


@pytest.mark.torture
def test_hours_of_ordinary_use_leave_no_trace(portal: Portal, scene: Scene, figure: Figure) -> None:
    """Twenty requests a second, of every forty visitors one books; `SOAK_MINUTES` says for how long."""
    crowd, at_ten, minutes = Crowd(portal.port, scene.roomy), 10 * 60, SOAK * 60
    with reader(address_of(portal)) as read_on, ThreadPoolExecutor(1) as beside:

        def visit(number: int) -> int:
            return books(crowd, number) if number % 40 == 0 else read_on(number)

        using = beside.submit(steady, 17, minutes, visit)
        time.sleep(at_ten)
        before = memory(portal), open_files(portal)
        time.sleep(minutes - at_ten)
        after = memory(portal), open_files(portal)
        answers = using.result()
    first = p95([answer for answer in answers if answer.at < at_ten])
    last = p95([answer for answer in answers if answer.at > minutes - at_ten])
    said = f"{1000 * first:.0f} ms at first, {1000 * last:.0f} at the end"
    figure(f"S19 {SOAK} minutes: 95 of 100 within, {said}", "≤ 1.2 times", last / first)
    figure(
        f"S19 {SOAK} minutes: growth of {before[0]:.0f} MiB (PSS) after minute ten",
        "≤ 10 %",
        100 * (after[0] / before[0] - 1),
    )
    figure(
        f"S19 {SOAK} minutes: open files after minute ten and at the end",
        "as many",
        f"{before[1]} → {after[1]}",
    )
    assert Counter(answer.status for answer in answers).keys() == {200}
    assert after[0] <= 1.1 * before[0]
    assert after[1] <= before[1] + 8  # visitors' connections come and go
    assert scene.violations() == {}


def books(crowd: Crowd, number: int) -> int:
    """One whole booking; 500 when something was odd on the way."""
    try:
        crowd.book(f"osoba{number}@example.com")
    except AssertionError:
        return 500
    return 200


@pytest.mark.torture
@only_sqlite
def test_whoever_sends_a_letter_a_second_keeps_nobody_waiting(
    scene: Scene, mail: smtp.Smtp, tmp_path: Path, figure: Figure
) -> None:
    """Two hundred connections for a minute, before nginx as the manual has it."""
    port = free_port()
    address = {"PORTAL_PUBLIC_URL": f"https://127.0.0.1:{port}", "PORTAL_BEHIND_PROXY": "1"}
    portal = Portal(environment(scene.url, tmp_path, mail, **address), free_port())
    portal.start("serve")
    try:
        with (
            nginx.running(port, portal.port, tmp_path / "nginx") as front,
            reader(front.address, verify=front.trust()) as read_on,
            Dribble(port, 200, front.trust()) as dribble,
        ):
            read = steady(2, 60, read_on)
    finally:
        portal.kill()
    figure(
        f"S33 {dribble.letters} letters: 95 of 100 pages read meanwhile within, seconds", "≤ 1 s", p95(read)
    )
    assert {answer.status for answer in read} == {200}
    assert dribble.letters > 2000


class Dribble(Busy):
    """So many connections that begin a request and send a letter of it each second; those that are closed come again."""

    def __init__(self, port: int, connections: int, trust: ssl.SSLContext) -> None:
        super().__init__(connections)
        self._port, self._trust = port, trust
        self.letters = 0

    def _go_on(self) -> None:
        while not self._stop.is_set():
            with (
                suppress(OSError),
                socket.create_connection(("127.0.0.1", self._port), 30) as plain,
                self._trust.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
            ):
                self._dribble(connection)

    def _dribble(self, connection: ssl.SSLSocket) -> None:
        for letter in "GET / HTTP/1.1\r\nX-Letters: " + "x" * 1000:
            if self._stop.wait(1):
                return
            connection.sendall(letter.encode("ascii"))
            self.letters += 1
