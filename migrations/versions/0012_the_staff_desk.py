"""A week of one interviewer, who looks for a time, and which interpreter has to be answered are found among a hundred
thousand bookings."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    for column in ("office", "lead", "room"):
        op.drop_index(f"ix_slot_{column}_id", "slot")
        op.create_index(f"ix_slot_{column}_day", "slot", [f"{column}_id", "day"])
    op.create_index("ix_booking_status", "booking", ["status", "waiting_since"])
    op.create_index("ix_interpreter_request_state", "interpreter_request", ["state"])
