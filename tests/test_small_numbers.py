"""Nobody who reads the statistics can tell a number from one to four, whatever they compute and even if they know the rule."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.statistics.small import Joined, Numbers, join, join_within, may_be_shown

FEWEST = 5

Table = Sequence[Numbers]
Published = tuple[tuple[Joined, ...], tuple[Joined, ...]]


def publish(table: Table) -> Published:
    """What a reader sees of a table: how many talks there were, and how they are split."""
    units = join([(sum(row),) for row in table])
    return tuple(units), tuple(join_within(table, units))


def pinned(
    months: int, answers: int, most: int, show: Callable[[Table], object] = publish
) -> list[tuple[Table, int, int]]:
    """The cells from one to four that somebody knows who knows the rule: no other table looks like this one and differs
    there. Tables of up to `most` people are tried; those at the edge are not judged, their likes may lie beyond it."""
    alike: dict[str, list[Table]] = defaultdict(list)
    for cells in every(months * answers, most):
        table = [cells[n : n + answers] for n in range(0, len(cells), answers)]
        alike[repr(show(table))].append(table)
    judged = (group for group in alike.values() if min(map(people, group)) <= most - FEWEST)
    return [
        (group[0], month, answer)
        for group in judged
        for month, row in enumerate(group[0])
        for answer in range(len(row))
        if len(values := {table[month][answer] for table in group}) == 1 and 1 <= min(values) < FEWEST
    ]


def people(table: Table) -> int:
    return sum(sum(row) for row in table)


def every(cells: int, most: int) -> Iterator[Numbers]:
    """All ways to spread up to `most` people over the cells."""
    if not cells:
        yield ()
        return
    for first in range(most + 1):
        for others in every(cells - 1, most - first):
            yield (first, *others)


@pytest.mark.parametrize(
    ("months", "answers", "most"),
    [(1, 1, 20), (2, 1, 30), (4, 1, 20), (1, 2, 30), (2, 2, 22), (1, 3, 25), (3, 2, 15)],
)
def test_no_small_number_is_known_to_who_knows_the_rule(months: int, answers: int, most: int) -> None:
    assert pinned(months, answers, most) == []


@pytest.mark.parametrize(("months", "most"), [(1, 17), (2, 10)])
def test_two_splits_of_the_same_talks_do_not_help_each_other(months: int, most: int) -> None:
    """Each talk came or not, and was booked online or not: four answers, of which each table shows two."""

    def show(table: Table) -> object:
        units = join([(sum(row),) for row in table])
        came = [(a + b, c + d) for a, b, c, d in table]
        online = [(a + c, b + d) for a, b, c, d in table]
        return units, join_within(came, units), join_within(online, units)

    assert pinned(months, 4, most, show=show) == []


def test_hiding_single_cells_beside_their_sum_would_be_found_out() -> None:
    """The negative control: the same search finds what the plain rule gives away."""

    def hide(table: Table) -> object:
        return [[n if n == 0 or n > 4 else "hidden" for n in row] + [sum(row)] for row in table]

    assert pinned(1, 2, 20, show=hide)


def test_joining_backwards_at_the_end_of_the_year_would_be_found_out_a_month_later() -> None:
    """Why months at the end wait: the page of March beside that of April would tell March."""
    table = [(6,), (7,), (2,)]
    assert join(table) == [Joined(0, 0, (6,)), Joined(1, 1, (7,))]
    assert join([*table, (4,)])[:2] == join(table), "what was shown stays as it was"


numbers = st.integers(0, 9) | st.integers(0, 40)
tables = st.integers(1, 3).flatmap(lambda n: st.lists(st.tuples(*[numbers] * n), min_size=1, max_size=12))


@given(tables)
def test_every_number_shown_is_nobody_or_at_least_five(table: Table) -> None:
    for rows in publish(table):
        assert all(may_be_shown(row.numbers) for row in rows)


@given(tables, st.data())
def test_what_is_shown_stays_when_months_are_added(table: Table, data: st.DataObject) -> None:
    seen = data.draw(st.integers(0, len(table)))
    for before, after in zip(publish(table[:seen]), publish(table), strict=True):
        assert after[: len(before)] == before


@given(tables)
def test_rows_follow_each_other_and_a_split_never_cuts_one(table: Table) -> None:
    units, split = publish(table)
    for rows in (units, split):
        assert [row.first for row in rows] == [0, *(row.last + 1 for row in rows)][: len(rows)]
    assert {row.last for row in split} <= {unit.last for unit in units}


@given(tables)
def test_whoever_knows_all_sums_cannot_pin_a_small_number(table: Table) -> None:
    """By the smallest and the largest value that a cell can have (the sums of a table leave nothing else open)."""
    units, split = publish(table)
    for row in split:
        inside = [unit for unit in units if row.first <= unit.first and unit.last <= row.last]
        everybody = sum(row.numbers)
        for unit in inside:
            (people,) = unit.numbers
            for answer, column in enumerate(row.numbers):
                least, most = max(0, people + column - everybody), min(people, column)
                true = sum(month[answer] for month in table[unit.first : unit.last + 1])
                assert least <= true <= most
                assert least < most or most == 0 or most >= 5
