"""Bookings move, and people are reminded of them."""

from alembic import op

revision = "0002"
down_revision = "0001"

RULES = {"most_moves": 3, "move_until_hours": 24, "reminder_hours": 24}


def upgrade() -> None:
    op.execute("ALTER TABLE booking ADD COLUMN moves INTEGER DEFAULT 0 NOT NULL")
    for rule, usual in RULES.items():
        op.execute(
            f"ALTER TABLE service ADD COLUMN {rule} INTEGER DEFAULT {usual} NOT NULL "
            f"CONSTRAINT ck_service_{rule} CHECK ({rule} >= 0)"
        )
