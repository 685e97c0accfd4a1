"""A whole booking, as a browser without scripts makes it."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

from bench.browsers import Browser, Inside, OnTheWire
from bench.load import Answer, Load, repeated, together
from bench.servers import Server

BASE = "/umow-rozmowe/a1"
PERSON = {"name": "Jan", "channel": "email", "email": "jan@example.com", "phone": ""}
STEPS = (
    "read start",
    "read slots",
    "send slot",
    "read needs",
    "send needs",
    "read contact",
    "send contact",
    "read check",
    "send check",
    "read done",
)
TOKEN = re.compile(rb'<input[^>]*name="csrf_token"[^>]*value="([^"]+)"')


class Taken(Exception):
    """Others had the last place."""


def book(browser: Browser, slot: int) -> list[Answer]:
    """The answers to all STEPS. Raises `Taken`."""
    start = _read(browser, "")
    slots = _read(browser, "/termin")
    sent_slot = _send(browser, "/termin", slots, {"slot": str(slot)})
    needs = _read(browser, "/potrzeby")
    sent_needs = _send(browser, "/potrzeby", needs, {})
    contact = _read(browser, "/kontakt")
    sent_contact = _send(browser, "/kontakt", contact, PERSON)
    check = _read(browser, "/sprawdz")
    sent_check = _send(browser, "/sprawdz", check, {})
    return [
        start,
        slots,
        sent_slot,
        needs,
        sent_needs,
        contact,
        sent_contact,
        check,
        sent_check,
        _read(browser, "/potwierdzenie"),
    ]


def _read(browser: Browser, path: str) -> Answer:
    return _checked(browser.open(BASE + path), 200, path)


def _send(browser: Browser, path: str, page: Answer, typed: dict[str, str]) -> Answer:
    token = TOKEN.search(page.text)
    assert token, f"{path} has no form"
    return _checked(browser.open(BASE + path, {"csrf_token": token[1].decode()} | typed), 303, path)


def _checked(answer: Answer, status: int, path: str) -> Answer:
    if answer.status == 409:
        raise Taken
    if answer.status != status:
        raise SystemExit(f"{BASE}{path}: {answer.status} instead of {status}")
    return answer


def one_booking(server: Server, places: Iterator[int]) -> list[Answer]:
    """The answers of one booking on the wire."""
    browser = OnTheWire(server.port)
    try:
        return book(browser, next(places))
    finally:
        browser.close()


def queries_of_steps(places: Iterator[int]) -> list[int]:
    """The SQL queries of each step, in this process."""
    browser = Inside()
    try:
        book(browser, next(places))
    finally:
        browser.close()
    return browser.queries


def crowd(server: Server, places: Iterator[int], clients: int, seconds: float) -> Load:
    """Some clients book, one talk after another, until the time is over or no place is left."""
    return together(lambda until: _book_until(until, server.port, places), clients, seconds, server.cpu)


def _book_until(until: float, port: int, places: Iterator[int]) -> list[float]:
    browser = OnTheWire(port)
    try:
        return repeated(lambda: _book_as_somebody_new(browser, next(places)), until)
    finally:
        browser.close()


def _book_as_somebody_new(browser: OnTheWire, slot: int) -> None:
    browser.forget()
    book(browser, slot)


def rush(server: Server, slot: int, visitors: int, clients: int) -> tuple[Load, Load]:
    """The whole bookings of those who get a place in this slot, and the last page of those who do not; all the
    server's time is counted for the bookings."""
    before, begun = server.cpu(), perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        visits = list(pool.map(lambda _visitor: _try_to_book(server.port, slot), range(visitors)))
    wall, cpu = perf_counter() - begun, server.cpu() - before
    won = [seconds for is_booked, seconds in visits if is_booked]
    lost = [seconds for is_booked, seconds in visits if not is_booked]
    return Load(won, wall, cpu), Load(lost, wall, 0)


def _try_to_book(port: int, slot: int) -> tuple[bool, float]:
    """Whether there was a place, and how long the booking took or the page that says no."""
    browser, begun = OnTheWire(port), perf_counter()
    try:
        book(browser, slot)
    except Taken:
        return False, browser.took
    else:
        return True, perf_counter() - begun
    finally:
        browser.close()
