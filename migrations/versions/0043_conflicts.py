"""Whom a card is hidden from, who has opened a hidden one, and who must not come on the same day."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"

MOMENT = sa.DateTime(timezone=True)

KINDS = "kind IN ('booking', 'enquiry', 'access_request')"
TASKS = "kind IN ('tell', 'interpreter', 'time', 'outcome', 'alike', 'apart')"


def upgrade() -> None:
    op.create_table(
        "conflict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint(KINDS, name=op.f("ck_conflict_kind")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_conflict_account_id")),
        sa.ForeignKeyConstraint(["set_by_id"], ["account.id"], name=op.f("fk_conflict_set_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict")),
        sa.UniqueConstraint("account_id", "kind", "subject_id", name="uq_conflict_once"),
    )
    op.create_index("ix_conflict_about", "conflict", ["kind", "subject_id"])
    op.create_table(
        "opening",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("seen_by_id", sa.Integer(), nullable=True),
        sa.Column("seen_at", MOMENT, nullable=True),
        sa.CheckConstraint(KINDS, name=op.f("ck_opening_kind")),
        sa.CheckConstraint(
            "reason IN ('danger', 'here_now', 'asked_by_law', 'other')", name=op.f("ck_opening_reason")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_opening_account_id")),
        sa.ForeignKeyConstraint(["seen_by_id"], ["account.id"], name=op.f("fk_opening_seen_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening")),
    )
    op.create_index("ix_opening_of", "opening", ["account_id", "until"])
    op.create_table(
        "booking_pair",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_booking_pair_order")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_booking_pair_account_id")),
        sa.ForeignKeyConstraint(["first_id"], ["booking.id"], name=op.f("fk_booking_pair_first_id")),
        sa.ForeignKeyConstraint(["second_id"], ["booking.id"], name=op.f("fk_booking_pair_second_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_pair")),
        sa.UniqueConstraint("first_id", "second_id", name="uq_booking_pair_once"),
    )
    op.create_index("ix_booking_pair_second_id", "booking_pair", ["second_id"])
    with op.batch_alter_table("task_mark") as table:
        table.drop_constraint(op.f("ck_task_mark_kind"), type_="check")
        table.create_check_constraint(op.f("ck_task_mark_kind"), sa.text(TASKS))
