"""Every room of the staff area, by what people do there."""

from flask import Flask

from portal.access_requests import staff as access_requests
from portal.accessibility import staff as accessibility
from portal.accounts import keeping, links, log, managing, own
from portal.accounts import staff as accounts
from portal.announcements import publishing, versions
from portal.announcements import staff as announcements
from portal.benefits import staff as benefits
from portal.booking import (
    absent,
    desk,
    my_calendar,
    new_slots,
    releases,
    slot_changes,
    slot_series,
    slots,
    todo,
)
from portal.booking import settings as booking_settings
from portal.booking import staff as booking
from portal.conflicts import staff as conflicts
from portal.contacts import staff as contacts
from portal.foster import question_staff, staff_talks
from portal.foster import staff as foster
from portal.front import staff as front
from portal.groups import documents, sheets
from portal.groups import staff as groups
from portal.media import staff as media
from portal.pages import staff as pages
from portal.person import staff as person
from portal.privacy import staff as privacy
from portal.programmes import offers
from portal.programmes import staff as programmes
from portal.staff import content, dashboard, gate, messages, settings, system
from portal.statistics import staff as statistics
from portal.writing import staff as writing

ENTRANCE = (accounts, links, own, managing, keeping, log, privacy)
TALKS = (
    slots,
    slot_changes,
    absent,
    new_slots,
    slot_series,
    booking,
    desk,
    releases,
    todo,
    my_calendar,
)
EDITIONS = (groups, sheets, documents)
ASKED = (foster, staff_talks, access_requests, conflicts, person)
TEXTS = (
    writing,
    announcements,
    publishing,
    versions,
    media,
    content,
    pages,
    contacts,
    benefits,
    offers,
    question_staff,
    front,
    accessibility,
)
WATCHING = (dashboard, messages, statistics, system)
SETTING_UP = (settings, programmes, booking_settings)


def init_app(app: Flask) -> None:
    """Open the staff area."""
    rooms = (*ENTRANCE, *TALKS, *EDITIONS, *ASKED, *TEXTS, *WATCHING, *SETTING_UP)
    app.register_blueprint(gate.staff_area(*(room.blueprint for room in rooms)))
