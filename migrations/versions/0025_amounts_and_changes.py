"""A benefit has several amounts over time; facts have a public list of changes; programmes are edited."""

from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    columns = ("id", "amount", "valid_from", "valid_to", "source")
    before = op.get_bind().execute(sa.select(sa.table("benefit", *map(sa.column, columns)))).all()
    with op.batch_alter_table("benefit") as table:
        table.drop_constraint(op.f("ck_benefit_amount_has_dates"), type_="check")
        for column in ("amount", "valid_from", "valid_to"):
            table.drop_column(column)
        table.add_column(sa.Column("is_shown", sa.Boolean(), nullable=False, server_default=sa.true()))
        table.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("benefit") as table:
        for column in ("is_shown", "version"):
            table.alter_column(column, server_default=None)
    with op.batch_alter_table("programme") as table:
        table.add_column(sa.Column("is_shown", sa.Boolean(), nullable=False, server_default=sa.true()))
        table.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("programme") as table:
        for column in ("is_shown", "version"):
            table.alter_column(column, server_default=None)
    kept = amounts()
    for benefit_id, amount, valid_from, valid_to, source in before:
        if amount is not None:
            row = {"benefit_id": benefit_id, "amount": Decimal(str(amount)), "source": source, "version": 1}
            days = {"valid_from": day(valid_from), "valid_to": day(valid_to)}
            op.execute(kept.insert().values(**row, **days))
    changes()


def day(kept: date | str | None) -> date | None:
    return date.fromisoformat(str(kept)) if kept else None


def amounts() -> sa.Table:
    return op.create_table(
        "benefit_amount",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("benefit_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Numeric(10, 2), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date()),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_benefit_amount_amount")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_from <= valid_to", name=op.f("ck_benefit_amount_order")
        ),
        sa.ForeignKeyConstraint(["benefit_id"], ["benefit.id"], name=op.f("fk_benefit_amount_benefit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benefit_amount")),
        sa.UniqueConstraint("benefit_id", "valid_from", name="uq_benefit_amount_valid_from"),
        sa.Index("ix_benefit_amount_benefit_id", "benefit_id"),
    )


def changes() -> None:
    op.create_table(
        "content_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(40), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("account_id", sa.Integer()),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_content_change_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_change")),
    )
    op.create_index("ix_content_change_subject", "content_change", ["subject", "subject_id"])
