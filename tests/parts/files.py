"""Small files for tests: pictures, PDFs and whatever pretends to be one."""

import base64
import io
import zlib
from collections.abc import Callable
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
    """A PDF of one empty page with these bytes in its catalogue, and others within a packed stream."""
    stream = zlib.compress(packed)
    return _written(
        b"<< /Type /Catalog /Pages 3 0 R " + inside + b" >>",
        _stream(b"", stream),
        b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 3 0 R /MediaBox [0 0 9 9] >>",
    )


def pdf_with_objects(hidden: bytes, how: bytes, pack: Callable[[bytes], bytes]) -> bytes:
    """A PDF whose catalogue leads to an object that lies in an object stream, packed so."""
    head = b"5 0 "
    objects = _stream(b"/Type /ObjStm /N 1 /First %d %s" % (len(head), how), pack(head + hidden))
    body = b"%PDF-1.7\n"
    places = []
    catalogue = b"<< /Type /Catalog /Pages 2 0 R /OpenAction 5 0 R >>"
    pages = b"<< /Type /Pages /Kids [] /Count 0 >>"
    for number, content in enumerate((catalogue, pages, objects), 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    rows = [(0, 0, 0), *((1, place, 0) for place in (*places, len(body))), (2, 3, 0)]
    table = b"".join(bytes([kind]) + place.to_bytes(3, "big") + bytes([last]) for kind, place, last in rows)
    facts = b"/Type /XRef /Size 6 /W [1 3 1] /Root 1 0 R"
    return body + b"4 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (_stream(facts, table), len(body))


def _stream(facts: bytes, content: bytes) -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (facts, len(content), content)


def _written(*objects: bytes) -> bytes:
    body = b"%PDF-1.7\n"
    table = b"0000000000 65535 f \n"
    for number, content in enumerate(objects, 1):
        table += b"%010d 00000 n \n" % len(body)
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    size = len(objects) + 1
    return body + b"xref\n0 %d\n%strailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        *(size, table, size),
        len(body),
    )


def _predicted(content: bytes) -> bytes:
    """As a PNG says its rows: each byte as the difference to the one above (RFC 2083, 6.4)."""
    width = 4
    content += b" " * (-len(content) % width)
    rows = [content[n : n + width] for n in range(0, len(content), width)]
    above = [bytes(width), *rows]
    lines = (
        bytes((x - y) % 256 for x, y in zip(row, old, strict=True))
        for row, old in zip(rows, above, strict=False)
    )
    return zlib.compress(b"".join(b"\x02" + line for line in lines))


RUN = b"<< /S /JavaScript /JS (app.alert(1)) >>"


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
        "form that is sent elsewhere": pdf(
            b"/AA << /O << /S /SubmitForm /F (https://elsewhere.example) >> >>"
        ),
        "in letters": pdf_with_objects(
            RUN, b"/Filter /ASCII85Decode", lambda raw: base64.a85encode(raw) + b"~>"
        ),
        "in digits": pdf_with_objects(RUN, b"/Filter [/AHx]", lambda raw: raw.hex().encode() + b">"),
        "packed twice": pdf_with_objects(
            RUN, b"/Filter [/A85 /Fl]", lambda raw: base64.a85encode(zlib.compress(raw)) + b"~>"
        ),
        "as a picture says it": pdf_with_objects(
            RUN, b"/Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 4 >>", _predicted
        ),
        "in a way that nobody knows": pdf_with_objects(RUN, b"/Filter /Secret", lambda raw: raw[::-1]),
        "broken": pdf_with_objects(RUN, b"/Filter /FlateDecode", lambda raw: zlib.compress(raw)[:-9][::-1]),
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
