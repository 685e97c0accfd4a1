"""A picture that a phone reads: the QR code of a text, as SVG that stands in the page itself."""

import io

import segno
from markupsafe import Markup


def qr_code(text: str) -> Markup:
    """An SVG of dark squares on light ones in every theme, four pixels each; decorative, for the text stands beside it."""
    out = io.BytesIO()
    segno.make(text, micro=False, error="m").save(
        out,
        kind="svg",
        xmldecl=False,
        svgns=True,
        scale=4,
        dark="#000",
        light="#fff",
        svgclass="qr",
        lineclass=None,
        omitsize=False,
    )
    return Markup(out.getvalue().decode())  # noqa: S704  # made of squares, not of the text
