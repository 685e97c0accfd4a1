"""A whole booking, as a browser without scripts makes it."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

from bench.browsers import Browser, Inside, OnTheWire
from bench.load import Answer, Load
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


def book(browser: Browser, slot: int) -> list[Answer]:
    """The answers to all STEPS."""
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
    before, begun = server.cpu(), perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        runs = list(
            pool.map(lambda _client: _keep_booking(server.port, places, begun + seconds), range(clients))
        )
    wall = perf_counter() - begun
    return Load([time for run in runs for time in run], wall, server.cpu() - before)


def _keep_booking(port: int, places: Iterator[int], until: float) -> list[float]:
    browser, times = OnTheWire(port), []
    now = perf_counter()
    while now < until and (slot := next(places, None)) is not None:
        book(browser, slot)
        times.append(-now + (now := perf_counter()))
        browser.forget()
    browser.close()
    return times
