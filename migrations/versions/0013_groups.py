"""Groups of editions: who takes part, when they meet, who came, and what was certified."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    op.execute("ALTER TABLE edition ADD COLUMN version INTEGER DEFAULT 1 NOT NULL")
    op.execute(
        "ALTER TABLE programme ADD COLUMN required_percent INTEGER DEFAULT 100 NOT NULL "
        "CONSTRAINT ck_programme_required_percent CHECK (required_percent BETWEEN 1 AND 100)"
    )
    participants()
    meetings()
    certificates()


def participants() -> None:
    op.create_table(
        "participant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("name_sealed", sa.String()),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column("left_on", sa.Date()),
        sa.Column("left_reason", sa.String(length=20)),
        sa.Column("version", sa.Integer(), nullable=False),
        check(
            "participant",
            "left_reason",
            "left_reason IN ('own_wish', 'rules', 'absence', 'treatment', 'moved_away', 'other')",
        ),
        check("participant", "left_with_reason", "(left_on IS NULL) = (left_reason IS NULL)"),
        check("participant", "order", "left_on IS NULL OR left_on >= joined_on"),
        key("participant", "edition_id", "edition"),
        key("participant", "booking_id", "booking"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participant")),
        sa.UniqueConstraint("booking_id", name=op.f("uq_participant_booking_id")),
    )
    op.create_index("ix_participant_edition_id", "participant", ["edition_id"])
    op.create_table(
        "individual_meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        check("individual_meeting", "minutes", "minutes > 0"),
        key("individual_meeting", "participant_id", "participant"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_individual_meeting")),
    )
    op.create_index("ix_individual_meeting_participant_id", "individual_meeting", ["participant_id"])


def meetings() -> None:
    op.create_table(
        "group_meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        check("group_meeting", "order", "ends_at > starts_at"),
        check("group_meeting", "status", "status IN ('planned', 'called_off')"),
        key("group_meeting", "edition_id", "edition"),
        key("group_meeting", "office_id", "office"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_meeting")),
    )
    op.create_index("ix_group_meeting_edition_id", "group_meeting", ["edition_id"])
    op.create_index("ix_group_meeting_office_id", "group_meeting", ["office_id"])
    where = sa.text("status = 'planned'")
    op.create_index(
        "uq_group_meeting_day",
        "group_meeting",
        ["edition_id", "day"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )
    op.create_table(
        "attendance",
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        check("attendance", "state", "state IN ('present', 'absent', 'excused')"),
        check("attendance", "minutes_if_present", "(state = 'present') = (minutes > 0) AND minutes >= 0"),
        key("attendance", "meeting_id", "group_meeting"),
        key("attendance", "participant_id", "participant"),
        sa.PrimaryKeyConstraint("meeting_id", "participant_id", name=op.f("pk_attendance")),
    )
    op.create_index("ix_attendance_participant_id", "attendance", ["participant_id"])


def certificates() -> None:
    op.create_table(
        "certificate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer()),
        sa.Column("name_sealed", sa.String()),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        check("certificate", "kind", "kind IN ('reporting', 'completion')"),
        check("certificate", "order", "first_on <= last_on"),
        check(
            "certificate",
            "completion_of_participant",
            "(kind = 'completion') = (participant_id IS NOT NULL)",
        ),
        check(
            "certificate", "completion_has_hours", "(kind = 'completion') = (minutes > 0) AND minutes >= 0"
        ),
        key("certificate", "booking_id", "booking"),
        key("certificate", "participant_id", "participant"),
        key("certificate", "account_id", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
    )
    op.create_index("ix_certificate_booking_id", "certificate", ["booking_id"])
    op.create_index("ix_certificate_participant_id", "certificate", ["participant_id"])
