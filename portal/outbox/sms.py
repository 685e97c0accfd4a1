"""Text messages: through SMSAPI, or through any gateway that takes a small form over HTTPS."""

import json
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

from portal.outbox.actions import Letter, Transport, Undelivered

TIMEOUT_SECONDS = 20
SMSAPI = "https://api.smsapi.pl/sms.do"
LATER = {408, 425, 429}
SENT_BEFORE = 53  # SMSAPI: this idx was accepted already
REFUSED_FOR_GOOD = {11, 12, 13, 94}  # SMSAPI: too long, too many parts, no such number, a link in the text


def sms_transport(url: str, token: str, sender: str) -> Transport:
    """The transport that a setting names: `smsapi:` (or `smsapi:https://…` for its second address) or a gateway's URL."""
    if url.startswith("smsapi:"):
        return SmsApi(url.removeprefix("smsapi:") or SMSAPI, token, sender)
    return Gateway(url, token, sender)


class Gateway:
    """POSTs `to`, `text`, `id` and `from` as a form; 2xx is accepted, other 4xx are refused for good."""

    def __init__(self, url: str, token: str, sender: str) -> None:
        self._url, self._token, self._sender = urlsplit(url), token, sender

    def send(self, letter: Letter) -> None:
        """Hand the text over. Raises `Undelivered`: for good when the gateway refuses it, else for now."""
        self._post({"to": letter.to, "text": letter.text, "id": letter.id, "from": self._sender})

    def _post(self, form: dict[str, str]) -> bytes:
        try:
            status, answer = self._ask(urlencode({name: value for name, value in form.items() if value}))
        except (OSError, HTTPException) as error:
            raise Undelivered(type(error).__name__, for_good=False) from None
        if not 200 <= status < 300:
            raise Undelivered(f"http {status}", for_good=400 <= status < 500 and status not in LATER)
        return answer

    def _ask(self, body: str) -> tuple[int, bytes]:
        """One request, no redirects followed: the token goes to the configured host only."""
        secure = self._url.scheme == "https"
        connection = (HTTPSConnection if secure else HTTPConnection)(
            self._url.hostname or "", self._url.port, timeout=TIMEOUT_SECONDS
        )
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        try:
            query = f"?{self._url.query}" if self._url.query else ""
            connection.request("POST", (self._url.path or "/") + query, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read(65_536)
        finally:
            connection.close()


class SmsApi(Gateway):
    """SMSAPI's REST interface: `idx` with `check_idx` makes a repeated attempt harmless."""

    def send(self, letter: Letter) -> None:
        """Hand the text over. Raises `Undelivered`."""
        form = {"to": letter.to.removeprefix("+"), "message": letter.text, "from": self._sender}
        answer = self._post(form | {"format": "json", "idx": letter.id, "check_idx": "1"})
        code = _error_code(answer)
        if code not in {0, SENT_BEFORE}:
            raise Undelivered(f"smsapi {code}", for_good=code in REFUSED_FOR_GOOD)


def _error_code(answer: bytes) -> int:
    """The error that SMSAPI names with status 200; 0 when it accepted the text, -1 when it makes no sense."""
    try:
        said: Any = json.loads(answer)
        return int(said.get("error") or 0)
    except (ValueError, AttributeError, TypeError):
        return -1
