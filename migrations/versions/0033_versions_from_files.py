"""Saved texts of questions that nobody's account wrote: they were brought from files."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"

TABLE = "foster_question_version"


def upgrade() -> None:
    with op.batch_alter_table(TABLE) as table:
        table.alter_column("account_id", existing_type=sa.Integer(), nullable=True)
    if op.get_bind().dialect.name != "sqlite":
        return
    for verb in ("UPDATE", "DELETE"):  # they went with the table that SQLite made anew
        op.execute(
            f"CREATE TRIGGER {TABLE}_no_{verb.lower()} BEFORE {verb} ON {TABLE} "
            f"BEGIN SELECT RAISE(ABORT, '{TABLE} is append-only'); END"
        )
