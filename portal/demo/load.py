"""Loads the demo content once; running it again adds nothing."""

import tomllib
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import select

from portal import clock
from portal.accessibility.models import Statement
from portal.accounts.actions import create_account
from portal.accounts.models import Account, account_called
from portal.announcements.actions import Draft, Words, draft, publish, translate
from portal.announcements.models import TRANSLATED, Announcement
from portal.benefits.actions import save_amount, save_benefit
from portal.booking.models import Office, Resource, Slot, at_work, interviewers
from portal.booking.offering import Terms, offer, plan_here
from portal.booking.series import Rhythm
from portal.changes.models import note_change
from portal.contacts.models import Contact, HelpLine
from portal.db import action, db
from portal.foster.models import Question
from portal.foster.questions import save_question
from portal.front.models import Shortcut
from portal.pages.actions import Text
from portal.pages.actions import draft as draft_page
from portal.pages.actions import publish as publish_page
from portal.programmes.models import Edition, Programme, Service

CONTENT = Path(__file__).parent / "content"
CATEGORIES = {
    "programy": "programmes",
    "piecza-zastepcza": "foster_care",
    "swiadczenia": "benefits",
    "organizacja": "centre",
}
EDITION_DAYS = ("starts_on", "intake_from", "intake_until")
STATEMENT_DAYS = ("launched_on", "updated_on", "prepared_on", "reviewed_on")
TUESDAY, WEDNESDAY, THURSDAY = 1, 2, 3
SIX_WEEKS = timedelta(weeks=6)
ANNOUNCED_MEETING = date(2027, 1, 14)


@dataclass(frozen=True)
class DemoAccount:
    """A login of the demo."""

    login: str
    name: str
    role: str
    password: str


ACCOUNTS = (
    DemoAccount("redakcja@mopr-przykladowo.example", "Redakcja", "editor", "demo-redakcja-2026"),
    DemoAccount("rozmowy@mopr-przykladowo.example", "Zespół rozmów", "interviewer", "demo-rozmowy-2026"),
    DemoAccount(
        "administrator@mopr-przykladowo.example", "Administrator", "administrator", "demo-administrator-2026"
    ),
    DemoAccount("technika@mopr-przykladowo.example", "Technika", "technician", "demo-technika-2026"),
    DemoAccount("piecza@mopr-przykladowo.example", "Zespół pieczy", "foster_team", "demo-piecza-2026"),
)


def load(now: datetime) -> None:
    """Bring whatever is missing: content, accounts, and free slots for the next six weeks."""
    _accounts(now)
    if not db.session.scalar(select(Programme.id).limit(1)):
        _content(now)
    if not db.session.scalar(select(Announcement.id).limit(1)):
        _announcements()
    if not db.session.scalar(select(Question.id).limit(1)):
        _questions(now)
    _slots(now)


def _accounts(now: datetime) -> None:
    for account in ACCOUNTS:
        if account_called(account.login) is None:
            create_account(account.login, account.name, account.role, account.password, now)


@action
def _content(now: datetime) -> None:
    _programmes(now)
    _contacts()
    _benefits(now)
    _pages()
    _statement(now)
    _talks()
    for position, row in enumerate(_toml("shortcuts")["shortcut"]):
        shortcut = Shortcut(
            position=position, label=row["label"], path=row["url_path"], description=row["description"]
        )
        db.session.add(shortcut)


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((CONTENT / f"{name}.toml").read_text("utf-8"))


def _text(path: Path) -> tuple[dict[str, Any], str]:
    """Front matter and body of a Markdown file."""
    _, front, body = path.read_text("utf-8").split("+++\n", 2)
    return tomllib.loads(front), body.strip()


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _programmes(now: datetime) -> None:
    content = _toml("programmes")
    by_slug = {}
    for row in content["programme"]:
        editions = [
            Edition(name=e["name"], **{name: _day(e.get(name, "")) for name in EDITION_DAYS})
            for e in row.pop("edition", [])
        ]
        row.pop("neutral", None)
        by_slug[row["slug"]] = Programme(**row, editions=editions, updated_at=now)
    db.session.add_all(by_slug.values())
    db.session.flush()
    editor = account_called(ACCOUNTS[0].login)
    assert editor is not None
    for programme in by_slug.values():
        note_change("programme_saved", programme, "", editor, now)
    for row in content["service"]:
        db.session.add(Service(**row | {"programme": by_slug.get(row.get("programme", ""))}))


