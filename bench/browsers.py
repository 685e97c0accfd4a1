"""Two browsers without scripts: one on the wire, one inside this process that counts SQL queries."""

import re
from time import perf_counter
from typing import Protocol
from urllib.parse import urlencode

from bench.content import release
from bench.database import Statements
from bench.load import Answer, Connection, request
from portal.app import create_app

COOKIE = re.compile(rb"\r\nset-cookie: *([^=]+)=([^;\r]*)", re.IGNORECASE)


class Browser(Protocol):
    """Whatever can read a page and send a form."""

    def open(self, path: str, form: dict[str, str] | None = None) -> Answer:
        """GET, or POST when there is a form; redirects are not followed."""


class OnTheWire:
    """Keeps its connection and its cookies, and notes how many seconds the last page took."""

    def __init__(self, port: int) -> None:
        self.took = 0.0
        self._port = port
        self._connection = Connection(port)
        self._cookies: dict[str, str] = {}

    def open(self, path: str, form: dict[str, str] | None = None) -> Answer:
        cookie = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = {"Origin": f"http://127.0.0.1:{self._port}"} | ({"Cookie": cookie} if cookie else {})
        body = None if form is None else urlencode(form).encode()
        begun = perf_counter()
        answer = self._connection.ask(request(self._port, path, headers, body))
        self.took = perf_counter() - begun
        self._cookies |= {name.decode(): value.decode() for name, value in COOKIE.findall(answer.head)}
        return answer

    def forget(self) -> None:
        """Become somebody else."""
        self._cookies.clear()

    def close(self) -> None:
        self._connection.close()


class Inside:
    """Opens pages of a portal in this process, and notes how many queries each one made."""

    def __init__(self) -> None:
        self.queries: list[int] = []
        self._app = create_app()
        self._client = self._app.test_client()
        self._statements = Statements(self._app)

    def open(self, path: str, form: dict[str, str] | None = None) -> Answer:
        before = self._statements.made
        answer = self._client.open(path, method="GET" if form is None else "POST", data=form)
        self.queries.append(self._statements.made - before)
        return Answer(f"HTTP/1.1 {answer.status}\r\n\r\n".encode(), answer.data)

    def close(self) -> None:
        release(self._app)


def queries_of(path: str) -> int:
    """The SQL queries of a page's first request to a fresh portal; nothing is remembered yet."""
    browser = Inside()
    browser.open(path)
    browser.close()
    return browser.queries[-1]
