"""A real SMS gateway on this machine that keeps what it receives and answers as it is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs


@dataclass
class Gateway:
    url: str = ""
    status: int = 200
    answer: str = "{}"
    received: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def running() -> Iterator[Gateway]:
    """A gateway that accepts everything until told otherwise."""
    gateway = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            gateway.received.append(form | {"token": self.headers["Authorization"]})
            self.send_response(gateway.status)
            self.end_headers()
            self.wfile.write(gateway.answer.encode())

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        gateway.url = f"http://127.0.0.1:{server.server_port}/send"
        Thread(target=server.serve_forever, daemon=True).start()
        yield gateway
        server.shutdown()
