"""The first visit: what a browser with nothing in its cache loads for the home page."""

import re
from dataclasses import dataclass

from bench.load import Target
from bench.servers import Server

MOST = 45_000
ASSET = re.compile(rb'(?:href|src)="(/static/[^"#]+)')


@dataclass(frozen=True)
class Piece:
    """One answer of the visit: bytes of its headers and of its body."""

    path: str
    head: int
    body: int

    @property
    def size(self) -> int:
        return self.head + self.body


def first_visit(server: Server) -> list[Piece]:
    """The home page and everything that it names: style, preloaded font, scripts, icons."""
    page = Target(server, "/").ask_once().text
    paths = ["/", *dict.fromkeys(path.decode() for path in ASSET.findall(page))]
    return [_piece(server, path) for path in paths]


def _piece(server: Server, path: str) -> Piece:
    answer = Target(server, path).ask_once()
    return Piece(path, len(answer.head), len(answer.body))
