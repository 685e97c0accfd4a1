"""Saying that one is interested: one page with its form, the confirmation, and straight on to a talk (R68-R73)."""

import secrets
from collections.abc import Sequence

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
from portal.booking import limits
from portal.booking.forms import contact_answers, contact_rules, normalised
from portal.booking.public import go_on_with
from portal.foster import actions, my_enquiry
from portal.foster.forms import NAMES, InterestForm, TalkForm
from portal.foster.models import EnquiryPerson, enquiry_numbered
from portal.foster.talks import Meeting, begin_talk, coming_meetings
from portal.i18n import language
from portal.outbox.models import troubled_since
from portal.programmes.models import Service, service_called
from portal.web.reading import changes_by_itself, reading
from portal.web.references import add_references

blueprint = Blueprint("foster", __name__)
blueprint.register_blueprint(my_enquiry.blueprint)


def init_app(app: Flask) -> None:
    """The pages, and the words that those of staff share."""
    app.register_blueprint(blueprint)
    add_references(app, lambda: ("rodzina-zastepcza",), zaproszenie=_invitation)
    app.jinja_env.globals.update(
        enquiry_names=NAMES, information_talk=information_talk, information_meetings=information_meetings
    )


def information_talk(kind: str = "talk") -> Service | None:
    """The kind of talk whose times may be chosen at once, alone or as a `meeting` of several people; None when the centre offers
    none."""
    service = service_called(current_app.config[f"INFORMATION_{kind.upper()}"])
    return service if service and service.is_open else None


def _invitation(key: str) -> str:
    """How to begin, for texts that say `{zaproszenie: rodzina-zastepcza}`: always as it is now, in the reader's language."""
    if key != "rodzina-zastepcza":
        return ""
    return render_template("foster/invitation.md", meetings=information_meetings()).strip()


def information_meetings() -> Sequence[Meeting]:
    """The next meetings in which there is room; a page that shows them is not remembered."""
    changes_by_itself()
    service = information_talk("meeting")
    return coming_meetings(service, clock.now()) if service else []


@blueprint.after_request
def keep_private(response: Response) -> Response:
    """Search engines stay out of forms; they find the pages that lead to them."""
    if request.endpoint != "foster.self_check":
        response.headers["X-Robots-Tag"] = "noindex"
    return response


@blueprint.get("/rodzicielstwo-zastepcze/sprawdz")
@reading
def self_check() -> str:
    """Questions whose answers open on the page itself: there is no form, so that nothing of them reaches us (R74)."""
    return render_template("foster/self_check.html")


@blueprint.route("/rodzicielstwo-zastepcze/zglos-zainteresowanie", methods=["GET", "POST"])
def interest() -> ResponseReturnValue:
    """The form; the same one sent twice is one enquiry."""
    form = InterestForm(token=secrets.token_urlsafe(24))
    if not form.validate_on_submit():
        days = current_app.config["ANSWER_DAYS"]
        return render_template("foster/interest.html", form=form, days=days), form.status
    receipt = actions.submit(_told(form), current_app.config["ANSWER_DAYS"], clock.now())
    session["asked"], session["enquiry"] = form.token.data, receipt.enquiry_id
    return redirect(url_for(".received"), 303)


def _told(form: InterestForm) -> actions.Interest:
    answers = form.answers()
    return actions.Interest(
        name=answers["name"],
        channel=answers["channel"],
        contact=normalised(answers["channel"], answers["contact"]),
        rules=contact_rules(answers),
        language=language(),
        form_token=form.token.data,
        needs=tuple(answers["needs"]),
        other_need=answers["other"],
        district=form.district.data or "",
        interests=tuple(form.interests.data or []),
        training=form.training.data or "",
        meeting=tuple(form.meeting.data or []),
        question=form.question.data or "",
        source=limits.source_of(request.remote_addr or "") if current_app.config["LIMITS"] else "",
    )


@blueprint.get("/rodzicielstwo-zastepcze/zglos-zainteresowanie/potwierdzenie")
def received() -> ResponseReturnValue:
    """Number and PIN, the promise, what comes next; shown again on reload while the session lasts (R72)."""
    receipt = actions.receipt_of(session.get("asked", ""))
    enquiry = enquiry_numbered(receipt.enquiry_id) if receipt else None
    if receipt is None or enquiry is None or enquiry.known_person is None:
        return redirect(url_for(".interest"), 303)
    return render_template(
        "foster/received.html",
        receipt=receipt,
        enquiry=enquiry,
        days=current_app.config["ANSWER_DAYS"],
        is_down=troubled_since(enquiry.known_person.channel, clock.now()),
    )


@blueprint.post("/moje-zgloszenie/rozmowa")
def talk() -> ResponseReturnValue:
    """On to the times of the information talk or of the meetings, with what has been typed already (R73)."""
    form, enquiry = TalkForm(), enquiry_numbered(session.get("enquiry", 0))
    service = information_talk(form.kind.data) if form.validate_on_submit() else None
    if service is None or enquiry is None:
        return redirect(url_for(".mine.show"), 303)
    token = begin_talk(enquiry.id, clock.now())
    assert enquiry.person is not None
    go_on_with(service, _answers_of(enquiry.person), token)
    return redirect(url_for("booking.choose", code=service.code), 303)


def _answers_of(person: EnquiryPerson) -> dict[str, object]:
    """What the pages of a booking would have asked."""
    needs = {"needs": person.need_codes, "other": person.other_need or ""}
    return contact_answers(person) | needs | {"name": person.name}
