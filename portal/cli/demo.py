"""A fictional centre to look at."""

import os
import secrets
import signal
import subprocess
import sys
from pathlib import Path

import click
from flask import current_app
from flask_migrate import upgrade

from portal import clock
from portal.cli.opening import the_portal
from portal.cli.serving import gunicorn
from portal.config import DEMO, read_settings
from portal.demo.access_requests import load_access_requests
from portal.demo.announcements import load_announcements
from portal.demo.enquiries import load_enquiries, load_enquiries_of_the_year
from portal.demo.groups import load_group
from portal.demo.history import load_history
from portal.demo.load import ACCOUNTS, load
from portal.demo.media import load_media
from portal.outbox.worker import stop_on_signal


@click.group()
def room() -> None:
    """The commands of this file."""


@room.command()
@click.option("--port", default=8000, show_default=True, envvar="PORT")
def demo(port: int) -> None:
    """Show a fictional centre: migrate, load its content, serve it with the message worker."""
    os.environ.update({"PORTAL_DEMO": "1", "PORTAL_PUBLIC_URL": f"http://127.0.0.1:{port}"})
    click.echo("Preparing the database …")
    _make_demo_key(Path(os.environ.get("PORTAL_DATA", "var")))
    with the_portal():
        upgrade()
        click.echo("Loading the demo content …")
        load(clock.now())
        load_history(clock.now())
        load_group(clock.now())
        load_announcements(clock.now())
        load_media(current_app.config["MEDIA"], clock.now())
        load_enquiries(clock.now())
        load_enquiries_of_the_year(clock.now())
        load_access_requests(clock.now())
    _introduce(port)
    _run_together([gunicorn(port, "127.0.0.1"), [sys.executable, "-m", "portal", "worker"]])


def _make_demo_key(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "demo.keys"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(f"demo:{secrets.token_hex(32)}\n", "ascii")


def _introduce(port: int) -> None:
    address = f"http://127.0.0.1:{port}"
    click.echo(f"\n  {DEMO['PORTAL_CENTRE_NAME']} {DEMO['PORTAL_CENTRE_PLACE']}")
    click.echo(f"  Portal:       {address}/")
    click.echo(f"  Book a talk:  {address}/umow-rozmowe")
    click.echo(f"  Staff panel:  {address}/panel")
    for account in ACCOUNTS:
        click.echo(f"    {account.role:<14} {account.login}   {account.password}")
    mail_url = read_settings(os.environ).mail_url
    if mail_url.startswith("folder:"):
        click.echo(f"  Messages land in {mail_url.removeprefix('folder:')}/")
    click.echo("  Ctrl-C stops everything.\n")


def _run_together(commands: list[list[str]]) -> None:
    """Run the commands side by side until one ends or we are told to stop; then end them all."""
    children = [subprocess.Popen(command, start_new_session=True) for command in commands]
    stop = stop_on_signal()
    while not stop.wait(0.3) and all(child.poll() is None for child in children):
        pass
    for child in children:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGTERM)
    codes = [child.wait() for child in children]
    if not stop.is_set():
        sys.exit(max(codes) or 1)
