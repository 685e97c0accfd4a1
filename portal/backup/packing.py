"""What is in a backup: a compressed, sealed tar of the database, the media, and last a list of it all with its hashes."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from portal.backup.sealing import NotOurs, SealedReader, SealingWriter

MANIFEST = "manifest.json"
DATABASE = "database"
MEDIA = "media"
ARRIVING = "incoming"
FAST = 1  # of the levels of gzip: the rest costs time and saves little


@dataclass
class Manifest:
    """What a backup says of itself. `proof` opens only with the keys of the portal; hashes are SHA-256 by name."""

    version: str
    kind: str
    migration: str
    taken_at: str
    proof: str
    rows: dict[str, int]
    files: dict[str, str] = field(default_factory=dict)
    format: int = 1


def pack(
    target: IO[bytes], keys: Mapping[str, bytes], manifest: Manifest, database: Path, media: Path | None
) -> None:
    """Write a whole backup to `target` and note the hashes in the manifest."""
    with (
        SealingWriter(target, keys) as sealed,
        gzip.GzipFile("", "wb", FAST, sealed, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|") as tar,
    ):
        for name, path in ((DATABASE, database), *_media(media)):
            _add(tar, name, path, manifest)
        text = json.dumps(asdict(manifest), indent=1, sort_keys=True).encode()
        tar.addfile(_entry(MANIFEST, len(text)), io.BytesIO(text))


def _media(folder: Path | None) -> Iterator[tuple[str, Path]]:
    """The files of media by their names in the backup; those that are just arriving have no row yet."""
    paths = sorted(folder.rglob("*")) if folder and folder.exists() else []
    for path in paths:
        name = path.relative_to(folder or path)
        if path.is_file() and name.parts[0] != ARRIVING:
            yield f"{MEDIA}/{name.as_posix()}", path


def _add(tar: tarfile.TarFile, name: str, path: Path, manifest: Manifest) -> None:
    try:
        file = path.open("rb")
    except FileNotFoundError:  # deleted a moment ago, and its row with it
        return
    with file:
        hashing = _Hashing(file)
        tar.addfile(_entry(name, path.stat().st_size), hashing)
        manifest.files[name] = hashing.hash.hexdigest()


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry


class _Hashing:
    """A file that is hashed while it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.hash = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        part = self._file.read(size)
        self.hash.update(part)
        return part


def unpack(source: Path, keys: Mapping[str, bytes], folder: Path) -> Manifest:
    """Lay a backup out in an empty folder; every file is as the list says, and none is missing. Raises `NotOurs`."""
    hashes: dict[str, str] = {}
    with source.open("rb") as file:
        plain = gzip.GzipFile(fileobj=io.BufferedReader(SealedReader(file, keys)))
        try:
            with tarfile.open(fileobj=plain, mode="r|") as tar:
                for entry in tar:
                    hashes[entry.name] = _lay_out(tar, entry, folder)
        except (tarfile.TarError, EOFError, gzip.BadGzipFile):
            raise NotOurs("it is not whole") from None
    return _listed(folder, hashes)


def _lay_out(tar: tarfile.TarFile, entry: tarfile.TarInfo, folder: Path) -> str:
    path = (folder / entry.name).resolve()
    content = tar.extractfile(entry)
    if content is None or not path.is_relative_to(folder.resolve()):
        raise NotOurs(f"it holds something odd: {entry.name}")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    hashing = _Hashing(content)
    with path.open("wb") as file:
        while part := hashing.read(io.DEFAULT_BUFFER_SIZE):
            file.write(part)
    return hashing.hash.hexdigest()


def _listed(folder: Path, hashes: dict[str, str]) -> Manifest:
    if hashes.pop(MANIFEST, None) is None:
        raise NotOurs("its list is missing")
    said: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
    if said.get("format") != 1:
        raise NotOurs("a newer portal has written it: install that version first")
    manifest = Manifest(**said)
    if manifest.files != hashes:
        raise NotOurs("its files are not those of its list")
    return manifest
