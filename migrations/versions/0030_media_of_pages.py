"""Which media a page shows."""

from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    # Native, for the table must not be made anew: its triggers would be lost.
    op.execute("ALTER TABLE page_revision ADD COLUMN media JSON NOT NULL DEFAULT '[]'")
