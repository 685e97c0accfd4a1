"""Benefits: whom for, how to apply, and an amount with its dates and source (R31)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, Numeric, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Model, db
from portal.finding.models import Findable


class Benefit(Model):
    """One benefit; `amount` is in złoty, or None when it depends on the person."""

    __tablename__ = "benefit"
    is_content = True
    __table_args__ = (CheckConstraint("amount IS NULL OR valid_from IS NOT NULL", name="amount_has_dates"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    amount: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    unit: Mapped[str] = mapped_column(String(60), default="")
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    source: Mapped[str] = mapped_column(Text, default="")

    def amount_on(self, day: date) -> Decimal | None:
        """The amount if it is valid on this day."""
        if self.amount is None or self.valid_from is None:
            return None
        return self.amount if self.valid_from <= day <= (self.valid_to or day) else None

    def as_found(self) -> list[Findable]:
        """Whom for and how; never the amount, which is true for a time only."""
        return [Findable(self.slug, self.title, f"{self.summary}\n\n{self.body}")]


def benefits() -> Sequence[Benefit]:
    """Every benefit, in its order."""
    return db.session.scalars(select(Benefit).order_by(Benefit.position)).all()


def benefit_called(slug: str) -> Benefit | None:
    """The benefit at this address."""
    return db.session.scalar(select(Benefit).where(Benefit.slug == slug))


def benefits_called(slugs: Sequence[str]) -> Sequence[Benefit]:
    """The benefits at these addresses, in their order; those that are missing are left out."""
    return db.session.scalars(select(Benefit).where(Benefit.slug.in_(slugs)).order_by(Benefit.position)).all()
