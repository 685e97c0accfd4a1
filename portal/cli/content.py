"""Content that moves in and out as files."""

from pathlib import Path

import click
from flask import current_app

from portal import clock
from portal.cli.opening import the_portal
from portal.moving.actions import export_content, import_content
from portal.moving.files import Wrong


@click.group()
def room() -> None:
    """The commands of this file."""


@room.command("import-content")
@click.option("--dry-run", "is_dry", is_flag=True, help="Only say what would be added and changed.")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def import_folder(folder: Path, is_dry: bool) -> None:
    """Bring a folder of Markdown files into the portal: all of it, or nothing. See docs/moving-in.md."""
    with the_portal():
        try:
            moved = import_content(folder, current_app.config["MEDIA"], clock.now(), is_dry=is_dry)
        except Wrong as wrong:
            raise click.ClickException(f"Nothing has changed. {wrong}") from None
    for what, names in (("added", moved.added), ("changed", moved.changed)):
        for kind in names:
            click.echo(
                f"{kind}: {len(names[kind])} {what}: {', '.join(filter(None, names[kind]))}".rstrip(": ")
            )
    click.echo(f"{sum(moved.same.values())} as they were.")
    if moved.missing:
        click.echo(f"Files of media that are not there: {', '.join(moved.missing)}")
    if is_dry:
        click.echo("This was a dry run: nothing has changed.")


@room.command("export-content")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def export_folder(folder: Path) -> None:
    """Write all content into a new folder, as Markdown files that `import-content` reads, with the files of media."""
    with the_portal():
        try:
            count = export_content(folder, current_app.config["MEDIA"])
        except FileExistsError:
            raise click.ClickException(f"{folder} is not empty; name a new folder.") from None
    click.echo(f"{count} files written to {folder}.")
