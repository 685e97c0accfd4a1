"""Taking a backup, and putting it back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from portal import clock
from portal.backup import restoring
from portal.backup.copying import Trouble
from portal.backup.taking import newest_in, take
from portal.booking import checks
from portal.cli.opening import the_portal
from portal.cli.settings import the_settings
from portal.cli.working import forget_all
from portal.person import actions as person


@click.group()
def room() -> None:
    """The commands of this file."""


@room.command("backup")
@click.argument("target", required=False, type=click.Path(path_type=Path))
@click.option(
    "--verify", is_flag=True, help="Open TARGET and check every file in it, instead of taking a backup."
)
def backup(target: Path | None, verify: bool) -> None:
    """Write database and media into one encrypted file: TARGET, or in a folder, or in PORTAL_BACKUPS. The portal may be in use."""
    settings = the_settings()
    with _told(), the_portal():
        if verify:
            manifest = restoring.verify(settings, target or newest_in(settings.backups_folder))
            click.echo(
                f"Whole: {len(manifest.files)} files, {manifest.rows.get('booking', 0)} bookings, of {manifest.taken_at}."
            )
        else:
            click.echo(f"Written: {take(settings, target, clock.now())}")


@room.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Even if the database is not empty.")
@click.option("--without-journal", is_flag=True, help="Even if the journal of erasures is lost.")
def restore(file: Path, replace: bool, without_journal: bool) -> None:
    """Put a backup back. Stop the web process and the worker first; see docs/operation.md."""
    settings, now = the_settings(), clock.now()
    with _told():
        done = restoring.restore(
            settings, file, person.AGAIN, now, replace_all=replace, without_journal=without_journal
        )
        with the_portal():
            forget_all(now)
            broken = checks.violations()
    click.echo(
        f"The portal is as it was at {clock.local(done.taken_at):%Y-%m-%d %H:%M}, with {done.rows['booking']} bookings."
    )
    click.echo(
        f"{done.held_back} messages are for people to look at, {done.erased} people were erased again."
    )
    click.echo("Everybody has to sign in anew. What to look at before you open it: docs/operation.md.")
    if broken:
        raise click.ClickException("the bookings are not sound: see `portal booking check`")


@contextmanager
def _told() -> Iterator[None]:
    """What stops a backup or a restore, in words."""
    try:
        yield
    except Trouble as trouble:
        raise click.ClickException(str(trouble)) from None
