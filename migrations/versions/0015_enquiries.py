"""Enquiries of people who think of becoming foster parents."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

STATES = "'new', 'in_contact', 'talk_booked', 'finished'"
REASONS = "'goes_on', 'not_now', 'no_answer', 'elsewhere', 'relatives', 'withdrawn', 'expired'"
SEALED = ("needs", "other_need", "district", "interests", "training", "meeting", "question", "note")


def upgrade() -> None:
    op.create_table(
        "enquiry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(9), nullable=False),
        sa.Column("form_hash", sa.String(64), nullable=False),
        sa.Column("pin_hash", sa.String(64), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(20)),
        sa.Column("promised_on", sa.Date(), nullable=False),
        sa.Column("assignee_id", sa.Integer()),
        sa.Column("talk_hash", sa.String(64)),
        sa.Column("talks", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(f"status IN ({STATES})", name=op.f("ck_enquiry_status")),
        sa.CheckConstraint(f"reason IN ({REASONS})", name=op.f("ck_enquiry_reason")),
        sa.CheckConstraint(
            "(status = 'finished') = (reason IS NOT NULL)", name=op.f("ck_enquiry_finished_with_reason")
        ),
        sa.CheckConstraint(
            "(status = 'finished') = (ended_at IS NOT NULL)", name=op.f("ck_enquiry_finished_has_end")
        ),
        sa.ForeignKeyConstraint(["assignee_id"], ["account.id"], name=op.f("fk_enquiry_assignee_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enquiry")),
        *(
            sa.UniqueConstraint(column, name=op.f(f"uq_enquiry_{column}"))
            for column in ("reference", "form_hash", "talk_hash")
        ),
    )
    op.create_index("ix_enquiry_status", "enquiry", ["status"])
    op.create_index("ix_enquiry_assignee_id", "enquiry", ["assignee_id"])
    people()


def people() -> None:
    op.create_table(
        "enquiry_person",
        sa.Column("enquiry_id", sa.Integer(), nullable=False),
        sa.Column("name_sealed", sa.String(), nullable=False),
        sa.Column("contact_sealed", sa.String()),
        sa.Column("contact_fingerprint", sa.String(64)),
        *(sa.Column(f"{name}_sealed", sa.String()) for name in SEALED),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("may_leave_message", sa.Boolean(), nullable=False),
        sa.Column("may_say_who", sa.Boolean(), nullable=False),
        sa.Column("safe_from", sa.Time()),
        sa.Column("safe_to", sa.Time()),
        sa.CheckConstraint("channel IN ('email', 'sms', 'phone')", name=op.f("ck_enquiry_person_channel")),
        sa.CheckConstraint(
            "(channel = 'none') = (contact_sealed IS NULL)", name=op.f("ck_enquiry_person_contact_if_channel")
        ),
        sa.CheckConstraint(
            "(safe_from IS NULL) = (safe_to IS NULL) AND (safe_from IS NULL OR safe_from < safe_to)",
            name=op.f("ck_enquiry_person_safe_hours"),
        ),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiry.id"], name=op.f("fk_enquiry_person_enquiry_id")),
        sa.PrimaryKeyConstraint("enquiry_id", name=op.f("pk_enquiry_person")),
    )
    op.create_index("ix_enquiry_person_contact_fingerprint", "enquiry_person", ["contact_fingerprint"])
