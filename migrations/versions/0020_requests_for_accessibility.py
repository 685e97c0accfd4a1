"""Requests for accessibility, with their clocks."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

STATES = "'new', 'extended', 'fulfilled', 'alternative', 'refused', 'withdrawn', 'expired'"
CHECKS = {
    "kind": "kind IN ('digital', 'access')",
    "status": f"status IN ({STATES})",
    "terms_in_order": "asked_on < due_on AND due_on < longest_on",
    "not_longer": "extended_to IS NULL OR extended_to <= longest_on",
    "extended_until": "status <> 'extended' OR extended_to IS NOT NULL",
    "ended_or_open": "(status IN ('new', 'extended')) = (ended_at IS NULL)",
}
PERSON_CHECKS = {
    "channel": "channel IN ('email', 'sms', 'phone')",
    "contact_if_channel": "(channel = 'none') = (contact_sealed IS NULL)",
    "safe_hours": "(safe_from IS NULL) = (safe_to IS NULL) AND (safe_from IS NULL OR safe_from < safe_to)",
}


def upgrade() -> None:
    name = "access_request"
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("reference", sa.String(9), nullable=False),
        sa.Column("form_hash", sa.String(64), nullable=False),
        sa.Column("pin_hash", sa.String(64), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        *(sa.Column(f"{day}_on", sa.Date(), nullable=False) for day in ("asked", "due", "longest")),
        sa.Column("extended_to", sa.Date()),
        sa.Column("version", sa.Integer(), nullable=False),
        *(sa.Column(f"{m}_at", sa.DateTime(timezone=True), nullable=False) for m in ("created", "touched")),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_{name}_{key}")) for key, rule in CHECKS.items()),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        *(sa.UniqueConstraint(c, name=op.f(f"uq_{name}_{c}")) for c in ("reference", "form_hash")),
    )
    op.create_index(f"ix_{name}_status", name, ["status"])
    people()


def people() -> None:
    name = "access_request_person"
    op.create_table(
        name,
        sa.Column("request_id", sa.Integer(), nullable=False),
        *(sa.Column(f"{column}_sealed", sa.String(), nullable=False) for column in ("name", "about")),
        *(sa.Column(f"{c}_sealed", sa.String()) for c in ("contact", "wish", "delay", "answer", "instead")),
        sa.Column("contact_fingerprint", sa.String(64)),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("may_leave_message", sa.Boolean(), nullable=False),
        sa.Column("may_say_who", sa.Boolean(), nullable=False),
        sa.Column("safe_from", sa.Time()),
        sa.Column("safe_to", sa.Time()),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_{name}_{key}")) for key, rule in PERSON_CHECKS.items()),
        sa.ForeignKeyConstraint(["request_id"], ["access_request.id"], name=op.f(f"fk_{name}_request_id")),
        sa.PrimaryKeyConstraint("request_id", name=op.f(f"pk_{name}")),
    )
    op.create_index(f"ix_{name}_contact_fingerprint", name, ["contact_fingerprint"])
