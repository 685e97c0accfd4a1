"""A file of content: facts between two lines of `+++` as TOML, then a text in Markdown. What is written is read again the same."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

FENCE = "+++"
LINE = re.compile(r"\(at line (\d+)")


class Wrong(Exception):
    """What is wrong, and where: the file as it is called in the folder, and the line, if one is to blame."""

    def __init__(self, path: str, line: int | None, problem: str) -> None:
        super().__init__(f"{path}{f':{line}' if line else ''}: {problem}")


@dataclass
class Entry:
    """One file: its name in the folder, its facts and its text; `source` is how it was written, to find lines in."""

    name: str
    facts: dict[str, Any]
    text: str = ""
    source: str = field(default="", repr=False)

    def wrong(self, problem: str, key: str = "", value: Any = "") -> Wrong:
        """An error that names the line of this fact: where several tables have it, the one with this value."""
        lines = list(enumerate(self.source.splitlines(), 1))
        named = [(number, line) for number, line in lines if re.match(rf"{re.escape(key)}\s*=", line)]
        named += [(number, line) for number, line in lines if line.startswith(f"[[{key}]]")]
        meant = [number for number, line in named if str(value) in line] or [number for number, _ in named]
        return Wrong(self.name, meant[0] if key and meant else 1, problem)


def entries(folder: Path, under: str) -> Iterator[Entry]:
    """Every Markdown file under this part of the folder, by name. Raises `Wrong`."""
    for path in sorted((folder / under).rglob("*.md")):
        yield read(path, path.relative_to(folder).as_posix())


def read(path: Path, name: str) -> Entry:
    """One file. Raises `Wrong`."""
    raw = path.read_bytes()
    try:
        source = raw.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise Wrong(name, line, "this is not UTF-8; save the file in that encoding") from None
    lines = source.split("\n")
    if lines[0].strip() != FENCE:
        raise Wrong(name, 1, "the file must begin with a line of +++ and the facts")
    end = next((number for number, line in enumerate(lines[1:], 1) if line.strip() == FENCE), None)
    if end is None:
        raise Wrong(name, len(lines), "a second line of +++ must end the facts")
    text = "\n".join(lines[end + 1 :]).removesuffix("\n")
    return Entry(name, _facts("\n".join(lines[1:end]), name), text, source)


def _facts(written: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(written)
    except tomllib.TOMLDecodeError as error:
        found = LINE.search(str(error))
        line = int(found[1]) + 1 if found else written.count("\n") + 2
        raise Wrong(name, line, f"the facts cannot be read: {str(error).split(' (at ')[0]}") from None


def write(folder: Path, entry: Entry) -> None:
    """Put a file into the folder."""
    path = folder / entry.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(f"{FENCE}\n{toml(entry.facts)}{FENCE}\n{entry.text}\n".encode())


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
