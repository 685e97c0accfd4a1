"""From when an edition takes people."""

from alembic import op

revision = "0037"
down_revision = "0036"

CHECK = "CONSTRAINT ck_edition_intake_from_first CHECK (intake_from IS NULL OR intake_from <= intake_until)"


def upgrade() -> None:
    op.execute(f"ALTER TABLE edition ADD COLUMN intake_from DATE {CHECK}")
