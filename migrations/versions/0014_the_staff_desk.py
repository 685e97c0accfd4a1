"""Secret addresses of calendars, and what statistics keep of erased requests.

A week of one interviewer, who looks for a time, and which interpreter has to be answered are found among a hundred thousand
bookings.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    for column in ("office", "lead", "room"):
        op.drop_index(f"ix_slot_{column}_id", "slot")
        op.create_index(f"ix_slot_{column}_day", "slot", [f"{column}_id", "day"])
    op.create_index("ix_booking_status", "booking", ["status", "waiting_since"])
    op.create_index("ix_interpreter_request_state", "interpreter_request", ["state"])
    op.create_table(
        "calendar_feed",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("resource_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_calendar_feed_account_id"),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name="fk_calendar_feed_resource_id"),
        sa.PrimaryKeyConstraint("account_id", name="pk_calendar_feed"),
        sa.UniqueConstraint("token_hash", name="uq_calendar_feed_token_hash"),
    )
    op.create_index("ix_calendar_feed_resource_id", "calendar_feed", ["resource_id"])
    op.create_table(
        "erased_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("not_met", sa.Boolean(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name="fk_erased_requests_service_id"),
        sa.PrimaryKeyConstraint("id", name="pk_erased_requests"),
    )
    op.create_index("ix_erased_requests_of", "erased_requests", ["service_id", "year"])
    op.create_index("ix_message_created_at", "message", ["created_at"])
