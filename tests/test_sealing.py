"""A sealed stream opens whole, under its key, or not at all."""

import io

import pytest

from portal.backup.sealing import CHUNK, MAGIC, TAG, NotOurs, SealedReader, SealingWriter

KEYS = {"a": bytes(range(32)), "b": bytes(range(32, 64))}
HEAD = len(MAGIC) + 1 + 1 + 32 + 7


def sealed(text: bytes, keys: dict[str, bytes] = KEYS) -> bytes:
    target = io.BytesIO()
    with SealingWriter(target, keys) as writer:
        for start in range(0, len(text), 300_000):
            writer.write(text[start : start + 300_000])
    return target.getvalue()


def opened(data: bytes, keys: dict[str, bytes] = KEYS) -> bytes:
    return io.BufferedReader(SealedReader(io.BytesIO(data), keys)).read()


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_what_was_sealed_is_read(size: int) -> None:
    text = bytes(n % 251 for n in range(size))
    data = sealed(text)
    assert opened(data) == text
    assert size < 64 or text[:64] not in data, "one byte alone may well be there by chance"
    assert sealed(text) != data, "every file has a key of its own"


def test_the_key_is_found_by_its_name() -> None:
    data = sealed(b"text", {"b": KEYS["b"]})
    assert opened(data) == b"text"
    with pytest.raises(NotOurs, match="'b'"):
        opened(data, {"a": KEYS["a"]})
    with pytest.raises(NotOurs, match="damaged"):
        opened(data, {"b": KEYS["a"]})


def broken_in_every_way() -> list[bytes]:
    data = sealed(bytes(3 * CHUNK))
    chunks = [data[HEAD + n * (CHUNK + TAG) :][: CHUNK + TAG] for n in range(3)]
    flipped = bytearray(data)
    flipped[HEAD + 5] ^= 1
    other_salt = bytearray(data)
    other_salt[len(MAGIC) + 4] ^= 1
    return [
        data[:-1],
        data[: HEAD + 2 * (CHUNK + TAG)],
        data[:HEAD],
        data + b"x",
        bytes(flipped),
        bytes(other_salt),
        data[:HEAD] + chunks[1] + chunks[0] + chunks[2],
        data[:HEAD] + chunks[0] + chunks[2],
    ]


@pytest.mark.parametrize("number", range(8))
def test_what_was_cut_changed_or_reordered_does_not_open(number: int) -> None:
    with pytest.raises(NotOurs):
        opened(broken_in_every_way()[number])


def test_what_is_no_backup_is_told_apart() -> None:
    for data in (b"", b"SQLite format 3\0", MAGIC, MAGIC + b"\x01"):
        with pytest.raises(NotOurs):
            opened(data)
