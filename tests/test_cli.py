"""The commands are found where they are, and whoever serves waits for none of the others."""

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

from click.testing import CliRunner

from portal.cli import ROOMS, main
from tests.conftest import KEYS


def test_every_command_has_its_place_and_its_words() -> None:
    said = CliRunner().invoke(main, ["--help"]).output
    for room, names in ROOMS.items():
        assert set(import_module(f"portal.cli.{room}").room.commands) == set(names)
        assert all(f"  {name} " in said for name in names)
    assert CliRunner().invoke(main, ["nonsense"]).exit_code == 2


def test_serving_loads_nothing_that_gunicorn_loads_again() -> None:
    lines = (
        "import sys, portal.cli.serving",
        "assert not {'flask', 'sqlalchemy', 'portal.app'} & set(sys.modules), sorted(sys.modules)",
    )
    subprocess.run([sys.executable, "-c", "\n".join(lines)], check=True)


def test_files_are_for_the_portal_alone_whatever_the_shell_says(tmp_path: Path) -> None:
    ours = {"PORTAL_DEMO": "1", "PORTAL_DATA": str(tmp_path), "PORTAL_KEYS": KEYS}
    ours["PORTAL_DATABASE_URL"] = f"sqlite:///{tmp_path}/portal.sqlite"
    subprocess.run([sys.executable, "-m", "portal", "init"], env=os.environ | ours, umask=0o022, check=True)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir() if path.is_file()} == {0o600}
