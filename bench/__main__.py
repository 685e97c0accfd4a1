"""`python -m bench`: measure, print the tables, and fail when the first visit is too heavy."""

import argparse
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from bench import announcements, content, mail, scale, tables
from bench.booking import BASE, STEPS, crowd, one_booking, queries_of_steps, rush
from bench.browsers import queries_of
from bench.content import PLACES
from bench.database import Desk, commits
from bench.load import Load, Target, hammer
from bench.servers import PORTAL, Server, serving
from bench.visit import MOST, Piece, first_visit

CONNECTIONS = (1, 16)
CLIENTS = (1, 8, 32)
BUSY, MAIL_SLOTS = 8, 60


@dataclass(frozen=True)
class Effort:
    """How often and how long everything is measured."""

    rounds: int
    seconds: float


FULL, QUICK = Effort(rounds=5, seconds=1.2), Effort(rounds=3, seconds=0.3)


@dataclass(frozen=True)
class Page:
    """What is measured, under its name in the table."""

    name: str
    target: Target


@dataclass(frozen=True)
class Stand:
    """Three servers side by side, and what the portal's database holds."""

    hello: Server
    plain: Server
    portal: Server
    content: content.Content
    folder: Path


def main() -> int:
    """0, or 1 when the first visit is too heavy, or the calendar too slow with many bookings."""
    arguments = _arguments()
    if arguments.scale:
        return _scale(on_postgres=arguments.postgres)
    effort = QUICK if arguments.quick else FULL
    with ExitStack() as stack:
        _say("Preparing the database and three servers …")
        stand = _stand(stack, on_postgres=arguments.postgres)
        visit = first_visit(stand.portal)
        _print_pages(_pages(stand, visit), effort)
        _print_mail(stand, effort)  # first, while no letter of other rounds waits
        _print_bookings(stand, effort)
    print(tables.visit_table(visit) + "\n")
    print(tables.machine())
    return _verdict(visit)


def _scale(*, on_postgres: bool) -> int:
    _say(
        f"Filling two databases, with {scale.FEW:,} and {scale.MANY:,} slots, and two with as many announcements …"
    )
    found = 0
    for subject in (scale, announcements):
        with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
            found |= subject.compare(Path(folder), on_postgres=on_postgres)
    print(tables.machine())
    if found:
        _say("A page costs more with many than with few.")
    return found


def _verdict(visit: list[Piece]) -> int:
    size = sum(piece.size for piece in visit)
    if size > MOST:
        _say(f"The first visit is too heavy: {size:,} bytes, at most {MOST:,}.")
    return int(size > MOST)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench", description="Measure the portal.")
    parser.add_argument("--quick", action="store_true", help="a rough look, in about a minute")
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL instead of SQLite")
    parser.add_argument(
        "--scale",
        action="store_true",
        help="only the staff's calendar and announcements, with few and with many",
    )
    return parser.parse_args()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _stand(stack: ExitStack, *, on_postgres: bool) -> Stand:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="portal-bench-")))
    url, helpers = stack.enter_context(content.database(folder, on_postgres=on_postgres))
    content.configure(folder, url)
    filled = content.fill()
    hello = stack.enter_context(serving("bench.reference:hello()"))
    plain = stack.enter_context(serving("bench.reference:plain()"))
    return Stand(hello, plain, stack.enter_context(serving(PORTAL, *helpers)), filled, folder)


def _pages(stand: Stand, visit: list[Piece]) -> list[Page]:
    """H, P, the portal's pages, and those that a browser may ask for again."""
    style = next(piece.path for piece in visit if piece.path.endswith(".css"))
    paths = {
        "home": "/",
        "announcements": "/ogloszenia",
        "one announcement": f"/ogloszenia/{stand.content.slug}",
        "slots": f"{BASE}/termin",
        "style.css": style,
    }
    pages = [Page(name, Target(stand.portal, path)) for name, path in paths.items()]
    references = [Page("H  hello", Target(stand.hello, "/")), Page("P  plain page", Target(stand.plain, "/"))]
    return [*references, *pages, *_unchanged(pages)]


