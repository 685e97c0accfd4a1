"""Nasty inputs into every form and every question, as visitor and as staff: no page breaks, none is slow, none shows SQL (S21)."""

import os
import random
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from io import BytesIO
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Engine
from time_machine import Traveller
from werkzeug.test import TestResponse

from portal.booking.models import Place
from portal.db import db
from tests import test_access_requests, test_booking_pages, test_foster
from tests.browser.test_every_page import STAFF
from tests.client import Client, Values, values_of
from tests.conftest import Figure, browse, free_slots, signed_in
from tests.parts import files, html
from tests.parts.filled import fill
from tests.parts.hostile import HOSTILE
from tests.test_crawl import crawl

SLOWEST = 3
PATIENCE = 16 * 60  # until a wrong password, of which many are sent, no longer counts
MADE_UP, QUOTES = "madeup", "<-'\\\";--"
HUGE = "9" * 20
QUESTIONS = ["q", "od", "do", "kategoria", "po", "strona"]
DOORS = {  # where no link leads
    "": (
        *("/umow-rozmowe/a1/potrzeby", "/umow-rozmowe/a1/kontakt", "/umow-rozmowe/a1/sprawdz"),
        *("/moja-rezerwacja/termin", "/moja-rezerwacja/zmien", "/moja-rezerwacja/kontakt"),
        *("/moja-rezerwacja/odwolaj", "/moje-zgloszenie/stan", "/moje-zgloszenie/kontakt"),
        *("/moje-zgloszenie/wycofaj", "/moje-zgloszenie/usun", "/moj-wniosek/stan", "/moj-wniosek/wycofaj"),
        *("/umow-rozmowe/a1/lista", "/panel/logowanie", "/panel/logowanie/zapomniane"),
    ),
    "administrator": STAFF,
}
LIVE = re.compile(r"<[^<>]*(?:window\.ran|\bhx-on)|<script[^>]*>[^<]*window\.ran")  # outside of quoted values
LEADS = re.compile(r'\b(?:href|src|action|formaction)="\s*(?:javascript|data):')
ROW = re.compile(r"[0-9]+")
QUOTED = re.compile(r'"[^"]*"')
FIELDS = (
    "Origin",
    "Referer",
    "Accept-Language",
    "Accept-Encoding",
    "Cookie",
    "Range",
    "If-None-Match",
    "HX-Request",
)
TOLD = re.compile(
    r"Traceback \(most recent|sqlalchemy\.exc|psycopg\.|sqlite3\.|\bSELECT .+ FROM |\bINSERT INTO |UNIQUE constraint"
)
NASTY = [
    *HOSTILE,
    *(
        "",
        " ",
        "\0",
        "a\0b",
        "\x1f",
        "\r\n\r\nX: y",
        "\N{ZERO WIDTH SPACE}",
        "\N{RIGHT-TO-LEFT OVERRIDE}x",
        "\ufffe",
        "\U0010ffff",
    ),
    *(
        "\udc80".encode("utf-8", "surrogatepass").decode("latin-1"),
        "%00",
        "%",
        "%s%s%n",
        "{}",
        "{0}",
        "[]",
        "../../etc/passwd",
    ),
    *(
        "0",
        "-1",
        "1e9",
        "NaN",
        "inf",
        HUGE,
        "9" * 400,
        "0x10",
        "١٢٣",
        "1,5",
        "1_000",
        "½",
        "True",
        "None",
        "null",
    ),
    *("2026-02-30", "9999-12-31", "0001-01-01", "2027-03-28", "24:00", "02:30", "99:99", "2026-12-01T10:00"),
    *(
        "' OR 1=1 --",
        "'; DROP TABLE slot; --",
        "\\",
        '"',
        "a'b",
        "*",
        "a* OR b",
        "NEAR(a b)",
        '"a',
        "a AND",
        "-a",
        "(",
        "col:x",
    ),
    *(
        "a" * 5000,
        "ą" * 4000,
        "👩‍👩‍👧" * 300,
        "\n" * 3000,
        "*" * 3000,
        "[" * 2000,
        "> " * 1000,
        "| " * 1000,
        "`" * 999,
        "(a" * 1500,
    ),
    *(
        "ala@",
        "@example.com",
        "a@b@c",
        "a" * 300 + "@example.com",
        "+48",
        "+48 512 345 678 901",
        "112",
        "tel:112",
        "javascript:1",
    ),
    *("{kwota: x}", "{telefon: x}", "{zaproszenie: x}", "{kwota:", "{{7*7}}", "=1+1", "@SUM(1)", "\t=1"),
]


