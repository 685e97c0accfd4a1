"""What the statement had the page in sign language say becomes a page of its own, which can show a film."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from portal.finding.words import words_of
from portal.text import composed
from portal.web.markdown import plain

revision = "0036"
down_revision = "0035"

PATH = "dostepnosc/pjm"
TITLES = {
    "pl": "Informacja w Polskim Języku Migowym (PJM)",
    "uk": "Інформація польською жестовою мовою (PJM)",
    "en": "Information in Polish Sign Language (PJM)",
}
SAID_BY_THE_PAGE = {  # from now on, as long as there is no film
    "pl": "Nie mamy jeszcze filmu w polskim języku migowym. Gdy powstanie, pokażemy go na tej stronie, z napisami i tekstem.",
    "uk": "Ми ще не маємо відео польською жестовою мовою. Коли воно з’явиться, ми покажемо його на цій сторінці, із субтитрами й текстом.",
    "en": "We do not have a film in Polish Sign Language yet. When it is made, we will show it on this page, with captions and a text.",
}
MOMENT = sa.DateTime(timezone=True)
STATEMENT = sa.table(
    "accessibility_statement", *(sa.column(n) for n in ("texts", "number")), sa.column("published_at", MOMENT)
)
PAGE = sa.table(
    "page",
    *(sa.column(name) for name in ("id", "path", "language")),
    *(sa.column(name, MOMENT) for name in ("created_at", "changed_at")),
)
REVISION = sa.table(
    "page_revision",
    *(sa.column(name) for name in ("id", "page_id", "number", "title", "window_title", "lead", "body")),
    sa.column("created_at", MOMENT),
)
PUBLICATION = sa.table(
    "page_publication",
    *(sa.column(name) for name in ("page_id", "revision_id", "reason")),
    sa.column("public_from", MOMENT),
)
ENTRY = sa.table(
    "entry",
    *(sa.column(n) for n in ("kind", "item_id", "slug", "title", "text", "language", "title_words", "words")),
)


def upgrade() -> None:
    in_force = sa.select(STATEMENT).where(STATEMENT.c.published_at.is_not(None))
    row = op.get_bind().execute(in_force.order_by(STATEMENT.c.number.desc()).limit(1)).first()
    taken = set(op.get_bind().execute(sa.select(PAGE.c.language).where(PAGE.c.path == PATH)).scalars())
    texts = (json.loads(row.texts) if isinstance(row.texts, str) else row.texts) if row else {}
    for language, title in TITLES.items():
        body = texts.get(language, {}).get("sign_language")
        if row and body and language not in taken:
            left = body.strip().removeprefix(SAID_BY_THE_PAGE[language]).strip()
            publish(language, title, left, row.published_at)


def publish(language: str, title: str, body: str, moment: Any) -> None:
    op.execute(PAGE.insert().values(path=PATH, language=language, created_at=moment, changed_at=moment))
    here = sa.select(PAGE.c.id).where(PAGE.c.path == PATH, PAGE.c.language == language).scalar_subquery()
    text = {"number": 1, "title": title, "window_title": "", "lead": "", "body": body, "created_at": moment}
    op.execute(REVISION.insert().values(page_id=here, **text))
    said = sa.select(REVISION.c.id).where(REVISION.c.page_id == here).scalar_subquery()
    op.execute(PUBLICATION.insert().values(page_id=here, revision_id=said, public_from=moment, reason=""))
    found = composed(plain(body, language))
    words = {"title_words": words_of(title), "words": words_of(found)}
    shown = {"kind": "page", "slug": PATH, "title": title, "text": found, "language": language}
    op.execute(ENTRY.insert().values(item_id=here, **shown, **words))
