"""What a file is by its content, and what must not be in it (S26). Its name and what the browser says of it count for nothing."""

import re
import zlib
from collections.abc import Iterator
from pathlib import Path

HEAD = 4096
MOST_UNPACKED = 32 * 1024 * 1024
DANGEROUS = (
    b"/JavaScript",
    b"/JS",
    b"/Launch",
    b"/EmbeddedFile",
    b"/EmbeddedFiles",
    b"/RichMedia",
    b"/XFA",
    b"/SubmitForm",
    b"/ImportData",
)
NAME = re.compile(rb"/[^\x00\t\n\f\r ()<>\[\]{}/%]+")
ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
STREAM = re.compile(rb"stream\r?\n")
CUE_TIMES = re.compile(r"(\d+:)?\d\d:\d\d\.\d{3} --> (\d+:)?\d\d:\d\d\.\d{3}")


def type_of(path: Path) -> str:
    """One of the types that are taken, by the first bytes; '' for anything else."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    if head[4:8] == b"ftyp":
        return "video/mp4"
    if head.startswith(b"\x1aE\xdf\xa3") and b"webm" in head[:64]:
        return "video/webm"
    return ""


def danger_in(pdf: bytes) -> str:
    """Why the bytes of a PDF are refused: `locked` when it is encrypted and cannot be looked into, `active` when they run, start,
    carry or send something, also within parts packed in the usual way and however its names are spelled, whether or not any reader
    would come to these parts; '' otherwise."""
    for part in _parts(pdf):
        names = {_plain(name) for name in NAME.findall(part)}
        if b"/Encrypt" in names:
            return "locked"
        if names.intersection(DANGEROUS):
            return "active"
    return ""


def _plain(name: bytes) -> bytes:
    """The name with its `#41` spelled out."""
    return ESCAPED.sub(lambda match: bytes([int(match[1], 16)]), name)


def _parts(pdf: bytes) -> Iterator[bytes]:
    """The file itself, and each of its streams that can be unpacked."""
    yield pdf
    left = MOST_UNPACKED
    for match in STREAM.finditer(pdf):
        unpacked = _unpacked(pdf[match.end() :], left)
        left -= len(unpacked)
        yield unpacked
        if left <= 0:
            yield b"/Encrypt"  # more than a document for reading has: not looked into
            return


def _unpacked(packed: bytes, most: int) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, most)
    except zlib.error:
        return b""


def captions_in(text: bytes) -> str | None:
    """Subtitles in WebVTT as they are kept; None when it is something else."""
    try:
        lines = text.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        return None
    is_vtt = re.match(r"WEBVTT(?:[ \t\n]|$)", lines) and CUE_TIMES.search(lines) and "\0" not in lines
    return lines if is_vtt else None
