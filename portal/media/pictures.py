"""Reads a picture and writes it anew, in several widths and without anything that the camera noted. Run as a process of its
own, `python -m portal.media.pictures SOURCE FOLDER WIDTH…`: whatever a hostile picture does, it does there (S26)."""

import json
import resource
import sys
from pathlib import Path

from PIL import Image, ImageOps

MOST_PIXELS = 40_000_000
MEBIBYTE = 1024 * 1024
QUALITY = 82


def main(source: str, folder: str, *widths: str) -> None:
    """Write `WIDTH.webp` files and tell the sizes on standard output; end with 3 when there are too many pixels."""
    resource.setrlimit(resource.RLIMIT_AS, (1024 * MEBIBYTE, 1024 * MEBIBYTE))
    resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
    resource.setrlimit(resource.RLIMIT_FSIZE, (32 * MEBIBYTE, 32 * MEBIBYTE))
    with Image.open(source, formats=("JPEG", "PNG", "WEBP")) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            sys.exit(3)
        picture = ImageOps.exif_transpose(opened).convert("RGBA" if opened.has_transparency_data else "RGB")
    largest = min(picture.width, max(int(width) for width in widths))
    kept = sorted({int(width) for width in widths if int(width) < largest} | {largest})
    for width in kept:
        height = max(1, round(picture.height * width / picture.width))
        smaller = picture.resize((width, height), Image.Resampling.LANCZOS)
        smaller.save(Path(folder) / f"{width}.webp", "WEBP", quality=QUALITY, method=4)
    print(json.dumps({"width": largest, "height": height, "widths": kept}))


if __name__ == "__main__":
    main(*sys.argv[1:])
