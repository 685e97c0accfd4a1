"""When people left, how long the path of a kept form is, and where the audit log was cut off in its time."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"

COLUMNS = {"audit_entry": "id", "audit_seal": "entry_id"}
CUT_OFF = "(SELECT COALESCE(MAX(entry_id), 0) FROM audit_cut)"


def upgrade() -> None:
    op.add_column("account", sa.Column("ended_at", sa.DateTime(timezone=True)))
    op.execute("UPDATE account SET ended_at = CURRENT_TIMESTAMP WHERE NOT is_active")
    made_at = sa.Column(
        "made_at", sa.DateTime(timezone=True), nullable=False, server_default="2026-11-27 00:00:00"
    )
    op.add_column("heirloom", made_at)
    with op.batch_alter_table("heirloom") as table:
        table.alter_column("made_at", server_default=None)
    with op.batch_alter_table("kept_form") as table:
        table.alter_column("path", type_=sa.Text(), existing_type=sa.String(300), existing_nullable=False)
    op.create_table(
        "audit_cut",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("link", sa.String(64), nullable=False),
        sa.Column("proof", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_cut"),
    )
    if op.get_bind().dialect.name == "postgresql":
        _let_cut_off_on_postgres()
    else:
        _let_cut_off_on_sqlite()


def _let_cut_off_on_postgres() -> None:
    op.execute(
        "CREATE FUNCTION portal_cut_off_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' AND (to_jsonb(OLD) ->> TG_ARGV[0])::int <= {CUT_OFF} THEN RETURN OLD; END IF; "
        "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table, column in COLUMNS.items():
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION portal_cut_off_only('{column}')"
        )
    op.execute(
        "CREATE TRIGGER audit_cut_append_only BEFORE UPDATE OR DELETE ON audit_cut "
        "FOR EACH ROW EXECUTE FUNCTION portal_append_only()"
    )


def _let_cut_off_on_sqlite() -> None:
    for table, column in COLUMNS.items():
        op.execute(f"DROP TRIGGER {table}_no_delete")
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} WHEN OLD.{column} > {CUT_OFF} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_cut_no_{verb.lower()} BEFORE {verb} ON audit_cut "
            "BEGIN SELECT RAISE(ABORT, 'audit_cut is append-only'); END"
        )
