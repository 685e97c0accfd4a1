"""A real SMTP server on this machine that keeps what it receives and misbehaves on request.

with running() as smtp:
    send_to(smtp.host, smtp.port)
    assert smtp.received[0].recipients == ["jan@example.org"]
    smtp.mode = "tempfail"
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Literal

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

Mode = Literal["accept", "reject", "tempfail", "hang", "drop"]


@dataclass(frozen=True)
class Received:
    sender: str
    recipients: list[str]
    message: EmailMessage


@dataclass
class Smtp:
    host: str = "127.0.0.1"
    port: int = 0
    mode: Mode = "accept"
    received: list[Received] = field(default_factory=list)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.mode == "reject":
            return "550 no such mailbox"
        if self.mode == "tempfail":
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.mode == "hang":
            await asyncio.sleep(3600)
        self.received.append(_received(envelope))
        if self.mode == "drop":
            _drop(server)
            return "421 dropped"
        return "250 OK"


class AnyPort(Controller):
    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def running() -> Iterator[Smtp]:
    smtp = Smtp()
    controller = AnyPort(smtp, hostname=smtp.host, port=0)
    controller.start()
    try:
        smtp.port = controller.port
        yield smtp
    finally:
        controller.stop()


def _drop(server: SMTP) -> None:
    assert isinstance(server.transport, asyncio.Transport)
    server.transport.abort()


def _received(envelope: Envelope) -> Received:
    assert envelope.original_content is not None
    message = message_from_bytes(envelope.original_content, policy=policy.default)
    return Received(envelope.mail_from or "", list(envelope.rcpt_tos), message)
