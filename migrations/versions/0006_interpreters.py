"""Interpreters of our calendar: what they can, and for which talk they are taken."""

from alembic import op

revision = "0006"
down_revision = "0005"

WHO = "CONSTRAINT fk_interpreter_request_resource_id REFERENCES resource (id)"
CHECK = "CONSTRAINT ck_interpreter_request_who_if_arranged CHECK (resource_id IS NULL OR state = 'arranged')"


def upgrade() -> None:
    op.execute("ALTER TABLE resource ADD COLUMN skills VARCHAR(120) DEFAULT '' NOT NULL")
    op.execute(f"ALTER TABLE interpreter_request ADD COLUMN resource_id INTEGER {WHO} {CHECK}")
    op.create_index("ix_interpreter_request_resource_id", "interpreter_request", ["resource_id"])
