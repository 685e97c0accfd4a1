"""Services, places, people, rooms and closures are changed by administrators, each change growing a version; slots need
rooms and interpreters too."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

VERSIONED = ("service", "office", "resource", "closure", "slot_series")
APART = "CONSTRAINT ck_service_keeps_apart CHECK (keeps_apart IN ('', 'a', 'b'))"
OFFICE = "CONSTRAINT fk_resource_office_id REFERENCES office (id)"
CHECK = "CONSTRAINT ck_resource_room_has_office CHECK ((kind = 'room') = (office_id IS NOT NULL))"


def upgrade() -> None:
    for table in VERSIONED:
        op.add_column(table, sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.execute(f"ALTER TABLE service ADD COLUMN keeps_apart VARCHAR(1) DEFAULT '' NOT NULL {APART}")
    op.execute("ALTER TABLE office ADD COLUMN access VARCHAR(120) DEFAULT '' NOT NULL")
    rooms = _rooms_set_aside()
    op.execute(f"ALTER TABLE resource ADD COLUMN office_id INTEGER {OFFICE} {CHECK}")
    _bring_back(rooms)
    op.create_index("ix_resource_office_id", "resource", ["office_id"])
    for column in ("room_id", "interpreter_id"):
        key = f"CONSTRAINT fk_slot_{column} REFERENCES resource (id)"
        op.execute(f"ALTER TABLE slot ADD COLUMN {column} INTEGER {key}")
        op.create_index(f"ix_slot_{column}", "slot", [column])
    op.add_column("slot_series", sa.Column("left_out", sa.Text(), server_default="", nullable=False))


def _rooms_set_aside() -> list[int]:
    """A room without an office cannot stand beside the new rule, not even for the moment in which it is added."""
    connection = op.get_bind()
    rooms = list(connection.scalars(sa.text("SELECT id FROM resource WHERE kind = 'room'")))
    connection.execute(sa.text("UPDATE resource SET kind = 'interpreter' WHERE kind = 'room'"))
    return rooms


def _bring_back(rooms: list[int]) -> None:
    """Each room belongs to the first office, until an administrator says otherwise."""
    office = op.get_bind().scalar(sa.text("SELECT min(id) FROM office"))
    if rooms and office is None:
        raise RuntimeError("there are rooms, and no office in which they could be")
    for room in rooms:
        move = sa.text("UPDATE resource SET kind = 'room', office_id = :office WHERE id = :room")
        op.get_bind().execute(move, {"office": office, "room": room})
