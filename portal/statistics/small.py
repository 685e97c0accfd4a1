"""No number that is about one to four people is shown, and none can be computed from what is shown.

The rule. A table has a row for each month and a column for each answer, and every person is in exactly one cell. Instead
of hiding cells, months are joined: from the first month on, neighbours become one row until each of its numbers is
nobody or five and more. A row that is closed never changes because of later months, so that nothing can be learnt by
comparing the page of today with that of last month. Months at the end that are not enough for a row wait for more.

Why it holds. What is shown are the sums of rows and columns of a table, each of them nobody or at least five. Where two
columns and two rows have somebody in them, a person can always change places with another one and no sum tells; where
there is only one, its cells are the sums themselves. Therefore

- the rows of a table that splits the talks of another one are joined from the rows of that one, never across them, and an
  answer that is not shown but can be found by subtracting counts like one that is;
- only months that are over are counted, so that no single talk can be seen to arrive;
- nothing is summed over services: each of them is published alone, and no total leads from one to another.

The test tries every small table, and for large ones asks what somebody could know who has read everything.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

FEWEST = 5

Numbers = tuple[int, ...]


@dataclass(frozen=True)
class Joined:
    """Months, or rows of another table, that are shown as one: `first` and `last` of them, both included."""

    first: int
    last: int
    numbers: Numbers


def join(rows: Sequence[Numbers]) -> list[Joined]:
    """The rows that may be shown, in order; what is left over at the end is not among them."""
    return list(_joined(rows))


def _joined(rows: Sequence[Numbers]) -> Iterator[Joined]:
    begin = 0
    for number in range(len(rows)):
        sums = summed(rows[begin : number + 1])
        if may_be_shown(sums):
            yield Joined(begin, number, sums)
            begin = number + 1


def may_be_shown(numbers: Numbers) -> bool:
    """Whether each number is about nobody, or about five people and more."""
    return all(number == 0 or number >= FEWEST for number in numbers)


def summed(rows: Sequence[Numbers]) -> Numbers:
    """The sums of the columns."""
    return tuple(sum(column) for column in zip(*rows, strict=True))


def join_within(rows: Sequence[Numbers], units: Sequence[Joined]) -> list[Joined]:
    """The same for a table that splits the people of `units`: its rows are joined from theirs, never across them."""
    inner = [summed(rows[unit.first : unit.last + 1]) for unit in units]
    return [Joined(units[j.first].first, units[j.last].last, j.numbers) for j in join(inner)]
