"""A hidden card does not exist for whom it is hidden from; an emergency opens it and is seen; two people are kept apart (S56, S59)."""

import re
import secrets
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from portal import clock, erasures, forgetting
from portal.accounts.models import Account, account_called, entries_about
from portal.booking import actions as actions_of_bookings
from portal.booking.models import Booking, BookingPerson, Place, Slot, interviewers
from portal.booking.pairs import Pair, days_of_others, keep_apart
from portal.booking.tasks import open_tasks
from portal.conflicts import actions, veil
from portal.conflicts.models import HEADS, Conflict, Opening, hidden_from
from portal.db import Base, action, db
from portal.errors import NotFound, Refused
from portal.foster import actions as foster
from portal.foster.models import EnquiryPerson
from portal.outbox.models import Message
from portal.person import actions as person
from portal.programmes.models import service_called
from tests.client import Client, Page
from tests.conftest import PASSWORDS, free_slots, signed_in
from tests.parts import html
from tests.test_calling_off import wish
from tests.test_foster import ask as send_enquiry
from tests.test_staff_area import address, staff_rules

HIDDEN = "Zenobiusz Żyła"
INITIALS = "Z.Ż."
MAIL = "zenobiusz@example.com"


@dataclass(frozen=True)
class Hidden:
    """A booking that the interviewer must not see, as it was made."""

    id: int
    reference: str
    slot_id: int
    day: date


def account(role: str) -> Account:
    found = account_called(PASSWORDS[role][0])
    assert found
    return found


def booked(number: int, name: str = "Anna Kos", contact: str = "") -> Booking:
    """Somebody with a talk in the free slot of this number."""
    service, token = service_called("a1"), secrets.token_hex()
    assert service
    asked = replace(
        wish(service, free_slots()[number], number, "email"),
        name=name,
        contact=contact or f"{token}@example.com",
        form_token=token,
        hold_token=token,
    )
    made = db.session.get(Booking, actions_of_bookings.book(asked, clock.now()).booking_id)
    assert made
    assert made.slot
    return made


@pytest.fixture
def hidden(app: Flask) -> Hidden:
    """One booking hidden from the interviewer, and another one."""
    with app.app_context():
        made = booked(0, HIDDEN, MAIL)
        booked(1)
        by = account("administrator")
        actions.hide(("booking", made.id), account("interviewer").id, by, clock.now())
        assert made.slot
        return Hidden(made.id, made.reference, made.slot.id, made.slot.day)


def words(page: Page) -> str:
    """The page without the number of the request."""
    return re.sub(r"[0-9a-f]{8,}", "", page.text)


def counted(model: type[Base]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


# --- what staff see ----------------------------------------------------------------------------------


@pytest.mark.pages
def test_every_way_to_a_hidden_card_answers_as_if_there_were_none(app: Flask, hidden: Hidden) -> None:
    client = signed_in(app, "interviewer")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.visit("/panel").everything)
    assert token
    tried = 0
    named = {"booking_id", "subject_id"}
    for rule in [rule for rule in staff_rules(app) if rule.arguments & named]:
        if rule.endpoint in {"panel.log.about", "panel.person.copy", "panel.person.erase"}:
            continue  # they are for administrators
        url = address(app, rule).replace("/room/", "/booking/")
        for method in (rule.methods or set()) & {"GET", "POST"}:
            pages = [
                Page(client.open(one, method=method, data={"csrf_token": token[1]}), one)
                for one in (
                    re.sub(r"/1(?=/|$)", f"/{number}", url, count=1) for number in (hidden.id, 987654)
                )
            ]
            assert pages[0].status == pages[1].status == 404, (method, rule.rule)
            assert words(pages[0]) == words(pages[1])
            tried += 1
    assert tried > 10
    with app.app_context():
        assert db.session.get_one(Booking, hidden.id).version == 1


@pytest.mark.pages
def test_no_list_and_no_number_has_it(app: Flask, hidden: Hidden) -> None:
    interviewer, administrator = signed_in(app, "interviewer"), signed_in(app, "administrator")
    day, slot = hidden.day, f"/panel/terminy/{hidden.slot_id}"
    pages = (
        *("/panel", "/panel/zadania", "/panel/rezerwacje", "/panel/rezerwacje/wiele", "/panel/wiadomosci"),
        *(
            f"/panel/terminy?tydzien={day}",
            f"/panel/terminy/dzien/{day}",
            f"/panel/terminy/dzien/{day}/arkusz",
        ),
        *(slot, f"{slot}/zmiana", "/panel/statystyka", "/panel/edycje"),
    )
    seen = 0
    for url in pages:
        text = interviewer.visit(url).everything
        for mark in (INITIALS, "Zenobiusz", hidden.reference, f'/rezerwacje/{hidden.id}"', MAIL):
            assert mark not in text, f"{mark} on {url}"
        seen += INITIALS in administrator.visit(url).everything
    assert seen >= 5
    for client, count in ((interviewer, 1), (administrator, 2)):
        page = client.visit("/panel/rezerwacje")
        assert len(page.dom.all("tbody")[0].findall(".//tr")) == count
    assert "To miejsce jest zajęte." in interviewer.visit(slot).text
    assert "zajęte" in interviewer.visit(f"/panel/terminy/dzien/{day}").text


