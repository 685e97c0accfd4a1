"""Pages in several languages, questions about foster care, and a role for those who answer candidates."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

ROLES = "'editor', 'interviewer', 'foster_team', 'administrator'"


def upgrade() -> None:
    pages()
    questions()
    with op.batch_alter_table("account") as account:
        account.drop_constraint(op.f("ck_account_role"), type_="check")
        account.create_check_constraint(op.f("ck_account_role"), f"role IN ({ROLES})")


def pages() -> None:
    with op.batch_alter_table("page") as page:
        page.add_column(sa.Column("language", sa.String(5), nullable=False, server_default="pl"))
        page.drop_constraint("uq_page_path", type_="unique")
        page.create_unique_constraint("uq_page_path_language", ["path", "language"])
        page.create_check_constraint(op.f("ck_page_language"), "language IN ('pl', 'uk', 'en')")
    with op.batch_alter_table("page") as page:
        page.alter_column("language", server_default=None)


def texts() -> list[sa.Column]:
    return [
        sa.Column(f"{what}{end}", sa.String(200) if what == "question" else sa.Text(), nullable=False)
        for end in ("", "_uk", "_en")
        for what in ("question", "answer")
    ]


def whole(table: str) -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(
            f"(question_{code} = '') = (answer_{code} = '')", name=op.f(f"ck_{table}_whole_{code}")
        )
        for code in ("uk", "en")
    ]


def questions() -> None:
    op.create_table(
        "foster_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_shown", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *texts(),
        *whole("foster_question"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_foster_question")),
    )
    table = "foster_question_version"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("is_shown", sa.Boolean(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        *texts(),
        *whole(table),
        sa.ForeignKeyConstraint(
            ["question_id"], ["foster_question.id"], name=op.f(f"fk_{table}_question_id")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f(f"fk_{table}_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("question_id", "number", name=op.f(f"uq_{table}_question_id_number")),
    )
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
