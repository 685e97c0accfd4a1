"""Editions: from the first talk to both certificates, the plan of meetings, sheets, and what the group never shows."""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest
import time_machine
from flask import Flask
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import select, text, update

from portal import clock
from portal.accounts.models import Account, AuditEntry
from portal.booking.actions import Wish, book, forget
from portal.booking.checks import violations
from portal.booking.models import Booking, Closure, Office, Resource
from portal.booking.offering import Terms, offer
from portal.booking.outcomes import Outcome, note_outcome
from portal.booking.series import Span
from portal.db import db
from portal.demo.groups import load_group
from portal.errors import Refused
from portal.groups import actions, certificates
from portal.groups.meetings import Mark, call_off, move_meeting, plan_meetings, save_sheet
from portal.groups.models import (
    Certificate,
    Meeting,
    Participant,
    candidates,
    group_sizes,
    marks_at,
    meetings_of,
    minutes_by_participant,
)
from portal.groups.planning import WEEK, Weekly, plan
from portal.programmes.models import Edition, Programme, Service, service_called
from portal.retention import PROGRAMME
from tests.client import Client, Page
from tests.conftest import free_slots, signed_in
from tests.test_booking_pages import book as book_online

pytestmark = pytest.mark.pages

EDITION = "/panel/edycje/1"
TUESDAYS = Weekly(date(2027, 3, 9), 1, time(16, 30), 180)
TALKS_OVER = datetime.fromisoformat("2026-12-23T12:00+01:00")
AFTER = datetime.fromisoformat("2027-06-28T12:00+02:00")


# --- the plan of meetings -----------------------------------------------------------------------------

