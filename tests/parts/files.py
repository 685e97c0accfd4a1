"""Small files for tests: pictures, PDFs and whatever pretends to be one."""

import io
import zlib
from pathlib import Path

from PIL import Image

GPS = 0x8825


def picture(kind: str = "JPEG", size: tuple[int, int] = (1200, 800), **more: object) -> bytes:
    """A picture of this format; a JPEG carries the camera's name and the place."""
    image = Image.new("RGB", size, (11, 74, 79))
    if kind == "JPEG":
        exif = Image.Exif()
        exif[0x010F] = "Tajny aparat"
        exif.get_ifd(GPS)[1] = "N"
        more |= {"exif": exif}
    file = io.BytesIO()
    image.save(file, kind, **more)
    return file.getvalue()


def pdf(inside: bytes = b"", *, packed: bytes = b"") -> bytes:
    """A PDF with these bytes among its objects, and others within a packed stream."""
    stream = zlib.compress(packed)
    head = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog " + inside + b" >>\nendobj\n"
    length = str(len(stream)).encode()
    second = b"2 0 obj\n<< /Length " + length + b" >>\nstream\n" + stream + b"\nendstream\nendobj\n"
    return head + second + b"trailer << /Root 1 0 R >>\n%%EOF\n"


MP4 = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + bytes(2000)
WEBM = b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm" + bytes(2000)
CAPTIONS = "WEBVTT\n\n00:00.000 --> 00:01.000\nDzień dobry\n".encode()
BOMB = picture("PNG", (10, 10)).replace(
    b"IHDR\x00\x00\x00\x0a\x00\x00\x00\x0a", b"IHDR\x00\x00\xff\xff\x00\x00\xff\xff"
)
HOSTILE = {
    "image": {
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        "html": b"<!doctype html><script>alert(1)</script>",
        "xml": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        "office": b"PK\x03\x04\x14\x00\x06\x00[Content_Types].xml",
        "gif": b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
        "pdf": pdf(),
        "nothing": b"",
        "cut": picture()[:400],
        "jpeg and page": b"\xff\xd8\xff<script>alert(1)</script>",
        "bomb": BOMB,
        "too many": picture("PNG", (8000, 5001)),
        "program": b"MZ" + bytes(100),
        "ico": b"\x00\x00\x01\x00\x01\x00\x10\x10",
        "tiff": b"II*\x00" + bytes(40),
        "bmp": b"BM" + bytes(60),
    },
    "document": {
        "script": pdf(b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>"),
        "spelled": pdf(b"/OpenAction << /S /J#61va#53cript >>"),
        "launch": pdf(b"/AA << /O << /S /Launch /F (cmd.exe) >> >>"),
        "attachment": pdf(b"/Names << /EmbeddedFiles 3 0 R >>"),
        "packed": pdf(packed=b"<< /S /JavaScript /JS (app.alert(1)) >>"),
        "packed and spelled": pdf(packed=b"<< /S /#4cau#6ech >>"),
        "locked": pdf(b"/Encrypt 5 0 R"),
        "form": pdf(b"/AcroForm << /XFA 3 0 R >>"),
        "swollen": pdf(packed=bytes(40 * 1024 * 1024)),
        "page": b"<html>%PDF-1.7</html>",
        "jpeg": picture(),
        "office": b"PK\x03\x04\x14\x00\x06\x00word/document.xml",
        "nothing": b"",
    },
    "film": {
        "page": b"<html><video></html>",
        "avi": b"RIFF\x00\x00\x00\x00AVI LIST",
        "matroska": b"\x1aE\xdf\xa3\x93B\x82\x88matroska" + bytes(100),
        "picture": picture(),
        "nothing": b"",
    },
}


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file under a folder, by its name there."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
