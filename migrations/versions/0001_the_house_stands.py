"""The house stands: every table of the first release, and the rows that are only ever added."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

APPEND_ONLY = ("announcement_revision", "audit_entry", "booking_event")


def upgrade() -> None:
    on_postgres = op.get_bind().dialect.name == "postgresql"
    key = sa.ForeignKeyConstraint(
        ["published_id"], ["announcement_revision.id"], name="fk_announcement_published_id"
    )
    published_key = [] if on_postgres else [key]  # the two tables point at each other
    op.create_table(
        "accessibility_statement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("updated_on", sa.Date(), nullable=False),
        sa.Column("prepared_on", sa.Date(), nullable=False),
        sa.Column("reviewed_on", sa.Date(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("barriers", sa.Text(), nullable=False),
        sa.Column("facilities", sa.Text(), nullable=False),
        sa.Column("shortcuts", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.String(length=120), nullable=False),
        sa.Column("contact_email", sa.String(length=120), nullable=False),
        sa.Column("contact_phone", sa.String(length=30), nullable=False),
        sa.Column("building", sa.Text(), nullable=False),
        sa.Column("communication", sa.Text(), nullable=False),
        sa.Column("sign_language", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "status IN ('full', 'partial', 'none')", name=op.f("ck_accessibility_statement_status")
        ),
        sa.CheckConstraint(
            "published_on <= updated_on", name=op.f("ck_accessibility_statement_published_first")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_accessibility_statement"),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "role IN ('editor', 'interviewer', 'administrator')", name=op.f("ck_account_role")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("login", name="uq_account_login"),
    )
    op.create_table(
        "announcement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_id", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(published_id IS NULL) = (published_at IS NULL)",
            name=op.f("ck_announcement_published_means_when"),
        ),
        sa.CheckConstraint(
            "withdrawn_at IS NULL OR published_id IS NOT NULL",
            name=op.f("ck_announcement_only_published_withdrawn"),
        ),
        *published_key,
        sa.PrimaryKeyConstraint("id", name="pk_announcement"),
        sa.UniqueConstraint("published_id", name="uq_announcement_published_id"),
        sa.UniqueConstraint("slug", name="uq_announcement_slug"),
    )
    op.create_index("ix_announcement_published_at", "announcement", ["published_at"], unique=False)

    op.create_table(
        "benefit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=10, scale=2), nullable=True),
        sa.Column("unit", sa.String(length=60), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "amount IS NULL OR valid_from IS NOT NULL", name=op.f("ck_benefit_amount_has_dates")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_benefit"),
        sa.UniqueConstraint("slug", name="uq_benefit_slug"),
    )
    op.create_table(
        "content_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_content_version_only_row")),
        sa.PrimaryKeyConstraint("id", name="pk_content_version"),
    )
    op.execute("INSERT INTO content_version (id, number) VALUES (1, 0)")
    op.create_table(
        "contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("phone", sa.String(length=30), nullable=False),
        sa.Column("sms", sa.String(length=30), nullable=False),
        sa.Column("email", sa.String(length=120), nullable=False),
        sa.Column("helps_with", sa.Text(), nullable=False),
        sa.Column("hours", sa.Text(), nullable=False),
        sa.Column("around_the_clock", sa.Boolean(), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_contact"),
        sa.UniqueConstraint("key", name="uq_contact_key"),
    )
    op.create_table(
        "help_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("for_whom", sa.Text(), nullable=False),
        sa.Column("hours", sa.String(length=120), nullable=False),
        sa.Column("cost", sa.String(length=60), nullable=False),
        sa.Column("languages", sa.String(length=120), nullable=False),
        sa.Column("chat", sa.String(length=200), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_help_line"),
        sa.UniqueConstraint("key", name="uq_help_line_key"),
    )
    op.create_table(
        "message",
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
        sa.CheckConstraint("channel IN ('email', 'sms')", name=op.f("ck_message_channel")),
        sa.CheckConstraint(
            "state IN ('queued', 'claimed', 'sent', 'failed', 'suppressed')", name=op.f("ck_message_state")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
        sa.UniqueConstraint(
            "about", "about_id", "kind", "schedule_version", "channel", name="uq_message_once"
        ),
    )
    op.create_index("ix_message_due", "message", ["state", "due_at"], unique=False)

    op.create_table(
        "office",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("directions", sa.String(length=500), nullable=False),
        sa.Column("phone", sa.String(length=30), nullable=False),
        sa.Column("around_the_clock", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_office"),
        sa.UniqueConstraint("name", name="uq_office_name"),
    )
    op.create_table(
        "page",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(length=120), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("window_title", sa.String(length=200), nullable=False),
        sa.Column("lead", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("updated_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_page"),
        sa.UniqueConstraint("path", name="uq_page_path"),
    )
    op.create_table(
        "programme",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("for_whom", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("where_when", sa.Text(), nullable=False),
        sa.Column("cost", sa.Text(), nullable=False),
        sa.Column("how_to_join", sa.Text(), nullable=False),
        sa.Column("what_next", sa.Text(), nullable=False),
        sa.Column("place_access", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("meetings", sa.Integer(), nullable=False),
        sa.Column("hours_per_meeting", sa.Integer(), nullable=False),
        sa.Column("individual_meetings", sa.Integer(), nullable=False),
        sa.Column("group_min", sa.Integer(), nullable=False),
        sa.Column("group_max", sa.Integer(), nullable=False),
        sa.Column("state_budget_funded", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("group_min > 0 AND group_min <= group_max", name=op.f("ck_programme_group")),
        sa.CheckConstraint("meetings > 0 AND hours_per_meeting > 0", name=op.f("ck_programme_meetings")),
        sa.PrimaryKeyConstraint("id", name="pk_programme"),
        sa.UniqueConstraint("slug", name="uq_programme_slug"),
    )
    op.create_table(
        "resource",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('interviewer', 'room', 'interpreter')", name=op.f("ck_resource_kind")),
        sa.PrimaryKeyConstraint("id", name="pk_resource"),
        sa.UniqueConstraint("name", name="uq_resource_name"),
    )
    op.create_table(
        "shortcut",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("path", sa.String(length=120), nullable=False),
        sa.Column("description", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shortcut"),
    )
    op.create_table(
        "slot_series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("weekdays", sa.String(length=20), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("from_time", sa.Time(), nullable=False),
        sa.Column("to_time", sa.Time(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("break_minutes", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_slot_series"),
    )
    op.create_table(
        "throttle",
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name="pk_throttle"),
    )
    op.create_table(
        "account_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_account_session_account_id"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_account_session"),
    )
    op.create_index("ix_account_session_account_id", "account_session", ["account_id"], unique=False)

    op.create_table(
        "announcement_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("announcement_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("lead", sa.String(length=500), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "category IN ('programmes', 'foster_care', 'benefits', 'centre')",
            name=op.f("ck_announcement_revision_category"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_announcement_revision_account_id"),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcement.id"], name="fk_announcement_revision_announcement_id"
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name="fk_announcement_revision_programme_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_announcement_revision"),
        sa.UniqueConstraint("announcement_id", "number", name="uq_revision_number"),
    )
    op.create_index(
        "ix_announcement_revision_programme_id", "announcement_revision", ["programme_id"], unique=False
    )

    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_audit_entry_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entry"),
    )
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"], unique=False)

    op.create_table(
        "closure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=True),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint("first_on <= last_on", name=op.f("ck_closure_order")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name="fk_closure_office_id"),
        sa.PrimaryKeyConstraint("id", name="pk_closure"),
    )
    op.create_index("ix_closure_office_id", "closure", ["office_id"], unique=False)

    op.create_table(
        "edition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("intake_until", sa.Date(), nullable=False),
        sa.CheckConstraint("intake_until <= starts_on", name=op.f("ck_edition_intake_first")),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name="fk_edition_programme_id"),
        sa.PrimaryKeyConstraint("id", name="pk_edition"),
    )
    op.create_index("ix_edition_programme_id", "edition", ["programme_id"], unique=False)

    op.create_table(
        "service",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("public_name", sa.String(length=120), nullable=False),
        sa.Column("neutral_name", sa.String(length=60), nullable=False),
        sa.Column("intro", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("notice_hours", sa.Integer(), nullable=False),
        sa.Column("horizon_days", sa.Integer(), nullable=False),
        sa.Column("hold_minutes", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("hold_minutes >= 20", name=op.f("ck_service_hold_long_enough")),
        sa.CheckConstraint("minutes > 0 AND minutes % 5 = 0", name=op.f("ck_service_minutes")),
        sa.CheckConstraint("notice_hours >= 0 AND horizon_days > 0", name=op.f("ck_service_reach")),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name="fk_service_programme_id"),
        sa.PrimaryKeyConstraint("id", name="pk_service"),
        sa.UniqueConstraint("code", name="uq_service_code"),
    )
    op.create_index("ix_service_programme_id", "service", ["programme_id"], unique=False)

    op.create_table(
        "slot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("lead_id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("facility", sa.String(length=30), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "facility IN ('', 'induction_loop', 'online_interpreter')", name=op.f("ck_slot_facility")
        ),
        sa.CheckConstraint("status IN ('open', 'closed', 'cancelled')", name=op.f("ck_slot_status")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_slot_order")),
        sa.ForeignKeyConstraint(["lead_id"], ["resource.id"], name="fk_slot_lead_id"),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name="fk_slot_office_id"),
        sa.ForeignKeyConstraint(["series_id"], ["slot_series.id"], name="fk_slot_series_id"),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name="fk_slot_service_id"),
        sa.PrimaryKeyConstraint("id", name="pk_slot"),
    )
    op.create_index("ix_slot_day", "slot", ["day"], unique=False)
    op.create_index("ix_slot_lead_id", "slot", ["lead_id"], unique=False)
    op.create_index("ix_slot_offer", "slot", ["service_id", "status", "starts_at"], unique=False)
    op.create_index("ix_slot_office_id", "slot", ["office_id"], unique=False)
    op.create_index("ix_slot_series_id", "slot", ["series_id"], unique=False)

    op.create_table(
        "booking",
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
        sa.CheckConstraint(
            "origin IN ('online', 'phone', 'desk', 'walk_in', 'waitlist', 'transfer')",
            name=op.f("ck_booking_origin"),
        ),
        sa.CheckConstraint(
            "status IN ('confirmed', 'displaced', 'cancelled_resident', 'cancelled_office', 'attended', 'no_show')",
            name=op.f("ck_booking_status"),
        ),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name="fk_booking_service_id"),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name="fk_booking_slot_id"),
        sa.PrimaryKeyConstraint("id", name="pk_booking"),
        sa.UniqueConstraint("form_hash", name="uq_booking_form_hash"),
        sa.UniqueConstraint("id", "slot_id", name="uq_booking_in_slot"),
        sa.UniqueConstraint("reference", name="uq_booking_reference"),
    )
    op.create_index("ix_booking_service_id", "booking", ["service_id"], unique=False)
    op.create_index("ix_booking_slot_id", "booking", ["slot_id"], unique=False)

    op.create_table(
        "resource_grain",
        sa.Column("resource_id", sa.Integer(), nullable=False),
        sa.Column("grain_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name="fk_resource_grain_resource_id"),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name="fk_resource_grain_slot_id"),
        sa.PrimaryKeyConstraint("resource_id", "grain_at", name="pk_resource_grain"),
    )
    op.create_index("ix_resource_grain_slot_id", "resource_grain", ["slot_id"], unique=False)

    op.create_table(
        "slot_resource",
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("resource_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name="fk_slot_resource_resource_id"),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name="fk_slot_resource_slot_id"),
        sa.PrimaryKeyConstraint("slot_id", "resource_id", name="pk_slot_resource"),
    )
    op.create_index("ix_slot_resource_resource_id", "slot_resource", ["resource_id"], unique=False)

    op.create_table(
        "booking_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=True),
        sa.Column("slot_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_booking_event_account_id"),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name="fk_booking_event_booking_id"),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name="fk_booking_event_slot_id"),
        sa.PrimaryKeyConstraint("id", name="pk_booking_event"),
    )
    op.create_index("ix_booking_event_booking_id", "booking_event", ["booking_id"], unique=False)
    op.create_index("ix_booking_event_slot_id", "booking_event", ["slot_id"], unique=False)

    op.create_table(
        "booking_person",
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("name_sealed", sa.String(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("contact_sealed", sa.String(), nullable=True),
        sa.Column("contact_fingerprint", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.CheckConstraint(
            "(channel = 'none') = (contact_sealed IS NULL)", name=op.f("ck_booking_person_contact_if_channel")
        ),
        sa.CheckConstraint(
            "channel IN ('email', 'sms', 'phone', 'none')", name=op.f("ck_booking_person_channel")
        ),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name="fk_booking_person_booking_id"),
        sa.PrimaryKeyConstraint("booking_id", name="pk_booking_person"),
    )
    op.create_index(
        "ix_booking_person_contact_fingerprint", "booking_person", ["contact_fingerprint"], unique=False
    )

    op.create_table(
        "place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("is_extra", sa.Boolean(), nullable=False),
        sa.Column("extra_reason", sa.String(length=200), nullable=True),
        sa.Column("hold_hash", sa.String(length=64), nullable=True),
        sa.Column("hold_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("booking_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(state = 'booked') = (booking_id IS NOT NULL)", name=op.f("ck_place_booked_means_booking")
        ),
        sa.CheckConstraint(
            "(state = 'held') = (hold_hash IS NOT NULL) AND (state = 'held') = (hold_expires_at IS NOT NULL)",
            name=op.f("ck_place_held_means_hold"),
        ),
        sa.CheckConstraint(
            "channel IN ('any', 'phone', 'walk_in', 'interpreter')", name=op.f("ck_place_channel")
        ),
        sa.CheckConstraint("state IN ('free', 'held', 'booked', 'blocked')", name=op.f("ck_place_state")),
        sa.CheckConstraint("is_extra = (extra_reason IS NOT NULL)", name=op.f("ck_place_extra_has_reason")),
        sa.ForeignKeyConstraint(
            ["booking_id", "slot_id"], ["booking.id", "booking.slot_id"], name="fk_place_booking"
        ),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name="fk_place_slot_id"),
        sa.PrimaryKeyConstraint("id", name="pk_place"),
        sa.UniqueConstraint("booking_id", name="uq_place_booking_id"),
        sa.UniqueConstraint("hold_hash", name="uq_place_hold_hash"),
        sa.UniqueConstraint("slot_id", "ordinal", name="uq_place_ordinal"),
    )

    if on_postgres:
        op.create_foreign_key(
            "fk_announcement_published_id", "announcement", "announcement_revision", ["published_id"], ["id"]
        )
        _append_only_on_postgres()
    else:
        _append_only_on_sqlite()


def _append_only_on_postgres() -> None:
    op.execute(
        "CREATE FUNCTION portal_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION portal_append_only()"
        )


def _append_only_on_sqlite() -> None:
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
