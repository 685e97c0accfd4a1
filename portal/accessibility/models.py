"""The facts of the accessibility statement; its structure and fixed wording live in the template."""

from datetime import date

from sqlalchemy import CheckConstraint, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Model, db


class Statement(Model):
    """What the statement of art. 10 of the act of 4 April 2019 says of this portal."""

    __tablename__ = "accessibility_statement"
    is_content = True
    __table_args__ = (
        CheckConstraint("status IN ('full', 'partial', 'none')", name="status"),
        CheckConstraint("published_on <= updated_on", name="published_first"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(String(10))
    published_on: Mapped[date]
    updated_on: Mapped[date]
    prepared_on: Mapped[date]
    reviewed_on: Mapped[date | None]
    basis: Mapped[str] = mapped_column(Text)
    barriers: Mapped[str] = mapped_column(Text)
    facilities: Mapped[str] = mapped_column(Text)
    shortcuts: Mapped[str] = mapped_column(Text)
    contact_name: Mapped[str] = mapped_column(String(120))
    contact_email: Mapped[str] = mapped_column(String(120))
    contact_phone: Mapped[str] = mapped_column(String(30))
    building: Mapped[str] = mapped_column(Text)
    communication: Mapped[str] = mapped_column(Text)
    sign_language: Mapped[str] = mapped_column(Text)


def statement() -> Statement | None:
    """The statement in force."""
    return db.session.scalar(select(Statement).order_by(Statement.id.desc()).limit(1))
