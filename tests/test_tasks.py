"""What waits for staff is found by itself, given to somebody, done, and taken back."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event, select

from portal import clock
from portal.accounts.models import Account, account_called
from portal.booking import actions, tasks
from portal.booking.models import Booking, Slot
from portal.booking.offers import displace
from portal.db import db
from portal.demo.load import ACCOUNTS
from portal.errors import NotFound, Refused
from portal.outbox.models import Message
from portal.programmes.models import Service, service_called
from tests.client import Client, Page, values_of
from tests.conftest import free_slots, signed_in
from tests.test_announcements import write
from tests.test_booking_pages import book as book_online
from tests.test_calling_off import wish

pytestmark = pytest.mark.pages


def kinds() -> list[tuple[str, int]]:
    db.session.rollback()
    db.session.expire_all()
    return [(task.kind, task.booking.id) for task in tasks.open_tasks(clock.now())]


@pytest.fixture
def called(service: Service, by: Account) -> Booking:
    """Somebody who chose the phone and has lost their time."""
    booking_id = actions.book(wish(service, free_slots()[0], 1, "phone"), clock.now()).booking_id
    return displace(booking_id, 1, None, by, clock.now())


def test_each_kind_is_found(
    service: Service, by: Account, called: Booking, frozen: time_machine.Traveller
) -> None:
    slots = free_slots()
    silent = actions.book(wish(service, slots[1], 2), clock.now()).booking_id
    displace(silent, 1, None, by, clock.now())
    deaf = replace(wish(service, slots[2], 3), needs=("pjm",))
    asks = actions.book(deaf, clock.now()).booking_id
    twins = [actions.book(wish(service, slots[n], n, "email"), clock.now()).booking_id for n in (4, 5)]
    found = kinds()
    assert set(found) == {
        ("tell", called.id),
        ("time", silent),
        ("interpreter", asks),
        *(("alike", twin) for twin in twins),
    }
    assert found[0] == ("tell", called.id), "whom the centre has to call is called today"
    assert found[-2:] == [("alike", twin) for twin in twins], "what has no day comes last"
    frozen.move_to(db.session.get_one(Slot, slots[2]).ends_at)
    assert ("outcome", asks) in kinds()


def test_somebody_takes_a_task_and_gives_it_back(called: Booking, by: Account) -> None:
    key = ("tell", called.id, called.schedule_version)
    tasks.assign(key, by, by, clock.now())
    assert [task.assignee for task in tasks.open_tasks(clock.now())] == [by]
    tasks.assign(key, None, by, clock.now())
    assert [task.assignee for task in tasks.open_tasks(clock.now())] == [None]
    with pytest.raises(Refused, match="changed"):
        tasks.assign(("tell", called.id, 1), by, by, clock.now())
    with pytest.raises(NotFound):
        tasks.assign(("tell", 999_999, 1), by, by, clock.now())


def test_who_was_told_is_to_be_told_again_when_it_was_a_mistake(called: Booking, by: Account) -> None:
    message = db.session.scalars(select(Message).where(Message.kind == "displaced")).one()
    actions.say_told(message.id, by, clock.now())
    assert kinds() == [("time", called.id)], "the person knows, and still has no time"
    [mark] = tasks.done_lately(clock.now())
    tasks.reopen(mark.id, by, clock.now())
    assert kinds() == [("tell", called.id)]
    with pytest.raises(Refused, match="changed"):
        tasks.reopen(mark.id, by, clock.now())


def test_a_hint_that_was_read_is_gone_until_the_booking_has_another_time(
    service: Service, by: Account
) -> None:
    slots = free_slots()
    first, second = (
        actions.book(wish(service, slots[n], n, "email"), clock.now()).booking_id for n in (1, 2)
    )
    tasks.finish(("alike", first, 1), by, clock.now())
    assert kinds() == [("alike", second)]
    with pytest.raises(Refused, match="changed"):
        tasks.finish(("alike", first, 1), by, clock.now())
    with pytest.raises(Refused, match="changed"):
        tasks.finish(("tell", second, 1), by, clock.now())
    actions.move(first, 1, slots[7], clock.now(), by=by)
    assert kinds() == [("alike", first), ("alike", second)]


def test_what_has_passed_is_no_duplicate(
    service: Service, by: Account, frozen: time_machine.Traveller
) -> None:
    slots = free_slots()
    for n in (0, -1):
        actions.book(wish(service, slots[n], n, "email"), clock.now())
    frozen.move_to(db.session.get_one(Slot, slots[0]).starts_at + timedelta(hours=2))
    assert [kind for kind, _booking in kinds()] == ["outcome"]


def test_the_number_of_queries_does_not_grow_with_the_tasks(service: Service, by: Account) -> None:
    def asked() -> int:
        db.session.rollback()
        db.session.expire_all()
        seen: list[str] = []

        def count(*facts: object) -> None:
            seen.append(str(facts[2]))

        event.listen(db.engine, "before_cursor_execute", count)
        for task in tasks.open_tasks(clock.now()):
            assert task.booking.known_person
            assert task.booking.service
        event.remove(db.engine, "before_cursor_execute", count)
        return len(seen)

    slots = free_slots()
    for n in (1, 2):
        actions.book(wish(service, slots[n], n, "email"), clock.now())
    few = asked()
    for n in range(3, 15):
        actions.book(wish(service, slots[n], n, "email"), clock.now())
    assert asked() == few


def test_a_day_at_the_desk(app: Flask, resident: Client, interviewer: Client) -> None:
    book_online(resident)
    with app.app_context():
        booking = db.session.scalars(select(Booking)).one()
        service = booking.service
        assert booking.known_person
        twin = replace(wish(service, free_slots()[5], 9, "email"), contact=booking.known_person.contact)
        actions.book(twin, clock.now())
    today = interviewer.visit("/panel")
    assert "Inna rezerwacja ma ten sam kontakt." in today.text
    assert "Żaneta" not in today.everything
    forms = [form for form in today.dom.all("form") if "zadania" in form.get("action", "")]
    assert len(forms) == 2
    page = interviewer.visit("/panel/zadania")
    first = {i.get("name"): i.get("value") for i in forms[0].iter("input")}
    colleague = next(o.get("value") for o in page.dom.all("option") if o.text == "Zespół rozmów")
    answer = interviewer.post("/panel/zadania", data=first | {"to": colleague})
    assert answer.status_code == 303
    mine = interviewer.visit("/panel/zadania?moje=1")
    assert mine.h1 == "Moje zadania"
    page = interviewer.submit(mine, "Wiem, nic nie trzeba robić: " + _name(mine))
    assert "Zrobione. Poniżej możesz to cofnąć." in page.text
    assert "ten sam kontakt: sprawdzone" in interviewer.visit("/panel/zadania").text
    again = interviewer.post("/panel/zadania/zrobione", data=first)
    assert again.status_code == 409
    card = signed_in(app, "administrator").visit("/panel/rezerwacje/1")
    assert "Ten sam kontakt" in card.text


def test_the_second_who_says_that_somebody_knows_sees_how_it_is(
    app: Flask, interviewer: Client, administrator: Client
) -> None:
    with app.app_context():
        service, by = service_called("a1"), account_called(ACCOUNTS[1].login)
        assert service
        assert by
        booking_id = actions.book(wish(service, free_slots()[0], 1, "phone"), clock.now()).booking_id
        displace(booking_id, 1, None, by, clock.now())
    card = f"/panel/rezerwacje/{booking_id}"
    seen = [staff.visit(card) for staff in (interviewer, administrator)]
    form = seen[0].form("Ta osoba już wie")
    assert "Zapisano: ta osoba już wie." in interviewer.submit(seen[0], "Ta osoba już wie").text
    late = administrator.submit(seen[1], "Ta osoba już wie")
    assert late.status == 409
    assert late.h1.startswith("Rezerwacja:"), "not a page that only says that something went wrong"
    other = form.get("action", "").replace(f"/{booking_id}/", "/999/")
    assert interviewer.press(seen[0], "Ta osoba już wie").status_code == 409
    token = {"csrf_token": values_of(form)["csrf_token"]}
    assert interviewer.post(other, data=token).status_code == 404, "a message of somebody else"


def _name(page: Page) -> str:
    words = ["".join(b.itertext()).replace("\N{NO-BREAK SPACE}", " ") for b in page.dom.all("button")]
    return next(w for w in words if w.startswith("Wiem")).removeprefix("Wiem, nic nie trzeba robić: ")


def test_the_first_page_asks_no_more_when_there_is_more(app: Flask, administrator: Client) -> None:
    def asked() -> int:
        seen: list[object] = []

        def count(*facts: object) -> None:
            seen.append(facts[2])

        with app.app_context():
            event.listen(db.engine, "before_cursor_execute", count)
        administrator.visit("/panel")
        with app.app_context():
            event.remove(db.engine, "before_cursor_execute", count)
        return len(seen)

    with app.app_context():
        service, slots = service_called("a1"), free_slots()
        assert service
        for n in (1, 2):
            actions.book(wish(service, slots[n], n, "phone"), clock.now())
    write(administrator)
    administrator.visit("/panel")  # what is asked once for each state of the content is asked
    few = asked()
    with app.app_context():
        for n in range(3, 12):
            actions.book(wish(service, slots[n], n, "phone"), clock.now())
    write(administrator, title="Drugi szkic")
    administrator.visit("/panel")
    assert asked() == few
    assert administrator.visit("/panel").text.count("Szkic") == 2
