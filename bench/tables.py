"""What a run has found, in columns."""

import os
import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median

from bench.load import Answer, Load
from bench.visit import MOST, Piece

Cells = Sequence[str]


def table(heading: Cells, rows: Iterable[Cells]) -> str:
    """The first column to the left, numbers to the right."""
    lines = [heading, *rows]
    widths = [max(len(line[n]) for line in lines) for n in range(len(heading))]
    aligned = [_aligned(line, widths) for line in lines]
    return "\n".join([aligned[0], "-" * len(aligned[0]), *aligned[1:]])


def _aligned(line: Cells, widths: Sequence[int]) -> str:
    name, *numbers = (cell.rjust(width) for cell, width in zip(line, widths, strict=True))
    return "  ".join([name.strip().ljust(widths[0]), *numbers]).rstrip()


def mid(loads: Sequence[Load], of: Callable[[Load], float]) -> float:
    """The median of the rounds."""
    return median(of(load) for load in loads)


def ratio(loads: Sequence[Load], base: Sequence[Load], of: Callable[[Load], float]) -> str:
    """The median of what each round says."""
    return f"{median(of(load) / of(other) for load, other in zip(loads, base, strict=True)):.2f}"


def speeds(loads: Sequence[Load]) -> list[str]:
    """Per second, p50, p99."""
    return [
        f"{mid(loads, lambda load: load.per_second):,.0f}",
        f"{mid(loads, lambda load: load.p50):.1f}",
        f"{mid(loads, lambda load: load.p99):.1f}",
    ]


def cpu(loads: Sequence[Load]) -> str:
    """Milliseconds of the server's processor time."""
    return f"{mid(loads, lambda load: load.cpu_each):.2f}"


PAGE_HEADING = [
    "page",
    "RPS 1",
    "p50",
    "p99",
    "RPS 16",
    "p50",
    "p99",
    "CPU ms",
    "CPU/H",
    "CPU/P",
    "RPS/H",
    "RPS/P",
    "bytes",
    "SQL",
]


def page_cells(
    name: str,
    alone: Sequence[Load],
    busy: Sequence[Load],
    bases: Sequence[Sequence[Load]],
    answer: Answer,
    queries: str,
) -> Cells:
    """A line of the table of pages; `bases` are H and P under the same load."""
    ratios = [ratio(busy, base, lambda load: load.cpu_each) for base in bases]
    ratios += [ratio(busy, base, lambda load: load.per_second) for base in bases]
    return [name, *speeds(alone), *speeds(busy), cpu(busy), *ratios, f"{answer.size:,}", queries]


BOOKING_HEADING = ["bookings", "per second", "p50 ms", "p99 ms", "commits", "CPU ms", "made", "SQL"]
BOOKING_ROWS = {
    "commit": "single-row commits",
    "alone": "booking transaction alone",
    "own": "whole booking, free slots",
    "won": "whole booking, one slot for all",
    "lost": "the page that says it is taken",
}


def booking_table(loads: Mapping[tuple[str, int], Sequence[Load]], counts: Iterable[int], sql: int) -> str:
    """Bookings beside the database's own commits, by how many at once; `sql` statements are in one transaction."""
    rows = [
        _booking_cells(what, clients, loads, str(sql) if what == "alone" else "")
        for clients in counts
        for what in BOOKING_ROWS
        if (what, clients) in loads
    ]
    return table(BOOKING_HEADING, rows)


def _booking_cells(
    what: str, clients: int, loads: Mapping[tuple[str, int], Sequence[Load]], sql: str
) -> Cells:
    """`commits` are those that the database makes in the time of one."""
    mine, made = loads[what, clients], sum(len(load.times) for load in loads[what, clients])
    name = f"{clients} at once: {BOOKING_ROWS[what]}"
    if what == "lost":  # its share of the time of all is not known
        return [name, "", *speeds(mine)[1:], "", "", f"{made:,}", ""]
    if what == "commit":
        return [name, *speeds(mine), "", "", f"{made:,}", ""]
    commits = ratio(loads["commit", clients], mine, lambda load: load.per_second)
    return [name, *speeds(mine), commits, cpu(mine), f"{made:,}", sql]


def mail_table(loads: Mapping[str, Sequence[Load]]) -> str:
    """Bookings while letters go out, and while the mail server hangs."""
    calm = loads["goes out"]
    rows = [
        [
            f"mail {how}",
            *speeds(each),
            f"{mid(each, lambda load: load.p95):.1f}",
            ratio(each, calm, lambda load: load.p95),
        ]
        for how, each in loads.items()
    ]
    return table(
        ["whole bookings, 8 at once", "per second", "p50 ms", "p99 ms", "p95 ms", "ratio of p95"], rows
    )


def step_table(steps: Sequence[str], answers: Sequence[Answer], queries: Sequence[int]) -> str:
    """Where the bytes and the queries of a booking are."""
    rows = [[step, f"{a.size:,}", str(n)] for step, a, n in zip(steps, answers, queries, strict=True)]
    rows.append([f"{len(steps)} requests", f"{sum(a.size for a in answers):,}", str(sum(queries))])
    return table(["a booking, step by step", "bytes", "SQL"], rows)


def visit_table(pieces: Sequence[Piece]) -> str:
    """The bytes of a first visit."""
    rows = [[piece.path, f"{piece.head:,}", f"{piece.body:,}", f"{piece.size:,}"] for piece in pieces]
    sums = [sum(p.head for p in pieces), sum(p.body for p in pieces), sum(p.size for p in pieces)]
    rows.append([f"{len(pieces)} requests, at most {MOST:,}", *(f"{total:,}" for total in sums)])
    return table(["first visit to the home page", "headers", "body", "bytes"], rows)


def machine() -> str:
    """Where this was measured."""
    cpuinfo = Path("/proc/cpuinfo").read_text()
    model = next(
        (line.partition(": ")[2] for line in cpuinfo.splitlines() if line.startswith("model name")), "?"
    )
    busy = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    python = platform.python_version()
    return f"{os.cpu_count()} cores ({model}), {platform.system()} {platform.release()}, Python {python}, load average {busy}"
