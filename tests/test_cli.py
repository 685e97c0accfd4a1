"""The commands are found where they are, and whoever serves waits for none of the others."""

import subprocess
import sys
from importlib import import_module

from click.testing import CliRunner

from portal.cli import ROOMS, main


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
