"""What is said of a picture, document or film can be corrected, by one person at a time."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    op.add_column("medium", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("medium") as table:
        table.alter_column("version", server_default=None)
