"""People wait for a place, and places are offered to them until a deadline; staff tell by phone what nobody may write."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

STATUSES = ("confirmed", "displaced", "cancelled_resident", "cancelled_office", "attended", "no_show")
RULES = {
    "has_waiting_list BOOLEAN": ("TRUE", ""),
    "is_discreet BOOLEAN": ("TRUE", ""),
    "offer_hours INTEGER": ("24", "offer_hours >= 2"),
    "phone_percent INTEGER": ("0", "phone_percent BETWEEN 0 AND 100"),
    "walk_in_percent INTEGER": ("0", "walk_in_percent >= 0 AND phone_percent + walk_in_percent <= 100"),
}


def one_of(column: str, *values: str) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def upgrade() -> None:
    for column, (usual, check) in RULES.items():
        bounds = f"CONSTRAINT ck_service_{column.split()[0]} CHECK ({check})" if check else ""
        op.execute(f"ALTER TABLE service ADD COLUMN {column} DEFAULT {usual} NOT NULL {bounds}")
    with op.batch_alter_table("booking", copy_from=booking()) as batch:
        batch.alter_column("slot_id", existing_type=sa.Integer(), nullable=True)
        batch.add_column(sa.Column("offered_slot_id", sa.Integer()))
        batch.add_column(sa.Column("respond_by", sa.DateTime(timezone=True)))
        batch.add_column(sa.Column("waiting_since", sa.DateTime(timezone=True)))
        batch.create_foreign_key("fk_booking_offered_slot_id", "slot", ["offered_slot_id"], ["id"])
        batch.drop_constraint(op.f("ck_booking_status"), type_="check")
        batch.create_check_constraint(op.f("ck_booking_status"), one_of("status", "waiting", *STATUSES))
        batch.create_check_constraint(
            op.f("ck_booking_offer_has_deadline"), "(offered_slot_id IS NULL) = (respond_by IS NULL)"
        )
        batch.create_check_constraint(
            op.f("ck_booking_offer_to_waiting"),
            "offered_slot_id IS NULL OR status IN ('waiting', 'displaced')",
        )
        batch.create_check_constraint(
            op.f("ck_booking_slot_unless_waiting"),
            "slot_id IS NOT NULL OR status IN ('waiting', 'cancelled_resident', 'cancelled_office')",
        )
        batch.create_index("ix_booking_offered_slot_id", ["offered_slot_id"])
        batch.create_index("ix_booking_queue", ["service_id", "status", "waiting_since"])
    with op.batch_alter_table("message", copy_from=message()) as batch:
        batch.drop_constraint(op.f("ck_message_channel"), type_="check")
        batch.create_check_constraint(op.f("ck_message_channel"), one_of("channel", "email", "sms", "phone"))


def booking() -> sa.Table:
    """The table as the migrations before this one have made it."""
    return sa.Table(
        "booking",
        sa.MetaData(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=9), nullable=False),
        sa.Column("form_hash", sa.String(length=64), nullable=False),
        sa.Column("pin_hash", sa.String(length=64), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("schedule_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("moves", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            one_of("origin", "online", "phone", "desk", "walk_in", "waitlist", "transfer"),
            name=op.f("ck_booking_origin"),
        ),
        sa.CheckConstraint(one_of("status", *STATUSES), name=op.f("ck_booking_status")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name="fk_booking_service_id"),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name="fk_booking_slot_id"),
        sa.PrimaryKeyConstraint("id", name="pk_booking"),
        sa.UniqueConstraint("form_hash", name="uq_booking_form_hash"),
        sa.UniqueConstraint("id", "slot_id", name="uq_booking_in_slot"),
        sa.UniqueConstraint("reference", name="uq_booking_reference"),
        sa.Index("ix_booking_service_id", "service_id"),
        sa.Index("ix_booking_slot_id", "slot_id"),
    )


def message() -> sa.Table:
    """The table as the migrations before this one have made it."""
    return sa.Table(
        "message",
        sa.MetaData(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(length=20), nullable=False),
        sa.Column("about_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("schedule_version", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=60), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'claimed') = (lease_until IS NOT NULL)", name=op.f("ck_message_claimed_means_lease")
        ),
        sa.CheckConstraint(one_of("channel", "email", "sms"), name=op.f("ck_message_channel")),
        sa.CheckConstraint(
            one_of("state", "queued", "claimed", "sent", "failed", "suppressed"),
            name=op.f("ck_message_state"),
        ),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
        sa.UniqueConstraint(
            "about", "about_id", "kind", "schedule_version", "channel", name="uq_message_once"
        ),
        sa.Index("ix_message_due", "state", "due_at"),
    )