def _unchanged(pages: list[Page]) -> Iterator[Page]:
    for page in pages:
        etag = page.target.ask_once().header("etag")
        if etag:
            yield Page(f"{page.name}, 304", replace(page.target, status=304, etag=etag))


def _print_pages(pages: list[Page], effort: Effort) -> None:
    loads: dict[tuple[str, int], list[Load]] = defaultdict(list)
    for number in range(effort.rounds):
        _say(f"Pages, round {number + 1} of {effort.rounds} …")
        for page in pages:
            for connections in CONNECTIONS:
                loads[page.name, connections].append(hammer(page.target, connections, effort.seconds))
    one, many = CONNECTIONS
    bases = [loads[page.name, many] for page in pages[:2]]
    rows = [
        tables.page_cells(
            p.name, loads[p.name, one], loads[p.name, many], bases, p.target.ask_once(), _queries(p)
        )
        for p in pages
    ]
    print(tables.table(tables.PAGE_HEADING, rows) + "\n")


def _queries(page: Page) -> str:
    """Of pages that are made anew; the references and a static file are none of the database's business."""
    return "" if page.name[:2] in {"H ", "P "} or page.target.etag else str(queries_of(page.target.path))


def _print_bookings(stand: Stand, effort: Effort) -> None:
    wanted = stand.content.slots[: len(CLIENTS) * effort.rounds]
    own = stand.content.slots[len(wanted) : -MAIL_SLOTS]
    places, shared = iter(own * PLACES), iter(wanted)
    most = len(own) * PLACES // ((len(CLIENTS) + 1) * effort.rounds) - 2
    loads: dict[tuple[str, int], list[Load]] = defaultdict(list)
    with closing(Desk()) as desk:
        answers, queries, statements = (
            one_booking(stand.portal, places),
            queries_of_steps(places),
            desk.book(next(places)),
        )
        for number in range(effort.rounds):
            _say(f"Bookings, round {number + 1} of {effort.rounds} …")
            loads["alone", 1].append(desk.book_until_over(islice(places, most), effort.seconds))
            for clients in CLIENTS:
                loads["commit", clients].append(commits(stand.content.url, clients, effort.seconds))
                loads["own", clients].append(
                    crowd(stand.portal, islice(places, most), clients, 3 * effort.seconds)
                )
                won, lost = _rush(stand.portal, desk, next(shared), clients)
                loads["won", clients].append(won)
                loads["lost", clients].append(lost)
    print(tables.booking_table(loads, CLIENTS, statements) + "\n")
    print(tables.step_table(STEPS, answers, queries) + "\n")


def _print_mail(stand: Stand, effort: Effort) -> None:
    """Whether those who book notice that the mail server hangs."""
    places = iter(stand.content.slots[-MAIL_SLOTS:] * PLACES)
    loads: dict[str, list[Load]] = {"goes out": [], "hangs": []}
    with mail.silent() as silent:
        for number in range(effort.rounds):
            _say(f"Mail, round {number + 1} of {effort.rounds} …")
            for how, url in (("goes out", mail.willing(stand.folder)), ("hangs", silent)):
                with mail.delivering(url):
                    loads[how].append(crowd(stand.portal, places, BUSY, 3 * effort.seconds))
    print(tables.mail_table(loads) + "\n")


def _rush(portal: Server, desk: Desk, slot: int, clients: int) -> tuple[Load, Load]:
    """Twice as many visitors as places; every place is sold once, or the bench ends here."""
    won, lost = rush(portal, slot, 2 * PLACES, clients)
    stored, booked = desk.sold(slot)
    if not stored == booked == len(won.times) == PLACES:
        raise SystemExit(f"{len(won.times)} confirmed, {stored} stored and {booked} places sold of {PLACES}")
    return won, lost


if __name__ == "__main__":
    sys.exit(main())
