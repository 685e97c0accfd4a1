"""Makes what is built from the sources: compiled catalogues and compressed static files.

Runs before a wheel is built, and as `python hatch_build.py` from ./run. Files that are up to date are left alone.
"""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from whitenoise.compress import Compressor


def is_stale(made: Path, source: Path) -> bool:
    return not made.exists() or made.stat().st_mtime < source.stat().st_mtime


def compile_catalogues(folder: Path) -> None:
    for po in folder.glob("*/LC_MESSAGES/*.po"):
        mo = po.with_suffix(".mo")
        if is_stale(mo, po):
            with po.open("rb") as source:
                catalogue = read_po(source, locale=po.parent.parent.name)
            with mo.open("wb") as target:
                write_mo(target, catalogue)


def compress_static(folder: Path) -> None:
    for orphan in folder.rglob("*.gz"):
        if not orphan.with_suffix("").exists():
            orphan.unlink()
    compressor = Compressor(use_brotli=False, quiet=True)
    for path in sorted(folder.rglob("*")):
        packed = path.with_name(path.name + ".gz")
        if path.is_file() and compressor.should_compress(path.name) and is_stale(packed, path):
            packed.unlink(missing_ok=True)  # a file that no longer gets smaller has no packed twin
            compressor.compress(str(path))


def build(root: Path) -> None:
    compile_catalogues(root / "translations")
    compress_static(root / "portal" / "static")


class PortalBuildHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        build(Path(self.root))


if __name__ == "__main__":
    build(Path(__file__).resolve().parent)
