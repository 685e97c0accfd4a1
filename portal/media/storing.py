"""From an uploaded file to files that are served: checked, pictures written anew, films and documents linked into place."""

import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from portal.errors import Refused
from portal.media.content import captions_in, danger_in, type_of

MEBIBYTE = 1024 * 1024
MOST_BYTES = {"image": 10 * MEBIBYTE, "document": 10 * MEBIBYTE, "film": 200 * MEBIBYTE}
FILES_MOST = 12 * MEBIBYTE  # of a whole form with a picture or document
FILM_MOST = MOST_BYTES["film"] + FILES_MOST
MOST_CAPTIONS = MEBIBYTE
WIDTHS = (480, 960, 1600)
POSTER_WIDTH = 960
TOO_MANY_PIXELS, ACTIVE = 3, 4  # how our own programs end
SECONDS = 40


@dataclass(frozen=True)
class Stored:
    """Files in their folder, ready to get a row."""

    name: str
    kind: str
    mime: str
    size: int
    width: int | None = None
    height: int | None = None
    widths: str = ""
    has_captions: bool = False
    has_poster: bool = False


def store_image(root: Path, source: Path) -> Stored:
    """Raises `Refused`: `too_big`, `not_an_image`, `too_many_pixels`, `unreadable`, `no_room`."""
    _refuse_too_big(source, "image")
    if not type_of(source).startswith("image/"):
        raise Refused("not_an_image")
    with _new_folder(root) as folder:
        facts = _rewritten(source, folder, *WIDTHS)
        size = (folder / f"{facts['width']}.webp").stat().st_size
        widths = " ".join(map(str, facts["widths"]))
        return Stored(folder.name, "image", "image/webp", size, facts["width"], facts["height"], widths)


def store_document(root: Path, source: Path) -> Stored:
    """Raises `Refused`: `too_big`, `not_a_pdf`, `active`, `locked`, `no_room`."""
    _refuse_too_big(source, "document")
    if type_of(source) != "application/pdf":
        raise Refused("not_a_pdf")
    if danger := danger_of(source):
        raise Refused(danger)
    with _new_folder(root) as folder:
        size = _take(source, folder / "dokument.pdf")
        return Stored(folder.name, "document", "application/pdf", size)


def danger_of(pdf: Path) -> str:
    """Why a PDF is refused: `active` when it runs, starts, carries or sends something, `locked` when not all of it can be looked into;
    '' when it is only read."""
    if danger := danger_in(pdf.read_bytes()):
        return danger
    command = [sys.executable, "-m", "portal.media.documents", str(pdf)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603 - our own program
    except subprocess.TimeoutExpired:
        return "locked"
    return {0: "", ACTIVE: "active"}.get(done.returncode, "locked")


def store_film(root: Path, source: Path, captions: Path | None = None, poster: Path | None = None) -> Stored:
    """Raises `Refused`: `too_big`, `not_a_film`, `not_captions`, those of a picture for the poster, `no_room`."""
    _refuse_too_big(source, "film")
    mime = type_of(source)
    if not mime.startswith("video/"):
        raise Refused("not_a_film")
    with _new_folder(root) as folder:
        _keep_more(folder, captions, poster)
        size = _take(source, folder / f"film.{mime.partition('/')[2]}")
        return Stored(folder.name, "film", mime, size, has_captions=bool(captions), has_poster=bool(poster))


def store_beside(root: Path, name: str, captions: Path | None, poster: Path | None) -> None:
    """Captions and the picture of a film that is there already, in place of those it may have: all that are given, or none when
    one of them is refused. Raises `Refused`: `not_captions`, those of a picture, `no_room`."""
    try:
        with TemporaryDirectory(dir=root) as fresh:
            _keep_more(Path(fresh), captions, poster)
            for file in Path(fresh).iterdir():
                file.replace(root / name / file.name)
    except OSError:
        raise Refused("no_room") from None


def _keep_more(folder: Path, captions: Path | None, poster: Path | None) -> None:
    if captions:
        _keep_captions(captions, folder)
    if poster:
        _keep_poster(poster, folder)


def remove_files(root: Path, name: str) -> None:
    """Take the files of one medium away for good."""
    shutil.rmtree(root / name, ignore_errors=True)


def _refuse_too_big(source: Path, kind: str) -> None:
    if source.stat().st_size > MOST_BYTES[kind]:
        raise Refused("too_big", most=MOST_BYTES[kind] // MEBIBYTE)


@contextmanager
def _new_folder(root: Path) -> Iterator[Path]:
    """A folder that nobody can guess; it goes again when something is refused."""
    folder = root / secrets.token_urlsafe(16)
    folder.mkdir(mode=0o700, parents=True)
    try:
        yield folder
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise Refused("no_room") from None
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _take(source: Path, target: Path) -> int:
    """The uploaded file under its new name, without copying it; its size."""
    os.link(source, target)
    return target.stat().st_size


def _keep_captions(source: Path, folder: Path) -> None:
    kept = captions_in(source.read_bytes()) if source.stat().st_size <= MOST_CAPTIONS else None
    if kept is None:
        raise Refused("not_captions")
    (folder / "napisy.vtt").write_text(kept, "utf-8")


def _keep_poster(source: Path, folder: Path) -> None:
    if not type_of(source).startswith("image/"):
        raise Refused("not_an_image")
    facts = _rewritten(source, folder, POSTER_WIDTH)
    (folder / f"{facts['width']}.webp").rename(folder / "okladka.webp")


def _rewritten(source: Path, folder: Path, *widths: int) -> dict[str, Any]:
    """What the process that writes pictures anew has to say."""
    command = [sys.executable, "-m", "portal.media.pictures", str(source), str(folder), *map(str, widths)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603 - our own program
    except subprocess.TimeoutExpired:
        raise Refused("unreadable") from None
    if done.returncode == TOO_MANY_PIXELS:
        raise Refused("too_many_pixels")
    if done.returncode:
        raise Refused("unreadable")
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts
