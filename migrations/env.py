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


with migrate.db.engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=migrate.db.metadata,
        process_revision_directives=number_or_skip,
        transaction_per_migration=True,
        **migrate.configure_args,
    )
    with context.begin_transaction():
        context.run_migrations()
