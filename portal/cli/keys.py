"""The keys of sealed columns."""

import secrets
from pathlib import Path

import click

from portal import clock, keys
from portal.cli.opening import the_portal
from portal.cli.settings import the_settings
from portal.config import SettingsError
from portal.crypto import keyring
from portal.errors import Refused

WHY_NOT_RETIRED = {
    "unknown": "there is no key of this name",
    "present": "this key seals; make another one first",
    "in_use": "values are still under it: run `portal keys rotate`",
}


@click.group()
def room() -> None:
    """The commands of this file."""


@room.group("keys")
def key_group() -> None:
    """The keys under which personal data is sealed: make one, see how much is under each, rotate, retire."""


@key_group.command("make")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
def keys_make(file: Path | None) -> None:
    """Print a new key for PORTAL_KEYS, or put it into FILE before those that are there: from now on it seals."""
    name, secret = f"k{clock.now():%Y%m%d%H%M%S}", secrets.token_bytes(32)
    if file is None:
        click.echo(f"{name}:{secret.hex()}")
        return
    try:
        keys.add(file, name, secret)
    except Refused:
        raise click.ClickException(f"{file} is as it was: {name} is in it already") from None
    except (SettingsError, OSError) as error:
        raise click.ClickException(f"{file} is as it was: {error}") from None
    click.echo(f"{name} is in {file} and seals from now on. `portal keys rotate` seals anew what is there.")


@key_group.command("list")
def keys_list() -> None:
    """The names of the keys and how many values are under each; never a key."""
    with the_portal():
        present, *_earlier = keyring().ids
        for name, count in keys.holdings().items():
            here = "seals" if name == present else "opens" if name in keyring().ids else "MISSING"
            click.echo(f"{name:<20} {here:<8} {count}")


@key_group.command("rotate")
def keys_rotate() -> None:
    """Seal everything anew under the first key. The portal may be in use; after an interruption, run it again."""
    with the_portal():
        changed, unreadable = keys.rotate()
    click.echo(f"{changed} rows sealed anew.")
    if unreadable:
        raise click.ClickException(f"{unreadable} rows cannot be opened; they stay as they are.")


@key_group.command("retire")
@click.argument("name")
def keys_retire(name: str) -> None:
    """Take a key under which nothing is any more out of its file; forms that were opened under it cannot be sent any more."""
    file = the_settings().keys_file
    with the_portal():
        if file is None:
            raise click.ClickException(
                "the keys are in PORTAL_KEYS: run `portal keys rotate`, then take it out"
            )
        try:
            keys.retire(name, file)
        except Refused as refusal:
            raise click.ClickException(WHY_NOT_RETIRED[refusal.code]) from None
        except OSError as error:
            raise click.ClickException(f"{file} is as it was: {error}") from None
    click.echo(f"{name} is gone from {file}.")
