"""What machines ask: whether the portal lives, whether it can serve, and whom to tell about a hole in it."""

import logging
from datetime import timedelta

from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from portal import clock
from portal.db import db
from portal.freshness import content_version

log = logging.getLogger(__name__)

blueprint = Blueprint("machines", __name__)

PLAIN = {"Content-Type": "text/plain; charset=utf-8"}
GOOD_FOR = timedelta(days=180)


@blueprint.get("/health")
def health() -> ResponseReturnValue:
    """That this process answers; nothing else is asked, nothing else is said (S74)."""
    return "ok\n", 200, PLAIN


@blueprint.get("/ready")
def ready() -> ResponseReturnValue:
    """Whether people can be served: the question to the database that every page begins with; 503 when it is not answered (S74)."""
    try:
        content_version()
    except SQLAlchemyError as error:
        db.session.rollback()
        log.warning("not ready: %s", type(error).__name__)
        return "not ok\n", 503, PLAIN
    return "ok\n", 200, PLAIN


@blueprint.get("/.well-known/security.txt")
def security_txt() -> ResponseReturnValue:
    """Whom to tell about a hole, as RFC 9116 writes it. Unless a last day is set, it is good for half a year from today."""
    until = current_app.config["SECURITY_UNTIL"] or clock.day_of(clock.now() + GOOD_FOR)
    fields = (
        ("Contact", current_app.config["SECURITY_CONTACT"]),
        ("Expires", f"{until}T00:00:00Z"),
        ("Preferred-Languages", "pl, en, uk"),
        ("Canonical", f"{current_app.config['PUBLIC_URL']}/.well-known/security.txt"),
    )
    return "".join(f"{name}: {value}\n" for name, value in fields), 200, PLAIN
