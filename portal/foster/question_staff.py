"""Questions and answers about foster care, as staff edit them: add, change, hide, put in order."""

from functools import partial

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.permissions import needs
from portal.accounts.session import the_account
from portal.db import db
from portal.foster.forms import MoveForm, QuestionForm
from portal.foster.models import Question, questions
from portal.foster.questions import move_question, save_question
from portal.web.editing import saved

blueprint = Blueprint("questions", __name__, url_prefix="/zgloszenia/pytania")


@blueprint.get("")
@needs("questions.edit")
def index() -> ResponseReturnValue:
    """Every question in the order in which residents read them."""
    return render_template("foster/staff/questions.html", questions=questions())


@blueprint.route("/nowe", methods=["GET", "POST"])
@needs("questions.edit")
def new() -> ResponseReturnValue:
    """Add a question."""
    return _edit(QuestionForm(), None)


@blueprint.route("/<int:question_id>", methods=["GET", "POST"])
@needs("questions.edit")
def edit(question_id: int) -> ResponseReturnValue:
    """Change a question; an earlier text can be put into the form again."""
    question = db.session.get(Question, question_id) or abort(404)
    number = request.args.get("wersja", type=int)
    earlier = next((one for one in question.versions if one.number == number), None)
    form = QuestionForm(obj=earlier or question)
    if earlier and not form.is_submitted():
        form.version.data = question.version
    return _edit(form, question)


def _edit(form: QuestionForm, question: Question | None) -> ResponseReturnValue:
    row_id = question.id if question else None
    status = saved(form, partial(save_question, row_id, by=the_account(), now=clock.now()), question)
    if status is not None:
        return render_template("foster/staff/question.html", form=form, question=question), status
    flash(
        _("Saved. Residents read it from now on.")
        if form.is_shown.data
        else _("Saved. Residents do not see it.")
    )
    return redirect(url_for(".index"), 303)


@blueprint.post("/<int:question_id>/kolejnosc")
@needs("questions.edit")
def move(question_id: int) -> ResponseReturnValue:
    """One place up or down."""
    form = MoveForm()
    if form.validate_on_submit():
        move_question(question_id, form.places.data, by=the_account(), now=clock.now())
        flash(_("The order has been changed."))
    return redirect(url_for(".index"), 303)
