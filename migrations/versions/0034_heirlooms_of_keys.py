"""What made the lasting hashes of a key outlives the key."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.create_table(
        "heirloom",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("secret_sealed", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_heirloom"),
    )
