"""The console command: `portal init`, `serve`, `worker`, `demo`, `doctor`, `booking check`, `audit verify`, `create-admin`,
`backup`, `restore`, `reset-second-factor`, `import-content`, `export-content`, `outage-pages`, `keys`."""

import json
import logging
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path

import click
from flask import Flask, current_app
from flask_babel import force_locale
from flask_migrate import upgrade

from portal import clock, keys, logs, person
from portal.accounts import audit, people
from portal.accounts.factors import take_away
from portal.accounts.models import account_called
from portal.accounts.passwords import token_of
from portal.accounts.watch import watch
from portal.app import migrations_folder, opened
from portal.backup import restoring
from portal.backup.copying import Trouble
from portal.backup.taking import newest_in, take
from portal.booking import checks
from portal.booking.offers import tend
from portal.config import DEMO, Settings, SettingsError, read_settings
from portal.crypto import keyring
from portal.demo.access_requests import load_access_requests
from portal.demo.announcements import load_announcements
from portal.demo.enquiries import load_enquiries, load_enquiries_of_the_year
from portal.demo.groups import load_group
from portal.demo.history import load_history
from portal.demo.load import ACCOUNTS, load
from portal.demo.media import load_media
from portal.doctor import findings
from portal.errors import Refused
from portal.finding import keeping as finding
from portal.forgetting import forget, wipe
from portal.front.outage import write_outage_pages
from portal.moving.actions import export_content, import_content
from portal.moving.files import Wrong
from portal.outbox.actions import set_aside
from portal.outbox.worker import Chore, next_minute, next_night, stop_on_signal, work
from portal.privacy.paper import text_of
from portal.retention import RULES

log = logging.getLogger(__name__)

WHY_NOT_RETIRED = {
    "unknown": "there is no key of this name",
    "present": "this key seals; make another one first",
    "in_use": "values are still under it: run `portal keys rotate`",
}
WORKERS = "2"
KEEP_ALIVE = "75"  # seconds: longer than a proxy, so that none is closed under a request
THREADS = "4"


@click.group()
def main() -> None:
    """The portal of a family-support centre. Settings come from PORTAL_* variables; see docs/settings.md."""
    logs.start(sys.stderr)


@main.group("keys")
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
    except (Refused, SettingsError, OSError) as error:
        raise click.ClickException(f"{file} is as it was: {error}") from None
    click.echo(f"{name} is in {file} and seals from now on. `portal keys rotate` seals anew what is there.")


@key_group.command("list")
def keys_list() -> None:
    """The names of the keys and how many values are under each; never a key."""
    with _portal():
        present, *_earlier = keyring().ids
        for name, count in keys.holdings().items():
            here = "seals" if name == present else "opens" if name in keyring().ids else "MISSING"
            click.echo(f"{name:<20} {here:<8} {count}")


@key_group.command("rotate")
def keys_rotate() -> None:
    """Seal everything anew under the first key. The portal may be in use; after an interruption, run it again."""
    with _portal():
        changed, unreadable = keys.rotate()
    click.echo(f"{changed} rows sealed anew.")
    if unreadable:
        raise click.ClickException(f"{unreadable} rows cannot be opened; they stay as they are.")


@key_group.command("retire")
@click.argument("name")
def keys_retire(name: str) -> None:
    """Take a key under which nothing is any more out of its file; forms that were opened under it cannot be sent any more."""
    file = _settings().keys_file
    with _portal():
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


@main.command()
def doctor() -> None:
    """Look whether everything is as it should be, and say of each thing that is not how to mend it."""
    is_well = True
    with _portal():
        for name, trouble in findings(read_settings(os.environ), migrations_folder()):
            click.echo(f"{'✗' if trouble else '✓'} {name}{': ' if trouble else ''}{trouble}")
            is_well = is_well and not trouble
    if not is_well:
        sys.exit(1)


@main.command()
def init() -> None:
    """Make the database, or bring it up to date."""
    with _portal():
        upgrade()
    click.echo("The database is up to date.")


