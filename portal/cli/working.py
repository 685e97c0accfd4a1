"""What is done beside the web, each minute and each night."""

import logging
import sys
from datetime import datetime

import click

from portal import logs
from portal.accounts import audit
from portal.accounts.watch import watch
from portal.backup import restoring
from portal.booking import checks
from portal.booking.offers import tend
from portal.cli.opening import the_portal
from portal.cli.settings import the_settings
from portal.finding import keeping as finding
from portal.forgetting import forget
from portal.outbox.actions import set_aside
from portal.outbox.worker import Chore, next_minute, next_night, stop_on_signal, work

log = logging.getLogger(__name__)


@click.group()
def room() -> None:
    """The commands of this file."""


@room.command()
def worker() -> None:
    """Deliver messages, offer places to those who wait, and do the work of the night, until told to stop."""
    if restoring.is_unfinished(the_settings()):
        raise click.ClickException("a restore was broken off: begin it again, or messages go out twice")
    logs.start(sys.stdout)
    with the_portal() as app:
        chores = (
            Chore(tend, next_minute),
            Chore(lambda _now: audit.seal(), next_minute),
            Chore(watch, next_minute),
            Chore(nightly, next_night),
        )
        work(app.extensions["post_office"], stop_on_signal(), *chores, first=set_aside)


def nightly(now: datetime) -> None:
    """Erase what is over, and look whether the bookings and the audit log are sound."""
    forget_all(now)
    checks.check(now)
    verdict = audit.verify(now)
    log.info("the audit log has %d entries and ends with %s", verdict.length, verdict.last)
    if not verdict.holds:
        log.error("the audit log was meddled with: see `portal audit verify`")


def forget_all(now: datetime) -> None:
    """Erase what is over, in the index of the search too."""
    forget(now)
    finding.forget(now)
