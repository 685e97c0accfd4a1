"""A file of content: facts between two lines of `+++` as TOML, then a text in Markdown. What is written is read again the same."""

import json
import os
import re
import shutil
import stat
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import Any

FENCE = "+++"
LINE = re.compile(r"\(at line (\d+)")
MOST_BYTES = 1024 * 1024


class Wrong(Exception):
    """What is wrong, and where: the file as it is called in the folder, and the line, if one is to blame."""

    def __init__(self, path: str, line: int | None, problem: str) -> None:
        super().__init__(f"{path}{f':{line}' if line else ''}: {problem}")


@dataclass
class Entry:
    """One file: its name in the folder, its facts and its text; `source` is how it was written, to find lines in. `files` are
    those of another kind that belong to it, in a folder that is called as it is."""

    name: str
    facts: dict[str, Any]
    text: str = ""
    source: str = field(default="", repr=False)
    files: dict[str, Path] = field(default_factory=dict, repr=False)

    @property
    def stem(self) -> str:
        """Its name without folder and ending."""
        return PurePosixPath(self.name).stem

    def wrong(self, problem: str, key: str = "", value: Any = "") -> Wrong:
        """An error that names the line of this fact: where several tables have it, the one with this value."""
        lines = list(enumerate(self.source.split("\n"), 1))
        named = [(number, line) for number, line in lines if re.match(rf"{re.escape(key)}\s*=", line)]
        named += [(number, line) for number, line in lines if line.startswith(f"[[{key}]]")]
        meant = [number for number, line in named if str(value) in line] or [number for number, _ in named]
        return Wrong(self.name, meant[0] if key and meant else 1, problem)


def entries(folder: Path) -> list[Entry]:
    """Every file of the folder that begins a piece of content, by name, with those that belong to it. Hidden files are left
    alone. Raises `Wrong` for what nobody can read, for links, and for files that belong to nothing."""
    names = list(_listed(folder))
    found = {name: read(folder / name, name) for name in names if name.endswith(".md")}
    for name in names:
        if name not in found:
            owner = found.get(f"{PurePosixPath(name).parent}.md")
            if owner is None:
                raise Wrong(name, None, "nobody knows this file")
            owner.files[PurePosixPath(name).name] = folder / name
    return list(found.values())


def _listed(folder: Path) -> Iterator[str]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        for each in folders + sorted(each for each in files if not each.startswith(".")):
            path = Path(place) / each
            name, mode = path.relative_to(folder).as_posix(), path.lstat().st_mode
            if stat.S_ISLNK(mode):
                raise Wrong(name, None, "this is a link; put the file itself there")
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                raise Wrong(name, None, "this is not a file")
            if stat.S_ISREG(mode):
                yield name


def read(path: Path, name: str) -> Entry:
    """One file. Raises `Wrong`."""
    if path.stat().st_size > MOST_BYTES:
        raise Wrong(name, None, "the file is larger than 1 MB")
    raw = path.read_bytes()
    try:
        source = lines_of(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Wrong(
            name, _line_at(raw, error.start), "this is not UTF-8; save the file in that encoding"
        ) from None
    if "\0" in source:
        raise Wrong(name, _line_at(raw, raw.index(b"\0")), "the character U+0000 is no text")
    lines = source.split("\n")
    if lines[0].strip() != FENCE:
        raise Wrong(name, 1, "the file must begin with a line of +++ and the facts")
    end = next((number for number, line in enumerate(lines[1:], 1) if line.strip() == FENCE), None)
    if end is None:
        raise Wrong(name, len(lines), "a second line of +++ must end the facts")
    text = "\n".join(lines[end + 1 :]).removesuffix("\n")
    return Entry(name, _facts("\n".join(lines[1:end]), name), text, source)


def lines_of(text: str) -> str:
    """The text with every line ended in the one way of this portal."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _line_at(raw: bytes, place: int) -> int:
    return raw[:place].count(b"\n") + 1


def _facts(written: str, name: str) -> dict[str, Any]:
    try:
        facts = tomllib.loads(written)
    except tomllib.TOMLDecodeError as error:
        found = LINE.search(str(error))
        line = int(found[1]) + 1 if found else written.count("\n") + 2
        raise Wrong(name, line, f"the facts cannot be read: {str(error).split(' (at ')[0]}") from None
    except (ValueError, RecursionError):  # a number of thousands of digits, lists in lists in lists
        raise Wrong(name, 2, "the facts cannot be read: something in them is too long or too deep") from None
    return facts


def write(folder: Path, entry: Entry) -> None:
    """Put a file into the folder, and a copy of those that belong to it."""
    path = folder / entry.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(f"{FENCE}\n{toml(entry.facts)}{FENCE}\n{lines_of(entry.text)}\n".encode())
    for name, source in entry.files.items():
        path.with_suffix("").mkdir(exist_ok=True)
        shutil.copyfile(source, path.with_suffix("") / name)


def toml(facts: Mapping[str, Any]) -> str:
    """Facts as TOML, one a line; lists of facts as tables at the end."""
    plain = {key: value for key, value in facts.items() if not _is_tables(value)}
    lines = [f"{key} = {_value(value)}\n" for key, value in plain.items()]
    for key, rows in facts.items():
        if key not in plain:
            lines += [f"\n[[{key}]]\n{toml(row)}" for row in rows]
    return "".join(lines)


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(row, dict) for row in value)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, list):
        return f"[{', '.join(_value(each) for each in value)}]"
    return _string(str(value) if isinstance(value, Decimal) else value)


def _string(text: str) -> str:
    """Long texts over several lines, as people read them; otherwise, and where that could be misread, on one."""
    if "\n" not in text or FENCE in text or '""' in text or text.endswith('"') or not _is_printable(text):
        return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
    escaped = text.replace("\\", "\\\\")
    return f'"""\n{escaped}"""'


def _is_printable(text: str) -> bool:
    return all(c in "\n\t" or (ord(c) >= 32 and ord(c) != 127) for c in text)
