"""What administrators set up: kinds of talks, places, people, rooms and closures; nobody's change is lost."""

import re
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from portal import clock
from portal.accounts.models import Account, last_audit_entries
from portal.booking.actions import Wish, book, move
from portal.booking.arrangements import save_closure, save_resource
from portal.booking.models import Booking, Closure, Office, Place, Resource, Slot
from portal.booking.offers import accept, displace, tend
from portal.db import db
from portal.errors import Refused
from portal.freshness import ContentVersion
from portal.programmes.models import Service, service_called
from tests.client import Client, Page
from tests.conftest import free_slots, signed_in
from tests.test_booking_pages import book as book_online

pytestmark = pytest.mark.pages

SETTINGS = "/panel/ustawienia"
NEW_SERVICE = {
    "code": "c1",
    "public_name": "Rozmowa w domu",
    "neutral_name": "rozmowa",
    "intro": "Spotkamy się u Ciebie.",
}


def settings(staff: Client, link: str) -> Page:
    """The page that this link of the settings leads to."""
    return staff.visit(staff.visit(SETTINGS).links()[link])


def actions_noted(app: Flask) -> list[str]:
    with app.app_context():
        return [entry.action for entry in last_audit_entries()]


def test_a_new_kind_of_talk_can_be_booked_at_once(
    app: Flask, administrator: Client, resident: Client
) -> None:
    page = administrator.submit(settings(administrator, "Nowy rodzaj rozmowy"), "Zapisz", **NEW_SERVICE)
    assert "Zapisano." in page.text
    assert "Rozmowa w domu" in resident.visit("/umow-rozmowe/c1").text
    assert "service_saved" in actions_noted(app)


@pytest.mark.parametrize(("prefix", "name"), [("/uk", "Вступна розмова"), ("/en", "Introductory talk")])
def test_a_kind_of_talk_is_called_in_the_language_of_the_reader(
    resident: Client, administrator: Client, prefix: str, name: str
) -> None:
    """R132: whoever books in another language reads the kind of talk in it, and else is told that it is in Polish only."""
    start = resident.visit(f"{prefix}/umow-rozmowe/a1")
    assert start.h1 == name
    assert start.title.startswith(f"{name} – ")
    assert not [e for e in start.dom.all("h1")[0].iter() if e.get("lang")]
    assert f"– {name} –" in resident.visit(f"{prefix}/umow-rozmowe/a1/termin").title
    language = prefix[1:]
    without = {f"public_name_{language}": "", f"intro_{language}": ""}
    administrator.submit(settings(administrator, "Rozmowa wstępna"), "Zapisz", **without)
    start = resident.visit(f"{prefix}/umow-rozmowe/a1")
    assert start.h1 == "Rozmowa wstępna"
    assert 'lang="pl">Rozmowa wstępna' in start.everything
    assert {"uk": "лише польською", "en": "only in Polish"}[language] in start.text


def test_reading_pages_are_fresh_after_a_change(app: Flask, administrator: Client) -> None:
    def number() -> int:
        with app.app_context():
            return db.session.scalars(select(ContentVersion.number)).one()

    for link in ("Rozmowa wstępna", "Siedziba ośrodka"):
        page, before = settings(administrator, link), number()
        administrator.submit(page, "Zapisz")
        assert number() == before + 1


MISTAKES = (
    ({"code": "a1"}, "Inny rodzaj rozmowy ma już ten kod"),
    ({"code": "Ż 1"}, "Użyj do 20 małych liter"),
    ({"neutral_name": "rozmowa dla sprawców"}, "To zdradziłoby, o czym jest rozmowa: sprawc"),
    ({"public_name": "Interwencja"}, "To zdradziłoby"),
    ({"intro": "O przemocy."}, "To zdradziłoby"),
    ({"intro_uk": "Про насильство."}, "To zdradziłoby, o czym jest rozmowa: насильств"),
    ({"public_name_en": "Court talk"}, "To zdradziłoby, o czym jest rozmowa: court"),
    ({"hold_minutes": "19"}, "Wpisz liczbę od 20 do 240"),
    ({"phone_percent": "60", "walk_in_percent": "50"}, "najwyżej 100 procent"),
    ({"minutes": "47"}, "Podaj minuty podzielne przez pięć"),
    ({"offer_hours": ""}, "Wpisz liczbę"),
    ({"notice_hours": "48", "horizon_days": "2"}, "Nikt nie mógłby zarezerwować"),
)


def test_mistakes_in_a_kind_of_talk_are_named(administrator: Client) -> None:
    empty = settings(administrator, "Nowy rodzaj rozmowy")
    for wrong, told in MISTAKES:
        page = administrator.submit(empty, "Zapisz", **NEW_SERVICE | wrong)
        assert page.status == 422
        assert told in page.text
        assert 'value="Rozmowa w domu"' in page.everything or "public_name" in wrong


