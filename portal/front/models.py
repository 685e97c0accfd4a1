"""The shortcuts of the home page."""

from collections.abc import Sequence

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Model, db


class Shortcut(Model):
    """One entry of "Na skróty"."""

    __tablename__ = "shortcut"
    is_content = True

    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int]
    label: Mapped[str] = mapped_column(String(120))
    path: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(String(300))


def shortcuts() -> Sequence[Shortcut]:
    """Every shortcut, in its order."""
    return db.session.scalars(select(Shortcut).order_by(Shortcut.position)).all()