@pytest.mark.pages
def test_whoever_does_not_see_it_may_still_call_the_slot_off_for_all(app: Flask, hidden: Hidden) -> None:
    client = signed_in(app, "interviewer")
    page = client.visit(f"/panel/terminy/{hidden.slot_id}")
    page = client.submit(page, "Odwołaj termin i rozmowę 1 osoby")
    assert "Ten termin został odwołany." in page.text
    assert INITIALS not in page.everything
    with app.app_context():
        assert db.session.get_one(Booking, hidden.id).status == "displaced"


@pytest.mark.pages
def test_somebody_takes_over_whom_one_does_not_see(app: Flask, hidden: Hidden) -> None:
    with app.app_context():
        slot = db.session.get_one(Slot, hidden.slot_id)
        lead, other = slot.lead_id, next(one.id for one in interviewers() if one.id != slot.lead_id)
    client = signed_in(app, "interviewer")
    page = client.visit(f"/panel/choroba?osoba={lead}&od={hidden.day}&do={hidden.day}")
    assert INITIALS not in page.everything
    assert "To dotyczy 2 osób." in page.text
    page = client.submit(page, "Wykonaj", **{f"slot-{hidden.slot_id}": str(other)})
    with app.app_context():
        assert db.session.get_one(Slot, hidden.slot_id).lead_id == other
        assert db.session.get_one(Booking, hidden.id).status == "confirmed"


@pytest.mark.pages
def test_a_task_of_a_hidden_person_is_taken_by_nobody_who_does_not_see_them(
    app: Flask, hidden: Hidden
) -> None:
    with app.app_context():
        alike = booked(0, HIDDEN, MAIL).id
    interviewer, administrator = signed_in(app, "interviewer"), signed_in(app, "administrator")
    assert "ten sam kontakt" in administrator.visit("/panel/zadania").text
    page = interviewer.visit("/panel/zadania")
    assert "ten sam kontakt" not in page.text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.everything)
    assert token
    task = {"csrf_token": token[1], "kind": "alike", "version": 1, "to": ""}
    for number, status in ((alike, 404), (987654, 404)):
        for url in ("/panel/zadania", "/panel/zadania/zrobione"):
            assert interviewer.post(url, data={**task, "booking": number}).status_code == status
    marked = {"csrf_token": token[1], "marked": f"{hidden.id}.1"}
    interviewer.post("/panel/rezerwacje/wiele", data=marked)
    with app.app_context():
        assert db.session.get_one(Booking, hidden.id).status == "confirmed"


@pytest.mark.pages
def test_the_enquiry_and_what_the_same_person_asked_are_hidden_together(
    app: Flask, resident: Client, stranger: Client, hidden: Hidden
) -> None:
    send_enquiry(resident, email=MAIL)
    send_enquiry(stranger, email="kto.inny@example.com")
    interviewer, team = signed_in(app, "interviewer"), signed_in(app, "foster_team")
    assert [interviewer.visit(f"/panel/zgloszenia/{n}").status for n in (1, 2)] == [404, 200]
    assert [team.visit(f"/panel/zgloszenia/{n}").status for n in (1, 2)] == [200, 200]
    assert "1 zgłoszenie czeka" in interviewer.visit("/panel").text
    assert "2 zgłoszenia czekają" in team.visit("/panel").text


