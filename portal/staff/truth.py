"""What may no longer be true: what ends soon, what nobody has checked for long, links and references that lead nowhere, and
amounts that have been overtaken. Nothing is stored: it is asked of the content on every look."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from portal import clock
from portal.announcements.models import current_texts, moved_to, published
from portal.benefits.models import Benefit, all_amounts, benefits
from portal.changes.models import is_stale
from portal.contacts.models import Contact, HelpLine, contacts, help_lines, register
from portal.front.models import menu_items, shortcuts
from portal.i18n import LANGUAGES
from portal.pages.models import texts_read
from portal.programmes.models import Programme, all_services, shown_programmes
from portal.web.references import unknown_in

SOON = timedelta(days=14)
AHEAD = timedelta(days=30)
LINK = re.compile(r"\]\((/[^)\s]*)")
BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s\N{NO-BREAK SPACE}](?=\d)")
MONEY = re.compile(r"(?<![\d,.])(\d+)(?:,(\d\d))?\s?zł")


@dataclass(frozen=True)
class Doubt:
    """One thing to look at: `what` names the reason, `detail` the piece in question, `url` where it is edited. `check` is the
    kind and number of what can be confirmed in one click."""

    what: str
    name: str
    url: str
    detail: str = ""
    day: date | None = None
    check: tuple[str, int] | None = None


@dataclass(frozen=True)
class Written:
    """A text that residents read, and where it is edited."""

    name: str
    url: str
    text: str


def doubts(now: datetime) -> list[Doubt]:
    """Everything to look at, the most pressing kinds first."""
    today, texts = clock.day_of(now), list(_texts(now))
    exists = Addresses(now)
    return [
        *_ending(now, today),
        *_without_amount(today),
        *(doubt for text in texts for doubt in _in_text(text, exists, today)),
        *_unchecked(today),
    ]


def _texts(now: datetime) -> Iterator[Written]:
    for page in texts_read():
        yield Written(page.title, url_for("panel.pages.edit", page_id=page.id), f"{page.lead}\n{page.body}")
    for item in current_texts(now):
        url = url_for("panel.announcements.edit", announcement_id=item.id)
        yield Written(item.title, url, f"{item.lead}\n{item.body}")
    for programme in shown_programmes():
        url = url_for("panel.programmes.edit", programme_id=programme.id)
        yield Written(programme.title, url, programme.as_found()[0].text)
    for benefit in benefits():
        url = url_for("panel.benefits.edit", benefit_id=benefit.id)
        yield Written(benefit.title, url, f"{benefit.summary}\n{benefit.body}")
    for part, rows in (("pozycja", menu_items()), ("skrot", shortcuts())):
        for row in rows:
            yield Written(row.label, url_for("panel.frame.edit", part=part, row_id=row.id), f"]({row.path})")


def _ending(now: datetime, today: date) -> Iterator[Doubt]:
    for item in current_texts(now):
        if item.valid_until <= today + SOON:
            url = url_for("panel.announcements.edit", announcement_id=item.id)
            yield Doubt("ends", item.title, url, day=item.valid_until)


def _without_amount(today: date) -> Iterator[Doubt]:
    """Benefits whose amount is over, or will soon be with none to follow (R31)."""
    for benefit in benefits():
        valid = benefit.amount_on(today)
        last = valid.valid_to if valid else today
        ends = last is not None and last <= today + AHEAD
        if benefit.amounts and ends and not benefit.amount_after(today):
            url = url_for("panel.benefits.new_amount", benefit_id=benefit.id)
            yield Doubt("amount_ends" if valid else "no_amount", benefit.title, url, day=last)


def _in_text(written: Written, exists: "Addresses", today: date) -> Iterator[Doubt]:
    for path in dict.fromkeys(LINK.findall(written.text)):
        if not exists.leads(path):
            yield Doubt("broken", written.name, written.url, path)
    for reference in unknown_in(written.text):
        yield Doubt("unknown", written.name, written.url, reference)
    for money in _overtaken(written.text, today):
        yield Doubt("overtaken", written.name, written.url, money)


def _overtaken(text: str, today: date) -> list[str]:
    """Amounts typed by hand that a benefit once had and has no longer."""
    old: set[Decimal] = set()
    valid: set[Decimal] = set()  # or will be
    for amounts in all_amounts().values():
        for _first, last, amount in amounts:
            (old if last is not None and last < today else valid).add(amount)
    typed = MONEY.findall(BETWEEN_DIGITS.sub("", text))
    found = {
        Decimal(f"{whole}.{rest or '00'}"): f"{whole}{',' + rest if rest else ''} zł" for whole, rest in typed
    }
    return [words for amount, words in found.items() if amount in old - valid]


def _unchecked(today: date) -> Iterator[Doubt]:
    register_rows: list[tuple[str, Contact | HelpLine]] = [("jednostka", unit) for unit in contacts()]
    register_rows += [("linia", line) for line in help_lines()]
    for what, row in register_rows:
        if row.is_stale(today):
            url = url_for("panel.register.edit", what=what, row_id=row.id)
            yield Doubt("unchecked", row.name, url, day=row.checked_on)
    for page in texts_read():
        changed = clock.day_of(page.changed_at)
        if is_stale(changed, page.checked_on, today=today):
            url = url_for("panel.pages.show", page_id=page.id)
            yield Doubt(
                "unchecked", page.title, url, day=page.checked_on or changed, check=("strona", page.id)
            )
    yield from _unchecked_facts(today)


def _unchecked_facts(today: date) -> Iterator[Doubt]:
    for benefit in benefits():
        yield from _if_stale(
            benefit, "swiadczenie", url_for("panel.benefits.edit", benefit_id=benefit.id), today
        )
    for programme in shown_programmes():
        url = url_for("panel.programmes.edit", programme_id=programme.id)
        yield from _if_stale(programme, "program", url, today)


def _if_stale(row: Benefit | Programme, kind: str, url: str, today: date) -> Iterator[Doubt]:
    changed = clock.day_of(row.changes[-1].at) if row.changes else None
    if is_stale(changed, row.checked_on, today=today):
        yield Doubt("unchecked", row.title, url, day=row.checked_on or changed, check=(kind, row.id))


class Addresses:
    """Which addresses of this portal lead somewhere."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._map = current_app.url_map.bind("")
        self._known: dict[str, set[str]] = {
            "pages.show": {page.path for page in texts_read()},
            "benefits.show": {benefit.slug for benefit in benefits()},
            "programmes.show": {programme.slug for programme in shown_programmes()},
            "booking.start": {service.code for service in all_services()},
            "contacts.card": set(register()),
        }

    def leads(self, link: str) -> bool:
        """Whether a visitor finds a page there."""
        path = urlsplit(link).path
        first, _, rest = path.removeprefix("/").partition("/")
        try:
            endpoint, values = self._map.match(f"/{rest}" if first in LANGUAGES else path, method="GET")
        except RequestRedirect:
            return True
        except HTTPException:
            return False
        return self._has(endpoint, values)

    def _has(self, endpoint: str, values: Mapping[str, Any]) -> bool:
        if endpoint == "announcements.show":
            slug = values["slug"]
            return bool(published(slug, self._now) or moved_to(slug, self._now))
        known = self._known.get(endpoint)
        return known is None or str(next(iter(values.values()), "")) in known
