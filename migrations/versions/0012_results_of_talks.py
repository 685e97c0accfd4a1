"""What a talk led to, a note on it, and why somebody corrected what was noted."""

from alembic import op

revision = "0012"
down_revision = "0011"

RESULT = (
    "CONSTRAINT ck_booking_result CHECK (result IN ('qualified', 'not_qualified', 'more_needed', 'sent_elsewhere')) "
    "CONSTRAINT ck_booking_result_if_attended CHECK (result IS NULL OR status = 'attended')"
)
REASON = "CONSTRAINT ck_booking_event_reason CHECK (reason IN ('mistake', 'came_late', 'new_facts', 'other'))"


def upgrade() -> None:
    op.execute(f"ALTER TABLE booking ADD COLUMN result VARCHAR(20) {RESULT}")
    op.execute("ALTER TABLE booking_person ADD COLUMN outcome_note_sealed VARCHAR")
    op.execute(f"ALTER TABLE booking_event ADD COLUMN reason VARCHAR(20) {REASON}")
