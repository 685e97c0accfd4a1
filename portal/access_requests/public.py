"""Asking for accessibility: one page with its form for each procedure, and the confirmation with its days (R122, R123)."""

import secrets
from typing import Any

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue

from portal import clock
from portal.access_requests import actions, my_request
from portal.access_requests.forms import ASKING, NAMES
from portal.access_requests.models import request_numbered
from portal.booking import limits
from portal.booking.forms import contact_rules, normalised
from portal.i18n import language
from portal.outbox.models import troubled_since

blueprint = Blueprint("access_requests", __name__)
blueprint.register_blueprint(my_request.blueprint)


def init_app(app: Flask) -> None:
    """The pages, and the words that those of staff share."""
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(access_request_names=NAMES)


@blueprint.after_request
def keep_private(response: Response) -> Response:
    """Search engines stay out of forms; they find the pages that lead to them."""
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@blueprint.route("/dostepnosc/zadanie-cyfrowe", methods=["GET", "POST"], defaults={"kind": "digital"})
@blueprint.route("/dostepnosc/wniosek", methods=["GET", "POST"], defaults={"kind": "access"})
def ask(kind: str) -> ResponseReturnValue:
    """The form; the same one sent twice is one request."""
    form: Any = ASKING[kind](token=secrets.token_urlsafe(24))
    if not form.validate_on_submit():
        return render_template(f"access_requests/{kind}.html", form=form), form.status
    receipt = actions.submit(_asked(kind, form), clock.now())
    session["access_asked"], session["access_request"] = form.token.data, receipt.request_id
    return redirect(url_for(".received", kind=kind), 303)


def _asked(kind: str, form: Any) -> actions.Asked:
    answers = form.answers()
    return actions.Asked(
        kind=kind,
        name=answers["name"],
        channel=answers["channel"],
        contact=normalised(answers["channel"], answers["contact"]),
        rules=contact_rules(answers),
        about=form.about.data,
        wish=form.wish.data or "",
        language=language(),
        form_token=form.token.data,
        source=limits.source_of(request.remote_addr or "") if current_app.config["LIMITS"] else "",
    )


@blueprint.get("/dostepnosc/zadanie-cyfrowe/potwierdzenie", defaults={"kind": "digital"})
@blueprint.get("/dostepnosc/wniosek/potwierdzenie", defaults={"kind": "access"})
def received(kind: str) -> ResponseReturnValue:
    """Number and PIN, the days by which we answer, what comes next; shown again while the session lasts."""
    receipt = actions.receipt_of(session.get("access_asked", ""))
    row = request_numbered(receipt.request_id) if receipt else None
    if receipt is None or row is None or row.kind != kind or row.known_person is None:
        return redirect(url_for(".ask", kind=kind), 303)
    is_down = troubled_since(row.known_person.channel, clock.now())
    return render_template("access_requests/received.html", receipt=receipt, row=row, is_down=is_down)
