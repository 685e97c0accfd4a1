"""Planning slots: properties over any rhythm, and the two nights on which clocks change."""

import itertools
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal import clock
from portal.booking.series import Plan, Rhythm, plan

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
SPRING, AUTUMN = date(2027, 3, 28), date(2027, 10, 31)
EVERY_DAY = frozenset(range(7))

times = st.integers(0, 23 * 12 + 11).map(lambda n: time(n // 12, n % 12 * 5))
days = st.dates(date(2026, 1, 1), date(2028, 12, 31)) | st.sampled_from([SPRING, AUTUMN])


@st.composite
def rhythms(draw: st.DrawFn) -> Rhythm:
    first = draw(days)
    return Rhythm(
        weekdays=draw(st.frozensets(st.integers(0, 6), min_size=1)),
        first_on=first,
        last_on=first + timedelta(days=draw(st.integers(0, 40))),
        from_time=draw(times),
        to_time=draw(times),
        minutes=draw(st.integers(1, 30)) * 5,
        break_minutes=draw(st.integers(0, 12)) * 5,
    )


@given(rhythms(), st.booleans())
def test_slots_are_exact_ordered_and_apart(rhythm: Rhythm, on_holidays: bool) -> None:
    spans = plan(rhythm, LONG_AGO, on_holidays=on_holidays).spans
    for span in spans:
        assert span.ends_at - span.starts_at == timedelta(minutes=rhythm.minutes)
        assert span.day.weekday() in rhythm.weekdays
        assert rhythm.first_on <= span.day <= rhythm.last_on
        assert clock.local(span.starts_at).time() >= rhythm.from_time
        assert clock.local(span.ends_at).replace(tzinfo=None) <= rhythm.closing(span.day)
        assert on_holidays or not clock.is_public_holiday(span.day)
    assert all(one.ends_at <= two.starts_at for one, two in itertools.pairwise(spans))


@given(rhythms(), days)
def test_nothing_is_planned_on_a_closed_day_or_in_the_past(rhythm: Rhythm, closed: date) -> None:
    now = clock.day_start(rhythm.first_on) + timedelta(hours=30)
    made = plan(rhythm, now, frozenset({closed}))
    assert all(span.day != closed and span.starts_at > now for span in made.spans)


@given(rhythms())
def test_wall_clock_hours_stay_across_the_change_of_clocks(rhythm: Rhythm) -> None:
    step = timedelta(minutes=rhythm.minutes + rhythm.break_minutes)
    for span in plan(rhythm, LONG_AGO).spans:
        wall = clock.local(span.starts_at).replace(tzinfo=None)
        assert (wall - datetime.combine(span.day, rhythm.from_time)) % step == timedelta()


def _night(day: date, minutes: int = 30) -> Plan:
    return plan(Rhythm(EVERY_DAY, day, day, time(1), time(5), minutes), LONG_AGO, on_holidays=True)


def test_march_invents_no_hour_that_does_not_exist() -> None:
    made = _night(SPRING)
    walls = [f"{clock.local(span.starts_at):%H:%M}" for span in made.spans]
    assert walls == ["01:00", "01:30", "03:00", "03:30", "04:00", "04:30"]
    assert [f"{s.wall:%H:%M} {s.reason}" for s in made.skipped] == [
        "02:00 missing_hour",
        "02:30 missing_hour",
    ]


def test_october_offers_the_repeated_hour_twice() -> None:
    made = _night(AUTUMN)
    walls = [f"{clock.local(span.starts_at):%H:%M}" for span in made.spans]
    assert walls == ["01:00", "01:30", "02:00", "02:30", "02:00", "02:30", "03:00", "03:30", "04:00", "04:30"]


def test_a_long_slot_over_the_change_does_not_overlap_the_next() -> None:
    made = _night(SPRING, minutes=45)
    assert [f"{s.wall:%H:%M} {s.reason}" for s in made.skipped] == ["02:30 missing_hour", "03:15 overlap"]
    assert all(one.ends_at <= two.starts_at for one, two in zip(made.spans, made.spans[1:], strict=False))


def test_holidays_are_left_out_with_christmas_eve() -> None:
    rhythm = Rhythm(frozenset({3, 4}), date(2026, 12, 24), date(2027, 1, 1), time(15), time(16), 45)
    made = plan(rhythm, LONG_AGO)
    assert {span.day for span in made.spans} == {date(2026, 12, 31)}
    assert [s.wall.date() for s in made.skipped] == [date(2026, 12, 24), date(2026, 12, 25), date(2027, 1, 1)]


def test_a_centre_that_never_closes_offers_slots_until_and_over_midnight() -> None:
    def walls(to_time: time, minutes: int) -> list[str]:
        rhythm = Rhythm(EVERY_DAY, date(2026, 12, 1), date(2026, 12, 1), time(22, 30), to_time, minutes)
        return [f"{clock.local(span.starts_at):%H:%M}" for span in plan(rhythm, LONG_AGO).spans]

    assert walls(time(0), 45) == ["22:30", "23:15"]
    assert walls(time(0, 30), 60) == ["22:30", "23:30"]
    assert walls(time(6), 60) == ["22:30", "23:30"], "what begins after midnight is of the next day"
