"""Announcements: publications in time, old addresses, translations, an easy text, who answers for the content."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

VALID = "CONSTRAINT ck_announcement_revision_valid_from_first CHECK (valid_from IS NULL OR valid_from <= valid_until)"


def upgrade() -> None:
    new_tables()
    # Each text that residents read, or read until it was withdrawn.
    op.execute(
        "INSERT INTO announcement_publication "
        "(announcement_id, revision_id, public_from, public_until, reason, account_id) "
        "SELECT a.id, a.published_id, COALESCE(a.updated_at, a.published_at), a.withdrawn_at, '', r.account_id "
        "FROM announcement a JOIN announcement_revision r ON r.id = a.published_id"
    )
    # Native, for the table must not be made anew: its triggers would be lost.
    op.execute("ALTER TABLE announcement_revision ADD COLUMN easy_text TEXT NOT NULL DEFAULT ''")
    op.execute("ALTER TABLE announcement_revision ADD COLUMN author VARCHAR(120) NOT NULL DEFAULT ''")
    op.execute(f"ALTER TABLE announcement_revision ADD COLUMN valid_from DATE {VALID}")
    with op.batch_alter_table("announcement", copy_from=announcement()) as batch:
        batch.drop_constraint("fk_announcement_published_id", type_="foreignkey")
        batch.drop_constraint("uq_announcement_published_id", type_="unique")
        batch.drop_constraint(op.f("ck_announcement_published_means_when"), type_="check")
        batch.drop_constraint(op.f("ck_announcement_only_published_withdrawn"), type_="check")
        for column in ("published_id", "updated_at", "withdrawn_at"):
            batch.drop_column(column)


def new_tables() -> None:
    op.create_table(
        "announcement_publication",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("announcement_id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("public_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_until", sa.DateTime(timezone=True)),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("account_id", sa.Integer()),
        sa.CheckConstraint(
            "public_until IS NULL OR public_until >= public_from",
            name=op.f("ck_announcement_publication_from_before_until"),
        ),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=f"fk_announcement_publication_{column}")
            for column, table in (
                ("announcement_id", "announcement"),
                ("revision_id", "announcement_revision"),
                ("account_id", "account"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name="pk_announcement_publication"),
    )
    for column in ("announcement_id", "revision_id", "public_from"):
        op.create_index(f"ix_announcement_publication_{column}", "announcement_publication", [column])
    open_only = sa.text("public_until IS NULL")
    op.create_index(
        "uq_announcement_publication_open",
        "announcement_publication",
        ["announcement_id"],
        unique=True,
        sqlite_where=open_only,
        postgresql_where=open_only,
    )
    op.create_table(
        "announcement_old_address",
        sa.Column("slug", sa.String(100), nullable=False),
        sa.Column("announcement_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcement.id"], name="fk_announcement_old_address_announcement_id"
        ),
        sa.PrimaryKeyConstraint("slug", name="pk_announcement_old_address"),
    )
    op.create_index(
        "ix_announcement_old_address_announcement_id", "announcement_old_address", ["announcement_id"]
    )
    translations()


def translations() -> None:
    op.create_table(
        "announcement_translation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("lead", sa.String(500), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("is_behind", sa.Boolean(), nullable=False),
        sa.CheckConstraint("language IN ('uk', 'en')", name=op.f("ck_announcement_translation_language")),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["announcement_revision.id"], name="fk_announcement_translation_revision_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_announcement_translation"),
        sa.UniqueConstraint("revision_id", "language", name="uq_announcement_translation_language"),
    )
    append_only("announcement_translation")


def append_only(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION portal_append_only()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def announcement() -> sa.Table:
    """The table as 0001 made it."""
    return sa.Table(
        "announcement",
        sa.MetaData(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_id", sa.Integer()),
        sa.Column("published_at", sa.DateTime(timezone=True)),
        sa.Column("updated_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "(published_id IS NULL) = (published_at IS NULL)",
            name=op.f("ck_announcement_published_means_when"),
        ),
        sa.CheckConstraint(
            "withdrawn_at IS NULL OR published_id IS NOT NULL",
            name=op.f("ck_announcement_only_published_withdrawn"),
        ),
        sa.ForeignKeyConstraint(
            ["published_id"], ["announcement_revision.id"], name="fk_announcement_published_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_announcement"),
        sa.UniqueConstraint("published_id", name="uq_announcement_published_id"),
        sa.UniqueConstraint("slug", name="uq_announcement_slug"),
        sa.Index("ix_announcement_published_at", "published_at"),
    )