@pytest.mark.pages
def test_a_mark_is_set_and_lifted_in_the_panel(app: Flask) -> None:
    with app.app_context():
        number = booked(0, HIDDEN, MAIL).id
        ids = {role: str(account(role).id) for role in ("interviewer", "administrator")}
    interviewer, administrator = signed_in(app, "interviewer"), signed_in(app, "administrator")
    card = f"/panel/rezerwacje/{number}"
    page = interviewer.visit(card)
    page = interviewer.visit(page.links()["Kto nie może widzieć ani spotkać tej osoby"])
    wrong = interviewer.submit(page, "Ukryj kartę", account=ids["interviewer"], own_password="nie to hasło")
    assert wrong.status == 422
    assert interviewer.visit(card).status == 200
    mine = {"account": ids["interviewer"], "own_password": PASSWORDS["interviewer"][1]}
    page = interviewer.submit(page, "Ukryj kartę", **mine)
    assert "ta karta dla Ciebie nie istnieje" in page.text
    assert interviewer.visit(card).status == 404
    page = administrator.visit(f"/panel/zastrzezenia/booking/{number}")
    assert "Zespół rozmów" in page.text
    good = PASSWORDS["administrator"][1]
    last = administrator.submit(page, "Ukryj kartę", account=ids["administrator"], own_password=good)
    assert last.status == 422
    assert "Nie zostałby nikt" in last.text
    page = administrator.visit("/panel/zastrzezenia")
    page = administrator.visit(next(u for name, u in page.links().items() if name.startswith("Pozwól")))
    page = administrator.submit(page, "Pozwól znów widzieć", own_password=good)
    assert "Karta jest znów widoczna." in page.text
    assert interviewer.visit(card).status == 200
    assert "ukryt" not in interviewer.visit("/panel/zastrzezenia/booking/987654").text.lower()


@pytest.mark.pages
def test_an_emergency_opens_it_for_half_an_hour_and_a_second_person_is_told(
    app: Flask, hidden: Hidden, frozen: time_machine.Traveller
) -> None:
    client, administrator = signed_in(app, "interviewer"), signed_in(app, "administrator")
    card = f"/panel/rezerwacje/{hidden.id}"
    page = client.visit("/panel/rezerwacje")
    page = client.visit(page.links()["Ktoś jest na miejscu, a nie ma go na liście?"])
    typed: dict[str, Any] = {
        "reference": hidden.reference.lower().replace("-", " "),
        "reason": "here_now",
        "own_password": PASSWORDS["interviewer"][1],
    }
    mistakes: tuple[dict[str, Any], ...] = (
        {"own_password": "nie to"},  # pragma: allowlist secret
        {"reference": "AAAA-AAAA"},
        {"reason": []},
    )
    for mistake in mistakes:
        assert client.submit(page, "Otwórz kartę", **(typed | mistake)).status == 422
    assert client.visit(card).status == 404
    page = client.submit(page, "Otwórz kartę", **typed)
    assert page.url == card
    assert HIDDEN in page.text
    assert "Widzisz tę kartę przez pół godziny." in page.text
    with app.app_context():
        told = db.session.scalars(select(Message).where(Message.kind == "hidden_opened")).all()
        assert [message.about_id for message in told] == [account("administrator").id]
        assert told[0].due_at <= clock.now(), "it is sent at once"
    today = administrator.visit("/panel").text
    assert "otwarto ukrytą kartę" in today
    assert "Zespół rozmów. Osoba jest na miejscu" in today
    page = administrator.visit("/panel/zastrzezenia")
    button = html.text_of(page.dom.all("main")[0].findall(".//button")[0]).replace("\N{NO-BREAK SPACE}", " ")
    page = administrator.submit(page, button)
    assert "Zapisano, że o tym wiesz." in page.text
    assert "otwarto ukrytą kartę" not in administrator.visit("/panel").text
    for minutes, status in ((14, 200), (14, 200), (3, 404)):
        frozen.shift(timedelta(minutes=minutes))
        assert client.visit(card).status == status


@pytest.mark.pages
def test_two_who_must_not_meet_are_a_task_when_they_come_on_one_day(app: Flask) -> None:
    with app.app_context():
        one, two = booked(0, "Adam Lis"), booked(0, "Ewa Lis")
        assert one.slot
        assert two.slot
        assert one.slot.day == two.slot.day
        first, second, theirs, reference = one.id, two.id, one.reference, two.reference
    client = signed_in(app, "interviewer")
    before = client.visit("/panel/zadania").text
    address_of = f"/panel/zastrzezenia/booking/{first}"
    page = client.visit(address_of)
    for wrong, why in {
        "": "Wpisz kod rezerwacji, na przykład",
        "AAAA-AAAA": "Nie ma takiego kodu",
        theirs: "To kod tej samej rezerwacji",
    }.items():
        answer = client.submit(page, "Trzymaj osobno", reference=wrong)
        assert answer.status == 422
        assert why in answer.text
    page = client.submit(page, "Trzymaj osobno", reference=reference)
    assert reference in page.text
    assert "Nie tego samego dnia" in client.visit(f"/panel/rezerwacje/{second}").text
    assert "Tego samego dnia przychodzi ktoś" in client.visit("/panel/zadania").text
    assert "nie może spotkać, przychodzi w te dni" in client.visit(f"/panel/rezerwacje/{first}/zmiana").text
    page = client.submit(client.visit(address_of), f"Mogą się spotkać: {reference}")
    assert "Cofnięto." in page.text
    assert client.visit("/panel/zadania").text == before


