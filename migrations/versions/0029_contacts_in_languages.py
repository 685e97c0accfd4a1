"""Units and help lines also in Ukrainian and English."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"

TEXTS = {
    "contact": {"name": sa.String(120), "helps_with": sa.Text()},
    "help_line": {
        "name": sa.String(120),
        "for_whom": sa.Text(),
        "hours": sa.String(120),
        "cost": sa.String(60),
        "languages": sa.String(120),
    },
}


def upgrade() -> None:
    for table, texts in TEXTS.items():
        for name, kind in texts.items():
            for language in ("uk", "en"):
                column = sa.Column(f"{name}_{language}", kind, server_default="", nullable=False)
                op.add_column(table, column)
