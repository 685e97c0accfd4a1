"""How people may be reached, what they need for the talk, and the interpreters they ask for."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

MAY = ("may_leave_message", "may_say_who")


def upgrade() -> None:
    for answer in MAY:
        op.execute(f"ALTER TABLE booking_person ADD COLUMN {answer} BOOLEAN DEFAULT FALSE NOT NULL")
    op.add_column("booking_person", sa.Column("safe_from", sa.Time()))
    op.execute(
        "ALTER TABLE booking_person ADD COLUMN safe_to TIME CONSTRAINT ck_booking_person_safe_hours "
        "CHECK ((safe_from IS NULL) = (safe_to IS NULL) AND (safe_from IS NULL OR safe_from < safe_to))"
    )
    op.add_column("booking_person", sa.Column("needs_sealed", sa.String()))
    op.add_column("booking_person", sa.Column("other_need_sealed", sa.String()))
    op.create_table(
        "interpreter_request",
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("alternative", sa.String(length=500), nullable=False),
        sa.CheckConstraint("method IN ('pjm', 'sjm', 'skogn')", name=op.f("ck_interpreter_request_method")),
        sa.CheckConstraint(
            "state IN ('requested', 'arranged', 'not_possible')", name=op.f("ck_interpreter_request_state")
        ),
        sa.CheckConstraint(
            "(state = 'requested') = (answered_at IS NULL)", name=op.f("ck_interpreter_request_answered")
        ),
        sa.CheckConstraint(
            "state <> 'not_possible' OR (reason <> '' AND alternative <> '')",
            name=op.f("ck_interpreter_request_refusal_has_reason"),
        ),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name="fk_interpreter_request_booking_id"),
        sa.PrimaryKeyConstraint("booking_id", name="pk_interpreter_request"),
    )
