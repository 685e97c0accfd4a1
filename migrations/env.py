"""Runs migrations on the database of the app at work, each in a transaction of its own.

Offline mode (printing SQL) is left out: a migration may look at the database it changes.
"""

from alembic import context
from flask import current_app

migrate = current_app.extensions["migrate"]


def skip_empty(_context, _revision, directives):
    """`./run migrate new` writes nothing when models and database agree."""
    if directives[0].upgrade_ops.is_empty():
        directives.clear()


with migrate.db.engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=migrate.db.metadata,
        process_revision_directives=skip_empty,
        transaction_per_migration=True,
        **migrate.configure_args,
    )
    with context.begin_transaction():
        context.run_migrations()
