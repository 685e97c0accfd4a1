"""Media: what is known of each picture, document and film, and its files, looked at as closely as if somebody had sent them."""

import filecmp
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import select

from portal.db import db
from portal.media.content import captions_in, type_of
from portal.media.models import KINDS, Medium
from portal.media.storing import MEBIBYTE, MOST_BYTES, MOST_CAPTIONS, danger_of
from portal.moving.files import Entry
from portal.moving.kind import Kind, Move, one_by_one
from portal.moving.rows import change, facts_of, filled, there, values_of

NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")
WIDTHS = re.compile(r"(\d{1,5}( \d{1,5})*)?")
TYPES = {"image": {"image/webp"}, "document": {"application/pdf"}, "film": {"video/mp4", "video/webm"}}
WORDS = {"title", "alt", "is_decorative", "is_pjm", "transcript"}
OWN = ("name", "transcript")
REFERENCE = re.compile(r"(\{plik:(?: |\N{NO-BREAK SPACE}|&nbsp;)?)([A-Za-z0-9_-]{1,32})\}")


def with_names(entry: Entry) -> Entry:
    """A file in which texts name the media that they show: numbers are others in every portal."""
    return _replaced(entry, {str(row.id): row.name for row in db.session.execute(NUMBERS)})


def with_numbers(entry: Entry) -> Entry:
    """The same as this portal keeps it."""
    return _replaced(entry, {row.name: str(row.id) for row in db.session.execute(NUMBERS)})


def _replaced(entry: Entry, known: Mapping[str, str]) -> Entry:
    def told(value: Any) -> Any:
        if isinstance(value, str):
            return REFERENCE.sub(lambda found: f"{found[1]}{known.get(found[2], found[2])}}}", value)
        if isinstance(value, list):
            return [told(each) for each in value]
        return {name: told(each) for name, each in value.items()} if isinstance(value, dict) else value

    return replace(entry, facts=told(entry.facts), text=told(entry.text))


def _export(media: Path | None) -> Iterator[Entry]:
    for row in db.session.scalars(select(Medium).order_by(Medium.name)):
        places = {file: media / row.name / file for file in row.files} if media and not row.removed_at else {}
        files = {file: path for file, path in places.items() if path.is_file()}
        yield Entry(f"media/{row.name}.md", facts_of(row, OWN), row.transcript, files=files)


def _bring(entries: list[Entry], move: Move) -> Medium:
    [entry] = entries
    if not NAME.fullmatch(entry.stem):
        raise entry.wrong("a medium is called by at most 32 letters, digits, hyphens and underscores")
    values = filled(Medium, values_of(entry, Medium, OWN), OWN) | {
        "name": entry.stem,
        "transcript": entry.text,
    }
    _refuse_odd(entry, values)
    medium: Medium | None = there(Medium, name=entry.stem)
    if medium is None:
        medium = Medium(**values)
        db.session.add(medium)
    else:
        for name in values.keys() - WORDS - {"created_at", "removed_at"}:
            if getattr(medium, name) != values[name]:
                raise entry.wrong(f"the portal has another medium of this name: its {name!r} differs", name)
        change(medium, {name: values[name] for name in WORDS})
    _bring_files(entry, medium, move)
    return medium


def _refuse_odd(entry: Entry, values: dict[str, Any]) -> None:
    if values["kind"] not in KINDS:
        raise entry.wrong(f"'kind' must be one of {', '.join(KINDS)}", "kind")
    if values["mime"] not in TYPES[values["kind"]]:
        raise entry.wrong(f"'mime' must be one of {', '.join(sorted(TYPES[values['kind']]))}", "mime")
    if not WIDTHS.fullmatch(values["widths"]):
        raise entry.wrong("'widths' must be whole numbers with a space between", "widths")


def _bring_files(entry: Entry, medium: Medium, move: Move) -> None:
    for file in entry.files:
        if file not in medium.files:
            raise entry.wrong(f"nobody knows its file {file!r}; known are: {', '.join(medium.files)}")
    if medium.removed_at:
        return
    if entry.files and move.media is None:
        raise entry.wrong("this portal keeps no media: PORTAL_MEDIA is empty")
    for file, mime in medium.files.items():
        source = entry.files.get(file)
        if source:
            _refuse_other(entry, medium, file, mime, source)
            _place(entry, source, move, f"{medium.name}/{file}")
        elif not (move.media and (move.media / medium.name / file).is_file()):
            move.missing.append(f"media/{medium.name}/{file}")


def _refuse_other(entry: Entry, medium: Medium, file: str, mime: str, source: Path) -> None:
    """A file must be what its medium says, and no more than may be sent (S26)."""
    problem = _problem(medium, mime, source)
    if not problem and file == medium.main_file and source.stat().st_size != medium.size:
        problem = f"it has {source.stat().st_size} bytes and 'size' says {medium.size}"
    if problem:
        raise entry.wrong(f"its file {file!r} is refused: {problem}", "size" if "bytes" in problem else "")


def _problem(medium: Medium, mime: str, source: Path) -> str:
    most = MOST_CAPTIONS if mime == "text/vtt" else MOST_BYTES[medium.kind]
    if source.stat().st_size > most:
        return f"it is larger than {most // MEBIBYTE} MB"
    if mime == "text/vtt":
        return "" if captions_in(source.read_bytes()) else "it is no WebVTT file"
    if type_of(source) != mime:
        return f"it is not {mime}"
    if mime == "application/pdf" and danger_of(source):
        return "it runs, carries or hides something; print it to a plain PDF"
    return ""


def _place(entry: Entry, source: Path, move: Move, name: str) -> None:
    """Copy a file to where media lie, unless it lies there already."""
    assert move.media
    target = move.media / name
    if target.is_file():
        if not filecmp.cmp(source, target, shallow=False):
            raise entry.wrong(f"the portal has another file {name!r}")
        return
    if move.is_dry:
        return
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    move.placed.append(target)
    shutil.copyfile(source, target)


NUMBERS = select(Medium.id, Medium.name)
MEDIA = Kind("media", (Medium,), _export, _bring, one_by_one)
