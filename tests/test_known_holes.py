"""What `./run audit --network` says when it has asked for known holes, and when nobody has answered."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / ".ci" / "known_holes.py"
CLEAN = {"name": "flask", "version": "3.1.3", "vulns": []}
HOLE = {"id": "CVE-2026-0001", "fix_versions": ["3.2"], "aliases": [], "description": ""}
BROKEN = {"name": "jinja2", "version": "3.1.0", "vulns": [HOLE]}
UNKNOWN = {"name": "alembic", "skip_reason": "could not be audited: alembic (1.20.1)"}


@pytest.mark.parametrize(
    ("packages", "code", "words"),
    [
        ([CLEAN], 0, "1 packages were checked, 0 were not. Known holes: 0."),
        ([CLEAN, BROKEN], 1, "jinja2 3.1.0: CVE-2026-0001, mended in 3.2"),
        ([CLEAN, UNKNOWN], 1, "Not checked: alembic."),
        ([UNKNOWN, UNKNOWN], 1, "Nothing was checked."),
        (None, 1, "Nothing was checked."),
    ],
)
def test_what_was_not_checked_is_never_said_to_be_sound(
    tmp_path: Path, packages: list[dict[str, object]] | None, code: int, words: str
) -> None:
    report = tmp_path / "report.json"
    report.write_text("" if packages is None else json.dumps({"dependencies": packages, "fixes": []}))
    said = subprocess.run([sys.executable, SCRIPT, report], capture_output=True, text=True, check=False)
    assert said.returncode == code, said.stderr
    assert words in said.stdout
