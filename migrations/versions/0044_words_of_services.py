"""What is said of a kind of talk can be said in Ukrainian and in English too."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"

WORDS = {"public_name": sa.String(120), "intro": sa.Text()}
NAMES = [(f"{name}_{language}", kind) for name, kind in WORDS.items() for language in ("uk", "en")]


def upgrade() -> None:
    for name, kind in NAMES:
        op.add_column("service", sa.Column(name, kind, nullable=False, server_default=""))
    with op.batch_alter_table("service") as table:
        for name, _kind in NAMES:
            table.alter_column(name, server_default=None)
