"""The console command `portal`. Each file here has a few of its commands and is loaded only when one of them is asked for, so that
`portal serve` is not kept waiting by all the others."""

import os
import sys
from importlib import import_module

import click

from portal import logs

OURS_ALONE = 0o077  # what any command writes is for its user alone, whatever the shell says (S73)
ROOMS = {
    "serving": ("serve",),
    "working": ("worker",),
    "state": ("init", "doctor", "booking", "audit", "retention", "outage-pages"),
    "backups": ("backup", "restore"),
    "keys": ("keys",),
    "people": ("person", "create-admin", "reset-second-factor"),
    "content": ("import-content", "export-content"),
    "demo": ("demo",),
}


class Rooms(click.Group):
    """A group whose commands are in other files."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All of them, by name."""
        return sorted(name for names in ROOMS.values() for name in names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, from its file; None when there is none."""
        for room, names in ROOMS.items():
            if cmd_name in names:
                group: click.Group = import_module(f"portal.cli.{room}").room
                return group.get_command(ctx, cmd_name)
        return None


@click.group(cls=Rooms)
@click.pass_context
def main(ctx: click.Context) -> None:
    """The portal of a family-support centre. Settings come from PORTAL_* variables; see docs/settings.md."""
    logs.start(sys.stderr)
    before = os.umask(OURS_ALONE)
    ctx.call_on_close(lambda: os.umask(before))
