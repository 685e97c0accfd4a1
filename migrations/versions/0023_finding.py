"""The index of what residents may read, kept by the database itself, in place of folded copies of the texts."""

import sqlalchemy as sa
from alembic import op

from portal import clock
from portal.finding.words import words_of
from portal.text import composed
from portal.typography import typography
from portal.web.markdown import plain

revision = "0023"
down_revision = "0022"

GAP = " || '\n\n' || "
LASTING = {
    "page": (
        f"g.id, g.path, r.title, r.lead {GAP} r.body, g.language FROM page g "
        "JOIN page_publication p ON p.page_id = g.id AND p.public_until IS NULL JOIN page_revision r ON r.id = p.revision_id"
    ),
    "benefit": f"id, slug, title, summary {GAP} body, 'pl' FROM benefit",
    "programme": (
        f"id, slug, title, summary {GAP} for_whom {GAP} what {GAP} where_when {GAP} cost {GAP} how_to_join {GAP} "
        f"what_next {GAP} place_access {GAP} contact {GAP} legal_basis, 'pl' FROM programme"
    ),
    "service": "id, code, public_name, intro, 'pl' FROM service WHERE is_open",
    "contact": f"id, key, name, helps_with {GAP} address {GAP} hours_note {GAP} email {GAP} phone, 'pl' FROM contact",
    "help_line": f"id, key, name, for_whom {GAP} hours {GAP} languages {GAP} chat {GAP} number, 'pl' FROM help_line",
}
LASTING["foster_question"] = " UNION ALL SELECT 'foster_question', '', '', ".join(
    f"id, CAST(id AS VARCHAR(20)), question{end}, answer{end}, '{code}' FROM foster_question "
    f"WHERE is_shown AND question{end} <> ''"
    for code, end in (("pl", ""), ("uk", "_uk"), ("en", "_en"))
)
DATES = "p.public_from, p.public_until, r.valid_until"
READ = (
    "announcement_publication p JOIN announcement a ON a.id = p.announcement_id "
    "JOIN announcement_revision r ON r.id = p.revision_id"
)
POLISH = f"p.id, a.slug, r.title, r.lead {GAP} r.body {GAP} r.easy_text, 'pl', {DATES} FROM {READ}"
OTHER = (
    f"p.id, a.slug, t.title, t.lead {GAP} t.body, t.language, {DATES} "
    f"FROM {READ} JOIN announcement_translation t ON t.revision_id = r.id"
)


def upgrade() -> None:
    op.create_table(
        "entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(120), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True)),
        sa.Column("until_at", sa.DateTime(timezone=True)),
        sa.Column("last_on", sa.Date()),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("title", "text", "title_words", "words")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
        sa.UniqueConstraint("kind", "item_id", "language", name="uq_entry_item"),
    )
    if op.get_bind().dialect.name == "postgresql":
        index_on_postgres()
    else:
        index_on_sqlite()
    fill()
    for table in ("benefit", "page_revision"):
        op.execute(f"ALTER TABLE {table} DROP COLUMN folded")


def index_on_postgres() -> None:
    op.execute(
        "ALTER TABLE entry ADD COLUMN vector tsvector GENERATED ALWAYS AS ("
        "setweight(to_tsvector('simple', title_words), 'A') || setweight(to_tsvector('simple', words), 'D')) STORED"
    )
    op.execute("CREATE INDEX ix_entry_vector ON entry USING gin (vector)")


def index_on_sqlite() -> None:
    """An index without a copy of the words; triggers tell it what comes and goes."""
    op.execute(
        "CREATE VIRTUAL TABLE entry_words USING fts5(title_words, words, content='entry', content_rowid='id', "
        "tokenize='unicode61 remove_diacritics 0')"
    )
    old = (
        "INSERT INTO entry_words (entry_words, rowid, title_words, words) "
        "VALUES ('delete', old.id, old.title_words, old.words);"
    )
    new = "INSERT INTO entry_words (rowid, title_words, words) VALUES (new.id, new.title_words, new.words);"
    for verb, deed in {"INSERT": new, "DELETE": old, "UPDATE": old + new}.items():
        op.execute(f"CREATE TRIGGER entry_{verb.lower()} AFTER {verb} ON entry BEGIN {deed} END")


def fill() -> None:
    """Take in what residents may read already."""
    columns = "kind, title_words, words, item_id, slug, title, text, language"
    for kind, source in LASTING.items():
        op.execute(f"INSERT INTO entry ({columns}) SELECT '{kind}', '', '', {source}")
    now = sa.bindparam("now", clock.now(), sa.DateTime(timezone=True))
    for source in (POLISH, OTHER):
        not_over = f"{source} WHERE p.public_until IS NULL OR p.public_until > :now"
        timed = f"INSERT INTO entry ({columns}, from_at, until_at, last_on) SELECT 'announcement_publication', '', '', "
        op.execute(sa.text(timed + not_over).bindparams(now))
    entry = sa.table("entry", *map(sa.column, ("id", "language", "title", "text", "title_words", "words")))
    for row in op.get_bind().execute(sa.select(entry)).all():
        title = typography(row.title) if row.language == "pl" else row.title
        title, text = composed(title), composed(plain(row.text, row.language))
        said = {"title": title, "text": text, "title_words": words_of(title), "words": words_of(text)}
        op.get_bind().execute(sa.update(entry).where(entry.c.id == row.id).values(said))
