"""Where bookings and holds come from, for a day, so that nobody takes all the slots."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

CHECK = "CONSTRAINT ck_place_source_if_held CHECK (hold_source IS NULL OR state = 'held')"


def upgrade() -> None:
    op.execute(f"ALTER TABLE place ADD COLUMN hold_source VARCHAR(64) {CHECK}")
    op.create_index("ix_place_hold_expires_at", "place", ["hold_expires_at"])
    op.add_column("booking", sa.Column("source_hash", sa.String(length=64)))
    op.create_index("ix_booking_source", "booking", ["source_hash", "created_at"])
    op.create_index("ix_booking_created_at", "booking", ["created_at"])
