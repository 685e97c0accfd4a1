"""The factory: settings in, application out. Nothing of a portal lives outside the app it belongs to."""

import functools
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from portal import crypto, db, erasures, freshness, i18n, keys, retention
from portal.access_requests import messages as access_messages
from portal.access_requests import public as access_requests
from portal.accessibility import public as accessibility
from portal.accounts import messages as accounts_messages
from portal.accounts import session as accounts_session
from portal.announcements import public as announcements
from portal.benefits import public as benefits
from portal.booking import messages as booking_messages
from portal.booking import my_calendar
from portal.booking import public as booking
from portal.booking.messages import site_in
from portal.config import Settings, read_settings
from portal.conflicts import actions as conflicts
from portal.contacts import public as contacts
from portal.finding import keeping as finding
from portal.finding.models import is_modelled
from portal.foster import messages as foster_messages
from portal.foster import public as foster
from portal.front import machines
from portal.front import public as front
from portal.media import public as media
from portal.outbox.actions import PostOffice, Transport
from portal.outbox.sms import sms_transport
from portal.outbox.transports import transport_for
from portal.pages import public as pages
from portal.privacy import public as privacy
from portal.programmes import public as programmes
from portal.staff import rooms
from portal.web import (
    addresses,
    assets,
    display,
    errors,
    headers,
    numbers,
    origin,
    parts,
    reading,
    references,
    session,
    uploads,
)
from portal.writing import desk as desk_of_writers

MEBIBYTE = 1024 * 1024
MOST_FORM_PARTS = 1000


def create_app(settings: Settings | None = None) -> Flask:
    """A portal with these settings, or with those of the environment."""
    settings = settings or read_settings(os.environ)
    app = Flask(__name__, static_folder=None)
    _configure(app, settings)
    _prepare_edge(app, settings)
    _add_features(app, settings)
    return app


@contextmanager
def opened(settings: Settings) -> Iterator[Flask]:
    """A portal with these settings for what is done outside the web, its connections closed at the end."""
    app = create_app(settings)
    with app.app_context():
        try:
            yield app
        finally:
            db.let_go()
            db.db.engine.dispose()


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        PUBLIC_URL=settings.public_url,
        CENTRE=settings.centre,
        QUICK_EXIT_URL=settings.quick_exit_url,
        SECURE=settings.secure,
        DEMO=settings.demo,
        SECOND_FACTOR=settings.second_factor,
        SMS=bool(settings.sms_url),
        LIMITS=settings.limits,
        ANSWER_DAYS=settings.answer_days,
        INFORMATION_TALK=settings.information_talk,
        INFORMATION_MEETING=settings.information_meeting,
        SECURITY_CONTACT=settings.security_contact,
        SECURITY_UNTIL=settings.security_until,
        RELEASE=release(),
        TRUSTED_HOSTS=settings.trusted_hosts,
        MAX_CONTENT_LENGTH=MEBIBYTE,
        MAX_FORM_MEMORY_SIZE=MEBIBYTE,
        MAX_FORM_PARTS=MOST_FORM_PARTS,
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    retention.choose(settings.retention)
    crypto.init_app(app, crypto.Keyring(settings.keys, settings.keys_file, keys.heirlooms))
    db.init_app(app, settings.database_url)
    erasures.init_app(app, settings.data_folder, settings.backups_folder)
    erasures.before_each(app, conflicts.hand_on)
    Migrate(app, db.db, directory=str(migrations_folder()), render_as_batch=True, include_name=is_modelled)


def _prepare_edge(app: Flask, settings: Settings) -> None:
    addresses.init_app(app)
    app.session_interface = session.SealedSessions(secure=settings.secure)
    origin.init_app(app)
    uploads.init_app(app, settings.media_folder)
    CSRFProtect(app)
    i18n.init_app(app)
    display.init_app(app)
    errors.init_app(app)
    freshness.init_app(app)
    finding.init()
    reading.init_app(app)
    accounts_session.init_app(app)
    references.init_app(app)
    app.jinja_env.globals.update(is_demo=settings.demo)
    app.context_processor(lambda: {"statement_url": f"{site_in(i18n.language())}/deklaracja-dostepnosci"})
    assets.init_app(app)
    parts.init_app(app)
    app.wsgi_app = headers.StrictHeaders(app.wsgi_app, secure=settings.secure)  # type: ignore[method-assign]
    numbers.init_app(app)
    app.wsgi_app = numbers.Numbered(app.wsgi_app, behind_proxy=settings.behind_proxy)  # type: ignore[method-assign]
    if settings.behind_proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]


def _add_features(app: Flask, settings: Settings) -> None:
    desk_of_writers.init_app(app)
    contacts.init_app(app, settings.centre)
    booking.init_app(app)
    foster.init_app(app)
    media.init_app(app)
    announcements.init_app(app)
    access_requests.init_app(app)
    front.init_app(app)
    app.register_blueprint(machines.blueprint)
    benefits.init_app(app)
    privacy.init_app(app)
    for feature in (programmes, accessibility):
        app.register_blueprint(feature.blueprint)
    rooms.init_app(app)
    app.register_blueprint(my_calendar.public)
    pages.init_app(app)
    app.extensions["post_office"] = PostOffice(
        render={
            "booking": booking_messages.render,
            "enquiry": foster_messages.render,
            "access_request": access_messages.render,
            "account": accounts_messages.render,
        },
        transports=_transports(settings),
    )


def _transports(settings: Settings) -> dict[str, Transport]:
    transports = {"email": transport_for(settings.mail_url, settings.mail_from)}
    if settings.sms_url.startswith("folder:"):
        transports["sms"] = transport_for(settings.sms_url, settings.mail_from)
    elif settings.sms_url:
        transports["sms"] = sms_transport(settings.sms_url, settings.sms_token, settings.sms_from)
    return transports


@functools.cache
def release() -> str:
    """A hash of the program, its templates and catalogues: pages of another release are not kept."""
    folders = (Path(__file__).parent, i18n.translations_folder())
    endings = {".py", ".html", ".xml", ".css", ".js", ".svg", ".mo"}
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.suffix in endings)
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


def migrations_folder() -> Path:
    """Where the migrations are: inside an installed package, or beside it in a checkout."""
    inside = Path(__file__).parent / "migrations"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "migrations"