class Fuzzer:
    """Somebody with a bad intent, a browser, and dice, at a portal in the middle of its work. A visitor comes by turns with everything
    sent that can be, and with a booking on the way."""

    def __init__(self, app: Flask, role: str, seed: int, clock: Traveller) -> None:
        fill(app)
        if not role:
            _make_room(app)
        self._app, self._role, self._dice, self._clock = app, role, random.Random(seed), clock
        self._visits = count()
        self._client = self._come()
        self.addresses = list(dict.fromkeys([*self._found("/panel" if role else "/"), *DOORS.get(role, ())]))
        self.slowest = (0.0, "")
        self.codes: dict[int, int] = {}

    def _come(self) -> Client:
        self._clock.shift(PATIENCE)
        client = signed_in(self._app, self._role) if self._role else browse(self._app)
        if not self._role:
            (_on_the_way if next(self._visits) % 2 else _all_sent)(client)
        client.checks = False  # the other tests look at pages
        return client

    def _found(self, start: str) -> Iterator[str]:
        for address, answer in crawl(self._client, start, 1):
            answer.close()
            yield address

    def attack(self, times: int) -> None:
        """Come some times, and open pages, and send each form that they show with something nasty in it, until so many inputs were
        sent."""
        sent, visits = 0, max(2, times // 500)
        for visit in range(1, visits + 1):
            self._client = self._come()
            while sent < times * visit // visits:
                sent += self._try_somewhere()
        for address in self.addresses:  # what was kept is read later, too
            self._open("GET", address).close()

    def _try_somewhere(self) -> int:
        """How many inputs were sent."""
        address = self._dice.choice(self.addresses)
        if self._dice.random() < 0.3:
            self._send("GET", self._question(address))
            return 1
        forms = list(self._forms(address))
        for path, values in forms:
            for _ in range(3):
                self._send("POST", path, self._spoilt(values))
        return 3 * len(forms)

    def spoil_one_by_one(self) -> int:
        """Send each kind of form without each of its fields in turn, with something made up in each of them, and with a number
        that no table holds, all others filled, and ask each kind of question with what is made up; how many were sent."""
        sent = 0
        for address in self.addresses:
            for name in parse_qs(urlsplit(address).query) or QUESTIONS[:1]:
                self._send("GET", f"{urlsplit(address).path}?{name}={_quoted(MADE_UP + QUOTES)}")
        for path, values in self.kinds_of_forms():
            for spoilt in _spoilt_each(values):
                self._send("POST", path, {name: self._whole(value) for name, value in spoilt.items()})
                sent += 1
        return sent

    def kinds_of_forms(self) -> Iterator[tuple[str, Values]]:
        """One of each kind of form, as it comes."""
        known: set[tuple[str, ...]] = set()
        for address in self.addresses:
            for path, values in list(self._forms(address)):
                kind = (ROW.sub("0", urlsplit(path).path), *sorted(values))
                if kind not in known:
                    known.add(kind)
                    yield path, values

    def open(self, address: str, values: Values | None = None) -> int:
        """Look at a page, or send a form as it is, with a file where it takes one; the status of the answer."""
        sent = {name: self._whole(value) for name, value in (values or {}).items()}
        answer = self._open("GET" if values is None else "POST", address, sent)
        answer.close()
        return answer.status_code

    def _question(self, address: str) -> str:
        path, query = urlsplit(address).path, urlsplit(address).query
        names = [part.partition("=")[0] for part in query.split("&") if part] or QUESTIONS
        if self._dice.random() < 0.3:
            return path.rstrip("/") + "/" + _quoted(self._nasty())
        return f"{path}?{self._dice.choice(names)}={_quoted(self._nasty())}"

    def _forms(self, address: str) -> Iterator[tuple[str, Values]]:
        answer = self._open("GET", address)
        if answer.mimetype != "text/html" or answer.status_code != 200:
            answer.close()
            return
        for form in html.parse(answer.get_data()).all("form"):
            if form.get("method") == "post" and "wyloguj" not in form.get("action", ""):
                inputs = list(form.iter("input"))
                self._dice.shuffle(inputs)
                uploads = {each.get("name", ""): "file" for each in inputs if each.get("type") == "file"}
                ticked = {
                    each.get("name", ""): each.get("value", "on")
                    for each in inputs
                    if each.get("type") in {"radio", "checkbox"}
                }
                actions = [each.get("formaction", "") for each in form.iter("button")]
                for action in dict.fromkeys([form.get("action") or address, *filter(None, actions)]):
                    yield unescape(action), ticked | values_of(form) | uploads

    def _spoilt(self, values: Values) -> Values:
        names = [name for name in values if name != "csrf_token"] or ["x"]
        chosen = self._dice.sample(names, self._dice.randint(1, min(3, len(names))))
        more = (
            {"role": "administrator", "is_admin": "1", "status": "attended"}
            if self._dice.random() < 0.1
            else {}
        )
        spoilt = values | more | {name: self._nasty() for name in chosen}
        if self._dice.random() < 0.1:
            del spoilt[self._dice.choice(list(spoilt))]
        if self._dice.random() < 0.1:
            spoilt[chosen[0]] = [self._nasty(), self._nasty()]
        return {name: self._whole(value) for name, value in spoilt.items()}

    def _whole(self, value: Any) -> Any:
        return self._file() if value == "file" else value

    def _file(self) -> tuple[BytesIO, str]:
        begun = self._dice.choice(
            [b"", files.MP4, b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBP"]
        )
        return BytesIO(begun + self._nasty().encode("utf-8", "replace")), self._line(200)

    def _line(self, most: int) -> str:
        """What a server lets through in one line."""
        return "".join(c for c in self._nasty() if c.isprintable())[:most]

    def _nasty(self) -> str:
        return (
            self._dice.choice(NASTY)
            if self._dice.random() < 0.9
            else self._dice.choice(NASTY) + self._dice.choice(NASTY)
        )

    def _send(self, method: str, address: str, values: Values | None = None) -> None:
        headers = {}
        if self._dice.random() < 0.1:
            nasty = self._line(500).encode("utf-8").decode("latin-1")
            headers = {self._dice.choice(FIELDS): nasty}
        answer = self._open(method, address, values, headers)
        answer.close()
        if self._role and "/panel/logowanie" in (answer.location or ""):  # signed out by what was sent
            self._client = self._come()

    def _open(
        self, method: str, address: str, values: Values | None = None, headers: dict[str, str] | None = None
    ) -> TestResponse:
        self._clock.shift(0.01)
        begun = time.thread_time()  # others may keep this machine busy
        answer = self._client.open(address, method=method, data=values, headers=headers)
        what = f"{method} {address[:200]} {values} {headers}"
        self.slowest = max(self.slowest, (time.thread_time() - begun, what))
        self.codes[answer.status_code] = self.codes.get(answer.status_code, 0) + 1
        assert answer.status_code < 500, what
        if answer.mimetype == "text/html":
            page = answer.get_data(as_text=True)
            assert not TOLD.search(page), what
            assert not LIVE.search(QUOTED.sub('""', page)), what
            assert not LEADS.search(page), what
        return answer


def _make_room(app: Flask) -> None:
    """So many places that none of the bookings is refused for want of one."""
    with app.app_context():
        slot_id = free_slots()[0]
        db.session.add_all(Place(slot_id=slot_id, ordinal=100 + number) for number in range(1000))
        db.session.commit()


def _all_sent(client: Client) -> None:
    test_booking_pages.book(client)
    test_foster.ask(client)
    test_access_requests.ask(client)


def _on_the_way(client: Client) -> None:
    page = client.submit(test_booking_pages.choose_again(client), "Dalej")
    client.submit(page, "Dalej", name="Ktoś", **test_booking_pages.EMAIL)


@contextmanager
def statements_with(typed: str) -> Iterator[dict[str, list[str]]]:
    """The statements that the database is asked meanwhile with something typed `in` their text, and `beside` it."""
    found: dict[str, list[str]] = {"in": [], "beside": []}

    def look(_connection: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        if typed in statement:
            found["in"].append(statement)
        if typed in str(values):
            found["beside"].append(statement)

    event.listen(Engine, "before_cursor_execute", look)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", look)


def _spoilt_each(values: Values) -> Iterator[Values]:
    filled = {name: value or "x" for name, value in values.items()}
    for name in sorted(values.keys() - {"csrf_token"}):
        yield {other: values[other] for other in sorted(values.keys() - {name})}
        yield filled | {name: MADE_UP + QUOTES}
        yield filled | {name: HUGE}
    yield {"csrf_token": values.get("csrf_token", "")}


def _quoted(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))[:1500]


def attack(app: Flask, role: str, seed: int, times: int, clock: Traveller) -> Fuzzer:
    app.config["LIMITS"] = False  # whoever attacks alone would only read that they are too many
    fuzzer = Fuzzer(app, role, seed, clock)
    fuzzer.attack(times)
    return fuzzer


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("role", ["", "editor", "administrator"])
def test_a_hundred_nasty_inputs_are_answered_in_words(app: Flask, role: str, frozen: Traveller) -> None:
    assert len(attack(app, role, 4, 100, frozen).addresses) > 20


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("role", ["", "interviewer", "foster_team", "administrator"])
def test_a_form_that_lacks_a_field_or_has_one_made_up_is_answered_in_words(
    app: Flask, role: str, frozen: Traveller
) -> None:
    """One after the other, and all of them; no page of ours sends that, and whoever does meets no error, and puts nothing into a
    statement: what the database learns of it, it learns beside the statement (S23)."""
    app.config["LIMITS"] = False
    fuzzer = Fuzzer(app, role, 5, frozen)
    with statements_with(MADE_UP) as found:
        assert fuzzer.spoil_one_by_one() > 40
    assert found["in"] == []
    assert found["beside"]


@pytest.mark.torture
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("role", ["", "editor", "administrator"])
def test_ten_thousand_nasty_inputs_are_answered_in_words(
    app: Flask, role: str, seed: int, kind: str, frozen: Traveller, figure: Figure
) -> None:
    times = int(os.environ.get("NASTY_INPUTS", "10000"))
    done = attack(app, role, seed, times, frozen)
    answers = ", ".join(f"{count} × {code}" for code, count in sorted(done.codes.items()))
    who = f"S21 {role or 'visitor'}, seed {seed}, {kind}"
    figure(f"{who}: {times} inputs", "0 × 5xx", answers)
    took, what = done.slowest
    figure(f"{who}: slowest", f"≤ {SLOWEST} s", f"{took:.2f}")
    assert took < SLOWEST, what
