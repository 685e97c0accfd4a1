"""One person's data, and the accounts that nobody can open from the panel."""

import json
from pathlib import Path

import click

from portal import clock
from portal.accounts import people
from portal.accounts.factors import take_away
from portal.accounts.models import account_called
from portal.accounts.passwords import token_of
from portal.cli.opening import the_portal
from portal.errors import Refused
from portal.forgetting import wipe
from portal.person import actions as person
from portal.person.paper import text_of


@click.group()
def room() -> None:
    """The commands of this file."""


@room.group("person")
def one_person() -> None:
    """Everything about one person: a copy for them, or its erasure. What is asked for is typed, for an argument could be read by others."""


@one_person.command("export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--of", "typed", prompt="Reference, or e-mail or phone", help="A reference; without it you are asked."
)
def person_export(folder: Path, typed: str) -> None:
    """Write what is kept about somebody into FOLDER: a JSON file and a text to hand over, readable by you alone."""
    with the_portal() as app:
        facts = person.copy_of(_records(typed), clock.now())
        with app.test_request_context():
            text = text_of(facts)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content in (
        (
            "person.json",
            json.dumps(facts, ensure_ascii=False, indent=2, default=lambda moment: moment.isoformat()),
        ),
        ("person.txt", text),
    ):
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(content, "utf-8")
    click.echo(
        f"{len(facts['records'])} records written to {folder}. Check the identity of whoever gets them, then delete them."
    )


@one_person.command("erase")
@click.option(
    "--of", "typed", prompt="Reference, or e-mail or phone", help="A reference; without it you are asked."
)
@click.option("--yes", is_flag=True, help="Do not ask once more.")
def person_erase(typed: str, yes: bool) -> None:
    """Erase somebody for good; a talk to come is cancelled without a message."""
    with the_portal():
        records = _records(typed)
        for one in records:
            click.echo(f"{one.kind} {one.reference} {one.initials}")
        if not yes:
            click.confirm("Erase this for good?", abort=True)
        person.erase(records, clock.now())
        wipe()
    click.echo(f"{len(records)} records erased; numbers for the statistics stay.")


def _records(typed: str) -> list[person.Record]:
    """What was meant; two names behind one contact may be two people, of whom neither may learn of the other."""
    records = person.found(typed)
    if not records:
        raise click.ClickException("nothing is kept under this reference or contact")
    if len({one.initials for one in records if one.initials}) > 1:
        known = ", ".join(f"{one.reference} ({one.initials})" for one in records)
        raise click.ClickException(f"perhaps two people share this contact; name one reference of: {known}")
    return records


@room.command("create-admin")
@click.argument("login")
@click.option("--name", default="Administrator")
def create_admin(login: str, name: str) -> None:
    """Make an administrator's account and print the link by which its owner sets a password, once, within a day."""
    with the_portal() as app:
        try:
            link = people.invite(login, name, "administrator", None, clock.now())
        except Refused:
            raise click.ClickException("there is already an account with this login") from None
        click.echo(f"{login} is an administrator. Set the password here, within 24 hours:")
        click.echo(f"{app.config['PUBLIC_URL']}/panel/haslo/{link.id}/{token_of(link)}")


@room.command("reset-second-factor")
@click.argument("login")
def reset_second_factor(login: str) -> None:
    """Take somebody's second factor away, where there are no two administrators to do it. Make sure who asks."""
    with the_portal():
        account = account_called(login)
        if account is None:
            raise click.ClickException("there is no account with this login")
        take_away(account, None, clock.now())
    click.echo(f"{login} sets up a new second factor at the next sign-in.")
