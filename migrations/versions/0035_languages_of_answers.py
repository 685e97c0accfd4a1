"""In which language staff have written to those who ask for accessibility."""

from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    for column in ("delay_language", "answer_language"):
        op.execute(f"ALTER TABLE access_request_person ADD COLUMN {column} VARCHAR(5) NOT NULL DEFAULT 'pl'")
