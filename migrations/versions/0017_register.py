"""Contacts and help lines are edited; hours stand by day."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
POLISH = ("poniedziałek", "wtorek", "środa", "czwartek", "piątek", "sobota", "niedziela")
SPAN = re.compile(r"\d{1,2}:\d\d–\d{1,2}:\d\d")


def upgrade() -> None:
    with op.batch_alter_table("contact") as table:
        for day in DAYS:
            table.add_column(sa.Column(day, sa.String(60), nullable=False, server_default=""))
        table.add_column(sa.Column("hours_note", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("office_id", sa.Integer()))
        table.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        table.create_foreign_key(op.f("fk_contact_office_id"), "office", ["office_id"], ["id"])
        table.create_index("ix_contact_office_id", ["office_id"])
    carry_over()
    with op.batch_alter_table("contact") as table:
        table.drop_column("hours")
        for column in (*DAYS, "hours_note", "version"):
            table.alter_column(column, server_default=None)
    with op.batch_alter_table("help_line") as table:
        table.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("help_line") as table:
        table.alter_column("version", server_default=None)


def carry_over() -> None:
    """Hours in words become hours by day; a line that is not understood stays as a note."""
    contact = sa.table("contact", *map(sa.column, ("id", "hours", "hours_note", *DAYS)))
    for row_id, hours in op.get_bind().execute(sa.select(contact.c.id, contact.c.hours)).all():
        by_day, others = {}, []
        for line in hours.splitlines():
            day, _, span = line.partition(": ")
            if day in POLISH and SPAN.fullmatch(span):
                by_day[DAYS[POLISH.index(day)]] = span
            elif span != "całą dobę":
                others.append(line)
        values = by_day | {"hours_note": "\n".join(others)}
        op.execute(contact.update().where(contact.c.id == row_id).values(**values))