def _contacts() -> None:
    content = _toml("contacts")
    known = {column.name for column in Contact.__table__.columns}
    for position, row in enumerate(content["contact"]):
        values = {key: value for key, value in row.items() if key in known}
        values |= row.get("hours", {}) | {
            "checked_on": _day(row["checked_on"]),
            "position": position,
        }
        db.session.add(Contact(**values))
    known = {column.name for column in HelpLine.__table__.columns}
    for position, row in enumerate(content["help_line"]):
        values = {key: value for key, value in row.items() if key in known}
        db.session.add(HelpLine(**values | {"checked_on": _day(row["checked_on"]), "position": position}))


def _benefits(now: datetime) -> None:
    editor = account_called(ACCOUNTS[0].login)
    assert editor is not None
    for position, row in enumerate(_toml("benefits")["benefit"]):
        slug, amounts = row.pop("slug"), row.pop("amount", [])
        benefit = save_benefit(None, 0, row | {"position": position}, editor, now)
        benefit.slug = slug
        for amount in amounts:
            days = {name: _day(amount.get(name, "")) for name in ("valid_from", "valid_to")}
            money = amount | days | {"amount": Decimal(amount["amount"])}
            save_amount(benefit.id, None, 0, money, editor, now)


def _pages() -> None:
    editor = account_called(ACCOUNTS[0].login)
    assert editor is not None
    for path in sorted((CONTENT / "pages").glob("*.md")):
        if path.stem.endswith(".etr"):
            continue
        front, body = _text(path)
        moment = _nine_o_clock(str(front["updated_on"]))
        easy = path.with_suffix(".etr.md")
        easy_text = easy.read_text("utf-8").strip() if easy.exists() else ""
        text = Text(front["title"], front.get("document_title", ""), front.get("lead", ""), body, easy_text)
        address, _dot, code = path.stem.partition(".")
        page = draft_page(address.replace("__", "/"), text, editor, moment, code or "pl")
        publish_page(page.id, 1, editor, moment)


def _nine_o_clock(day: str) -> datetime:
    return clock.at_local(datetime.combine(date.fromisoformat(day), time(9)))[0]


def _statement(now: datetime) -> None:
    facts = _toml("accessibility")
    days = {name: _day(facts.pop(name)) for name in STATEMENT_DAYS}
    empty = {"assessment": ""}
    facts["texts"] = {code: empty | texts for code, texts in facts["texts"].items()}
    db.session.add(Statement(number=1, created_at=now, published_at=now, **days, **facts))


def _talks() -> None:
    """Where talks happen and who leads them."""
    contact = _toml("contacts")["contact"][0]
    office = Office(
        name="Siedziba ośrodka",
        address=contact["address"],
        directions="Wejście od ulicy, bez schodów. Zgłoś się w punkcie informacyjnym na parterze.",
        phone=contact["phone"],
        access="step_free lift toilet loop parking",
    )
    db.session.add_all(Resource(kind="room", name=f"Sala {n}", office=office) for n in (1, 2))
    db.session.add_all(Resource(kind="interviewer", name=f"Specjalista {n}") for n in (1, 2, 3))
    db.session.add(Resource(kind="interpreter", name="Tłumacz języka migowego", skills="pjm sjm"))


def _announcements() -> None:
    editor = account_called(ACCOUNTS[0].login)
    assert editor is not None
    programmes = {programme.slug: programme.id for programme in db.session.scalars(select(Programme))}
    paths = [path for path in (CONTENT / "announcements").glob("*.md") if "." not in path.stem]
    for path in sorted(paths, key=lambda path: str(_text(path)[0]["published_on"])):
        _announcement(path, programmes, editor)