def test_mistakes_are_listed_in_the_order_of_the_page(administrator: Client) -> None:
    page = administrator.submit(
        settings(administrator, "Nowy rodzaj rozmowy"), "Zapisz", minutes="", offer_hours="1"
    )
    assert re.findall(r'<li><a href="#(\w+)">', page.everything) == [
        *("code", "public_name", "neutral_name", "intro", "minutes", "offer_hours"),
    ]


def test_the_second_of_two_sees_what_the_first_has_saved(app: Flask, administrator: Client) -> None:
    colleague = signed_in(app, "administrator")
    mine, theirs = (settings(staff, "Rozmowa wstępna") for staff in (administrator, colleague))
    colleague.submit(theirs, "Zapisz", notice_hours="48", is_discreet=[])
    page = administrator.submit(mine, "Zapisz", notice_hours="12")
    assert page.status == 409
    assert "Wyprzedzenie w godzinach48" in page.text
    assert "Szczególna dyskrecjanie" in page.text
    assert 'value="12"' in page.everything, "what was typed is kept"
    assert "Zapisano." in administrator.submit(page, "Zapisz").text
    with app.app_context():
        service = service_called("a1")
        assert service
        assert (service.notice_hours, service.is_discreet, service.version) == (12, True, 3)


def test_access_facts_and_directions_reach_residents(administrator: Client, resident: Client) -> None:
    page = settings(administrator, "Siedziba ośrodka")
    wrong = administrator.submit(page, "Zapisz", phone="12")
    assert "Wpisz numer telefonu" in wrong.text
    facts = {"directions": "Wejście od podwórza.", "access": ["lift", "toilet"], "phone": "+48 85 000 00 09"}
    administrator.submit(page, "Zapisz", **facts)
    assert 'value="85 000 00 09"' in settings(administrator, "Siedziba ośrodka").everything
    slip, _reference, _pin = book_online(resident)
    assert "Wejście od podwórza. Na miejscu: winda, toaleta dostosowana" in slip.text
    assert "pętla indukcyjna" not in slip.text


def test_two_places_have_two_names(administrator: Client) -> None:
    page = settings(administrator, "Nowe miejsce rozmów")
    facts = {"name": "Siedziba ośrodka", "address": "ul. Inna 1", "phone": "85 000 00 01"}
    twin = administrator.submit(page, "Zapisz", **facts)
    assert twin.status == 422
    assert "Ta nazwa jest już zajęta." in twin.text
    assert "Filia" in administrator.submit(page, "Zapisz", **facts | {"name": "Filia"}).text


def test_a_room_and_people_are_added(app: Flask, administrator: Client) -> None:
    administrator.submit(settings(administrator, "Nowa sala"), "Zapisz", name="Sala 3")
    page = settings(administrator, "Nowy tłumacz")
    page = administrator.submit(page, "Zapisz", name="Tłumaczka", skills=["skogn", "uk"])
    assert "Sala 3 Siedziba ośrodka" in page.text
    assert "Tłumaczka" in page.text
    with app.app_context():
        kept = {row.name: row for row in db.session.scalars(select(Resource))}
        assert (kept["Tłumaczka"].kind, kept["Tłumaczka"].skills) == ("interpreter", "skogn uk")
        assert kept["Sala 3"].office_id == 1


def test_whoever_holds_talks_does_not_leave_and_the_slots_are_named(
    app: Flask, administrator: Client
) -> None:
    page = settings(administrator, "Specjalista 3")
    refused = administrator.submit(page, "Zapisz", is_active=[])
    assert refused.status == 409
    assert "Potrzebuje tego 25 przyszłych terminów" in refused.text
    assert "środa, 25 listopada 2026 r., 10:00" in refused.text
    page = administrator.submit(settings(administrator, "Nowa osoba prowadząca"), "Zapisz", name="Nowa")
    page = administrator.submit(settings(administrator, "Nowa"), "Zapisz", is_active=[])
    assert "Zapisano." in page.text
    assert "Nowa" not in administrator.visit("/panel/terminy/nowy").text


def test_somebody_needed_stays_whatever_the_form_says(by: Account) -> None:
    person = db.session.scalars(select(Resource).where(Resource.name == "Specjalista 3")).one()
    with pytest.raises(Refused, match="needed"):
        save_resource(person.id, 1, {"is_active": False}, by, clock.now())
    db.session.expire_all()
    assert (person.is_active, person.version) == (True, 1)


# --- closures


def close(by: Account, slot_id: int) -> Slot:
    """Nobody is received on the day of this slot."""
    slot = db.session.get_one(Slot, slot_id)
    days = {"office_id": None, "first_on": slot.day, "last_on": slot.day, "reason": "Remont"}
    save_closure(None, 0, days, by, clock.now())
    return slot


