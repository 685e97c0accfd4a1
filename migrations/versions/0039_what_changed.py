"""What has been done with facts, for the list of changes that residents read."""

from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.execute("ALTER TABLE content_change ADD COLUMN what VARCHAR(60) NOT NULL DEFAULT ''")
    op.execute(  # the audit log knows it of what has been
        "UPDATE content_change SET what = COALESCE((SELECT MIN(action) FROM audit_entry WHERE audit_entry.at = content_change.at "
        "AND audit_entry.subject = content_change.subject AND audit_entry.subject_id = content_change.subject_id), '')"
    )