@action
def _announcement(path: Path, programmes: dict[str, int], editor: Account) -> None:
    """The Polish text, and beside its file those of the easy text (`.etr.md`) and of other languages (`.uk.md`, `.en.md`)."""
    front, body = _text(path)
    easy = path.with_suffix(".etr.md")
    moment = _nine_o_clock(str(front["published_on"]))
    text = Draft(
        title=front["title"],
        lead=front["lead"],
        body=body,
        category=CATEGORIES[front["category"]],
        valid_until=date.fromisoformat(str(front["valid_until"])),
        programme_id=programmes.get(front.get("programme", "")),
        author=front.get("author", ""),
        easy_text=easy.read_text("utf-8").strip() if easy.exists() else "",
    )
    announcement = draft(text, editor, moment)
    for language in TRANSLATED:
        if (other := path.with_suffix(f".{language}.md")).exists():
            front, body = _text(other)
            words = Words(language, front["title"], front["lead"], body)
            translate(announcement.id, words, announcement.latest.number, editor, moment)
    publish(announcement.id, announcement.latest.number, editor, moment)


@action
def _questions(now: datetime) -> None:
    editor = account_called(ACCOUNTS[0].login)
    assert editor is not None
    for texts in _toml("questions")["question"]:
        save_question(None, 0, texts | {"is_shown": True}, editor, now)


def _slots(now: datetime) -> None:
    """Tuesdays and Thursdays, 15 to 18, for six weeks; information talks on Wednesdays, meetings in the evening."""
    if db.session.scalar(select(Slot.id).where(Slot.starts_at > now).limit(1)):
        return
    office = db.session.scalars(select(Office)).one_or_none()
    host = account_called(ACCOUNTS[1].login)
    if office is None or host is None:
        return
    people, rooms = [person.id for person in interviewers()], at_work("room")
    services = {service.code: service for service in db.session.scalars(select(Service))}
    first, last = clock.day_of(now) + timedelta(days=1), clock.day_of(now) + SIX_WEEKS
    afternoons = Rhythm(frozenset({TUESDAY, THURSDAY}), first, last, time(15), time(18), 45, 15)
    information = Rhythm(frozenset({WEDNESDAY}), first, last, time(10), time(14), 60, 0)
    _fill(Terms(services["a1"].id, office.id, people[0], 1), afternoons, host, now)
    _fill(
        Terms(services["a1"].id, office.id, people[1], 1, "induction_loop"),
        _one(afternoons, first, TUESDAY),
        host,
        now,
    )
    _fill(
        Terms(services["a1"].id, office.id, people[1], 1, "online_interpreter"),
        _one(afternoons, first, THURSDAY),
        host,
        now,
    )
    _fill(Terms(services["b1"].id, office.id, people[2], 1, room_id=rooms[0].id), information, host, now)
    for day in _meeting_days(first):
        evening = Rhythm(frozenset({day.weekday()}), day, day, time(17), time(18, 30), 90, 0)
        _fill(Terms(services["b2"].id, office.id, people[1], 20, room_id=rooms[1].id), evening, host, now)
    consultation = _one(replace(afternoons, from_time=time(18)), first, THURSDAY)
    _fill(Terms(services["d1"].id, office.id, people[2], 1, room_id=rooms[1].id), consultation, host, now)


def _meeting_days(first: date) -> list[date]:
    """A Thursday in two or three weeks, and the meeting that is announced while it lies ahead."""
    thursday = first + timedelta(days=14 + (THURSDAY - first.weekday()) % 7)
    return [day for day in (thursday, ANNOUNCED_MEETING) if day >= first]


def _one(rhythm: Rhythm, first: date, weekday: int) -> Rhythm:
    """The first slot of the rhythm on this weekday, a week from now."""
    day = first + timedelta(days=7 + (weekday - first.weekday()) % 7)
    to_time = rhythm.from_time.replace(minute=45)
    return Rhythm(frozenset({weekday}), day, day, rhythm.from_time, to_time, 45)


def _fill(terms: Terms, rhythm: Rhythm, host: Account, now: datetime) -> None:
    spans = plan_here(rhythm, terms.office_id, now).spans
    if spans:
        offer(terms, spans, host, now, rhythm, near_is_fine=True)
