"""Who does what waits for staff, and what is done."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "task_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("schedule_version", sa.Integer(), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('tell', 'interpreter', 'time', 'outcome', 'alike')", name=op.f("ck_task_mark_kind")
        ),
        sa.CheckConstraint(
            "(done_at IS NULL) = (done_by_id IS NULL)", name=op.f("ck_task_mark_done_by_somebody")
        ),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["account.id"], name=op.f("fk_task_mark_assignee_id_account")
        ),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_task_mark_booking_id_booking")),
        sa.ForeignKeyConstraint(["done_by_id"], ["account.id"], name=op.f("fk_task_mark_done_by_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_mark")),
        sa.UniqueConstraint("kind", "booking_id", "schedule_version", name="uq_task_mark_once"),
    )
    op.create_index("ix_task_mark_booking_id", "task_mark", ["booking_id"])
    op.create_index("ix_task_mark_done_at", "task_mark", ["done_at"])
