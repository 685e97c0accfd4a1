"""The fingerprints of contacts have a key of their own in each table (S66): those of enquiries and of requests for accessibility are
made anew. Those of bookings stay as they are."""

import sqlalchemy as sa
from alembic import op

from portal.crypto import Unreadable, keyring

revision = "0045"
down_revision = "0044"

KEYS = {"enquiry_person": "enquiry_id", "access_request_person": "request_id"}


def upgrade() -> None:
    for name, key in KEYS.items():
        table = sa.table(name, sa.column(key), sa.column("contact_sealed"), sa.column("contact_fingerprint"))
        _make_anew(table, table.c[key])


def _make_anew(table: sa.TableClause, key: sa.ColumnClause[int]) -> None:
    rows = sa.select(key, table.c.contact_sealed).where(table.c.contact_sealed.is_not(None))
    for number, sealed in op.get_bind().execute(rows).all():
        try:
            contact = keyring().open(sealed, f"{table.name}|contact_sealed|{number}")
        except Unreadable:  # nobody is found by what nobody can read; `portal keys` counts such rows
            continue
        mark = keyring().fingerprint(contact, f"{table.name}.contact")
        op.execute(table.update().where(key == number).values(contact_fingerprint=mark))