def wish(service: Service, slot_id: int | None, who: str) -> Wish:
    return Wish(service.id, slot_id, who, "none", None, "pl", f"form-{who}", f"hold-{who}")


def test_a_closure_deletes_nothing_and_says_who_lies_in_it(
    app: Flask, administrator: Client, resident: Client
) -> None:
    book_online(resident)
    with app.app_context():
        day = db.session.scalars(select(Slot.day).join(Booking, Booking.slot_id == Slot.id)).one()
    days = {"first_on": day.isoformat(), "last_on": day.isoformat(), "reason": "Remont"}
    page = administrator.submit(
        settings(administrator, "Nowe zamknięcie"), "Tylko pokaż, co jest w tych dniach", **days, look="1"
    )
    assert "3 terminy, 1 osoba ma tam miejsce." in page.text
    with app.app_context():
        assert db.session.scalars(select(Closure)).all() == [], "it was only a look"
    page = administrator.submit(page, "Zapisz", **days)
    assert "3 terminy, 1 osoba ma tam miejsce." in page.text
    slots = [url for url in page.links().values() if url.startswith("/panel/terminy/") and url[15:].isdigit()]
    assert len(slots) == 3
    with app.app_context():
        assert db.session.scalars(select(Booking.status)).all() == ["confirmed"]
        assert day not in {db.session.get_one(Slot, slot_id).day for slot_id in free_slots()}
    page = administrator.submit(page, "Usuń")
    assert "Usunięto." in page.text
    with app.app_context():
        assert day in {db.session.get_one(Slot, slot_id).day for slot_id in free_slots()}
    assert {"closure_saved", "closure_removed"} <= set(actions_noted(app))


def test_a_closure_runs_forwards_and_a_stale_one_is_not_removed(app: Flask, administrator: Client) -> None:
    page = settings(administrator, "Nowe zamknięcie")
    days = {"first_on": "2026-12-31", "last_on": "2026-12-30", "reason": "Remont"}
    assert administrator.submit(page, "Zapisz", **days).status == 422
    page = administrator.submit(page, "Zapisz", **days | {"last_on": "2026-12-31"})
    newer = administrator.submit(page, "Zapisz", last_on="2027-01-02")
    assert "Zapisano." in newer.text
    stale = administrator.submit(page, "Usuń")
    assert stale.status == 409
    assert "Ktoś inny zmienił to po otwarciu tej strony." in stale.text
    assert 'value="2027-01-02"' in stale.everything
    assert 'value="Remont"' in stale.everything
    with app.app_context():
        assert db.session.scalars(select(Closure.last_on)).all() == [date(2027, 1, 2)]


def test_nothing_new_is_booked_on_a_closed_day_by_any_way(service: Service, by: Account) -> None:
    first, closed = free_slots()[8], free_slots()[-1]
    booked = book(wish(service, first, "Anna"), clock.now()).booking_id
    close(by, closed)
    assert closed not in free_slots()
    with pytest.raises(Refused, match="gone"):
        book(wish(service, closed, "Borys"), clock.now())
    with pytest.raises(Refused, match="gone"):
        book(wish(service, closed, "Borys"), clock.now(), by=by)
    with pytest.raises(Refused, match="gone"):
        move(booked, 1, closed, clock.now(), by=by)
    with pytest.raises(Refused, match="gone"):
        displace(booked, 1, closed, by, clock.now())


def test_what_is_on_offer_on_a_closed_day_is_taken_back(service: Service, by: Account) -> None:
    slot_id = free_slots()[9]
    for place in db.session.scalars(select(Place)):
        place.state = "blocked"
    db.session.commit()
    waiting = book(wish(service, None, "Anna"), clock.now()).booking_id
    db.session.scalars(select(Place).where(Place.slot_id == slot_id)).one().state = "free"
    db.session.commit()
    assert tend(clock.now()) == 1
    close(by, slot_id)
    booking = db.session.get_one(Booking, waiting, populate_existing=True)
    assert (booking.status, booking.offered_slot_id) == ("waiting", None)
    with pytest.raises(Refused, match="over"):
        accept(waiting, booking.version, clock.now())
    assert tend(clock.now()) == 0, "nobody is asked about a closed day"


def test_one_office_closes_and_the_others_do_not(service: Service, by: Account) -> None:
    slot_id = free_slots()[8]
    elsewhere = Office(name="Filia", address="ul. Inna 1", phone="+48850000001")
    db.session.add(elsewhere)
    db.session.commit()
    day = db.session.get_one(Slot, slot_id).day
    days = {"first_on": day, "last_on": day, "reason": "Remont"}
    save_closure(None, 0, days | {"office_id": elsewhere.id}, by, clock.now())
    assert slot_id in free_slots()
    save_closure(None, 0, days | {"office_id": 1}, by, clock.now())
    assert slot_id not in free_slots()
