"""Easy-to-read versions of pages."""

from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.execute("ALTER TABLE page_revision ADD COLUMN easy_text TEXT NOT NULL DEFAULT ''")
