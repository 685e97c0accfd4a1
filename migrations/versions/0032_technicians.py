"""A role for whoever looks after the machine."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"

ROLES = "'editor', 'interviewer', 'foster_team', 'technician', 'administrator'"


def upgrade() -> None:
    with op.batch_alter_table("account") as account:
        account.drop_constraint(op.f("ck_account_role"), type_="check")
        account.create_check_constraint(op.f("ck_account_role"), sa.text(f"role IN ({ROLES})"))