@pytest.mark.pages
def test_two_hundred_cards_of_others_are_as_if_there_were_none(app: Flask) -> None:
    """S56: one mark hides them all, since they share a contact."""
    with app.app_context():
        numbers = [booked(0, HIDDEN, MAIL).id for _ in range(8)]
        by, hidden_one = account("administrator"), account("interviewer")
        actions.hide(("booking", numbers[0]), hidden_one.id, by, clock.now())
        found = hidden_from(hidden_one.id, clock.now())
        assert found == {("booking", number) for number in numbers}
    client = signed_in(app, "interviewer")
    none = words(client.visit("/panel/rezerwacje/987654"))
    for number in (numbers * 25)[:200]:
        page = client.visit(f"/panel/rezerwacje/{number}")
        assert page.status == 404
        assert words(page) == none


# --- the deeds ------------------------------------------------------------------------------------------


def test_what_the_same_contact_books_later_is_hidden_too(hidden: Hidden, context: None) -> None:
    later = booked(0, HIDDEN, MAIL).id
    assert hidden_from(account("interviewer").id, clock.now()) == {("booking", hidden.id), ("booking", later)}
    assert hidden_from(account("administrator").id, clock.now()) == set()


def test_reading_finds_nothing_and_deeds_find_everything(hidden: Hidden, context: None) -> None:
    veil.draw(hidden_from(account("interviewer").id, clock.now()))
    assert db.session.get(Booking, hidden.id) is None
    assert counted(Booking) == 1
    assert [place.booking for place in db.session.scalars(select(Place).filter_by(booking_id=hidden.id))] == [
        None
    ]
    slot = db.session.get_one(Slot, hidden.slot_id)
    assert slot.bookings == []
    assert slot.taken == 1
    booking = action(lambda: db.session.get_one(Booking, hidden.id))()
    actions_of_bookings.cancel(booking.id, 1, clock.now())
    assert db.session.get(Booking, hidden.id, populate_existing=True) is None
    veil.draw([])
    assert db.session.get_one(Booking, hidden.id).status == "cancelled_resident"


def test_nobody_lifts_what_is_hidden_from_them(hidden: Hidden, context: None) -> None:
    by, other, now = account("administrator"), account("interviewer"), clock.now()
    mark = db.session.scalars(select(Conflict)).one()
    with pytest.raises(NotFound):
        actions.lift(mark.id, other, now)
    with pytest.raises(Refused, match="no_reader"):
        actions.hide(("booking", hidden.id), account("editor").id, by, now)
    with pytest.raises(NotFound):
        actions.hide(("booking", 9999), other.id, by, now)
    actions.hide(("booking", hidden.id), other.id, by, now)
    assert counted(Conflict) == 1
    actions.lift(mark.id, by, now)
    assert counted(Conflict) == 0


def test_what_nobody_would_be_told_of_is_not_opened(hidden: Hidden, context: None) -> None:
    @action
    def end() -> None:
        account("administrator").is_active = False

    end()
    with pytest.raises(Refused, match="nobody_to_tell"):
        actions.open_up(hidden.reference, "danger", account("interviewer"), clock.now())
    assert counted(Opening) == 0
    with pytest.raises(NotFound):
        actions.open_up(hidden.reference, "danger", account("foster_team"), clock.now())


def test_nobody_confirms_their_own_opening(hidden: Hidden, context: None) -> None:
    by, other = account("administrator"), account("interviewer")
    assert actions.open_up(hidden.reference, "danger", by, clock.now()) == (("booking", hidden.id), False)
    assert counted(Opening) == 0, "to them it is not hidden"
    actions.open_up(hidden.reference, "danger", other, clock.now())
    opening = db.session.scalars(select(Opening)).one()
    with pytest.raises(NotFound):
        actions.see(opening.id, other, clock.now())
    actions.see(opening.id, by, clock.now())
    assert opening.seen_by_id == by.id


def test_the_letter_says_nothing_of_whom_it_is_about(app: Flask, hidden: Hidden, context: None) -> None:
    actions.open_up(hidden.reference, "danger", account("interviewer"), clock.now())
    message = db.session.scalars(select(Message).where(Message.kind == "hidden_opened")).one()
    letter = app.extensions["post_office"].render["account"](message)
    assert letter.to == PASSWORDS["administrator"][0]
    assert "/panel/zastrzezenia" in letter.text
    assert not [mark for mark in (hidden.reference, HIDDEN, INITIALS) if mark in letter.text + letter.subject]


