"""A small closed-loop load generator: each connection asks again as soon as it has its answer."""

import gzip
import re
import socket
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from time import perf_counter

from bench.servers import Server

MOST_REQUESTS = 20_000
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
BODILESS = {204, 304}


@dataclass(frozen=True)
class Answer:
    """An answer as it came over the wire."""

    head: bytes
    body: bytes

    @property
    def status(self) -> int:
        return int(self.head[9:12])

    @property
    def size(self) -> int:
        """Bytes on the wire, headers included."""
        return len(self.head) + len(self.body)

    @property
    def text(self) -> bytes:
        """The body as it was before it was compressed."""
        return gzip.decompress(self.body) if self.header("content-encoding") == "gzip" else self.body

    def header(self, name: str) -> str:
        """The value of a header, or nothing."""
        found = re.search(rf"\r\n{name}: *([^\r]*)".encode(), self.head, re.IGNORECASE)
        return found[1].decode("latin-1") if found else ""


class Connection:
    """One connection that is kept open."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, question: bytes) -> Answer:
        """Send a request and wait for the whole answer."""
        self._socket.sendall(question)
        data = self._more(b"")
        while (end := data.find(b"\r\n\r\n") + 4) < 4:
            data = self._more(data)
        length = end + _length(data[:end])
        while len(data) < length:
            data = self._more(data)
        return Answer(data[:end], data[end:])

    def _more(self, data: bytes) -> bytes:
        part = self._socket.recv(1 << 17)
        if not part:
            raise ConnectionError("the server closed the connection")
        return data + part

    def close(self) -> None:
        self._socket.close()


def _length(head: bytes) -> int:
    if int(head[9:12]) in BODILESS:
        return 0
    found = LENGTH.search(head)
    if found is None:
        raise ValueError(f"no Content-Length: {head!r}")
    return int(found[1])


def request(
    port: int, path: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
) -> bytes:
    """The bytes of a GET, or of the POST of a form."""
    fields = {
        "Host": f"127.0.0.1:{port}",
        "Accept": "text/html",
        "Accept-Encoding": "gzip",
        **(headers or {}),
    }
    if body is not None:
        fields |= {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(body))}
    lines = [
        f"{'GET' if body is None else 'POST'} {path} HTTP/1.1",
        *(f"{k}: {v}" for k, v in fields.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"")


@dataclass(frozen=True)
class Load:
    """What some connections did together: the time of each piece of work, the time of all, and the server's."""

    times: list[float]
    wall: float
    cpu: float

    @property
    def per_second(self) -> float:
        return len(self.times) / self.wall

    @cached_property
    def p50(self) -> float:
        """Milliseconds."""
        return median(self.times) * 1000

    @cached_property
    def p95(self) -> float:
        """Milliseconds."""
        return self._at(0.95)

    @cached_property
    def p99(self) -> float:
        """Milliseconds."""
        return self._at(0.99)

    def _at(self, share: float) -> float:
        return sorted(self.times)[int(len(self.times) * share)] * 1000

    @property
    def cpu_each(self) -> float:
        """Milliseconds of the server's processor time for each piece of work."""
        return self.cpu / len(self.times) * 1000


@dataclass(frozen=True)
class Target:
    """A request to be repeated, and the status that its answer must have."""

    server: Server
    path: str
    status: int = 200
    etag: str = ""

    def question(self) -> bytes:
        headers = {"If-None-Match": self.etag} if self.etag else {}
        return request(self.server.port, self.path, headers)

    def ask_once(self) -> Answer:
        """The answer, on a connection of its own."""
        connection = Connection(self.server.port)
        try:
            return self.checked(connection.ask(self.question()))
        finally:
            connection.close()

    def checked(self, answer: Answer) -> Answer:
        if answer.status != self.status:
            raise SystemExit(f"{self.path}: {answer.status} instead of {self.status}")
        return answer


def hammer(target: Target, connections: int, seconds: float) -> Load:
    """Ask the same again and again, over some connections at once."""
    return together(lambda until: _ask_until(until, target), connections, seconds, target.server.cpu)


def _ask_until(until: float, target: Target) -> list[float]:
    connection, question = Connection(target.server.port), target.question()
    try:
        return repeated(lambda: target.checked(connection.ask(question)), until)
    finally:
        connection.close()


def together(
    work: Callable[[float], list[float]], clients: int, seconds: float, cpu: Callable[[], float]
) -> Load:
    """Some clients do the same work until the time is over; each says how long its pieces took."""
    before, begun = cpu(), perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        runs = list(pool.map(work, [begun + seconds] * clients))
    wall = perf_counter() - begun
    return Load([time for run in runs for time in run], wall, cpu() - before)


def repeated(piece: Callable[[], object], until: float) -> list[float]:
    """Do a piece of work again and again, until the time is over or nothing is left of it."""
    times: list[float] = []
    now = perf_counter()
    with suppress(StopIteration):
        while now < until and len(times) < MOST_REQUESTS:
            piece()
            times.append(-now + (now := perf_counter()))
    return times
