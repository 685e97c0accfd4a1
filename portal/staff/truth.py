"""What may no longer be true: what ends soon, what nobody has checked for long, links and references that lead nowhere, and
amounts that have been overtaken. Nothing is stored: it is asked of the content on every look."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from flask import url_for

from portal import clock
from portal.announcements.models import current_texts
from portal.benefits.models import Benefit, all_amounts, benefits
from portal.changes.models import is_stale, last_changes
from portal.contacts.models import Contact, HelpLine, contacts, help_lines
from portal.front.destinations import Destinations, destinations
from portal.front.models import logos, menu_items, shortcuts
from portal.pages.models import asked_for, texts_read
from portal.programmes.models import Programme, shown_programmes
from portal.staff.barriers import reasons
from portal.web.references import unknown_in

SOON = timedelta(days=14)
AHEAD = timedelta(days=30)
LINK = re.compile(r"\]\((/[^)\s]*)")
BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s\N{NO-BREAK SPACE}](?=\d)")
MONEY = re.compile(r"(?<![\d,.])(\d+)(?:,(\d\d))?\s?zł")
STATEMENT = "Deklaracja dostępności"


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


class Content:
    """What residents read at a moment, asked for once for all questions about it."""

    def __init__(self, now: datetime) -> None:
        self.now, self.today = now, clock.day_of(now)
        self.pages = texts_read()
        self.announcements = current_texts(now)
        self.programmes = shown_programmes()
        self.benefits = benefits()
        self.changes = last_changes()
        self.logos = logos()

    def changed_on(self, row: Benefit | Programme) -> date | None:
        """When its facts last changed, if they ever did."""
        at = self.changes.get((row.__tablename__, row.id))
        return clock.day_of(at) if at else None


def doubts(now: datetime) -> list[Doubt]:
    """Everything to look at, the most pressing kinds first."""
    content = Content(now)
    exists = destinations(
        now,
        pages={asked_for(page) for page in content.pages},
        benefits={benefit.slug for benefit in content.benefits},
        programmes={programme.slug for programme in content.programmes},
    )
    return [
        *_of_the_statement(),
        *_ending(content),
        *_without_amount(content),
        *(doubt for text in _texts(content) for doubt in _in_text(text, exists, content.today)),
        *_without_picture(content),
        *_unchecked(content),
    ]


def _texts(content: Content) -> Iterator[Written]:
    for page in content.pages:
        yield Written(
            page.title,
            url_for("panel.pages.edit", page_id=page.id),
            f"{page.lead}\n{page.body}\n{page.easy_text}",
        )
    for item in content.announcements:
        url = url_for("panel.announcements.edit", announcement_id=item.id)
        yield Written(item.title, url, f"{item.lead}\n{item.body}\n{item.easy_text}")
    for programme in content.programmes:
        url = url_for("panel.programmes.edit", programme_id=programme.id)
        yield Written(programme.title, url, programme.as_found()[0].text)
    for benefit in content.benefits:
        url = url_for("panel.benefits.edit", benefit_id=benefit.id)
        yield Written(benefit.title, url, f"{benefit.summary}\n{benefit.body}")
    for part, rows in (("pozycja", menu_items()), ("skrot", shortcuts()), ("logo", content.logos)):
        for row in rows:
            yield Written(row.label, url_for("panel.frame.edit", part=part, row_id=row.id), f"]({row.path})")


def _of_the_statement() -> Iterator[Doubt]:
    url = url_for("panel.statement.index")
    yield from (Doubt(what, STATEMENT, url, day=day) for what, day in reasons())


def _ending(content: Content) -> Iterator[Doubt]:
    for item in content.announcements:
        if item.valid_until <= content.today + SOON:
            url = url_for("panel.announcements.edit", announcement_id=item.id)
            yield Doubt("ends", item.title, url, day=item.valid_until)


def _without_amount(content: Content) -> Iterator[Doubt]:
    """Benefits whose amount is over, or will soon be with none to follow (R31)."""
    today = content.today
    for benefit in content.benefits:
        valid = benefit.amount_on(today)
        last = valid.valid_to if valid else today
        ends = last is not None and last <= today + AHEAD
        if benefit.amounts and ends and not benefit.amount_after(today):
            url = url_for("panel.benefits.new_amount", benefit_id=benefit.id)
            yield Doubt("amount_ends" if valid else "no_amount", benefit.title, url, day=last)


def _in_text(written: Written, exists: Destinations, today: date) -> Iterator[Doubt]:
    for path in dict.fromkeys(LINK.findall(written.text)):
        if not exists.leads(path):
            yield Doubt("broken", written.name, written.url, path)
    for reference in unknown_in(written.text):
        yield Doubt("unknown", written.name, written.url, reference)
    for money in _overtaken(written.text, today):
        yield Doubt("overtaken", written.name, written.url, money)


def _without_picture(content: Content) -> Iterator[Doubt]:
    for logo in content.logos:
        if logo.medium.removed_at:
            url = url_for("panel.frame.edit", part="logo", row_id=logo.id)
            yield Doubt("no_file", logo.label, url)


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


def _unchecked(content: Content) -> Iterator[Doubt]:
    register_rows: list[tuple[str, Contact | HelpLine]] = [("jednostka", unit) for unit in contacts()]
    register_rows += [("linia", line) for line in help_lines()]
    for what, row in register_rows:
        if row.is_stale(content.today):
            url = url_for("panel.register.edit", what=what, row_id=row.id)
            yield Doubt("unchecked", row.name, url, day=row.checked_on)
    for page in content.pages:
        changed = clock.day_of(page.changed_at)
        if is_stale(changed, page.checked_on, today=content.today):
            url = url_for("panel.pages.show", page_id=page.id)
            yield Doubt(
                "unchecked", page.title, url, day=page.checked_on or changed, check=("strona", page.id)
            )
    for benefit in content.benefits:
        url = url_for("panel.benefits.edit", benefit_id=benefit.id)
        yield from _if_stale(benefit, "swiadczenie", url, content)
    for programme in content.programmes:
        url = url_for("panel.programmes.edit", programme_id=programme.id)
        yield from _if_stale(programme, "program", url, content)


def _if_stale(row: Benefit | Programme, kind: str, url: str, content: Content) -> Iterator[Doubt]:
    changed = content.changed_on(row)
    if is_stale(changed, row.checked_on, today=content.today):
        yield Doubt("unchecked", row.title, url, day=row.checked_on or changed, check=(kind, row.id))
