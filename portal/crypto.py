"""Personal columns: sealed with AES-256-GCM, bound to table, column and row, found again by keyed fingerprints.

A sealed value reads `v1.<key id>.<base64 of nonce and ciphertext>`. Each purpose has its own key, derived with
HKDF from the ring's secrets, so a fingerprint never shares a key with a seal (S65, S66, S70).
"""

import base64
import hashlib
import hmac
import logging
import os
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask, current_app

from portal.config import SettingsError, keys_in

log = logging.getLogger(__name__)

NONCE_BYTES = 12
LASTING = (
    "audit_seal",
    "audit_cut",
    "booking.pin_hash",
    "recovery_code",
)  # what these hashes are made of is not kept


class Unreadable(Exception):
    """A sealed value was made for another row, changed, or sealed with a key that is gone."""


class Keyring:
    """The secrets of one portal; the first key seals, every key opens. Those of a `file` are read anew when it changes, so that
    a key can be added or retired while the portal is in use.

    `heirlooms` gives what retired keys have left behind (`portal.keys`): for a purpose, the derived keys of hashes that cannot
    be made again.
    """

    def __init__(
        self,
        secrets: dict[str, bytes],
        file: Path | None = None,
        heirlooms: Callable[[str], list[bytes]] = lambda _purpose: [],
    ) -> None:
        self._file = file
        self._read = _stamp(file), dict(secrets)
        self._load_heirlooms = heirlooms
        self._heirlooms: dict[str, list[bytes]] = {}

    @property
    def ids(self) -> list[str]:
        """The names of the keys, the one that seals first."""
        return list(self._secrets)

    def seal(self, text: str, purpose: str) -> str:
        """Encrypt `text` for `purpose` (`table|column|row`); only the same purpose opens it."""
        return self.seal_bytes(text.encode(), purpose)

    def seal_bytes(self, plain: bytes, purpose: str) -> str:
        """The same for what is not text."""
        nonce, (key_id, secret) = os.urandom(NONCE_BYTES), next(iter(self._secrets.items()))
        sealed = _cipher(secret).encrypt(nonce, plain, _bound(purpose, key_id))
        return f"v1.{key_id}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, purpose: str) -> str:
        """The text of a sealed value. Raises `Unreadable` when it belongs elsewhere or was changed."""
        try:
            return self.open_bytes(sealed, purpose).decode()
        except UnicodeDecodeError:
            raise Unreadable(purpose) from None

    def open_bytes(self, sealed: str, purpose: str) -> bytes:
        """The same for what is not text."""
        try:
            version, key_id, body = sealed.split(".")
            raw = base64.urlsafe_b64decode(body)
            secret = self._secrets.get(key_id)
            if version != "v1" or secret is None:
                raise Unreadable(purpose)
            return _cipher(secret).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _bound(purpose, key_id))
        except (ValueError, InvalidTag):
            raise Unreadable(purpose) from None

    def fingerprint(self, value: str, purpose: str) -> str:
        """A keyed hash by which equal values can be found without being readable (HMAC-SHA-256, hex)."""
        return self.fingerprints(value, purpose)[0]

    def fingerprints(self, value: str, purpose: str) -> list[str]:
        """The hash under every key, the present one first: what was kept may still be under an earlier key."""
        keys = [_derived(secret, f"fingerprint|{purpose}") for secret in self._secrets.values()]
        return [
            hmac.new(key, value.encode(), hashlib.sha256).hexdigest() for key in keys + self._left(purpose)
        ]

    def fits(self, kept: str, value: str, purpose: str) -> bool:
        """Whether `kept` is the hash of this value under any key; how long it takes tells nothing of what is kept."""
        return any(
            hmac.compare_digest(kept.encode(), one.encode()) for one in self.fingerprints(value, purpose)
        )

    def heirloom(self, key_id: str, purpose: str) -> bytes:
        """What makes the fingerprints of one key for one purpose, and nothing else of that key."""
        return _derived(self._secrets[key_id], f"fingerprint|{purpose}")

    @property
    def _secrets(self) -> dict[str, bytes]:
        if self._file is not None and (stamp := _stamp(self._file)) != self._read[0]:
            try:
                self._read, self._heirlooms = (stamp, keys_in(self._file)), {}
            except SettingsError as error:  # the keys that are known go on opening
                log.error("the changed keys are not used: %s", error)
        return self._read[1]

    def _left(self, purpose: str) -> list[bytes]:
        if purpose not in LASTING:
            return []
        if purpose not in self._heirlooms:
            self._heirlooms[purpose] = self._load_heirlooms(purpose)
        return self._heirlooms[purpose]


def _stamp(file: Path | None) -> tuple[int, int]:
    """Changes with every change of the file."""
    try:
        known = file.stat() if file else None
    except OSError:
        return 0, 0
    return (known.st_mtime_ns, known.st_ino) if known else (0, 0)


def _cipher(secret: bytes) -> AESGCM:
    return AESGCM(_derived(secret, "seal"))


@lru_cache(maxsize=128)
def _derived(secret: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=b"portal", info=purpose.encode()).derive(secret)


def _bound(purpose: str, key_id: str) -> bytes:
    return f"{purpose}|{key_id}".encode()


class Signatures:
    """The secrets of signatures under every key, the present one last, as itsdangerous wants them: what was signed under an
    earlier key is good as long as that key is there."""

    def __init__(self, ring: Keyring) -> None:
        self._ring = ring

    def __iter__(self) -> Iterator[str]:
        return iter(self._ring.fingerprints("signatures", "flask")[::-1])


def init_app(app: Flask, ring: Keyring) -> None:
    """Give the app its keys."""
    app.extensions["keyring"] = ring
    *earlier, present = Signatures(ring)
    app.secret_key = present
    app.config.update(SECRET_KEY_FALLBACKS=earlier, WTF_CSRF_SECRET_KEY=Signatures(ring))


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
        self.column = column
        self._key = key

    def __get__(self, row: Any, _owner: type) -> Any:
        if row is None:
            return self
        sealed = getattr(row, self.column)
        try:
            return None if sealed is None else keyring().open(sealed, self._purpose(row))
        except Unreadable as error:  # whoever meets it shows words in its place
            log.error("a sealed value cannot be opened: %s", error)
            raise

    def __set__(self, row: Any, text: str | None) -> None:
        setattr(row, self.column, None if text is None else keyring().seal(text, self._purpose(row)))

    def is_under(self, row: Any, key_id: str) -> bool:
        """Whether what the row holds, if anything, is sealed with this key."""
        sealed = getattr(row, self.column)
        return sealed is None or sealed.startswith(f"v1.{key_id}.")

    def _purpose(self, row: Any) -> str:
        row_id = getattr(row, self._key)
        if row_id is None:
            raise ValueError("a row must have its key before anything is sealed in it")
        return f"{row.__tablename__}|{self.column}|{row_id}"


def sealed_in(kind: type) -> list[Sealed]:
    """What a class keeps sealed."""
    return [value for value in vars(kind).values() if isinstance(value, Sealed)]


def digest(token: str) -> str:
    """SHA-256 of a random token, in hex: what the database keeps of it."""
    return hashlib.sha256(token.encode()).hexdigest()
