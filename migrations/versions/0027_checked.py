"""Pages, benefits and programmes remember when somebody last found them right."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    for name in ("page", "benefit", "programme"):
        op.add_column(name, sa.Column("checked_on", sa.Date()))
