"""When an enquiry was answered first, as the log knows it."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.add_column("enquiry", sa.Column("answered_at", sa.DateTime(timezone=True)))
    op.execute(
        "UPDATE enquiry SET answered_at = (SELECT min(at) FROM audit_entry WHERE subject = 'enquiry' "
        "AND subject_id = enquiry.id AND account_id IS NOT NULL "
        "AND action IN ('enquiry_in_contact', 'enquiry_talk_booked', 'enquiry_finished'))"
    )
