"""How enquiries move on: the promise, the waiting, the steps; and nobody can be found in the numbers."""

from datetime import date, datetime, timedelta
from itertools import product

import pytest
import time_machine
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from portal import clock
from portal.accounts.models import Account
from portal.booking.actions import Wish, book
from portal.foster.actions import Interest, step, submit, withdraw
from portal.foster.models import STATES, enquiry_numbered
from portal.foster.talks import begin_talk
from portal.programmes.models import service_called
from portal.statistics.enquiries import Course, figures_of, pipeline
from portal.statistics.models import Figure
from tests.conftest import free_slots, signed_in

TODAY = date(2026, 11, 22)


@st.composite
def courses(draw: st.DrawFn) -> Course:
    """Few months, answers and steps, so that small numbers stand beside large ones."""
    sent = date(2026, draw(st.integers(1, 5)), draw(st.integers(1, 28)))
    waited = draw(st.sampled_from((None, 1, 12)))
    answered = None if waited is None else sent + timedelta(days=waited)
    return Course(sent, sent + timedelta(days=7), answered, draw(st.sampled_from((*STATES, *["new"] * 6))))


@given(st.lists(courses(), min_size=10, max_size=60))
@settings(max_examples=60)
def test_no_number_and_no_difference_is_about_one_to_four_people(people: list[Course]) -> None:
    promise, wait, steps = figures_of(people, 10, TODAY)
    for figure in (promise, steps):
        for row in figure.rows:
            assert all(number == 0 or number >= 5 for number in (*row.numbers, row.total))
            inside = [c for c in people if row.first <= c.sent_on.month <= row.last]
            assert row.total == len(inside), "everybody is in exactly one cell"
    for row in wait.rows:
        assert len([c for c in people if row.first <= c.sent_on.month <= row.last]) >= 5
    ends = [{0, *(row.last for row in figure.rows)} for figure in (promise, wait, steps)]
    for one, other in product(ends, repeat=2):
        for here, there in product(one, other):
            between = [c for c in people if min(here, there) < c.sent_on.month <= max(here, there)]
            assert len(between) == 0 or len(between) >= 5, "what two figures differ by"


def test_a_month_waits_until_its_promises_are_over() -> None:
    sent = [Course(date(2026, 10, 30), TODAY, None, "new")] * 6
    assert figures_of(sent, 10, TODAY)[0].rows == []
    (row,) = figures_of(sent, 10, TODAY + timedelta(days=1))[0].rows
    assert row.numbers == (0, 6)


@pytest.mark.usefixtures("context")
def test_answers_ends_and_talks_of_ones_own_are_counted(by: Account, frozen: time_machine.Traveller) -> None:
    service = service_called("b1")
    assert service
    frozen.move_to("2026-10-05T10:00+02:00")
    numbers = [_sent(number) for number in range(20)]
    frozen.shift(timedelta(days=2))
    for number in numbers[:5]:
        step(number, 1, "in_contact", by, clock.now())
    for number in numbers[5:10]:
        withdraw(number, 1, clock.now())
    frozen.shift(timedelta(days=20))
    for number in numbers[10:15]:
        step(number, 1, "finished", by, clock.now(), "no_answer")
        step(number, 2, "in_contact", by, clock.now())
    frozen.move_to("2026-11-22T11:00+01:00")
    promise, wait, steps = pipeline(2026, clock.now())
    assert _numbers(promise) == [(10, 10)]
    assert _numbers(wait) == [((2 + 22) / 2,)]
    assert _numbers(steps) == [(5, 10, 0, 5)]
    for number, slot in zip(numbers[15:20], free_slots("b1"), strict=False):
        token = begin_talk(number, clock.now())
        book(Wish(service.id, slot, "Próbna", "none", None, "pl", token, token), clock.now())
        fresh = enquiry_numbered(number)
        assert fresh
        assert fresh.state == "talk_booked"
    assert _numbers(pipeline(2026, clock.now())[2]) == [(0, 10, 5, 5)]


def _sent(number: int) -> int:
    interest = Interest("Próbna", "email", f"o{number}@example.com", "pl", f"form-{number}")
    return submit(interest, 5, clock.now()).enquiry_id


def _numbers(figure: Figure) -> list[tuple[float, ...]]:
    return [row.numbers for row in figure.rows]


@pytest.mark.parametrize("kind", ["sqlite"])
def test_the_page_has_a_picture_and_the_same_numbers_as_a_table(
    app: Flask, by: Account, frozen: time_machine.Traveller
) -> None:
    now = clock.now()
    frozen.move_to(datetime(2026, 10, 5, 10, tzinfo=now.tzinfo))
    for number in (_sent(number) for number in range(6)):
        step(number, 1, "in_contact", by, clock.now())
    frozen.move_to(now)
    page = signed_in(app, "foster_team").visit("/panel/statystyka/piecza")
    assert "odpowiedź w terminie" in page.text
    assert "100%" in page.text
    pictures = [svg for svg in page.dom.all("{http://www.w3.org/2000/svg}svg") if svg.get("role") == "img"]
    assert len(pictures) == len(page.dom.all("table")) == 3
    assert all(
        page.dom.by_id[name] is not None
        for svg in pictures
        for name in svg.get("aria-labelledby", "").split()
    )
