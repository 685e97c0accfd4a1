"""A group in the middle of its programme, for the demo only: talks that were, results, a plan, and sheets."""

from datetime import datetime, time, timedelta

from sqlalchemy import select

from portal import clock
from portal.accounts.models import Account, account_called
from portal.booking.actions import Wish, book
from portal.booking.models import Booking, Office, interviewers
from portal.booking.offering import Terms, offer, plan_here
from portal.booking.outcomes import Outcome, note_outcome
from portal.booking.series import Rhythm
from portal.db import db
from portal.demo.load import ACCOUNTS
from portal.groups.actions import EditionTerms, create_edition, note_individual, take_in
from portal.groups.meetings import Mark, plan_meetings, save_sheet
from portal.groups.models import Participant, meetings_of
from portal.groups.planning import Weekly
from portal.programmes.models import Service, service_called

NAMES = (
    *("Adam Pierwszy", "Barbara Druga", "Cezary Trzeci", "Dorota Czwarta"),
    *("Emil Piąty", "Franciszka Szósta", "Gustaw Siódmy", "Halina Ósma"),
)
WAITING = 2
FRIDAY = 4
WEEKS_AGO = timedelta(weeks=6)
START = timedelta(weeks=4)


def load_group(now: datetime) -> None:
    """Bring the group, once."""
    host, service = account_called(ACCOUNTS[1].login), service_called("a1")
    office = db.session.scalars(select(Office)).first()
    if host is None or service is None or service.programme_id is None or office is None:
        return
    if db.session.scalar(select(Participant.id).limit(1)):
        return
    booked = _talks(service, office.id, host, now)
    starts_on = clock.day_of(now - START)
    terms = EditionTerms("trwająca", starts_on, starts_on)
    edition = create_edition(service.programme_id, terms, host, now)
    take_in(edition.id, edition.version, booked[:-WAITING], starts_on, host, now)
    weekly = Weekly(starts_on, (starts_on.weekday() + 1) % 7, time(16, 30), 180)
    plan_meetings(edition.id, edition.version, weekly, office.id, host, now)
    _sheets(edition.id, host, now)


def _talks(service: Service, office_id: int, host: Account, now: datetime) -> list[int]:
    """Talks six weeks ago, each with a result."""
    then = now - WEEKS_AGO
    first = clock.day_of(then) + timedelta(days=1)
    rhythm = Rhythm(frozenset({FRIDAY}), first, first + timedelta(days=13), time(9), time(15), 45, 15)
    spans = plan_here(rhythm, office_id, then).spans[: len(NAMES)]
    slots = offer(Terms(service.id, office_id, interviewers()[-1].id, 1), spans, host, then)
    booked = []
    for slot, name in zip(slots, NAMES, strict=False):
        wish = Wish(service.id, slot.id, name, "none", None, "pl", f"demo-{name}", f"demo-hold-{name}")
        booked.append(book(wish, then, host).booking_id)
    for booking_id in booked:
        booking = db.session.get_one(Booking, booking_id)
        result = Outcome("attended", "qualified")
        note_outcome(booking_id, booking.version, result, host, _after(booking))
    return booked


def _after(booking: Booking) -> datetime:
    assert booking.slot
    return booking.slot.ends_at


def _sheets(edition_id: int, host: Account, now: datetime) -> None:
    """Everybody came to what has been so far, except one who was ill and one who left early."""
    people = db.session.scalars(select(Participant).where(Participant.edition_id == edition_id)).all()
    for person in people[:4]:
        note_individual(person.id, person.version, clock.day_of(now), 60, host, now)
    held = [meeting for meeting in meetings_of(edition_id) if meeting.ends_at < now]
    for number, meeting in enumerate(held[:-1]):
        marks = {person.id: Mark("present") for person in people}
        if number == 0:
            marks[people[0].id], marks[people[1].id] = Mark("excused"), Mark("present", 90)
        save_sheet(meeting.id, meeting.version, marks, host, meeting.ends_at)