@main.command()
@click.option("--port", default=8000, show_default=True)
@click.option("--bind", default="127.0.0.1", show_default=True)
def serve(port: int, bind: str) -> None:
    """Serve the portal with gunicorn, and note each answer."""
    _settings()  # what is odd is said here in a sentence; the log of gunicorn would only say that something is
    os.execv(sys.executable, [*_gunicorn(port, bind), "--access-logfile", "-"])


@main.command()
def worker() -> None:
    """Deliver messages, offer places to those who wait, and do the work of the night, until told to stop."""
    if restoring.is_unfinished(_settings()):
        raise click.ClickException("a restore was broken off: begin it again, or messages go out twice")
    logs.start(sys.stdout)
    with _portal() as app:
        chores = (
            Chore(tend, next_minute),
            Chore(lambda _now: audit.seal(), next_minute),
            Chore(watch, next_minute),
            Chore(_nightly, next_night),
        )
        work(app.extensions["post_office"], stop_on_signal(), *chores, first=set_aside)


def _nightly(now: datetime) -> None:
    _forget(now)
    checks.check(now)
    verdict = audit.verify(now)
    log.info("the audit log has %d entries and ends with %s", verdict.length, verdict.last)
    if not verdict.holds:
        log.error("the audit log was meddled with: see `portal audit verify`")


def _forget(now: datetime) -> None:
    forget(now)
    finding.forget(now)


@main.command("backup")
@click.argument("target", required=False, type=click.Path(path_type=Path))
@click.option(
    "--verify", is_flag=True, help="Open TARGET and check every file in it, instead of taking a backup."
)
def backup(target: Path | None, verify: bool) -> None:
    """Write database and media into one encrypted file: TARGET, or in a folder, or in PORTAL_BACKUPS. The portal may be in use."""
    settings = _settings()
    with _told(), _portal():
        if verify:
            manifest = restoring.verify(settings, target or newest_in(settings.backups_folder))
            click.echo(
                f"Whole: {len(manifest.files)} files, {manifest.rows.get('booking', 0)} bookings, of {manifest.taken_at}."
            )
        else:
            click.echo(f"Written: {take(settings, target, clock.now())}")


@main.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Even if the database is not empty.")
@click.option("--without-journal", is_flag=True, help="Even if the journal of erasures is lost.")
def restore(file: Path, replace: bool, without_journal: bool) -> None:
    """Put a backup back. Stop the web process and the worker first; see docs/operation.md."""
    settings, now = _settings(), clock.now()
    with _told():
        done = restoring.restore(
            settings, file, person.AGAIN, now, replace_all=replace, without_journal=without_journal
        )
        with _portal():
            _forget(now)
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


@main.command("outage-pages")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def outage_pages(folder: Path) -> None:
    """Write the pages that nginx shows when the portal does not answer, with the phones as they are now. See deploy/README.md."""
    with _portal():
        write_outage_pages(folder)


@main.group()
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
    with _portal():
        for name, count in forget(clock.now()).items():
            click.echo(f"{name}: {count} erased")


@main.group("person")
def one_person() -> None:
    """Everything about one person: a copy for them, or its erasure. What is asked for is typed, for an argument could be read by others."""


