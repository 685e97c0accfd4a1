"""Benefits: whom for, how to apply, and amounts with their dates and sources (R31)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from portal.changes.models import Change, Checkable, changes_of
from portal.db import Model, db
from portal.finding.models import Findable
from portal.freshness import while_unchanged


class Benefit(Checkable, Model):
    """One benefit. Without amounts it depends on the person; `source` is then the act that rules it."""

    __tablename__ = "benefit"
    is_content = True

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(String(60), default="")
    source: Mapped[str] = mapped_column(Text, default="")
    is_shown: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    amounts: Mapped[list["BenefitAmount"]] = relationship(
        order_by="BenefitAmount.valid_from", back_populates="benefit"
    )
    changes: Mapped[list[Change]] = changes_of("benefit", lambda: Benefit.id)

    def as_found(self) -> list[Findable]:
        """Whom for and how, while residents read it; never the amount, which is true for a time only."""
        found = Findable(self.slug, self.title, f"{self.summary}\n\n{self.body}")
        return [found] if self.is_shown else []

    def amount_on(self, day: date) -> "BenefitAmount | None":
        """The amount that is valid on this day, if any."""
        return next((amount for amount in self.amounts if amount.is_valid_on(day)), None)

    def amount_after(self, day: date) -> "BenefitAmount | None":
        """The next amount, when it is known already."""
        return next((amount for amount in self.amounts if amount.valid_from > day), None)


class BenefitAmount(Model):
    """How much a benefit is, in złoty, on the days from `valid_from` to `valid_to`; without an end until another one begins."""

    __tablename__ = "benefit_amount"
    is_content = True
    __table_args__ = (
        UniqueConstraint("benefit_id", "valid_from", name="uq_benefit_amount_valid_from"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("valid_to IS NULL OR valid_from <= valid_to", name="order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    benefit_id: Mapped[int] = mapped_column(ForeignKey("benefit.id"), index=True)
    amount: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    source: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)

    benefit: Mapped[Benefit] = relationship(back_populates="amounts")

    def is_valid_on(self, day: date) -> bool:
        """Whether it is paid on this day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


NO_AMOUNTS: dict[str, tuple[tuple[date, date | None, Decimal], ...]] = {}


@while_unchanged(NO_AMOUNTS)
def all_amounts() -> dict[str, tuple[tuple[date, date | None, Decimal], ...]]:
    """From when until when each benefit is how much, by its slug."""
    return {
        benefit.slug: tuple((each.valid_from, each.valid_to, each.amount) for each in benefit.amounts)
        for benefit in benefits()
    }


def benefits() -> Sequence[Benefit]:
    """Every benefit that residents read, in its order."""
    query = select(Benefit).where(Benefit.is_shown).options(joinedload(Benefit.amounts))
    return db.session.scalars(query.order_by(Benefit.position, Benefit.id)).unique().all()


def benefit_called(slug: str) -> Benefit | None:
    """The benefit at this address, with its amounts and changes."""
    whole = joinedload(Benefit.amounts), joinedload(Benefit.changes)
    query = select(Benefit).where(Benefit.slug == slug, Benefit.is_shown).options(*whole)
    return db.session.scalars(query).unique().first()


def benefits_called(slugs: Sequence[str]) -> Sequence[Benefit]:
    """The benefits at these addresses, in their order; those that are missing are left out."""
    query = select(Benefit).where(Benefit.slug.in_(slugs), Benefit.is_shown)
    with_amounts = query.options(joinedload(Benefit.amounts)).order_by(Benefit.position, Benefit.id)
    return db.session.scalars(with_amounts).unique().all()


def benefits_to_edit() -> Sequence[Benefit]:
    """Every benefit, shown or not, in its order."""
    query = select(Benefit).options(joinedload(Benefit.amounts)).order_by(Benefit.position, Benefit.id)
    return db.session.scalars(query).unique().all()
