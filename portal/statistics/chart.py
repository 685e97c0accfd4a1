"""Where the bars of a figure lie: a line for each row, drawn without a script and without inline style."""

from dataclasses import dataclass

from portal.statistics.models import Figure, Row

WIDTH, LABEL, NUMBER, LINE, BAR = 360, 64, 44, 30, 20


@dataclass(frozen=True)
class Bar:
    """One part of a line; `part` is its number, which says how it is filled."""

    x: float
    width: float
    part: int


@dataclass(frozen=True)
class Line:
    """One row: where it begins, its bars, and where its number stands."""

    row: Row
    y: int
    bars: list[Bar]
    end: float


@dataclass(frozen=True)
class Chart:
    """The picture of a figure, in units of its own: it is scaled to the page."""

    height: int
    lines: list[Line]
    width: int = WIDTH
    bar: int = BAR


def chart_of(figure: Figure) -> Chart:
    """Horizontal bars, the longest as wide as there is room."""
    longest = max((row.total for row in figure.rows), default=0) or 1
    scale = (WIDTH - LABEL - NUMBER) / longest
    lines = [_line(row, number * LINE, scale) for number, row in enumerate(figure.rows)]
    return Chart(len(lines) * LINE, lines)


def _line(row: Row, y: int, scale: float) -> Line:
    bars, x = [], float(LABEL)
    for part, number in enumerate(row.numbers):
        if number:
            bars.append(Bar(round(x, 1), round(number * scale, 1), part))
        x += number * scale
    return Line(row, y, bars, round(x + 6, 1))
