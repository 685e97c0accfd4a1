"""Runs migrations on the database of the app at work, each in a transaction of its own.

Offline mode (printing SQL) is left out: a migration may look at the database it changes.
"""

from alembic import context
from alembic.script import ScriptDirectory
from flask import current_app

migrate = current_app.extensions["migrate"]


def number_or_skip(_context, _revision, directives):
    """`./run migrate new` numbers the migration; it writes nothing when models and database agree."""
    if directives[0].upgrade_ops.is_empty():
        directives.clear()
        print("Models and database agree: there is nothing to migrate.")
    else:
        head = ScriptDirectory.from_config(context.config).get_current_head() or "0"
        directives[0].rev_id = f"{int(head) + 1:04}"


def keep_foreign_keys(connection, state):
    """SQLite changes a constraint by making the table anew under the eyes of those that refer to it; they are asked when
    it is done. The switch works outside transactions only, so it is thrown on the driver's own connection."""
    if connection.dialect.name == "sqlite":
        connection.connection.driver_connection.execute(f"PRAGMA foreign_keys={state}")


def ask_foreign_keys(ctx, **_step):
    """Refuse a migration that leaves a row pointing at nothing; nothing of it stays."""
    if ctx.dialect.name == "sqlite":
        broken = ctx.connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            raise RuntimeError(f"rows would point at nothing: {broken[:5]}")


with migrate.db.engine.connect().execution_options(writing=True) as connection:
    keep_foreign_keys(connection, "OFF")
    context.configure(
        connection=connection,
        target_metadata=migrate.db.metadata,
        process_revision_directives=number_or_skip,
        transaction_per_migration=True,
        on_version_apply=ask_foreign_keys,
        **migrate.configure_args,
    )
    with context.begin_transaction():
        context.run_migrations()
    keep_foreign_keys(connection, "ON")
