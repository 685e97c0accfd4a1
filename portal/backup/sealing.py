"""A stream of bytes sealed with AES-256-GCM, a mebibyte at a time, so that memory stays flat however large a backup is.

Each file has a key of its own, derived from the backup key and a random salt. A chunk is bound to the head of the file, to its place
and to whether it is the last: a file that was cut, reordered or changed anywhere does not open.
"""

import io
import os
import struct
from collections.abc import Mapping
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"portal backup 1\n"
CHUNK = 1024 * 1024
TAG = 16
SALT = 32
NONCE_HEAD = 7


class NotOurs(Exception):
    """This is no backup, its key is not among ours, or it is not as it was written; the text says which."""


class SealingWriter(io.RawIOBase):
    """What is written here reaches `target` sealed; whoever closes it without an error has written a whole file."""

    def __init__(self, target: IO[bytes], keys: Mapping[str, bytes]) -> None:
        name, secret = next(iter(keys.items()))
        self._target, self._waiting, self._number = target, bytearray(), 0
        self._head = MAGIC + bytes([len(name)]) + name.encode("ascii") + os.urandom(SALT + NONCE_HEAD)
        self._cipher = _cipher(secret, self._head)
        target.write(self._head)

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._waiting += data
        while len(self._waiting) > CHUNK:
            self._seal(bytes(self._waiting[:CHUNK]), is_last=False)
            del self._waiting[:CHUNK]
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._seal(bytes(self._waiting), is_last=True)
        super().close()

    def _seal(self, chunk: bytes, *, is_last: bool) -> None:
        nonce = _nonce(self._head, self._number, is_last=is_last)
        self._target.write(self._cipher.encrypt(nonce, chunk, self._head))
        self._number += 1


class SealedReader(io.RawIOBase):
    """The bytes that were sealed into `source`, each checked before it is handed on. Raises `NotOurs`."""

    def __init__(self, source: IO[bytes], keys: Mapping[str, bytes]) -> None:
        self._source, self._number, self._open = source, 0, b""
        self._head, name = _head_of(source)
        if name not in keys:
            raise NotOurs(f"it was sealed with the key {name!r}, which PORTAL_BACKUP_KEY_FILE does not hold")
        self._cipher = _cipher(keys[name], self._head)
        self._next = source.read(CHUNK + TAG)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._open:
            self._open = self._chunk()
        part = self._open[: len(buffer)]
        buffer[: len(part)] = part
        self._open = self._open[len(part) :]
        return len(part)

    def _chunk(self) -> bytes:
        """The next chunk; nothing after the last one."""
        sealed = self._next
        if not sealed and self._number:
            return b""
        self._next = self._source.read(CHUNK + TAG)
        nonce = _nonce(self._head, self._number, is_last=not self._next)
        self._number += 1
        try:
            return self._cipher.decrypt(nonce, sealed, self._head)
        except InvalidTag:
            raise NotOurs("it is damaged or cut off, or the key is not the one it was sealed with") from None


def _head_of(source: IO[bytes]) -> tuple[bytes, str]:
    """The head of a file and the name of its key."""
    start = source.read(len(MAGIC) + 1)
    if start[: len(MAGIC)] != MAGIC or len(start) == len(MAGIC):
        raise NotOurs("it is not a backup of the portal")
    rest = source.read(start[-1] + SALT + NONCE_HEAD)
    return start + rest, rest[: start[-1]].decode("ascii", "replace")


def _cipher(secret: bytes, head: bytes) -> AESGCM:
    salt = head[-SALT - NONCE_HEAD : -NONCE_HEAD]
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"portal backup").derive(secret))


def _nonce(head: bytes, number: int, *, is_last: bool) -> bytes:
    return head[-NONCE_HEAD:] + struct.pack(">I?", number, is_last)