def test_when_a_person_is_erased_nothing_says_whom_they_were_hidden_from(
    hidden: Hidden, context: None, frozen: time_machine.Traveller
) -> None:
    actions.open_up(hidden.reference, "danger", account("interviewer"), clock.now())
    keep_apart(hidden.id, booked(0).id, account("interviewer"), clock.now())
    frozen.shift(timedelta(days=200))
    forgetting.forget(clock.now())
    assert [counted(model) for model in (BookingPerson, Conflict, Opening, Pair)] == [0, 0, 0, 0]


def test_marks_go_on_by_a_later_record_of_the_same_person_when_the_first_one_is_erased(
    hidden: Hidden, context: None, frozen: time_machine.Traveller
) -> None:
    keep_apart(hidden.id, booked(0, "Adam Lis", "adam@example.com").id, account("interviewer"), clock.now())
    later, other = booked(-1, HIDDEN, MAIL), booked(-1, "Adam Lis", "adam@example.com").id
    number, reference = later.id, later.reference
    frozen.shift(timedelta(days=110))
    forgetting.forget(clock.now())
    assert db.session.get(BookingPerson, hidden.id) is None
    assert ("booking", number) in hidden_from(account("interviewer").id, clock.now()), (
        "a relative reads the later card"
    )
    (pair,) = db.session.scalars(select(Pair))
    assert {pair.first_id, pair.second_id} == {number, other}
    person.erase(person.found(reference), clock.now())
    assert [counted(model) for model in (Conflict, Opening, Pair)] == [0, 0, 0]


@pytest.mark.parametrize("erase", ["by the person", "after a restore"])
def test_marks_go_on_when_somebody_erases_one_of_their_records(context: None, erase: str) -> None:
    """An enquiry is gone in a minute, and the talk that the same person has booked is still nobody's business."""
    number = foster.submit(foster.Interest(HIDDEN, "email", MAIL, "pl", "form"), 5, clock.now()).enquiry_id
    later, by, hers = booked(0, HIDDEN, MAIL).id, account("administrator"), account("interviewer").id
    actions.hide(("enquiry", number), hers, by, clock.now())
    if erase == "by the person":
        foster.erase(number, 1, clock.now())
    else:
        erasures.announce("enquiry", number)
        person.AGAIN["enquiry"](number, clock.now())
    forgetting.forget(clock.now())
    assert db.session.get(EnquiryPerson, number) is None
    assert ("booking", later) in hidden_from(hers, clock.now())


def test_a_pair_holds_for_what_the_same_contacts_book_and_for_one_day_only(context: None) -> None:
    by = account("interviewer")
    slots = [db.session.get_one(Slot, number) for number in free_slots()]
    elsewhen = next(number for number, slot in enumerate(slots) if slot.day != slots[0].day)
    two = booked(elsewhen, "Ewa Lis", "ewa@example.com")
    one = booked(0, "Adam Lis", "adam@example.com")
    keep_apart(one.id, two.id, by, clock.now())
    keep_apart(two.id, one.id, by, clock.now())
    assert counted(Pair) == 1
    assert apart() == []
    again = booked(0, "Ewa Lis", "ewa@example.com")
    assert apart() == [again.id]
    assert days_of_others(again, clock.now()) == [slots[0].day]
    actions_of_bookings.cancel(one.id, 1, clock.now())
    assert apart() == []


def test_no_paper_for_either_says_that_they_are_kept_apart(context: None) -> None:
    one, two = booked(0, "Adam Lis", "adam@example.com"), booked(1, "Ewa Lis", "ewa@example.com")
    keep_apart(one.id, two.id, account("interviewer"), clock.now())
    paper = repr(person.copy_of(person.found("adam@example.com"), clock.now()))
    assert one.reference in paper
    assert not [mark for mark in ("apart", "pair", two.reference) if mark in paper]
    assert {entry.action for entry, _ in entries_about("booking", one.id)} == {"person_exported"}
    assert counted(Pair) == 1


def apart() -> list[int]:
    db.session.rollback()
    return [task.booking.id for task in open_tasks(clock.now()) if task.kind == "apart"]


def test_everything_that_belongs_to_a_person_is_behind_the_veil() -> None:
    guarded = {
        (column.class_.__tablename__, column.key) for columns in veil.OF_ONE.values() for column in columns
    }
    heads = {model.__tablename__ for model in HEADS.values()}
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table.name in heads and table.name != Place.__tablename__:
                assert (table.name, key.parent.name) in guarded, f"{table.name}.{key.parent.name}"