@one_person.command("export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--of", "typed", prompt="Reference, or e-mail or phone", help="A reference; without it you are asked."
)
def person_export(folder: Path, typed: str) -> None:
    """Write what is kept about somebody into FOLDER: a JSON file and a text to hand over, readable by you alone."""
    with _portal() as app:
        facts = person.copy_of(_records(typed), clock.now())
        with app.test_request_context(), force_locale("pl"):
            text = text_of(facts)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content in (
        ("person.json", json.dumps(facts, ensure_ascii=False, indent=2)),
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
    with _portal():
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


@main.group()
def booking() -> None:
    """Questions about the bookings."""


@booking.command()
def check() -> None:
    """Prove on the live database that no place was sold twice and nothing was lost; fail when that is not so."""
    with _portal():
        found = checks.violations()
    for rule, rows in found.items():
        click.echo(f"Broken: {rule}: {', '.join(str(row) for row in rows)}")
    click.echo(f"{sum(len(rows) for rows in found.values())} violations.")
    if found:
        sys.exit(1)


@main.group("audit")
def audit_log() -> None:
    """Questions about the audit log."""


@audit_log.command("verify")
@click.option("--after", "kept", default="", help="A last link from before: fail when the chain has lost it.")
def audit_verify(kept: str) -> None:
    """Follow the chain through the audit log; fail when a row was changed, taken out, swapped, or never chained."""
    with _portal():
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


@main.command("create-admin")
@click.argument("login")
@click.option("--name", default="Administrator")
def create_admin(login: str, name: str) -> None:
    """Make an administrator's account and print the link by which its owner sets a password, once, within a day."""
    with _portal() as app:
        try:
            link = people.invite(login, name, "administrator", None, clock.now())
        except Refused:
            raise click.ClickException("there is already an account with this login") from None
        click.echo(f"{login} is an administrator. Set the password here, within 24 hours:")
        click.echo(f"{app.config['PUBLIC_URL']}/panel/haslo/{link.id}/{token_of(link)}")


@main.command("reset-second-factor")
@click.argument("login")
def reset_second_factor(login: str) -> None:
    """Take somebody's second factor away, where there are no two administrators to do it. Make sure who asks."""
    with _portal():
        account = account_called(login)
        if account is None:
            raise click.ClickException("there is no account with this login")
        take_away(account, None, clock.now())
    click.echo(f"{login} sets up a new second factor at the next sign-in.")


@main.command("import-content")
@click.option("--dry-run", "is_dry", is_flag=True, help="Only say what would be added and changed.")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def import_folder(folder: Path, is_dry: bool) -> None:
    """Bring a folder of Markdown files into the portal: all of it, or nothing. See docs/moving-in.md."""
    with _portal():
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


@main.command("export-content")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def export_folder(folder: Path) -> None:
    """Write all content into a new folder, as Markdown files that `import-content` reads, with the files of media."""
    with _portal():
        try:
            count = export_content(folder, current_app.config["MEDIA"])
        except FileExistsError:
            raise click.ClickException(f"{folder} is not empty; name a new folder.") from None
    click.echo(f"{count} files written to {folder}.")


@main.command()
@click.option("--port", default=8000, show_default=True, envvar="PORT")
def demo(port: int) -> None:
    """Show a fictional centre: migrate, load its content, serve it with the message worker."""
    os.environ.update({"PORTAL_DEMO": "1", "PORTAL_PUBLIC_URL": f"http://127.0.0.1:{port}"})
    click.echo("Preparing the database …")
    _make_demo_key(Path(os.environ.get("PORTAL_DATA", "var")))
    with _portal():
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
    _run_together([_gunicorn(port, "127.0.0.1"), [sys.executable, "-m", "portal", "worker"]])


@contextmanager
def _told() -> Iterator[None]:
    """What stops a backup or a restore, in words."""
    try:
        yield
    except Trouble as trouble:
        raise click.ClickException(str(trouble)) from None


def _portal() -> AbstractContextManager[Flask]:
    """The portal of the environment."""
    return opened(_settings())


def _settings() -> Settings:
    try:
        return read_settings(os.environ)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


def _gunicorn(port: int, bind: str) -> list[str]:
    return [
        *(sys.executable, "-m", "gunicorn", "portal.app:create_app()", "--bind", f"{bind}:{port}"),
        *(
            "--workers",
            os.environ.get("WEB_CONCURRENCY", WORKERS),
            "--worker-class",
            "portal.server.Worker",
            "--threads",
            THREADS,
        ),
        *(
            "--keep-alive",
            KEEP_ALIVE,
            "--no-control-socket",
            "--limit-request-line",
            "4094",
            "--log-level",
            "warning",
            "--logger-class",
            "portal.server.ServerLog",
            "--preload",
        ),
        *("--forwarded-allow-ips", "127.0.0.1"),
    ]


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
