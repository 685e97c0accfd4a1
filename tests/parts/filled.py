"""A portal in the middle of its work: everything that a page of staff may be about is there."""

from datetime import timedelta

from flask import Flask

from portal import clock
from portal.accounts.models import Account, account_called
from portal.booking.absences import Arrangement, stay_away
from portal.booking.actions import Wish, book
from portal.booking.arrangements import save_closure
from portal.booking.models import Booking, interviewers
from portal.booking.pairs import keep_apart
from portal.conflicts import actions as conflicts
from portal.db import db
from portal.demo.access_requests import load_access_requests
from portal.demo.enquiries import load_enquiries
from portal.demo.groups import load_group
from portal.demo.media import load_media
from portal.groups.certificates import issue
from portal.programmes.models import service_called
from tests.conftest import PASSWORDS, free_slots

FAR = timedelta(days=200)


def fill(app: Flask) -> None:
    """A group and its certificates (bookings 1 to 8), enquiries, requests, media, a booking with an interpreter (9), a day on
    which the centre is closed, a card that is hidden from somebody who has opened it (8), and somebody who is away."""
    with app.app_context():
        now = clock.now()
        load_group(now)
        load_enquiries(now)
        load_access_requests(now)
        load_media(app.config["MEDIA"], now)
        _plans(_account("interviewer"))
        db.session.remove()


def _account(role: str) -> Account:
    found = account_called(PASSWORDS[role][0])
    assert found
    return found


def _plans(by: Account) -> None:
    now, service = clock.now(), service_called("a1")
    assert service
    wish = Wish(
        service.id, free_slots()[9], "Anna Próbna", "none", None, "pl", "filled", "filled", needs=("pjm",)
    )
    book(wish, now)
    issue("reporting", 1, "Adam Pierwszy", by, now)
    far = clock.day_of(now + FAR)
    closed = {"reason": "Święto", "office_id": None, "first_on": far, "last_on": far}
    save_closure(None, 0, closed, by, now)
    conflicts.hide(("booking", 8), by.id, _account("administrator"), now)
    conflicts.open_up(db.session.get_one(Booking, 8).reference, "here_now", by, now)
    keep_apart(8, 9, by, now)
    stay_away(interviewers()[0].id, (far, far), Arrangement({}, {}, {}), by, now)
