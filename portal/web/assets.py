"""Static files under names that carry a hash of their content, so that browsers may keep them for ever."""

import hashlib
import re
from pathlib import Path
from typing import Any

from flask import Flask
from whitenoise import WhiteNoise

FOLDER = Path(__file__).parent.parent / "static"
HASHED = re.compile(r"\.[0-9a-f]{8}\.\w+$")
A_YEAR = 31_536_000


def init_app(app: Flask) -> None:
    """Serve the folder and give templates `asset(name)`."""
    files = _Files(app.wsgi_app, allow_all_origins=False)
    addresses = {}
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file() and path.suffix not in {".gz", ".br", ".txt", ".md"}:
            name = path.relative_to(FOLDER).as_posix()
            addresses[name] = f"/static/{name if HASHED.search(name) else _hashed(name, path)}"
            files.add_file_to_dictionary(addresses[name], str(path))
    app.wsgi_app = files  # type: ignore[method-assign]
    app.jinja_env.globals["asset"] = addresses.__getitem__


def _hashed(name: str, path: Path) -> str:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
    stem, _, ending = name.rpartition(".")
    return f"{stem}.{digest}.{ending}"


class _Files(WhiteNoise):
    """Files of which a browser need not ask again for a year (S38); every address of ours has a hash of the content."""

    def add_cache_headers(self, headers: Any, path: str, url: str) -> None:
        """For how long this one is kept."""
        headers["Cache-Control"] = f"max-age={A_YEAR}, immutable"
