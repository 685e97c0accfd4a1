"""Words with a hyphen are also found when they are written as one: the index is read anew."""

import sqlalchemy as sa
from alembic import op

from portal.finding.words import words_of

revision = "0041"
down_revision = "0040"

ENTRY = sa.table("entry", *(sa.column(name) for name in ("id", "title", "text", "title_words", "words")))


def upgrade() -> None:
    rows = op.get_bind().execute(sa.select(ENTRY.c.id, ENTRY.c.title, ENTRY.c.text)).all()
    for row in rows:
        words = {"title_words": words_of(row.title), "words": words_of(row.text)}
        op.execute(ENTRY.update().where(ENTRY.c.id == row.id).values(**words))
