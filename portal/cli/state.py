"""How the portal is: its database, its rules, whether all is well."""

import os
import sys
from pathlib import Path

import click
from flask_migrate import upgrade

from portal import clock
from portal.accounts import audit
from portal.app import migrations_folder
from portal.booking import checks
from portal.cli.opening import the_portal
from portal.config import read_settings
from portal.doctor import findings
from portal.forgetting import forget
from portal.front.outage import write_outage_pages
from portal.retention import RULES


@click.group()
def room() -> None:
    """The commands of this file."""


@room.command()
def init() -> None:
    """Make the database, or bring it up to date."""
    with the_portal():
        upgrade()
    click.echo("The database is up to date.")


@room.command()
def doctor() -> None:
    """Look whether everything is as it should be, and say of each thing that is not how to mend it."""
    is_well = True
    with the_portal():
        for name, trouble in findings(read_settings(os.environ), migrations_folder()):
            click.echo(f"{'✗' if trouble else '✓'} {name}{': ' if trouble else ''}{trouble}")
            is_well = is_well and not trouble
    if not is_well:
        sys.exit(1)


@room.group()
def booking() -> None:
    """Questions about the bookings."""


@booking.command()
def check() -> None:
    """Prove on the live database that no place was sold twice and nothing was lost; fail when that is not so."""
    with the_portal():
        found = checks.violations()
    for rule, rows in found.items():
        click.echo(f"Broken: {rule}: {', '.join(str(row) for row in rows)}")
    click.echo(f"{sum(len(rows) for rows in found.values())} violations.")
    if found:
        sys.exit(1)


@room.group("audit")
def audit_log() -> None:
    """Questions about the audit log."""


@audit_log.command("verify")
@click.option("--after", "kept", default="", help="A last link from before: fail when the chain has lost it.")
def audit_verify(kept: str) -> None:
    """Follow the chain through the audit log; fail when a row was changed, taken out, swapped, or never chained."""
    with the_portal():
        verdict = audit.verify(clock.now())
        is_shorter = bool(kept) and not audit.knows(kept)
    for what, rows in (
        ("Changed", verdict.broken),
        ("Taken out", verdict.gone),
        ("Not chained", verdict.loose),
    ):
        if rows:
            click.echo(f"{what}: {', '.join(str(row) for row in rows)}")
    if is_shorter:
        click.echo("Cut off at the end: the link that you have kept is not in the chain.")
    click.echo(f"{verdict.length} entries in the chain; it ends with {verdict.last}.")
    if is_shorter or not verdict.holds:
        sys.exit(1)


@room.group()
def retention() -> None:
    """How long personal data is kept, and its erasure, which the worker does every night by itself."""


@retention.command("list")
def retention_list() -> None:
    """Every rule: for how many days, from when on."""
    for rule in RULES:
        click.echo(f"{rule.name:<15} {rule.days:>5} days after {rule.counted_from}")


@retention.command("run")
def retention_run() -> None:
    """Erase now what is over, as in the night."""
    with the_portal():
        for name, count in forget(clock.now()).items():
            click.echo(f"{name}: {count} erased")


@room.command("outage-pages")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def outage_pages(folder: Path) -> None:
    """Write the pages that nginx shows when the portal does not answer, with the phones as they are now. See deploy/README.md."""
    with the_portal():
        write_outage_pages(folder)
