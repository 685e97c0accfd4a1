"""Pages have revisions and publications; the menu, the shortcuts and an urgent banner are edited."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

MENU = (
    ("Pomoc", "Допомога", "Help", "/pomoc"),
    ("Ogłoszenia", "Оголошення", "Announcements", "/ogloszenia"),
    ("Programy", "Програми", "Programmes", "/programy"),
    ("Rodzicielstwo zastępcze", "Прийомні сім’ї", "Foster care", "/rodzicielstwo-zastepcze"),
    ("Świadczenia", "Виплати", "Benefits", "/swiadczenia"),
    ("Kontakt", "Контакти", "Contact", "/kontakt"),
)
MOMENTS = ("created_at", "changed_at")
TEXTS = ("title", "window_title", "lead", "body", "folded")


def upgrade() -> None:
    columns = ("id", *TEXTS, "updated_on")
    before = op.get_bind().execute(sa.select(sa.table("page", *map(sa.column, columns)))).mappings().all()
    with op.batch_alter_table("page") as table:
        for column in (*TEXTS, "updated_on"):
            table.drop_column(column)
        table.add_column(
            sa.Column(
                "created_at", sa.DateTime(timezone=True), nullable=False, server_default="2000-01-01 00:00:00"
            )
        )
        table.add_column(sa.Column("changed_at", sa.DateTime(timezone=True)))
    with op.batch_alter_table("page") as table:
        table.alter_column("created_at", server_default=None)
    texts, read = revisions(), publications()
    for row in before:
        carry_over(row, texts, read)
    only_grow()
    frame()


def carry_over(row: Mapping[str, Any], texts: sa.Table, read: sa.Table) -> None:
    """What residents read stays what they read: the text becomes the first revision, published when it last changed."""
    day = date.fromisoformat(str(row["updated_on"]))
    moment = datetime.combine(day, time(8), UTC)
    kept = {name: row[name] for name in TEXTS}
    page = sa.table("page", sa.column("id"), *(sa.column(n, sa.DateTime(timezone=True)) for n in MOMENTS))
    op.execute(page.update().where(page.c.id == row["id"]).values(created_at=moment, changed_at=moment))
    op.execute(texts.insert().values(page_id=row["id"], number=1, created_at=moment, **kept))
    text = sa.select(texts.c.id).where(texts.c.page_id == row["id"]).scalar_subquery()
    op.execute(read.insert().values(page_id=row["id"], revision_id=text, public_from=moment, reason=""))


def revisions() -> sa.Table:
    return op.create_table(
        "page_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("page_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("window_title", sa.String(200), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("lead", "body", "folded")),
        sa.Column("account_id", sa.Integer()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["page_id"], ["page.id"], name=op.f("fk_page_revision_page_id")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_page_revision_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_revision")),
        sa.UniqueConstraint("page_id", "number", name="uq_page_revision_number"),
    )


def publications() -> sa.Table:
    table = op.create_table(
        "page_publication",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("page_id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("public_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_until", sa.DateTime(timezone=True)),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("account_id", sa.Integer()),
        sa.CheckConstraint(
            "public_until IS NULL OR public_until >= public_from",
            name=op.f("ck_page_publication_from_before_until"),
        ),
        sa.ForeignKeyConstraint(["page_id"], ["page.id"], name=op.f("fk_page_publication_page_id")),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["page_revision.id"], name=op.f("fk_page_publication_revision_id")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_page_publication_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_publication")),
    )
    for column in ("page_id", "revision_id"):
        op.create_index(f"ix_page_publication_{column}", "page_publication", [column])
    is_open = sa.text("public_until IS NULL")
    op.create_index(
        "uq_page_publication_open",
        "page_publication",
        ["page_id"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    return table


def only_grow() -> None:
    table = "page_revision"
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


def frame() -> None:
    menu = op.create_table(
        "menu_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(40), nullable=False) for name in ("label", "label_uk", "label_en")),
        sa.Column("path", sa.String(200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_menu_item")),
    )
    rows = [
        {"position": n, "label": pl, "label_uk": uk, "label_en": en, "path": path, "version": 1}
        for n, (pl, uk, en, path) in enumerate(MENU, 1)
    ]
    op.bulk_insert(menu, rows)
    banner = op.create_table(
        "urgent_banner",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("is_shown", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("text", "text_uk", "text_en")),
        sa.Column("until", sa.Date()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_urgent_banner_only_row")),
        sa.CheckConstraint("NOT is_shown OR text != ''", name=op.f("ck_urgent_banner_shown_has_text")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_urgent_banner")),
    )
    nothing = {
        "id": 1,
        "is_shown": False,
        "text": "",
        "text_uk": "",
        "text_en": "",
        "until": None,
        "version": 1,
    }
    op.bulk_insert(banner, [nothing])
    with op.batch_alter_table("shortcut") as table:
        table.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        table.alter_column(
            "path", type_=sa.String(200), existing_type=sa.String(120), existing_nullable=False
        )
    with op.batch_alter_table("shortcut") as table:
        table.alter_column("version", server_default=None)
