"""People who use violence and people who suffer it do not meet at the door (R95): staff are warned, residents never are."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from portal import clock
from portal.accounts.models import Account, last_audit_entries
from portal.booking.models import Office, Resource, ResourceGrain, Slot
from portal.booking.offering import Terms, offer
from portal.booking.series import Span
from portal.db import db
from portal.errors import Refused
from portal.programmes.models import Service, service_called
from tests.client import Client
from tests.conftest import free_slots
from tests.test_settings import settings
from tests.test_staff_slots import offer_one, offer_series

pytestmark = pytest.mark.pages

TICK = "Wiem o tym i mimo to udostępniam"
WARNING = "W ciągu godziny są tu rozmowy z osobami, które nie powinny się spotkać"


def consultation(app: Flask) -> dict[str, str]:
    """What to choose for a slot of the other kind than the first talk of the demo; it is held by somebody else."""
    with app.app_context():
        service = service_called("d1")
        assert service
        return {"service_id": str(service.id), "lead_id": str(somebody_else())}


def somebody_else() -> int:
    """Who holds no talks of the first kind in the demo."""
    return db.session.scalars(select(Resource.id).where(Resource.name == "Specjalista 3")).one()


def test_the_form_warns_and_asks_for_a_tick(app: Flask, interviewer: Client) -> None:
    assert TICK not in interviewer.visit("/panel/terminy/nowy").text
    assert offer_one(interviewer).status == 200
    page = offer_one(interviewer, **consultation(app), from_time="10:30")
    assert page.status == 422
    assert f"{WARNING} z tymi: 1 grudnia 2026 r., 9:00" in page.text
    assert 'value="10:30' in page.everything
    page = interviewer.submit(page, "Udostępnij termin", near_is_fine="y")
    assert "1 termin jest otwarty." in page.text
    with app.app_context():
        assert "slots_offered_near" in [entry.action for entry in last_audit_entries()]


def test_a_series_warns_as_well(app: Flask, interviewer: Client) -> None:
    offer_one(interviewer, day="2027-01-07", from_time="10:30")
    page = offer_series(interviewer, **consultation(app))
    assert page.status == 422
    assert "7 stycznia 2027 r., 10:30" in page.text
    assert "otwartych" in interviewer.submit(page, "Udostępnij serię", near_is_fine="y").text


def test_the_week_the_day_and_the_slot_show_it(app: Flask, interviewer: Client, resident: Client) -> None:
    offer_one(interviewer)
    offer_one(interviewer, **consultation(app), from_time="10:30", near_is_fine="y")
    week = interviewer.visit("/panel/terminy?tydzien=2026-11-30")
    assert week.text.count("Za mały odstęp") == 4, "the demo has such a pair in this week too"
    day = interviewer.visit("/panel/terminy/dzien/2026-12-01")
    assert day.text.count("Za mały odstęp") == 2
    slot = interviewer.visit(next(url for name, url in day.links().items() if name.startswith("9:00")))
    assert "Za mały odstęp" in slot.text
    assert "wtorek, 1 grudnia 2026 r., 10:30" in slot.links()
    shown = resident.visit("/umow-rozmowe/a1/termin?tydzien=2026-12-01")
    assert "9:00" in shown.text
    assert "odstęp" not in shown.everything
    with app.app_context():
        for (address,) in db.session.execute(select(Service.code)):
            assert "spotkać" not in resident.visit(f"/umow-rozmowe/{address}").everything


def test_administrators_say_who_must_not_meet(app: Flask, administrator: Client) -> None:
    page = settings(administrator, "Rozmowa informacyjna")
    administrator.submit(page, "Zapisz", keeps_apart="b")
    offer_one(administrator)
    page = offer_one(administrator, **consultation(app) | {"service_id": "2"}, from_time="10:00")
    assert WARNING in page.text


# --- below the pages


@pytest.fixture
def slot(service: Service) -> Slot:
    return db.session.get_one(Slot, free_slots()[9])


def beside(slot: Slot, minutes: int, by: Account, code: str = "d1", **more: int) -> None:
    """A slot of half an hour that begins so many minutes after the other one has ended, or ends before it begins."""
    service = service_called(code)
    assert service
    half, gap = timedelta(minutes=30), timedelta(minutes=abs(minutes))
    starts = slot.ends_at + gap if minutes >= 0 else slot.starts_at - gap - half
    terms = Terms(service.id, more.get("office_id", slot.office_id), somebody_else(), 1)
    offer(terms, [Span(starts, starts + half)], by, clock.now())


def test_an_hour_is_too_near_and_more_is_not(slot: Slot, by: Account) -> None:
    keep_only(slot)
    for minutes in (-60, -5, 0, 55, 60):
        with pytest.raises(Refused, match="too_near") as refusal:
            beside(slot, minutes, by)
        assert refusal.value.details["slots"] == [slot]
    for minutes in (-65, 65):
        beside(slot, minutes, by)


def test_another_place_another_kind_and_a_cancelled_slot_are_no_danger(slot: Slot, by: Account) -> None:
    keep_only(slot)
    elsewhere = Office(name="Filia", address="ul. Inna 1", phone="+48850000001")
    db.session.add(elsewhere)
    db.session.commit()
    beside(slot, 5, by, office_id=elsewhere.id)
    beside(slot, 40, by, code="b1")
    slot.status = "cancelled"
    db.session.commit()
    beside(slot, 90, by)


def keep_only(slot: Slot) -> None:
    """Of all slots only this one is left."""
    db.session.execute(delete(ResourceGrain).where(ResourceGrain.slot_id != slot.id))
    db.session.execute(update(Slot).where(Slot.id != slot.id).values(status="cancelled"))
    db.session.commit()
