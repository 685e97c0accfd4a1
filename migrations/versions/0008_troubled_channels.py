"""Whether a channel works is found without reading every message that was ever sent."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    for name, column, condition in (
        ("ix_message_troubled", "created_at", "problem IS NOT NULL"),
        ("ix_message_sent", "sent_at", "sent_at IS NOT NULL"),
    ):
        where = sa.text(condition)
        op.create_index(name, "message", ["channel", column], sqlite_where=where, postgresql_where=where)
