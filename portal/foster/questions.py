"""What editors do with the questions and answers about foster care; every saved text is kept."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select

from portal.accounts.audit import record
from portal.accounts.models import Account
from portal.db import action, db, put
from portal.errors import NotFound
from portal.foster.models import Question, QuestionVersion

TEXTS = ("question", "answer", "question_uk", "answer_uk", "question_en", "answer_en")


@action
def save_question(
    question_id: int | None, version: int, values: Mapping[str, object], by: Account, now: datetime
) -> Question:
    """Add a question after the others, or change the one that was read at `version`; `values` by column. Residents read it at
    once, if it is shown.

    Raises `NotFound`; `Refused("changed")`.
    """
    question = put(Question, question_id, version, values, _last_place)
    texts = {name: getattr(question, name) or "" for name in TEXTS}
    kept = QuestionVersion(
        question_id=question.id,
        number=question.version,
        is_shown=question.is_shown,
        account_id=by.id,
        created_at=now,
        **texts,
    )
    db.session.add(kept)
    record(by, "question_saved", "question", question.id, now)
    return question


def _last_place() -> dict[str, object]:
    last = db.session.scalar(select(func.max(Question.position)))
    return {"position": 0 if last is None else last + 1, "version": 1}


@action
def move_question(question_id: int, by_places: int, by: Account, now: datetime) -> None:
    """Put a question so many places further down (up when negative), as far as there are any. Raises `NotFound`."""
    in_order = select(Question).order_by(Question.position, Question.id).with_for_update()
    row = list(db.session.scalars(in_order, execution_options={"populate_existing": True}))
    question = next((one for one in row if one.id == question_id), None)
    if question is None:
        raise NotFound
    there = max(row.index(question) + by_places, 0)
    row.remove(question)
    row.insert(there, question)
    for position, one in enumerate(row):
        one.position = position
    record(by, "question_moved", "question", question_id, now)
