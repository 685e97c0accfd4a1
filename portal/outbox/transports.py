"""The ways out: SMTP, or a folder where the demo's messages can be read."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote, urlsplit

from portal.outbox.actions import Letter, Transport, Undelivered

TIMEOUT_SECONDS = 20


def transport_for(url: str, sender: str) -> Transport:
    """The transport that a mail setting names (`smtp://`, `smtps://` or `folder:`)."""
    if url.startswith("folder:"):
        return Folder(Path(url.removeprefix("folder:")), sender)
    return Smtp(url, sender)


def as_mail(letter: Letter, sender: str) -> EmailMessage:
    """Plain text with a fixed list of headers; the id makes a repeated attempt recognisable."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = letter.to
    mail["Subject"] = letter.subject
    mail["Date"] = formatdate(localtime=False)
    mail["Message-ID"] = f"<{letter.id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter.text)
    return mail


class Folder:
    """Writes each letter to a file that only the owner can read."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    def send(self, letter: Letter) -> None:
        """Write `<id>.eml`, whole or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / f"{letter.id}.eml"
        draft = path.with_suffix(".part")
        draft.touch(mode=0o600)
        draft.write_bytes(as_mail(letter, self._sender).as_bytes())
        draft.replace(path)


class Smtp:
    """Speaks to one mail server; STARTTLS is used where the server offers it, and always with a password."""

    def __init__(self, url: str, sender: str, timeout: float = TIMEOUT_SECONDS) -> None:
        self._timeout = timeout
        parts = urlsplit(url)
        self._host = parts.hostname or "localhost"
        self._port = parts.port or (465 if parts.scheme == "smtps" else 25)
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._tls_at_once = parts.scheme == "smtps"
        self._sender = sender

    def send(self, letter: Letter) -> None:
        """Hand the letter over. Raises `Undelivered`: for good when the server says 5xx, else for now."""
        try:
            with self._connect() as server:
                server.send_message(as_mail(letter, self._sender))
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()))[0]
            raise Undelivered(f"smtp {code}", for_good=code >= 500) from None
        except smtplib.SMTPAuthenticationError as error:  # our password is wrong, not the letter
            raise Undelivered(f"smtp {error.smtp_code}", for_good=False) from None
        except smtplib.SMTPResponseException as error:
            raise Undelivered(f"smtp {error.smtp_code}", for_good=error.smtp_code >= 500) from None
        except (OSError, smtplib.SMTPException) as error:
            raise Undelivered(type(error).__name__, for_good=False) from None

    def greet(self) -> None:
        """Connect, sign in and leave again. Raises `OSError` or `smtplib.SMTPException`."""
        with self._connect() as server:
            server.noop()

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        """The certificates of the system; to read them takes longer than all else about a letter."""
        return ssl.create_default_context()

    def _connect(self) -> smtplib.SMTP:
        if self._tls_at_once:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=self._timeout, context=self._trust
            )
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=self._timeout)
            server.ehlo()
            if self._user or server.has_extn("starttls"):
                server.starttls(context=self._trust)
        if self._user:
            server.login(self._user, self._password)
        return server
