"""Personal columns: sealed with AES-256-GCM, bound to table, column and row, found again by keyed fingerprints.

A sealed value reads `v1.<key id>.<base64 of nonce and ciphertext>`. Each purpose has its own key, derived with
HKDF from the ring's secrets, so a fingerprint never shares a key with a seal (S65, S66, S70).
"""

import base64
import hashlib
import hmac
import os
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask, current_app

NONCE_BYTES = 12


class Unreadable(Exception):
    """A sealed value was made for another row, changed, or sealed with a key that is gone."""


class Keyring:
    """The secrets of one portal; the first key seals, every key opens."""

    def __init__(self, secrets: dict[str, bytes]) -> None:
        self._secrets = dict(secrets)
        self._current = next(iter(secrets))
        self._derive = lru_cache(maxsize=64)(self._derive_key)

    def seal(self, text: str, purpose: str) -> str:
        """Encrypt `text` for `purpose` (`table|column|row`); only the same purpose opens it."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._cipher(self._current).encrypt(
            nonce, text.encode(), self._bound(purpose, self._current)
        )
        return f"v1.{self._current}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, purpose: str) -> str:
        """The text of a sealed value. Raises `Unreadable` when it belongs elsewhere or was changed."""
        try:
            version, key_id, body = sealed.split(".")
            raw = base64.urlsafe_b64decode(body)
            if version != "v1" or key_id not in self._secrets:
                raise Unreadable(purpose)
            plain = self._cipher(key_id).decrypt(
                raw[:NONCE_BYTES], raw[NONCE_BYTES:], self._bound(purpose, key_id)
            )
            return plain.decode()
        except (ValueError, InvalidTag):
            raise Unreadable(purpose) from None

    def fingerprint(self, value: str, purpose: str) -> str:
        """A keyed hash by which equal values can be found without being readable (HMAC-SHA-256, hex)."""
        oldest = next(reversed(self._secrets))
        return hmac.new(
            self._derive(oldest, f"fingerprint|{purpose}"), value.encode(), hashlib.sha256
        ).hexdigest()

    def _cipher(self, key_id: str) -> AESGCM:
        return AESGCM(self._derive(key_id, "seal"))

    def _derive_key(self, key_id: str, purpose: str) -> bytes:
        derivation = HKDF(algorithm=SHA256(), length=32, salt=b"portal", info=purpose.encode())
        return derivation.derive(self._secrets[key_id])

    @staticmethod
    def _bound(purpose: str, key_id: str) -> bytes:
        return f"{purpose}|{key_id}".encode()


def init_app(app: Flask, secrets: dict[str, bytes]) -> None:
    """Give the app its keys."""
    app.extensions["keyring"] = Keyring(secrets)


def keyring() -> Keyring:
    """The keys of the portal at work."""
    ring = current_app.extensions["keyring"]
    assert isinstance(ring, Keyring)
    return ring


class Sealed:
    """An attribute whose text is kept sealed in a column of the same row.

    `key` names the column that identifies the row; it must be set before the text is.
    """

    def __init__(self, column: str, key: str) -> None:
        self._column = column
        self._key = key

    def __get__(self, row: Any, _owner: type) -> Any:
        if row is None:
            return self
        sealed = getattr(row, self._column)
        return None if sealed is None else keyring().open(sealed, self._purpose(row))

    def __set__(self, row: Any, text: str | None) -> None:
        setattr(row, self._column, None if text is None else keyring().seal(text, self._purpose(row)))

    def _purpose(self, row: Any) -> str:
        row_id = getattr(row, self._key)
        if row_id is None:
            raise ValueError("a row must have its key before anything is sealed in it")
        return f"{row.__tablename__}|{self._column}|{row_id}"


def digest(token: str) -> str:
    """SHA-256 of a random token, in hex: what the database keeps of it."""
    return hashlib.sha256(token.encode()).hexdigest()
