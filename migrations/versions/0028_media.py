"""Media, and which of them a text shows."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.create_table(
        "medium",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("mime", sa.String(40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("alt", sa.String(500), nullable=False),
        sa.Column("is_decorative", sa.Boolean(), nullable=False),
        sa.Column("is_pjm", sa.Boolean(), nullable=False),
        sa.Column("width", sa.Integer()),
        sa.Column("height", sa.Integer()),
        sa.Column("widths", sa.String(60), nullable=False),
        sa.Column("has_captions", sa.Boolean(), nullable=False),
        sa.Column("has_poster", sa.Boolean(), nullable=False),
        sa.Column("transcript", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("kind IN ('image', 'document', 'film')", name=op.f("ck_medium_kind")),
        sa.CheckConstraint(
            "kind != 'image' OR is_decorative = (alt = '')", name=op.f("ck_medium_image_described")
        ),
        sa.CheckConstraint(
            "(kind = 'image') = (width IS NOT NULL AND height IS NOT NULL)", name=op.f("ck_medium_image_size")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_medium_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_medium")),
        sa.UniqueConstraint("name", name=op.f("uq_medium_name")),
    )
    op.create_index("ix_medium_account_id", "medium", ["account_id"])
    # Native, for the table must not be made anew: its triggers would be lost.
    op.execute("ALTER TABLE announcement_revision ADD COLUMN media JSON NOT NULL DEFAULT '[]'")