DAYS = st.dates(date(2025, 1, 1), date(2040, 12, 31))
HOURS = st.times().map(lambda at: at.replace(minute=at.minute // 5 * 5, second=0, microsecond=0))


@given(
    first_on=DAYS,
    weekday=st.integers(0, 6),
    at=HOURS,
    count=st.integers(1, 30),
    closed=st.sets(st.integers(0, 300), max_size=40),
)
@example(date(2026, 3, 1), 6, time(2, 30), 6, set())  # a night that skips the hour
@example(date(2026, 11, 1), 4, time(16, 30), 15, set())  # 25 December and New Year are Fridays
def test_a_plan_is_whole_weekly_and_never_on_a_free_day(
    first_on: date, weekday: int, at: time, count: int, closed: set[int]
) -> None:
    closed_days = frozenset(first_on + timedelta(days=n) for n in closed)
    made = plan(Weekly(first_on, weekday, at, 180), count, closed_days)
    days = [span.day for span in made.spans]
    assert len(days) == count
    assert all(day.weekday() == weekday and day >= first_on for day in days)
    assert all(day not in closed_days and not clock.is_public_holiday(day) for day in days)
    assert all(clock.local(span.starts_at).time() == at for span in made.spans)
    assert {span.ends_at - span.starts_at for span in made.spans} == {timedelta(hours=3)}
    every_week = sorted(days + [skipped.wall.date() for skipped in made.skipped])
    assert every_week[0] - first_on < WEEK
    assert {later - day for day, later in pairwise(every_week)} <= {WEEK}


def test_an_hour_on_the_wall_stays_when_clocks_change() -> None:
    before, after = plan(TUESDAYS, 4).spans[2:4]
    assert (before.day, after.day) == (date(2027, 3, 23), date(2027, 3, 30))
    assert after.starts_at - before.starts_at == WEEK - timedelta(hours=1)


# --- the group ----------------------------------------------------------------------------------------


def edition() -> Edition:
    return db.session.get_one(Edition, 1, populate_existing=True)


def office_id() -> int:
    return db.session.scalars(select(Office.id)).one()


@pytest.fixture
def qualified(service: Service, by: Account, frozen: time_machine.Traveller) -> Callable[[int], list[int]]:
    """Makes talks that qualified somebody; answers their bookings."""

    def make(count: int) -> list[int]:
        starts = clock.now() + timedelta(days=3)
        spans = [
            Span(starts + n * timedelta(hours=1), starts + (n + 1) * timedelta(hours=1)) for n in range(count)
        ]
        host = Resource(kind="interviewer", name="Ktoś z wolnym czasem")
        db.session.add(host)
        db.session.commit()
        slots = offer(Terms(service.id, office_id(), host.id, 1), spans, by, clock.now())
        booked = []
        for number, slot in enumerate(slots):
            wish = Wish(
                service.id,
                slot.id,
                f"Osoba Numer{number}",
                "none",
                None,
                "pl",
                f"form-{number}",
                f"hold-{number}",
            )
            booked.append(book(wish, clock.now(), by).booking_id)
        frozen.move_to(TALKS_OVER)
        for booking_id in booked:
            note_outcome(booking_id, 1, Outcome("attended", "qualified"), by, clock.now())
        return booked

    return make


def take_in(by: Account, booked: list[int]) -> int:
    return actions.take_in(1, edition().version, booked, clock.day_of(clock.now()), by, clock.now())


def planned(by: Account, weekly: Weekly = TUESDAYS) -> list[Meeting]:
    plan_meetings(1, edition().version, weekly, office_id(), by, clock.now())
    return [meeting for meeting in meetings_of(1) if meeting.status == "planned"]


def test_the_group_is_never_larger_than_its_programme_allows(
    qualified: Callable[[int], list[int]], by: Account
) -> None:
    booked = qualified(16)
    with pytest.raises(Refused, match="full"):
        take_in(by, booked)
    assert take_in(by, booked[:15]) == 15
    with pytest.raises(Refused, match="full"):
        take_in(by, booked[15:])
    assert [booking.id for booking in candidates(edition().programme_id)] == booked[15:]
    actions.leave(1, 1, clock.day_of(clock.now()), "own_wish", by, clock.now())
    assert take_in(by, booked[15:]) == 1


def test_two_who_take_in_at_once_do_not_fill_the_last_place_twice(
    qualified: Callable[[int], list[int]], by: Account
) -> None:
    first, second = qualified(2)
    seen = edition().version
    today = clock.day_of(clock.now())
    actions.take_in(1, seen, [first], today, by, clock.now())
    for other in (first, second):
        with pytest.raises(Refused, match="changed"):
            actions.take_in(1, seen, [other], today, by, clock.now())
    with pytest.raises(Refused, match="changed"):
        take_in(by, [first])


def test_only_who_qualified_for_this_programme_is_taken_in(
    qualified: Callable[[int], list[int]], by: Account
) -> None:
    booked = qualified(2)
    note_outcome(booked[0], 2, Outcome("attended", "more_needed", reason="new_facts"), by, clock.now())
    with pytest.raises(Refused, match="changed"):
        take_in(by, booked)
    db.session.execute(update(Edition).where(Edition.id == 1).values(programme_id=2))
    db.session.commit()
    with pytest.raises(Refused, match="changed"):
        take_in(by, booked[1:])


def test_whoever_was_taken_in_by_mistake_waits_again_unless_something_is_recorded(
    qualified: Callable[[int], list[int]], by: Account, frozen: time_machine.Traveller
) -> None:
    booked = qualified(2)
    take_in(by, booked)
    actions.put_back(1, 1, by, clock.now())
    assert [booking.id for booking in candidates(edition().programme_id)] == booked[:1]
    meeting = planned(by)[0]
    frozen.move_to(meeting.ends_at)
    save_sheet(meeting.id, 1, {2: Mark("present")}, by, clock.now())
    with pytest.raises(Refused, match="recorded"):
        actions.put_back(2, 1, by, clock.now())
    with pytest.raises(Refused, match="recorded"):
        actions.leave(2, 1, meeting.day - timedelta(days=1), "other", by, clock.now())
    with pytest.raises(Refused, match="order"):
        actions.leave(2, 1, meeting.day + timedelta(days=1), "other", by, clock.now())


def test_names_live_as_long_as_documents_of_programmes_and_no_longer(
    qualified: Callable[[int], list[int]], by: Account, frozen: time_machine.Traveller
) -> None:
    booked = qualified(1)
    take_in(by, booked)
    certificates.issue("reporting", booked[0], "Osoba Zero", by, clock.now())
    for table in ("participant", "certificate", "audit_entry"):
        assert "Osoba" not in str(db.session.execute(text(f"SELECT * FROM {table}")).all())  # noqa: S608
    last = planned(by)[-1]
    frozen.move_to(last.ends_at + timedelta(days=365))
    assert forget(clock.now()) == 1, "the booking's person is gone"
    person = db.session.get_one(Participant, 1)
    assert person.known_name == "Osoba Numer0"
    frozen.move_to(last.ends_at + timedelta(days=PROGRAMME.days - 1))
    actions.forget(clock.now())
    assert person.known_name
    frozen.shift(3 * 24 * 3600)
    actions.forget(clock.now())
    db.session.expire_all()
    assert person.known_name == ""
    assert db.session.get_one(Certificate, 1).known_name == ""
    assert certificates.facts("completion", booked[0]).missing == ("name", "hours", "individual")


def test_who_waited_too_long_has_no_name_to_take_over(
    qualified: Callable[[int], list[int]], by: Account, frozen: time_machine.Traveller
) -> None:
    booked = qualified(1)
    booking = db.session.get_one(Booking, booked[0])
    assert booking.slot
    assert booking.deleted_on == booking.slot.day + timedelta(days=365), "and the page says so"
    frozen.shift(100 * 24 * 3600)
    assert forget(clock.now()) == 0
    frozen.shift(266 * 24 * 3600)
    assert forget(clock.now()) == 1
    with pytest.raises(Refused, match="erased"):
        take_in(by, booked)


# --- meetings -----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("context")
def test_the_plan_skips_holidays_and_closures_and_is_completed_when_one_is_called_off(by: Account) -> None:
    fridays = Weekly(date(2026, 11, 27), 4, time(17), 180)
    db.session.add(Closure(first_on=date(2026, 12, 4), last_on=date(2026, 12, 4), reason="remont"))
    db.session.commit()
    made = plan_meetings(1, 1, fridays, office_id(), by, clock.now())
    assert [(skipped.wall.date(), skipped.reason) for skipped in made.skipped] == [
        (date(2026, 12, 4), "closure"),
        (date(2026, 12, 25), "holiday"),
        (date(2027, 1, 1), "holiday"),
    ]
    assert len(made.spans) == 15
    with pytest.raises(Refused, match="planned"):
        plan_meetings(1, 2, fridays, office_id(), by, clock.now())
    call_off(meetings_of(1)[0].id, 1, by, clock.now())
    (added,) = plan_meetings(1, 2, fridays, office_id(), by, clock.now()).spans
    assert added.day == date(2026, 11, 27), "the week in which there is none now"


@pytest.mark.usefixtures("context")
def test_a_meeting_is_moved_but_not_to_a_free_day_nor_onto_another(by: Account) -> None:
    first, second, *_ = planned(by)
    for wall, why in (
        (datetime(2027, 3, 29, 16, 30), "holiday"),
        (datetime(2027, 3, 28, 2, 30), "holiday"),
        (datetime(2027, 3, 16, 16, 30), "overlap"),
    ):
        with pytest.raises(Refused, match=why):
            move_meeting(first.id, 1, wall, office_id(), by, clock.now())
    moved = move_meeting(first.id, 1, datetime(2027, 3, 10, 15), office_id(), by, clock.now())
    assert (moved.day, moved.minutes, moved.version) == (date(2027, 3, 10), 180, 2)
    with pytest.raises(Refused, match="changed"):
        call_off(first.id, 1, by, clock.now())
    call_off(second.id, 1, by, clock.now())
    with pytest.raises(Refused, match="changed"):
        call_off(second.id, 2, by, clock.now())


def test_a_sheet_counts_minutes_and_the_second_of_two_loses(
    qualified: Callable[[int], list[int]], by: Account, frozen: time_machine.Traveller
) -> None:
    take_in(by, qualified(3))
    meeting = planned(by)[0]
    with pytest.raises(Refused, match="too_early"):
        save_sheet(meeting.id, 1, {1: Mark("present")}, by, clock.now())
    frozen.move_to(meeting.ends_at)
    save_sheet(
        meeting.id, 1, {1: Mark("present"), 2: Mark("present", 50), 3: Mark("excused")}, by, clock.now()
    )
    assert minutes_by_participant(1) == {1: 180, 2: 50, 3: 0}
    with pytest.raises(Refused, match="changed"):
        save_sheet(meeting.id, 1, {1: Mark("absent")}, by, clock.now())
    with pytest.raises(Refused, match="minutes"):
        save_sheet(meeting.id, 2, {1: Mark("present", 181)}, by, clock.now())
    with pytest.raises(Refused, match="changed"):
        save_sheet(meeting.id, 2, {99: Mark("present")}, by, clock.now())
    save_sheet(meeting.id, 2, {2: Mark("absent")}, by, clock.now())
    assert {key: mark.minutes for key, mark in marks_at(meeting.id).items()} == {1: 180, 2: 0, 3: 0}
    for deed in (
        call_off,
        lambda *args: move_meeting(args[0], args[1], datetime(2027, 3, 10, 15), office_id(), *args[2:]),
    ):
        with pytest.raises(Refused, match="held"):
            deed(meeting.id, 3, by, clock.now())


# --- certificates -------------------------------------------------------------------------------------


def test_completion_needs_the_share_of_hours_that_the_programme_asks_for(
    qualified: Callable[[int], list[int]], by: Account, frozen: time_machine.Traveller
) -> None:
    (booked,) = qualified(1)
    assert certificates.facts("completion", booked).missing == ("group",)
    take_in(by, [booked])
    held = planned(by)
    frozen.move_to(AFTER)
    for meeting in held[:13]:
        save_sheet(meeting.id, 1, {1: Mark("present")}, by, clock.now())
    assert certificates.facts("completion", booked).missing == ("hours", "individual")
    actions.note_individual(1, 1, date(2027, 3, 1), 60, by, clock.now())
    with pytest.raises(Refused, match="facts"):
        certificates.issue("completion", booked, "Osoba Zero", by, clock.now())
    db.session.execute(update(Programme).values(required_percent=87))  # 39 h 9 min
    db.session.commit()
    assert certificates.facts("completion", booked).missing == ("hours",)
    db.session.execute(update(Programme).values(required_percent=86))  # 38 h 42 min
    db.session.commit()
    made = certificates.issue("completion", booked, "Osoba Zero", by, clock.now())
    assert (made.first_on, made.last_on, made.minutes) == (held[0].day, held[12].day, 13 * 180)
    twice = certificates.issue("completion", booked, "Osoba Zero", by, clock.now())
    assert twice.id == made.id, "a double click makes one paper"
    other = certificates.issue("completion", booked, "Osoba Inna", by, clock.now())
    frozen.shift(timedelta(days=1))
    tomorrow = certificates.issue("completion", booked, "Osoba Zero", by, clock.now())
    assert len({made.id, other.id, tomorrow.id}) == 3
    actions.leave(1, 2, clock.day_of(clock.now()), "own_wish", by, clock.now())
    assert certificates.facts("completion", booked).missing == ("left",)


def test_reporting_needs_a_talk_that_took_place_and_a_programme(
    by: Account, service: Service, frozen: time_machine.Traveller
) -> None:
    talks = []
    for code in ("a1", "b1"):
        kind = service_called(code)
        assert kind
        wish = Wish(kind.id, free_slots(code)[0], "Osoba", "none", None, "pl", code, code)
        talks.append(book(wish, clock.now()).booking_id)
    assert certificates.facts("reporting", talks[0]).missing == ("attended",)
    assert certificates.facts("reporting", talks[1]).missing == ("programme", "attended")
    with pytest.raises(Refused, match="facts"):
        certificates.issue("reporting", talks[0], "Osoba", by, clock.now())
    frozen.move_to("2026-11-25T20:00:00+01:00")
    note_outcome(talks[0], 1, Outcome("attended"), by, clock.now())
    made = certificates.issue("reporting", talks[0], "Osoba", by, clock.now())
    assert (made.first_on, made.minutes, made.participant_id) == (date(2026, 11, 24), 0, None)


# --- pages --------------------------------------------------------------------------------------------


def journey_to_the_group(app: Flask, resident: Client, frozen: time_machine.Traveller) -> Client:
    """A resident books and comes, qualifies, and is taken in; answers the member of staff."""
    book_online(resident)
    frozen.move_to("2026-11-24T16:00:00+01:00")
    staff = signed_in(app, "interviewer")
    staff.submit(staff.visit("/panel/rezerwacje/1"), "Zapisz wynik", outcome="attended", result="qualified")
    page = staff.visit(EDITION)
    assert "Grupa jest za mała, żeby zacząć: brakuje 5 osób." in page.text
    early = staff.submit(page, "Przyjmij do grupy", people=["1"], joined_on="2026-11-23")
    assert early.status == 422
    assert "przed rozmową" in early.text
    after = staff.submit(page, "Przyjmij do grupy", people=["1"])
    assert "1 osoba została przyjęta do grupy." in after.text
    assert staff.submit(page, "Przyjmij do grupy", people=["1"]).status == 409
    return staff


def plan_online(staff: Client) -> Page:
    page = staff.visit(staff.visit(EDITION).links()["Zaplanuj spotkania"])
    assert staff.submit(page, "Zaplanuj spotkania", at="16:30", first_on="9999-12-31").status == 422
    return staff.submit(page, "Zaplanuj spotkania", at="16:30")


def test_from_the_first_talk_to_both_certificates(
    app: Flask, resident: Client, frozen: time_machine.Traveller
) -> None:
    staff = journey_to_the_group(app, resident, frozen)
    page = plan_online(staff)
    assert "Zaplanowano 15 spotkań." in page.text
    assert "Żaneta" not in page.everything
    frozen.move_to("2027-07-01T12:00:00+02:00")
    staff = signed_in(app, "interviewer")
    sheets = [url for url in staff.visit(EDITION).links().values() if re.fullmatch(r".*/spotkanie/\d+", url)]
    assert len(sheets) == 15
    for url in sheets:
        page = staff.visit(f"{url}?wszyscy=1")
        assert "Żaneta" in page.text
        page = staff.submit(page, "Zapisz obecność")
    assert "Komplet godzin" in page.text
    person = staff.visit("/panel/edycje/osoba/1")
    assert "Dane zostaną usunięte14 czerwca 2032 r." in person.text, "five years after the last meeting"
    page = staff.visit(person.links()["Zaświadczenie o ukończeniu programu"])
    assert "Spotkań indywidualnych jest mniej, niż wymaga program." in page.text
    assert not [form for form in page.dom.all("main")[0].iter("form") if form.get("method") == "post"]
    early = staff.submit(person, "Zapisz spotkanie indywidualne", held_on="2026-11-01", minutes="60")
    assert early.status == 422
    assert "przed rozmową" in early.text
    staff.submit(early, "Zapisz spotkanie indywidualne", held_on="2027-03-01", minutes="60")
    paper = certificate(staff, "Zaświadczenie o ukończeniu programu")
    for words in ("Żaneta Przykładowa", "45 godz.", "wiosna 2027", "9 marca 2027 r.", "i go ukończyła"):
        assert words in paper.text
    paper = certificate(staff, "Zaświadczenie o zgłoszeniu się do programu")
    assert "zgłosiła się do programu „Bez przemocy" in paper.text
    assert "24 listopada 2026 r." in paper.text
    assert staff.visit(f"/en{paper.url}").text.count("zgłosiła się do programu") == 1, (
        "the paper is in Polish"
    )
    with app.app_context():
        log = [entry.action for entry in db.session.scalars(select(AuditEntry))]
    assert log.count("attendance_saved") == 15
    for done in (
        "participant_taken_in",
        "participant_read",
        "participant_listed",
        "sheet_read",
        "certificate_read",
    ):
        assert done in log
    assert {"certificate_of_completion", "certificate_of_reporting"} <= set(log)


def certificate(staff: Client, name: str) -> Page:
    page = staff.visit(staff.visit("/panel/edycje/osoba/1").links()[name])
    unchecked = staff.submit(page, "Przygotuj zaświadczenie")
    assert unchecked.status == 422
    return staff.submit(unchecked, "Przygotuj zaświadczenie", name="Żaneta Przykładowa", is_checked="y")


def test_the_second_sheet_saved_at_once_shows_what_the_first_said(
    app: Flask, resident: Client, frozen: time_machine.Traveller
) -> None:
    plan_online(journey_to_the_group(app, resident, frozen))
    frozen.move_to("2027-03-09T20:00:00+01:00")
    one, other = signed_in(app, "interviewer"), signed_in(app, "administrator")
    mine, theirs = (staff.visit("/panel/edycje/spotkanie/1") for staff in (one, other))
    other.submit(theirs, "Zapisz obecność", mark_1="present", minutes_1="90")
    page = one.submit(mine, "Zapisz obecność", mark_1="excused")
    assert page.status == 409
    assert "teraz: Obecna, 1 godz. 30 min" in page.text
    assert one.submit(page, "Zapisz obecność").status == 200


def test_mistakes_on_a_sheet_stand_beside_the_name(
    app: Flask, resident: Client, frozen: time_machine.Traveller
) -> None:
    plan_online(journey_to_the_group(app, resident, frozen))
    frozen.move_to("2027-03-09T20:00:00+01:00")
    staff = signed_in(app, "interviewer")
    for typed, status in (
        ({"mark_1": "present", "minutes_1": "181"}, 422),
        ({"mark_1": "absent", "minutes_1": "60"}, 422),
        ({"minutes_1": "60"}, 422),
        ({"mark_1": "nonsense"}, 422),
        ({"mark_1": "present", "minutes_1": "180"}, 200),
    ):
        page = staff.submit(staff.visit("/panel/edycje/spotkanie/1"), "Zapisz obecność", **typed)
        assert page.status == status, typed


def test_a_person_is_renamed_leaves_and_the_numbers_follow(
    app: Flask, resident: Client, frozen: time_machine.Traveller
) -> None:
    staff = journey_to_the_group(app, resident, frozen)
    stale = staff.visit("/panel/edycje/osoba/1/nazwisko")
    page = staff.submit(stale, "Zapisz imię i nazwisko", name="Żaneta Przykładowa")
    assert "Żaneta Przykładowa" in page.text
    assert "Ż.P." in staff.visit(EDITION).text
    assert staff.submit(stale, "Zapisz imię i nazwisko", name="Ktoś Inny").status == 409
    page = staff.submit(
        staff.visit("/panel/edycje/osoba/1/odejscie"), "Zapisz odejście z grupy", reason="treatment"
    )
    assert "Najpierw leczenie lub terapia" in page.text
    assert "W grupie nie ma jeszcze nikogo." in page.text


def test_editions_are_made_and_changed_and_two_at_once_are_told(
    app: Flask, interviewer: Client, resident: Client
) -> None:
    typed = {"name": "lato 2027", "starts_on": "2027-06-01", "intake_until": "2027-06-02"}
    page = interviewer.submit(interviewer.visit("/panel/edycje/nowa"), "Zapisz edycję", **typed)
    assert page.status == 422
    page = interviewer.submit(page, "Zapisz edycję", intake_until="2027-06-01")
    assert "lato 2027" in page.text
    assert "lato 2027" in resident.visit("/programy/bez-przemocy").text
    one, two = interviewer.visit(f"{EDITION}/dane"), interviewer.visit(f"{EDITION}/dane")
    assert interviewer.submit(one, "Zapisz edycję", name="wiosna 2027, popołudnia").status == 200
    page = interviewer.submit(two, "Zapisz edycję", name="wiosna")
    assert page.status == 409
    assert "wiosna 2027, popołudnia" in page.text
    assert interviewer.submit(page, "Zapisz edycję").status == 200


def test_a_meeting_is_moved_and_called_off_from_its_page(
    app: Flask, resident: Client, frozen: time_machine.Traveller
) -> None:
    staff = journey_to_the_group(app, resident, frozen)
    plan_online(staff)
    page = staff.submit(
        staff.visit("/panel/edycje/spotkanie/2/zmiana"), "Przenieś spotkanie", day="2027-03-29"
    )
    assert page.status == 409
    assert "ustawowo wolny" in page.text
    page = staff.submit(page, "Przenieś spotkanie", day="2027-03-18")
    assert "czwartek, 18 marca 2027 r. 9 dni po poprzednim" in page.text
    page = staff.submit(staff.visit("/panel/edycje/spotkanie/1/zmiana"), "Odwołaj spotkanie")
    assert "Niezaplanowane jest jeszcze 1 spotkanie." in page.text
    assert "Odwołane" in page.text


@pytest.mark.usefixtures("context")
def test_the_demo_shows_a_group_in_the_middle_and_only_once() -> None:
    for _ in range(2):
        load_group(clock.now())
    assert set(group_sizes().values()) == {6}
    assert violations() == {}
    assert len(candidates(edition().programme_id)) == 2
