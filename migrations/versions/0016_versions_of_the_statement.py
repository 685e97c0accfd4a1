"""The accessibility statement in versions and in each language; the texts that were there are its Polish ones."""

from datetime import UTC, datetime, time

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

TABLE = "accessibility_statement"
TEXTS = ("contact_name", "facilities", "shortcuts", "building", "communication", "sign_language")
PIECES = dict.fromkeys(
    (
        f"{language}_{name}"
        for language in ("pl", "uk", "en")
        for name in ("element", "effect", "alternative")
    ),
    "",
)


def upgrade() -> None:
    days = ("published_on", "updated_on", "prepared_on", "reviewed_on")
    other = ("status", "barriers", "contact_email", "contact_phone", *TEXTS)
    kept = sa.table(TABLE, *(sa.column(name, sa.Date()) for name in days), *(sa.column(n) for n in other))
    old = op.get_bind().execute(sa.select(kept).order_by(sa.column("id"))).mappings().all()
    op.drop_table(TABLE)
    table = new_table()
    for number, row in enumerate(old, 1):
        op.execute(table.insert().values(number=number, version=number, **carried(row)))


def carried(row: sa.RowMapping) -> dict[str, object]:
    """The old columns in the new ones; each line of the old list is a barrier that has no page and no translation yet."""
    moment = datetime.combine(row["prepared_on"], time(), UTC)
    lines = [line.strip().removeprefix("- ") for line in row["barriers"].splitlines() if line.strip()]
    return {
        "created_at": moment,
        "published_at": moment,
        "conformity": row["status"],
        "launched_on": row["published_on"],
        **{name: row[name] for name in ("updated_on", "prepared_on", "reviewed_on")},
        "basis": "self",
        "report_url": "",
        **{name: row[name] for name in ("contact_email", "contact_phone")},
        "online_interpreter": "online" in row["communication"],
        "texts": {"pl": {name: row[name] for name in TEXTS}},
        "barriers": [{"kind": "annex", "page": "/"} | PIECES | {"pl_element": line} for line in lines],
    }


def new_table() -> sa.Table:
    return op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True)),
        sa.Column("account_id", sa.Integer()),
        sa.Column("conformity", sa.String(10), nullable=False),
        *(sa.Column(f"{name}_on", sa.Date(), nullable=False) for name in ("launched", "updated", "prepared")),
        sa.Column("reviewed_on", sa.Date()),
        sa.Column("basis", sa.String(20), nullable=False),
        sa.Column("report_url", sa.String(300), nullable=False),
        sa.Column("contact_email", sa.String(120), nullable=False),
        sa.Column("contact_phone", sa.String(30), nullable=False),
        sa.Column("online_interpreter", sa.Boolean(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("barriers", sa.JSON(), nullable=False),
        sa.CheckConstraint("conformity IN ('full', 'partial', 'none')", name=op.f(f"ck_{TABLE}_conformity")),
        sa.CheckConstraint("basis IN ('self', 'audit', 'contractor')", name=op.f(f"ck_{TABLE}_basis")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f(f"fk_{TABLE}_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("number", name=op.f(f"uq_{TABLE}_number")),
    )
