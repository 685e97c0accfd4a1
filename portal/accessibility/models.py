"""The accessibility statement: what the centre fills in, version by version. Its structure and fixed wording live in the template."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from portal import clock
from portal.accounts.models import Account
from portal.db import Model, db

STATUSES = ("full", "partial", "none")
BASES = ("self", "audit", "contractor")
KINDS = ("annex", "cost", "exempt")
TEXTS = ("contact_name", "facilities", "shortcuts", "building", "communication", "assessment")
SIGN_LANGUAGE = "dostepnosc/pjm"  # the page where the film about the centre is, or is missing (R117)
MARCH, APRIL = 3, 4


class Statement(Model):
    """One version of what art. 10 of the act of 4 April 2019 has a public body say of its website.

    `published_at` is empty for the draft, which is always the newest version; what has been published never changes. `version`
    grows through all of them. `texts` holds the `TEXTS` by language; `barriers` what is not accessible, each with its `kind`,
    the `page` where it is, and by language what it is (`pl_element`), whom it keeps out (`pl_effect`) and what works instead
    (`pl_alternative`).
    """

    __tablename__ = "accessibility_statement"
    is_content = True
    __table_args__ = (
        CheckConstraint("conformity IN ('full', 'partial', 'none')", name="conformity"),
        CheckConstraint("basis IN ('self', 'audit', 'contractor')", name="basis"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    conformity: Mapped[str] = mapped_column(String(10))
    launched_on: Mapped[date]
    updated_on: Mapped[date]
    prepared_on: Mapped[date]
    reviewed_on: Mapped[date | None]
    basis: Mapped[str] = mapped_column(String(20))
    report_url: Mapped[str] = mapped_column(String(300), default="")
    contact_email: Mapped[str] = mapped_column(String(120))
    contact_phone: Mapped[str] = mapped_column(String(30))
    online_interpreter: Mapped[bool]
    texts: Mapped[dict[str, dict[str, str]]] = mapped_column(JSON)
    barriers: Mapped[list[dict[str, Any]]] = mapped_column(JSON)

    account: Mapped[Account | None] = relationship()

    def told_in(self, language: str, name: str) -> tuple[str, str]:
        """A text, and the language in which it is: Polish where the wanted one has none."""
        own = self.texts.get(language, {}).get(name, "")
        return (own, language) if own else (self.texts.get("pl", {}).get(name, ""), "pl")

    def barriers_of(self, kind: str) -> Sequence[Mapping[str, Any]]:
        """What is not accessible, for this reason."""
        return [barrier for barrier in self.barriers if barrier["kind"] == kind]

    def names_page(self, path: str) -> bool:
        """Whether a barrier on this page of the portal is listed."""
        return any(barrier["page"].strip("/") == path for barrier in self.barriers)

    def differs_from(self, other: "Statement") -> bool:
        """Whether it says something else of what is accessible."""
        return (self.conformity, self.barriers) != (other.conformity, other.barriers)

    @property
    def last_review_on(self) -> date:
        """When somebody last looked whether it is still true."""
        return self.reviewed_on or self.prepared_on


def statement() -> Statement | None:
    """The statement in force."""
    newest = select(Statement).where(Statement.published_at.is_not(None)).order_by(Statement.number.desc())
    return db.session.scalar(newest.limit(1))


def newest_statement() -> Statement | None:
    """The draft, or the statement in force when there is none."""
    return db.session.scalar(select(Statement).order_by(Statement.number.desc()).limit(1))


def statement_numbered(number: int) -> Statement | None:
    """One version, the draft included."""
    return db.session.scalar(select(Statement).where(Statement.number == number))


def versions() -> Sequence[Statement]:
    """Every version, newest first."""
    query = select(Statement).options(joinedload(Statement.account)).order_by(Statement.number.desc())
    return db.session.scalars(query).all()


def changed_since_review(known: Sequence[Statement]) -> date | None:
    """When the status or the barriers in force were changed, if nobody has looked through the whole statement since: art. 11 of
    the act asks for that without delay after a change. `known` are all versions, newest first."""
    published = [version for version in known if version.published_at]
    for newer, older in pairwise(published):
        if newer.published_at and newer.differs_from(older):
            changed_on = clock.day_of(newer.published_at)
            return changed_on if changed_on > published[0].last_review_on else None
    return None


def review_of(reviewed_on: date, today: date) -> str:
    """`due` in March until this year's review is made, `missed` from 1 April on, else '' (art. 11 of the act, R113)."""
    last_deadline = today.year if today.month >= APRIL else today.year - 1
    if reviewed_on.year < last_deadline:
        return "missed"
    return "due" if today.month == MARCH and reviewed_on.year < today.year else ""
