"""What is kept as facts, one file an item: programmes with their editions, benefits with their amounts, places, talks, contacts,
help lines, questions and answers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from typing import Any

from sqlalchemy import select

from portal.benefits.models import Benefit, BenefitAmount
from portal.booking.models import Office
from portal.changes.models import Change
from portal.contacts.hours import WEEKDAYS, spans_in
from portal.contacts.models import Contact, HelpLine
from portal.db import db
from portal.foster.models import Question, QuestionVersion
from portal.foster.questions import TEXTS
from portal.moving.files import Entry
from portal.moving.kind import Kind, Move, one_by_one
from portal.moving.rows import change, facts_of, filled, name_in, tables_of, there, values_of
from portal.programmes.actions import betraying
from portal.programmes.models import Edition, Programme, Service, led_across
from portal.text import slug_of

OF_CHANGE = ("subject", "subject_id")
OF_VERSION = (*TEXTS, "is_shown")


@dataclass(frozen=True)
class Part:
    """Rows that belong to an item, as tables of its file; one is known again by the column `key`. What `is_kept` stays as it
    was once written."""

    table: str
    kind: type[Any]
    rows: str
    key: str
    is_kept: bool = False


@dataclass(frozen=True)
class Other:
    """A row elsewhere to which an item points by its column `column`; a file names it by the column `key`."""

    fact: str
    column: str
    kind: type[Any]
    key: str


@dataclass(frozen=True)
class Sort:
    """How items of one kind are kept. `text` is the column that is the text of the file, `key` the one that is its name; without
    a key it is called by what `named` answers, and `unique` is a fact by which it is known as well."""

    folder: str
    kind: type[Any]
    text: str
    key: str = ""
    named: Callable[[Any], str] = str
    unique: str = ""
    parts: tuple[Part, ...] = ()
    others: tuple[Other, ...] = ()
    has_changes: bool = False
    check: Callable[[Entry, dict[str, Any]], None] = lambda _entry, _values: None  # before it is kept
    look: Callable[[Entry, Any], None] = lambda _entry, _row: None  # after that

    @property
    def but(self) -> tuple[str, ...]:
        """The columns that are no facts of the file."""
        return (self.key, self.text)

    @property
    def also(self) -> tuple[str, ...]:
        """The facts that are no columns."""
        tables = [part.table for part in self.parts] + ["change"] * self.has_changes
        return (*tables, *(other.fact for other in self.others))

    def rows(self) -> dict[str, Any]:
        """Every item by the name of its file."""
        rows: Sequence[Any] = db.session.scalars(select(self.kind).order_by(self.kind.id)).all()
        if self.key:
            return {getattr(row, self.key): row for row in sorted(rows, key=attrgetter(self.key))}
        found: dict[str, Any] = {}
        for row in rows:
            wanted, number = slug_of(self.named(row)), 2
            name = wanted
            while name in found:
                name, number = f"{wanted}-{number}", number + 1
            found[name] = row
        return found


def _export(sort: Sort, _media: Path | None) -> Iterator[Entry]:
    for name, row in sort.rows().items():
        facts = facts_of(row, sort.but)
        for other in sort.others:
            if number := getattr(row, other.column):
                facts[other.fact] = getattr(db.session.get(other.kind, number), other.key)
        for part in sort.parts:
            rows = sorted(getattr(row, part.rows), key=attrgetter(part.key, "id"))
            facts[part.table] = [facts_of(one) for one in rows]
        if sort.has_changes:
            facts["change"] = [facts_of(one, OF_CHANGE) for one in _changes_of(row)]
        yield Entry(f"{sort.folder}/{name}.md", facts, getattr(row, sort.text))


def _changes_of(row: Any) -> Sequence[Change]:
    query = select(Change).filter_by(subject=row.__tablename__, subject_id=row.id)
    return db.session.scalars(query.order_by(Change.id)).all()


def _bring(sort: Sort, entries: list[Entry], move: Move) -> Any:
    [entry] = entries
    row = _known(sort, entry)
    values = _values(sort, entry, row, move.now)
    if row is None:
        row = sort.kind(**values)
        db.session.add(row)
        _bring_parts(sort, entry, row)
        db.session.flush()
        _bring_changes(sort, entry, row)
        _settle(row, None, move.now)
        sort.look(entry, row)
        return row
    was = {name: getattr(row, name) for name in values}
    is_other = change(row, values)
    if _bring_parts(sort, entry, row) or is_other:
        _tell(sort, row, was, move.now, is_told=_bring_changes(sort, entry, row))
        _settle(row, was, move.now)
        sort.look(entry, row)
    return row


def _known(sort: Sort, entry: Entry) -> Any:
    """The item that the portal has already, if it has it."""
    if sort.key:
        return there(sort.kind, **{sort.key: name_in(entry, getattr(sort.kind, sort.key), entry.stem)})
    name = entry.facts.get(sort.unique)
    by_fact = there(sort.kind, **{sort.unique: name}) if isinstance(name, str) else None
    return by_fact or sort.rows().get(entry.stem)


def _values(sort: Sort, entry: Entry, row: Any, now: datetime) -> dict[str, Any]:
    begin = {"updated_at": row.updated_at if row else now} if hasattr(sort.kind, "updated_at") else {}
    values = values_of(entry, sort.kind, sort.but, facts=begin | entry.facts, also=sort.also)
    sort.check(entry, values)
    for other in sort.others:
        values[other.column] = _number_of(entry, other)
    own = {sort.key: entry.stem} if sort.key else {}
    return filled(sort.kind, values, sort.but) | own | {sort.text: entry.text}


def _number_of(entry: Entry, other: Other) -> int | None:
    name = entry.facts.get(other.fact)
    if name is None:
        return None
    row = there(other.kind, **{other.key: name}) if isinstance(name, str) else None
    if row is None:
        raise entry.wrong(f"there is no {other.fact} {name!r}", other.fact)
    number: int = row.id
    return number


def _bring_parts(sort: Sort, entry: Entry, row: Any) -> bool:
    """Add and change the rows that belong to an item; none is taken away. Whether there was anything to do."""
    is_other = False
    for part in sort.parts:
        known = list(getattr(row, part.rows))
        for facts in tables_of(entry, part.table):
            values = filled(part.kind, values_of(entry, part.kind, facts=facts))
            one = next((one for one in known if getattr(one, part.key) == values[part.key]), None)
            if one is None:
                getattr(row, part.rows).append(part.kind(**values))
                is_other = True
            else:
                known.remove(one)
                is_other = (not part.is_kept and change(one, values)) or is_other
    return is_other


def _bring_changes(sort: Sort, entry: Entry, row: Any) -> bool:
    """Add what the public list of changes does not have; whether there was anything."""
    known = [(one.at, one.reason) for one in _changes_of(row)] if sort.has_changes else []
    is_told = False
    for facts in tables_of(entry, "change") if sort.has_changes else ():
        one = Change(
            subject=row.__tablename__, subject_id=row.id, **values_of(entry, Change, OF_CHANGE, facts)
        )
        if (one.at, one.reason or "") not in known:
            db.session.add(one)
            is_told = True
    return is_told


def _tell(sort: Sort, row: Any, was: dict[str, Any], now: datetime, *, is_told: bool) -> None:
    """Let residents know that an item has changed, unless the file does so itself (R30)."""
    if sort.has_changes and not is_told:
        db.session.add(Change(subject=row.__tablename__, subject_id=row.id, at=now))
    if "updated_at" in was and row.updated_at == was["updated_at"]:
        row.updated_at = now


def _settle(row: Any, was: dict[str, Any] | None, now: datetime) -> None:
    """Keep every text of a question, also the one that gives way; its versions go on from the last of them."""
    if not isinstance(row, Question):
        return
    if was:
        _keep(row, _said(row) if row.versions else was, now)
        _keep(row, _said(row), now)
    row.version = max([row.version, *(version.number for version in row.versions)])


def _keep(question: Question, said: dict[str, Any], now: datetime) -> None:
    texts = {name: said[name] for name in OF_VERSION}
    if texts not in [_said(version) for version in question.versions]:
        number = max((version.number for version in question.versions), default=0) + 1
        question.versions.append(QuestionVersion(number=number, created_at=now, **texts))


def _said(text: Question | QuestionVersion) -> dict[str, Any]:
    return {name: getattr(text, name) for name in OF_VERSION}


def _first_wording(question: Question) -> str:
    """What a question was called first: this does not change with its words."""
    first = min(question.versions, key=lambda version: version.number, default=question)
    return first.question


def _check_hours(entry: Entry, values: dict[str, Any]) -> None:
    for day in WEEKDAYS:
        try:
            spans_in(values.get(day, ""))
        except ValueError:
            raise entry.wrong(f'{day!r} must be hours such as "8:00–16:00"', day) from None


def _refuse_betraying(entry: Entry, values: dict[str, Any]) -> None:
    """What is said of a talk must not say what it is about (R55)."""
    if words := betraying(values | {"code": entry.stem, "intro": entry.text}):
        raise entry.wrong(f"a talk is called by neutral words only; not by {', '.join(words)}")


def _refuse_crossing(entry: Entry, row: Programme | Service) -> None:
    """A programme never leads to the talks of the other side (R89)."""
    programme = row if isinstance(row, Programme) else row.programme
    if programme is None:
        return
    db.session.expire(programme, ["services"])
    texts = " ".join(str(value) for value in (*facts_of(programme).values(), programme.for_whom))
    if led_across(programme, texts):
        raise entry.wrong("its programme would lead to the talks of those whom it keeps apart")


def _refuse_overlap(entry: Entry, benefit: Benefit) -> None:
    """On each day at most one amount is valid (R31)."""
    amounts = sorted(benefit.amounts, key=attrgetter("valid_from"))
    for one, other in pairwise(amounts):
        if one.valid_to is None or one.valid_to >= other.valid_from:
            raise entry.wrong("two amounts would be valid on one day", "valid_from", other.valid_from)


PROGRAMME = Other("programme", "programme_id", Programme, "slug")
OFFICE = Other("office", "office_id", Office, "name")
SORTS = (
    Sort(
        *("programy", Programme, "for_whom", "slug"),
        parts=(Part("edition", Edition, "editions", "name"),),
        has_changes=True,
        look=_refuse_crossing,
    ),
    Sort("miejsca", Office, "directions", named=lambda office: office.name, unique="name"),
    Sort(
        "rozmowy",
        Service,
        "intro",
        "code",
        others=(PROGRAMME,),
        check=_refuse_betraying,
        look=_refuse_crossing,
    ),
    Sort(
        *("swiadczenia", Benefit, "body", "slug"),
        parts=(Part("amount", BenefitAmount, "amounts", "valid_from"),),
        has_changes=True,
        look=_refuse_overlap,
    ),
    Sort("kontakty", Contact, "helps_with", "key", others=(OFFICE,), check=_check_hours),
    Sort("telefony-pomocy", HelpLine, "for_whom", "key"),
    Sort(
        *("pytania", Question, "answer"),
        named=_first_wording,
        parts=(Part("version", QuestionVersion, "versions", "number", is_kept=True),),
    ),
)
FACTS = tuple(
    Kind(
        sort.folder,
        (sort.kind, *(part.kind for part in sort.parts), *((Change,) if sort.has_changes else ())),
        partial(_export, sort),
        partial(_bring, sort),
        one_by_one,
    )
    for sort in SORTS
)
